"""A folder that can be typed or chosen; a name that is no text survives as long as nobody types over it."""

import os
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from tasnet_gui.desktop import words
from tasnet_gui.desktop.widgets.file_dialogs import ask_for_folder
from tasnet_gui.desktop.widgets.parts import button, named


class FolderField(QWidget):
    """Reports every change."""

    changed = Signal()

    def __init__(self, name: str, description: str, prompt: str = "") -> None:
        super().__init__()
        self._folder: Path | None = None
        self._name = name
        self.edit = named(QLineEdit(), name, description)
        self.edit.setPlaceholderText(prompt)
        self.choose = button("Choose\N{HORIZONTAL ELLIPSIS}", f"{name}: choose a folder")
        self.choose.clicked.connect(self._ask)
        self.edit.textChanged.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.edit, 1)
        row.addWidget(self.choose)
        self.setFocusProxy(self.edit)

    @property
    def folder(self) -> Path | None:
        """What was typed or chosen; None where nothing was."""
        typed = self.edit.text().strip()
        if self._folder and typed == words.folder(self._folder):
            return self._folder
        return Path(os.path.expanduser(typed)) if typed else None

    def show_folder(self, folder: Path | None) -> None:
        self._folder = folder
        self.edit.setText(words.folder(folder) if folder else "")

    @Slot()
    def _ask(self) -> None:
        ask_for_folder(self, self._name, self.folder, self.show_folder)
