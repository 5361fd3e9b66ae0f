"""The blind comparison on the GUI's side: what can be compared, and what sounds. Nothing of it reaches the session."""

from collections.abc import Generator
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Slot

from tasnet_gui.analysis.abx import Abx
from tasnet_gui.desktop import words
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.widgets.abx_dialog import AbxDialog, Comparison
from tasnet_gui.desktop.window import Window
from tasnet_gui.domain import SOURCES, Mix, Progress, Recording, Samples

A_AND_B = ("A", "B")


@dataclass(frozen=True)
class Pair(Mix):
    """Two sounds of which one is heard, each at its own level: `solo` says which."""

    levels: tuple[float, float] = (1.0, 1.0)  # linear

    def gains(self, tracks: tuple[str, ...]) -> tuple[float, ...]:
        levels = dict(zip(A_AND_B, self.levels, strict=True))
        return tuple(self.volume * levels[name] if name in self.solo else 0.0 for name in tracks)


def comparable(window: Window) -> dict[str, Samples]:
    """Everything of this recording that can be compared, by name: mixture, speech and noise of each result."""
    state, found = window.session.state, {}
    if state.recording is None:
        return {}
    found["Mixture"] = state.recording.samples
    results = {name: kept[0] for name, kept in window.session.results.items()}
    if state.separation:  # perhaps with masks changed by hand
        results[state.separation.model.name] = state.separation
    for separation in results.values():
        of = f", {separation.model.title}" if len(results) > 1 else ""
        for track in SOURCES:
            found[f"{track.capitalize()}{of}"] = separation.track(track)
    return found


class Blind(QObject):
    """Plays A, B and X for the dialog, hides the meters meanwhile, and puts everything back when it is closed."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._playback, self._session = window, window.playback, window.session
        self._dialog: AbxDialog | None = None
        self._abx: Abx | None = None
        self._sounds: dict[str, Samples] = {}
        self._pair = Pair()
        self._job: Job | None = None
        self._recording: Recording | None = None

    def open(self) -> None:
        """Ask what is to be compared."""
        state = self._session.state
        if state.separation is None or state.recording is None or self._dialog is not None:
            return
        self._playback.pause()
        self._recording, self._sounds = state.recording, comparable(self._window)
        self._dialog = dialog = AbxDialog(
            list(self._sounds), state.selection, words.shown(state.recording.name), self._window
        )
        dialog.begin_asked.connect(self._begin)
        dialog.heard.connect(self._hear)
        dialog.answered.connect(self._answer)
        dialog.stop_asked.connect(self._playback.pause)
        dialog.finished.connect(self._close)
        self._playback.playing_changed.connect(dialog.show_playing)
        self._window.transport.meter.hide_levels(True)  # they would tell A from B
        dialog.open()

    @Slot(object)
    def _begin(self, asked: Comparison) -> None:
        self._pair = Pair(volume=self._session.state.mix.volume)
        self._give_up()
        if not asked.matched:
            self._start(asked, self._pair.levels)
            return

        def finished(levels: tuple[float, float]) -> None:
            self._job = None
            if self._dialog is not None:
                self._start(asked, levels)

        def failed(error: Exception) -> None:
            self._job = None
            if self._dialog is not None:
                self._dialog.show_trouble(str(error))

        assert self._recording
        tracks = [_cut(self._sounds[name], self._recording, asked.stretch) for name in asked.names]
        work = self._levels(tracks, self._recording.rate)
        self._job = self._session.measuring.submit(Job("", "", work, finished=finished, failed=failed))

    def _levels(self, tracks: list[Samples], rate: int) -> Generator[Progress, None, tuple[float, float]]:
        """Gains that make both equally loud (BS.1770): the louder one is lowered, so that nothing clips."""
        from tasnet_gui.analysis.loudness import measuring

        first = yield from measuring(tracks[0], rate)
        second = yield from measuring(tracks[1], rate)
        if first is None or second is None:
            return 1.0, 1.0
        difference = float(10 ** (-abs(first - second) / 20))
        return (difference, 1.0) if first > second else (1.0, difference)

    def _start(self, asked: Comparison, levels: tuple[float, float]) -> None:
        assert self._dialog
        self._abx = Abx(asked.trials)
        self._pair = replace(self._pair, levels=levels)
        self._playback.compare(dict(zip(A_AND_B, (self._sounds[name] for name in asked.names), strict=True)))
        self._playback.hear_compared(replace(self._pair, solo=frozenset("A")))
        duration = self._recording.duration if self._recording else 0.0
        self._playback.set_loop(asked.stretch or (0.0, duration))
        self._dialog.show_trials(self._abx)

    @Slot(str)
    def _hear(self, key: str) -> None:
        if self._abx is not None:
            self._playback.hear_compared(replace(self._pair, solo=frozenset(self._abx.source(key))))
            self._playback.play()

    @Slot(str)
    def _answer(self, key: str) -> None:
        if self._abx is not None and self._dialog is not None:
            self._abx.answer(key)
            self._playback.pause()  # the next X begins in silence: going on would tell whether it has changed
            self._dialog.show_trials(self._abx)

    def _give_up(self) -> None:
        if self._job is not None:
            self._session.measuring.cancel(self._job)
            self._job = None

    @Slot()
    def _close(self) -> None:
        dialog, self._dialog, self._abx = self._dialog, None, None
        self._give_up()
        self._playback.pause()
        state = self._session.state
        self._playback.compare(None)
        loops = state.looping and state.recording is not None
        self._playback.set_loop((state.selection or (0.0, state.recording.duration)) if loops else None)
        self._window.transport.meter.hide_levels(False)
        self._sounds = {}
        if dialog is not None:
            dialog.deleteLater()


def _cut(samples: Samples, recording: Recording, stretch: tuple[float, float] | None) -> Samples:
    if stretch is None:
        return samples
    return samples[:, round(stretch[0] * recording.rate) : round(stretch[1] * recording.rate)]
