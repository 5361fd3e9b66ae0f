"""The lanes draw what they are shown and say what the user did."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from tasnet_gui.desktop.theme import DARK, LIGHT
from tasnet_gui.desktop.views.lanes import HINTS, LanesView
from tasnet_gui.desktop.widgets.strip import TimeStrip
from tasnet_gui.domain import TRACKS, Mix, ModelCard, Recording, Separation

RATE = 8000
SECONDS = 20
CARD = ModelCard("m", "M", "", {"causal": False}, RATE, "", "", Path())


@pytest.fixture
def recording(hiss: Callable[..., np.ndarray]) -> Recording:
    return Recording(hiss(RATE, SECONDS, channels=2), RATE)


@pytest.fixture
def separation(recording: Recording) -> Separation:
    speech = recording.samples * np.float32(0.7)
    return Separation(recording, CARD, speech, recording.samples - speech)


@pytest.fixture
def view(qtbot: QtBot, recording: Recording) -> Iterator[LanesView]:
    view = LanesView()
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show_recording(recording)
    view.show()
    qtbot.waitExposed(view)
    yield view
    view.close()


def heard_from(signal: object) -> list[object]:
    """What a signal says from now on."""
    said: list[object] = []
    signal.connect(lambda *values: said.append(values[0] if len(values) == 1 else values))
    return said


def at(strip: QWidget, seconds: float, view: LanesView) -> QPoint:
    return QPoint(round(view.timeline.x(seconds, strip.width())), strip.height() // 2)


def wheel(strip: QWidget, x: float, dy: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    where = QPointF(x, strip.height() / 2)
    event = QWheelEvent(
        where,
        QPointF(strip.mapToGlobal(where.toPoint())),
        QPoint(),
        QPoint(0, dy),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(strip, event)


def coloured(strip: QWidget, colour: str) -> np.ndarray:
    """In which columns of the strip this very colour is seen."""
    image = strip.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()] & 0xFFFFFF
    return (pixels == (QColor(colour).rgb() & 0xFFFFFF)).any(axis=0)


# The mouse


def test_a_click_seeks_to_the_moment_under_the_mouse(view, qtbot):
    view.show_span(4, 12)
    sought = heard_from(view.seek_asked)
    for track in TRACKS:
        lane = view.lanes[track]
        qtbot.mouseClick(lane, Qt.MouseButton.LeftButton, pos=at(lane, 7.5, view))
    assert sought == pytest.approx([7.5] * 3, abs=8 / 700)


def test_pressing_and_dragging_on_the_axis_moves_the_playhead(view, qtbot):
    sought = heard_from(view.seek_asked)
    qtbot.mousePress(view.axis, Qt.MouseButton.LeftButton, pos=at(view.axis, 3, view))
    qtbot.mouseMove(view.axis, at(view.axis, 9, view))
    qtbot.mouseRelease(view.axis, Qt.MouseButton.LeftButton, pos=at(view.axis, 9, view))
    assert sought[0] == pytest.approx(3, abs=0.05)
    assert sought[-1] == pytest.approx(9, abs=0.05)


@pytest.mark.parametrize("ends", [(5.0, 8.0), (8.0, 5.0)])
def test_a_drag_in_either_direction_selects(view, qtbot, ends):
    selected, sought = heard_from(view.selection_asked), heard_from(view.seek_asked)
    lane = view.lanes["speech"]
    drag(qtbot, lane, at(lane, ends[0], view), at(lane, ends[1], view))
    assert selected == [pytest.approx((5, 8), abs=0.05)]
    assert sought == []


def drag(qtbot: QtBot, widget: QWidget, start: QPoint, stop: QPoint) -> None:
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(widget, (start + stop) / 2)
    qtbot.mouseMove(widget, stop)
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=stop)


def test_a_selection_is_seen_in_every_lane_while_it_is_being_drawn(view, qtbot):
    lane = view.lanes["mixture"]
    qtbot.mousePress(lane, Qt.MouseButton.LeftButton, pos=at(lane, 5, view))
    qtbot.mouseMove(lane, at(lane, 10, view))
    assert view.lanes["noise"].selection == pytest.approx((5, 10), abs=0.05)
    qtbot.mouseRelease(lane, Qt.MouseButton.LeftButton, pos=at(lane, 10, view))
    assert view.lanes["noise"].selection is None, "nobody has said yes to it"


def test_an_edge_of_the_selection_can_be_moved(view, qtbot):
    view.show_selection((5, 10))
    selected = heard_from(view.selection_asked)
    lane = view.lanes["mixture"]
    drag(qtbot, lane, at(lane, 10, view), at(lane, 14, view))
    drag(qtbot, lane, at(lane, 5, view) + QPoint(2, 0), at(lane, 3, view))
    assert selected == [pytest.approx((5, 14), abs=0.05), pytest.approx((3, 10), abs=0.05)]


def test_a_click_beside_the_selection_clears_it_and_one_inside_does_not(view, qtbot):
    view.show_selection((5, 10))
    selected = heard_from(view.selection_asked)
    lane = view.lanes["mixture"]
    qtbot.mouseClick(lane, Qt.MouseButton.LeftButton, pos=at(lane, 7, view))
    assert selected == []
    qtbot.mouseClick(lane, Qt.MouseButton.LeftButton, pos=at(lane, 15, view))
    assert selected == [None]


def test_a_double_click_selects_everything_and_another_nothing(view, qtbot):
    view.selection_asked.connect(view.show_selection)
    lane = view.lanes["mixture"]
    qtbot.mouseDClick(lane, Qt.MouseButton.LeftButton, pos=at(lane, 7, view))
    assert lane.selection == (0, SECONDS)
    qtbot.mouseDClick(lane, Qt.MouseButton.LeftButton, pos=at(lane, 7, view))
    assert lane.selection is None


@pytest.mark.parametrize("modifiers", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier])
def test_the_wheel_zooms_and_keeps_the_moment_under_the_mouse(view, modifiers):
    lane = view.lanes["speech"]
    x = 0.3 * lane.width()
    before = lane.seconds(x)
    for _ in range(5):
        wheel(lane, x, 120, modifiers)
    assert view.timeline.span < SECONDS / 3
    assert lane.seconds(x) == pytest.approx(before)
    wheel(lane, x, -360, modifiers)
    assert lane.seconds(x) == pytest.approx(before)


def test_shift_and_wheel_scroll(view):
    view.show_span(5, 10)
    wheel(view.lanes["speech"], 100, -120, Qt.KeyboardModifier.ShiftModifier)
    start, stop = view.span
    assert start > 5
    assert stop - start == pytest.approx(5)


def test_the_frame_in_the_overview_is_dragged_and_stretched(view, qtbot):
    view.show_span(4, 8)
    overview = view.overview
    per_second = overview.width() / SECONDS
    y = overview.height() // 2
    drag(qtbot, overview, QPoint(round(6 * per_second), y), QPoint(round(11 * per_second), y))
    assert view.span == pytest.approx((9, 13), abs=0.05)
    drag(qtbot, overview, QPoint(round(13 * per_second), y), QPoint(round(16 * per_second), y))
    assert view.span == pytest.approx((9, 16), abs=0.05)
    qtbot.mouseClick(overview, Qt.MouseButton.LeftButton, pos=QPoint(round(4 * per_second), y))
    assert view.span == pytest.approx((0.5, 7.5), abs=0.05)


# The keyboard


@pytest.mark.parametrize(
    ("key", "signal", "said"),
    [
        (Qt.Key.Key_S, "solo_asked", "speech"),
        (Qt.Key.Key_M, "mute_asked", "speech"),
        (Qt.Key.Key_Return, "hear_asked", "speech"),
    ],
)
def test_keys_in_a_lane_ask(view, separation, qtbot, key, signal, said):
    view.show_separation(separation)
    asked = heard_from(getattr(view, signal))
    qtbot.keyClick(view.lanes["speech"], key)
    assert asked == [said]


def test_up_and_down_zoom_and_the_arrows_scroll(view, qtbot):
    lane = view.lanes["noise"]
    view.show_playhead(10)
    qtbot.keyClick(lane, Qt.Key.Key_Up)
    assert view.span == pytest.approx((5, 15))
    qtbot.keyClick(lane, Qt.Key.Key_Right)
    assert view.span == pytest.approx((6, 16))
    qtbot.keyClick(lane, Qt.Key.Key_Left)
    qtbot.keyClick(lane, Qt.Key.Key_Down)
    assert view.span == (0, SECONDS)


def test_a_selection_can_be_made_changed_and_undone_without_a_mouse(view, qtbot):
    view.selection_asked.connect(view.show_selection)
    view.show_playhead(4)
    lane = view.lanes["mixture"]
    for _ in range(3):
        qtbot.keyClick(lane, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert lane.selection == pytest.approx((4, 4 + 3 * 0.02 * SECONDS))
    for _ in range(3):
        qtbot.keyClick(lane, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert lane.selection is None


def test_a_focused_lane_is_seen_to_be_focused(view, qtbot):
    lane = view.lanes["speech"]
    with qtbot.waitActive(view):
        view.activateWindow()
    before = lane.grab().toImage()
    lane.setFocus(Qt.FocusReason.TabFocusReason)
    assert lane.grab().toImage() != before


# What is shown


def test_every_control_has_a_name_a_description_and_is_reached_by_tab(view):
    controls = [w for w in view.findChildren(QWidget) if isinstance(w, (QAbstractButton, TimeStrip))]
    assert len(controls) == 3 * 3 + 3 + 5
    for control in controls:
        assert control.accessibleName(), control
        assert control.accessibleDescription(), control
        if control is not view.axis:  # the axis only seeks, which the lanes do by key
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control.accessibleName()
    assert len({control.accessibleName() for control in controls}) == len(controls)


def test_buttons_ask_and_show_only_what_they_are_told(view, separation, qtbot):
    view.show_separation(separation)
    solo = view.headers["speech"].solo
    asked = heard_from(view.solo_asked)
    qtbot.mouseClick(solo, Qt.MouseButton.LeftButton)
    assert asked == ["speech"]
    assert not solo.isChecked()
    view.show_mix(Mix(solo=frozenset({"speech"}), mute=frozenset({"noise"})))
    assert solo.isChecked()
    assert view.headers["noise"].mute.isChecked()
    assert [view.headers[track].name.isChecked() for track in TRACKS] == [False, True, False]


def test_what_somebody_silenced_is_pale_and_nothing_else(view, separation):
    view.show_separation(separation)

    def bright() -> list[bool]:
        return [bool(coloured(view.lanes[track], LIGHT.source(track)).any()) for track in TRACKS]

    assert bright() == [True, True, True]
    view.show_mix(Mix(solo=frozenset({"speech"})))
    assert bright() == [False, True, False]
    view.show_mix(Mix(mute=frozenset({"speech"})))
    assert bright() == [False, False, True]


def test_a_lane_without_sound_says_what_to_do_and_offers_nothing(view, recording):
    assert HINTS["speech"]
    empty = view.lanes["speech"].grab().toImage()
    assert not view.headers["speech"].solo.isEnabled()
    view.show_working(True)
    assert view.lanes["speech"].grab().toImage() != empty


def test_the_playhead_turns_the_page_unless_the_user_has_scrolled_away(view):
    view.show_span(0, 5)
    view.show_playhead(4.9)
    assert view.span == (0, 5)
    view.show_playhead(5.1)
    assert view.timeline.shows(5.1)
    assert view.span[0] > 4
    view.show_span(12, 15)
    view.show_playhead(5.2)
    assert view.span == pytest.approx((12, 15))


def test_the_playhead_is_one_line_of_the_accent_at_its_time(view):
    view.show_playhead(10)
    lane = view.lanes["noise"]
    columns = np.flatnonzero(coloured(lane, LIGHT.accent))
    np.testing.assert_array_equal(columns, [round(lane.width() / 2)])


def test_the_span_is_told_and_never_leaves_the_recording(view):
    timelines = heard_from(view.timeline_changed)
    view.zoom_in()
    view.scroll(99)
    view.zoom_out()
    view.zoom_out()
    view.show_span(-5, 3)
    view.zoom_normal()
    assert timelines
    for timeline in timelines:
        assert 0 <= timeline.start < timeline.stop <= SECONDS
    assert view.span[1] - view.span[0] == pytest.approx(10)


def test_zooming_in_ends_where_samples_are_dots(view, qtbot):
    for _ in range(30):
        view.zoom_in()
    frames = (view.span[1] - view.span[0]) * RATE
    assert 10 < frames < 60
    assert coloured(view.lanes["mixture"], LIGHT.mixture).any()


def test_the_lanes_wear_the_palette(view):
    view.show_palette(DARK)
    seen = coloured(view.lanes["mixture"], DARK.mixture)
    assert seen.any()
    assert not coloured(view.lanes["mixture"], LIGHT.mixture).any()


def test_without_a_recording_there_is_nothing_to_see_or_ask(view):
    view.show_recording(None)
    assert not coloured(view.lanes["mixture"], LIGHT.mixture).any()
    assert not view.headers["mixture"].solo.isEnabled()


def test_one_sample_is_a_recording_too(view):
    view.show_recording(Recording(np.ones((1, 1), np.float32), RATE))
    view.zoom_in()
    view.fit()
    view.grab()
    assert view.span == (0, 1 / RATE)
