"""Mixture, speech and noise one below the other over one time axis, with the whole recording in a strip above.

Draws the values it is shown and reports what the user did; it decides nothing but which stretch of time is visible.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.views.overview import Overview
from tasnet_gui.desktop.widgets.axis_corner import AxisCorner
from tasnet_gui.desktop.widgets.lane import Lane
from tasnet_gui.desktop.widgets.lane_header import LaneHeader, SmallButton
from tasnet_gui.desktop.widgets.sounds import Sounds
from tasnet_gui.desktop.widgets.strip import Span, TimeStrip
from tasnet_gui.desktop.widgets.time_axis import TimeAxis
from tasnet_gui.desktop.widgets.timeline import Timeline
from tasnet_gui.desktop.widgets.waveform import full_level
from tasnet_gui.domain import TRACKS, Mix, Part, Recording, Separation

CLOSER = 2.0  # per key press or button
NORMAL = 10.0  # seconds on the screen: a sentence or two
CLOSEST = 24  # frames on the screen
KEY_SCROLL, PAGE = 0.1, 0.9  # of the visible span
KEY_SELECT = 0.02  # of the visible span, per Shift+arrow

HINTS = {"mixture": "", "speech": "Press Separate to hear the speech alone", "noise": "… and the noise alone"}
WORKING = "Separating…"


class LanesView(QWidget):
    """Three lanes, their headers, the overview and the time axis."""

    seek_asked = Signal(float)  # seconds
    selection_asked = Signal(object)  # (start, stop) in seconds, or None
    solo_asked = Signal(str)
    mute_asked = Signal(str)
    hear_asked = Signal(str)
    timeline_changed = Signal(object)  # Timeline: what is visible now
    drafted = Signal(object)  # Span | None: what is selected, or would be if the mouse were let go

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline = Timeline()
        self._palette = LIGHT
        self._sounds = Sounds(self)
        self._sounds.changed.connect(self._draw_sounds)
        self._mix = Mix()
        self._playhead: float | None = None
        self._selection: Span | None = None
        self._working = False
        self.overview = Overview()
        self.axis = TimeAxis()
        self.lanes = {track: Lane(track) for track in TRACKS}
        self.headers = {track: LaneHeader(track) for track in TRACKS}
        self._corner = AxisCorner()
        self._buttons = (
            SmallButton("\N{MINUS SIGN}", "Zoom out", "Zoom out (Down)"),
            SmallButton("+", "Zoom in", "Zoom in (Up)"),
            SmallButton("Fit", "Fit", "Show the whole recording (F)"),
        )
        self.setAccessibleName("Lanes")
        self.setAccessibleDescription("Mixture, speech and noise over time")
        self._lay_out()
        self._connect()
        self.show_palette(LIGHT)
        self._draw_sounds()

    def _lay_out(self) -> None:
        zoom = QHBoxLayout()
        zoom.setContentsMargins(19, 0, 12, 0)
        zoom.setSpacing(4)
        for button in self._buttons:
            zoom.addWidget(button)
        zoom.addStretch()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addLayout(zoom, 0, 0)
        grid.addWidget(self.overview, 0, 1)
        grid.setRowMinimumHeight(1, 8)
        for row, track in enumerate(TRACKS, start=2):
            grid.addWidget(self.headers[track], row, 0)
            grid.addWidget(self.lanes[track], row, 1)
            grid.setRowStretch(row, 1)
        grid.addWidget(self._corner, 5, 0)
        grid.addWidget(self.axis, 5, 1)

    def _connect(self) -> None:
        for strip in self._strips():
            strip.zoom_asked.connect(self.zoom)
            strip.scroll_asked.connect(self.scroll)
        for lane in self.lanes.values():
            lane.seek_asked.connect(self.seek_asked)
            lane.drafted.connect(self.show_draft)
            lane.selection_asked.connect(self.ask_for_selection)
        for track in TRACKS:
            for part in (self.lanes[track], self.headers[track]):
                part.solo_asked.connect(self.solo_asked)
                part.mute_asked.connect(self.mute_asked)
                part.hear_asked.connect(self.hear_asked)
        self.axis.seek_asked.connect(self.seek_asked)
        self.overview.show_asked.connect(self.show_span)
        for button, zoom in zip(self._buttons, (self.zoom_out, self.zoom_in, self.fit), strict=True):
            button.clicked.connect(zoom)

    def _strips(self) -> tuple[TimeStrip, ...]:
        return (self.overview, *self.lanes.values(), self.axis)

    # What is shown

    @property
    def busy(self) -> bool:
        """Whether waveforms are still being made ready; they are on the screen already, a little rough."""
        return self._sounds.busy

    def show_recording(self, recording: Recording | None) -> None:
        """Draw this mixture, all of it; what was known of another recording goes."""
        self._working = False
        self.show_selection(None)
        self.show_playhead(0.0 if recording else None)
        self._sounds.open(recording)
        self._set_timeline(_whole(recording))

    def show_working(self, working: bool) -> None:
        """Whether a separation runs, for the words in lanes that have no sound yet."""
        if working != self._working:
            self._working = working
            self._draw_sounds()

    def show_part(self, part: Part) -> None:
        """Draw a stretch of speech and noise that is ready while the rest is still being computed."""
        self._sounds.grow(part)

    def show_separation(self, separation: Separation | None) -> None:
        """Draw speech and noise in full; None takes them off. A result that was shown before is back at once."""
        self._sounds.settle(separation)

    def show_playhead(self, seconds: float | None) -> None:
        """Move the playhead. The page turns when it leaves the span, unless the user had scrolled away from it."""
        before, self._playhead = self._playhead, seconds
        for strip in self._strips():
            strip.show_playhead(seconds)
        if before is None or seconds is None:
            return
        if self.timeline.shows(before) and not self.timeline.shows(seconds):
            self._set_timeline(self.timeline.paged(seconds))

    def show_selection(self, selection: Span | None) -> None:
        self._selection = selection
        self.show_draft(selection)

    def show_mix(self, mix: Mix) -> None:
        self._mix = mix
        self._draw_mix()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        coloured = (*self._strips(), *self.headers.values(), *self._buttons, self._corner)
        for part in coloured:
            part.show_palette(palette)  # type: ignore[attr-defined]
        self.update()

    # Which stretch of time is visible

    @property
    def span(self) -> Span:
        return self.timeline.start, self.timeline.stop

    @Slot(float, float)
    def show_span(self, start: float, stop: float) -> None:
        """Show this stretch, in seconds, as far as the recording has it."""
        self._set_timeline(self.timeline.showing(start, stop))

    @Slot()
    def zoom_in(self) -> None:
        """Twice as close, about the playhead if it is visible, else about the middle."""
        self.zoom(CLOSER, self._centre())

    @Slot()
    def zoom_out(self) -> None:
        self.zoom(1 / CLOSER, self._centre())

    @Slot()
    def zoom_normal(self) -> None:
        """Ten seconds on the screen."""
        self.zoom(self.timeline.span / NORMAL, self._centre())

    @Slot()
    def fit(self) -> None:
        """Show the whole recording."""
        self._set_timeline(self.timeline.fitted())

    @Slot(float)
    def scroll(self, fraction: float) -> None:
        """Move on by a fraction of the visible span; negative goes back."""
        self._set_timeline(self.timeline.scrolled(fraction * self.timeline.span))

    def reveal(self, seconds: float) -> None:
        """Scroll until this moment is visible, if it is not."""
        if not self.timeline.shows(seconds):
            half = self.timeline.span / 2
            self.show_span(seconds - half, seconds + half)

    def _centre(self) -> float:
        if self._playhead is not None and self.timeline.shows(self._playhead):
            return self._playhead
        return (self.timeline.start + self.timeline.stop) / 2

    @Slot(float, float)
    def zoom(self, factor: float, about: float) -> None:
        """Show a stretch that is `factor` times shorter; a visible moment `about` stays where it is."""
        visible = self.timeline.shows(about)
        self._set_timeline(self.timeline.zoomed(factor, about if visible else sum(self.span) / 2))

    def _set_timeline(self, timeline: Timeline) -> None:
        if timeline == self.timeline:
            return
        self.timeline = timeline
        for strip in (*self.lanes.values(), self.axis):
            strip.show_timeline(timeline)
        self.overview.show_visible(timeline)
        self._corner.show_unit(self.axis.unit)
        self.timeline_changed.emit(timeline)

    # Drawing

    @Slot()
    def _draw_sounds(self) -> None:
        shown, recording = self._sounds.shown, self._sounds.recording
        rate, full = recording.rate if recording else 1, full_level(self._sounds.peak)
        for track, lane in self.lanes.items():
            pyramid = shown.get(track)
            lane.show_sound(pyramid, rate, full)
            lane.show_hint(self._hint(track))
            self.headers[track].show_peak(pyramid.peak if pyramid else 0.0)
        self.overview.show_sound(shown.get("mixture"), rate)
        self._draw_mix()

    def _hint(self, track: str) -> str:
        if self._sounds.recording is None or track == "mixture":
            return ""
        return WORKING if self._working else HINTS[track]

    def _draw_mix(self) -> None:
        there = tuple(track for track in TRACKS if track in self._sounds.shown)
        heard = {track for track, gain in zip(there, self._mix.gains(there), strict=True) if gain > 0}
        solo, mute = self._mix.solo & set(there), self._mix.mute & set(there)
        for track, header in self.headers.items():
            header.setEnabled(track in there)
            header.show_mix(track in solo, track in mute, track in heard)
            # Only what somebody silenced: without solo and mute the mixture sounds, and all lanes are worth a look.
            self.lanes[track].show_silenced(bool(solo | mute) and track not in heard)

    @Slot(object)
    def show_draft(self, selection: Span | None) -> None:
        """Draw a selection that is not decided yet."""
        for strip in self._strips():
            strip.show_selection(selection)
        self.drafted.emit(selection)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._palette.background))
        painter.end()

    # What the user does

    @Slot(object)
    def ask_for_selection(self, selection: Span | None) -> None:
        """Ask for what was drafted."""
        self.selection_asked.emit(selection)
        self.show_draft(self._selection)  # what was drafted is gone, what was decided is shown

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that mean the same in every lane."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if meant := KEYS.get((modifiers, Qt.Key(event.key()))):
            meant(self)
        else:
            super().keyPressEvent(event)

    def extend_selection(self, fraction: float) -> None:
        """Move the end of the selection by a fraction of the visible span; a new one begins at the playhead."""
        start, stop = self._selection or (self._playhead or 0.0,) * 2
        stop = min(max(stop + fraction * self.timeline.span, 0.0), self.timeline.duration)
        self.selection_asked.emit((min(start, stop), max(start, stop)) if start != stop else None)


def _whole(recording: Recording | None) -> Timeline:
    """All of it."""
    if recording is None:
        return Timeline()
    duration = max(recording.duration, 1 / recording.rate)
    return Timeline(0.0, duration, duration, shortest=min(CLOSEST / recording.rate, duration))


_NONE, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier

# Only what belongs to the lane under the keyboard; what means the same everywhere is in `commands`.
KEYS: dict[tuple[Qt.KeyboardModifier, Qt.Key], Callable[[LanesView], object]] = {
    (_NONE, Qt.Key.Key_Up): LanesView.zoom_in,
    (_NONE, Qt.Key.Key_Down): LanesView.zoom_out,
    (_NONE, Qt.Key.Key_Left): lambda view: view.scroll(-KEY_SCROLL),
    (_NONE, Qt.Key.Key_Right): lambda view: view.scroll(KEY_SCROLL),
    (_NONE, Qt.Key.Key_PageUp): lambda view: view.scroll(-PAGE),
    (_NONE, Qt.Key.Key_PageDown): lambda view: view.scroll(PAGE),
    (_SHIFT, Qt.Key.Key_Left): lambda view: view.extend_selection(-KEY_SELECT),
    (_SHIFT, Qt.Key.Key_Right): lambda view: view.extend_selection(KEY_SELECT),
}
