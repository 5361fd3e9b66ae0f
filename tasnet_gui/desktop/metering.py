"""The meters on the GUI's side: fed by a timer with what left the loudspeaker, and by a job with whole tracks."""

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Slot

from tasnet_gui.analysis.metering import Levels, Meter
from tasnet_gui.desktop.jobs import Job
from tasnet_gui.desktop.playback import Playback
from tasnet_gui.desktop.session import Session
from tasnet_gui.desktop.state import State
from tasnet_gui.desktop.widgets.meter import LevelMeter
from tasnet_gui.domain import SOURCES, Samples

TICK = 33  # ms between two readings: a bar that falls 12 dB a second is smooth at 30 Hz


class Metering(QObject):
    """Runs while something plays and until the bars have fallen; measures the chosen track once it is played."""

    def __init__(
        self, session: Session, playback: Playback, view: LevelMeter, clock: Callable[[], float] = perf_counter
    ) -> None:
        super().__init__(view)  # ends with it
        self._session, self._playback, self._view, self._clock = session, playback, view, clock
        self._meter: Meter | None = None
        self._format = (0, 0)  # Hz and channels of that meter
        self._last = 0.0
        self._track: Samples | None = None  # whose loudness is shown or being measured
        self._known: list[tuple[Samples, float | None]] = []  # of this recording
        self._timer = QTimer(self, interval=TICK)
        self._timer.timeout.connect(self._read)
        playback.playing_changed.connect(self._start)
        session.changed.connect(self._follow)
        session.recording_changed.connect(self._begin_anew)
        view.clicked.connect(self._reset)

    @Slot(bool)
    def _start(self, playing: bool) -> None:
        if playing:
            self._follow(self._session.state)
            if not self._timer.isActive():
                self._playback.sounded()  # what is left of an earlier time is not heard now
                self._last = self._clock()
                self._timer.start()

    @Slot()
    def _read(self) -> None:
        block, rate = self._playback.sounded()
        recording = self._session.state.recording
        channels = 1 if recording is None or recording.channels == 1 else 2
        if self._meter is None or self._format != (rate, channels):
            self._meter, self._format = Meter(rate, channels), (rate, channels)
        now = self._clock()
        levels = self._meter.take(block, now - self._last)
        self._last = now
        self._view.show_levels(levels)
        if not self._playback.playing and levels.resting:
            self._timer.stop()

    @Slot()
    def _reset(self) -> None:
        if self._meter:
            self._meter.reset()
            self._view.show_levels(self._meter.levels)

    @Slot()
    def _begin_anew(self) -> None:
        self._known.clear()
        self._track, self._meter = None, None
        self._view.show_levels(Levels())
        self._view.show_integrated(None, "")

    @Slot(object)
    def _follow(self, state: State) -> None:
        """Show the loudness of the track that is heard; measured the first time that it is played."""
        track = _chosen(state)
        if track is None:
            self._track = None
            self._view.show_integrated(None, "")
        elif track is not self._track and self._playback.playing:
            self._track = track
            known = [lufs for samples, lufs in self._known if samples is track]
            if known:
                self._view.show_integrated(known[0], state.heard)
            else:
                self._view.show_integrated(None, "")
                self._measure(track, state.heard)

    def _measure(self, track: Samples, name: str) -> None:
        from tasnet_gui.analysis.loudness import measuring

        recording = self._session.state.recording

        def finished(lufs: float | None) -> None:
            if recording is not self._session.state.recording or recording is None:
                return
            self._known.append((track, lufs))
            if track is self._track:
                self._view.show_integrated(lufs, name)

        self._session.measuring.submit(
            Job("", name, measuring(track, recording.rate if recording else 0), finished=finished)
        )


def _chosen(state: State) -> Samples | None:
    """The one whole track that is heard, [channels, frames]; None for a mix of several, and before it is whole."""
    if state.recording is None:
        return None
    if state.heard == "mixture":
        return state.recording.samples
    return state.separation.track(state.heard) if state.separation and state.heard in SOURCES else None
