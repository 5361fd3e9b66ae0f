"""Spectrograms as PNG files, written without an imaging library."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.domain import Samples

WINDOW, HOP = 512, 128  # samples
RANGE = 70.0  # dB from black to white
GAP = 4  # pixels between two pictures

_ANCHORS = ((0, 0, 0), (40, 20, 110), (170, 40, 110), (245, 130, 50), (255, 255, 225))  # from quiet to loud


def write(path: Path, sounds: Sequence[Samples]) -> None:
    """Draw spectrograms of mono sounds [frames] one under the other, on one common scale of levels."""
    levels = [spectrogram(sound) for sound in sounds]
    loudest = max(float(level.max()) for level in levels)
    gap = np.full((GAP, levels[0].shape[1]), 255, np.uint8)
    rows: list[NDArray[np.uint8]] = []
    for level in levels:
        shade = (255 * (1 + (level - loudest) / RANGE)).clip(0, 255).astype(np.uint8)
        rows += [gap, shade] if rows else [shade]
    path.write_bytes(png(np.concatenate(rows)))


def spectrogram(sound: Samples) -> NDArray[np.float64]:
    """Levels in dB, high frequencies above, time to the right: [WINDOW / 2 + 1, columns]."""
    padded = np.pad(sound, (0, max(0, WINDOW - len(sound))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP] * np.hanning(WINDOW)
    power: NDArray[np.float64] = np.square(np.abs(np.fft.rfft(frames)))
    levels: NDArray[np.float64] = 10 * np.log10(power + 1e-10)
    return levels.T[::-1]


def png(shades: NDArray[np.uint8]) -> bytes:
    """A picture in the PNG format. shades: [height, width], 0..255 from quiet to loud."""
    height, width = shades.shape
    places = np.linspace(0, 255, len(_ANCHORS))
    palette = np.stack([np.interp(np.arange(256), places, channel) for channel in np.transpose(_ANCHORS)], 1)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), shades], 1)  # each line begins with its filter: none
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", palette.round().astype(np.uint8).tobytes())
        + _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
