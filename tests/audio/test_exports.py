from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasnet_gui.audio.exports import EXPORTS, ExportPlan, check_folder, exporting, output_paths
from tasnet_gui.audio.files import read
from tasnet_gui.audio.names import fold
from tasnet_gui.domain import TRACKS, BadRequest, Recording, Separation, UnwritableOutput, finish

Separate = Callable[..., Separation]
Move = Callable[[Separation, Path], Separation]


@pytest.fixture
def result(separation: Separate, moved: Move, tmp_path: Path) -> Separation:
    """A tenth of a second, from take.wav."""
    return moved(separation(16_000, 0.1), tmp_path / "in" / "take.wav")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# ------------------------------------------------------------------------------------------------------ what is written


def test_the_preview_is_what_is_written(result: Separation, tmp_path: Path) -> None:
    plan = ExportPlan(tmp_path, TRACKS, "flac", "{stem} ({model}) {track}")
    preview = output_paths(result.recording, plan, result.model.name)
    assert [path.name for path in preview.values()] == [f"take (tiny) {track}.flac" for track in TRACKS]
    exported = finish(exporting(result, plan))
    assert exported.paths == tuple(preview.values())
    assert names(tmp_path) == sorted(path.name for path in exported.paths)


def test_float_goes_out_as_it_is(result: Separation, tmp_path: Path) -> None:
    exported = finish(exporting(result, ExportPlan(tmp_path, TRACKS)))
    for track, path in zip(TRACKS, exported.paths, strict=True):
        np.testing.assert_array_equal(read(path).samples, result.track(track))
    assert (exported.gain_db, exported.notes) == (0.0, ())


@pytest.mark.parametrize("key", [key for key, form in EXPORTS.items() if not form.lossy])
def test_the_same_export_twice_gives_the_same_bytes(key: str, result: Separation, tmp_path: Path) -> None:
    together = finish(exporting(result, ExportPlan(tmp_path / "a", format=key))).paths
    alone = [
        finish(exporting(result, ExportPlan(tmp_path / "b", (track,), key))).paths[0] for track in ("speech", "noise")
    ]
    assert [path.read_bytes() for path in together] == [path.read_bytes() for path in alone]


@pytest.mark.parametrize("key", [key for key, form in EXPORTS.items() if form.clips])
def test_what_would_clip_is_lowered_by_one_gain_that_is_told(key: str, separation: Separate, tmp_path: Path) -> None:
    hot = separation(16_000, 0.5, level=2.0)
    exported = finish(exporting(hot, ExportPlan(tmp_path, TRACKS, key)))
    peak = max(np.abs(hot.track(track)).max() for track in TRACKS)
    assert exported.gain_db == pytest.approx(-20 * np.log10(peak), abs=0.01)
    assert f"{-exported.gain_db:.1f} dB lower" in exported.notes[0]
    if not EXPORTS[key].lossy:
        for track, path in zip(TRACKS, exported.paths, strict=True):
            wanted = hot.track(track) * 10 ** (exported.gain_db / 20)
            np.testing.assert_allclose(read(path).samples, wanted, atol=2.5 / 32_768)


def test_what_does_not_clip_keeps_its_level(separation: Separate, tmp_path: Path) -> None:
    full = separation(16_000, 0.1, level=0.5)
    full.speech[0, 0] = 1.0
    exported = finish(exporting(full, ExportPlan(tmp_path, ("speech",), "wav16")))
    assert (exported.gain_db, exported.notes) == (0.0, ())
    assert read(exported.paths[0]).samples[0, 0] == 32_767 / 32_768


def test_only_the_tracks_that_go_out_count_for_clipping(separation: Separate, tmp_path: Path) -> None:
    hot = separation(16_000, 0.1, level=1.5)
    hot.noise[:] *= 0.1
    assert finish(exporting(hot, ExportPlan(tmp_path, ("noise",), "wav24"))).gain_db == 0.0


