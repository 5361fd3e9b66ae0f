"""A film with another sound: the picture untouched, the sound in its place, and nothing half-written."""

import errno
import io
import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from tasnet_gui.audio import film as films
from tasnet_gui.audio import filmcheck, staging
from tasnet_gui.audio.exports import ExportPlan, exporting, format_for, output_paths
from tasnet_gui.audio.files import read
from tasnet_gui.domain import (
    BadRequest,
    ModelCard,
    Recording,
    Samples,
    Separation,
    UnreadableAudio,
    UnwritableOutput,
    finish,
)

Film = Callable[..., Path]
Sound = Callable[..., Samples]
KINDS = [
    ("a.mp4", "aac", "libx264", "AAC"),
    ("a.m4v", "aac", "mpeg4", "AAC"),
    ("a.mp4", "ac3", "libx264", "AC3"),
    ("a.mov", "pcm_s24le", "libx264", "PCM_24"),
    ("a.mov", "alac", "libx264", "ALAC_24"),
    ("a.mkv", "aac", "libx264", "AAC"),
    ("a.mkv", "flac", "libx264", "PCM_16"),
    ("a.webm", "libopus", "libvpx", "OPUS"),
]


def taken_apart(path: Path) -> Separation:
    """The recording of a film and half of it as its speech."""
    recording = read(path)
    speech = recording.samples / 2
    card = ModelCard("tiny", "Tiny", "", {"causal": False}, 16_000, "", "MIT", Path())
    return Separation(recording, card, speech, recording.samples - speech)


def pictures(path: Path) -> list[tuple[Any, ...]]:
    """Every packet of the picture and of the subtitles: when it is shown, for how long, and its content."""
    import av

    with av.open(str(path)) as container:
        shown = [stream for stream in container.streams if stream.type in ("video", "subtitle")]
        packets = [packet for packet in container.demux(*shown) if packet.size]
        seconds = [
            (p.stream_index, p.pts * p.time_base, None if p.dts is None else p.dts * p.time_base, crc32(p))
            for p in packets
        ]
    return sorted(seconds, key=lambda row: row[:2])


def film_plan(folder: Path, **more: Any) -> ExportPlan:
    return ExportPlan(**{"folder": folder, "tracks": ("speech",), "format": "film", **more})


@pytest.mark.parametrize(("name", "codec", "picture", "subtype"), KINDS)
def test_the_picture_is_copied_and_the_sound_is_in_its_place(
    name: str, codec: str, picture: str, subtype: str, film: Film, tone: Sound, tmp_path: Path
) -> None:
    sound = tone(48_000, 1.3, 2) * np.linspace(0, 1, 62_400, dtype=np.float32)
    path = film(name, sound, codec=codec, picture=picture)
    before = path.read_bytes()
    separation = taken_apart(path)
    (made,) = finish(exporting(separation, film_plan(tmp_path / "out"))).paths
    assert made.name == f"a_speech{path.suffix}"
    assert pictures(made) == pictures(path)
    heard = read(made)
    assert (heard.container, heard.subtype, heard.rate) == (separation.recording.container, subtype, 48_000)
    assert heard.samples.shape == separation.speech.shape
    for found, meant in zip(heard.samples, separation.speech, strict=True):
        assert np.corrcoef(found, meant)[0, 1] > 0.99
        assert np.dot(found, meant) == pytest.approx(np.dot(meant, meant), rel=0.02)  # the level is kept
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_chapters_subtitles_tags_and_other_tracks_come_along(
    name: str, film: Film, tone: Sound, hiss: Sound, tmp_path: Path
) -> None:
    import av

    path = film(name, tone(48_000, 1.0), hiss(48_000, 1.0), extras=True, metadata={"title": "Märchen"})
    exported = finish(exporting(taken_apart(path), film_plan(tmp_path / "out")))
    with av.open(str(path)) as old, av.open(str(exported.paths[0])) as new:
        assert new.metadata["title"] == "Märchen"
        chapters = [
            [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in container.chapters()]
            for container in (old, new)
        ]
        assert chapters[0] == chapters[1] == [(0, "One"), (pytest.approx(0.4), "Two")]
        kinds = [[s.type for s in container.streams if s.type != "data"] for container in (old, new)]
        assert kinds[0] == kinds[1]
    assert any(row[0] for row in pictures(exported.paths[0]))
    assert exported.notes == ("1 other track of sound stayed as before.",)


