from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasnet_gui import cli
from tasnet_gui.audio.files import read
from tasnet_gui.domain import ModelCard, Samples

Files = Callable[..., Path]
Sounds = Callable[..., Samples]


@pytest.fixture
def tasnet(tiny_model: Callable[..., ModelCard], tmp_path: Path) -> Callable[..., Any]:
    """`tasnet(command, file, ...)` runs it into `out` with a tiny model; returns the exit code."""
    card = tiny_model()

    def run(command: str, *arguments: object) -> int:
        fixed = ["-o", tmp_path / "out", "--model", card.folder, "--device", "cpu"]
        return cli.main([command, *map(str, (*fixed, *arguments))])

    return run


def highs(sound: Samples, rate: int = 48_000) -> float:
    spectrum = np.abs(np.fft.rfft(sound))
    return float(spectrum[..., np.fft.rfftfreq(sound.shape[-1], 1 / rate) > 9_000].max())


@pytest.mark.parametrize("command", ["separate", "batch"])
@pytest.mark.parametrize(
    ("choice", "where"), [("full", (True, True)), ("model", (False, False)), ("noise", (False, True))]
)
def test_the_high_band_is_where_it_was_asked_for(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, command: str, choice: str, where: tuple[bool, bool]
) -> None:
    assert tasnet(command, sound_file("a.wav", hiss(48_000, 0.6), 48_000, "FLOAT"), "--high-band", choice) == 0
    speech, noise = (read(tmp_path / "out" / f"a_{track}.wav").samples for track in ("speech", "noise"))
    assert (highs(speech) > 1.0, highs(noise) > 1.0) == where


@pytest.mark.parametrize("command", ["separate", "batch"])
def test_channels_are_linked_when_asked_to_be(
    tasnet: Any, sound_file: Files, hiss: Sounds, tmp_path: Path, command: str
) -> None:
    sound, results = hiss(channels=2), {}
    for choice in ("auto", "each", "linked"):
        path = sound_file(f"{choice}.wav", sound, 16_000, "FLOAT")
        assert tasnet(command, path, "--channels", choice) == 0
        results[choice] = read(tmp_path / "out" / f"{choice}_speech.wav").samples
    np.testing.assert_array_equal(results["auto"], results["each"])  # noises that have nothing in common
    assert np.abs(results["linked"] - results["each"]).max() > 1e-3


@pytest.mark.parametrize("arguments", [["--high-band", "full"], ["--channels", "linked"]])
def test_a_stream_refuses_what_needs_the_whole_recording(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["separate", "-", "-", *arguments]) == 2
    assert arguments[0] in capsys.readouterr().err
