"""`tasnet separate film.mp4 --remux speech`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasnet_gui import cli
from tasnet_gui.audio.files import read
from tasnet_gui.domain import ModelCard, Samples

Film = Callable[..., Path]
Sound = Callable[..., Samples]


@pytest.fixture
def tasnet(tiny_model: Callable[..., ModelCard], capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """`tasnet(film, "--remux", "speech")`: exit code, standard output and standard error."""
    model = tiny_model()

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main([str(part) for part in ("separate", "--device", "cpu", "--model", model.folder, *arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_a_film_gets_its_sound_and_sound_files_stay_sound(
    tasnet: Any, film: Film, sound_file: Callable[..., Path], tone: Sound, hiss: Sound, tmp_path: Path
) -> None:
    path, beside = film("a.mp4", tone(48_000, 0.6, 2)), sound_file("b.wav", hiss(seconds=0.3))
    code, out, _ = tasnet(path, beside, "--remux", "speech", "-o", tmp_path / "out")
    assert code == 0
    names = ["a_speech.mp4", "b_speech.wav", "b_noise.wav"]
    assert out.splitlines() == [str(tmp_path / "out" / name) for name in names]
    made = read(tmp_path / "out" / "a_speech.mp4")
    assert made.picture
    assert made.samples.shape == read(path).samples.shape


def test_without_a_folder_the_film_lies_beside_the_old_one(tasnet: Any, film: Film, tone: Sound) -> None:
    path = film("a.mkv", tone(48_000, 0.4))
    before = path.read_bytes()
    assert [tasnet(path, "--remux", "noise")[0] for _ in range(2)] == [0, 0]
    made = sorted(found.name for found in path.parent.glob("a*.mkv"))
    assert made == ["a.mkv", "a_noise (2).mkv", "a_noise.mkv"]
    assert path.read_bytes() == before


def test_the_remix_of_a_film_has_its_strength(tasnet: Any, film: Film, hiss: Sound, tmp_path: Path) -> None:
    path = film("a.mov", hiss(48_000, 0.5), codec="pcm_s24le")
    arguments = path, "--remux", "remix", "--strength", 0, "-o", tmp_path / "out", "--json"
    code, out, _ = tasnet(*arguments)
    told = json.loads(out)
    assert (code, told["strength_db"], list(told["outputs"])) == (0, 0.0, ["remix"])
    found = read(Path(told["outputs"]["remix"]))  # nothing was lowered: it is the sound of the film again
    np.testing.assert_allclose(found.samples, read(path).samples, atol=2.0**-22)


def test_a_film_that_cannot_be_written_is_told_of_before_the_work(tasnet: Any, film: Film, hiss: Sound) -> None:
    path = film("a.avi", hiss(48_000, 0.3), codec="pcm_s16le", picture="mpeg4")
    code, out, err = tasnet(path, "--remux", "speech")
    assert (code, out) == (1, "")
    assert "AVI cannot be written" in err
    assert "Leave out --remux" in err
    assert tasnet(path, "--remux", "speech", "--to", "0:01")[0] == 2


def test_m4a_is_written_as_m4a(tasnet: Any, film: Film, tone: Sound, tmp_path: Path) -> None:
    sound = tone(44_100, 0.5, 2)
    code, out, _ = tasnet(film("a.m4a", sound, rate=44_100, picture=None), "-o", tmp_path / "out")
    assert code == 0
    assert [Path(line).name for line in out.splitlines()] == ["a_speech.m4a", "a_noise.m4a"]
    made = read(Path(out.splitlines()[0]))
    assert (made.container, made.subtype, made.samples.shape) == ("M4A", "AAC", sound.shape)
