"""The line at the bottom: it tells the truth."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from tasnet_gui.desktop import words
from tasnet_gui.desktop.session import EXPORTING, OPENING, SEPARATING, State
from tasnet_gui.desktop.widgets.parts import Elided

_DOING = {OPENING: "Opening", SEPARATING: "Separating", EXPORTING: "Exporting"}


class StatusLine(QFrame):
    """What was said last on the left, what the result cost on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._said = Elided("", "secondary", Qt.TextElideMode.ElideRight)
        self._said.setAccessibleName("Status")
        self._cost = Elided("", "secondary", Qt.TextElideMode.ElideRight)
        self._cost.setAccessibleName("Speed of the separation")
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 4, 20, 6)
        row.setSpacing(24)
        row.addWidget(self._said, 1)
        row.addWidget(self._cost)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._last = ""

    @property
    def text(self) -> str:
        return self._said.text()

    def say(self, text: str) -> None:
        self._last = text
        self._said.setText(text)

    def show_state(self, state: State) -> None:
        doing = _DOING.get(state.task, "")
        self._said.setText(f"{doing} {words.shown(state.subject)}\N{HORIZONTAL ELLIPSIS}" if doing else self._last)
        self._cost.setText(words.speed(state.separation) if state.separation else "")
