"""A window on a fake engine: it separates when the test lets it, by halves, and remembers what it was asked for."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent

from tasnet_gui.desktop import work
from tasnet_gui.desktop.app import Application, Desktop, build
from tasnet_gui.desktop.jobs import Jobs
from tasnet_gui.desktop.session import Session
from tasnet_gui.desktop.settings import Preferences
from tasnet_gui.domain import ModelCard, Part, Progress, Recording, Separation


def card(name: str, title: str, causal: bool) -> ModelCard:
    return ModelCard(name, title, f"About {name}.", {"causal": causal}, 16_000, "0" * 64, "MIT", Path(name))


@dataclass
class Engine:
    """Stands in for everything below the desktop that needs torch."""

    cards: list[ModelCard] = field(
        default_factory=lambda: [card("careful", "Best quality", False), card("quick", "No look-ahead", True)]
    )
    gate: threading.Event = field(default_factory=threading.Event)  # closed: stays after the first half
    halfway: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple] = field(default_factory=list)
    closed: int = 0  # separations that were given up
    failure: Exception | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    def separating(self, recording: Recording, model: ModelCard, device: str, threads: int | None):
        self.asked.append((recording.name, model.name, device, threads))
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
        return Separation(recording, model, speech, noise, "cpu", "No GPU was found.", 0.5, -150.0)

    def warming(self, device: str):
        yield Progress(0.0)
        return work.Warmed("cpu", "No GPU was found.")

    def as_work(self) -> work.Work:
        return work.Work(separating=self.separating, warming=self.warming, cards=lambda: self.cards)


@pytest.fixture(scope="session")
def qapp_cls() -> type[Application]:
    return Application


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["tasnet-studio"]


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
def desktop(qtbot, qapp, engine: Engine, preferences: Preferences) -> Iterator[Desktop]:
    """The whole window, shown, on the fake engine."""
    look = qapp.styleSheet(), qapp.palette(), qapp.font()
    desktop = build(qapp, preferences, engine.as_work())
    with qtbot.waitExposed(desktop.window):
        desktop.window.show()
    yield desktop
    engine.gate.set()
    desktop.session.cancel()
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
