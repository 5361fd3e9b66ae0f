"""What the window says: for as long as it is true, to those who see it and to those who hear it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.widgets.parts import Elided
from tasnet_gui.domain import ModelError

ANSWERS = ("Resume", lambda: None), ("Forget it", lambda: None)


def visible(window: QWidget, kind: type) -> list:
    return [child for child in window.findChildren(kind) if child.isVisibleTo(window)]


def test_an_error_outlives_the_end_of_a_track_and_trouble_with_playing_does_not(opened) -> None:
    banner, playback = opened.window.banner, opened.window.playback
    banner.show_error(ModelError("The disk is full.", "Make room."))
    banner.offer_way_out("Export elsewhere…", "Choose another folder", lambda: None)
    for playing in (True, False):
        playback.playing_changed.emit(playing)
        assert banner.isVisible()
    banner.show_trouble("No sound device was found.")
    playback.playing_changed.emit(False)
    assert banner.isVisible()
    playback.playing_changed.emit(True)
    assert not banner.isVisible()
    banner.show_done("Saved 2 files.", action="Show in folder")
    assert banner._action.accessibleDescription() == "Open the folder that holds the new files"


def test_a_question_waits_for_its_answer_while_another_recording_is_opened(qtbot, opened, wav) -> None:
    banner = opened.window.banner
    for asks in (False, True):
        if asks:
            banner.offer("Resume?", "", *ANSWERS)
        else:
            banner.show_done("Saved.")
        opened.session.open([wav("other.wav")])
        qtbot.waitUntil(lambda: not opened.session.state.task)
        assert banner.isVisible() == asks


def test_news_pass_and_the_line_tells_of_the_result_again(qtbot, separated: Desktop, monkeypatch) -> None:
    status = separated.window.status
    summary = status.text
    assert summary.startswith("Speech + noise")
    status._passing.setInterval(1)
    status.say("All tracks are heard at their own levels.")
    assert status.text.startswith("All tracks")
    qtbot.waitUntil(lambda: status.text == summary)
    status._passing.setInterval(60_000)
    status.say("Back to what the network said.")
    separated.desk.carry_out("queue")
    assert status.text == ""  # it would say nothing of the queue
    separated.desk.carry_out("queue")
    assert status.text == summary


def test_a_label_is_heard_with_its_name_and_its_text(separated: Desktop) -> None:
    told = [label for label in visible(separated.window, QLabel) if label.text() and label.accessibleName()]
    assert len(told) > 8
    assert [label.accessibleName() for label in told if label.text() not in label.accessibleName()] == []


def test_the_tooltip_of_a_text_that_does_not_fit_is_that_text(qtbot) -> None:
    line = Elided("short")
    qtbot.addWidget(line)
    line.resize(100, 20)
    assert line.toolTip() == ""
    for text in ("a long sentence that has no room here", "another one that has no room either"):
        line.setText(text)
        assert line.toolTip() == text
    line.setText("short")
    assert line.toolTip() == ""


def test_the_mark_of_focus_is_for_those_who_use_the_keyboard(qtbot, opened: Desktop) -> None:
    lane = opened.window.lanes.lanes["speech"]
    opened.window.activateWindow()
    lane.setFocus(Qt.FocusReason.MouseFocusReason)
    by_mouse = lane.grab().toImage()
    lane.setFocus()
    qtbot.keyClick(lane, Qt.Key.Key_Shift)
    assert lane.grab().toImage() != by_mouse
    lane.clearFocus()
    lane.setFocus(Qt.FocusReason.TabFocusReason)
    assert lane.grab().toImage() != by_mouse
