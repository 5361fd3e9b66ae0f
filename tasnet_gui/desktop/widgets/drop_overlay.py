"""What covers the window while a file is dragged over it: it says what letting go will do, and where it does what."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tasnet_gui.desktop.drops import OPEN, Choice
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import Elided


class DropOverlay(QWidget):
    """Lies over everything, lets the mouse through, takes no focus. One field for each thing that can be done."""

    def __init__(self, parent: QWidget, palette: Palette) -> None:
        super().__init__(parent)
        self._palette = palette
        self._fields: list[_Field] = []
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 16, 20, 16)
        self._column.setSpacing(12)
        self.hide()

    def show_promise(self, promise: str, detail: str = "") -> None:
        """Cover the parent; an empty promise uncovers it."""
        self.show_choices([Choice(OPEN, promise, detail)] if promise else [])

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """Cover the parent with one field below the other; without any, uncover it."""
        for field in self._fields:
            self._column.removeWidget(field)
            field.hide()
            field.deleteLater()
        self._fields = [_Field(choice, self._palette) for choice in choices]
        for field in self._fields:
            self._column.addWidget(field, 1)
        if self._fields:
            self._fields[0].light(True)
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(bool(choices))
        self._column.activate()
        self.raise_()

    def point(self, place: QPoint) -> str:
        """Light up the field at a place, in the window's coordinates, or the first one; what it does."""
        here = self.mapFrom(self.window(), place)
        at = next((field for field in self._fields if field.geometry().contains(here)), None)
        at = at or next(iter(self._fields), None)
        for field in self._fields:
            field.light(field is at)
        return at.choice.key if at else OPEN

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ground = QColor(self._palette.background)
        ground.setAlphaF(0.94)
        painter.fillRect(self.rect(), ground)
        painter.end()


class _Field(QWidget):
    """A place to let go."""

    def __init__(self, choice: Choice, palette: Palette) -> None:
        super().__init__()
        self.choice = choice
        self._palette, self._lit = palette, False
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 8, 28, 8)
        column.setSpacing(4)
        column.addStretch(1)
        for text, role in ((choice.promise, "hero"), (choice.detail, "muted")):
            said = Elided(text, role)
            said.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(said)
        column.addStretch(1)

    def light(self, lit: bool) -> None:
        """Whether letting go now does this."""
        self._lit = lit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QPen(QColor(self._palette.accent if self._lit else self._palette.border), 2)
        edge.setDashPattern([4, 4])
        painter.setPen(edge)
        tint = QColor(self._palette.accent)
        tint.setAlphaF(0.08 if self._lit else 0.0)
        painter.setBrush(tint)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)
        painter.end()
