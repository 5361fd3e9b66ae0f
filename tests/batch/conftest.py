"""Many short files, some of them bad, and a network small enough to take them all apart in a moment."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tasnet_gui.batch.items import BatchItem, Found
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.batch.queue import Queue
from tasnet_gui.domain import ModelCard

# Suffix, encoding, rate and channels: what people have lying about.
KINDS = (
    ("wav", "PCM_16", 16_000, 1),
    ("wav", "FLOAT", 44_100, 2),
    ("flac", "PCM_16", 48_000, 1),
    ("flac", "PCM_24", 22_050, 2),
    ("ogg", "VORBIS", 16_000, 1),
    ("mp3", "MPEG_LAYER_III", 44_100, 2),
    ("aiff", "PCM_16", 8_000, 1),
    ("opus", "OPUS", 48_000, 1),
    ("caf", "PCM_24", 32_000, 1),
    ("wav", "PCM_U8", 11_025, 1),
)
BAD = (b"", b"not sound", b"RIFF\x24\x00\x00\x00WAVEfmt ", b"fLaC\x00\x00\x00\x22")  # what they also have


@pytest.fixture
def noise_file() -> Callable[..., Path]:
    """`noise_file(path, kind, seconds, seed)` writes a file of one of `KINDS`; its suffix is added."""

    def write(path: Path, kind: int = 0, seconds: float = 0.2, seed: int = 0) -> Path:
        suffix, subtype, rate, channels = KINDS[kind % len(KINDS)]
        path = path.with_name(f"{path.name}.{suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = np.random.default_rng(seed).standard_normal((round(seconds * rate), channels), dtype=np.float32)
        container = "OGG" if suffix == "opus" else suffix.upper()
        soundfile.write(path, 0.2 * samples, rate, subtype=subtype, format=container)
        return path

    return write


@pytest.fixture
def sounds(tmp_path: Path, noise_file: Callable[..., Path]) -> Callable[..., list[Path]]:
    """`sounds(count, bad)`: files of all kinds in the folder `in`, of which `bad` hold no sound, spread among them."""

    def write(count: int, bad: int = 0, seconds: float = 0.2) -> list[Path]:
        places = {round((place + 0.5) * count / bad) for place in range(bad)}
        files = [noise_file(tmp_path / "in" / f"f{n:03d}", n, seconds, n) for n in range(count)]
        for place in places:
            files[place].write_bytes(BAD[place % len(BAD)])
        return files

    return write


@pytest.fixture
def options(tmp_path: Path, tiny_model: Callable[..., ModelCard]) -> BatchOptions:
    """Into the folder `out`, with a tiny network on the CPU."""
    return BatchOptions(model=str(tiny_model().folder), device="cpu", folder=str(tmp_path / "out"))


@pytest.fixture
def filled(options: BatchOptions) -> Callable[..., Queue]:
    """`filled(files, ...)`: a queue of these files; what is given by name changes the options."""

    def fill(files: list[Path], queue: Queue | None = None, **changes: object) -> Queue:
        queue = queue or Queue()
        chosen = BatchOptions.from_dict({**options.as_dict(), **changes})
        queue.add([Found(str(file), size=file.stat().st_size) for file in files], chosen)
        return queue

    return fill


def kinds(queue: Queue) -> list[str]:
    """The state of each row."""
    return [row.state.kind for row in queue.items]


def written(folder: Path) -> dict[str, bytes]:
    """The visible files of a folder and below, by relative path."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}


def by_name(queue: Queue) -> dict[str, BatchItem]:
    """The rows by the names of their inputs."""
    return {row.name: row for row in queue.items}
