"""Tracks that leave the window: the file is whole before the drag begins, and stays when it is over."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from tasnet_gui.desktop import dragging
from tasnet_gui.desktop.app import Desktop


class Target(QWidget):
    """Another program: it takes what is dropped as files, and looks at them at once."""

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.taken: list[tuple[Path, int]] = []

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        self.taken += [(path, soundfile.info(path).frames) for path in paths]
        event.acceptProposedAction()


@pytest.fixture
def target(qtbot, monkeypatch) -> Target:
    """What every drag ends over, the button having been held down until then."""
    target = Target()
    qtbot.addWidget(target)

    def launch(source: QWidget, data: QMimeData) -> None:
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys)
        target.dragEnterEvent(enter)
        assert enter.isAccepted()
        target.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))

    monkeypatch.setattr(dragging, "launch", launch)
    monkeypatch.setattr(dragging, "held", lambda: True)
    return target


def pull(desktop: Desktop, track: str) -> None:
    header = desktop.window.lanes.headers[track]
    at = QPoint(4, header.height() - 4)  # below its buttons
    QTest.mousePress(header, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(header, at + QPoint(2, 0))
    QTest.mouseMove(header, at + QPoint(60, 10))
    QTest.mouseRelease(header, Qt.MouseButton.LeftButton, pos=at + QPoint(60, 10))


def test_a_finished_track_is_a_whole_file_when_it_is_dropped(qtbot, separated: Desktop, target: Target) -> None:
    pull(separated, "speech")
    qtbot.waitUntil(lambda: bool(target.taken))
    ((path, frames),) = target.taken
    recording = separated.session.state.recording
    assert (path.name, frames) == ("talk_speech.wav", recording.frames)
    assert soundfile.info(path).subtype == recording.subtype  # like the recording
    assert path.is_relative_to(dragging.folder())
    separated.window.close()
    assert path.is_file()  # who took it may only remember where it lies


def test_it_is_written_once(qtbot, separated: Desktop, target: Target) -> None:
    for times in (1, 2):
        pull(separated, "noise")
        qtbot.waitUntil(lambda times=times: len(target.taken) == times)
    assert target.taken[0] == target.taken[1]
    separated.session.set_mix(separated.session.state.mix)
    path = target.taken[0][0]
    path.unlink()
    pull(separated, "noise")
    qtbot.waitUntil(lambda: len(target.taken) == 3)
    assert path.is_file()


def test_who_lets_go_too_early_is_told_that_it_is_ready(qtbot, separated: Desktop, target: Target, monkeypatch) -> None:
    monkeypatch.setattr(dragging, "held", lambda: False)
    said: list[str] = []
    separated.session.said.connect(said.append)
    pull(separated, "speech")
    qtbot.waitUntil(lambda: "talk_speech.wav is ready. Drag it once more." in said)
    assert not target.taken


def test_a_recording_that_is_not_taken_apart_is_its_own_file(opened: Desktop, target: Target) -> None:
    pull(opened, "mixture")
    assert target.taken[0][0] == opened.session.state.recording.path
    pull(opened, "speech")
    assert len(target.taken) == 1


def test_a_click_or_a_small_move_writes_nothing(separated: Desktop, target: Target) -> None:
    header = separated.window.lanes.headers["speech"]
    QTest.mousePress(header, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    QTest.mouseMove(header, QPoint(5, 5))
    QTest.mouseRelease(header, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not dragging.folder().exists()


def test_the_keyboard_copies_the_heard_track_as_a_file(qtbot, separated: Desktop, monkeypatch) -> None:
    copied: list[Path] = []
    monkeypatch.setattr(dragging, "put", lambda data: copied.append(Path(data.urls()[0].toLocalFile())))
    separated.session.hear("noise")
    separated.desk.carry_out("copy_track")
    qtbot.waitUntil(lambda: bool(copied))
    assert copied[0].name == "talk_noise.wav"
    assert copied[0].is_file()


def test_a_file_on_the_clipboard_does_not_crash_the_end_of_the_program() -> None:
    code = (
        "from pathlib import Path; from PySide6.QtCore import QTimer; from PySide6.QtWidgets import QApplication;"
        "from tasnet_gui.desktop import dragging; app = QApplication([]); dragging.put(dragging.mime(Path('x.wav')));"
        "QTimer.singleShot(0, app.quit); app.exec()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_failure_is_told_and_the_next_drag_works(qtbot, separated: Desktop, target: Target, monkeypatch) -> None:
    dragging.folder().parent.mkdir(parents=True, exist_ok=True)
    dragging.folder().write_bytes(b"in the way")
    with qtbot.waitSignal(separated.session.failed) as failed:
        pull(separated, "speech")
    assert failed.args[0] is not None
    dragging.folder().unlink()
    pull(separated, "speech")
    qtbot.waitUntil(lambda: bool(target.taken))


def test_what_earlier_sessions_left_goes_after_a_week(qtbot, separated: Desktop, target: Target) -> None:
    old, young = (dragging.folder() / name for name in ("20200101-000000-1", "20991231-000000-2"))
    for path in (old, young):
        path.mkdir(parents=True)
        (path / "x.wav").write_bytes(b"")
    week = time.time() - 8 * 24 * 3600
    os.utime(old, (week, week))
    pull(separated, "speech")
    qtbot.waitUntil(lambda: bool(target.taken))
    assert not old.exists()
    assert young.exists()
