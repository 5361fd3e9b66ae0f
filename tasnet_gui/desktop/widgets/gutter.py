"""What stands at the left of a heatmap: its name, and what its height counts."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop.theme import LIGHT, Palette

SMALL = 0.85  # of the body's size
Tick = tuple[float, str]  # how far up, 0..1, and what stands there


class Gutter(QWidget):
    """The name at the left, small labels at the right, flush with the picture."""

    def __init__(self, title: str, unit: str = "", source: str = "") -> None:
        super().__init__()
        self._palette = LIGHT
        self._title, self._unit, self._source = title, unit, source
        self._ticks: tuple[Tick, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)
        self.setAccessibleName(title)

    def show_title(self, title: str, unit: str, source: str) -> None:
        self._title, self._unit, self._source = title, unit, source
        self.setAccessibleName(title)
        self.update()

    def show_ticks(self, ticks: Sequence[Tick]) -> None:
        if tuple(ticks) != self._ticks:
            self._ticks = tuple(ticks)
            self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(112, 80)

    def paintEvent(self, event: QPaintEvent) -> None:
        p, painter = self._palette, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._source:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(p.source(self._source)))
            painter.drawRoundedRect(QRectF(8.5, 4.5, 4, self.height() - 9), 2, 2)
        left, line = 20, self.fontMetrics().height()
        painter.setPen(QColor(p.text))
        title = self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, self.width() - left - 2)
        painter.drawText(QRectF(left, 3, self.width() - left, line), Qt.AlignmentFlag.AlignLeft, title)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        font.setFeature(QFont.Tag("tnum"), 1)
        painter.setFont(font)
        painter.setPen(QColor(p.muted))
        small = painter.fontMetrics().height()
        if self.height() >= 3 + line + small:
            below = QRectF(left, 3 + line, self.width() - left, small)
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._unit)
        self._paint_ticks(painter, small)
        painter.end()

    def _paint_ticks(self, painter: QPainter, line: int) -> None:
        """The most important first, as far as they do not touch each other or the name."""
        taken: list[float] = []
        above = self.fontMetrics()
        names = (  # how far right and how far down the words reach
            (20 + above.horizontalAdvance(self._title) if self._title else 0, 3 + above.height()),
            (20 + painter.fontMetrics().horizontalAdvance(self._unit) if self._unit else 0, 3 + above.height() + line),
        )
        for place, text in self._ticks:
            y = (1 - place) * self.height()
            top = min(max(y - line / 2, 0.0), self.height() - line)
            width = painter.fontMetrics().horizontalAdvance(text)
            under_name = any(top < low and self.width() - 12 - width < right for right, low in names)
            if under_name or any(abs(top - other) < line for other in taken):
                continue
            taken.append(top)
            mark = QRectF(self.width() - 4, min(round(y), self.height() - 1), 4, 1)
            painter.fillRect(mark, QColor(self._palette.border))
            painter.drawText(QRectF(0, top, self.width() - 8, line), Qt.AlignmentFlag.AlignRight, text)
