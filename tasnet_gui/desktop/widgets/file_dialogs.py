"""The file dialogs: one for a recording, one for a folder. What was chosen comes back as paths, byte by byte."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from tasnet_gui.desktop import drops


def ask_for_file(
    parent: QWidget, title: str, folder: Path | None, filters: Sequence[str], chosen: Callable[[Path], None]
) -> None:
    """Let an existing file be chosen; `chosen` is called unless the dialog was cancelled."""
    dialog = QFileDialog(parent, title, str(folder or ""))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(filters)
    _open(dialog, chosen)


def ask_for_folder(parent: QWidget, title: str, folder: Path | None, chosen: Callable[[Path], None]) -> None:
    """Let an existing folder be chosen; `chosen` is called unless the dialog was cancelled."""
    dialog = QFileDialog(parent, title, str(folder or ""))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _open(dialog, chosen)


def _open(dialog: QFileDialog, chosen: Callable[[Path], None]) -> None:
    def tell() -> None:
        for path in filter(None, map(drops.path_of, dialog.selectedUrls())):
            chosen(path)

    # Not urlsSelected: Qt sends it for the system's dialogs only, never for its own, which is what plain X11 has.
    dialog.accepted.connect(tell)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
