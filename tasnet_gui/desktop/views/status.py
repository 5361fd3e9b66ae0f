"""The line at the bottom: it tells the truth."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from tasnet_gui.desktop import verdict, words
from tasnet_gui.desktop.batch import Standing
from tasnet_gui.desktop.session import EDITING, EXPORTING, OPENING, SEPARATING, State
from tasnet_gui.desktop.widgets.parts import Elided, tool

_DOING = {OPENING: "Opening", SEPARATING: "Separating", EXPORTING: "Exporting", EDITING: "Editing"}


class StatusLine(QFrame):
    """What was said last on the left, what the result cost on the right, and how far the batch is."""

    queue_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._said = Elided("", "secondary", Qt.TextElideMode.ElideRight)
        self._said.setAccessibleName("Status")
        self._cost = Elided("", "secondary", Qt.TextElideMode.ElideRight)
        self._cost.setAccessibleName("Speed of the separation")
        self._batch = tool("Batch", "Show the queue", "quiet", "Ctrl+B")
        self._batch.clicked.connect(self.queue_asked)
        self._batch.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 4, 20, 6)
        row.setSpacing(24)
        row.addWidget(self._said, 1)
        row.addWidget(self._cost)
        row.addWidget(self._batch)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._last = ""

    @property
    def text(self) -> str:
        return self._said.text()

    def say(self, text: str) -> None:
        self._last = text
        self._said.setText(text)

    def show_batch(self, standing: Standing, there: bool) -> None:
        """How far the batch is, unless the queue itself says it; nothing when there is none."""
        text = ""
        if standing.working and there:
            left = "paused" if standing.paused else words.time_left(standing.remaining)
            text = f"Batch: {words.number(standing.ended)} of {words.number(standing.total)}"
            text = "  \N{MIDDLE DOT}  ".join(filter(None, (text, left)))
        self._cost.setVisible(there)
        self._batch.setText(text)
        self._batch.setAccessibleDescription(f"Show the queue. {text}")
        self._batch.setVisible(bool(text))

    def show_state(self, state: State) -> None:
        doing = _DOING.get(state.task, "")
        self._said.setText(f"{doing} {words.shown(state.subject)}\N{HORIZONTAL ELLIPSIS}" if doing else self._last)
        parts = words.speed(state.separation) if state.separation else "", verdict.line(state.scores(state.separation))
        self._cost.setText("   ".join(filter(None, parts)))
