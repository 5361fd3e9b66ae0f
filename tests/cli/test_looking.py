import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasnet_gui import cli
from tasnet_gui.audio.files import read
from tasnet_gui.domain import ModelCard, Samples, finish
from tasnet_gui.engine.inside import basis_of, looking

Files = Callable[..., Path]
Sounds = Callable[..., Samples]


@pytest.fixture
def model(tiny_model: Callable[..., ModelCard]) -> ModelCard:
    return tiny_model()


@pytest.fixture
def tasnet(model: ModelCard, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """`tasnet("basis", "--out", path)`: exit code, standard output, standard error."""

    def run(command: str, *arguments: object) -> tuple[int, str, str]:
        device = [] if command == "basis" else ["--device", "cpu"]
        code = cli.main([command, "--model", str(model.folder), *device, *map(os.fspath, map(str, arguments))])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.mark.parametrize("kind", ["png", "svg", "npz", "csv", "PNG"])
def test_the_basis_is_written_in_every_kind(tasnet: Any, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"basis.{kind}"
    assert tasnet("basis", "--out", out) == (0, f"{out}\n", "")
    assert out.stat().st_size > 1000
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [out.name]


@pytest.mark.parametrize("order", ["similarity", "frequency", "network"])
def test_the_numbers_of_the_basis_are_the_models(tasnet: Any, model: ModelCard, tmp_path: Path, order: str) -> None:
    assert tasnet("basis", "--out", tmp_path / "b.npz", "--order", order)[0] == 0
    with np.load(tmp_path / "b.npz") as file:
        np.testing.assert_array_equal(file["encoder"], basis_of(model).encoder)
        assert sorted(file["order"]) == list(range(32))


@pytest.mark.parametrize("kind", ["png", "svg", "npz", "csv"])
@pytest.mark.parametrize("span", [(), ("--start", 0.2, "--stop", 0.7)], ids=["whole", "stretch"])
def test_masks_are_written_in_every_kind(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, kind: str, span: tuple[Any, ...]
) -> None:
    out = tmp_path / f"masks.{kind}"
    sound = sound_file("x.wav", hiss(44_100, 1.0, channels=2), 44_100)
    assert tasnet("masks", sound, "--out", out, "--channel", 2, *span) == (0, f"{out}\n", "")
    assert out.stat().st_size > 1000


def test_the_numbers_of_the_masks_are_the_windows(
    tasnet: Any, model: ModelCard, sound_file: Files, hiss: Sounds, tmp_path: Path
) -> None:
    path = sound_file("x.wav", hiss(16_000, 2.0), subtype="FLOAT")
    _, inside = finish(looking(read(path), model, device="cpu"))
    assert tasnet("masks", path, "--out", tmp_path / "m.npz", "--order", "speech")[0] == 0
    with np.load(tmp_path / "m.npz") as file:
        np.testing.assert_array_equal(file["mask_speech"], inside.pictures.masks["speech"][0])
        np.testing.assert_array_equal(file["w"], inside.pictures.w[0])
        assert (np.diff(inside.activity.speech_share()[file["order"]]) >= 0).all()


def test_nothing_is_overwritten_unasked(tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path) -> None:
    sound, out = sound_file("x.wav", hiss()), tmp_path / "out.npz"
    out.write_text("mine")
    for command in (["basis"], ["masks", sound]):
        code, _, error = tasnet(*command, "--out", out)
        assert code == 1
        assert "there already" in error
        assert out.read_text() == "mine"
    assert tasnet("basis", "--out", out, "--overwrite")[0] == 0
    assert out.stat().st_size > 1000


def test_the_recording_itself_is_never_overwritten(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path
) -> None:
    sound = sound_file("x.wav", hiss())
    disguised = tmp_path / "x.png"
    disguised.symlink_to(sound)
    before = sound.read_bytes()
    code, _, error = tasnet("masks", sound, "--out", disguised, "--overwrite")
    assert code == 1
    assert "the recording itself" in error
    assert sound.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--out", "x.jpg"), 2),
        (("--out", "x.png", "--order", "beauty"), 2),
        (("--out", "no/such/folder/x.png"), 1),
        (("--out", "."), 2),
        ((), 2),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(
    tasnet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    got, out, error = tasnet("basis", *arguments)
    assert got == code
    assert not out
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "arguments",
    [
        ("--channel", 0),
        ("--channel", 2),
        ("--start", 0.5, "--stop", 0.5),
        ("--start", -1.0),
        ("--start", 0.1, "--stop", 9.0),
        ("--start", "nan"),
        ("--order", "beauty"),
    ],
)
def test_a_stretch_or_channel_that_is_not_there_is_refused(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, arguments: tuple[Any, ...]
) -> None:
    code, out, error = tasnet("masks", sound_file("x.wav", hiss()), "--out", tmp_path / "x.npz", *arguments)
    assert (code, out) == (2, "")
    assert error
    assert not (tmp_path / "x.npz").exists()


def test_importing_the_commands_needs_neither_torch_nor_matplotlib() -> None:
    import subprocess
    import sys

    code = "import sys, tasnet_gui.cli; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert not loaded & {"torch", "matplotlib", "scipy.cluster"}
