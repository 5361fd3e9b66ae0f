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
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import settings

from tasnet_gui.audio import devices
from tasnet_gui.domain import ModelCard, Recording, Samples
from tests.portaudio import FakePortAudio

if TYPE_CHECKING:
    from tasnet_gui.nets.conv_tasnet import ConvTasNet

# A busy machine is no failure, and the same code passes or fails the same way every time.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")
collect_ignore = [] if sys.platform.startswith("linux") else ["test_linux.py"]


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test gets its own settings, models, logs and caches; the person's stay untouched."""
    home = tmp_path_factory.mktemp("home")
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
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

    def make(rate: int = 16_000, seconds: float = 1.0, channels: int = 1, level: float = 0.1, seed: int = 0) -> Samples:
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


@pytest.fixture
def tiny_net() -> Callable[..., "ConvTasNet"]:
    """`tiny_net(causal=True, ...)`: a network in evaluation mode with every weight away from its start."""
    import torch

    from tasnet_gui.nets.config import ConvTasNetConfig
    from tasnet_gui.nets.conv_tasnet import ConvTasNet

    tiny = {"filters": 32, "kernel": 16, "stride": 8, "bottleneck": 8, "hidden": 12, "skip": 8, "blocks": 3}

    def make(causal: bool = False, seed: int = 0, **config: Any) -> ConvTasNet:
        values = {**tiny, "repeats": 2, "causal": causal, "norm": "cLN" if causal else "gLN", **config}
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = ConvTasNet(ConvTasNetConfig(**values))
            for parameter in net.parameters():
                parameter.data += 0.2 * torch.randn_like(parameter)
        return net.requires_grad_(False).eval()

    return make


@pytest.fixture
def tiny_model(tmp_path: Path, tiny_net: Callable[..., "ConvTasNet"]) -> Iterator[Callable[..., ModelCard]]:
    """`tiny_model(causal=True, ...)`: the card of such a network, saved in a folder of the test's own."""
    from tasnet_gui.engine import library
    from tasnet_gui.nets import checkpoint

    def make(causal: bool = False, name: str = "", **config: Any) -> ModelCard:
        folder = tmp_path / "models" / (name or ("tiny-causal" if causal else "tiny"))
        return checkpoint.save(tiny_net(causal, **config), folder, title="Tiny")

    yield make
    library.unload()


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """`film("a.mp4", samples, rate=48_000)`: a small picture with these sounds, float32 [channels, frames].

    There is a track for each. `codec`, `picture` (None for none), `shift` (frames that pass before the sound begins)
    and `options` of the container are as asked; subtitles and chapters come with `extras`.
    """
    from fractions import Fraction

    import av

    def write(
        name: str,
        *sounds: Samples,
        rate: int = 48_000,
        codec: str = "aac",
        picture: str | None = "libx264",
        shift: int = 0,
        options: dict[str, str] | None = None,
        metadata: dict[str, str] | None = None,
        extras: bool = False,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", options=options or {}) as container:
            container.metadata.update(metadata or {})
            shown = container.add_stream(picture, rate=25) if picture else None
            if shown:
                shown.width, shown.height, shown.pix_fmt = 64, 48, "yuv420p"
            tracks = [container.add_stream(codec, rate=rate) for _ in sounds]
            for track, sound in zip(tracks, sounds, strict=True):
                track.layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(sound)]
                track.bit_rate = 128_000 * len(sound)
            say = _subtitles(container, path.suffix) if extras else None
            if extras:
                second = Fraction(1, 1000)
                parts = ({"start": start, "end": end, "metadata": {"title": title}} for start, end, title in _CHAPTERS)
                container.set_chapters(
                    [{"id": number, "time_base": second, **part} for number, part in enumerate(parts)]
                )
            if shown:
                for number in range(round(25 * max(sound.shape[1] for sound in sounds) / rate) if sounds else 25):
                    pixels = np.full((48, 64, 3), number * 7 % 256, np.uint8)
                    image = av.VideoFrame.from_ndarray(pixels, "rgb24")
                    image.pts, image.time_base = number, Fraction(1, 25)
                    container.mux(shown.encode(image))
                container.mux(shown.encode())
            if say:
                say()
            for track, sound in zip(tracks, sounds, strict=True):
                for start in range(0, sound.shape[1], 1000):
                    part = np.ascontiguousarray(sound[:, start : start + 1000])
                    frame = av.AudioFrame.from_ndarray(part, "fltp", track.layout.name)
                    frame.sample_rate, frame.pts, frame.time_base = rate, start + shift, Fraction(1, rate)
                    container.mux(track.encode(frame))
                container.mux(track.encode())
        return path

    return write


def _subtitles(container: Any, suffix: str) -> Callable[[], None]:
    """A stream of subtitles; what is returned writes one, from 0.2 s to 0.6 s."""
    from fractions import Fraction

    import av

    codec, content = ("mov_text", b"\0\5Hello") if suffix in (".mp4", ".mov", ".m4v") else ("subrip", b"Hello")
    stream = container.add_mux_stream(codec)
    stream.time_base = Fraction(1, 1000)

    def put() -> None:
        packet = av.Packet(content)
        packet.stream, packet.time_base = stream, Fraction(1, 1000)
        packet.pts = packet.dts = 200
        packet.duration = 400
        container.mux(packet)

    return put


_CHAPTERS = ((0, 400, "One"), (400, 1000, "Two"))  # ms


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FakePortAudio]]:
    """`portaudio("loudspeaker", ...)`: these are the machine's sound devices; no real one is touched."""

    def install(*names: str, **settings: Any) -> FakePortAudio:
        fake = FakePortAudio(*names, **settings)
        monkeypatch.setitem(sys.modules, "sounddevice", fake)
        return fake

    monkeypatch.setattr(devices, "_open", set())
    usual = sys.getswitchinterval()
    yield install
    sys.setswitchinterval(usual)
