"""A few choices side by side, one of them taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QHBoxLayout, QSizePolicy, QToolButton

from tasnet_gui.desktop.widgets.parts import named, press


@dataclass(frozen=True)
class Segment:
    """One choice: what it is called in the code, on the screen, and what it means."""

    key: str
    text: str
    description: str
    shortcut: str = ""


class Segments(QFrame):
    """Reports what was chosen and decides nothing: `show_chosen` says what is."""

    chosen = Signal(str)

    def __init__(self, name: str, description: str, segments: Sequence[Segment] = ()) -> None:
        super().__init__()
        self.setProperty("role", "segments")
        named(self, name, description).setToolTip("")
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._clicked)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(1, 1, 1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._row.setSpacing(0)
        self._segments: tuple[Segment, ...] = ()
        self.show_segments(segments)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.fontMetrics().height() + 12)  # as high as a button

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_segments(self, segments: Sequence[Segment]) -> None:
        if tuple(segments) == self._segments:
            return
        for button in self._group.buttons():
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        self._segments = tuple(segments)
        for segment in self._segments:
            self._add(segment)

    def _add(self, segment: Segment) -> None:
        button = press(named(QToolButton(), segment.text, segment.description, segment.shortcut))
        button.setText(segment.text.replace("&", "&&"))
        button.setProperty("role", "segment")
        button.setProperty("key", segment.key)
        button.setCheckable(True)
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._group.addButton(button)
        self._row.addWidget(button, 1)

    def show_chosen(self, key: str) -> None:
        """Mark one as chosen; a key that is none of them marks none."""
        self._group.setExclusive(False)  # otherwise the last one cannot be let go
        for button in self._group.buttons():
            button.setChecked(button.property("key") == key)
        self._group.setExclusive(True)

    def button(self, key: str) -> QAbstractButton:
        return next(button for button in self._group.buttons() if button.property("key") == key)

    def _clicked(self, button: QAbstractButton) -> None:
        self.chosen.emit(button.property("key"))
