"""The line at the bottom: it tells the truth."""

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from tasnet_gui.desktop import verdict, words
from tasnet_gui.desktop.batch import Standing
from tasnet_gui.desktop.session import EDITING, EXPORTING, OPENING, SEPARATING, State
from tasnet_gui.desktop.widgets.parts import Elided, tool

PASSING = 10_000  # ms for which news are news
_DOING = {OPENING: "Opening", SEPARATING: "Separating", EXPORTING: "Exporting", EDITING: "Editing"}


class StatusLine(QFrame):
    """The news, or else the result, on the left, what the result cost on the right, and how far the batch is."""

    queue_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self._said = Elided("", "secondary", Qt.TextElideMode.ElideRight, "Status")
        self._cost = Elided("", "secondary", Qt.TextElideMode.ElideRight, "Speed of the separation")
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
        self._last = self._doing = ""
        self._result = ""  # what there is to know of the result on the screen, as long as there is one
        self._there = True  # the recording is on the screen, and not the queue
        self._passing = QTimer(self, interval=PASSING, singleShot=True)
        self._passing.timeout.connect(self._pass)

    @property
    def text(self) -> str:
        return self._said.text()

    def say(self, text: str) -> None:
        """Tell news. After a while they are old, and the line tells of the result again."""
        self._last = text
        self._show()
        self._passing.start()

    @Slot()
    def _pass(self) -> None:
        if self._result or not self._there:
            self._last = self._result if self._there else ""
            self._show()

    def _show(self) -> None:
        self._said.setText(self._doing or self._last)

    def show_batch(self, standing: Standing, there: bool) -> None:
        """How far the batch is, unless the queue itself says it; nothing when there is none."""
        text = ""
        if standing.working and there:
            left = "paused" if standing.paused else words.time_left(standing.remaining)
            text = f"Batch: {words.number(standing.ended)} of {words.number(standing.total)}"
            text = "  \N{MIDDLE DOT}  ".join(filter(None, (text, left)))
        if there != self._there:
            self._there = there
            self._pass()
        self._cost.setVisible(there)
        self._batch.setText(text)
        self._batch.setAccessibleDescription(f"Show the queue. {text}")
        self._batch.setVisible(bool(text))

    def show_state(self, state: State) -> None:
        doing = _DOING.get(state.task, "")
        self._doing = f"{doing} {words.shown(state.subject)}\N{HORIZONTAL ELLIPSIS}" if doing else ""
        self._result = words.summary(state.separation) if state.separation else ""
        self._show()
        parts = words.speed(state.separation) if state.separation else "", verdict.line(state.scores(state.separation))
        self._cost.setText("   ".join(filter(None, parts)))
