"""The remix, equal loudness and what is heard while a key is held, as the window has them."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from tasnet_gui.audio.exports import ExportPlan
from tasnet_gui.desktop import hearing
from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.playback import Playback
from tasnet_gui.desktop.widgets.export_dialog import ExportDialog
from tasnet_gui.domain import OFF, TRACKS, Mix, Remix


@pytest.fixture
def playing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """It plays when the test says so; what was asked of the loudspeaker."""
    asked: list[str] = []

    def note(name: str, playing: bool):
        def act(self: Playback) -> None:
            asked.append(name)
            monkeypatch.setattr(Playback, "playing", playing)

        return act

    monkeypatch.setattr(Playback, "playing", False)
    monkeypatch.setattr(Playback, "play", note("play", True))
    monkeypatch.setattr(Playback, "stop", note("stop", False))
    return asked


@pytest.fixture
def clock(separated: Desktop) -> list[float]:
    """The time by which moves of a fader belong together or not, in a list of one."""
    now = [0.0]
    separated.desk._remixing._clock = lambda: now[0]
    return now


def undo(desktop: Desktop) -> None:
    desktop.window.commands.actions["undo"].trigger()


def redo(desktop: Desktop) -> None:
    desktop.window.commands.actions["redo"].trigger()


# Strength and faders


def test_moving_the_strength_lets_the_remix_be_heard_at_once(separated: Desktop, engine) -> None:
    bar, state = separated.window.remix_bar, separated.session.state
    result, computed = state.separation, len(engine.asked)
    bar.strength.slider.setValue(20)
    state = separated.session.state
    assert state.heard == "remix"
    assert state.mix.gains(TRACKS) == pytest.approx((0.0, 1.0, 0.1))
    assert bar.strength.readout.text() == "noise \N{MINUS SIGN}20 dB"
    bar.strength.slider.setValue(bar.strength.slider.maximum())
    assert separated.session.state.mix.gains(TRACKS) == (0.0, 1.0, 0.0)
    assert bar.strength.readout.text() == "noise off"
    assert separated.session.state.separation is result
    assert len(engine.asked) == computed


def test_the_button_of_the_faders_stays_under_the_mouse(qtbot, separated: Desktop) -> None:
    window, bar = separated.window, separated.window.remix_bar
    height, foot = bar.height(), window.height() - bar.faders.mapTo(window, QPoint()).y()
    bar.faders.click()
    qtbot.waitUntil(lambda: bar.height() > height)
    assert window.height() - bar.faders.mapTo(window, QPoint()).y() == foot


def test_strength_and_the_noise_fader_are_one(separated: Desktop) -> None:
    bar = separated.window.remix_bar
    assert not bar.noise.isVisible()
    bar.faders.click()
    assert bar.noise.isVisible()
    assert bar.speech.isVisible()
    bar.strength.slider.setValue(30)
    assert bar.noise.level == -30.0
    bar.noise.slider.setValue(bar.noise.slider.maximum())
    assert (bar.strength.level, bar.strength.readout.text()) == (0.0, "noise +12 dB")
    bar.speech.slider.setValue(0)
    assert separated.session.state.mix.remix == Remix(OFF, 12.0)


def test_moves_of_one_fader_are_undone_together(separated: Desktop, clock) -> None:
    session, slider = separated.session, separated.window.remix_bar.strength.slider
    before = session.state.mix.remix
    assert not session.state.undoable
    for value in (20, 25, 30):
        slider.setValue(value)
        clock[0] += hearing.TOGETHER / 2
    clock[0] += 2 * hearing.TOGETHER
    slider.setValue(40)
    undo(separated)
    assert session.state.mix.remix == Remix(0.0, -30.0)
    assert slider.value() == 30
    undo(separated)
    assert session.state.mix.remix == before
    assert not session.state.undoable
    redo(separated)
    redo(separated)
    assert session.state.mix.remix == Remix(0.0, -40.0)
    assert not session.state.redoable
    assert "noise \N{MINUS SIGN}40 dB" in separated.window.status.text


def test_what_was_undone_is_gone_once_something_new_is_done(separated: Desktop) -> None:
    bar = separated.window.remix_bar
    bar.strength.slider.setValue(20)
    undo(separated)
    bar.speech.slider.setValue(50)
    assert not separated.session.state.redoable
    undo(separated)
    assert separated.session.state.mix.remix == Remix()


def test_masks_and_faders_share_one_history(qtbot, separated: Desktop) -> None:
    window, session = separated.window, separated.session
    window.bench.look(True)
    qtbot.waitUntil(lambda: window.inspector.inspection.learned is not None)
    window.inspector.light((3, 4))
    qtbot.waitUntil(lambda: bool(window.inspector.inspection.spans))
    original = session.state.separation
    window.remix_bar.strength.slider.setValue(20)
    window.bench.panels["masks"].edit_asked.emit("mute", 1.0)
    qtbot.waitUntil(lambda: session.state.separation is not original)
    window.remix_bar.speech.slider.setValue(50)
    undo(separated)  # the speech fader
    assert session.state.mix.remix == Remix(0.0, -20.0)
    undo(separated)  # the masks
    qtbot.waitUntil(lambda: session.state.separation is original)
    assert not session.state.edited
    assert session.state.undoable
    undo(separated)  # the strength
    assert session.state.mix.remix == Remix()
    assert not session.state.undoable
    redo(separated)
    assert session.state.mix.remix == Remix(0.0, -20.0)
    redo(separated)
    qtbot.waitUntil(lambda: session.state.separation is not original)
    window.remix_bar.strength.slider.setValue(10)  # something new: the speech fader does not come back
    assert not session.state.redoable


def test_another_recording_keeps_the_remix_and_begins_a_new_history(qtbot, separated: Desktop, wav) -> None:
    separated.window.remix_bar.strength.slider.setValue(20)
    separated.session.open([wav("other.wav")])
    qtbot.waitUntil(lambda: separated.session.state.recording.name == "other.wav")
    state = separated.session.state
    assert state.mix == Mix(remix=Remix(0.0, -20.0))
    assert not state.undoable
    assert not separated.window.remix_bar.strength.isEnabled()
    separated.window.close()
    assert separated.session._preferences.value.remix_noise == -20.0


def test_the_export_is_of_what_is_heard(qtbot, separated: Desktop, tmp_path) -> None:
    from tasnet_gui.audio.files import read

    separated.window.remix_bar.strength.slider.setValue(20)
    separated.desk.carry_out("export")
    dialog = separated.window.findChild(ExportDialog)
    dialog.tracks["remix"].setChecked(True)
    plan = dialog.plan()
    dialog.reject()
    assert plan.remix == separated.session.state.mix.remix
    assert "remix" in plan.tracks
    with qtbot.waitSignal(separated.session.exported) as exported:
        separated.session.export(ExportPlan(tmp_path, ("remix",), remix=plan.remix))
    result = separated.session.state.separation
    gains = separated.session.state.mix.gains(TRACKS)
    heard = sum(np.float32(gain) * result.track(track) for gain, track in zip(gains, TRACKS, strict=True))
    np.testing.assert_array_equal(read(exported.args[0].paths[0]).samples, heard)


def test_solo_of_a_lane_takes_the_place_of_the_remix(separated: Desktop) -> None:
    session = separated.session
    session.hear("remix")
    session.toggle_mute("noise")
    assert session.state.mix.gains(TRACKS) == (0.0, 1.0, 0.0)
    session.toggle_solo("noise")
    assert session.state.heard == "noise"


# Equal loudness


def test_matching_is_measured_in_the_background_and_shown(qtbot, separated: Desktop) -> None:
    bar, session = separated.window.remix_bar, separated.session
    bar.match.click()
    assert session.state.matching
    qtbot.waitUntil(lambda: session.state.mix.leveller is not None)
    target = session.state.mix.leveller.target
    assert bar.match.isChecked()
    assert "LUFS" in bar.match.text()
    assert "Exports keep their own levels." in separated.window.status.text
    levels = {}
    for track in ("mixture", "speech", "noise"):
        session.hear(track)
        gain = max(session.state.mix.gains(TRACKS))
        levels[track] = gain * float(np.abs(session.state.separation.track(track)).max())
    assert max(levels.values()) == pytest.approx(min(levels.values()), rel=0.01)  # the parts of the fake are scaled
    assert target == pytest.approx(session.state.mix.leveller.loudness[0], abs=0.01)
    separated.desk.carry_out("match")
    assert session.state.mix.leveller is None
    assert max(session.state.mix.gains(TRACKS)) == 1.0
    assert bar.match.text() == "Match loudness"


def test_matching_goes_on_with_every_result_and_exports_do_not_know_of_it(qtbot, separated: Desktop, tmp_path) -> None:
    from tasnet_gui.audio.files import read

    session = separated.session
    separated.window.remix_bar.match.click()
    qtbot.waitUntil(lambda: session.state.mix.leveller is not None)
    first = session.state.mix.leveller
    session.choose_model("quick")
    assert session.state.mix.leveller is None
    session.separate()
    qtbot.waitUntil(lambda: session.state.mix.leveller is not None)
    assert session.state.mix.leveller is not first
    session.choose_model("careful")
    assert session.state.mix.leveller is first  # it was measured before
    with qtbot.waitSignal(session.exported) as exported:
        session.export(ExportPlan(tmp_path, ("speech",)))
    np.testing.assert_array_equal(read(exported.args[0].paths[0]).samples, session.state.separation.speech)


def test_what_cannot_be_measured_is_told(qtbot, desktop: Desktop, sound_file, tone) -> None:
    desktop.session.open([sound_file("short.wav", tone(seconds=0.2))])
    qtbot.waitUntil(lambda: desktop.session.state.warmed.device != "")
    desktop.session.separate()
    qtbot.waitUntil(lambda: desktop.session.state.separation is not None)
    desktop.window.remix_bar.match.click()
    qtbot.waitUntil(lambda: desktop.session.state.mix.leveller is not None)
    assert "too short" in desktop.window.status.text
    assert max(desktop.session.state.mix.gains(TRACKS)) == 1.0


# Held keys


def hold(qtbot, desktop: Desktop, key: Qt.Key) -> None:
    desktop.window.activateWindow()
    lane = desktop.window.lanes.lanes["speech"]
    lane.setFocus()
    qtbot.keyPress(lane, key)


def let_go(qtbot, desktop: Desktop, key: Qt.Key) -> None:
    qtbot.keyRelease(desktop.window.focusWidget(), key)


@pytest.mark.parametrize(("heard", "other"), [("speech", "mixture"), ("remix", "mixture"), ("mixture", "speech")])
def test_a_held_key_compares_mixture_and_result(qtbot, separated: Desktop, heard: str, other: str) -> None:
    separated.session.hear(heard)
    hold(qtbot, separated, Qt.Key.Key_A)
    assert separated.session.state.heard == other
    let_go(qtbot, separated, Qt.Key.Key_A)
    assert separated.session.state.heard == heard


def test_the_mixture_is_compared_with_the_result_heard_last(qtbot, separated: Desktop) -> None:
    for track in ("remix", "noise", "mixture"):
        separated.session.hear(track)
    hold(qtbot, separated, Qt.Key.Key_A)
    assert separated.session.state.heard == "remix"
    separated.session.set_volume(0.5)
    let_go(qtbot, separated, Qt.Key.Key_A)
    assert separated.session.state.mix == Mix(volume=0.5)


def test_n_plays_what_is_lost_for_as_long_as_it_is_held(qtbot, separated: Desktop, playing) -> None:
    separated.session.hear("speech")
    hold(qtbot, separated, Qt.Key.Key_N)
    assert (separated.session.state.heard, playing) == ("noise", ["play"])
    let_go(qtbot, separated, Qt.Key.Key_N)
    assert (separated.session.state.heard, playing) == ("speech", ["play", "stop"])
    separated.window.playback.play()
    playing.clear()
    hold(qtbot, separated, Qt.Key.Key_N)
    let_go(qtbot, separated, Qt.Key.Key_N)
    assert playing == []  # what played already goes on


def test_a_tapped_tab_moves_on_whether_it_plays_or_not(qtbot, separated: Desktop, playing) -> None:
    window = separated.window
    places = []
    for plays in (False, True):
        if plays:
            window.playback.play()
        hold(qtbot, separated, Qt.Key.Key_Tab)
        let_go(qtbot, separated, Qt.Key.Key_Tab)
        places.append(window.focusWidget())
        assert separated.session.state.heard == "mixture"
    assert places[0] is places[1]
    assert places[0] is not window.lanes.lanes["speech"]


def test_a_held_tab_compares_while_it_plays_and_stays_where_it_is(qtbot, separated: Desktop, playing) -> None:
    window = separated.window
    window.playback.play()
    with qtbot.waitSignal(window.keys.held):
        hold(qtbot, separated, Qt.Key.Key_Tab)
    assert separated.session.state.heard == "speech"
    let_go(qtbot, separated, Qt.Key.Key_Tab)
    assert separated.session.state.heard == "mixture"
    assert window.focusWidget() is window.lanes.lanes["speech"]


def test_where_nothing_plays_a_held_tab_goes_on_and_on(qtbot, separated: Desktop, playing) -> None:
    hold(qtbot, separated, Qt.Key.Key_Tab)
    first = separated.window.focusWidget()
    assert first is not separated.window.lanes.lanes["speech"]
    qtbot.keyPress(first, Qt.Key.Key_Tab)  # it repeats itself
    assert separated.window.focusWidget() is not first
    let_go(qtbot, separated, Qt.Key.Key_Tab)
    assert separated.session.state.heard == "mixture"


def test_a_key_that_is_held_when_the_window_goes_is_let_go(qtbot, separated: Desktop, qapp) -> None:
    from PySide6.QtCore import QEvent

    hold(qtbot, separated, Qt.Key.Key_A)
    assert separated.session.state.heard == "speech"
    qapp.sendEvent(separated.window, QEvent(QEvent.Type.WindowDeactivate))
    assert separated.session.state.heard == "mixture"
    assert math.isclose(max(separated.session.state.mix.gains(TRACKS)), 1.0)
