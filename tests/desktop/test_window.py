"""The window: one obvious next step in every state, everything by keyboard, nothing lost and nothing frozen."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QTabBar, QWidget

from tasnet_gui.desktop import window as window_module
from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.session import SEPARATING
from tasnet_gui.desktop.widgets.parts import Elided
from tasnet_gui.desktop.window import Window
from tasnet_gui.domain import ModelError


def visible(window: QWidget, kind: type) -> list:
    return [child for child in window.findChildren(kind) if child.isVisibleTo(window)]


def primary(window: Window) -> list[str]:
    """What stands on the filled buttons."""
    return [button.text() for button in visible(window, QAbstractButton) if button.property("role") == "primary"]


def mime(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drag(window: Window, data: QMimeData) -> QDragEnterEvent:
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(400, 300), copy, data, left, none)
    event.ignore()
    window.dragEnterEvent(event)
    return event


def drop(window: Window, data: QMimeData) -> None:
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(400, 300), copy, data, left, none))


# One obvious next step


def test_an_empty_window_says_what_to_do_and_shows_nothing_else(desktop: Desktop) -> None:
    window = desktop.window
    assert primary(window) == ["Open…"]
    assert window.drop_zone.isVisible()
    assert not window.header.isVisible()
    assert not window.transport.isVisible()


def test_a_recording_offers_to_be_separated(opened: Desktop) -> None:
    assert primary(opened.window) == ["Separate"]
    assert opened.window.lanes.isVisible()
    assert "talk.wav" in opened.window.windowTitle()


def test_while_it_works_the_button_becomes_progress_and_cancel_in_the_same_place(qtbot, opened, engine) -> None:
    action = opened.window.header.action
    engine.gate.clear()
    before = action._pages.geometry()
    action.separate.click()
    qtbot.waitUntil(lambda: action.progress.value() == 500)
    assert primary(opened.window) == []
    assert action.cancel.isVisible()
    assert action._pages.geometry() == before
    assert action.progress.text() == "50 %  ·  1 s left"
    action.cancel.click()
    qtbot.waitUntil(lambda: primary(opened.window) == ["Separate"])


def test_a_result_hands_the_next_step_to_export(separated: Desktop) -> None:
    assert primary(separated.window) == ["Export…"]
    again = separated.window.header.action.again
    assert again.isVisible()
    assert again.property("role") == ""


def test_another_model_offers_to_separate_and_the_first_one_still_has_its_result(separated: Desktop) -> None:
    separated.session.choose_model("quick")
    assert primary(separated.window) == ["Separate"]
    separated.session.choose_model("careful")
    assert primary(separated.window) == ["Export…"]


def test_a_failure_is_a_banner_with_the_next_step_and_no_dialog(qtbot, opened, engine) -> None:
    window = opened.window
    engine.failure = ModelError("The weights are damaged.", "Install the model again.")
    opened.session.separate()
    qtbot.waitUntil(window.banner.isVisible)
    assert window.banner.text == "The weights are damaged. Install the model again."
    assert window.findChild(QDialog) is None
    assert primary(window) == ["Separate"]
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.banner.isVisible()


def test_an_error_goes_when_the_next_work_begins_and_a_confirmation_stays(qtbot, opened, engine) -> None:
    window = opened.window
    window.banner.show_trouble("No sound device was found.")
    engine.gate.clear()
    opened.session.separate()
    assert not window.banner.isVisible()
    engine.gate.set()
    qtbot.waitUntil(lambda: opened.session.state.separation is not None)
    window.banner.show_done("Saved 2 files.")
    opened.session.separate()
    assert window.banner.isVisible()


def test_closing_the_recording_brings_the_drop_zone_back(opened: Desktop) -> None:
    opened.desk.carry_out("close")
    assert opened.window.drop_zone.isVisible()
    assert not opened.window.header.isVisible()
    assert opened.window.windowTitle() == "TasNet Studio"


# What is shown


def test_a_name_is_never_taken_for_html(qtbot, desktop: Desktop, wav) -> None:
    desktop.session.open([wav("<b>bold &amp; %s.wav")])
    qtbot.waitUntil(lambda: desktop.window.header.isVisible())
    labels = visible(desktop.window, QLabel)
    assert [label for label in labels if label.text() == "<b>bold &amp; %s.wav"]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in labels if label.text())


def test_the_status_line_tells_the_truth(separated: Desktop) -> None:
    assert "within −150 dB" in separated.window.status.text
    assert separated.window.status._cost.text() == "Separated in 0.5 s on the CPU, 2.0× real time."
    assert separated.window.header.device.text().startswith("CPU, ")
    assert "No GPU was found." in separated.window.header.device.toolTip()


def test_parts_are_drawn_and_can_be_heard_as_they_come(qtbot, opened, engine) -> None:
    engine.gate.clear()
    opened.session.separate()
    hear = opened.window.transport.hear
    assert not hear.button("speech").isEnabled()
    qtbot.waitUntil(lambda: hear.button("speech").isEnabled())
    qtbot.mouseClick(hear.button("speech"), Qt.MouseButton.LeftButton)
    assert opened.session.state.heard == "speech"


def test_the_segments_show_what_is_heard_not_what_was_clicked(separated: Desktop) -> None:
    hear = separated.window.transport.hear
    separated.session.hear("noise")
    assert hear.button("noise").isChecked()
    separated.session.toggle_solo("speech")
    assert not any(hear.button(track).isChecked() for track in ("mixture", "speech", "noise"))


def test_a_palette_reaches_every_view_live(separated: Desktop, qapp) -> None:
    before = separated.window.grab().toImage().pixelColor(5, 300)
    separated.window.theme_menu.chosen.emit("dark")
    after = separated.window.grab().toImage().pixelColor(5, 300)
    assert after.lightness() < 80 < before.lightness()


# Files over the window


def test_a_dragged_file_is_announced_and_dropped_files_are_opened(qtbot, desktop: Desktop, wav) -> None:
    window, path = desktop.window, wav("talk.wav")
    assert drag(window, mime(path)).isAccepted()
    assert window.drop_zone._title.text() == "Drop to open talk.wav"
    assert not window.drop_zone.open_button.isVisible()  # one thing at a time
    window.dragLeaveEvent(QDragLeaveEvent())
    assert window.drop_zone._title.text() == "Drop a recording here"
    assert window.drop_zone.open_button.isVisible()
    drag(window, mime(path))
    drop(window, mime(path))
    qtbot.waitUntil(lambda: desktop.session.state.recording is not None)
    drag(window, mime(path, path))
    assert window.overlay.isVisible()
    drop(window, mime(path))
    assert not window.overlay.isVisible()


def test_a_track_that_is_let_go_over_its_own_window_is_not_opened(separated: Desktop, wav, monkeypatch) -> None:
    path = wav("talk_speech.wav")
    monkeypatch.setattr(QDragEnterEvent, "source", lambda _: separated.window.lanes)
    assert not drag(separated.window, mime(path)).isAccepted()
    assert not separated.window.overlay.isVisible()


def test_what_is_no_file_is_not_accepted(desktop: Desktop) -> None:
    text = QMimeData()
    text.setText("hello")
    assert not drag(desktop.window, text).isAccepted()


# Everything by keyboard, with a name


def dialogs(separated: Desktop) -> Iterator[QWidget]:
    for name in ("export", "keys", "about", "blind"):
        separated.desk.carry_out(name)
        dialog = separated.window.findChildren(QDialog)[-1]
        yield dialog
        dialog.reject()


def controls(window: QWidget) -> list[QWidget]:
    """What can be operated: all that takes the keyboard, and all buttons, without Qt's own inner parts."""
    inner = ("qt_", "QComboBoxPrivate")
    found = [w for w in window.findChildren(QWidget) if not w.objectName().startswith("qt_")]
    found = [w for w in found if w.metaObject().className() not in ("QMenuBar", "QMenu", "QComboBoxListView")]
    found = [w for w in found if not isinstance(w.parent(), QTabBar)]  # its arrows for scrolling; the keys do the same
    return [
        w
        for w in found
        if w.window() is window
        and not w.metaObject().className().startswith(inner)
        and (w.focusPolicy() != Qt.FocusPolicy.NoFocus or isinstance(w, QAbstractButton))
    ]


