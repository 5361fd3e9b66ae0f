"""The playhead: where it goes, what is heard when it jumps, and that it never clicks."""

import random
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from tasnet_gui.audio.player import Player
from tasnet_gui.audio.playhead import FADE
from tasnet_gui.domain import TRACKS, Mix, Samples

RATE = 48_000
LEVEL = 0.25


def pulled(player: Player, frames: int, block: int = 512, heard: int = 2) -> Samples:
    """What a device would have got: [frames, heard]."""
    out = np.full((frames, heard), np.nan, np.float32)
    for start in range(0, frames, block):
        player.fill(out[start : start + block])
    assert np.isfinite(out).all()
    return out


def sharpest_corner(out: Samples) -> float:
    """The largest second difference re the tone's level: about 2 where a tone jumps, under 0.01 where it ramps."""
    return float(np.abs(np.diff(out, n=2, axis=0)).max() / LEVEL)


NO_CLICK = 0.03  # a full-scale ramp of 8 ms at 48 kHz has corners of 0.003; a few may fall together


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


def test_nothing_sounds_before_play_and_the_playhead_rests(player):
    assert not pulled(player, 2048).any()
    assert (player.playing, player.position) == (False, 0)


def test_after_its_fade_in_the_recording_is_heard_sample_for_sample(player, tracks):
    player.play()
    out, fade = pulled(player, 20_000, block=480), round(FADE * RATE)
    assert np.array_equal(out[fade:], tracks["mixture"].T[fade:20_000])
    assert player.position == 20_000


@pytest.mark.parametrize("block", [1, 37, 480, 4096])
def test_blocks_of_any_size_give_the_same_sound(player, tracks, block):
    player.play()
    np.testing.assert_array_equal(pulled(player, 8192, block)[500:], tracks["mixture"].T[500:8192])


def test_switching_what_is_heard_while_playing_never_clicks(player):
    player.play()
    steady = sharpest_corner(pulled(player, 10_000)[1000:])
    heard = [pulled(player, 100)]
    for name in [*TRACKS, "speech", "mixture", "noise"] * 4:
        player.set_mix(Mix(solo=frozenset({name}), volume=0.3 if name == "noise" else 1.0))
        heard.append(pulled(player, 1111, block=101))
    assert steady < sharpest_corner(np.concatenate(heard)) < NO_CLICK


def test_the_measure_of_a_click_sees_a_click(tracks):
    cut = np.concatenate([tracks["speech"].T[:1050], tracks["noise"].T[1050:2000]])
    assert sharpest_corner(cut) > 10 * NO_CLICK


def test_play_pause_stop_and_seek_do_not_click(player):
    heard = []
    for move in [player.play, player.pause, player.play, lambda: player.seek(31_007), player.stop, player.play]:
        move()
        heard.append(pulled(player, 1531, block=64))
    assert sharpest_corner(np.concatenate(heard)) < NO_CLICK


def test_pausing_keeps_the_place_and_playing_goes_on_there(player):
    player.play()
    pulled(player, 5000, block=500)
    player.pause()
    assert not player.playing
    pulled(player, 5000)
    assert player.position == 5000
    player.play()
    pulled(player, 1000, block=500)
    assert player.position == 6000


def test_stopping_returns_to_where_playing_began(player):
    player.seek(7000)
    player.play()
    pulled(player, 5000)
    player.stop()
    assert (player.playing, player.position) == (False, 7000)


def test_at_its_end_playing_stops_without_a_click_and_returns_to_where_it_began(player, tracks):
    frames = tracks["mixture"].shape[1]
    player.seek(frames - 5001)
    player.play()
    out = pulled(player, 10_000)
    assert np.array_equal(out[500:5001], tracks["mixture"].T[-4501:])
    assert not out[5001 + round(FADE * RATE) :].any()
    assert sharpest_corner(out) < NO_CLICK
    assert (player.playing, player.position) == (False, frames - 5001)


