"""Looking inside: hidden until it is asked for, one line in a table for each view, and the same for all of them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.panels import VIEWS
from tasnet_gui.desktop.widgets.dock import HelpCard
from tasnet_gui.desktop.widgets.reach import reach
from tasnet_gui.nets.config import ConvTasNetConfig


def texts(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_the_first_look_is_calm(separated: Desktop) -> None:
    assert not separated.window.bench.looking
    assert not separated.window.transport.inside.isChecked()


def test_one_button_opens_every_view_and_puts_them_away_again(qtbot, separated: Desktop) -> None:
    window = separated.window
    qtbot.mouseClick(window.transport.inside, Qt.MouseButton.LeftButton)
    assert [key for key, dock in window.bench.docks.items() if not dock.isHidden()] == [v.key for v in VIEWS]
    assert window.transport.inside.isChecked()
    assert window.commands.actions["look"].isChecked()
    separated.desk.carry_out("look")
    assert not window.bench.looking
    assert not window.transport.inside.isChecked()


@pytest.mark.parametrize("key", [view.key for view in VIEWS])
def test_every_view_says_what_one_sees_and_how_to_read_it(qtbot, separated: Desktop, key: str) -> None:
    dock = separated.window.bench.docks[key]
    dock.show()
    dock.raise_()
    dock.bar.help.click()
    card = separated.window.bench.findChild(HelpCard)
    assert card.isVisible()
    assert len(texts(card)) > 200
    qtbot.keyClick(card, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: separated.window.bench.findChild(HelpCard) is None)


@pytest.mark.parametrize("key", [view.key for view in VIEWS])
def test_every_view_is_in_the_menu_and_can_be_drawn(separated: Desktop, key: str) -> None:
    bench = separated.window.bench
    assert bench.docks[key].toggleViewAction() in bench.menu.actions()
    bench.docks[key].toggleViewAction().trigger()
    bench.docks[key].raise_()
    assert not bench.docks[key].isHidden()
    picture = bench.panels[key].grab().toImage()
    shades = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
    assert len(shades) > 1


def test_the_model_card_has_the_papers_letters(separated: Desktop) -> None:
    separated.window.bench.look(True)
    said = texts(separated.window.bench.panels["model"])
    for part in ("Best quality", "N  basis functions", "Sc  channels of the skip paths", "MIT"):
        assert part in said
    separated.session.choose_model("quick")
    assert "causal: never looks ahead" in texts(separated.window.bench.panels["model"])


def test_the_axis_shows_how_far_the_model_hears_while_its_card_is_open(separated: Desktop) -> None:
    axis = separated.window.lanes.axis
    axis.show_playhead(0.5)
    plain = axis.grab().toImage()
    separated.window.bench.look(True)
    separated.window.bench.docks["model"].raise_()
    assert axis.grab().toImage() != plain
    separated.window.bench.look(False)
    assert axis.grab().toImage().copy(0, 0, 40, 8) == plain.copy(0, 0, 40, 8)


def test_the_drawn_reach_is_the_configs() -> None:
    for causal in (False, True):
        config = ConvTasNetConfig(causal=causal, norm="cLN")
        past, future = reach(config)
        assert past + future == pytest.approx(config.receptive_field)
        assert future == pytest.approx(config.look_ahead, abs=config.kernel / config.rate)
