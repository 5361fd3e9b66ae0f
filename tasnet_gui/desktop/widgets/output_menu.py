"""The menu of sound devices to play on."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

DEFAULT = "The System's Default"


class OutputMenu(QMenu):
    """Reports which device was chosen, and that the list is about to be read or should be made anew."""

    chosen = Signal(str)  # a device's name; "" is the system's default
    opening = Signal()
    refresh_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._triggered)
        self.aboutToShow.connect(self.opening)
        self._below = self.addSeparator()
        self._trouble = self.addAction("")
        self._trouble.setEnabled(False)
        self.refresh = self.addAction("&Look for Devices Again")
        self.refresh.triggered.connect(self._refresh)
        self.show_outputs((), "")

    def show_outputs(self, names: Sequence[str], current: str, trouble: str = "") -> None:
        """The devices that are there, the chosen one marked though it may be away, or why there are none."""
        for old in self._group.actions():
            self._group.removeAction(old)
            self.removeAction(old)
            old.deleteLater()
        choices = [("", DEFAULT), *((name, name) for name in names)]
        if current and current not in names:
            choices.append((current, f"{current} (not connected)"))
        for name, text in choices:
            action = QAction(text.replace("&", "&&"), self, checkable=True, checked=name == current)
            action.setData(name)
            self._group.addAction(action)
            self.insertAction(self._below, action)
        self._trouble.setText(trouble.replace("&", "&&"))
        self._trouble.setVisible(bool(trouble))

    @Slot(QAction)
    def _triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())

    @Slot()
    def _refresh(self) -> None:
        self.refresh_asked.emit()
