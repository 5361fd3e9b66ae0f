"""What nobody expected is written down, told once, and the application lives."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qInstallMessageHandler

from tasnet_gui.desktop import logs
from tasnet_gui.desktop.widgets.dialogs import UnexpectedDialog


@pytest.fixture
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(logs.faulthandler, "enable", lambda file: None)  # the test session has its own
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    faults = logs.start_logging(tmp_path / "log")
    yield tmp_path / "log" / logs.LOG
    faults.close()
    qInstallMessageHandler(None)
    logging.captureWarnings(False)
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)
        handler.close()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told(qapp, monkeypatch) -> tuple[list[str], Clock]:
    reports, clock = [], Clock()
    unexpected = logs.Unexpected(reports.append, clock)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "stderr", None)  # as it is for a program without a console
    unexpected.install()
    return reports, clock


def fail(text: str) -> None:
    try:
        raise RuntimeError(text)
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def test_an_unexpected_error_is_in_the_log_and_is_told(qtbot, log_file, told) -> None:
    fail("first")
    qtbot.waitUntil(lambda: len(told[0]) == 1)
    assert "RuntimeError: first" in told[0][0]
    assert "RuntimeError: first" in log_file.read_text(encoding="utf-8")


def test_a_flood_of_errors_is_told_once_but_written_down_whole(qtbot, log_file, told) -> None:
    reports, clock = told
    for number in range(20):
        fail(f"number {number}.")
    qtbot.waitUntil(lambda: len(reports) == 1)
    clock.now += logs.BETWEEN_DIALOGS
    fail("later")
    qtbot.waitUntil(lambda: len(reports) == 2)
    assert "later" in reports[1]
    assert log_file.read_text(encoding="utf-8").count("RuntimeError: number") == 20


def test_an_error_on_another_thread_is_told_on_this_one(qtbot, log_file, told, monkeypatch) -> None:
    threads = []
    monkeypatch.setattr(logs.Unexpected, "_tell", None, raising=False)
    unexpected = logs.Unexpected(lambda report: threads.append(threading.get_ident()), Clock())
    unexpected.install()
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: threads == [threading.get_ident()])


def test_what_qt_says_is_in_the_log(qapp, log_file) -> None:
    from PySide6.QtCore import qWarning

    qWarning("a strange wheel")
    assert "a strange wheel" in log_file.read_text(encoding="utf-8")


def test_a_name_that_is_no_text_can_be_logged(log_file) -> None:
    logging.getLogger("test").warning("%s", "\udcff.wav")
    assert "\\udcff.wav" in log_file.read_text(encoding="utf-8")


def test_a_log_folder_that_cannot_be_written_stops_nobody(qapp, tmp_path, monkeypatch) -> None:
    (tmp_path / "file").write_text("in the way")
    root, before = logging.getLogger(), list(logging.getLogger().handlers)
    level = root.level
    assert logs.start_logging(tmp_path / "file" / "log") is None
    qInstallMessageHandler(None)
    logging.captureWarnings(False)
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)


def test_an_error_in_a_slot_leaves_the_window_alive(qtbot, desktop) -> None:
    with qtbot.captureExceptions() as caught:
        QTimer.singleShot(0, desktop.window, lambda: 1 / 0)
        qtbot.waitUntil(lambda: len(caught) == 1)
    assert desktop.window.isVisible()


def test_the_dialog_copies_the_report(qtbot, qapp) -> None:
    dialog = UnexpectedDialog("Traceback of it all")
    qtbot.addWidget(dialog)
    dialog._copy()
    assert qapp.clipboard().text() == "Traceback of it all"
