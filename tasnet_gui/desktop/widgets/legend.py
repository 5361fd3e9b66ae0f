"""What the colours of heatmaps stand for."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from tasnet_gui.desktop.colours import Table
from tasnet_gui.desktop.theme import LIGHT, Palette

SMALL = 0.85  # of the body's size
STOPS = 32
APART = 16  # px between two scales

Scale = tuple[Table, str, str]  # its colours, and what stands at their ends


class Legend(QWidget):
    """Bars of colours, each between its lowest and its highest value."""

    def __init__(self) -> None:
        super().__init__()
        self._palette = LIGHT
        self._scales: tuple[Scale, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colours")

    def show_scale(self, table: Table, low: str, high: str) -> None:
        self.show_scales([(table, low, high)])

    def show_scales(self, scales: Sequence[Scale]) -> None:
        """One bar for each, from left to right."""
        self._scales = tuple(scales)
        self.setAccessibleDescription("; ".join(f"From {low} to {high}" for _, low, high in scales))
        self.updateGeometry()
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def _width(self, scale: Scale) -> int:
        """What a bar with its words takes."""
        metrics = self.fontMetrics()
        words = sum(metrics.horizontalAdvance(text) for text in scale[1:])
        return metrics.averageCharWidth() * (16 if len(self._scales) == 1 else 10) + words + 16

    def sizeHint(self) -> QSize:
        width = sum(self._width(scale) for scale in self._scales) + APART * max(0, len(self._scales) - 1)
        return QSize(width, self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())  # the first to go where there is little room

    def paintEvent(self, event: QPaintEvent) -> None:
        needed = sum(self._width(scale) for scale in self._scales)
        share = (self.width() - APART * (len(self._scales) - 1)) / max(1, needed)
        if not self._scales or share < 0.7:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        painter.setFont(font)
        left = 0.0
        for scale in self._scales:
            width = self._width(scale) * min(share, 1.0)
            self._paint(painter, QRectF(left, 0, width, self.height()), scale)
            left += width + APART
        painter.end()

    def _paint(self, painter: QPainter, rect: QRectF, scale: Scale) -> None:
        table, low, high = scale
        painter.setPen(QColor(self._palette.muted))
        metrics = painter.fontMetrics()
        left, right = metrics.horizontalAdvance(low) + 6, metrics.horizontalAdvance(high) + 6
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, high)
        tall = round(metrics.height() * 0.6)
        bar = QRectF(rect.left() + left, round((self.height() - tall) / 2), rect.width() - left - right, tall)
        shades = QLinearGradient(bar.topLeft(), bar.topRight())
        for stop in range(STOPS + 1):
            shades.setColorAt(stop / STOPS, QColor.fromRgb(int(table[round(stop / STOPS * 255)])))
        painter.setBrush(shades)
        painter.setPen(QColor(self._palette.border))
        painter.drawRoundedRect(bar, 2, 2)
