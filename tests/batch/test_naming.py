"""Names for results: nothing is overwritten that must not be, and no two items write to one file."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasnet_gui.audio.names import fold
from tasnet_gui.batch.items import BatchItem
from tasnet_gui.batch.naming import Names, Naming, Taken, identity
from tasnet_gui.batch.options import BatchOptions


def item(id_: int, source: Path | str, folder: Path | str = "", relative: str = "", **options: Any) -> BatchItem:
    return BatchItem(id_, str(source), BatchOptions(folder=str(folder), **options), relative)


def give(names: Names, row: BatchItem, suffix: str = ".wav") -> Naming:
    naming = names.give(row, "tiny", suffix)
    assert isinstance(naming, Naming)
    return naming


def test_results_go_beside_the_input_or_into_one_folder_or_into_the_same_tree(tmp_path: Path) -> None:
    source, out = tmp_path / "in" / "a" / "x.wav", tmp_path / "out"
    assert give(Names(), item(1, source)).folder == str(source.parent)
    assert give(Names(), item(1, source, out, "a")).folder == str(out)
    assert give(Names(), item(1, source, out, "a", mirror=True)).folder == str(out / "a")
    assert give(Names(), item(1, "memory://b/in/x.wav")).folder == "memory://b/in"
    assert give(Names(), item(1, source, "memory://out/", "a/b", mirror=True)).folder == "memory://out/a/b"


def test_two_inputs_that_come_to_one_name_are_numbered(tmp_path: Path) -> None:
    names = Names()
    rows = [item(n, tmp_path / str(n) / name, tmp_path) for n, name in enumerate(("x.wav", "X.wav", "x.flac"))]
    assert [give(names, row).template for row in rows] == [
        "{stem}_{track}",
        "{stem}_{track} (2)",
        "{stem}_{track} (3)",
    ]
    assert give(names, item(9, tmp_path / "x.ogg", tmp_path), ".ogg").template == "{stem}_{track}"


def test_without_a_known_suffix_a_name_is_taken_with_any(tmp_path: Path) -> None:
    (tmp_path / "x_noise.flac").touch()
    assert give(Names(), item(1, "s3://b/x.wav", tmp_path), "").template.endswith(" (2)")


def test_what_is_there_is_numbered_around_skipped_or_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x_noise.wav").touch()
    assert give(Names(), item(1, "/in/x.wav", tmp_path)).template.endswith(" (2)")
    assert give(Names(), item(1, "/in/x.wav", tmp_path, conflict="overwrite")).template == "{stem}_{track}"
    taken = Names().give(item(1, "/in/x.wav", tmp_path, conflict="skip"), "tiny", ".wav")
    assert isinstance(taken, Taken)
    assert "x_noise.wav" in taken.reason


@pytest.mark.parametrize("link", [os.symlink, os.link, None])
def test_an_input_of_the_batch_is_never_overwritten(tmp_path: Path, link: Any) -> None:
    original = tmp_path / ("elsewhere.wav" if link else "x_speech.wav")
    original.touch()
    if link:
        link(original, tmp_path / "x_speech.wav")
    names = Names()
    names.inputs.add(identity(str(original)))
    naming = give(names, item(1, tmp_path / "x.wav", tmp_path, conflict="overwrite"))
    assert naming.template.endswith(" (2)")


def test_the_date_and_the_model_stay_what_they_were(tmp_path: Path) -> None:
    naming = give(Names(), item(1, "/in/x.wav", tmp_path, template="{date} {model} {stem} {track}"))
    assert "{date}" not in naming.template
    assert " tiny {stem} {track}" in naming.template


def test_the_rate_and_the_number_of_the_row_stay_what_they_were(tmp_path: Path) -> None:
    row = item(7, "/in/x.wav", tmp_path, template="{index} {stem} {rate} {track}")
    assert Names().give(row, "tiny", ".wav", 48_000) == Naming(str(tmp_path), "007 {stem} 48000 {track}", ".wav")


def test_files_of_one_name_are_told_apart_by_their_rates(tmp_path: Path) -> None:
    names = Names()
    rows = [item(n, tmp_path / str(n) / "x.wav", tmp_path, template="{stem}_{rate}_{track}") for n in range(3)]
    found = [names.give(row, "tiny", ".wav", rate) for row, rate in zip(rows, (48_000, 44_100, 48_000), strict=True)]
    assert [naming.template for naming in found if isinstance(naming, Naming)] == [
        "{stem}_48000_{track}",
        "{stem}_44100_{track}",
        "{stem}_48000_{track} (2)",
    ]


def test_the_film_of_an_earlier_run_keeps_its_name(tmp_path: Path) -> None:
    """Its row asks for speech and noise, as all rows do, but what was written is the film with another sound."""
    names = Names()
    names.keep(item(1, "/in/x.mp4", tmp_path, remux="remix"), Naming(str(tmp_path), "{stem}_{track}", ".mp4"))
    other = item(2, "/other/x.mp4", tmp_path, remux="remix", tracks=("remix",), format="film")
    assert give(names, other, ".mp4").template.endswith(" (2)")


def test_names_of_an_earlier_run_are_not_given_again(tmp_path: Path) -> None:
    names = Names()
    names.keep(item(1, "/in/x.wav", tmp_path), Naming(str(tmp_path), "{stem}_{track}", ".wav"))
    assert give(names, item(2, "/other/x.wav", tmp_path)).template.endswith(" (2)")
    assert give(names, item(1, "/in/x.wav", tmp_path)).template == "{stem}_{track}"


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=8))
def test_whatever_the_inputs_are_called_no_two_write_to_one_file(stems: list[str]) -> None:
    names = Names()
    rows = [item(n, f"/in/{n}/{stem.replace('/', '_')}.wav", "/nowhere/out") for n, stem in enumerate(stems)]
    paths = [path for row in rows for _, path in names._candidates(row, give(names, row))]
    assert len({fold(path) for path in paths}) == len(paths)
    assert all(len(os.path.basename(path).encode()) <= 255 for path in paths)
