"""The mouse over a strip of time: a click seeks, a drag selects, the edges of the selection can be moved."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from tasnet_gui.desktop.widgets.strip import Span, TimeStrip

GRIP = 5  # px to either side of an edge of the selection
SCROLL_EVERY = 40  # ms, while the mouse is held outside
SCROLL_STEP = 0.02  # of the visible span


class PickingStrip(TimeStrip):
    """Reports what was picked; the selection that is being drawn is `drafted` until the button is released."""

    seek_asked = Signal(float)
    drafted = Signal(object)  # Span: what the drag would select
    selection_asked = Signal(object)  # Span | None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self._pressed_at: float | None = None  # px
        self._anchor: float | None = None  # seconds: the end of the selection that stays
        self._scrolling = QTimer(self, interval=SCROLL_EVERY)
        self._scrolling.timeout.connect(self._scroll_on)
        self._mouse_x = 0.0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        x = event.position().x()
        self._pressed_at = x
        self._anchor = self._other_edge(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = self._mouse_x = event.position().x()
        if self._pressed_at is None:
            over_edge = self._other_edge(x) is not None
            self.setCursor(Qt.CursorShape.SizeHorCursor if over_edge else Qt.CursorShape.IBeamCursor)
            return
        if self._anchor is None and abs(x - self._pressed_at) >= QApplication.startDragDistance() / 2:
            self._anchor = self._moment(self._pressed_at)
        if self._anchor is not None:
            self.drafted.emit(self._draft())
            outside = x < 0 or x > self.width()
            if outside != self._scrolling.isActive():
                self._scrolling.start() if outside else self._scrolling.stop()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_at is None:
            return
        self._mouse_x = event.position().x()
        self._scrolling.stop()
        if self._anchor is not None:
            self.selection_asked.emit(self._draft())
        else:
            moment = self._moment(self._pressed_at)
            if self.selection and not self.selection[0] <= moment <= self.selection[1]:
                self.selection_asked.emit(None)
            self.seek_asked.emit(moment)
        self._pressed_at = self._anchor = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Select everything; where something is selected already, select nothing."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.selection_asked.emit(None if self.selection else (0.0, self.timeline.duration))

    def _moment(self, x: float) -> float:
        return self.seconds(min(max(x, 0.0), self.width()))

    def _draft(self) -> Span | None:
        assert self._anchor is not None
        moment = self._moment(self._mouse_x)
        return (min(self._anchor, moment), max(self._anchor, moment)) if moment != self._anchor else None

    def _other_edge(self, x: float) -> float | None:
        """Where the mouse is over an edge of the selection: the opposite edge, in seconds."""
        if self.selection is None:
            return None
        near = [edge for edge in self.selection if abs(self.x_of(edge) - x) <= GRIP]
        if not near:
            return None
        grabbed = min(near, key=lambda edge: abs(self.x_of(edge) - x))
        return self.selection[0] if grabbed == self.selection[1] else self.selection[1]

    def _scroll_on(self) -> None:
        """The mouse is held outside: the time comes to it."""
        self.scroll_asked.emit((1 if self._mouse_x > 0 else -1) * SCROLL_STEP)
        self.drafted.emit(self._draft())