@pytest.mark.parametrize("key", [key for key, form in EXPORTS.items() if form.integer])
def test_noise_alone_is_the_noise_also_where_speech_is_above_full_scale(
    key: str, separation: Separate, tmp_path: Path
) -> None:
    hot = separation(16_000, 0.1, level=1.5)
    hot.noise[:] *= 0.1
    hot.recording.samples[:] = hot.speech + hot.noise
    (path,) = finish(exporting(hot, ExportPlan(tmp_path, ("noise",), key))).paths
    np.testing.assert_allclose(read(path).samples, hot.noise, rtol=0, atol=2.5 / 2 ** (EXPORTS[key].bits - 1))


@pytest.mark.parametrize("key", [key for key, form in EXPORTS.items() if form.integer])
def test_tracks_that_just_reach_full_scale_add_up_exactly(key: str, speech_only: Separate, tmp_path: Path) -> None:
    speech = np.linspace(-1.0, 1.0, 2_001, dtype=np.float32)[None]
    mixture = (np.roll(speech, 7) + speech) / 2
    mixture[0, -1] = 1.0
    result = speech_only(mixture, speech)
    written = finish(exporting(result, ExportPlan(tmp_path, TRACKS, key))).outputs
    sounds = {track: read(path).samples for track, path in written.items()}
    np.testing.assert_array_equal(sounds["speech"] + sounds["noise"], sounds["mixture"])


def test_like_the_input_follows_the_recording(result: Separation, tmp_path: Path) -> None:
    recording = replace(result.recording, container="FLAC", subtype="PCM_16")
    exported = finish(exporting(replace(result, recording=recording), ExportPlan(tmp_path, format="input")))
    assert [(read(path).container, read(path).subtype) for path in exported.paths] == [("FLAC", "PCM_16")] * 2


def test_progress_rises_to_the_end(separation: Separate, tmp_path: Path) -> None:
    told = list(exporting(separation(48_000, 4.0), ExportPlan(tmp_path, format="wav16")))
    assert {progress.phase for progress in told} == {"Writing"}
    done = [progress.done for progress in told]
    assert done == sorted(done)
    assert done[-1] == 1.0


