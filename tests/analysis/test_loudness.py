"""Loudness against the values that ITU-R BS.1770-4 and EBU Tech 3341 give for signals that can be computed."""

from itertools import pairwise

import numpy as np
import pytest

from tasnet_gui.analysis.loudness import LOWEST_RATE, Loudness, k_weighting
from tasnet_gui.domain import Samples


def sine(rate: int, seconds: float, level: float, pitch: float = 1000.0) -> Samples:
    """A sine whose peak is at `level` dBFS, float32 [frames]."""
    time = np.arange(round(rate * seconds)) / rate
    return (10 ** (level / 20) * np.sin(2 * np.pi * pitch * time)).astype(np.float32)


def loudness(samples: Samples, rate: int, blocks: int = 1) -> float | None:
    meter = Loudness(rate, len(samples))
    edges = np.linspace(0, samples.shape[1], blocks + 1).astype(int)
    for start, stop in pairwise(edges):
        meter.add(samples[:, start:stop])
    return meter.integrated


def test_the_filters_are_those_that_the_standard_prints_for_48_khz() -> None:
    printed = [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
    np.testing.assert_allclose(k_weighting(48_000), printed, atol=1e-8)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 192_000])
def test_a_full_scale_sine_of_997_hz_in_one_channel_reads_minus_3_01(rate: int) -> None:
    assert loudness(sine(rate, 5.0, 0.0, 997.0)[None], rate) == pytest.approx(-3.01, abs=0.05)


# Level in dBFS and seconds of each stretch of a 1 kHz stereo sine, and what EBU Tech 3341 demands, within 0.1 LU.
@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_the_gates_leave_out_what_is_not_the_programme(stretches: list[tuple[float, float]], expected: float) -> None:
    rate = 16_000
    mono = np.concatenate([sine(rate, seconds, level) for level, seconds in stretches])
    assert loudness(np.stack([mono, mono]), rate) == pytest.approx(expected, abs=0.1)


def test_surround_channels_count_more_and_the_low_one_not_at_all() -> None:
    levels = (-28, -28, -24, 0, -30, -30)  # left, right, centre, low frequencies, surround: Tech 3341, case 6
    samples = np.stack([sine(16_000, 20, level) for level in levels])
    assert loudness(samples, 16_000) == pytest.approx(-23.0, abs=0.1)


def test_blocks_of_any_length_give_the_same() -> None:
    noise = np.random.default_rng(0).standard_normal((2, 50_001), dtype=np.float32)
    assert loudness(noise, 16_000, 7) == pytest.approx(loudness(noise, 16_000), abs=1e-9)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        (np.zeros((1, 48_000), np.float32), 48_000),
        (sine(48_000, 0.39, -20.0)[None], 48_000),
        (sine(4_000, 5.0, -20.0)[None], LOWEST_RATE - 1),
    ],
    ids=["silence", "less than 400 ms", "a rate without room"],
)
def test_what_has_no_loudness_has_none(samples: Samples, rate: int) -> None:
    assert loudness(samples, rate) is None
