import struct
import zlib
from pathlib import Path

import numpy as np

from tasnet_gui.training import pictures
from tasnet_gui.training.examples import kinds


def read_png(data: bytes) -> tuple[int, int, np.ndarray]:
    """Width, height and shades of a picture; chunks whose checksum is wrong fail."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + content)
        chunks[name] = content
        at += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(chunks[b"PLTE"]) == 3 * 256
    shades = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    return width, height, shades[:, 1:]


def test_a_picture_shows_a_tone_where_it_is(tmp_path: Path) -> None:
    tone = np.sin(2 * np.pi * 2000 * np.arange(16_000) / 16_000).astype(np.float32)
    pictures.write(tmp_path / "tone.png", [tone, 0.1 * tone])
    width, height, shades = read_png((tmp_path / "tone.png").read_bytes())
    assert height == 2 * 257 + pictures.GAP
    assert width == (16_000 - 512) // 128 + 1
    row = 256 - 64  # 2 kHz is a quarter of the way up
    assert shades[:257].mean(1).argmax() == row
    quieter = shades[257 + pictures.GAP :].mean(1)
    assert quieter.argmax() == row
    assert quieter.max() < shades[row].mean() - 60  # 20 of 70 dB


def test_the_shortest_sound_and_silence_have_pictures(tmp_path: Path) -> None:
    for sound in (np.zeros(1, np.float32), np.zeros(3000, np.float32)):
        pictures.write(tmp_path / "a.png", [sound])
        read_png((tmp_path / "a.png").read_bytes())


def test_examples_show_every_chance_by_itself() -> None:
    mixings = kinds()
    assert {"plain", "slow", "fast", "hum", "room", "clip", "no_speech"} <= mixings.keys()
    assert (mixings["hum"].hum, mixings["hum"].room) == (1.0, 0.0)
