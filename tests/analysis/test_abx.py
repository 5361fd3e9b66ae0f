"""Blind comparisons: the p-value is the exact one, answers are counted, and X is A half of the time."""

import pytest

from tasnet_gui.analysis.abx import TRIALS, Abx, p_value


@pytest.mark.parametrize(
    ("correct", "trials", "p"),
    [(10, 10, 1 / 1024), (9, 10, 11 / 1024), (8, 10, 56 / 1024), (12, 16, 0.0384064), (0, 10, 1.0), (0, 0, 1.0)],
)
def test_the_p_value_of_known_results(correct, trials, p):
    assert p_value(correct, trials) == pytest.approx(p, rel=1e-6)


@pytest.mark.parametrize("trials", TRIALS)
def test_the_p_value_is_that_of_scipy(trials):
    from scipy.stats import binomtest

    for correct in range(trials + 1):
        expected = binomtest(correct, trials, 0.5, alternative="greater").pvalue
        assert p_value(correct, trials) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("correct", "trials"), [(-1, 10), (11, 10)])
def test_impossible_counts_are_refused(correct, trials):
    with pytest.raises(ValueError, match="cannot be correct"):
        p_value(correct, trials)


def test_answers_are_counted_and_told_only_after_the_last():
    tosses = iter([True, False, True, True, False])
    abx = Abx(4, lambda: next(tosses))
    for said in "ABBA":  # the truth is A, B, A, A
        assert (abx.correct, abx.p, abx.finished) == (None, None, False)
        abx.answer(said)
    assert (abx.correct, abx.answered, abx.finished) == (3, 4, True)
    assert abx.p == pytest.approx(5 / 16)
    abx.answer("A")
    assert (abx.correct, abx.answered) == (3, 4)


def test_x_is_each_of_both_half_of_the_time_and_a_and_b_are_themselves():
    abx = Abx(4000)
    drawn = []
    for _ in range(4000):
        assert (abx.source("A"), abx.source("B")) == ("A", "B")
        assert abx.source("X") == abx.source("X")  # the same throughout a trial
        drawn.append(abx.source("X"))
        abx.answer("A")
    assert 1800 < drawn.count("A") < 2200  # beyond six standard deviations otherwise
    assert abx.correct == drawn.count("A")