@pytest.mark.parametrize(("name", "codec"), [("late.mkv", "pcm_s16le"), ("late.mov", "pcm_s16le"), ("late.mp4", "aac")])
def test_sound_that_begins_late_begins_as_late(name: str, codec: str, film: Film, hiss: Sound, tmp_path: Path) -> None:
    path = film(name, hiss(48_000, 1.0), codec=codec, shift=12_000)
    (made,) = finish(exporting(taken_apart(path), film_plan(tmp_path / "out"))).paths
    old, new = (films_start(path) for path in (path, made))
    meant, heard = read(path).samples[0] / 2, read(made).samples[0]
    offset = round((old - new) * 48_000)
    part = slice(4_000, 40_000)
    found = heard[part.start + offset : part.stop + offset]
    assert old > 0.2
    assert np.corrcoef(found, meant[part])[0, 1] > 0.7


def films_start(path: Path) -> float:
    from tasnet_gui.audio.foreign import recognise
    from tasnet_gui.audio.sources import open_source
    from tasnet_gui.audio.track import Track

    with closing(open_source(path)) as source, closing(Track(source, recognise(source.bytes_at(0, 1024)))) as track:
        return float(track.start)


def test_what_would_clip_is_lowered_and_told(film: Film, tone: Sound, tmp_path: Path) -> None:
    separation = taken_apart(film("a.mp4", tone(48_000, 0.5)))
    separation = replace(separation, speech=separation.speech * 20, noise=separation.noise)
    exported = finish(exporting(separation, film_plan(tmp_path / "out")))
    assert exported.gain_db < -6
    assert any("lower" in note for note in exported.notes)
    assert np.abs(read(exported.paths[0]).samples[:, 4_000:-4_000]).max() < 1.1  # its sudden start rings in the encoder


# --------------------------------------------------------------------------------------------------------------- names


def test_a_film_never_gets_its_own_name(film: Film, tone: Sound) -> None:
    path = film("a.mp4", tone(48_000, 0.2))
    before = path.read_bytes()
    separation = taken_apart(path)
    for conflict in ("number", "overwrite"):
        plan = film_plan(path.parent, template="{stem}", conflict=conflict)
        assert output_paths(separation.recording, plan)["speech"].name == "a (2).mp4"
    finish(exporting(separation, film_plan(path.parent, template="{stem}", conflict="overwrite")))
    assert path.read_bytes() == before


def test_what_is_no_film_is_refused_with_the_way_out(film: Film, tone: Sound, tmp_path: Path) -> None:
    sound = tone(48_000, 0.2)
    for path, reason in (
        (film("a.m4a", sound, picture=None), r"a\.m4a has no picture\. Export the tracks"),
        (film("a.avi", sound, codec="pcm_s16le", picture="mpeg4"), r"in AVI cannot be written; MP4"),
    ):
        with pytest.raises(UnwritableOutput, match=reason):
            finish(exporting(taken_apart(path), film_plan(tmp_path / "out")))
    whole = taken_apart(film("a.mp4", sound))
    with pytest.raises(BadRequest, match="whole"):
        finish(exporting(whole, film_plan(tmp_path / "out", span=(0.0, 0.1))))
    assert not (tmp_path / "out").exists()


