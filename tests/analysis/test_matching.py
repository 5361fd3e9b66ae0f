"""Equal loudness: as loud as measured, for every remix, and never clipped."""

import math
from collections.abc import Callable, Generator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasnet_gui.analysis import matching as module
from tasnet_gui.analysis.loudness import Loudness
from tasnet_gui.analysis.matching import CEILING, Matching
from tasnet_gui.domain import OFF, TRACKS, Mix, ModelCard, Progress, Recording, Remix, Samples, Separation, finish

RATE = 16_000
CARD = ModelCard("none", "None", "", {"causal": False}, RATE, "", "", Path())
LEVELS = st.floats(-60, 12) | st.just(OFF)


def apart(speech: Samples, noise: Samples) -> Separation:
    return Separation(Recording(speech + noise, RATE), CARD, speech, noise)


def measuring(separation: Separation) -> Generator[Progress, None, Matching]:
    """All tracks, in blocks that do not end where the meter's do."""
    parts = [slice(start, start + 7001) for start in range(0, separation.recording.frames, 7001)]
    sounds = [separation.track(track) for track in TRACKS]
    if separation.partial:
        sounds.append(separation.speech + separation.noise)
    tracks = [[sound[:, part] for part in parts] for sound in sounds]
    return module.measuring(separation.recording, tracks)


@pytest.fixture(scope="module")
def talk() -> Separation:
    """Five seconds of stereo: a tone that comes and goes, in quiet hiss."""
    random = np.random.default_rng(7)
    time = np.arange(5 * RATE) / RATE
    voice = 0.4 * np.sin(2 * np.pi * 300 * time) * (np.sin(2 * np.pi * 0.7 * time) > 0)
    speech = np.stack([voice, 0.5 * voice]).astype(np.float32)
    return apart(speech, 0.01 * random.standard_normal(speech.shape, dtype=np.float32))


@pytest.fixture(scope="module")
def matching(talk: Separation) -> Matching:
    return finish(measuring(talk))


def heard(separation: Separation, mix: Mix) -> Samples:
    gains = mix.gains(TRACKS)
    return sum(gain * separation.track(track) for gain, track in zip(gains, TRACKS, strict=True) if gain)


def loudness(samples: Samples) -> float | None:
    meter = Loudness(RATE, samples.shape[0])
    meter.add(samples)
    return meter.integrated


@pytest.mark.parametrize("track", [*TRACKS, "remix"])
def test_all_tracks_are_equally_loud(talk: Separation, matching: Matching, track: str) -> None:
    sound = heard(talk, Mix(solo=frozenset({track}), leveller=matching))
    assert loudness(sound) == pytest.approx(matching.target, abs=0.01)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(speech=LEVELS, noise=LEVELS)
def test_every_remix_is_as_loud_and_none_clips(
    talk: Separation, matching: Matching, speech: float, noise: float
) -> None:
    mix = Mix(solo=frozenset({"remix"}), remix=Remix(speech, noise))
    plain = heard(talk, mix)
    if isinstance(plain, int):
        return  # both are off
    sound = heard(talk, replace(mix, leveller=matching))
    assert np.abs(sound).max() <= 10 ** (CEILING / 20) + 1e-6
    if loudness(plain) is None:  # below the gate, where nothing is as loud as anything
        return
    # Where the bound on the peak holds it back, it is quieter; it is never louder.
    assert loudness(sound) <= matching.target + 0.01
    if speech <= 0 and noise <= speech:
        assert loudness(sound) == pytest.approx(matching.target, abs=0.01)


def test_a_remix_of_a_partial_separation_is_as_loud(talk: Separation) -> None:
    above = 0.2 * np.random.default_rng(8).standard_normal(talk.speech.shape, dtype=np.float32)
    partial = replace(talk, recording=Recording(talk.recording.samples + above, RATE), partial=True)
    matching = finish(measuring(partial))
    for strength in (0.0, 6.0, 30.0):
        mix = Mix(solo=frozenset({"remix"}), remix=Remix.of_strength(strength), leveller=matching)
        assert loudness(heard(partial, mix)) == pytest.approx(matching.target, abs=0.01)
        assert np.abs(heard(partial, mix)).max() <= 10 ** (CEILING / 20) + 1e-6


def test_nothing_gets_louder_than_the_mixture(talk: Separation, matching: Matching) -> None:
    assert matching.target <= loudness(talk.recording.samples)
    assert matching.factor(1, 0, 0) <= 1.0


def test_a_part_with_high_peaks_brings_all_down_instead_of_clipping(talk: Separation) -> None:
    noise = np.zeros_like(talk.noise)
    noise[:, :: RATE // 2] = 0.9  # clicks: little loudness, high peaks
    matching = finish(measuring(apart(talk.speech, noise)))
    mix = Mix(solo=frozenset({"noise"}), leveller=matching)
    assert np.abs(heard(apart(talk.speech, noise), mix)).max() == pytest.approx(10 ** (CEILING / 20), rel=1e-5)
    assert matching.target < loudness(talk.speech + noise) - 3


@pytest.mark.parametrize("seconds", [0.3, 2.0])
def test_what_is_too_short_or_silent_stays_as_it_is(hiss: Callable[..., Samples], seconds: float) -> None:
    sound = hiss(RATE, seconds) * (seconds < 1)
    matching = finish(measuring(apart(sound, 0 * sound)))
    assert matching.target is None
    for gains in ((1.0, 0.0, 0.0), (0.0, 1.0, 0.5)):
        assert matching.factor(*gains) == 1.0


def test_a_silent_part_does_not_matter(talk: Separation) -> None:
    matching = finish(measuring(apart(talk.speech, 0 * talk.noise)))
    assert matching.factor(0, 0, 1) == 1.0
    assert matching.factor(0, 1, 0) == pytest.approx(matching.factor(1, 0, 0))
    assert math.isfinite(matching.target)


def test_progress_rises_to_the_end(talk: Separation) -> None:
    done = [progress.done for progress in measuring(talk)]
    assert done == sorted(done)
    assert done[-1] == 1.0
