"""The playhead as the ear has it: behind by the latency, at the device's rate."""

import numpy as np
import pytest

from tasnet_gui.audio.player import Player
from tasnet_gui.domain import Samples

RATE = 48_000
LEVEL = 0.25


class Clock:
    """A time that stands still until it is told otherwise."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def pulled(player: Player, frames: int, block: int = 512, heard: int = 2) -> Samples:
    """What a device would have got: [frames, heard]."""
    out = np.full((frames, heard), np.nan, np.float32)
    for start in range(0, frames, block):
        player.fill(out[start : start + block])
    assert np.isfinite(out).all()
    return out


@pytest.fixture
def tracks(tone) -> dict[str, Samples]:
    """Two seconds of tones, 220 Hz and up, far below what a click holds."""
    speech, noise = tone(RATE, 2.0, channels=2, level=LEVEL), tone(RATE, 2.0, channels=2, level=-LEVEL / 2)
    return {"mixture": speech + noise, "speech": speech, "noise": noise}


@pytest.fixture
def player(tracks) -> Player:
    player = Player()
    player.load(tracks, RATE)
    return player


def heard_player(tracks) -> tuple[Player, Clock]:
    clock = Clock()
    player = Player(clock)
    player.load(tracks, RATE)
    return player, clock


def test_what_is_heard_lags_behind_by_the_latency_and_runs_on_between_two_blocks(tracks):
    player, clock = heard_player(tracks)
    player.play()
    for _ in range(10):
        pulled(player, 480, block=480)
        clock.now += 0.010
    now = clock.now
    for elapsed in (0.000, 0.002, 0.005):
        clock.now = now + elapsed
        assert player.heard(latency=0.050) == pytest.approx(4800 - 2400 + elapsed * RATE, abs=1)
    clock.now = now + 10.0  # the device hangs: no further than what it got
    assert player.heard(latency=0.050) == 4800


def test_what_is_heard_begins_where_the_playhead_jumped_to(tracks):
    player, _ = heard_player(tracks)
    player.seek(30_000)
    player.play()
    assert player.heard(0.1) == 30_000
    pulled(player, 480, block=480)
    assert player.heard(0.1) == 30_000
    player.pause()
    assert player.heard(0.1) == player.position


def test_just_after_a_loop_joint_the_end_of_the_loop_is_still_heard(tracks):
    player, _ = heard_player(tracks)
    player.loop(10_000, 20_000)
    player.play()
    pulled(player, 10_500, block=500)
    assert player.position == 10_500
    assert player.heard(latency=0.050) == 10_500 + 10_000 - 500 - 2400


# A device at another rate


@pytest.mark.parametrize("device_rate", [44_100, 96_000, 16_000])
def test_a_device_at_another_rate_gets_the_same_tone_at_the_right_speed(tone, device_rate):
    player = Player()
    player.load({"mixture": tone(RATE, 1.0, level=LEVEL)}, RATE)
    player.output(device_rate, 2)
    player.play()
    out = pulled(player, device_rate // 2)
    assert player.position / RATE == pytest.approx(0.5, abs=0.05)
    wanted = tone(device_rate, 1.0, level=LEVEL)[0]
    middle = out[device_rate // 10 : device_rate * 4 // 10, 0]
    wave = np.correlate(wanted[: device_rate // 2], middle, "valid")
    at = int(np.argmax(wave))
    np.testing.assert_allclose(middle, wanted[at : at + len(middle)], atol=0.02 * LEVEL)


def test_resampling_is_counted_into_what_is_heard(tracks):
    player, _ = heard_player(tracks)
    player.output(44_100, 2)
    player.play()
    pulled(player, 441 * 20, block=441)
    assert player.heard(latency=0.0) == pytest.approx(RATE * 0.19, abs=2)


def test_a_reopened_device_goes_on_where_it_was(player):
    player.play()
    pulled(player, 4800, block=480)
    player.output(RATE, 2)
    assert (player.playing, player.position) == (True, 4800)
