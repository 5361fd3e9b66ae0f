"""The bar above the queue: how the batch stands, and its one next step."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from tasnet_gui.batch.items import Kind
from tasnet_gui.desktop import words
from tasnet_gui.desktop.batch import Standing
from tasnet_gui.desktop.icons import icon
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.action import Gauge
from tasnet_gui.desktop.widgets.parts import Elided, Folding, button, icon_size, tool
from tasnet_gui.domain import Progress

_DOT = "  \N{MIDDLE DOT}  "
_KINDS: tuple[Kind, ...] = ("done", "failed", "skipped", "cancelled")


def facts(standing: Standing) -> str:
    """12 files · 4 done · 1 failed · 7 to do."""
    total = f"{words.number(standing.total)} file{'' if standing.total == 1 else 's'}"
    parts = [total] if standing.total else []
    parts += [f"{words.number(n)} {kind}" for kind in _KINDS if (n := standing.count(kind))]
    parts += [f"{words.number(standing.left)} to do"] if standing.left else []
    parts += ["looking for sound\N{HORIZONTAL ELLIPSIS}"] if standing.searching else []
    return _DOT.join(parts)


class QueueBar(QFrame):
    """Reports what was pressed; `show_standing` says what to show."""

    back_asked = Signal()
    start_asked = Signal()
    pause_asked = Signal()
    results_asked = Signal()
    options_asked = Signal(bool)
    files_asked = Signal()
    folder_asked = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.back = tool("Back", "Back to the recording; the batch goes on", key="Ctrl+B")
        self._title = Elided("Queue", "title", name="Page")
        self._facts = Elided("", "secondary", Qt.TextElideMode.ElideRight, "How many files are in which state")
        self.add = button("Add", "Add more files or folders to the queue")
        self._menu = QMenu(self)
        self._menu.addAction("&Files\N{HORIZONTAL ELLIPSIS}", self.files_asked.emit)
        self._menu.addAction("F&older\N{HORIZONTAL ELLIPSIS}\tCtrl+Shift+O", self.folder_asked.emit)
        self.add.setMenu(self._menu)
        self.options = button("Options", "Show or hide what is done to the files, and where the results go")
        self.options.setCheckable(True)
        self.gauge = Gauge(palette)
        self.gauge.setAccessibleName("Progress of the batch")
        self.start = button("Start", "Do what waits, one after the other", "primary")
        self.go_on = button("Continue", "Go on where it was paused", "primary")
        self.pause = button("Pause", "Stand still, until it is continued")
        self.results = button("Show results", "Open the folder that holds the latest results", "primary")
        self._arrange()
        self.back.clicked.connect(self.back_asked)
        self.start.clicked.connect(self.start_asked)
        self.go_on.clicked.connect(self.start_asked)
        self.pause.clicked.connect(self.pause_asked)
        self.results.clicked.connect(self.results_asked)
        self.options.clicked.connect(self.options_asked)
        self.show_palette(palette)

    def _arrange(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(4)
        texts.addWidget(self._title)
        texts.addWidget(self._facts)
        left, right = QWidget(), QWidget()
        row = QHBoxLayout(left)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.back)
        row.addLayout(texts, 1)
        row = QHBoxLayout(right)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.add)
        row.addWidget(self.options)
        self._step = QWidget()
        row.addWidget(self._step)
        row = QHBoxLayout(self._step)
        row.setContentsMargins(8, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.gauge)
        for control in self._steps:
            row.addWidget(control)
        self._folding = Folding(left, right, spacing=20)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 20, 12)
        column.addWidget(self._folding)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def _steps(self) -> tuple[QPushButton, ...]:
        return self.start, self.go_on, self.pause, self.results

    def show_standing(self, standing: Standing) -> None:
        self._facts.setText(facts(standing))
        self._facts.setVisible(bool(self._facts.text()))
        step: QPushButton | None
        if standing.working:
            step = self.go_on if standing.paused else self.pause
        else:
            step = self.start if standing.left else self.results if standing.count("done") else None
        focused = next((control for control in self._steps if control.hasFocus()), None)
        for control in self._steps:
            control.setVisible(control is step)
        if focused and step and focused is not step:  # the keyboard stays where the next step is
            step.setFocus(Qt.FocusReason.OtherFocusReason)
        self.gauge.setVisible(standing.working)
        self._step.setVisible(step is not None)
        self.pause.setEnabled(not standing.stopping)
        if standing.paused:
            self.gauge.start("Paused")
            self.gauge.setValue(round(standing.done * 1000))
        else:
            self.gauge.show_progress(Progress(standing.done, "Starting", standing.remaining))
        self._folding.fold()

    def show_palette(self, palette: Palette) -> None:
        self.gauge.show_palette(palette)
        self.back.setIcon(icon("back", palette, palette.muted))
        self.back.setIconSize(QSize(icon_size(self)))
        self.add.setIcon(icon("expand", palette, palette.muted))
        self.add.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the sign of a menu stands behind its name
