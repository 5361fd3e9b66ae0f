"""The visible stretch of time stays within the sound, and its labels tell moments apart."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasnet_gui.desktop.widgets.timeline import Timeline, label, step, ticks

durations = st.floats(0.01, 100_000)
fractions = st.floats(0, 1)


@given(duration=durations, start=fractions, part=st.floats(0.001, 1), factor=st.floats(0.01, 100), where=fractions)
def test_zooming_and_scrolling_stay_within_the_sound(duration, start, part, factor, where):
    span = duration * part
    timeline = Timeline(0, duration, duration).showing(start * duration, start * duration + span)
    about = timeline.start + where * timeline.span
    moved = (
        timeline.zoomed(factor, about),
        timeline.scrolled(span * (where - 0.5) * 5),
        timeline.paged(about),
        timeline.fitted(),
    )
    for seen in (timeline, *moved):
        assert -1e-9 * duration <= seen.start < seen.stop <= duration * (1 + 1e-9)


@given(start=fractions, where=fractions, factor=st.floats(1, 100))
def test_zooming_in_keeps_the_moment_where_it_is(start, where, factor):
    timeline = Timeline(0, 100, 100, shortest=1e-6).showing(start * 90, start * 90 + 10)
    about = timeline.start + where * timeline.span
    assert timeline.zoomed(factor, about).x(about, 1000) == pytest.approx(timeline.x(about, 1000), abs=1e-6)


@given(duration=durations, start=fractions, part=st.floats(1e-5, 1), width=st.integers(200, 4000))
def test_labels_are_few_and_no_two_are_the_same(duration, start, part, width):
    span = max(duration * part, 1e-3)
    apart, _ = step(span, width, 100)
    moments = ticks(start * duration, start * duration + span, apart)
    labels = [label(moment, apart, duration) for moment in moments]
    assert len(set(labels)) == len(labels) <= width / 100 + 1


@pytest.mark.parametrize(
    ("seconds", "apart", "duration", "text"),
    [
        (5, 1, 20, "0:05"),
        (750, 30, 800, "12:30"),
        (3750, 60, 7200, "1:02:30"),
        (6.5, 0.5, 20, "0:06.5"),
        (59.9996, 0.001, 80, "1:00.000"),
        (6.0125, 0.0005, 20, "0:06.0125"),
        (0, 0.2, 4000, "0:00:00.0"),
    ],
)
def test_a_label_reads_like_a_clock(seconds, apart, duration, text):
    assert label(seconds, apart, duration) == text


def test_small_marks_divide_a_label_into_whole_units():
    for apart, parts in (step(span, 1000, 100) for span in (1, 3, 10, 60, 100, 600, 3600, 40_000)):
        assert label(apart / parts, apart / parts, 4000) != label(0, apart / parts, 4000)
        assert all(b - a == pytest.approx(apart / parts) for a, b in itertools.pairwise(ticks(0, apart, apart / parts)))