def test_every_control_has_a_name_a_description_and_a_way_by_keyboard(separated: Desktop) -> None:
    found = 0
    for window in (separated.window, *dialogs(separated)):
        for control in controls(window):
            found += 1
            told = (type(control).__name__, control.accessibleName(), control.accessibleDescription())
            assert all(told), told
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus or control is separated.window.drop_zone, told
    assert found > 40


def test_tab_goes_from_the_top_to_the_bottom_and_from_left_to_right(separated: Desktop) -> None:
    window = separated.window
    seen, widget = [], window.header._open
    while widget not in seen:
        seen.append(widget)
        widget = widget.nextInFocusChain()
        while not (
            widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(window) and widget.isEnabled()
        ):
            widget = widget.nextInFocusChain()
    order = [window.header, window.bench, window.remix_bar, window.transport]
    places = [next(n for n, bar in enumerate(order) if bar.isAncestorOf(widget)) for widget in seen]
    assert places == sorted(places)
    blocks = window.transport._folding._blocks  # beside each other, or one below the other in a narrow window
    bar = [
        (next(n for n, block in enumerate(blocks) if block.isAncestorOf(widget)), widget.mapTo(window, QPoint()).x())
        for widget in seen
        if window.transport.isAncestorOf(widget)
    ]
    assert bar == sorted(bar)


