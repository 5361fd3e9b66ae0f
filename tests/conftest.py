"""One strict test session for everyone: no screen, nobody's settings, two threads, and sounds to work with."""

import os

# Before anything imports Qt or torch. A screen (xvfb-run) is used only when it is asked for by name.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _threads in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "2")

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.domain import Recording, Samples

collect_ignore = [] if sys.platform.startswith("linux") else ["test_linux.py"]


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test gets its own settings, models and logs; the person's stay untouched."""
    home = tmp_path_factory.mktemp("home")
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))  # also heeded by platformdirs on macOS
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(home / "local"))


@pytest.fixture(autouse=True)
def _nothing_left_running() -> Iterator[None]:
    """A thread or a window that outlives its test fails it."""
    before = set(threading.enumerate())
    yield
    leaked: list[object] = [t for t in threading.enumerate() if t not in before and not t.daemon]
    if (widgets := sys.modules.get("PySide6.QtWidgets")) and widgets.QApplication.instance():
        leaked += [w for w in widgets.QApplication.topLevelWidgets() if w.isVisible()]
    assert not leaked, f"left behind by this test: {leaked}"


@pytest.fixture
def tone() -> Callable[..., Samples]:
    """`tone(rate, seconds, channels)`: a sine a little higher in each channel, float32 [channels, frames]."""

    def make(rate: int = 16_000, seconds: float = 1.0, channels: int = 1, level: float = 0.25) -> Samples:
        time = np.arange(round(rate * seconds)) / rate
        pitches = 220.0 * (1 + np.arange(channels)[:, None] / 4)
        return (level * np.sin(2 * np.pi * pitches * time)).astype(np.float32)

    return make


@pytest.fixture
def hiss() -> Callable[..., Samples]:
    """`hiss(rate, seconds, channels)`: white noise, the same for the same seed, float32 [channels, frames]."""

    def make(
        rate: int = 16_000, seconds: float = 1.0, channels: int = 1, level: float = 0.1, seed: int = 0
    ) -> Samples:
        shape = (channels, round(rate * seconds))
        return level * np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)

    return make


@pytest.fixture
def recording(tone: Callable[..., Samples], hiss: Callable[..., Samples]) -> Callable[..., Recording]:
    """`recording(rate, seconds, channels)`: a tone in noise, as it would come from a file."""

    def make(rate: int = 16_000, seconds: float = 1.0, channels: int = 1, path: Path | None = None) -> Recording:
        return Recording(tone(rate, seconds, channels) + hiss(rate, seconds, channels), rate, path)

    return make


@pytest.fixture
def sound_file(tmp_path: Path) -> Callable[..., Path]:
    """`sound_file("name.wav", samples, rate)` writes float32 [channels, frames] and returns the path."""
    import soundfile

    def write(name: str, samples: Samples, rate: int = 16_000, subtype: str | None = None) -> Path:
        path = tmp_path / name
        soundfile.write(path, samples.T, rate, subtype=subtype)
        return path

    return write


@pytest.fixture
def demo() -> Path:
    """The bundled demo recording: 13 s of two voices on a train, 16 kHz mono."""
    from tasnet_gui.places import shipped

    return shipped("resources") / "demo" / "interview.flac"
