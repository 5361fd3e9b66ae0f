"""A sound is found in another one that holds it, to the sample; another sound is not."""

from collections.abc import Callable

import numpy as np
import pytest

from tasnet_gui.analysis.alignment import align
from tasnet_gui.domain import Samples

RATE = 16_000
Sounds = Callable[..., Samples]


def mixed(hiss: Sounds, seconds: float = 2.0, decibels: float = 0.0) -> tuple[Samples, Samples]:
    """A sound, and the same in noise so many dB above it."""
    part = hiss(RATE, seconds, seed=1)[0]
    return part, part + 10 ** (decibels / 20) * hiss(RATE, seconds, seed=2)[0]


@pytest.mark.parametrize("lag", [0, 1, 37, -37, 8_000, -8_000])
@pytest.mark.parametrize("gain", [1.0, 0.3, -1.0])
def test_lag_and_gain_are_found(hiss: Sounds, lag: int, gain: float) -> None:
    part, whole = mixed(hiss)
    moved = part[lag:] if lag >= 0 else np.concatenate([np.zeros(-lag, np.float32), part])
    match = align(whole, moved / np.float32(gain), RATE)
    assert match.clear
    assert match.lag == lag
    assert match.gain == pytest.approx(gain, rel=0.05)


def test_it_is_found_10_db_below_its_noise(hiss: Sounds) -> None:
    part, whole = mixed(hiss, 4.0, 10.0)
    match = align(whole, part, RATE)
    assert match.clear
    assert match.lag == 0


def test_hum_and_rumble_do_not_mislead(hiss: Sounds) -> None:
    part, whole = mixed(hiss, 4.0)
    hum = 2 * np.sin(2 * np.pi * 50 * np.arange(len(part)) / RATE).astype(np.float32)
    assert align(whole + hum, part, RATE).lag == 0


def test_an_excerpt_is_found_where_it_was_cut_from(hiss: Sounds) -> None:
    part, whole = mixed(hiss, 30.0)
    match = align(whole, part[22 * RATE : 25 * RATE], RATE)
    assert (match.clear, match.lag) == (True, 22 * RATE)


@pytest.mark.parametrize("other", ["noise", "silence", "tone"])
def test_what_is_not_in_it_is_not_found(hiss: Sounds, tone: Sounds, other: str) -> None:
    _, whole = mixed(hiss)
    sounds = {
        "noise": hiss(RATE, 2.0, seed=3)[0],
        "silence": np.zeros(2 * RATE, np.float32),
        "tone": tone(RATE, 2.0)[0],
    }
    assert not align(whole, sounds[other], RATE).clear