# --------------------------------------------------------------------------------------------------------------- faults


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_disk_that_fills_up_leaves_nothing(
    name: str, share: float, film: Film, hiss: Sound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    separation = taken_apart(film(name, hiss(48_000, 1.0)))
    (whole,) = finish(exporting(separation, film_plan(tmp_path / "whole"))).paths
    room = [int(whole.stat().st_size * share)]

    class FullDisk(io.FileIO):
        def write(self, data: Any) -> int:
            room[0] -= len(data)
            if room[0] < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    monkeypatch.setattr(staging, "new_file", lambda path: io.BufferedWriter(FullDisk(path, "x"), 512))
    (tmp_path / "out").mkdir()
    with pytest.raises(UnwritableOutput, match="the disk is full"):
        finish(exporting(separation, film_plan(tmp_path / "out")))
    assert listed(tmp_path / "out") == []


def test_a_film_that_is_cancelled_leaves_nothing(film: Film, hiss: Sound, tmp_path: Path) -> None:
    separation = taken_apart(film("a.mp4", hiss(48_000, 1.0)))
    steps = len(list(exporting(separation, film_plan(tmp_path / "whole"))))
    for stop in (1, steps // 2, steps - 1):
        with closing(exporting(separation, film_plan(tmp_path / "out"))) as work:
            for _ in range(stop):
                next(work)
        assert not (tmp_path / "out").exists()


def test_a_film_that_is_gone_or_another_one_is_noticed(film: Film, tone: Sound, tmp_path: Path) -> None:
    path = film("a.mp4", tone(48_000, 0.5))
    separation = taken_apart(path)
    film("a.mp4", tone(16_000, 0.5, 2), rate=16_000)
    with pytest.raises(Exception, match=r"a\.mp4 has changed since it was opened\. Open it again"):
        finish(exporting(separation, film_plan(tmp_path / "out")))
    path.unlink()
    with pytest.raises(Exception, match=r"a\.mp4 does not exist"):
        finish(exporting(separation, film_plan(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize("part", [0.05, 0.5, 0.99])
def test_a_film_that_was_cut_off_since_it_was_opened_is_refused(
    name: str, part: float, film: Film, tone: Sound, tmp_path: Path
) -> None:
    path = film(name, tone(48_000, 2.0))
    separation = taken_apart(path)
    os.truncate(path, round(path.stat().st_size * part))
    with pytest.raises(UnreadableAudio, match="has changed since it was opened"):
        finish(exporting(separation, film_plan(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_a_film_that_nobody_can_open_any_more_is_refused_in_a_sentence(film: Film, tone: Sound, tmp_path: Path) -> None:
    path = film("a.mp4", tone(48_000, 0.5))
    separation = taken_apart(path)
    unknown = replace(separation, recording=replace(separation.recording, stamp=None))
    os.truncate(path, 60)
    with pytest.raises(UnreadableAudio, match="has changed since it was opened"):
        finish(exporting(unknown, film_plan(tmp_path / "out")))


def test_a_film_that_changes_while_it_is_copied_is_refused(film: Film, tone: Sound, tmp_path: Path) -> None:
    path = film("a.mkv", tone(48_000, 2.0))
    work = exporting(taken_apart(path), film_plan(tmp_path / "out"))
    next(step for step in work if step.done > 0)
    with open(path, "ab") as file:
        file.write(b"more")
    with pytest.raises(UnreadableAudio, match="has changed since it was opened"):
        finish(work)
    assert not (tmp_path / "out").exists()


def test_a_film_with_an_impossible_name_has_no_size(tmp_path: Path) -> None:
    recording = Recording(np.zeros((1, 10), np.float32), 16_000, Path("a" * 300 + ".mp4"), "MP4", "AAC", picture=True)
    assert format_for(film_plan(tmp_path), recording).bytes_per_sample == 0.5


def test_a_film_that_came_out_wrong_is_thrown_away(
    film: Film, tone: Sound, hiss: Sound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    separation = taken_apart(film("a.mp4", tone(48_000, 1.0)))
    honest = filmcheck.Check.run

    def other(check: filmcheck.Check, path: Path, meant: Any) -> Any:
        return honest(check, path, iter([hiss(48_000, 1.0)]))

    monkeypatch.setattr(filmcheck.Check, "run", other)
    with pytest.raises(UnwritableOutput, match="thrown away"):
        finish(exporting(separation, film_plan(tmp_path / "out")))
    assert not (tmp_path / "out").exists()


def test_without_pyav_a_film_says_what_is_missing(
    film: Film, tone: Sound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    separation = taken_apart(film("a.mp4", tone(48_000, 0.2)))
    monkeypatch.setattr(films, "installed", lambda: False)
    with pytest.raises(UnwritableOutput, match="pip install"):
        finish(exporting(separation, film_plan(tmp_path / "out")))


def test_a_recording_that_came_from_nowhere_is_no_film(tmp_path: Path, tone: Sound) -> None:
    sound = tone()
    card = ModelCard("tiny", "Tiny", "", {"causal": False}, 16_000, "", "MIT", Path())
    separation = Separation(Recording(sound, 16_000, picture=True), card, sound, 0 * sound)
    with pytest.raises(UnwritableOutput, match="has no picture"):
        finish(exporting(separation, film_plan(tmp_path / "out")))
