"""A window on a fake engine: it separates when the test lets it, by halves, and remembers what it was asked for."""

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partialmethod
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from pytestqt.qtbot import QtBot

from tasnet_gui.analysis import orders
from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.frames import FrameGrid, FrameSpan
from tasnet_gui.analysis.pooler import Pooler
from tasnet_gui.analysis.pooling import mask_scale, w_scale
from tasnet_gui.batch.queue import Queue
from tasnet_gui.batch.run import running
from tasnet_gui.desktop import window as window_module
from tasnet_gui.desktop import work
from tasnet_gui.desktop.app import Application, Desktop, build
from tasnet_gui.desktop.inspection import Learned
from tasnet_gui.desktop.jobs import Jobs
from tasnet_gui.desktop.session import Session
from tasnet_gui.desktop.settings import Preferences
from tasnet_gui.domain import ModelCard, Part, Progress, Recording, Separation
from tasnet_gui.engine.inside import Inside

FILTERS, KERNEL, STRIDE = 16, 32, 16


def card(name: str, title: str, causal: bool) -> ModelCard:
    sizes = {"filters": FILTERS, "kernel": KERNEL, "stride": STRIDE, "blocks": 3, "repeats": 2}
    config = {**sizes, "causal": causal, "norm": "cLN" if causal else "gLN"}
    return ModelCard(name, title, f"About {name}.", config, 16_000, f"{name:0<64}", "MIT", Path(name))


