"""The corner beside the time axis: what its labels count."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from tasnet_gui.desktop.theme import LIGHT, Palette

SMALL = 0.85  # of the body's size


class AxisCorner(QWidget):
    """One muted word, flush with the axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = LIGHT
        self._unit = ""

    def show_unit(self, unit: str) -> None:
        self._unit = unit
        self.setAccessibleName(f"Time in {unit}")
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        painter.setFont(font)
        painter.setPen(QColor(self._palette.muted))
        line = painter.fontMetrics()
        baseline = QRectF(0, self.height() - line.height() - 2, self.width() - 12, line.height())
        painter.drawText(baseline, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, self._unit)
        painter.end()
