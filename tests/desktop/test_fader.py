"""Faders: every step says what it does, and the panel of the batch has one for its remix."""

import math

import pytest

from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.desktop.widgets.batch_options import BatchOptionsPanel
from tasnet_gui.desktop.widgets.fader import LEVEL, STRENGTH, Fader
from tasnet_gui.domain import OFF, Remix


def test_the_ends_are_mixture_and_speech_only_or_off_and_louder() -> None:
    assert (STRENGTH[0], STRENGTH[1], STRENGTH[-2], STRENGTH[-1]) == (0.0, -1.0, -60.0, OFF)
    assert (LEVEL[0], LEVEL[1], LEVEL[-1]) == (OFF, -60.0, 12.0)


@pytest.mark.parametrize("scale", [STRENGTH, LEVEL])
def test_each_step_is_reported_and_shown(qtbot, scale) -> None:
    fader = Fader("Noise", "How loud", scale)
    qtbot.addWidget(fader)
    told: list[float] = []
    fader.moved.connect(told.append)
    for step in range(1, len(scale)):
        fader.slider.setValue(step)
    assert told == list(scale[1:])
    for level in scale:
        fader.show_level(level)
        assert fader.level == level
    assert len(told) == len(scale) - 1  # what is shown is not reported


def test_a_level_between_two_steps_is_told_as_it_is(qtbot) -> None:
    fader = Fader("Noise", "How loud", STRENGTH)
    qtbot.addWidget(fader)
    fader.show_level(-12.4)
    assert fader.level == -12.0
    assert fader.readout.text() == "\N{MINUS SIGN}12.4 dB"
    assert "12.4" in fader.slider.accessibleDescription()
    fader.show_level(OFF)
    assert fader.readout.text() == "off"


def test_in_a_batch_a_remix_brings_its_strength(qtbot) -> None:
    panel = BatchOptionsPanel()
    qtbot.addWidget(panel)
    panel.show_options(BatchOptions(strength=12.5))
    assert not panel.strength.isVisibleTo(panel)
    panel.tracks["remix"].click()
    assert panel.strength.isVisibleTo(panel)
    assert panel.options().strength == 12.5
    panel.strength.slider.setValue(20)
    assert panel.options().strength == 20.0
    panel.strength.slider.setValue(panel.strength.slider.maximum())
    assert panel.options().remix == Remix.of_strength(math.inf)
