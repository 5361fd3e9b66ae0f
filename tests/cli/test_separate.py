import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasnet_gui.audio.files import read
from tasnet_gui.cli import separate as command
from tasnet_gui.domain import ModelCard, Progress, Samples

Files = Callable[..., Path]
Sounds = Callable[..., Samples]


def written(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out").iterdir()) if (tmp_path / "out").exists() else []


def test_speech_and_noise_are_written_and_add_up(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    sound = hiss(44_100, 0.4, channels=2)
    code, out, err = tasnet(sound_file("a.b.wav", sound, 44_100, "FLOAT"))
    assert code == 0
    assert out.splitlines() == [str(tmp_path / "out" / name) for name in ("a.b_speech.wav", "a.b_noise.wav")]
    speech, noise = (read(Path(line)) for line in out.splitlines())
    assert (speech.rate, speech.subtype) == (44_100, "FLOAT")
    np.testing.assert_allclose(speech.samples + noise.samples, sound, rtol=0, atol=1e-7)
    assert "8 kHz" in err  # what the model does not reach


def test_the_input_keeps_its_bytes_even_where_the_results_go(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path
) -> None:
    path = sound_file("x_speech.wav", hiss())
    (tmp_path / "out").mkdir()
    inside = path.rename(tmp_path / "out" / "x_speech.wav")
    other = sound_file("x.wav", hiss())
    before = inside.read_bytes()
    assert tasnet(other, inside, "--overwrite")[0] == 0
    assert inside.read_bytes() == before
    assert written(tmp_path) == [
        *("x_noise (2).wav", "x_speech (2).wav", "x_speech.wav"),
        *("x_speech_noise.wav", "x_speech_speech.wav"),
    ]


def test_earlier_results_are_numbered_around_unless_told_otherwise(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path
) -> None:
    path = sound_file("x.wav", hiss(seconds=0.2))
    assert tasnet(path)[0] == tasnet(path)[0] == 0
    names = ["x_noise (2).wav", "x_noise.wav", "x_speech (2).wav", "x_speech.wav"]
    assert written(tmp_path) == names
    (tmp_path / "out" / "x_speech.wav").write_text("old")
    assert tasnet(path, "--overwrite")[0] == 0
    assert written(tmp_path) == names
    assert read(tmp_path / "out" / "x_speech.wav").frames == 3200


def test_two_inputs_of_one_name_do_not_meet(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    first = sound_file("x.wav", hiss(seconds=0.1))
    second = sound_file("x.flac", hiss(seconds=0.2))
    assert tasnet(first, second, "--overwrite", "--format", "wav16")[0] == 0
    assert len(written(tmp_path)) == 4


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--format", "flac"], ["x_noise.flac", "x_speech.flac"]),
        (["--tracks", "speech"], ["x_speech.wav"]),
        (["--tracks", "noise, mixture,noise", "--format", ".ogg"], ["x_mixture.ogg", "x_noise.ogg"]),
    ],
)
def test_tracks_and_format_are_as_asked(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, arguments: list[str], names: list[str]
) -> None:
    assert tasnet(sound_file("x.wav", hiss(seconds=0.2)), *arguments)[0] == 0
    assert written(tmp_path) == names


def test_a_strength_makes_a_remix(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    path = sound_file("x.wav", hiss(seconds=0.2), subtype="FLOAT")
    assert tasnet(path, "--strength", "20")[0] == 0
    assert written(tmp_path) == ["x_remix.wav"]
    told = json.loads(tasnet(path, "--json", "--overwrite", "--strength", "20", "--tracks", "speech,noise,remix")[1])
    assert told["strength_db"] == 20.0
    speech, noise, remix = (read(Path(told["outputs"][track])).samples for track in ("speech", "noise", "remix"))
    np.testing.assert_allclose(remix, speech + noise / 10, atol=1e-7)
    told = json.loads(tasnet(path, "--json", "--overwrite", "--strength", "off")[1])
    assert told["strength_db"] == "off"
    np.testing.assert_array_equal(read(Path(told["outputs"]["remix"])).samples, speech)


def test_a_strength_that_changes_nothing_is_refused(tasnet: Any, sound_file: Files, hiss: Sounds) -> None:
    code, _, err = tasnet(sound_file("x.wav", hiss()), "--strength", "20", "--tracks", "speech")
    assert code == 2
    assert "Add remix to --tracks." in err


def test_a_failing_file_does_not_stop_the_others(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"not sound")
    code, out, err = tasnet(tmp_path / "gone.wav", bad, sound_file("good.wav", hiss(seconds=0.1)))
    assert code == 1
    assert len(out.splitlines()) == 2
    gone, broken = err.splitlines()
    assert gone.startswith("tasnet: gone.wav")
    assert broken.startswith("tasnet: bad.wav")
    assert written(tmp_path) == ["good_noise.wav", "good_speech.wav"]


def test_json_is_one_object_per_recording(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    good = sound_file("ü%s\n.wav", hiss(8_000, 0.25, channels=2), 8_000)
    silent = sound_file("silent.wav", np.zeros((1, 999), np.float32))
    code, out, _ = tasnet("--json", good, tmp_path / "gone.wav", silent)
    assert code == 1
    first, second, third = (json.loads(line, parse_constant=pytest.fail) for line in out.splitlines())
    assert first["input"] == str(good)
    assert Path(first["outputs"]["speech"]).is_file()
    assert {key: first[key] for key in ("rate", "channels", "frames", "model", "device")} == {
        **{"rate": 8_000, "channels": 2, "frames": 2_000},
        **{"model": "tiny", "device": "cpu"},
    }
    assert first["null_db"] < -100
    assert (second["input"], set(second)) == (str(tmp_path / "gone.wav"), {"input", "error"})
    assert third["null_db"] is None  # the sum is exact, which JSON has no number for


@pytest.mark.parametrize(
    "arguments",
    [
        ["--threads", "0"],
        ["--threads", "many"],
        ["--format", "mp5"],
        ["--tracks", "music"],
        ["--strength", "61"],
        ["--tracks", ""],
        ["--device", "tpu"],
        ["--model", "no-such-model"],
    ],
)
def test_an_impossible_request_ends_with_2_before_anything_is_done(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, arguments: list[str]
) -> None:
    code, out, err = tasnet(sound_file("x.wav", hiss(seconds=0.1)), *arguments)
    assert (code, out, written(tmp_path)) == (2, "", [])
    assert arguments[-1] in err
    assert "Traceback" not in err


def test_a_gpu_that_is_not_there_is_an_error_of_one_line(
    tasnet: Any, sound_file: Files, hiss: Sounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    code, _, err = tasnet(sound_file("x.wav", hiss(seconds=0.1)), "--device", "cuda")
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "cpu, or auto" in err


def test_a_folder_that_cannot_be_written_to_is_refused_before_the_work(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file")
    code, out, err = tasnet(sound_file("x.wav", hiss(seconds=0.1)))
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert (tmp_path / "out").read_text() == "a file"


def test_damaged_weights_are_named(
    tiny_model: Callable[..., ModelCard], tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path
) -> None:
    weights = tiny_model(name="torn").folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-7])
    code, _, err = tasnet(sound_file("x.wav", hiss(seconds=0.1)), "--model", weights.parent)
    assert code == 1
    assert str(weights) in err
    assert written(tmp_path) == []


@pytest.mark.parametrize("phase", ["Reading", "Loading the model", "Separating", "Writing"])
def test_ctrl_c_ends_with_130_and_leaves_nothing_half_written(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    def pressed(progress: Progress) -> None:
        if progress.phase == phase:
            raise KeyboardInterrupt

    monkeypatch.setattr(command.Bar, "phase", lambda *_: pressed)
    (tmp_path / "out").mkdir()
    code, out, err = tasnet(sound_file("x.wav", hiss(seconds=0.1)))
    assert (code, out, err) == (130, "", "tasnet: Stopped.\n")
    assert written(tmp_path) == []


def test_a_bar_is_drawn_only_for_a_terminal(
    tasnet: Any, sound_file: Files, hiss: Sounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sound_file("x.wav", hiss(seconds=0.1))
    assert tasnet(path)[2] == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "x.wav   0%" in tasnet(path)[2]


def test_names_that_are_no_text_or_look_like_options_are_names(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sound_file("x.wav", hiss(seconds=0.1))
    monkeypatch.chdir(tmp_path)
    odd = [path.with_name(os.fsdecode(name)) for name in (b"\xff\xfe.wav", b"-o.wav", b"100%d.wav")]
    for name in odd:
        with contextlib.suppress(OSError, UnicodeError):  # not every system lets every name be
            name.write_bytes(path.read_bytes())
    there = [name.name for name in odd if name.exists()]
    code, out, err = tasnet("--", *there)
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == len(written(tmp_path)) == 2 * len(there) >= 4
