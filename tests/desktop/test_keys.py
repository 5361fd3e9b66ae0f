"""Keys: what the table of commands promises happens, and a control that needs a key itself keeps it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QLabel, QPushButton

from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.commands import COMMANDS, MENUS
from tasnet_gui.desktop.playback import Playback


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the loudspeaker was asked for; there is none in a test."""
    asked: list[str] = []
    for name in ("toggle", "play", "pause", "play_selection_once"):
        monkeypatch.setattr(Playback, name, lambda self, *about, name=name: asked.append(name))
    return asked


def press(qtbot, desktop: Desktop, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    desktop.window.activateWindow()
    desktop.window.lanes.lanes["mixture"].setFocus()
    qtbot.keyClick(desktop.window.focusWidget(), key, modifiers)


def test_no_key_means_two_things() -> None:
    keys = [QKeySequence(key).toString() for command in COMMANDS for key in command.keys]
    assert "" not in keys
    assert len(keys) == len(set(keys))


def test_no_letter_opens_two_lines_of_one_menu() -> None:
    for menu in MENUS:
        letters = [c.text[c.text.index("&") + 1].lower() for c in COMMANDS if c.menu == menu and "&" in c.text]
        assert len(letters) == len(set(letters)), menu


def test_every_command_of_the_menus_can_be_carried_out(separated: Desktop) -> None:
    names = {command.name for command in COMMANDS} - {
        "-",
        "recent",
        "theme",
        "text_size",
        "views",
        "model",
        "device",
        "output",
        "high_band",
        "channels",
    }
    assert names == set(separated.desk._do)


def test_space_plays_and_shift_space_plays_the_selection(qtbot, opened, pressed) -> None:
    press(qtbot, opened, Qt.Key.Key_Space)
    press(qtbot, opened, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    press(qtbot, opened, Qt.Key.Key_P)
    assert pressed == ["toggle", "play_selection_once", "play"]


def test_space_presses_the_button_that_was_reached_by_tab_and_does_not_play(qtbot, opened, pressed) -> None:
    button = opened.window.transport.loop
    opened.window.activateWindow()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert opened.session.state.looping
    assert pressed == []


def test_enter_presses_a_button_too(qtbot, opened) -> None:
    button = opened.window.transport.loop
    opened.window.activateWindow()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(button, Qt.Key.Key_Return)
    assert opened.session.state.looping


def test_keys_press_the_buttons_of_a_view_outside_the_window(qtbot, separated, pressed) -> None:
    window = separated.window
    window.bench.look(True)
    qtbot.waitUntil(lambda: window.inspector.inspection.learned is not None)
    dock, panel = window.bench.docks["masks"], window.bench.panels["masks"]
    dock.setFloating(True)
    qtbot.waitUntil(dock.isVisible)
    dock.activateWindow()
    qtbot.waitUntil(dock.isActiveWindow)
    window.inspector.light((3, 4))
    button = next(b for b in panel.findChildren(QPushButton) if b.text() == "Mute")
    qtbot.waitUntil(button.isEnabled)
    for number, key in enumerate((Qt.Key.Key_Space, Qt.Key.Key_Return), 1):
        button.setFocus()
        qtbot.keyClick(button, key)
        assert len(window.inspector.inspection.edits) == number
    assert pressed == []


def test_a_click_leaves_the_keyboard_where_it_was(qtbot, opened, pressed) -> None:
    press(qtbot, opened, Qt.Key.Key_1)
    qtbot.mouseClick(opened.window.transport.loop, Qt.MouseButton.LeftButton)
    assert opened.window.focusWidget() is opened.window.lanes.lanes["mixture"]


def test_arrows_move_the_slider_that_has_the_keyboard(qtbot, opened) -> None:
    slider = opened.window.transport.volume
    opened.window.activateWindow()
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    before = opened.session.state.mix.volume
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert opened.session.state.mix.volume < before
    qtbot.keyClick(slider, Qt.Key.Key_Home)
    assert opened.session.state.mix.volume == 0.0


def test_digits_choose_what_is_heard(qtbot, separated) -> None:
    for key, track in (
        (Qt.Key.Key_2, "speech"),
        (Qt.Key.Key_3, "noise"),
        (Qt.Key.Key_4, "remix"),
        (Qt.Key.Key_1, "mixture"),
    ):
        press(qtbot, separated, key)
        assert separated.session.state.heard == track


def test_s_and_m_on_a_lane_solo_and_mute_it(qtbot, separated) -> None:
    press(qtbot, separated, Qt.Key.Key_S)
    assert separated.session.state.mix.solo == {"mixture"}
    press(qtbot, separated, Qt.Key.Key_M)
    assert separated.session.state.mix.mute == {"mixture"}


def test_the_playhead_goes_to_the_ends_and_jumps(qtbot, opened) -> None:
    playback = opened.window.playback
    press(qtbot, opened, Qt.Key.Key_End)
    assert playback.position == pytest.approx(1.0)
    press(qtbot, opened, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert 0.0 < playback.position < 1.0
    press(qtbot, opened, Qt.Key.Key_Home)
    assert playback.position == 0.0


def test_zoom_keys_zoom(qtbot, opened) -> None:
    lanes, control = opened.window.lanes, Qt.KeyboardModifier.ControlModifier
    press(qtbot, opened, Qt.Key.Key_1, control)
    assert lanes.timeline.span == pytest.approx(0.5)
    press(qtbot, opened, Qt.Key.Key_3, control)
    assert lanes.timeline.span == pytest.approx(1.0)
    press(qtbot, opened, Qt.Key.Key_Equal, control)
    press(qtbot, opened, Qt.Key.Key_F)
    assert lanes.timeline.fits


def test_escape_undoes_the_nearest_thing(qtbot, opened, engine) -> None:
    engine.gate.clear()
    opened.session.select((0.2, 0.4))
    press(qtbot, opened, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: opened.session.state.arriving)
    press(qtbot, opened, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not opened.session.state.task)
    assert opened.session.state.selection is not None
    press(qtbot, opened, Qt.Key.Key_Escape)
    assert opened.session.state.selection is None


def test_select_all_and_loop(qtbot, opened) -> None:
    press(qtbot, opened, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert opened.session.state.selection == (0.0, 1.0)
    press(qtbot, opened, Qt.Key.Key_L)
    assert opened.session.state.looping
    assert opened.window.transport.loop.isChecked()


def test_what_makes_no_sense_now_cannot_be_chosen(desktop: Desktop) -> None:
    actions = desktop.window.commands.actions
    assert actions["open"].isEnabled()
    assert not actions["separate"].isEnabled()
    assert not actions["export"].isEnabled()
    assert not actions["play"].isEnabled()


def test_the_list_of_keys_names_every_key(qtbot, opened) -> None:
    press(qtbot, opened, Qt.Key.Key_F1)
    dialog = opened.window.findChild(QDialog)
    shown = " ".join(label.text() for label in dialog.findChildren(QLabel))
    for command in COMMANDS:
        for key in command.keys:
            assert QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) in shown
    qtbot.mouseClick(dialog.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
