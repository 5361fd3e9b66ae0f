"""The file dialogs for recordings and folders. What was chosen comes back as paths, byte by byte."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from tasnet_gui.desktop import drops


def ask_for_recording(parent: QWidget, title: str, folder: Path | None, chosen: Callable[[Path], None]) -> None:
    """Let an existing sound file be chosen; `chosen` is called unless the dialog was cancelled."""
    dialog = _dialog(parent, title, folder, QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(_filters())
    _open(dialog, lambda paths: chosen(paths[0]))


def ask_for_recordings(
    parent: QWidget, title: str, folder: Path | None, chosen: Callable[[Sequence[Path]], None]
) -> None:
    """Let existing sound files be chosen, at least one."""
    dialog = _dialog(parent, title, folder, QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters(_filters())
    _open(dialog, chosen)


def ask_for_folder(parent: QWidget, title: str, folder: Path | None, chosen: Callable[[Path], None]) -> None:
    """Let an existing folder be chosen."""
    dialog = _dialog(parent, title, folder, QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    _open(dialog, lambda paths: chosen(paths[0]))


def _dialog(parent: QWidget, title: str, folder: Path | None, mode: QFileDialog.FileMode) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(folder or ""))
    dialog.setFileMode(mode)
    return dialog


def _filters() -> list[str]:
    from tasnet_gui.audio.files import AUDIO_SUFFIXES  # not needed for the window to appear

    return [f"Audio files ({' '.join(f'*{suffix}' for suffix in AUDIO_SUFFIXES)})", "All files (*)"]


def _open(dialog: QFileDialog, chosen: Callable[[list[Path]], None]) -> None:
    def tell() -> None:
        if paths := [path for url in dialog.selectedUrls() if (path := drops.path_of(url))]:
            chosen(paths)

    # Not urlsSelected: Qt sends it for the system's dialogs only, never for its own, which is what plain X11 has.
    dialog.accepted.connect(tell)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