def test_playing_from_the_very_end_begins_at_the_beginning(player):
    player.seek(player.frames)
    player.play()
    pulled(player, 512)
    assert player.position == 512


def test_seeking_while_playing_goes_on_playing_there(player, tracks):
    player.play()
    pulled(player, 2000)
    player.seek(50_000)
    out = pulled(player, 2048)
    assert np.array_equal(out[500:], tracks["mixture"].T[50_500:52_048])
    assert player.playing


def test_without_a_device_every_order_is_kept_and_the_playhead_answers(player):
    player.seek(9000)
    player.play()
    player.seek(-5)
    assert (player.playing, player.position) == (True, 0)
    player.seek(10**9)
    assert player.position == player.frames


def test_a_loop_repeats_its_stretch_without_a_click(player, tracks):
    start, stop = 10_007, 22_013
    player.loop(start, stop)
    player.play()
    out = pulled(player, 40_000, block=499)
    assert sharpest_corner(out) < NO_CLICK
    lap, fade = tracks["mixture"].T[start:stop], round(FADE * RATE)
    for n in range(3):
        again = out[n * len(lap) + fade : (n + 1) * len(lap)]
        assert np.array_equal(again, lap[fade : fade + len(again)])


def test_the_whole_recording_loops_without_a_click_though_it_ends_abruptly(tone):
    sound = tone(RATE, 0.5, level=LEVEL)[:, :-57]  # the tone is cut off near its crest
    assert abs(sound[0, -1]) > LEVEL / 2
    player = Player()
    player.load({"mixture": sound}, RATE)
    player.loop(0, player.frames)
    player.play()
    assert sharpest_corner(pulled(player, RATE * 2)) < NO_CLICK


def test_setting_a_loop_elsewhere_while_playing_jumps_in(player):
    player.play()
    pulled(player, 1000)
    player.loop(40_000, 50_000)
    assert player.position == 40_000
    player.loop(None)
    pulled(player, 20_000)
    assert player.position == 60_000


def test_a_loop_set_just_as_the_playhead_passed_its_end_still_catches_it(player):
    player.play()
    pulled(player, 10_240, block=512)
    player._report = player._report._replace(position=9_500)  # what the GUI saw a moment ago
    player.loop(5_000, 10_000)
    pulled(player, 512)
    assert 5_000 <= player.position < 10_000


def test_a_loop_can_be_drawn_closer_around_the_playhead_than_where_playing_began(player):
    player.loop(0, 20_000)
    player.seek(15_000)
    player.play()
    pulled(player, 6_000)
    player.loop(0, 3_000)
    for _ in range(20):
        pulled(player, 512)
        assert player.position < 3_000


def test_a_loop_is_never_shorter_than_its_crossfade(player):
    player.loop(player.frames - 3, player.frames)
    player.play()
    assert player.position == player.frames - round(0.020 * RATE)
    assert sharpest_corner(pulled(player, 10_000)) < NO_CLICK


def test_a_recording_shorter_than_a_loop_is_played_once():
    player = Player()
    player.load({"mixture": np.ones((1, 5), np.float32)}, RATE)
    player.loop(0, 5)
    player.play()
    pulled(player, 1000)
    assert (player.playing, player.position) == (False, 0)


def test_a_stretch_played_once_stops_at_its_end_whatever_the_loop_is(player, tracks):
    player.loop(0, 4000)
    player.play_once(20_000, 25_000)
    out = pulled(player, 8000)
    assert np.array_equal(out[500:5000], tracks["mixture"].T[20_500:25_000])
    assert not out[5400:].any()
    assert (player.playing, player.position) == (False, 20_000)
    player.play()  # and the loop is still there
    pulled(player, 5000)
    assert 0 <= player.position < 4000


