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


def ones(frames: int, value: float = 1.0) -> np.ndarray:
    return np.full((1, frames), value, np.float32)


def test_a_preview_is_heard_until_the_finished_stretch_is_there():
    patchwork = Patchwork(1, RATE, RATE)
    patchwork.add(Part(4000, ones(8000, 0.5), ones(8000, 0.5), preview=True))
    assert np.all(patchwork.tracks["speech"][0, 5000:11_000] == 0.5)
    patchwork.add(Part(0, ones(6000), ones(6000)))
    speech = patchwork.tracks["speech"][0].copy()
    assert np.all(speech[: 6000 - 200] == 1.0)
    assert np.all(speech[6000:11_000] == 0.5)
    assert np.abs(np.diff(speech)).max() < 0.01  # the two fade into each other
    patchwork.add(Part(6000, ones(10_000), ones(10_000)))
    assert np.all(patchwork.tracks["speech"] == 1.0)


def test_previews_that_follow_each_other_are_joined():
    patchwork = Patchwork(1, RATE, RATE)
    for start in (4000, 8000):
        patchwork.add(Part(start, ones(4000), ones(4000), preview=True))
    assert np.all(patchwork.tracks["noise"][0, 5000:11_000] == 1.0)


@pytest.mark.parametrize("playhead", [0, 3000, 7990, 8010, 15_999])
def test_what_is_being_played_stays_for_a_quarter_of_a_second(playhead):
    patchwork = Patchwork(1, RATE, RATE)
    patchwork.add(Part(0, ones(8000, 0.5), ones(8000, 0.5)))
    before = patchwork.tracks["speech"][0].copy()
    patchwork.add(Part(8000, ones(8000), ones(8000)), playhead)
    after = patchwork.tracks["speech"][0].copy()
    ahead = playhead + RATE // 4
    np.testing.assert_array_equal(after[playhead : ahead - 200], before[playhead : ahead - 200])
    new = np.r_[7000 : max(7000, min(playhead - 200, RATE)), min(ahead, RATE) : RATE]
    assert np.all(after[new[new >= 8000]] == 1.0)
    patchwork.add(Part(0, ones(1), ones(1)), 12_000 if playhead < 6000 else 0)
    assert np.all(patchwork.tracks["speech"][0, 8000:] == 1.0)
    assert np.all(patchwork.tracks["speech"][0, 1000:8000] == 0.5)
