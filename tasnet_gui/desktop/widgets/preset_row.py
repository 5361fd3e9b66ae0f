"""Options with names: choose one, keep the present ones, forget one."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QWidget

from tasnet_gui.desktop.widgets.controls import Choice
from tasnet_gui.desktop.widgets.parts import button, named

_NONE = "None"


class PresetRow(QWidget):
    """Reports what was asked for; `show_presets` says what there is."""

    chosen = Signal(str)
    save_asked = Signal(str)
    remove_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.list = named(Choice(), "Preset", "Options that were kept under a name")
        self.save = button("Save\N{HORIZONTAL ELLIPSIS}", "Keep these options under a name")
        self.remove = button("Delete", "Forget the chosen preset")
        self.list.activated.connect(self._activated)
        self.save.clicked.connect(self._ask_for_name)
        self.remove.clicked.connect(self._ask_to_remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.list, 1)
        row.addWidget(self.save)
        row.addWidget(self.remove)
        self.show_presets((), "")

    def show_presets(self, names: Sequence[str], current: str) -> None:
        """The presets that there are; the one whose options are shown, or ""."""
        self.list.clear()
        self.list.addItem(_NONE, "")
        for name in names:
            self.list.addItem(name, name)
        self.list.setCurrentIndex(max(self.list.findData(current), 0))
        self.list.setEnabled(bool(names))
        self.remove.setVisible(bool(self.list.currentData()))

    @Slot(int)
    def _activated(self, index: int) -> None:
        self.remove.setVisible(bool(self.list.itemData(index)))
        if name := self.list.itemData(index):
            self.chosen.emit(name)

    @Slot()
    def _ask_for_name(self) -> None:
        dialog = QInputDialog(self)
        dialog.setWindowTitle("Save Preset")
        dialog.setLabelText("Name of the preset")
        dialog.setTextValue(self.list.currentData() or "")
        dialog.setOkButtonText("Save")
        dialog.textValueSelected.connect(self.save_asked)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def _ask_to_remove(self) -> None:
        if name := self.list.currentData():
            self.remove_asked.emit(name)
