"""What can be heard of a separation that still runs."""

import random

import numpy as np
import pytest

from tasnet_gui.audio.patchwork import EDGE, Patchwork
from tasnet_gui.domain import Part

RATE = 16_000


@pytest.mark.parametrize("seed", range(5))
def test_stretches_in_any_order_add_up_to_the_whole(hiss, seed):
    speech, noise = hiss(RATE, 1.0, channels=2, seed=seed), hiss(RATE, 1.0, channels=2, seed=seed + 100)
    dice = random.Random(seed)
    cuts = [0, *sorted(dice.sample(range(1, RATE), 6)), RATE]
    pieces = [slice(*cuts[n : n + 2]) for n in range(7)]
    dice.shuffle(pieces)
    patchwork = Patchwork(2, RATE, RATE)
    for piece in pieces:
        patchwork.add(Part(piece.start, speech[:, piece], noise[:, piece]))
    np.testing.assert_array_equal(patchwork.tracks["speech"], speech)
    np.testing.assert_array_equal(patchwork.tracks["noise"], noise)


def test_a_stretch_begins_and_ends_softly_and_its_middle_is_itself():
    ones = np.ones((1, 4000), np.float32)
    patchwork = Patchwork(1, RATE, RATE)
    patchwork.add(Part(6000, ones, ones))
    speech, edge = patchwork.tracks["speech"][0], round(EDGE * RATE)
    assert np.abs(np.diff(speech)).max() <= 1.01 / (edge - 1)
    assert np.all(speech[6000 + edge : 10_000 - edge] == 1.0)
    assert not speech[:6000].any()
    assert not speech[10_000:].any()


def test_the_ends_of_the_recording_are_not_faded():
    ones = np.ones((1, RATE), np.float32)
    patchwork = Patchwork(1, RATE, RATE)
    patchwork.add(Part(0, ones, ones))
    assert np.all(patchwork.tracks["noise"] == 1.0)


def test_a_stretch_of_one_frame_is_kept():
    one = np.ones((1, 1), np.float32)
    patchwork = Patchwork(1, 3, RATE)
    for frame in (1, 0, 2):
        patchwork.add(Part(frame, one, one))
    assert np.all(patchwork.tracks["speech"] == 1.0)
