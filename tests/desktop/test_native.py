"""How a recording's own rate and channels are met: chosen in the menus, kept, and asked of the engine."""

from pathlib import Path

import pytest

from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.desktop.native import CHANNELS, HIGH_BANDS
from tasnet_gui.desktop.settings import load
from tasnet_gui.desktop.widgets.batch_options import BatchOptionsPanel
from tasnet_gui.engine import native


def test_every_choice_of_the_engine_has_a_name() -> None:
    assert tuple(HIGH_BANDS) == native.HIGH_BANDS
    assert tuple(CHANNELS) == native.CHANNELS


def action(menu, key: str):
    return next(action for action in menu.actions() if action.data() == key)


@pytest.mark.parametrize("key", native.HIGH_BANDS)
def test_the_high_band_is_asked_for_as_chosen(qtbot, opened, engine, key: str) -> None:
    menus = opened.window.native
    action(menus.high_band, key).trigger()
    assert action(menus.high_band, key).isChecked()
    with qtbot.waitSignal(opened.session.separation_changed, check_params_cb=lambda result: result is not None):
        opened.session.separate()
    assert engine.native == (key, "auto")


@pytest.mark.parametrize("key", native.CHANNELS)
def test_channels_are_asked_for_as_chosen(qtbot, opened, engine, key: str) -> None:
    menus = opened.window.native
    with qtbot.waitSignal(menus.said):
        action(menus.channels, key).trigger()
    assert [entry.data() for entry in menus.channels.actions() if entry.isChecked()] == [key]
    with qtbot.waitSignal(opened.session.separation_changed, check_params_cb=lambda result: result is not None):
        opened.session.separate()
    assert engine.native == ("full", key)


def test_choices_are_kept_and_nonsense_is_not(tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    file.write_text("[General]\nversion=1\nhigh_band=noise\nchannels=quadraphonic\n", encoding="utf-8")
    found = load(file)
    assert (found.high_band, found.channels) == ("noise", "auto")


def test_the_panel_of_a_batch_shows_and_tells_them(qtbot) -> None:
    panel = BatchOptionsPanel()
    qtbot.addWidget(panel)
    panel.show_options(BatchOptions(high_band="model", channels="each"))
    assert panel.options() == BatchOptions(high_band="model", channels="each")
    panel.high_band.setCurrentIndex(panel.high_band.findData("noise"))
    panel.high_band.activated.emit(panel.high_band.currentIndex())
    panel.channels.setCurrentIndex(panel.channels.findData("linked"))
    panel.channels.activated.emit(panel.channels.currentIndex())
    assert panel.options() == BatchOptions(high_band="noise", channels="linked")
