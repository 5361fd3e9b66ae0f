"""What `tasnet separate` can be asked for about the files it writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasnet_gui import cli
from tasnet_gui.audio.files import read
from tasnet_gui.cli import exporting
from tasnet_gui.domain import Samples

Files = Callable[..., Path]
Sounds = Callable[..., Samples]


def written(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "out").iterdir()) if (tmp_path / "out").exists() else []


@pytest.mark.parametrize(
    ("arguments", "start", "stop"),
    [
        (["--from", "0.25", "--to", "0:0.5"], 4_000, 8_000),
        (["--from", "0:00:0.75"], 12_000, 16_000),
        (["--to", "0.1"], 0, 1_600),
    ],
)
def test_a_stretch_is_that_part_of_the_whole(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, arguments: list[str], start: int, stop: int
) -> None:
    path = sound_file("x.wav", hiss(), subtype="FLOAT")
    assert tasnet(path, "--template", "whole_{track}")[0] == 0
    assert tasnet(path, *arguments)[0] == 0
    for track in ("speech", "noise"):
        whole, part = (read(tmp_path / "out" / f"{stem}_{track}.wav").samples for stem in ("whole", "x"))
        np.testing.assert_array_equal(part, whole[:, start:stop])


def test_names_follow_the_template_with_a_number_for_each_recording(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path
) -> None:
    files = [sound_file(name, hiss(seconds=0.1)) for name in ("a.wav", "b.wav")]
    assert tasnet(*files, "--template", "{index} {stem} {model} {track} {rate}", "--tracks", "speech")[0] == 0
    assert written(tmp_path) == ["01 a tiny speech 16000.wav", "02 b tiny speech 16000.wav"]


def test_all_tracks_have_one_word(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    assert tasnet(sound_file("x.wav", hiss(seconds=0.1)), "--tracks", "all")[0] == 0
    assert written(tmp_path) == ["x_mixture.wav", "x_noise.wav", "x_remix.wav", "x_speech.wav"]


def test_skip_does_no_work_twice(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sound_file("x.wav", hiss(seconds=0.1))
    assert tasnet(path, "--on-conflict", "skip")[0] == 0
    monkeypatch.setattr("tasnet_gui.cli.separate.separate", lambda *_, **__: pytest.fail("it was separated again"))
    code, out, err = tasnet(path, "--on-conflict", "skip")
    assert (code, out) == (0, "")
    assert "x_speech.wav, x_noise.wav: there already, so nothing was done." in err
    assert json.loads(tasnet(path, "--on-conflict", "skip", "--json")[1])["outputs"] == {}


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("n", ["x_noise (2).wav", "x_noise.wav", "x_speech (2).wav", "x_speech.wav"]),
        ("", ["x_noise (2).wav", "x_noise.wav", "x_speech (2).wav", "x_speech.wav"]),
        ("what?", ["x_noise (2).wav", "x_noise.wav", "x_speech (2).wav", "x_speech.wav"]),
        ("R", ["x_noise.wav", "x_speech.wav"]),
        ("skip", ["x_noise.wav", "x_speech.wav"]),
    ],
)
def test_a_person_at_a_terminal_is_asked(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, monkeypatch: Any, answer: str, names: list[str]
) -> None:
    path = sound_file("x.wav", hiss(seconds=0.1))
    tasnet(path)
    before = {name: (tmp_path / "out" / name).stat().st_ino for name in written(tmp_path)}
    answers = iter([answer, "n"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(exporting.settled, "__defaults__", (lambda _: next(answers),))
    code, _, err = tasnet(path, "--on-conflict", "ask")
    assert code == 0
    assert "x_speech.wav, x_noise.wav exists already" in err
    assert written(tmp_path) == names
    changed = {name for name, inode in before.items() if (tmp_path / "out" / name).stat().st_ino != inode}
    assert changed == (set(before) if answer == "R" else set())


def test_who_quits_loses_nothing(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, monkeypatch: Any
) -> None:
    path = sound_file("x.wav", hiss(seconds=0.1))
    tasnet(path)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(exporting.settled, "__defaults__", (lambda _: "q",))
    assert tasnet(path, "--on-conflict", "ask")[0] == 130
    assert written(tmp_path) == ["x_noise.wav", "x_speech.wav"]


def test_the_sidecar_is_one_of_the_files(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    code, out, _ = tasnet(sound_file("x.wav", hiss(seconds=0.1)), "--sidecar")
    assert code == 0
    assert out.splitlines()[-1] == str(tmp_path / "out" / "x_export.json")
    told = json.loads((tmp_path / "out" / "x_export.json").read_text(encoding="utf-8"))
    assert told["source"]["name"] == "x.wav"
    assert len(told["model"]["sha256"]) == 64


def test_hot_sound_can_go_out_as_float(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    path = sound_file("x.wav", 20 * hiss(seconds=0.1), subtype="FLOAT")
    assert tasnet(path, "--format", "flac", "--on-clipping", "float", "--tracks", "mixture")[0] == 0
    assert written(tmp_path) == ["x_mixture.wav"]
    np.testing.assert_array_equal(read(tmp_path / "out" / "x_mixture.wav").samples, read(path).samples)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "later"], "is no time"),
        (["--from", "-3"], "is no time"),
        (["--from", "nan"], "is no time"),
        (["--from", "2", "--to", "1"], "ends before it begins"),
        (["--template", "{who}"], "unknown field {who}"),
        (["--on-conflict", "fight"], "invalid choice"),
        (["--on-conflict", "ask"], "no terminal"),
        (["--overwrite", "--on-conflict", "skip"], "contradict"),
        (["--on-clipping", "hard"], "invalid choice"),
    ],
)
def test_what_makes_no_sense_ends_with_2_before_anything_is_done(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, arguments: list[str], told: str
) -> None:
    code, out, err = tasnet(sound_file("x.wav", hiss(seconds=0.1)), *arguments)
    assert (code, out, written(tmp_path)) == (2, "", [])
    assert told in err


def test_a_stretch_behind_the_end_fails_in_one_line_before_the_work(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasnet_gui.cli.separate.separate", lambda *_, **__: pytest.fail("it was separated"))
    code, _, err = tasnet(sound_file("x.wav", hiss(seconds=0.1)), "--from", "5")
    assert (code, written(tmp_path)) == (1, [])
    assert "x.wav has nothing after 5 s" in err


@pytest.mark.parametrize(
    "option",
    [
        *(["--from", "1"], ["--sidecar"], ["--template", "{stem}"], ["--on-conflict", "skip"], ["--format", "flac24"]),
        *(["--remux", "speech"], ["--json"], ["--bf16"], ["--device", "cuda"], ["--device", "mps"]),
    ],
)
def test_a_stream_has_no_files_to_speak_of(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["separate", "-", "-", *option]) == 2
    assert f"Leave out {option[0]}" in capsys.readouterr().err