def basis_of(model: ModelCard) -> Basis:
    """Damped cosines, one octave apart in the first half and in opposite phase in the second."""
    pitches = np.geomspace(200, 7000, FILTERS // 2)[:, None]
    waves = np.cos(2 * np.pi * pitches * np.arange(KERNEL) / model.rate) * np.hanning(KERNEL)
    waves = np.concatenate([waves, -waves])[:: -1 if model.causal else 1].astype(np.float32)
    return Basis(waves, waves / KERNEL, model.rate)


def span_of(recording: Recording, model: ModelCard, start: float, stop: float) -> FrameSpan:
    """What a network would say whose speech masks rise from filter to filter."""
    grid = FrameGrid(model.rate, KERNEL, STRIDE, KERNEL - STRIDE)
    origin, end = int(start) * model.rate, math.ceil(stop) * model.rate
    mixture = recording.samples[:, origin:end]
    first, last = grid.over(origin, origin + mixture.shape[1])
    padded = np.pad(mixture, ((0, 0), (grid.before, KERNEL)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, KERNEL, axis=1)[:, ::STRIDE][:, : last - first]
    w = np.maximum(windows @ basis_of(model).encoder.T, 0).swapaxes(1, 2)
    speech = np.broadcast_to(np.linspace(0, 1, FILTERS, dtype=np.float32)[:, None], w.shape)
    masks = np.stack([speech, 1 - speech], 1)
    return FrameSpan(grid, start, stop, tuple(range(recording.channels)), origin, mixture, first, w, masks)


def inside_of(recording: Recording, model: ModelCard) -> Inside:
    """The same, of the whole recording, pooled."""
    span = span_of(recording, model, 0.0, recording.duration)
    scales = w_scale(basis_of(model).encoder), mask_scale("sigmoid")
    pooler = Pooler(span.grid, span.frames, (recording.channels, 2, FILTERS), *scales)
    for channel in range(recording.channels):
        w, masks = span.w[channel].T, span.masks[channel].swapaxes(1, 2)
        pooler.add(channel, 0, w, masks, np.ones(span.frames, np.float32))
    pooler.settle(span.frames)
    pieces = ((0, math.ceil(recording.duration)),)
    return Inside(recording, model, span.grid, pooler.pictures(), pooler.activity(), pieces)


@dataclass
class Engine:
    """Stands in for everything below the desktop that needs torch."""

    cards: list[ModelCard] = field(
        default_factory=lambda: [card("careful", "Best quality", False), card("quick", "No look-ahead", True)]
    )
    gate: threading.Event = field(default_factory=threading.Event)  # closed: stays after the first half
    halfway: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple] = field(default_factory=list)
    begins: list[float] = field(default_factory=list)  # where the person listened
    inspected: list[tuple[float, float]] = field(default_factory=list)
    gently: list[bool] = field(default_factory=list)  # how each batch was started
    native: tuple[str, ...] = ()  # the choices of the high band and the channels
    closed: int = 0  # separations that were given up
    failure: Exception | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    def separating(self, recording: Recording, model: ModelCard, device: str, threads: int | None, begin, *native: str):
        self.asked.append((recording.name, model.name, device, threads))
        self.native = native
        self.begins.append(begin)
        speech = recording.samples * (0.25 if model.causal else 0.75)
        noise = recording.samples - speech
        half = recording.frames // 2
        try:
            yield Progress(0.0, "Loading the model")
            yield Progress(0.5, "Separating", 1.0, Part(0, speech[:, :half], noise[:, :half]))
            self.halfway.set()
            while not self.gate.wait(0.001):
                yield Progress(0.5, "Separating", 1.0)
            if self.failure:
                raise self.failure
            yield Progress(1.0, "Separating", 0.0, Part(half, speech[:, half:], noise[:, half:]))
        except GeneratorExit:
            self.closed += 1
            raise
        result = Separation(recording, model, speech, noise, "cpu", "No GPU was found.", 0.5, -150.0)
        return result, inside_of(recording, model)

    def learning(self, model: ModelCard):
        yield Progress(0.0)
        basis = basis_of(model)
        found = orders.by_frequency(basis), orders.in_network(FILTERS)
        similar = orders.Order("similarity", found[0].forward[::-1])
        return Learned(basis, {order.name: order for order in (similar, *found)})

    def inspecting(self, inside: Inside, start: float, stop: float, device: str, threads: int | None):
        self.inspected.append((start, stop))
        yield Progress(0.0)
        return span_of(inside.recording, inside.model, start, stop)

    def warming(self, device: str):
        yield Progress(0.0)
        return work.Warmed("cpu", "No GPU was found.")

    def batching(self, queue: Queue, gently: bool):
        """The real one, in this process and without torch: what it calls is replaced by those who use it."""
        self.gently.append(gently)
        return running(queue)

    def as_work(self) -> work.Work:
        return work.Work(
            separating=self.separating,
            warming=self.warming,
            cards=lambda: self.cards,
            learning=self.learning,
            inspecting=self.inspecting,
            batching=self.batching,
        )


@pytest.fixture(scope="session")
def qapp_cls() -> type[Application]:
    return Application


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["tasnet-studio"]


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for half a minute before something counts as not happening: 5 s are too few beside other work."""
    for name in ("waitUntil", "waitSignal"):
        monkeypatch.setattr(QtBot, name, partialmethod(getattr(QtBot, name), timeout=30_000))
    monkeypatch.setattr(Jobs, "close", partialmethod(Jobs.close, patience=30.0))  # an import cannot be hurried


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.gate.set()


@pytest.fixture
def preferences(qapp, tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "settings" / "settings.ini")


@pytest.fixture
def session(qapp, engine: Engine, preferences: Preferences) -> Iterator[Session]:
    session = Session(Jobs(), preferences, engine.as_work())
    yield session
    session.close()
    assert session.joined


@pytest.fixture
def desktop(qtbot, qapp, engine: Engine, preferences: Preferences, monkeypatch) -> Iterator[Desktop]:
    """The whole window, shown, on the fake engine."""
    look = qapp.styleSheet(), qapp.palette(), qapp.font()
    desktop = build(qapp, preferences, engine.as_work())
    with qtbot.waitExposed(desktop.window):
        desktop.window.show()
    yield desktop
    engine.gate.set()
    desktop.session.cancel()
    # A test that failed half-way may have left work behind: a question that nobody answers would hang the whole run.
    monkeypatch.setattr(window_module, "ask_whether_to_close", lambda *_: True)
    desktop.window.close()
    assert desktop.session.joined
    desktop.window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # before the style sheet goes: Qt mixes the two up
    qapp.setStyleSheet(look[0])
    qapp.setPalette(look[1])
    qapp.setFont(look[2])


@pytest.fixture
def wav(sound_file, tone) -> Callable[[str], Path]:
    """`wav("name.wav")`: a second of sound in a file."""
    return lambda name: sound_file(name, tone())


@pytest.fixture
def opened(qtbot, desktop: Desktop, wav) -> Desktop:
    """The window with a recording in it."""
    desktop.session.open([wav("talk.wav")])
    qtbot.waitUntil(lambda: desktop.session.state.warmed.device != "")
    return desktop


@pytest.fixture
def separated(qtbot, opened: Desktop) -> Desktop:
    """The window with a result in it."""
    opened.session.separate()
    qtbot.waitUntil(lambda: opened.session.state.separation is not None)
    return opened
