"""Clipping is counted in places, wherever they lie."""

import numpy as np
import pytest

from tasnet_gui.analysis import clipping
from tasnet_gui.analysis.clipping import counting_clipped
from tasnet_gui.domain import finish


def clipped(*places: tuple[int, int], frames: int = 1000, channels: int = 1) -> np.ndarray:
    samples = np.zeros((channels, frames), np.float32)
    for start, length in places:
        samples[0, start : start + length] = (-1.0) ** start
    return samples


def test_a_recording_below_full_scale_is_not_clipped(tone) -> None:
    assert finish(counting_clipped(tone(level=0.999))) == 0


def test_one_or_two_samples_at_full_scale_are_no_clipping() -> None:
    assert finish(counting_clipped(clipped((10, 1), (20, 2)))) == 0


def test_each_place_counts_once_however_long() -> None:
    assert finish(counting_clipped(clipped((0, 3), (100, 50), (997, 3)))) == 3


def test_each_channel_counts_by_itself() -> None:
    both = np.repeat(clipped((10, 5)), 2, axis=0)
    assert finish(counting_clipped(both)) == 2


@pytest.mark.parametrize("start", range(95, 105))
@pytest.mark.parametrize("length", [3, 4, 120])
def test_a_place_across_the_seam_of_two_blocks_counts_once(
    monkeypatch: pytest.MonkeyPatch, start: int, length: int
) -> None:
    monkeypatch.setattr(clipping, "_BLOCK", 100)
    assert finish(counting_clipped(clipped((start, length)))) == 1


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_the_shortest_recordings_are_counted_too(frames: int) -> None:
    assert finish(counting_clipped(np.ones((1, frames), np.float32))) == (frames == 3)
