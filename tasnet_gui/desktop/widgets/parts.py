"""Small controls made one way everywhere: with a name, a description, plain text and a role for the style sheet."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)

W = TypeVar("W", bound=QWidget)


def named(widget: W, name: str, description: str, key: str = "") -> W:
    """Tell everyone, with eyes or without, what a control is and does."""
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(description)
    widget.setToolTip(f"{description} ({key})" if key else description)
    return widget


class Label(QLabel):
    """Text that is never taken for HTML: file names go in here. Who does not see it hears its name and what it says."""

    def __init__(self, text: str = "", role: str = "", name: str = "") -> None:
        super().__init__()
        self._named = name
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        if self._named:  # Qt gives a label's name in place of its text
            self.setAccessibleName(f"{self._named}: {text}" if text else self._named)


def label(text: str = "", role: str = "", name: str = "") -> QLabel:
    """A `Label`."""
    return Label(text, role, name)


def button(text: str, description: str, role: str = "", key: str = "") -> QPushButton:
    """A button with a text."""
    made = QPushButton(text)
    made.setProperty("role", role)
    made.setAutoDefault(False)
    return press(named(made, text.rstrip("\N{HORIZONTAL ELLIPSIS}"), description, key))


def tool(name: str, description: str, role: str = "flat", key: str = "") -> QToolButton:
    """A button that shows an icon; its name is for those who do not see it."""
    made = QToolButton()
    made.setProperty("role", role)
    return press(named(made, name, description, key))


B = TypeVar("B", bound=QAbstractButton)


def press(made: B) -> B:
    """Reached by Tab, never by a click: after a click, Space still plays."""
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made


def icon_size(widget: QWidget) -> QSize:
    """As large as the text beside it asks for: 20 px beside 13 px."""
    side = round(widget.fontMetrics().height() * 1.25)
    return QSize(side, side)


def row_block(spacing: int = 8) -> tuple[QWidget, QHBoxLayout]:
    """A widget that is nothing but a row, and the row."""
    block = QWidget()
    row = QHBoxLayout(block)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(spacing)
    return block, row


def line() -> QFrame:
    """A hairline between two bars."""
    made = QFrame()
    made.setProperty("role", "line")
    return made


def role(widget: QWidget, name: str) -> None:
    """Give a widget another role while it is on the screen."""
    if widget.property("role") != name:
        widget.setProperty("role", name)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def chain(parts: Sequence[QWidget]) -> None:
    """Let Tab go through everything in these parts in the order given; inside a part, in the order of its making."""
    inside = [[part, *part.findChildren(QWidget)] for part in parts]
    stops = [
        widget
        for part, widgets in zip(parts, inside, strict=True)
        for widget in widgets
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.window() is part.window()  # no pop-up list
    ]
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


class Elided(Label):
    """One line of plain text that gives way in its middle, where file names differ least."""

    def __init__(
        self, text: str = "", role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle, name: str = ""
    ) -> None:
        self._mode = mode
        super().__init__(text, role, name)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._tell_whole()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 8, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2
        return QSize(width, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = QFontMetrics(self.font()).elidedText(self.text(), self._mode, self.width())
        self.style().drawItemText(painter, self.rect(), self.alignment(), self.palette(), self.isEnabled(), text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_whole()

    def _tell_whole(self) -> None:
        """Have the whole text at hand where it does not fit."""
        hidden = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if hidden else "")


class Folding(QWidget):
    """A row that becomes a column when the window is too narrow, or the font too large, for it."""

    def __init__(self, *blocks: QWidget, spacing: int = 16, stretch: int = 0) -> None:
        super().__init__()
        self._blocks = blocks
        self._spacing = spacing
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(spacing)
        for number, block in enumerate(blocks):
            self._row.addWidget(block, 1 if number == stretch else 0)

    def minimumSizeHint(self) -> QSize:
        width = max((block.minimumSizeHint().width() for block in self._shown()), default=0)
        return QSize(width, self._row.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fold()

    def fold(self) -> None:
        """Choose row or column anew."""
        shown = self._shown()
        needed = sum(block.minimumSizeHint().width() for block in shown) + self._spacing * (len(shown) - 1)
        wanted = QBoxLayout.Direction.LeftToRight if needed <= self.width() else QBoxLayout.Direction.TopToBottom
        if wanted != self._row.direction():
            self._row.setDirection(wanted)
            self._row.setSpacing(self._spacing if wanted == QBoxLayout.Direction.LeftToRight else 8)
            self.updateGeometry()

    def _shown(self) -> list[QWidget]:
        return [block for block in self._blocks if not block.isHidden()]
