import math

import numpy as np
import pytest

from tasnet_gui.analysis import perceptual, scores

RATE = 16_000


def hiss(seed: int, frames: int = RATE, level: float = 0.1) -> scores.Mono:
    return level * np.random.default_rng(seed).standard_normal(frames, dtype=np.float32)


def bursts(frames: int = 2 * RATE) -> scores.Mono:
    """A voice that swells and is silent, four times a second."""
    time = np.arange(frames) / RATE
    tone = sum(np.sin(2 * np.pi * 140 * n * time) / n for n in range(1, 20))
    return (0.1 * tone * (np.sin(2 * np.pi * 2 * time) > 0)).astype(np.float32)


def test_level_is_that_of_a_full_scale_square() -> None:
    assert scores.level(np.ones(100, np.float32)) == pytest.approx(0)
    assert scores.level(np.full(100, 0.1, np.float32)) == pytest.approx(-20, abs=1e-4)
    assert scores.level(np.zeros(100, np.float32)) == -200


@pytest.mark.parametrize("error", [1.0, 0.1, 0.01])
def test_sdr_is_the_ratio_of_target_and_error(error: float) -> None:
    s, e = hiss(1), hiss(2)
    expected = -20 * math.log10(error)
    assert scores.sdr(s + error * e, s) == pytest.approx(expected, abs=0.1)
    assert scores.snr(s, error * e) == pytest.approx(expected, abs=0.1)


def test_sdr_counts_a_wrong_level_and_si_sdr_does_not() -> None:
    s, estimate = hiss(1), hiss(1) + 0.1 * hiss(2)
    assert scores.sdr(0.5 * s, s) == pytest.approx(20 * math.log10(2), abs=1e-3)
    for scale in (0.01, 0.5, 20):
        assert scores.si_sdr(scale * estimate, s) == pytest.approx(scores.si_sdr(estimate, s), abs=1e-3)


def test_si_sdr_does_not_count_an_offset() -> None:
    s, estimate = hiss(1), hiss(1) + 0.1 * hiss(2)
    assert scores.si_sdr(estimate + np.float32(0.3), s) == pytest.approx(scores.si_sdr(estimate, s), abs=1e-3)


def test_si_sdr_of_orthogonal_sounds_is_known() -> None:
    time = 2 * np.pi * np.arange(RATE, dtype=np.float32) / RATE
    s, other = np.sin(100 * time), np.sin(200 * time)
    assert scores.si_sdr(s + 0.1 * other, s) == pytest.approx(20, abs=1e-3)
    assert scores.si_sdr(other, s) == -scores.HIGHEST


def test_scores_are_finite_at_the_ends() -> None:
    s, silence = hiss(1), np.zeros(RATE, np.float32)
    assert scores.si_sdr(s, s) == scores.HIGHEST
    assert scores.sdr(s, s) == scores.HIGHEST
    assert scores.sdr(silence, s) == pytest.approx(0)
    assert scores.si_sdr(silence, s) == -scores.HIGHEST
    assert scores.snr(silence, s) == -scores.HIGHEST
    assert scores.snr(s, silence) == scores.HIGHEST


def test_nothing_is_measured_against_silence() -> None:
    s, silence = hiss(1), np.zeros(RATE, np.float32)
    assert scores.si_sdr(s, silence) is None
    assert scores.sdr(s, silence) is None
    assert scores.snr(silence, silence) is None
    assert scores.speech_attenuation(s, silence, RATE) is None
    assert scores.speech_lost(s, silence, RATE) is None


def test_noise_attenuation_looks_at_pauses_only() -> None:
    speech, noise = bursts(), hiss(2, 2 * RATE, 0.01)
    assert scores.noise_attenuation(speech + 0.1 * noise, speech + noise, speech, RATE) == pytest.approx(20, abs=0.1)
    assert scores.noise_attenuation(0.5 * speech + noise, speech + noise, speech, RATE) == pytest.approx(0, abs=0.1)
    assert scores.noise_attenuation(speech, speech, hiss(1, 2 * RATE), RATE) is None  # hiss has no pauses


def test_speech_attenuation_is_how_much_quieter_the_speech_is() -> None:
    speech, noise = bursts(), hiss(2, 2 * RATE, 0.01)
    assert scores.speech_attenuation(0.5 * speech + noise, speech, RATE) == pytest.approx(6.02, abs=0.1)
    assert scores.speech_attenuation(speech + noise, speech, RATE) == pytest.approx(0, abs=0.1)
    assert scores.speech_attenuation(-speech, speech, RATE) == scores.HIGHEST


def test_speech_lost_is_the_part_that_is_pressed_down() -> None:
    speech = bursts()
    half = speech.copy()
    half[RATE:] *= 0.1  # by 20 dB
    assert scores.speech_lost(half, speech, RATE) == pytest.approx(0.5, abs=0.03)
    assert scores.speech_lost(0.5 * speech, speech, RATE) == 0


@pytest.mark.parametrize("frames", [1, 100, 511, 513])
def test_short_sounds_have_scores(frames: int) -> None:
    s = hiss(1, frames)
    assert scores.speech_lost(s, s, RATE) == 0
    assert scores.noise_attenuation(s, s, s, RATE) is None
    assert scores.sdr(0.5 * s, s) == pytest.approx(6.02, abs=0.01)


def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perceptual, "PACKAGES", {"stoi": "no_such_package", "pesq": "json"})
    assert perceptual.missing() == ["stoi"]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_intelligibility_falls_with_noise(rate: int) -> None:
    pytest.importorskip("pystoi")
    speech, noise = bursts(2 * rate), hiss(2, 2 * rate, 0.3)
    clean, noisy = (perceptual.stoi(x, speech, rate) for x in (speech, speech + noise))
    assert clean == pytest.approx(1, abs=1e-3)
    assert noisy is not None
    assert noisy < 0.8


def test_where_there_is_too_little_to_hear_there_is_no_score() -> None:
    short = bursts(1000)
    if "stoi" not in perceptual.missing():
        assert perceptual.stoi(short, short, RATE) is None
    if "pesq" not in perceptual.missing():
        assert perceptual.pesq(short, short, RATE) is None
        assert perceptual.pesq(np.zeros(RATE, np.float32), hiss(1), RATE) is None


@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_pesq_is_highest_for_the_speech_itself(rate: int) -> None:
    pytest.importorskip("pesq")
    speech = bursts(2 * rate) + hiss(3, 2 * rate, 1e-4)
    clean, noisy = (perceptual.pesq(x, speech, rate) for x in (speech, speech + hiss(2, 2 * rate, 0.05)))
    assert clean == pytest.approx(4.64, abs=0.02)
    assert noisy is not None
    assert noisy < 3


def test_pesq_is_the_same_in_a_process_of_its_own() -> None:
    pytest.importorskip("pesq")
    speech = bursts()
    estimate = speech + hiss(1, len(speech), 0.01)
    with perceptual.pesq_beside() as beside:
        assert beside(estimate, speech, RATE) == perceptual.pesq(estimate, speech, RATE)
