"""Looking inside: hidden until it is asked for, one line in a table for each view, and the same for all of them."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from tasnet_gui.analysis.moment import at_moment
from tasnet_gui.analysis.orders import ORDERS, Order
from tasnet_gui.desktop.app import Desktop
from tasnet_gui.desktop.panels import VIEWS
from tasnet_gui.desktop.views.filter_card import parts
from tasnet_gui.desktop.widgets.dock import HelpCard
from tasnet_gui.desktop.widgets.reach import reach
from tasnet_gui.desktop.widgets.rows import fitted
from tasnet_gui.engine.native import Native
from tasnet_gui.nets.config import ConvTasNetConfig


@pytest.fixture
def looking(qtbot, separated: Desktop) -> Desktop:
    """The window with all views open, and all there that they need."""
    separated.window.bench.look(True)
    qtbot.waitUntil(lambda: separated.window.inspector.inspection.learned is not None)
    return separated


def turn_to(qtbot, desktop: Desktop, key: str):
    """Bring a view to the front; it."""
    bench = desktop.window.bench
    bench.docks[key].show()
    bench.docks[key].raise_()
    qtbot.waitUntil(lambda: bench.panels[key].active)
    return bench.panels[key]


def texts(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def test_rows_are_never_those_of_another_model(qtbot, looking: Desktop) -> None:
    """The order by energy needs a result, which the other model has not given yet."""
    window = looking.window
    window.inspector.choose_order("energy")
    basis = turn_to(qtbot, looking, "basis")
    looking.session.choose_model("quick")
    inspector = window.inspector
    qtbot.waitUntil(lambda: inspector.inspection.model.name == "quick" and inspector.inspection.learned is not None)
    assert inspector.inspection.order.name == "similarity"
    assert basis._drawn[0] is inspector.inspection.learned.basis
    assert basis.order.currentData() == "similarity"
    looking.session.choose_model("careful")
    assert inspector.inspection.order.name == "energy"


@pytest.mark.parametrize(
    ("share", "told"),
    [(0.025, ("2.5 %", "97.5 %")), (0.5, ("50 %", "50 %")), (0.9996, ("100 %", "0 %")), (0.996, ("99.6 %", "0.4 %"))],
)
def test_two_shares_add_up(share: float, told: tuple[str, str]) -> None:
    assert parts(share) == told


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


def test_the_model_card_has_the_papers_letters(qtbot, separated: Desktop) -> None:
    turn_to(qtbot, separated, "model")
    said = texts(separated.window.bench.docks["model"])
    for part in ("Best quality", "N  basis functions", "Sc  channels of the skip paths", "MIT"):
        assert part in said
    separated.session.choose_model("quick")
    assert "causal: never looks ahead" in texts(separated.window.bench.panels["model"])


def test_the_axis_shows_how_far_the_model_hears_while_its_card_is_open(qtbot, separated: Desktop) -> None:
    axis, bench = separated.window.lanes.axis, separated.window.bench
    bench.look(True)
    axis.show_playhead(0.5)
    pictures = []
    for key in ("basis", "model", "basis"):
        turn_to(qtbot, separated, key)
        qtbot.waitUntil(lambda key=key: bench.panels["model"].active == (key == "model"))
        pictures.append(axis.grab().toImage())
    assert pictures[1] != pictures[0]
    assert pictures[2] == pictures[0]


def test_the_drawn_reach_is_the_configs() -> None:
    for causal in (False, True):
        config = ConvTasNetConfig(causal=causal, norm="cLN")
        past, future = reach(config)
        assert past + future == pytest.approx(config.receptive_field)
        assert future == pytest.approx(config.look_ahead, abs=config.kernel / config.rate)


# One order, lit everywhere


def test_before_a_model_is_known_nothing_is_asked_of_it(opened: Desktop, engine) -> None:
    assert opened.window.inspector.inspection.learned is None
    assert engine.inspected == []


def test_all_orders_can_be_chosen_once_there_is_a_result(looking: Desktop) -> None:
    inspection = looking.window.inspector.inspection
    assert set(inspection.orders) == set(ORDERS)
    for order in inspection.orders.values():
        np.testing.assert_array_equal(order.forward[order.inverse], np.arange(len(order)))


def test_every_view_puts_the_same_filter_into_the_same_row(qtbot, looking: Desktop) -> None:
    """Drawn with one filter that differs from all others, each picture shows it in the row that the order says."""
    window = looking.window
    window.inspector.choose_order("frequency")
    inspection = window.inspector.inspection
    order, number = inspection.order, 5
    row = int(order.inverse[number])
    pictures = inspection.inside.pictures
    masks = window.bench.panels["masks"]
    source = masks.heatmaps[0]._source
    drawn = source.image(0.2, 0.8, 4, len(order))
    np.testing.assert_array_equal(drawn[row], pictures.image("speech", 0.2, 0.8, 4)[number])
    basis = turn_to(qtbot, looking, "basis")
    wave = basis.matrices[0]._rows[row].astype(float) - 128
    encoder = inspection.learned.basis.encoder[number]
    assert np.corrcoef(wave, encoder)[0, 1] > 0.99
    span = looking.window.session.work.inspecting(inspection.inside, 0.0, 1.0, "cpu", None)
    moment = at_moment(_result(span), inspection.learned.basis, 0.5)
    from tasnet_gui.desktop.views.at_playhead import graphs

    bars = graphs(moment, inspection.learned.basis, order, ())[1].curves[1].ys
    assert bars[row] == moment.w[number]


def _result(work):
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def test_a_row_that_is_clicked_in_one_view_is_lit_in_all(qtbot, looking: Desktop) -> None:
    window = looking.window
    strip = window.bench.panels["masks"].heatmaps[0]
    order = window.inspector.inspection.order
    row = 11
    y = round((1 - (row + 0.5) / len(order)) * strip.height())
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() // 2, y))
    lit = (int(order.forward[row]),)
    assert window.inspector.inspection.lit == lit
    assert all(panel.inspection.lit == lit for panel in window.bench.panels.values())
    assert f"no. {lit[0]}" in texts(turn_to(qtbot, looking, "filter"))
    assert looking.session.state.selection is None


def test_dragging_over_the_masks_picks_rows_and_a_stretch_of_time(qtbot, looking: Desktop) -> None:
    window = looking.window
    strip = window.bench.panels["masks"].heatmaps[0]
    order, step = window.inspector.inspection.order, strip.height() / 16
    begin, end = QPoint(20, round(step * 8.5)), QPoint(strip.width() // 2, round(step * 12.5))
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(strip, QPoint(60, round(step * 10.5)))
    qtbot.mouseMove(strip, end)
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=end)
    assert set(window.inspector.inspection.lit) == {int(number) for number in order.forward[3:8]}
    start, stop = looking.session.state.selection
    assert start == pytest.approx(strip.seconds(20), abs=0.01)
    assert stop == pytest.approx(0.5, abs=0.01)


def test_the_arrow_keys_go_from_row_to_row(qtbot, looking: Desktop) -> None:
    window = looking.window
    strip = window.bench.panels["masks"].heatmaps[0]
    order: Order = window.inspector.inspection.order
    window.inspector.light((int(order.forward[4]),))
    qtbot.keyClick(strip, Qt.Key.Key_Up)
    assert window.inspector.inspection.lit == (int(order.forward[5]),)
    qtbot.keyClick(strip, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert set(window.inspector.inspection.lit) == {int(number) for number in order.forward[5:7]}


def test_another_model_is_looked_at_with_its_own_basis(qtbot, looking: Desktop) -> None:
    first = looking.window.inspector.inspection
    looking.session.choose_model("quick")
    now = looking.window.inspector.inspection
    assert now.inside is None
    assert now.lit == ()
    qtbot.waitUntil(lambda: looking.window.inspector.inspection.learned is not None)
    assert looking.window.inspector.inspection.learned is not first.learned
    looking.session.choose_model("careful")
    assert looking.window.inspector.inspection.inside is first.inside


# At the playhead


def test_the_playhead_view_asks_for_full_resolution_once_and_shows_the_engines_numbers(qtbot, looking, engine) -> None:
    window = looking.window
    turn_to(qtbot, looking, "playhead")
    window.playback.seek(0.4)
    qtbot.waitUntil(lambda: bool(window.inspector.inspection.spans))
    window.playback.seek(0.6)
    qtbot.waitUntil(lambda: "0:00.6" in texts(window.bench.panels["playhead"]))
    assert len(engine.inspected) == 1
    (span,) = window.inspector.inspection.spans
    moment = at_moment(span, window.inspector.inspection.learned.basis, 0.6)
    assert f"no. {moment.frame}," in texts(window.bench.panels["playhead"])


def test_what_is_computed_for_a_recording_that_was_closed_falls_on_the_floor(qtbot, looking, wav) -> None:
    window = looking.window
    window.inspector.want(0.1, 0.2)
    window.inspector._inspect()
    looking.session.open([wav("other.wav")])
    qtbot.waitUntil(lambda: looking.session.state.recording.name == "other.wav")
    qtbot.waitUntil(lambda: looking.session.jobs.running is None)
    assert window.inspector.inspection.spans == ()
    assert window.inspector.inspection.inside is None


def test_stretches_outlive_their_result_only_while_the_next_one_hears_alike(qtbot, looking: Desktop) -> None:
    inspector, session = looking.window.inspector, looking.session
    inspector.want(0.1, 0.2)
    qtbot.waitUntil(lambda: bool(inspector.inspection.spans))
    separation, inside = session.results["careful"]
    session._show_separation((replace(separation), replace(inside)))
    assert inspector.inspection.spans
    session._show_separation((replace(separation), replace(inside, native=Native())))
    assert inspector.inspection.spans == ()


# Spectrograms


def test_spectrograms_come_from_the_drawing_thread_while_a_separation_runs(qtbot, opened: Desktop, engine) -> None:
    window = opened.window
    engine.gate.clear()
    opened.session.separate()
    qtbot.waitUntil(lambda: opened.session.state.arriving)
    turn_to(qtbot, opened, "spectrograms")
    strip = window.bench.panels["spectrograms"].heatmaps[0]
    qtbot.waitUntil(lambda: strip._source.ready(0.0, 1.0, strip.width()))
    assert opened.session.state.task


def test_a_spectrogram_says_where_the_tone_is(qtbot, looking: Desktop) -> None:
    panel = turn_to(qtbot, looking, "spectrograms")
    panel.choose_rows("linear")
    said = panel.words_at(0, 0.5, 220 / 8000)
    assert "0:00.500" in said
    assert "220 Hz" in said
    level = float(said.split("   ")[-1].removesuffix(" dBFS").replace("\N{MINUS SIGN}", "-"))
    assert level == pytest.approx(20 * np.log10(0.25), abs=1.5)


def test_many_rows_are_fitted_to_few_pixels_without_losing_any() -> None:
    picture = np.arange(10, dtype=np.uint8)[:, None] * np.ones(3, np.uint8)
    np.testing.assert_array_equal(fitted(picture, 20)[::2], picture)
    np.testing.assert_array_equal(fitted(picture, 5)[:, 0], [1, 3, 5, 7, 9])  # the means, rounded up
    np.testing.assert_array_equal(fitted(picture, 5, loudest=True)[:, 0], [1, 3, 5, 7, 9])
    assert fitted(np.full((1000, 2), 255, np.uint8), 3).min() == 255


# Two models


def test_with_one_result_the_comparison_says_what_is_missing(qtbot, looking: Desktop) -> None:
    panel = turn_to(qtbot, looking, "compare")
    assert panel.heatmaps[1]._source is None
    assert "another model" in panel.heatmaps[1]._hint


def test_two_models_are_compared_once_both_have_separated(qtbot, looking: Desktop) -> None:
    session, window = looking.session, looking.window
    panel = turn_to(qtbot, looking, "compare")
    session.choose_model("quick")
    session.separate()
    qtbot.waitUntil(lambda: panel._shown is not None)
    assert [gutter.accessibleName() for gutter in panel.gutters] == ["No look-ahead", "Best quality", "Difference"]
    assert "No look-ahead: Look-ahead 1.9 ms, RTF 0.500 (2.0\N{MULTIPLICATION SIGN})" in panel._facts.text
    assert "For scores, drop the true speech" in panel._against.text()
    first = panel._shown
    np.testing.assert_allclose(first.difference, first.first - first.second)
    session.choose_model("careful")
    qtbot.waitUntil(lambda: panel._shown not in (None, first))
    np.testing.assert_allclose(panel._shown.difference, -first.difference)
    assert window.session.jobs.running is None
