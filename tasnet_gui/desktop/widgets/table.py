"""Names and values in two columns."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from tasnet_gui.desktop.widgets.parts import label

NAMES = 18  # letters of the first column, at least


class Table(QWidget):
    """Shows rows of text; values wrap."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, QLabel]] = []

    def show_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Replace all rows, keeping the labels that can be kept: they change with every click."""
        shown = list(rows)
        self._grid.setColumnMinimumWidth(0, self.fontMetrics().averageCharWidth() * NAMES)
        while len(self._labels) < len(shown):
            pair = wrapped("", "muted"), wrapped("")
            for column, made in enumerate(pair):
                self._grid.addWidget(made, len(self._labels), column, Qt.AlignmentFlag.AlignTop)
            self._labels.append(pair)
        for number, pair in enumerate(self._labels):
            for text, made in zip(shown[number] if number < len(shown) else ("", ""), pair, strict=True):
                made.setText(text)
                made.setVisible(number < len(shown))


def wrapped(text: str, role: str = "") -> QLabel:
    """Plain text over as many lines as it needs."""
    made = label(text, role)
    made.setWordWrap(True)
    return made
