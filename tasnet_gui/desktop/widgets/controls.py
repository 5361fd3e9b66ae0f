"""A list and a check box whose signs are drawn in the palette: a style sheet could only take them from files."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget


class Choice(QComboBox):
    """A list to choose from, with a chevron."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(_pen(self))
        middle = QPointF(self.width() - 16, self.height() / 2 + 0.5)
        painter.drawPolyline([middle + QPointF(-4, -2), middle + QPointF(0, 2), middle + QPointF(4, -2)])


class Check(QCheckBox):
    """A box that is filled with the accent when it is on."""

    def sizeHint(self) -> QSize:
        side, text = self._side(), self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return QSize(side + 8 + text.width() + 6, max(side, text.height()) + 8)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, position: object) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, side = self.palette(), self._side()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2.5, (self.height() - side) // 2 + 0.5, side - 1, side - 1)
        accent = colours.color(QPalette.ColorRole.Highlight)
        edge = accent if self.hasFocus() else colours.color(QPalette.ColorRole.Mid)
        painter.setPen(QPen(accent if self.isChecked() else edge, 2 if self.hasFocus() else 1))
        painter.setBrush(accent if self.isChecked() else colours.color(QPalette.ColorRole.Button))
        painter.drawRoundedRect(box, 4, 4)
        if self.isChecked():
            self._draw_tick(painter, box, colours.color(QPalette.ColorRole.HighlightedText))
        if self.hasFocus() and self.isChecked():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(accent, 1))
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 5, 5)
        painter.setPen(colours.color(QPalette.ColorRole.WindowText))
        text = QRect(side + 10, 0, self.width() - side - 10, self.height())
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())

    def _draw_tick(self, painter: QPainter, box: QRectF, colour: QColor) -> None:
        pen = QPen(colour, 1.75)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        points = ((0.24, 0.54), (0.42, 0.72), (0.76, 0.32))
        painter.drawPolyline([QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in points])

    def _side(self) -> int:
        return max(16, self.fontMetrics().height())


def _pen(widget: QWidget) -> QPen:
    pen = QPen(widget.palette().color(QPalette.ColorRole.PlaceholderText), 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pen
