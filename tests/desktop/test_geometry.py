"""The window opens where it can be reached, whatever happened to the screens."""

import pytest
from hypothesis import example, given, strategies
from PySide6.QtCore import QRect

from tasnet_gui.desktop.geometry import USUAL, placed

MAIN = QRect(0, 0, 1920, 1040)
SECOND = QRect(1920, 200, 2560, 1400)


def test_a_window_returns_to_its_place() -> None:
    saved = (2000, 300, 1300, 900)
    assert placed(saved, [MAIN, SECOND]) == QRect(*saved)


def test_a_window_on_a_screen_that_is_gone_opens_in_the_middle_of_the_main_one() -> None:
    place = placed((2000, 300, 1300, 900), [MAIN])
    assert place.size() == USUAL
    assert (place.center() - MAIN.center()).manhattanLength() <= 2


@pytest.mark.parametrize("saved", [(-1250, 100, 1300, 900), (100, 1030, 1300, 900), (100, -40, 1300, 900)])
def test_a_window_that_cannot_be_taken_by_its_edge_is_brought_back(saved: tuple[int, int, int, int]) -> None:
    assert MAIN.contains(placed(saved, [MAIN]))


def test_a_window_that_is_partly_outside_stays_where_it_was_put() -> None:
    assert placed((1500, 100, 1300, 900), [MAIN]).x() == 1500


number = strategies.integers(-70_000, 70_000)
size = strategies.integers(1, 65_535)


@example((-1920, 0, 2040, 1))  # seen by its right edge only, which shrinking to the screen would take away
@given(strategies.none() | strategies.tuples(number, number, size, size))
def test_some_of_the_upper_edge_is_always_on_a_screen(saved: tuple[int, int, int, int] | None) -> None:
    place = placed(saved, [MAIN, SECOND])
    edge = QRect(place.x(), place.y(), place.width(), 32)
    assert any(edge.intersects(screen) for screen in (MAIN, SECOND))
    assert place.width() <= SECOND.width()
    assert place.height() <= SECOND.height()


def test_a_small_screen_is_not_exceeded() -> None:
    small = QRect(0, 0, 800, 480)
    assert small.contains(placed(None, [small]))
