"""The file dialogs, as Qt draws them itself where the system has none: what is chosen is what happens."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit, QWidget

from tasnet_gui.desktop.widgets.export_dialog import ExportDialog


def dialog_over(parent: QWidget) -> QFileDialog:
    (dialog,) = (d for d in parent.findChildren(QFileDialog) if d.isVisible())
    return dialog


def choose(dialog: QFileDialog, path: Path) -> None:
    """As a person does: type it, press the button."""
    edit = dialog.findChild(QLineEdit, "fileNameEdit")
    box = dialog.findChild(QDialogButtonBox)
    assert edit
    assert box
    edit.setText(str(path))
    box.buttons()[0].click()


@pytest.fixture(autouse=True)
def qts_own_dialogs(qapp):
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    yield
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)


def test_a_file_that_is_chosen_is_opened(qtbot, desktop, wav) -> None:
    desktop.desk.carry_out("open")
    path = wav("talk.wav")
    choose(dialog_over(desktop.window), path)
    qtbot.waitUntil(lambda: desktop.session.state.recording is not None)
    assert desktop.session.state.recording.path == path


def test_a_dialog_that_is_left_changes_nothing(qtbot, desktop) -> None:
    desktop.desk.carry_out("open")
    dialog_over(desktop.window).reject()
    assert (desktop.session.state.recording, desktop.session.state.task) == (None, "")


def test_a_folder_that_is_chosen_takes_the_export(qtbot, separated, tmp_path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    separated.window.header.action.export.click()
    export = separated.window.findChild(ExportDialog)
    export._choose.click()
    choose(dialog_over(export), folder)
    assert export.plan().folder == folder
    export.reject()
