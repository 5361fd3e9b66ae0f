"""A reference is brought to the recording's rate and place, or refused in one sentence; the scores are evaluate's."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.analysis import perceptual
from tasnet_gui.analysis.measures import Truth, score
from tasnet_gui.audio.files import read
from tasnet_gui.audio.resample import resample
from tasnet_gui.domain import BadRequest, ModelCard, Recording, Samples, Separation, UnreadableAudio, finish
from tasnet_gui.engine.reference import referring, scoring

RATE = 16_000
Sounds = Callable[..., Samples]
Files = Callable[..., Path]


@pytest.fixture(autouse=True)
def _without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptual, "missing", lambda: ["stoi", "pesq"])


@pytest.fixture
def speech(hiss: Sounds) -> Samples:
    """Two seconds, the second of them silent."""
    sound = hiss(RATE, 2.0, 2, seed=1)
    sound[:, RATE:] = 0
    return sound


@pytest.fixture
def recording(sound_file: Files, hiss: Sounds, speech: Samples) -> Recording:
    return read(sound_file("talk.wav", speech + 0.3 * hiss(RATE, 2.0, 2, seed=2), subtype="FLOAT"))


def test_what_fits_is_taken_as_it_is(sound_file: Files, recording: Recording, speech: Samples) -> None:
    reference = finish(referring(recording, sound_file("clean.wav", speech, subtype="FLOAT")))
    np.testing.assert_array_equal(reference.speech, speech)
    np.testing.assert_allclose(reference.speech + reference.noise, recording.samples, atol=1e-6)
    assert reference.whole
    assert reference.notes == ()
    assert (reference.name, reference.noise_name) == ("clean.wav", "")


@pytest.mark.parametrize("lag", [400, -400])
def test_what_is_late_or_early_is_moved_and_only_the_common_stretch_counts(
    sound_file: Files, recording: Recording, speech: Samples, lag: int
) -> None:
    moved = speech[:, lag:] if lag > 0 else np.pad(speech, ((0, 0), (-lag, 0)))
    reference = finish(referring(recording, sound_file("clean.wav", moved, subtype="FLOAT")))
    np.testing.assert_array_equal(reference.speech, speech[:, reference.start : reference.stop])
    assert (reference.start, reference.stop) == (max(lag, 0), 2 * RATE)
    assert f"moved 25.0 ms {'later' if lag > 0 else 'earlier'}" in reference.notes[0]


def test_another_rate_is_resampled_and_its_missing_band_told_of(
    sound_file: Files, recording: Recording, speech: Samples
) -> None:
    low = resample(speech, RATE, 8_000, RATE)
    reference = finish(referring(recording, sound_file("clean.wav", low, 8_000, "FLOAT")))
    np.testing.assert_allclose(reference.speech, resample(low, 8_000, RATE, 2 * RATE), atol=1e-6)
    assert "above 4,000 Hz counts as an error" in reference.notes[0]


def test_another_level_and_sign_are_undone(sound_file: Files, recording: Recording, speech: Samples) -> None:
    reference = finish(referring(recording, sound_file("clean.wav", -0.25 * speech, subtype="FLOAT")))
    np.testing.assert_allclose(reference.speech, speech, atol=0.02)
    assert "inverted and brought to the recording's level" in reference.notes[0]


def test_a_mono_reference_serves_every_channel(sound_file: Files, recording: Recording, hiss: Sounds) -> None:
    voice = hiss(RATE, 2.0, seed=5)
    both = replace(recording, samples=np.repeat(voice, 2, 0) + 0.3 * hiss(RATE, 2.0, 2, seed=2))
    reference = finish(referring(both, sound_file("clean.wav", voice, subtype="FLOAT")))
    np.testing.assert_array_equal(reference.speech, np.repeat(voice, 2, 0))
    assert "is mono" in reference.notes[0]


def test_a_mono_reference_has_in_every_channel_the_level_that_it_has_there(
    sound_file: Files, recording: Recording, hiss: Sounds
) -> None:
    voice, levels = hiss(RATE, 2.0, seed=5), np.float32([[1.0], [0.5], [0.0]])
    panned = replace(recording, samples=levels * voice + 0.2 * hiss(RATE, 2.0, 3, seed=2))
    reference = finish(referring(panned, sound_file("clean.wav", voice, subtype="FLOAT")))
    np.testing.assert_allclose(reference.speech, levels * voice, atol=0.02)
    late = replace(panned, samples=np.concatenate([panned.samples[:1], np.roll(panned.samples[1:2], 40)]))
    with pytest.raises(BadRequest, match="at different times"):
        finish(referring(late, sound_file("clean.wav", voice, subtype="FLOAT")))


def test_true_noise_may_come_from_a_file_of_its_own(
    sound_file: Files, recording: Recording, speech: Samples, hiss: Sounds
) -> None:
    noise = 0.3 * hiss(RATE, 2.0, 2, seed=2)
    files = [sound_file(name, sound, subtype="FLOAT") for name, sound in (("s.wav", speech), ("n.wav", noise[:, 800:]))]
    reference = finish(referring(recording, *files))
    assert reference.start == 800
    np.testing.assert_array_equal(reference.noise, noise[:, 800:])
    np.testing.assert_array_equal(reference.speech, speech[:, 800:])


def test_the_stretch_that_two_files_have_in_common_is_told_once(
    sound_file: Files, recording: Recording, speech: Samples, hiss: Sounds
) -> None:
    noise = 0.3 * hiss(RATE, 2.0, 2, seed=2)
    sounds = (("s.wav", speech[:, : -RATE // 4]), ("n.wav", noise[:, RATE // 2 :]))
    reference = finish(referring(recording, *(sound_file(name, sound, subtype="FLOAT") for name, sound in sounds)))
    assert (reference.start, reference.stop) == (RATE // 2, 2 * RATE - RATE // 4)
    told = [note for note in reference.notes if "measured" in note]
    assert told == ["The reference covers 0.50 to 1.75 s; only that is measured."]


def test_what_does_not_belong_is_refused_with_the_reason(
    sound_file: Files, recording: Recording, speech: Samples, hiss: Sounds, tone: Sounds
) -> None:
    drifting = hiss(RATE, 50.0, seed=7)
    slower = resample(drifting, 160_000, 160_001, drifting.shape[1])  # 6 ppm, as between two cheap clocks
    long = replace(recording, samples=slower + 0.1 * hiss(RATE, 50.0, seed=8))
    cases = {
        "is not found in talk.wav": (recording, sound_file("other.wav", hiss(RATE, 2.0, 2, seed=9))),
        "is silent": (recording, sound_file("silent.wav", np.zeros_like(speech))),
        "has 3 channels": (recording, sound_file("three.wav", hiss(RATE, 2.0, 3))),
        "is the open recording itself": (recording, recording.path),
        "in common": (recording, sound_file("short.wav", speech[:, :4000], subtype="FLOAT")),
        "does not stay in step": (long, sound_file("drifting.wav", drifting, subtype="FLOAT")),
    }
    for what, (heard, path) in cases.items():
        with pytest.raises(BadRequest, match=what) as refused:
            finish(referring(heard, path))
        assert refused.value.todo
    with pytest.raises(UnreadableAudio):
        finish(referring(recording, Path("nowhere.wav")))


def test_the_scores_are_those_of_evaluate_over_the_common_stretch(
    sound_file: Files, recording: Recording, speech: Samples, make_card: Callable[..., ModelCard]
) -> None:
    estimate = 0.8 * speech + 0.1 * recording.samples
    separation = Separation(recording, make_card(), estimate, recording.samples - estimate, seconds=0.5)
    whole = finish(referring(recording, sound_file("clean.wav", speech, subtype="FLOAT")))
    found = finish(scoring(separation, whole))
    assert found == score(Truth(recording, whole.speech, whole.noise), separation)
    assert found["rtf"] == 0.25
    assert found["si_sdr_improvement"] is not None
    assert found["si_sdr_improvement"] > 10
    part = finish(referring(recording, sound_file("part.wav", speech[:, 1600:], subtype="FLOAT")))
    values = finish(scoring(separation, part))
    assert values["rtf"] == 0.25  # of the whole
    assert values["sdr"] == pytest.approx(found["sdr"], abs=0.3)


@pytest.fixture
def make_card() -> Callable[..., ModelCard]:
    return lambda: ModelCard("m", "M", "", {"causal": False}, RATE, "0" * 64, "MIT", Path("m"))
