"""What the colours of a heatmap stand for."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop.colours import Table
from tasnet_gui.desktop.theme import LIGHT, Palette

SMALL = 0.85  # of the body's size
STOPS = 32


class Legend(QWidget):
    """A bar of colours between its lowest and its highest value."""

    def __init__(self) -> None:
        super().__init__()
        self._palette = LIGHT
        self._table: Table | None = None
        self._low = self._high = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colours")

    def show_scale(self, table: Table, low: str, high: str) -> None:
        self._table, self._low, self._high = table, low, high
        self.setAccessibleDescription(f"From {low} to {high}")
        self.updateGeometry()
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance(self._low) + metrics.horizontalAdvance(self._high)
        return QSize(metrics.averageCharWidth() * 16 + words + 16, metrics.height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())  # the first to go where there is little room

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._table is None or self.width() < self.sizeHint().width() * 0.7:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        painter.setFont(font)
        painter.setPen(QColor(self._palette.muted))
        metrics = painter.fontMetrics()
        left, right = metrics.horizontalAdvance(self._low) + 6, metrics.horizontalAdvance(self._high) + 6
        rect = QRectF(self.rect())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._low)
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._high)
        high = round(metrics.height() * 0.6)
        bar = QRectF(left, round((self.height() - high) / 2), self.width() - left - right, high)
        shades = QLinearGradient(bar.topLeft(), bar.topRight())
        for stop in range(STOPS + 1):
            shades.setColorAt(stop / STOPS, QColor.fromRgb(int(self._table[round(stop / STOPS * 255)])))
        painter.setBrush(shades)
        painter.setPen(QColor(self._palette.border))
        painter.drawRoundedRect(bar, 2, 2)
        painter.end()
