"""The time axis below the lanes. Pressing or dragging on it moves the playhead."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.widgets.strip import TINT, TimeStrip, tinted
from tasnet_gui.desktop.widgets.timeline import label, ticks, unit

SMALL = 0.85  # of the body's size


class TimeAxis(TimeStrip):
    """Labels, marks, the handle of the playhead, and the selection as a band."""

    seek_asked = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Time axis")
        self.setAccessibleDescription("Press or drag to move the playhead.")
        self._reach: tuple[float, float] | None = None
        self._reaching = False

    def sizeHint(self) -> QSize:
        return QSize(900, round(self.fontMetrics().height() * 1.5) + 4)

    @property
    def unit(self) -> str:
        """What the labels count."""
        return unit(self.timeline.duration)

    def show_reach(self, reach: tuple[float, float] | None) -> None:
        """How many seconds before and behind the playhead the network hears."""
        self._reach = reach
        self._tell_reach()

    def show_reaching(self, reaching: bool) -> None:
        """Whether that is drawn."""
        self._reaching = reaching
        self._tell_reach()

    def _tell_reach(self) -> None:
        text = ""
        if self._reach and self._reaching:
            past, future = (words.span(seconds) for seconds in self._reach)
            text = f"The bar below is what the network hears for this moment: {past} before and {future} behind it."
        self.setToolTip(text)
        self.update()

    def show_playhead(self, seconds: float | None) -> None:
        super().show_playhead(seconds)
        if self._reaching:
            self.update()

    def paint_content(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), QColor(self.palette_.background))
        self._paint_marks(painter)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        painter.setPen(QColor(self.palette_.muted))
        metrics = painter.fontMetrics()
        step, _ = self.major()
        for moment in ticks(self.timeline.start, self.timeline.stop, step):
            text = label(moment, step, self.timeline.duration)
            width = metrics.horizontalAdvance(text)
            left = min(max(self.x_of(moment) - width / 2, 2), self.width() - width - 2)
            painter.drawText(QPointF(left, self.height() - metrics.descent() - 2), text)

    def _paint_marks(self, painter: QPainter) -> None:
        step, parts = self.major()
        for moment in ticks(self.timeline.start, self.timeline.stop, step / parts):
            on_label = abs(moment / step - round(moment / step)) < 1e-6
            colour = self.palette_.muted if on_label else self.palette_.border
            painter.fillRect(QRectF(round(self.x_of(moment)), 0, 1, 5 if on_label else 3), QColor(colour))

    def paint_selection(self, painter: QPainter) -> None:
        if self.selection:
            left, right = (round(self.x_of(edge)) for edge in self.selection)
            painter.fillRect(QRectF(left, 0, right - left, self.height()), tinted(self.palette_.selection, TINT))

    def paint_playhead(self, painter: QPainter) -> None:
        if self.playhead is None:
            return
        if self._reach and self._reaching:
            left, right = (round(self.x_of(self.playhead + by)) for by in (-self._reach[0], self._reach[1]))
            colour, below = tinted(self.palette_.accent, 0.5), self.height()
            painter.fillRect(QRectF(left, below - 2, right - left, 2), colour)
            for end in (left, right - 1):  # a bracket: no bar that could be scrolled with
                painter.fillRect(QRectF(end, below - 8, 1, 6), colour)
        if not self.timeline.shows(self.playhead):
            return
        x = min(round(self.x_of(self.playhead)), self.width() - 1) + 0.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.palette_.accent))
        painter.drawPolygon(QPolygonF([QPointF(x, 0), QPointF(x + 5, 7), QPointF(x - 5, 7)]))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._scrub(event)

    def _scrub(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.seek_asked.emit(self.seconds(min(max(event.position().x(), 0.0), self.width())))