def test_the_separation_arrives_while_playing_and_nobody_hears_it(tracks):
    player = Player()
    player.load({"mixture": tracks["mixture"]}, RATE)
    player.play()
    before = pulled(player, 3000, block=500)
    player.replace(tracks)
    out = np.concatenate([before, pulled(player, 3000, block=500)])
    np.testing.assert_allclose(out[500:], tracks["mixture"].T[500:6000], atol=1e-6)
    player.set_mix(Mix(solo=frozenset({"speech"})))
    np.testing.assert_array_equal(pulled(player, 2000)[500:], tracks["speech"].T[6500:8000])


def test_before_a_separation_only_the_mixture_can_be_heard(tracks):
    player = Player()
    player.load({"mixture": tracks["mixture"]}, RATE)
    player.set_mix(Mix(solo=frozenset({"speech"})))
    player.play()
    np.testing.assert_array_equal(pulled(player, 1000)[500:], tracks["mixture"].T[500:1000])


def test_another_recording_fades_the_old_one_out_and_waits_at_its_start(player, tone):
    player.play()
    before = pulled(player, 3000)
    player.load({"mixture": tone(44_100, 1.0)}, 44_100)
    after = pulled(player, 3000)
    assert sharpest_corner(np.concatenate([before, after])) < NO_CLICK
    assert not after[500:].any()
    assert (player.playing, player.position, player.frames) == (False, 0, 44_100)


def test_nothing_loaded_is_silent_and_harmless():
    player = Player()
    for act in (player.play, player.pause, player.stop, player.unload):
        act()
    player.seek(5)
    player.loop(0, 100)
    assert not pulled(player, 512).any()
    assert (player.playing, player.position, player.peaks()) == (False, 0, {"output": 0.0})


def test_a_thousand_random_moves_never_click_and_the_playhead_stays_inside(player):
    dice = random.Random(5)
    frames = player.frames
    moves = [
        lambda: player.play(),
        lambda: player.pause(),
        lambda: player.stop(),
        lambda: player.seek(dice.randint(-100, frames + 100)),
        lambda: player.loop(dice.randint(0, frames), dice.randint(0, frames)),
        lambda: player.loop(None),
        lambda: player.play_once(dice.randint(0, frames), dice.randint(0, frames)),
        lambda: player.set_mix(Mix(solo=frozenset(dice.sample(TRACKS, dice.randint(0, 2))), volume=dice.random())),
    ]
    heard = []
    for _ in range(1000):
        dice.choice(moves)()
        frames_heard, block = dice.choice([(1, 1), (64, 1), (500, 37), (1500, 480), (4096, 4096)])
        heard.append(pulled(player, frames_heard, block))
        assert 0 <= player.position <= frames
    assert sharpest_corner(np.concatenate(heard)) < NO_CLICK


def test_the_playhead_never_runs_backwards_while_playing(player):
    player.play()
    positions = []
    for _ in range(50):
        pulled(player, 480, block=480)
        positions.append(player.position)
    assert all(later - earlier == 480 for earlier, later in pairwise(positions))


def test_filling_allocates_no_samples(player):
    player.set_mix(Mix(mute=frozenset({"mixture"}), volume=0.5))
    player.loop(0, 30_000)
    player.play()
    out = np.empty((1024, 2), np.float32)
    player.fill(out)
    tracemalloc.start()
    try:
        player.fill(out)
        tracemalloc.reset_peak()
        for _ in range(100):  # over three joints of the loop
            player.fill(out)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < out[:, 0].nbytes  # views and numbers only


def test_the_meters_hold_the_peak_until_they_are_read(player):
    player.set_mix(Mix(solo=frozenset({"noise"}), volume=0.5))
    player.play()
    pulled(player, 5000)
    peaks = player.peaks()
    assert peaks == pytest.approx({"mixture": 0.0, "speech": 0.0, "noise": LEVEL / 4, "output": LEVEL / 4}, abs=1e-3)
    assert set(player.peaks().values()) == {0.0}
