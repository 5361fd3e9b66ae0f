"""What is heard beyond solo and mute: the remix and its faders, equal loudness, and keys that are held to listen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, Signal, Slot

from tasnet_gui.analysis.matching import Matching
from tasnet_gui.desktop import words
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.playback import Playback
from tasnet_gui.desktop.session import Session, State
from tasnet_gui.desktop.undo import step
from tasnet_gui.domain import REMIX, Mix, Recording, Remix, Separation

TOGETHER = 1.0  # seconds: moves of one fader that follow each other faster are undone together

Step = tuple[int, Remix]  # the step's number, and what the remix was before it


class Remixing(QObject):
    """The faders of the remix, and what was done with them."""

    stepped = Signal()
    history_changed = Signal()

    def __init__(self, session: Session, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._session, self._clock = session, clock
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._moved: tuple[str, float] = ("", 0.0)  # the fader that moved last, and when
        session.recording_changed.connect(self._begin_anew)

    @Slot(float)
    def set_speech(self, decibels: float) -> None:
        """How loud speech is in the remix, in dB."""
        self._set("speech", speech_db=decibels)

    @Slot(float)
    def set_noise(self, decibels: float) -> None:
        """How loud noise is in the remix, in dB."""
        self._set("noise", noise_db=decibels)

    def _set(self, fader: str, **level: float) -> None:
        before, now = self._session.state.mix.remix, self._clock()
        if (remix := replace(before, **level)) != before:
            last, when = self._moved
            if not self._done or last != fader or now - when > TOGETHER:
                self._done.append((step(), before))
                self._undone.clear()
                self.stepped.emit()
            self._moved = fader, now
            self._show(remix)
        if self._session.state.heard != REMIX and self._session.state.apart:
            self._session.hear(REMIX)  # who moves a fader wants to hear what it does

    @property
    def latest(self) -> int:
        return self._done[-1][0] if self._done else 0

    @property
    def undone(self) -> int:
        return self._undone[-1][0] if self._undone else 0

    def undo(self) -> None:
        """Take the last move of a fader back."""
        self._exchange(self._done, self._undone)

    def redo(self) -> None:
        """Move it again."""
        self._exchange(self._undone, self._done)

    def forget_undone(self) -> None:
        self._moved = "", 0.0  # what comes now is another step
        if self._undone:
            self._undone.clear()
            self.history_changed.emit()

    @Slot()
    def _begin_anew(self) -> None:
        """The remix stays as it is with another recording, what was done for an earlier one is done."""
        self._done.clear()
        self._undone.clear()
        self._moved = "", 0.0
        self.history_changed.emit()

    def _exchange(self, source: list[Step], target: list[Step]) -> None:
        if source:
            number, remix = source.pop()
            target.append((number, self._session.state.mix.remix))
            self._moved = "", 0.0
            self._show(remix)
            self._session.said.emit(words.sentence(f"The remix: {words.remix(remix)}"))

    def _show(self, remix: Remix) -> None:
        self._session.set_mix(replace(self._session.state.mix, remix=remix))
        self.history_changed.emit()


class Matcher(QObject):
    """Equal loudness: measures each result once, in the background, and lets the mix have what follows."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._known: WeakKeyDictionary[Separation, Matching] = WeakKeyDictionary()
        self._job: Job | None = None
        session.separation_changed.connect(self._follow)

    @Slot(bool)
    def match(self, wanted: bool) -> None:
        """Play everything equally loud, or as it is."""
        self._session.show_matching(wanted)
        self._follow(self._session.state.separation)
        if not wanted:
            self._session.said.emit("All tracks are heard at their own levels.")

    @Slot(object)
    def _follow(self, separation: Separation | None) -> None:
        if self._job is not None:
            self._session.drawing.cancel(self._job)
            self._job = None
        wanted = self._session.state.matching and separation is not None
        known = self._known.get(separation) if wanted and separation else None
        self._session.show_leveller(known)
        if wanted and known is None and separation is not None:
            self._measure(separation)

    def _measure(self, separation: Separation) -> None:
        def finished(matching: Matching) -> None:
            self._known[separation] = matching
            if separation is self._session.state.separation and self._session.state.matching:
                self._session.show_leveller(matching)
                self._session.said.emit(words.matched(matching.target))

        def failed(error: Exception) -> None:
            self._session.show_matching(False)
            self._session.fail(error)

        work = self._session.work.matching(separation)
        job = Job("", separation.recording.name, work, finished=finished, failed=failed)
        self._job = self._session.drawing.submit(job)


@dataclass(frozen=True)
class _Held:
    """What was, before a key was held."""

    recording: Recording | None
    mix: Mix
    started: bool  # it plays only as long as the key is held


class Holding(QObject):
    """Keys that change what is heard for as long as they are held: "compare", and "noise" for what was lost."""

    def __init__(self, session: Session, playback: Playback) -> None:
        super().__init__()
        self._session, self._playback = session, playback
        self._held: _Held | None = None
        self._result = "speech"  # that was heard last
        session.changed.connect(self._remember)

    @property
    def can_compare(self) -> bool:
        """Whether holding a key would change what is heard now."""
        return self._playback.playing and self._session.state.apart

    @Slot(str)
    def begin(self, what: str) -> None:
        state = self._session.state
        if self._held is not None or not state.apart:
            return
        starts = what == "noise" and not self._playback.playing
        self._held = _Held(state.recording, state.mix, starts)
        if what == "noise":
            self._session.hear("noise")
        else:
            self._session.hear(self._result if state.heard == "mixture" else "mixture")
        if starts:
            self._playback.play()

    @Slot()
    def end(self) -> None:
        held, self._held = self._held, None
        state = self._session.state
        if held is None or state.recording is not held.recording:
            return
        if held.started:
            self._playback.stop()
        self._session.set_mix(replace(state.mix, solo=held.mix.solo, mute=held.mix.mute))

    @Slot(object)
    def _remember(self, state: State) -> None:
        if self._held is None and state.heard in ("speech", REMIX):
            self._result = state.heard
