"""The blind comparison at the window: what sounds, what is counted, and that nothing but the ear can tell."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from tasnet_gui.desktop import blind as blind_module
from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.blind import Pair
from tasnet_gui.desktop.widgets.abx_dialog import AbxDialog

RATE = 16_000


@pytest.fixture
def fake(portaudio):
    return portaudio("loudspeaker", rates=(RATE,))


@pytest.fixture
def secret(monkeypatch) -> list[bool]:
    """What X is in the trials to come: True is A."""
    coming: list[bool] = [True] * 50
    real = blind_module.Abx
    monkeypatch.setattr(blind_module, "Abx", lambda trials: real(trials, lambda: coming.pop(0)))
    return coming


def begun(qtbot, desktop: Desktop, matched: bool = False, a: str = "Speech", b: str = "Mixture") -> AbxDialog:
    desktop.desk.carry_out("blind")
    dialog = desktop.window.findChildren(AbxDialog)[-1]
    dialog.match.setChecked(matched)
    dialog.a.setCurrentText(a)
    dialog.b.setCurrentText(b)
    dialog.trials.setCurrentText("8")
    dialog.begin.click()
    qtbot.waitUntil(lambda: dialog._count.text().startswith("Trial"))
    return dialog


def sounding(fake) -> np.ndarray:
    """What the device is given once the ramps are over, and where in the recording that is."""
    fake.streams[-1].pull(4000)
    return fake.streams[-1].pull(400)[:, 0]


def gain(desktop: Desktop, fake) -> float:
    """How loud what sounds is against the recording, at the same place."""
    player, sound = desktop.window.playback._player, desktop.session.state.recording.samples[0]
    fake.streams[-1].pull(4000)
    at = player.position
    heard = fake.streams[-1].pull(200)[:, 0]
    there = sound[at : at + 200]
    return float(heard @ there / (there @ there))


def everything_said(window: QWidget) -> list[tuple]:
    found = window.findChildren(QWidget)
    texts = [(w.accessibleName(), w.accessibleDescription(), w.toolTip(), w.isEnabled(), w.isVisible()) for w in found]
    return [*texts, *[w.text() for w in found if isinstance(w, (QLabel, QAbstractButton))]]


def pixels(widget: QWidget) -> bytes:
    image = widget.grab().toImage()  # held, or its memory is somebody else's before it is copied
    return bytes(image.constBits())


def test_a_b_and_x_are_heard_by_their_keys(qtbot, separated: Desktop, fake, secret) -> None:
    secret[:2] = [False, True]  # X is B, then A
    dialog = begun(qtbot, separated)
    expected = {"A": 0.75, "B": 1.0, "X": 1.0}
    for key, wanted in expected.items():
        qtbot.keyClick(dialog, getattr(Qt.Key, f"Key_{key}"))
        assert separated.window.playback.playing
        assert gain(separated, fake) == pytest.approx(wanted, abs=0.01)
        assert [name for name, button in dialog.hear.items() if button.isChecked()] == [key]
    qtbot.keyClick(dialog, Qt.Key.Key_2)
    assert not any(button.isChecked() for button in dialog.hear.values())
    assert dialog._count.text() == "Trial 2 of 8"
    assert not separated.window.playback.playing
    qtbot.keyClick(dialog, Qt.Key.Key_X)
    assert gain(separated, fake) == pytest.approx(0.75, abs=0.01)
    dialog.accept()


def test_once_begun_the_keyboard_is_on_what_is_heard_and_not_on_close(qtbot, separated: Desktop, fake, secret) -> None:
    dialog = begun(qtbot, separated)
    assert dialog.focusWidget() is dialog.hear["A"]
    assert not dialog.begin.isVisible()
    dialog.accept()


def test_both_are_made_equally_loud_by_lowering_the_louder(qtbot, separated: Desktop, fake, secret) -> None:
    dialog = begun(qtbot, separated, matched=True)
    for key in "AB":
        dialog.hear[key].click()
        assert gain(separated, fake) == pytest.approx(0.75, abs=0.01)
    dialog.accept()


def test_nothing_on_the_screen_tells_what_x_is(qtbot, separated: Desktop, fake, secret) -> None:
    seen = []
    for truth in (True, False):
        secret[:1] = [truth]
        dialog = begun(qtbot, separated)
        for key in "AXBX":
            dialog.hear[key].click()
            sounding(fake)
            separated.desk.listening.metering._timer.timeout.emit()
        said = everything_said(dialog), everything_said(separated.window.transport)
        pictures = [pixels(w) for w in (dialog, separated.window.transport.meter)]
        seen.append((said, pictures, separated.session.state))
        assert separated.window.transport.meter.texts[0] == "Hidden in a blind test"
        dialog.accept()
        separated.window.playback.seek(0.0)
    assert seen[0] == seen[1]


def test_the_result_is_told_after_the_last_trial_and_can_be_copied(qtbot, separated: Desktop, fake, secret) -> None:
    dialog = begun(qtbot, separated)  # X is always A
    for number, said in enumerate("AAAAABAA", 1):
        assert dialog._count.text() == f"Trial {number} of 8"
        assert dialog._result.text() == ""
        dialog.say[said].click()
    assert dialog._count.text() == "7 of 8 correct, p = 0.035"
    assert not dialog.hear["X"].isEnabled()
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines()[:3] == ["Blind comparison (ABX) of talk.wav", "A: Speech", "B: Mixture"]
    assert "7 of 8 correct, p = 0.035" in copied
    dialog.again.click()
    dialog.begin.click()
    qtbot.waitUntil(lambda: dialog._count.text() == "Trial 1 of 8")
    dialog.accept()


def test_two_models_are_compared_over_the_selection(qtbot, separated: Desktop, fake, secret) -> None:
    separated.session.choose_model("quick")
    separated.session.separate()
    qtbot.waitUntil(lambda: separated.session.state.separation is not None)
    separated.session.select((0.25, 0.75))
    dialog = begun(qtbot, separated, a="Speech, Best quality", b="Speech, No look-ahead")
    dialog.hear["A"].click()
    assert gain(separated, fake) == pytest.approx(0.75, abs=0.01)
    dialog.hear["B"].click()
    assert gain(separated, fake) == pytest.approx(0.25, abs=0.01)
    fake.streams[-1].pull(RATE)
    assert 0.25 <= separated.window.playback._player.position / RATE <= 0.76
    dialog.accept()


def test_afterwards_everything_is_heard_as_before_whatever_happened_meanwhile(qtbot, separated, fake, secret) -> None:
    separated.session.hear("noise")
    dialog = begun(qtbot, separated)
    dialog.hear["X"].click()
    separated.session.set_volume(0.5)  # the mix changes behind the dialog: A is still what sounds
    assert gain(separated, fake) == pytest.approx(0.75, abs=0.01)
    dialog.reject()
    assert not separated.window.playback.playing
    separated.desk.carry_out("play")
    assert gain(separated, fake) == pytest.approx(0.125, abs=0.01)
    assert separated.session.state.heard == "noise"
    assert separated.window.findChildren(AbxDialog) == [] or dialog.isHidden()


def test_the_same_sound_twice_cannot_be_compared(separated: Desktop) -> None:
    separated.desk.carry_out("blind")
    (dialog,) = separated.window.findChildren(AbxDialog)
    dialog.b.setCurrentText(dialog.a.currentText())
    assert not dialog.begin.isEnabled()
    assert dialog._trouble.text() == "Choose two different sounds."
    dialog.reject()


def test_a_pair_lets_one_be_heard_at_its_own_level() -> None:
    pair = Pair(solo=frozenset("B"), volume=0.5, levels=(1.0, 0.25))
    assert pair.gains(("A", "B")) == (0.0, 0.125)
