"""The empty state: one place that says what to do."""

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.theme import Palette
from tasnet_gui.desktop.widgets.parts import Elided, button, label, named
from tasnet_gui.domain import Progress

SHOWN_RECENT = 4
_INVITATION = "Drop a recording here"
_OPENING = "Opening\N{HORIZONTAL ELLIPSIS}"
_WHAT_FOR = "It is taken apart into speech and noise, here on this computer."


class DropZone(QWidget):
    """Open, the demo and the recent files. Knows nothing of dropping itself: the window hears of it."""

    open_asked = Signal()
    demo_asked = Signal()
    recent_asked = Signal(object)  # Path
    cancel_asked = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._hovered = self._opening = False
        self._mark = _Mark(palette)
        self._title = label(_INVITATION, "hero", "What to do")
        self._detail = label(_WHAT_FOR, "muted", "What happens then")
        self.open_button = button("Open\N{HORIZONTAL ELLIPSIS}", "Choose an audio file", "primary", "Ctrl+O")
        self.demo_button = button("Try the demo", "Open the recording that comes with the application")
        self.open_button.clicked.connect(self.open_asked)
        self.demo_button.clicked.connect(self.demo_asked)
        self._cancel = button("Cancel", "Stop opening the file", key="Esc")
        self._cancel.clicked.connect(self.cancel_asked)
        self._cancel.hide()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        named(self, "Drop zone", "Drop a recording here to open it").setToolTip("")
        self._formats = label(
            "WAV, FLAC, MP3, Ogg, Opus, AIFF and more; a folder becomes a batch", "secondary", "Formats"
        )
        self._recent = _Recent()
        self._recent.asked.connect(self.recent_asked)
        self._arrange()
        self._show_ways()

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.demo_button)
        buttons.addWidget(self._cancel)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 40, 48, 40)
        column.setSpacing(0)
        column.addStretch(3)
        for widget, gap in ((self._mark, 24), (self._title, 4), (self._detail, 20)):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            column.addSpacing(gap)
        column.addLayout(buttons)
        column.addSpacing(12)
        column.addWidget(self._formats, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(24)
        column.addWidget(self._recent, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(4)

    def show_recent(self, paths: Sequence[Path]) -> None:
        self._recent.show_paths(paths[:SHOWN_RECENT])
        self._show_ways()

    def show_opening(self, subject: str) -> None:
        """Say that a file is being read; "" when none is."""
        self._opening = bool(subject)
        self._title.setText(_OPENING if subject else _INVITATION)
        self._detail.setText(subject or _WHAT_FOR)
        self._show_ways()
        self._cancel.setVisible(bool(subject))
        self._recent.setEnabled(not subject)

    def show_progress(self, progress: Progress) -> None:
        if self._opening and progress.done > 0:
            self._title.setText(f"{_OPENING} {int(progress.done * 100)} %")

    def show_promise(self, promise: str) -> None:
        """Say what dropping will do; "" when nothing is dragged."""
        self._hovered = bool(promise)
        self._title.setText(promise or _INVITATION)
        self._show_ways()
        self.update()

    def _show_ways(self) -> None:
        """All other ways step back while a file hangs over the window; their room stays, so that nothing jumps."""
        ways: tuple[QWidget, ...] = (self.open_button, self.demo_button, self._formats)
        for way, there in (*((way, not self._opening) for way in ways), (self._recent, self._recent.filled)):
            policy = way.sizePolicy()
            policy.setRetainSizeWhenHidden(there and self._hovered)
            way.setSizePolicy(policy)
            way.setVisible(there and not self._hovered)

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self._mark.show_palette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect()).adjusted(20.5, 8.5, -20.5, -4.5)
        ground = QColor(self._palette.accent if self._hovered else self._palette.surface)
        ground.setAlphaF(0.10 if self._hovered else 1.0)
        painter.setBrush(ground)
        edge = QPen(QColor(self._palette.accent if self._hovered else self._palette.border), 1.5)
        edge.setDashPattern([4, 4])
        painter.setPen(edge)
        painter.drawRoundedRect(place, 12, 12)


class _Recent(QWidget):
    """The files opened last."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._title = label("Recent", "secondary", "Recent recordings")
        self._title.setContentsMargins(9, 0, 0, 4)
        self._column.addWidget(self._title)
        self._rows: list[QPushButton] = []

    @property
    def filled(self) -> bool:
        """Whether there are any."""
        return bool(self._rows)

    def show_paths(self, paths: Sequence[Path]) -> None:
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [_RecentRow(path) for path in paths]
        for row in self._rows:
            row.clicked.connect(self._clicked)
            self._column.addWidget(row)

    @Slot()
    def _clicked(self) -> None:
        row = self.sender()
        if isinstance(row, _RecentRow):
            self.asked.emit(row.path)


class _RecentRow(QPushButton):
    """A file's name, and its folder in a lower voice."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.setProperty("role", "recent")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        name, folder = words.shown(path), words.folder(path.parent)
        self.setAccessibleName(f"Open {name}")
        self.setAccessibleDescription(f"Open {name} in {folder} again")
        row = QHBoxLayout(self)
        row.setContentsMargins(9, 5, 9, 5)
        row.setSpacing(12)
        texts = Elided(name), Elided(folder, "secondary")
        for text, stretch in zip(texts, (0, 1), strict=True):
            text.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            row.addWidget(text, stretch)
        texts[1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        inside = self.layout().sizeHint()
        widest = self.fontMetrics().averageCharWidth() * 70
        return QSize(max(min(inside.width(), widest), widest * 2 // 3), inside.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 30, self.sizeHint().height())


class _Mark(QWidget):
    """What the application does, in one picture: a waveform that parts into two."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self.setFixedSize(336, 96)
        self.setAccessibleName("A waveform that parts into speech and noise")

    def show_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle, count = self.height() / 2, 48
        for number in range(count):
            x = 7.0 * number + 1
            speech, noise = _speech(number), _noise(number)
            parted = _smooth((number - count * 0.36) / (count * 0.3))
            if parted < 0.02:
                self._bar(painter, x, middle, speech + noise, self._palette.mixture)
                continue
            self._bar(painter, x, middle - 22 * parted, speech, self._palette.speech)
            self._bar(painter, x, middle + 26 * parted, noise, self._palette.noise)

    def _bar(self, painter: QPainter, x: float, middle: float, height: float, colour: str) -> None:
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(x, middle - height / 2, 4, height), 2, 2)


def _speech(number: int) -> float:
    """Bar heights in px that swell and rest like syllables."""
    return 5 + 40 * abs(math.sin(number * 0.37)) * (0.55 + 0.45 * math.sin(number * 1.9))


def _noise(number: int) -> float:
    """Bar heights in px that stay even, as a room's noise does."""
    return 9 + 4 * math.sin(number * 2.3) + 2 * math.sin(number * 5.1)


def _smooth(x: float) -> float:
    x = min(max(x, 0.0), 1.0)
    return x * x * (3 - 2 * x)
