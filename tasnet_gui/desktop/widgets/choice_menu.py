"""A menu of choices that are known only at run time: models, themes, recent files."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget


class ChoiceMenu(QMenu):
    """Reports the key of what was chosen. With `radio`, one choice is marked as the present one."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, radio: bool = True) -> None:
        super().__init__(parent)
        self._radio = radio
        self._group = QActionGroup(self)
        self._group.setExclusive(radio)
        self._group.triggered.connect(self._triggered)
        self._choices: list[tuple[object, str]] = []

    def show_choices(self, choices: Sequence[tuple[object, str]], current: object = None) -> None:
        """Each choice is a key and a text; "&" in a text is a letter like any other."""
        if list(choices) != self._choices:
            self._choices = list(choices)
            self.clear()
            for key, text in choices:
                action = self.addAction(text.replace("&", "&&"))
                action.setData(key)
                action.setCheckable(self._radio)
                self._group.addAction(action)
        for action in self._group.actions():
            action.setChecked(self._radio and action.data() == current)
        self.setEnabled(bool(choices))

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())
