"""What an export may be asked for beside tracks and format: a stretch, names, what to do where a name is taken."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui import __version__
from tasnet_gui.audio.exports import EXPORTS, ExportPlan, exporting, output_paths
from tasnet_gui.audio.files import read
from tasnet_gui.audio.levels import measuring_peaks
from tasnet_gui.audio.outputs import FIELDS, listed
from tasnet_gui.domain import AUDIBLE, TRACKS, BadRequest, Remix, Separation, UnwritableOutput, finish

Separate = Callable[..., Separation]
Move = Callable[[Separation, Path], Separation]


@pytest.fixture
def result(separation: Separate, moved: Move, tmp_path: Path) -> Separation:
    """Two seconds of stereo, from take.wav."""
    return moved(separation(16_000, 2.0, 2), tmp_path / "in" / "take.wav")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -------------------------------------------------------------------------------------------------------- a stretch


@pytest.mark.parametrize("key", ["wav16", "wavfloat", "flac"])
def test_a_stretch_is_cut_out_to_the_frame_and_adds_up(key: str, result: Separation, tmp_path: Path) -> None:
    plan = ExportPlan(tmp_path, TRACKS, key, span=(0.5, 1.25))
    files = finish(exporting(result, plan)).outputs
    tracks = {track: read(path).samples.astype(float) for track, path in files.items()}
    lsb = 2.0 ** (1 - EXPORTS[key].bits) if EXPORTS[key].integer else 1e-6
    assert np.abs(tracks["speech"] + tracks["noise"] - tracks["mixture"]).max() <= lsb
    np.testing.assert_allclose(tracks["mixture"], result.recording.samples[:, 8_000:20_000], atol=lsb)


def test_a_stretch_ends_where_the_recording_ends(result: Separation, tmp_path: Path) -> None:
    path = finish(exporting(result, ExportPlan(tmp_path, ("noise",), span=(1.5, 99.0)))).paths[0]
    np.testing.assert_array_equal(read(path).samples, result.noise[:, 24_000:])


@pytest.mark.parametrize("span", [(2.0, 3.0), (1.0, 1.0), (-2.0, -1.0)])
def test_a_stretch_without_sound_is_refused(span: tuple[float, float], result: Separation, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"take\.wav has nothing between .* It is 2\.00 s long"):
        finish(exporting(result, ExportPlan(tmp_path / "out", span=span)))
    assert not (tmp_path / "out").exists()


def test_only_the_stretch_counts_for_clipping(result: Separation, tmp_path: Path) -> None:
    result.speech[0, 100] = 3.0
    assert finish(exporting(result, ExportPlan(tmp_path, format="wav16", span=(1.0, 2.0)))).gain_db == 0.0


# ------------------------------------------------------------------------------------------------------------- level


@pytest.mark.parametrize(
    ("key", "instead"), [("wav16", "wavfloat"), ("aiff24", "aifffloat"), ("caf16", "caffloat"), ("flac", "wavfloat")]
)
def test_what_would_clip_can_go_into_a_float_format_untouched(
    key: str, instead: str, separation: Separate, tmp_path: Path
) -> None:
    hot = separation(16_000, 0.25, level=2.0)
    exported = finish(exporting(hot, ExportPlan(tmp_path, TRACKS, key, clipping="float")))
    form = EXPORTS[instead]
    assert (exported.gain_db, {path.suffix for path in exported.paths}) == (0.0, {form.suffix})
    assert exported.notes == (f"The files are {form.label}, because {EXPORTS[key].label} clips above full scale.",)
    for track, path in exported.outputs.items():
        np.testing.assert_array_equal(read(path).samples, hot.track(track))


def test_what_does_not_clip_stays_in_the_format_that_was_asked_for(result: Separation, tmp_path: Path) -> None:
    exported = finish(exporting(result, ExportPlan(tmp_path, format="flac", clipping="float")))
    assert {path.suffix for path in exported.paths} == {".flac"}
    assert exported.notes == ()


def test_peaks_are_those_of_each_track(result: Separation) -> None:
    peaks = finish(measuring_peaks(result, AUDIBLE, Remix(0.0, -6.0)))
    tracks = {track: result.track(track) for track in TRACKS}
    tracks["remix"] = result.speech + 10 ** (-6 / 20) * result.noise
    assert peaks == {track: pytest.approx(float(np.abs(samples).max())) for track, samples in tracks.items()}


# ------------------------------------------------------------------------------------------------------------- names


def test_every_field_of_the_template_stands_for_something(result: Separation, tmp_path: Path) -> None:
    template = " ".join(f"{{{field}}}" for field in FIELDS)
    plan = ExportPlan(tmp_path, ("speech",), "opus", template, span=(0.5, 1.0), index=7)
    path = output_paths(result.recording, plan, "tiny")["speech"]
    stem, track, model, day, rate, index, start, stop = path.stem.split()
    assert (stem, track, model, rate, index, start, stop) == ("take", "speech", "tiny", "16000", "07", "0.5s", "1s")
    assert len(day) == 10
    assert finish(exporting(result, plan)).paths == (path,)


def test_a_field_of_the_rate_tells_the_rate_of_the_file(separation: Separate, tmp_path: Path) -> None:
    plan = ExportPlan(tmp_path, ("speech",), "opus", "{rate}")
    assert finish(exporting(separation(44_100, 0.1), plan)).paths[0].name == "48000.opus"


def test_names_in_a_sentence_are_few() -> None:
    paths = [Path(f"{letter}.wav") for letter in "abcde"]
    assert listed(paths[:2]) == "a.wav, b.wav"
    assert listed(paths) == "a.wav, b.wav, c.wav and 2 more"


# --------------------------------------------------------------------------------------------------- names in the way


def test_skip_leaves_out_what_is_there_and_writes_the_rest(result: Separation, tmp_path: Path) -> None:
    (tmp_path / "take_speech.wav").write_bytes(b"old")
    exported = finish(exporting(result, ExportPlan(tmp_path, TRACKS, conflict="skip")))
    assert list(exported.outputs) == ["mixture", "noise"]
    assert exported.notes == ("take_speech.wav exists already and was left alone.",)
    assert (tmp_path / "take_speech.wav").read_bytes() == b"old"


def test_skip_may_leave_nothing_to_do(result: Separation, tmp_path: Path) -> None:
    plan = ExportPlan(tmp_path, conflict="skip")
    finish(exporting(result, plan))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    exported = finish(exporting(result, plan))
    assert (exported.paths, len(exported.notes)) == ((), 2)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_skip_never_touches_the_recording_itself(result: Separation, moved: Move, tmp_path: Path) -> None:
    own = moved(result, tmp_path / "take_speech.wav")
    own.recording.path.write_bytes(b"precious")
    finish(exporting(own, ExportPlan(tmp_path, template="take_{track}", conflict="skip")))
    assert own.recording.path.read_bytes() == b"precious"
    assert names(tmp_path) == ["take_noise.wav", "take_speech.wav"]


def test_what_was_to_be_skipped_and_comes_meanwhile_is_left_alone(result: Separation, tmp_path: Path) -> None:
    work = exporting(result, ExportPlan(tmp_path, conflict="skip"))
    next(work)
    (tmp_path / "take_noise.wav").write_bytes(b"somebody's")
    with pytest.raises(UnwritableOutput, match="exists already"):
        finish(work)
    assert names(tmp_path) == ["take_noise.wav"]


# ----------------------------------------------------------------------------------------------------------- sidecar


def test_the_sidecar_tells_how_the_files_were_made(result: Separation, tmp_path: Path) -> None:
    result = replace(result, null_db=-141.5, notes=("A note.",))
    plan = ExportPlan(tmp_path, TRACKS, "wav16", sidecar=True, span=(0.5, 1.5))
    exported = finish(exporting(result, plan))
    assert exported.sidecar == tmp_path / "take_export.json"
    told = json.loads(exported.sidecar.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert (told["version"], told["model"]["name"], told["model"]["sha256"]) == (__version__, "tiny", "")
    assert told["files"] == {track: f"take_{track}.wav" for track in TRACKS}
    assert told["source"] == {
        **{"name": "take.wav", "rate": 16_000, "channels": 2, "container": "WAV", "subtype": "FLOAT"},
        **{"span": [0.5, 1.5]},
    }
    assert told["format"] == {"name": "WAV, 16 bit", "rate": 16_000, "channels": 2, "frames": 16_000}
    assert (told["separation"]["null_db"], told["separation"]["notes"]) == (-141.5, ["A note."])
    assert told["gain_db"] == 0.0


def test_the_sidecar_shares_number_and_fate_of_its_files(result: Separation, tmp_path: Path) -> None:
    (tmp_path / "take_export.json").write_bytes(b"{}")
    plan = ExportPlan(tmp_path, sidecar=True)
    exported = finish(exporting(result, plan))
    assert exported.sidecar == tmp_path / "take_export (2).json"
    assert [path.name for path in exported.paths] == ["take_speech (2).wav", "take_noise (2).wav"]
    before = names(tmp_path)
    work = exporting(result, plan)
    next(work)
    work.close()
    assert names(tmp_path) == before


def test_the_sidecar_names_the_files_as_they_are_called_in_the_end(result: Separation, tmp_path: Path) -> None:
    work = exporting(result, ExportPlan(tmp_path, format="wav16", sidecar=True))
    next(work)
    (tmp_path / "take_speech.wav").write_text("another program's")
    exported = finish(work)
    assert exported.sidecar is not None
    told = json.loads(exported.sidecar.read_text(encoding="utf-8"))["files"]
    assert told == {track: path.name for track, path in exported.outputs.items()}
    assert exported.outputs["speech"].name == "take_speech (2).wav"
    assert len(list(tmp_path.glob("[!i]*"))) == 4


def test_like_the_input_says_when_it_is_not_quite(result: Separation, tmp_path: Path) -> None:
    eight = replace(result, recording=replace(result.recording, subtype="PCM_U8"))
    exported = finish(exporting(eight, ExportPlan(tmp_path, format="input")))
    told = "The files are WAV, 16 bit, as near as can be written to the recording's own format (WAV, PCM_U8)."
    assert exported.notes == (told,)
