"""Sounds and files for the tests of reading and writing."""

import errno
import io
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from tasnet_gui.audio import staging
from tasnet_gui.domain import ModelCard, Recording, Samples, Separation

collect_ignore = [] if hasattr(os, "mkfifo") else ["test_posix.py"]


class FullDisk(io.FileIO):
    """A file on a disk that takes `room` bytes, of all its files together."""

    room: ClassVar = 0

    def write(self, data: Any) -> int:
        if len(data) > FullDisk.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        FullDisk.room -= len(data)
        return super().write(data)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """`full_disk(room)`: from now on the disk takes so many bytes."""

    def fill(room: int) -> None:
        monkeypatch.setattr(FullDisk, "room", room)
        # A small buffer, so that the disk fills while libsndfile writes and not only at the end.
        monkeypatch.setattr(staging, "new_file", lambda path: io.BufferedWriter(FullDisk(path, "x"), 512))

    return fill


@pytest.fixture
def separation(tone: Callable[..., Samples], hiss: Callable[..., Samples]) -> Callable[..., Separation]:
    """`separation(rate, seconds, channels)`: a tone as speech, hiss as noise; they add up to the recording."""

    def make(
        rate: int = 16_000, seconds: float = 1.0, channels: int = 1, level: float = 0.25, path: Path | None = None
    ) -> Separation:
        speech = tone(rate, seconds, channels, level)
        noise = hiss(rate, seconds, channels, level / 4)
        card = ModelCard("tiny", "Tiny", "", {"causal": False}, 16_000, "", "MIT", Path())
        return Separation(Recording(speech + noise, rate, path), card, speech, noise)

    return make


@pytest.fixture
def speech_only() -> Callable[..., Separation]:
    """`speech_only(mixture, speech)`: a separation of exactly these samples, noise being the rest."""

    def make(mixture: Samples, speech: Samples, rate: int = 16_000) -> Separation:
        card = ModelCard("tiny", "Tiny", "", {"causal": False}, 16_000, "", "MIT", Path())
        return Separation(Recording(mixture, rate), card, speech, mixture - speech)

    return make


@pytest.fixture
def moved() -> Callable[[Separation, Path], Separation]:
    """`moved(separation, path)`: the same separation, of a recording that came from this path."""
    return lambda separation, path: replace(separation, recording=replace(separation.recording, path=path))


@pytest.fixture
def wav() -> Callable[..., bytes]:
    """The bytes of a WAV file, each field of the header as asked; 16-bit PCM at 16 kHz by default."""

    def make(
        data: bytes,
        *,
        tag: int = 1,
        channels: int = 1,
        rate: int = 16_000,
        bits: int = 16,
        align: int | None = None,
        claim: int | None = None,
        outer: int | None = None,
        behind: bytes = b"",
    ) -> bytes:
        align = channels * bits // 8 if align is None else align
        claim = len(data) if claim is None else claim
        form = struct.pack("<HHIIHH", tag, channels, rate, rate * align & 0xFFFFFFFF, align & 0xFFFF, bits)
        body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", claim) + data + behind
        return b"RIFF" + struct.pack("<I", len(body) - len(behind) if outer is None else outer) + body

    return make


@pytest.fixture
def pcm16(hiss: Callable[..., Samples]) -> bytes:
    """One second of mono 16-bit noise at 16 kHz, loud enough for every sample to count."""
    return (hiss(16_000, 1.0) * 32_768).astype("<i2").tobytes()


@pytest.fixture
def encoded(tmp_path: Path) -> Callable[..., bytes]:
    """`encoded(samples, rate, container, subtype)`: the bytes that libsndfile makes of float32 [channels, frames]."""
    import soundfile

    def make(samples: Samples, rate: int, container: str, subtype: str) -> bytes:
        path = tmp_path / "encoded"
        with soundfile.SoundFile(path, "w", rate, samples.shape[0], subtype, format=container) as file:
            for start in range(0, samples.shape[1], 4096):  # libsndfile's Vorbis overflows its stack on long blocks
                file.write(np.ascontiguousarray(samples[:, start : start + 4096].T))
        content = path.read_bytes()
        path.unlink()
        return content

    return make
