import io
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile

from tasnet_gui import cli
from tasnet_gui.domain import ModelCard, Recording, Samples
from tasnet_gui.engine.separate import separate

Sounds = Callable[..., Samples]


@pytest.fixture
def model(tiny_model: Callable[..., ModelCard]) -> ModelCard:
    return tiny_model(causal=True)


@pytest.fixture
def tasnet(
    model: ModelCard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, bytes, str]]:
    """`tasnet(input, "--tracks", "noise")`: exit code, bytes on standard output, standard error."""

    def run(given: bytes | Any, *arguments: str) -> tuple[int, bytes, str]:
        source = io.BytesIO(given) if isinstance(given, bytes) else given
        sink = io.BytesIO()
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=source))
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=sink, flush=lambda: None))
        code = cli.main(["separate", "-", "-", "--model", str(model.folder), *arguments])
        return code, sink.getvalue(), capsys.readouterr().err

    return run


def as_wave(sound: Samples, rate: int = 16_000, subtype: str = "FLOAT") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound.T, rate, subtype=subtype, format="WAV")
    return file.getvalue()


@pytest.mark.parametrize("track", ["speech", "noise"])
def test_a_wav_in_the_pipe_comes_out_as_the_track(tasnet: Any, model: ModelCard, hiss: Sounds, track: str) -> None:
    sound = hiss(seconds=1.3, channels=2)
    code, out, err = tasnet(as_wave(sound), "--tracks", track)
    assert (code, err) == (0, "")
    read, rate = soundfile.read(io.BytesIO(out), dtype="float32", always_2d=True)
    expected = separate(Recording(sound, 16_000), model, device="cpu").track(track)
    assert rate == 16_000
    np.testing.assert_allclose(read.T, expected, rtol=0, atol=1e-5)


def test_a_strength_lets_the_remix_through(tasnet: Any, model: ModelCard, hiss: Sounds) -> None:
    sound = hiss(seconds=1.3)
    expected = separate(Recording(sound, 16_000), model, device="cpu")
    for arguments, gain in ((["--strength", "20"], 0.1), (["--tracks", "remix", "--strength", "off"], 0.0)):
        _, out, _ = tasnet(as_wave(sound), *arguments)
        read = soundfile.read(io.BytesIO(out), dtype="float32", always_2d=True)[0]
        np.testing.assert_allclose(read.T, expected.speech + gain * expected.noise, rtol=0, atol=1e-5)


def test_raw_samples_come_out_raw_and_as_many(tasnet: Any, model: ModelCard, hiss: Sounds) -> None:
    sound = hiss(8_000, 1.0, channels=2)
    data = np.rint(sound.T * 2**15).astype("<i2").tobytes()
    code, out, _ = tasnet(data, "--raw", "8000,2,s16le")
    assert code == 0
    assert len(out) == len(data)
    assert np.abs(np.frombuffer(out, "<i2")).max() > 100


def test_speech_comes_out_before_the_input_ends(tasnet: Any, hiss: Sounds) -> None:
    waiting: list[int] = []

    class Live(io.BytesIO):
        """Half a second, then nothing until somebody has heard it."""

        def read1(self, _: int | None = -1) -> bytes:
            written = sys.stdout.buffer.tell()
            waiting.append(self.tell() - written)
            return self.read(16_000)

    data = np.rint(hiss(seconds=3.0) * 2**15).astype("<i2").tobytes()
    code, out, _ = tasnet(Live(data), "--raw", "16000")
    assert (code, len(out)) == (0, len(data))
    assert len(waiting) == 7
    assert max(waiting) < 2 * 16  # less than a window, in bytes


def test_blocks_that_cut_frames_in_half_do_no_harm(tasnet: Any, hiss: Sounds) -> None:
    class Crumbs(io.BytesIO):
        def read1(self, _: int | None = -1) -> bytes:
            return self.read(1001)

    data = np.rint(hiss(seconds=0.5, channels=2).T * 2**15).astype("<i2").tobytes()
    assert tasnet(Crumbs(data + b"\0"), "--raw", "16000,2")[1] == tasnet(data, "--raw", "16000,2")[1]


def test_what_follows_the_sound_in_a_wav_is_not_sound(tasnet: Any, hiss: Sounds) -> None:
    content = as_wave(hiss(seconds=0.2))
    plain = tasnet(content)[1]
    assert tasnet(content + b"LIST\x04\0\0\0abcd")[1] == plain


def test_what_a_stream_is_anyway_may_be_said(tasnet: Any, hiss: Sounds) -> None:
    sound = as_wave(hiss(seconds=0.2))
    plain = tasnet(sound)
    assert plain[0] == 0
    assert tasnet(sound, "--device", "cpu", "--format", "input", "--no-tags") == plain


@pytest.mark.parametrize(
    ("given", "arguments", "code", "told"),
    [
        (b"nothing", [], 1, "no WAV"),
        (b"", ["--raw", "16"], 2, "16 Hz"),
        (b"", ["--tracks", "speech,noise"], 2, "one track"),
        (b"", ["--tracks", "mixture"], 2, "one track"),
        (b"", ["-o", "out"], 2, "standard output"),
        (b"", ["third"], 2, "third"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_one_line(
    tasnet: Any, given: bytes, arguments: list[str], code: int, told: str
) -> None:
    found, out, err = tasnet(given, *arguments)
    assert (found, out) == (code, b"")
    assert told in err.splitlines()[-1]


def test_a_model_that_needs_the_whole_recording_is_refused(tasnet: Any, tiny_model: Callable[..., ModelCard]) -> None:
    code, out, err = tasnet(b"", "--model", str(tiny_model().folder))
    assert (code, out) == (2, b"")
    assert "needs the whole recording" in err


def test_sound_is_not_poured_into_a_terminal(
    model: ModelCard, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO()))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=Terminal(), flush=lambda: None))
    assert cli.main(["separate", "-", "-", "--model", str(model.folder)]) == 2
    assert "terminal" in capsys.readouterr().err


def test_without_a_folder_files_are_not_separated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sound_file: Callable[..., Path], hiss: Sounds
) -> None:
    path = str(sound_file("x.wav", hiss()))
    assert cli.main(["separate", path]) == 2
    assert "-o DIR" in capsys.readouterr().err
    assert cli.main(["separate", path, "-o", str(tmp_path), "--raw", "16000"]) == 2
    assert "--raw" in capsys.readouterr().err
