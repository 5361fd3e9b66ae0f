"""What covers the window while a file is dragged over it: it says what letting go will do."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import Elided, label


class DropOverlay(QWidget):
    """Lies over everything, lets the mouse through, takes no focus."""

    def __init__(self, parent: QWidget, palette: Palette) -> None:
        super().__init__(parent)
        self._palette = palette
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._promise = Elided("", "hero")
        self._detail = label("", "muted", "What happens to the open recording")
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 48, 48, 48)
        column.setSpacing(4)
        column.addStretch(1)
        for text in (self._promise, self._detail):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(text)
        column.addStretch(1)
        self.hide()

    def show_promise(self, promise: str, detail: str = "") -> None:
        """Cover the parent; an empty promise uncovers it."""
        self._promise.setText(promise)
        self._detail.setText(detail)
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(bool(promise))
        self.raise_()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self._palette.background)
        ground.setAlphaF(0.94)
        painter.fillRect(self.rect(), ground)
        edge = QPen(QColor(self._palette.accent), 2)
        edge.setDashPattern([4, 4])
        painter.setPen(edge)
        tint = QColor(self._palette.accent)
        tint.setAlphaF(0.08)
        painter.setBrush(tint)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(20, 16, -20, -16), 12, 12)
