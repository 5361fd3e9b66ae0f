"""The file dialogs, as Qt draws them itself where the system has none: what is chosen is what happens."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QLineEdit, QWidget

from tasnet_gui.desktop.widgets.export_dialog import ExportDialog
from tasnet_gui.desktop.widgets.folder_field import FolderField


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


def test_a_folder_that_is_chosen_stands_in_its_field(qtbot, tmp_path) -> None:
    field = FolderField("Folder", "Where the results go")
    qtbot.addWidget(field)
    field.choose.click()
    choose(dialog_over(field), tmp_path)
    assert field.folder == tmp_path


def test_a_folder_that_is_chosen_goes_into_the_queue(qtbot, desktop, wav, tmp_path) -> None:
    path = wav("talk.wav")
    desktop.desk.carry_out("open_folder")
    choose(dialog_over(desktop.window), path.parent)
    qtbot.waitUntil(lambda: [item.path for item in desktop.desk.queueing.batch.items] == [path])


def test_files_that_are_chosen_go_into_the_queue(qtbot, desktop, wav) -> None:
    path = wav("second.wav")
    desktop.desk.queueing.ask_for_files()
    choose(dialog_over(desktop.window), path)
    qtbot.waitUntil(lambda: [item.path for item in desktop.desk.queueing.batch.items] == [path])
