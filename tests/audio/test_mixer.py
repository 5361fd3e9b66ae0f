"""What is heard of the tracks, as arithmetic."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasnet_gui.audio.mixer import CHUNK, RAMP, Mixer, fold
from tasnet_gui.domain import TRACKS, Mix, Samples

RATE = 48_000


def rendered(mixer: Mixer, frames: int, position: int = 0, heard: int = 2, block: int = 512) -> Samples:
    """The mix as [frames, heard], block by block."""
    out = np.full((frames, heard), np.nan, np.float32)
    for start in range(0, frames, block):
        piece = out[start : start + block]
        mixer.render(piece, position + start)
        mixer.advance(piece.shape[0])
    return out


def mixer_of(*tracks: Samples, gains: tuple[float, ...]) -> Mixer:
    mixer = Mixer(dict(zip(TRACKS, tracks, strict=False)), RATE)
    mixer.aim(gains, at_once=True)
    return mixer


def test_mono_is_heard_unchanged_on_both_sides(tone):
    sound = tone(RATE, 0.1)
    out = rendered(mixer_of(sound, gains=(1.0,)), sound.shape[1])
    assert np.array_equal(out, np.vstack([sound, sound]).T)


def test_stereo_is_heard_unchanged(tone):
    sound = tone(RATE, 0.1, channels=2)
    assert np.array_equal(rendered(mixer_of(sound, gains=(1.0,)), sound.shape[1]), sound.T)


@pytest.mark.parametrize("channels", [*range(1, 10), 16, 64])
@pytest.mark.parametrize("heard", [1, 2])
def test_a_fold_hears_every_channel_but_the_lowest_and_never_clips(channels, heard):
    sides = fold(channels, heard)
    assert len(sides) == heard
    low = {3} if channels in (6, 7, 8) else set()
    assert {channel for side in sides for channel, _ in side} == set(range(channels)) - low
    assert all(sum(weight for _, weight in side) == pytest.approx(1.0) for side in sides)


def test_what_is_on_the_left_of_a_surround_recording_stays_on_the_left(tone):
    surround = np.zeros((6, 1000), np.float32)
    surround[4] = tone(RATE, 1.0)[0, :1000]  # rear left
    left, right = rendered(mixer_of(surround, gains=(1.0,)), 1000).T
    assert np.abs(left).max() > 0.05
    assert not right.any()


def test_speech_and_noise_together_sound_as_the_mixture_sample_for_sample(tone, hiss):
    speech, noise = tone(RATE, 0.2, channels=2), hiss(RATE, 0.2, channels=2)
    tracks, frames = (speech + noise, speech, noise), speech.shape[1]
    mixture = rendered(mixer_of(*tracks, gains=(1.0, 0.0, 0.0)), frames)
    parts = rendered(mixer_of(*tracks, gains=(0.0, 1.0, 1.0)), frames)
    assert np.array_equal(mixture, parts)


def test_nothing_changes_while_the_mixture_gives_way_to_speech_and_noise(tone, hiss):
    speech, noise = tone(RATE, 0.1), hiss(RATE, 0.1)
    mixer = mixer_of(speech + noise, speech, noise, gains=(1.0, 0.0, 0.0))
    mixer.aim((0.0, 1.0, 1.0))
    out = rendered(mixer, speech.shape[1], heard=1)
    np.testing.assert_allclose(out[:, 0], (speech + noise)[0], atol=1e-6)


def test_a_gain_moves_on_a_straight_line_and_arrives_after_eight_milliseconds():
    ones = np.ones((1, RATE // 10), np.float32)
    mixer = mixer_of(ones, gains=(0.25,))
    mixer.aim((1.0,))
    gain = rendered(mixer, ones.shape[1], heard=1, block=100)[:, 0]
    ramp = round(RAMP * RATE)
    np.testing.assert_allclose(gain[:ramp], 0.25 + 0.75 * np.arange(1, ramp + 1) / ramp, atol=1e-5)
    assert np.all(gain[ramp:] == 1.0)


def test_a_gain_that_turns_round_half_way_does_not_jump():
    ones = np.ones((1, RATE // 10), np.float32)
    mixer = mixer_of(ones, gains=(0.0,))
    mixer.aim((1.0,))
    up = rendered(mixer, 200, heard=1)
    mixer.aim((0.0,))
    steps = np.abs(np.diff(np.concatenate([up, rendered(mixer, 1000, heard=1)]), axis=0))
    assert steps.max() <= 1.01 / round(RAMP * RATE)


@given(blocks=st.lists(st.sampled_from([1, 37, 480, CHUNK]), min_size=1, max_size=30))
def test_blocks_of_any_size_give_the_same_sound(blocks):
    sound = np.random.default_rng(1).standard_normal((2, sum(blocks))).astype(np.float32)
    whole, pieces = mixer_of(sound, gains=(0.0,)), mixer_of(sound, gains=(0.0,))
    whole.aim((1.0,))
    pieces.aim((1.0,))
    out, at = np.empty((sum(blocks), 2), np.float32), 0
    for frames in blocks:
        pieces.render(out[at : at + frames], at)
        pieces.advance(frames)
        at += frames
    np.testing.assert_allclose(out, rendered(whole, at, block=64), atol=1e-5)


@given(frames=st.integers(1, 300), position=st.integers(0, 700))
def test_past_its_end_the_sound_runs_backwards_and_then_falls_silent(frames, position):
    sound = np.arange(1, frames + 1, dtype=np.float32)[np.newaxis] / frames
    out = rendered(mixer_of(sound, gains=(1.0,)), 100, position, heard=1)[:, 0]
    mirrored = np.concatenate([sound[0], sound[0, ::-1], np.zeros(1000, np.float32)])
    assert np.array_equal(out, mirrored[position : position + 100])


def test_a_track_that_is_not_heard_is_not_read(tone):
    sound = tone(RATE, 0.1)
    broken = np.full_like(sound, np.nan)
    assert np.isfinite(rendered(mixer_of(sound, broken, gains=(1.0, 0.0)), 1000)).all()


def test_the_meter_shows_each_track_as_it_is_heard(tone):
    sound = tone(RATE, 0.1, level=0.5)
    mixer = mixer_of(sound, sound, sound, gains=(0.0, 0.5, 1.0))
    rendered(mixer, sound.shape[1])
    np.testing.assert_allclose(mixer.peaks, [0.0, 0.25, 0.5], atol=1e-3)


def test_a_memory_map_sounds_as_the_array_it_holds(tone, tmp_path):
    sound = tone(RATE, 0.1, channels=2)
    np.save(tmp_path / "sound.npy", sound)
    mapped = np.load(tmp_path / "sound.npy", mmap_mode="r")
    assert np.array_equal(rendered(mixer_of(mapped, gains=(1.0,)), 1000), sound.T[:1000])


def test_tracks_of_different_length_are_refused(tone):
    with pytest.raises(ValueError, match="one shape"):
        Mixer({"mixture": tone(RATE, 0.1), "speech": tone(RATE, 0.2)}, RATE)


def test_rendering_allocates_no_samples(hiss):
    sound = hiss(RATE, 1.0, channels=6)
    mixer, out = mixer_of(sound, sound, sound, gains=(0.5, 0.5, 0.5)), np.empty((CHUNK, 2), np.float32)
    mixer.aim((1.0, 0.0, 0.7))
    tracemalloc.start()
    try:
        for position in range(0, 20 * CHUNK, CHUNK):
            mixer.render(out, position)
            mixer.advance(CHUNK)
            if position == 0:
                tracemalloc.reset_peak()  # the first call fills Python's own caches
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < out[:, 0].nbytes  # views and numbers only


@pytest.mark.parametrize(
    ("solo", "mute", "heard"),
    [
        ("", "", "mixture"),
        ("speech", "", "speech"),
        ("speech noise", "", "speech noise"),
        ("mixture speech", "", "mixture"),  # else the speech would be heard twice
        ("speech", "speech", "speech"),  # solo wins
        ("", "mixture", "speech noise"),
        ("", "speech", "noise"),
        ("", "mixture noise", "speech"),
        ("", "speech noise", ""),
        ("", "mixture speech noise", ""),
    ],
)
def test_solo_and_mute_decide_what_is_heard_and_nothing_is_heard_twice(solo, mute, heard):
    mix = Mix(frozenset(solo.split()), frozenset(mute.split()), volume=0.5)
    assert mix.gains(TRACKS) == tuple(0.5 if name in heard.split() else 0.0 for name in TRACKS)


def test_before_a_separation_solo_and_mute_of_its_tracks_change_nothing():
    assert Mix(solo=frozenset({"speech"}), mute=frozenset({"noise"})).gains(("mixture",)) == (1.0,)
