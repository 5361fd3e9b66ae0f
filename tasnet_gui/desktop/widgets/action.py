"""The one place for the next step: Separate, its progress with Cancel, then Export. Always the same width."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QStackedWidget, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.session import EXPORTING, OPENING, SEPARATING, State
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import button
from tasnet_gui.domain import Progress

_WIDEST = "88 %  \N{MIDDLE DOT}  88 min left"
_STARTING = {OPENING: "Opening", SEPARATING: "Starting", EXPORTING: "Writing"}


class ActionPlace(QWidget):
    """Reports what was pressed; `show_state` and `show_progress` say what to show."""

    separate_asked = Signal()
    export_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        takes_apart = "Take the recording apart into speech and noise"
        self.separate = button("Separate", takes_apart, "primary", "Ctrl+R")
        self.again = button("Separate again", takes_apart, key="Ctrl+R")
        self.export = button("Export\N{HORIZONTAL ELLIPSIS}", "Save speech and noise as files", "primary", "Ctrl+E")
        self.cancel = button("Cancel", "Stop; nothing is left half-done", key="Esc")
        self.progress = Gauge(palette)
        self.separate.clicked.connect(self.separate_asked)
        self.again.clicked.connect(self.separate_asked)
        self.export.clicked.connect(self.export_asked)
        self.cancel.clicked.connect(self.cancel_asked)
        self._working = QWidget()
        working = QHBoxLayout(self._working)
        working.setContentsMargins(0, 0, 0, 0)
        working.setSpacing(8)
        working.addWidget(self.progress, 1)
        working.addWidget(self.cancel)
        self._pages = _Pages()
        for page in (self.separate, self._working, self.export):
            self._pages.addWidget(page)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.again)
        row.addWidget(self._pages)
        self.again.hide()

    def show_state(self, state: State) -> None:
        before = self._pages.currentWidget()
        page = self._working if state.task else self.export if state.separation else self.separate
        had_focus = before.isAncestorOf(self.focusWidget()) if self.focusWidget() else False
        if page is not before:
            self._pages.setCurrentWidget(page)
            self.progress.start(_STARTING.get(state.task, ""))
            if had_focus or before.hasFocus():  # the keyboard stays where the next step is
                (self.cancel if page is self._working else page).setFocus(Qt.FocusReason.OtherFocusReason)
        self.again.setVisible(page is self.export)
        self.separate.setEnabled(state.recording is not None and state.model is not None)
        self.cancel.setEnabled(not state.stopping)
        if state.stopping:
            self.progress.start("Stopping")

    def show_progress(self, progress: Progress) -> None:
        self.progress.show_progress(progress)

    def show_palette(self, palette: Palette) -> None:
        self.progress.show_palette(palette)


class _Pages(QStackedWidget):
    """Pages of one width, the widest that any of them can need."""

    def sizeHint(self) -> QSize:
        hints = [self.widget(number).sizeHint() for number in range(self.count())]
        return QSize(max(hint.width() for hint in hints), max(hint.height() for hint in hints))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Gauge(QProgressBar):
    """A button-high bar that says how far it is, and for how long."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._text = ""
        self.setRange(0, 1000)
        self.setAccessibleName("Progress")
        self.setAccessibleDescription("How far the work has come, and the time left")

    def text(self) -> str:
        return self._text

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(_WIDEST) + 16, metrics.height() + 12)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def start(self, text: str) -> None:
        self._text = text
        self.setValue(0)
        self.update()

    def show_progress(self, progress: Progress) -> None:
        left = words.time_left(progress.remaining)
        percent = f"{int(progress.done * 100)} %"
        self._text = f"{percent}  \N{MIDDLE DOT}  {left}" if left else percent if progress.done > 0 else progress.phase
        self.setToolTip(progress.phase)
        self.setValue(round(progress.done * 1000))
        self.update()

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 6, 6)
        painter.fillPath(shape, QColor(self._palette.pressed))
        painter.setClipPath(shape)
        done = QColor(self._palette.accent)
        done.setAlphaF(0.35)
        painter.fillRect(QRectF(0, 0, self.width() * self.value() / 1000, self.height()), done)
        painter.setPen(QColor(self._palette.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