def cut_off(window: Window) -> list[tuple[str, QSize, QSize]]:
    """Texts with less room than they want, with the room they have and want."""
    short = []
    for text in [*visible(window, QLabel), *visible(window, QAbstractButton)]:
        if isinstance(text, QLabel) and text.wordWrap():
            continue
        wanted = text.minimumSizeHint() if isinstance(text, Elided) else text.sizeHint()
        # Segments are as high as buttons, not as they would like.
        if text.height() < wanted.height() - 4 or text.width() < min(wanted.width(), window.width()):
            short.append((text.text(), text.size(), wanted))
    return short


@pytest.mark.parametrize("size", [(960, 600), (1280, 800)])
@pytest.mark.parametrize("percent", [100, 150, 200])
def test_no_text_is_cut_off(qtbot, separated: Desktop, size: tuple[int, int], percent: int) -> None:
    window = separated.window
    window.text_size_menu.chosen.emit(percent)
    window.resize(*size)
    with suppress(qtbot.TimeoutError):  # a folding layout takes two rounds of events
        qtbot.waitUntil(lambda: not cut_off(window))
    assert not cut_off(window)


def test_the_window_can_be_made_as_small_as_promised(qapp, separated: Desktop) -> None:
    separated.window.resize(960, 600)
    qapp.processEvents()
    assert (separated.window.width(), separated.window.height()) == (960, 600)


def test_large_text_on_a_small_screen_scrolls_instead_of_leaving_the_screen(qtbot, separated: Desktop) -> None:
    window = separated.window
    window.text_size_menu.chosen.emit(200)
    window.remix_bar.faders.click()
    room = window.centralWidget()
    qtbot.waitUntil(lambda: window.minimumSizeHint().height() <= window.screen().availableSize().height())
    window.resize(1280, 600)
    qtbot.waitUntil(lambda: room.verticalScrollBar().maximum() > 0)
    last = window.transport.inside
    last.setFocus(Qt.FocusReason.TabFocusReason)
    room.ensureWidgetVisible(last)
    assert room.rect().contains(last.mapTo(room, last.rect().center()))


# Closing


def test_closing_while_it_works_asks_once_and_can_be_refused(qtbot, opened, engine, monkeypatch) -> None:
    asked = []
    monkeypatch.setattr(window_module, "ask_whether_to_close", lambda *about: asked.append(about[1]))
    engine.gate.clear()
    opened.session.separate()
    qtbot.waitUntil(lambda: opened.session.state.arriving)
    assert not opened.window.close()
    assert asked == ["The separation"]
    assert opened.session.state.task == SEPARATING


def test_closing_while_it_works_gives_the_work_up(qtbot, opened, engine, monkeypatch) -> None:
    monkeypatch.setattr(window_module, "ask_whether_to_close", lambda *_: True)
    engine.gate.clear()
    opened.session.separate()
    qtbot.waitUntil(lambda: opened.session.state.arriving)
    assert opened.window.close()
    assert opened.session.joined
    assert engine.closed == 1


def test_an_idle_window_closes_without_a_question(opened: Desktop, monkeypatch) -> None:
    monkeypatch.setattr(window_module, "ask_whether_to_close", lambda *_: pytest.fail("asked"))
    assert opened.window.close()


def test_the_place_and_the_volume_are_there_at_the_next_start(opened: Desktop, preferences) -> None:
    opened.window.setGeometry(30, 40, 1100, 700)
    opened.session.set_volume(0.5)
    opened.window.close()
    assert preferences.value.window == (30, 40, 1100, 700)
    assert preferences.value.volume == 0.5
