"""A strip of time: what a waveform, a spectrogram and the axis below them have in common."""

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from tasnet_gui.desktop.theme import LIGHT, Palette
from tasnet_gui.desktop.widgets.timeline import Timeline, step, ticks

NOTCH = 120.0  # Qt's angle for one notch of a wheel
PER_NOTCH = 1.25  # times closer
SCROLL_PER_NOTCH = 0.15  # of the visible span
TINT = 0.12  # of the selection

Span = tuple[float, float]

_REASON = Qt.FocusReason
_BY_KEYBOARD = (_REASON.TabFocusReason, _REASON.BacktabFocusReason, _REASON.ShortcutFocusReason)
_SAME_AS_BEFORE = (_REASON.ActiveWindowFocusReason, _REASON.PopupFocusReason, _REASON.MenuBarFocusReason)


class TimeStrip(QWidget):
    """Draws its content through `paint_content`, and over it the selection, the playhead and the focus."""

    zoom_asked = Signal(float, float)  # how many times closer, about which second
    scroll_asked = Signal(float)  # as a fraction of the visible span

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline = Timeline()
        self.palette_ = LIGHT
        self.playhead: float | None = None
        self.selection: Span | None = None
        self._by_keyboard = False  # how the focus came here; to others its ring says nothing
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    # What is shown

    def show_timeline(self, timeline: Timeline) -> None:
        if timeline != self.timeline:
            self.timeline = timeline
            self.update()

    def show_palette(self, palette: Palette) -> None:
        self.palette_ = palette
        self.update()

    def show_playhead(self, seconds: float | None) -> None:
        """Move the playhead, repainting only the two narrow columns that it leaves and enters."""
        before, self.playhead = self.playhead, seconds
        for moment in (before, seconds):
            if moment is not None and before != seconds:
                self.update(self._around(moment))

    def show_selection(self, selection: Span | None) -> None:
        if selection != self.selection:
            self.selection = selection
            self.update()

    # Where things lie

    def x_of(self, seconds: float) -> float:
        return self.timeline.x(seconds, self.width())

    def seconds(self, x: float) -> float:
        return self.timeline.seconds(x, self.width())

    def major(self) -> tuple[float, int]:
        """Seconds between labels, and small parts between two of them, for this width and font."""
        return step(self.timeline.span, self.width(), apart=9.0 * self.fontMetrics().height())

    def _around(self, seconds: float) -> QRect:
        return QRect(round(self.x_of(seconds)) - 6, 0, 13, self.height())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setClipRect(event.rect())
        self.paint_content(painter)
        self.paint_selection(painter)
        self.paint_playhead(painter)
        if self.hasFocus() and self._by_keyboard:
            ring(painter, QRectF(self.rect()), self.palette_)
        painter.end()

    def paint_content(self, painter: QPainter) -> None:
        """What lies below selection and playhead; fills the whole strip."""
        painter.fillRect(self.rect(), QColor(self.palette_.surface))

    def paint_grid(self, painter: QPainter) -> None:
        """A hair line at every label of the axis."""
        for moment in ticks(self.timeline.start, self.timeline.stop, self.major()[0]):
            painter.fillRect(QRectF(round(self.x_of(moment)), 0, 1, self.height()), QColor(self.palette_.grid))

    def paint_selection(self, painter: QPainter) -> None:
        if self.selection is None:
            return
        left, right = (round(self.x_of(edge)) for edge in self.selection)
        painter.fillRect(QRectF(left, 0, right - left, self.height()), tinted(self.palette_.selection, TINT))
        for x in (left, right):
            painter.fillRect(QRectF(x, 0, 1, self.height()), tinted(self.palette_.selection, 0.6))

    def paint_playhead(self, painter: QPainter) -> None:
        if self.playhead is not None and self.timeline.shows(self.playhead):
            x = min(round(self.x_of(self.playhead)), self.width() - 1)
            painter.fillRect(QRectF(x, 0, 1, self.height()), QColor(self.palette_.accent))

    # What the user does

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(turned.x()) > abs(turned.y()):
            notches = (turned.x() or turned.y()) / NOTCH  # some systems turn Shift+wheel into a sideways wheel
            self.scroll_asked.emit(-notches * SCROLL_PER_NOTCH)
        elif turned.y():
            self.zoom_asked.emit(PER_NOTCH ** (turned.y() / NOTCH), self.seconds(event.position().x()))
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() not in _SAME_AS_BEFORE:
            self._by_keyboard = event.reason() in _BY_KEYBOARD
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        self._by_keyboard = True  # who uses keys wants to see what they are about
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.update()


def tinted(colour: str, opacity: float) -> QColor:
    """A colour of the palette, see-through."""
    tint = QColor(colour)
    tint.setAlphaF(opacity)
    return tint


def ring(painter: QPainter, rect: QRectF, palette: Palette, radius: float = 0.0) -> None:
    """The mark of keyboard focus, 2 px inside the rectangle."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(palette.accent), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
