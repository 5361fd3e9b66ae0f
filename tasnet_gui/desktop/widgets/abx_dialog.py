"""Asks what is to be compared blindly, takes the answers and tells the result. Knows nothing of what X is."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from tasnet_gui.analysis.abx import TRIALS, Abx
from tasnet_gui.desktop import words
from tasnet_gui.desktop.widgets.controls import Check, Choice
from tasnet_gui.desktop.widgets.parts import button, label, named

_HOW = (
    "X is A or B, drawn anew for each trial. Listen as often as you like, then say which it is. "
    "The result is told after the last trial."
)
_CHANCE = 0.05  # below this, guessing is no good explanation


@dataclass(frozen=True)
class Comparison:
    """What is to be compared."""

    names: tuple[str, str]  # of A and of B
    stretch: tuple[float, float] | None  # seconds; None is everything
    trials: int
    matched: bool  # both are made equally loud


class AbxDialog(QDialog):
    """Reports what was asked for; what sounds is somebody else's."""

    begin_asked = Signal(object)  # Comparison
    heard = Signal(str)  # "A", "B" or "X"
    answered = Signal(str)  # "A" or "B"
    stop_asked = Signal()

    def __init__(
        self, names: Sequence[str], selection: tuple[float, float] | None, recording: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Blind Comparison (ABX)")
        self.setAccessibleName("Blind Comparison (ABX)")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._selection, self._recording = selection, recording
        self._comparison: Comparison | None = None
        self.a, self.b = (_choice(f"Sound {key}", f"What {key} is", names) for key in "AB")
        self.a.setCurrentIndex(self.a.findText(next((n for n in names if n.startswith("Speech")), names[0])))
        others = [n for n in names if n.startswith("Speech") and n != self.a.currentText()]
        self.b.setCurrentIndex(self.b.findText(others[0] if others else "Mixture"))
        self.where = _choice("Stretch", "Which part of the recording is repeated", self._stretches())
        self.trials = _choice("Trials", "How many answers are given", [str(count) for count in TRIALS])
        self.match = named(
            Check("Match loudness"), "Match loudness", "Lower the louder one (BS.1770), for listening only"
        )
        self.match.setChecked(True)
        self.begin = button("Begin", "Begin with the first trial", "primary")
        self.hear = {key: button(key, f"Hear {key} from where the playhead is", key=key) for key in "AXB"}
        self.say = {key: button(f"X is {key}", f"Answer that X is {key}", key=str(n)) for n, key in enumerate("AB", 1)}
        for heard in self.hear.values():
            heard.setCheckable(True)  # checked as long as it sounds
        self.stop = button("Pause", "Stop playing", key="P")
        self.copy = button("Copy result", "Put the result on the clipboard")
        self.again = button("New comparison", "Choose again what is compared")
        self.leave = button("Close", "End the comparison", key="Esc")
        self._count, self._result = label("", "title", "Trial"), label("", "", "Result")
        self._asks = label("Your answer", "muted")
        self._result.setMinimumHeight(3 * self.fontMetrics().lineSpacing())
        self._trouble = label("", "warning", "What is wrong")
        self._pages = QStackedWidget()
        self._pages.addWidget(self._question())
        self._pages.addWidget(self._trial())
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(16)
        how = label(_HOW, "muted")
        for text in (how, self._result, self._trouble):
            text.setWordWrap(True)
        column.addWidget(how)
        column.addWidget(self._pages, 1)
        column.addLayout(_row(self._trouble, behind=(self.again, self.copy, self.leave, self.begin)))
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 72)
        for control in self.findChildren(QWidget):
            if control.focusPolicy() == Qt.FocusPolicy.TabFocus:
                control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._connect()
        self._show_choice()

    def _stretches(self) -> list[str]:
        if self._selection is None:
            return ["Everything"]
        start, stop = (words.clock(seconds) for seconds in self._selection)
        return [f"Selection, {start} to {stop}", "Everything"]

    def _question(self) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        rows = (("A", self.a), ("B", self.b), ("Stretch", self.where), ("Trials", self.trials), ("", self.match))
        for number, (text, field) in enumerate(rows):
            grid.addWidget(label(text, "muted"), number, 0)
            grid.addWidget(field, number, 1)
        return page

    def _trial(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self._count)
        column.addLayout(_row(*self.hear.values(), self.stop))
        column.addSpacing(4)
        column.addWidget(self._asks)
        column.addLayout(_row(*self.say.values()))
        column.addWidget(self._result)
        column.addStretch(1)
        return page

    def _connect(self) -> None:
        for box in (self.a, self.b):
            box.currentIndexChanged.connect(self._show_choice)
        self.begin.clicked.connect(self._begin)
        self.stop.clicked.connect(self.stop_asked)
        self.copy.clicked.connect(self._copy)
        self.again.clicked.connect(self._choose_again)
        self.leave.clicked.connect(self.accept)
        self._keys = {**self.hear, "1": self.say["A"], "2": self.say["B"], "P": self.stop}
        for key, control in self.hear.items():
            control.setProperty("key", key)
            control.clicked.connect(self._hear)
        for key, control in self.say.items():
            control.setProperty("key", key)
            control.clicked.connect(self._answer)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = self._keys.get(event.text().upper())
        if control and self._pages.currentIndex() == 1:
            control.click()
        else:
            super().keyPressEvent(event)

    # What was asked for

    @Slot()
    def _show_choice(self) -> None:
        same = self.a.currentText() == self.b.currentText()
        self.begin.setEnabled(not same)
        self._trouble.setText("Choose two different sounds." if same else "")
        self.begin.show()
        self.again.hide()
        self.copy.hide()

    @Slot()
    def _begin(self) -> None:
        stretch = self._selection if self.where.currentText() != "Everything" else None
        names = self.a.currentText(), self.b.currentText()
        self._comparison = Comparison(names, stretch, int(self.trials.currentText()), self.match.isChecked())
        self.begin.setEnabled(False)
        self._trouble.setText("")
        self.begin_asked.emit(self._comparison)

    @Slot()
    def _hear(self) -> None:
        key = self.sender().property("key")
        self.heard.emit(key)
        self._show_heard(key)

    @Slot(bool)
    def show_playing(self, playing: bool) -> None:
        """Which one sounds is known from what was asked for; here comes its end."""
        if not playing:
            self._show_heard("")

    def _show_heard(self, key: str) -> None:
        for name, control in self.hear.items():
            control.setChecked(name == key)

    @Slot()
    def _answer(self) -> None:
        self.answered.emit(self.sender().property("key"))

    @Slot()
    def _choose_again(self) -> None:
        self.stop_asked.emit()
        self._pages.setCurrentIndex(0)
        self._show_choice()
        self.a.setFocus()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)

    # What is shown

    _report = ""

    def show_trouble(self, why: str) -> None:
        self._trouble.setText(why)
        self.begin.setEnabled(True)

    def show_trials(self, abx: Abx) -> None:
        """How far it is, and once it is over, how it went."""
        begins = self._pages.currentIndex() == 0
        self._pages.setCurrentIndex(1)
        self.begin.hide()
        if begins:
            self.hear["A"].setFocus()  # hidden controls hand the keyboard to the next one, which would be Close
        for control in (*self.hear.values(), *self.say.values(), self.stop):
            control.setEnabled(not abx.finished)
        self.again.setVisible(abx.finished)
        self.copy.setVisible(abx.finished)
        correct, p = abx.correct, abx.p
        if correct is None or p is None or self._comparison is None:
            self._count.setText(f"Trial {abx.answered + 1} of {abx.trials}")
            self._result.setText("")
            return
        score = f"{correct} of {abx.trials} correct, p {_decimal(p)}"
        verdict = "They can be told apart." if p < _CHANCE else "This may well be chance."
        self._count.setText(score)
        self._result.setText(f"{verdict} p is the chance of so many correct answers by guessing (one-sided binomial).")
        stretch = self._comparison.stretch
        self._report = "\n".join(
            (
                f"Blind comparison (ABX) of {self._recording}",
                *(f"{key}: {name}" for key, name in zip("AB", self._comparison.names, strict=True)),
                "Stretch: " + (f"{words.clock(stretch[0])} to {words.clock(stretch[1])}" if stretch else "everything"),
                "Loudness matched (BS.1770)" if self._comparison.matched else "At their own levels",
                f"{score} (exact binomial test, one-sided)",
            )
        )


def _choice(name: str, description: str, texts: Sequence[str]) -> Choice:
    box = named(Choice(), name, description)
    box.addItems(list(texts))
    return box


def _row(*widgets: QWidget, behind: Sequence[QWidget] = ()) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1)
    for widget in behind:
        row.addWidget(widget)
    return row


def _decimal(p: float) -> str:
    return f"= {words.number(p, 3)}" if p >= 0.001 else f"< {words.number(0.001, 3)}"
