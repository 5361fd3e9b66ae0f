"""What the meters read: everything that was given to the device, once, as late as the ear has it."""

import numpy as np
import pytest

from tasnet_gui.audio.player import Player
from tasnet_gui.audio.tap import Tap

RATE = 1000


def counted(start: int, frames: int):
    return np.repeat(np.arange(start, start + frames, dtype=np.float32)[:, None], 2, axis=1)


@pytest.mark.parametrize("block", [1, 37, 480])
def test_everything_is_read_once_and_in_order(block):
    tap, read = Tap(RATE), []
    for start in range(0, 4800, block):
        tap.write(counted(start, min(block, 4800 - start)))
        read.append(tap.read(0.0))
    np.testing.assert_array_equal(np.concatenate(read), counted(0, 4800))


def test_what_is_still_on_its_way_to_the_ear_is_read_later():
    tap = Tap(RATE)
    tap.write(counted(0, 300))
    np.testing.assert_array_equal(tap.read(0.1), counted(0, 200))
    assert len(tap.read(0.25)) == 0  # never backwards
    tap.write(counted(300, 100))
    np.testing.assert_array_equal(tap.read(0.1), counted(200, 100))


def test_a_reader_that_stalls_gets_the_latest_and_nothing_torn():
    tap = Tap(RATE)
    for start in range(0, 10_000, 100):
        tap.write(counted(start, 100))
    read = tap.read(0.0)
    np.testing.assert_array_equal(read, counted(10_000 - len(read), len(read)))
    assert len(read) >= RATE


def test_the_player_leaves_what_it_played(tone):
    player = Player()
    player.load({"mixture": tone(RATE * 16, 1.0)}, RATE * 16)
    player.output(RATE * 16, 2)
    player.play()
    out = np.empty((512, 2), np.float32)
    player.fill(out)
    sounded, rate = player.sounded(0.0)
    assert rate == RATE * 16
    np.testing.assert_array_equal(sounded, out)
