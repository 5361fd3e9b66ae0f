"""Meters against known levels: sines, silence, and the offline loudness of the same sound."""

import math

import numpy as np
import pytest

from tasnet_gui.analysis.loudness import Loudness
from tasnet_gui.analysis.metering import FALL, HOLD, LoudnessMeter, Meter


def sine(rate: int, seconds: float, level_db: float, pitch: float = 997.0, channels: int = 2):
    time = np.arange(round(rate * seconds)) / rate
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * pitch * time)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("block", [160, 1000, 48_000])
def test_a_stereo_sine_reads_what_ebu_tech_3341_asks(rate, block):
    meter, sound = LoudnessMeter(rate), sine(rate, 4.0, -23.0)
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    assert meter.momentary == pytest.approx(-23.0, abs=0.1)
    assert meter.short_term == pytest.approx(-23.0, abs=0.1)


def test_noise_reads_the_same_as_the_offline_meter(hiss):
    rate = 48_000
    sound = hiss(rate, 3.0, channels=2)
    live, offline = LoudnessMeter(rate), Loudness(rate, 2)
    live.add(sound.T)
    offline.add(sound)
    assert live.short_term == pytest.approx(offline.integrated, abs=0.1)


def test_silence_too_little_sound_and_low_rates_have_no_loudness():
    silent, short, low = LoudnessMeter(48_000), LoudnessMeter(48_000), LoudnessMeter(4_000)
    silent.add(np.zeros((48_000 * 4, 2), np.float32))
    short.add(sine(48_000, 0.35, -20.0))
    low.add(sine(4_000, 4.0, -20.0))
    for meter in (silent, short, low):
        assert (meter.momentary, meter.short_term) == (None, None)


def test_a_recording_with_one_channel_counts_once():
    mono, stereo = Meter(48_000, 1), Meter(48_000, 2)
    sound = sine(48_000, 1.0, -20.0)
    once, twice = mono.take(sound, 1.0), stereo.take(sound, 1.0)
    assert (len(once.peaks), len(twice.peaks)) == (1, 2)
    assert twice.momentary - once.momentary == pytest.approx(10 * math.log10(2), abs=0.01)


def test_a_peak_rises_at_once_falls_slowly_and_stays_marked():
    meter = Meter(48_000, 2)
    loud = np.zeros((480, 2), np.float32)
    loud[7] = 0.5, -0.25
    levels = meter.take(loud, 0.01)
    assert levels.peaks == levels.held == pytest.approx((20 * math.log10(0.5), 20 * math.log10(0.25)))
    silence = np.zeros((480, 2), np.float32)
    levels = meter.take(silence, 1.0)
    assert levels.peaks[0] == pytest.approx(20 * math.log10(0.5) - FALL)
    assert levels.held[0] == pytest.approx(20 * math.log10(0.5))
    levels = meter.take(silence, HOLD)
    assert levels.held[0] < 20 * math.log10(0.5)
    for _ in range(10):
        levels = meter.take(silence, 1.0)
    assert levels.resting


@pytest.mark.parametrize(("peak", "over"), [(0.999, False), (1.0, True), (-1.0, True), (1.7, True)])
def test_full_scale_stays_marked_until_it_is_reset(peak, over):
    meter = Meter(48_000, 2)
    block = np.full((10, 2), peak, np.float32)
    assert meter.take(block, 0.01).over is over
    for _ in range(100):
        meter.take(np.zeros((10, 2), np.float32), 1.0)
    assert meter.levels.over is over
    meter.reset()
    assert not meter.levels.over