@pytest.mark.parametrize(
    "plan",
    [
        {"tracks": ("drums",)},
        {"tracks": ()},
        {"format": "m4v"},
        {"template": "{who}"},
    ],
)
def test_a_plan_without_sense_is_refused(plan: dict[str, object], result: Separation, tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        finish(exporting(result, ExportPlan(tmp_path / "out", **plan)))
    assert names(tmp_path) == []


# ---------------------------------------------------------------------------------------------------------------- names


def test_all_tracks_get_the_same_number(result: Separation, tmp_path: Path) -> None:
    (tmp_path / "take_speech.wav").write_bytes(b"old")
    (tmp_path / "take_noise (2).wav").write_bytes(b"old")
    exported = finish(exporting(result, ExportPlan(tmp_path)))
    assert [path.name for path in exported.paths] == ["take_speech (3).wav", "take_noise (3).wav"]
    assert (tmp_path / "take_speech.wav").read_bytes() == b"old"


def test_refuse_leaves_what_is_there(result: Separation, tmp_path: Path) -> None:
    (tmp_path / "take_noise.wav").write_bytes(b"old")
    with pytest.raises(UnwritableOutput, match=r"take_noise\.wav exists already"):
        finish(exporting(result, ExportPlan(tmp_path, conflict="refuse")))
    assert (tmp_path / "take_noise.wav").read_bytes() == b"old"
    assert names(tmp_path) == ["take_noise.wav"]


def test_overwrite_replaces(result: Separation, tmp_path: Path) -> None:
    (tmp_path / "take_speech.wav").write_bytes(b"old")
    plan = ExportPlan(tmp_path, conflict="overwrite")
    for _ in range(2):
        assert [path.name for path in finish(exporting(result, plan)).paths] == ["take_speech.wav", "take_noise.wav"]
    assert names(tmp_path) == ["take_noise.wav", "take_speech.wav"]
    np.testing.assert_array_equal(read(tmp_path / "take_speech.wav").samples, result.speech)


def test_a_folder_of_that_name_is_not_overwritten(result: Separation, tmp_path: Path) -> None:
    (tmp_path / "take_speech.wav").mkdir()
    exported = finish(exporting(result, ExportPlan(tmp_path, conflict="overwrite")))
    assert exported.paths[0].name == "take_speech (2).wav"


@pytest.mark.parametrize("name", ["take_speech.wav", "TAKE_SPEECH.WAV"])
def test_the_input_is_never_overwritten(name: str, result: Separation, moved: Move, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"precious")
    own = moved(result, tmp_path / name)
    for conflict in ("overwrite", "number"):
        plan = ExportPlan(tmp_path, ("speech",), template="take_{track}", conflict=conflict)
        assert finish(exporting(own, plan)).paths[0].name.startswith("take_speech (")
    with pytest.raises(UnwritableOutput):
        finish(exporting(own, replace(plan, conflict="refuse")))
    assert (tmp_path / name).read_bytes() == b"precious"


def test_a_batch_never_overwrites_its_own_files(result: Separation, moved: Move, tmp_path: Path) -> None:
    inputs = [tmp_path / "in" / name for name in ("Song.wav", "song.flac", "SONG.mp3")]
    plan = ExportPlan(tmp_path / "out", conflict="overwrite", reserved=frozenset(inputs))
    written: list[Path] = []
    for path in inputs:
        paths = finish(exporting(moved(result, path), plan)).paths
        written += paths
        plan = replace(plan, reserved=plan.reserved | set(paths))
    assert len({fold(path.name) for path in written}) == 6
    assert len(names(tmp_path / "out")) == 6


def test_an_output_is_never_an_input_that_waits_in_the_batch(result: Separation, moved: Move, tmp_path: Path) -> None:
    waiting = tmp_path / "take_speech.wav"
    waiting.write_bytes(b"precious")
    plan = ExportPlan(tmp_path, conflict="overwrite", reserved=frozenset([waiting]))
    finish(exporting(moved(result, tmp_path / "take.wav"), plan))
    assert waiting.read_bytes() == b"precious"


def test_a_template_without_a_track_still_gives_each_its_name(result: Separation, tmp_path: Path) -> None:
    paths = output_paths(result.recording, ExportPlan(tmp_path, template="{stem}"))
    assert [path.name for path in paths.values()] == ["take_speech.wav", "take_noise.wav"]
    alone = output_paths(result.recording, ExportPlan(tmp_path, ("speech",), template="{stem}"))
    assert alone["speech"].name == "take.wav"


def test_the_date_can_be_part_of_a_name(result: Separation, tmp_path: Path) -> None:
    path = output_paths(result.recording, ExportPlan(tmp_path, ("speech",), template="{date}"))["speech"]
    assert path.match("20[0-9][0-9]-[01][0-9]-[0-3][0-9].wav")


@given(
    stem=st.text(st.characters(exclude_characters="/\0", codec=None), min_size=1, max_size=260),
    template=st.sampled_from(["{stem}_{track}", "{stem}", "{track}", "{track} of {stem} {stem}"]),
    key=st.sampled_from(list(EXPORTS)),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_two_outputs_ever_share_a_name(stem: str, template: str, key: str, tmp_path: Path) -> None:
    recording = Recording(np.zeros((1, 1), np.float32), 16_000, tmp_path / "in" / f"{stem}.wav")
    paths = output_paths(recording, ExportPlan(tmp_path, TRACKS, key, template))
    assert len({fold(path.name) for path in paths.values()}) == 3
    for path in paths.values():
        assert len(path.name.encode()) <= 255
        assert path.suffix == EXPORTS[key].suffix
        assert path.parent == tmp_path


# --------------------------------------------------------------------------------------------------------------- places


def test_a_missing_folder_is_made_but_not_its_parents(result: Separation, tmp_path: Path) -> None:
    finish(exporting(result, ExportPlan(tmp_path / "new")))
    assert len(names(tmp_path / "new")) == 2
    with pytest.raises(UnwritableOutput, match="does not exist"):
        finish(exporting(result, ExportPlan(tmp_path / "gone" / "new")))
    assert names(tmp_path) == ["new"]


def test_a_folder_is_checked_without_a_trace(tmp_path: Path) -> None:
    check_folder(tmp_path)
    check_folder(tmp_path / "new")
    assert names(tmp_path) == []
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "sub", tmp_path / "gone" / "new"):
        with pytest.raises(UnwritableOutput, match="Choose another folder"):
            check_folder(folder)
    assert names(tmp_path) == ["file"]
