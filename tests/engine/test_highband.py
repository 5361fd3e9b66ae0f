from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasnet_gui.audio.resample import resample
from tasnet_gui.domain import Recording, Samples
from tasnet_gui.engine import highband
from tasnet_gui.engine.rates import Source
from tasnet_gui.engine.steps import ended, within

Sounds = Callable[..., Samples]


def raised(sound: Samples, low: Samples, low_speech: Samples, rate: int = 48_000) -> Samples:
    return ended(Source(Recording(sound, rate), 16_000).raised(sound, low, low_speech))


def speech_in(parts: highband.Parts, rate: int, model_rate: int) -> Samples:
    return ended(highband.speech_in(parts, rate, model_rate))


def level(sound: Samples) -> float:
    return 20 * float(np.log10(np.sqrt(np.mean(np.square(sound))) + 1e-12))


def above(sound: Samples, frequency: float, rate: int = 48_000) -> Samples:
    """What of a sound lies above a frequency."""
    spectrum = np.fft.rfft(sound)
    spectrum[..., np.fft.rfftfreq(sound.shape[-1], 1 / rate) < frequency] = 0
    return np.fft.irfft(spectrum, sound.shape[-1])


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 192_000])
def test_where_all_is_speech_the_whole_band_is_speech(hiss: Sounds, rate: int) -> None:
    sound = hiss(rate, 2.0)
    low = resample(sound, rate, 16_000, 32_000)
    speech = raised(sound, low, low, rate)
    np.testing.assert_allclose(speech, sound, rtol=0, atol=1e-5)


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
def test_where_nothing_is_speech_all_hiss_goes(hiss: Sounds, rate: int) -> None:
    sound = hiss(rate, 2.0)
    low = resample(sound, rate, 16_000, 32_000)
    assert not raised(sound, low, np.zeros_like(low), rate).any()


def test_a_sibilant_keeps_its_high_band_and_the_hiss_after_it_does_not(hiss: Sounds) -> None:
    sibilant = hiss(48_000, 2.0, level=0.1) * np.repeat([1, 0], 48_000).astype(np.float32)
    sound = sibilant + hiss(48_000, 2.0, level=0.01, seed=1)
    low, low_speech = (resample(part, 48_000, 16_000, 32_000) for part in (sound, sibilant))
    high = above(raised(sound, low, low_speech), 9_000)
    during, after = slice(0, 45_000), slice(51_000, None)  # 60 ms around the end: the window and the smoothing
    assert level(high[0, during]) == pytest.approx(level(above(sound, 9_000)[0, during]), abs=0.5)
    assert level(high[0, after]) < level(above(sound, 9_000)[0, after]) - 20


def test_the_share_follows_speech_without_a_step(hiss: Sounds) -> None:
    speech = hiss(16_000, 1.0) * np.repeat([0, 1, 0, 1], 4_000).astype(np.float32)
    values = highband.gains(speech + hiss(16_000, 1.0, seed=1), speech, 16_000, 8_000)
    drawn = highband.spread(values, 48_000, 48_000)
    assert drawn.min() < 0.01
    assert drawn.max() > 0.4
    assert np.abs(np.diff(drawn)).max() < 1 / 480  # a hundredth of a second from all to nothing


@given(
    seed=st.integers(0, 2**16),
    frames=st.integers(1, 2_000),
    rate=st.sampled_from([8_000, 11_025, 16_000]),
    gain=st.sampled_from([0.0, 1e-20, 1.0, 1e6]),
)
def test_a_share_is_never_below_nothing_or_above_everything(seed: int, frames: int, rate: int, gain: float) -> None:
    mixture, speech = np.float32(gain) * np.random.default_rng(seed).standard_normal((2, 1, frames), np.float32)
    values = highband.gains(mixture, speech, rate, rate / 2)
    assert len(values) >= frames * highband.PER_SECOND / rate
    assert (values >= 0).all()
    assert (values <= 1).all()


def test_shares_of_a_piece_are_those_of_the_whole(hiss: Sounds) -> None:
    mixture, speech = hiss(11_025, 6.0, channels=2)[:, None]
    whole = highband.gains(mixture, speech, 11_025, 5_000)
    piece = highband.gains(mixture[:, 2 * 11_025 :], speech[:, 2 * 11_025 :], 11_025, 5_000)
    np.testing.assert_allclose(piece[100:], whole[300:], rtol=1e-6)


def test_a_source_reads_only_the_seconds_it_is_asked_for(hiss: Sounds) -> None:
    sound = hiss(44_100, 2.5)
    source = Source(Recording(sound, 44_100), 16_000)
    assert source.seconds == 3
    np.testing.assert_array_equal(source.read(1, 2), sound[:, 44_100:88_200])
    np.testing.assert_array_equal(source.read(2, 9), sound[:, 88_200:])


def test_work_within_work_is_told_in_its_share() -> None:
    def work() -> object:
        yield 0.0
        yield 1.0

    assert list(within(0.25, 0.5, work())) == [0.25, 0.5]


def test_hiss_under_a_vowel_goes_although_somebody_speaks(hiss: Sounds) -> None:
    """Speech that ends at 8 kHz says nothing about what is above: steady hiss there stays noise."""
    speech = hiss(48_000, 3.0, level=0.1) * np.repeat([0, 1, 0, 1, 0, 1], 24_000).astype(np.float32)
    low_only = speech - above(speech, 8_000).astype(np.float32)
    sound = low_only + hiss(48_000, 3.0, level=0.01, seed=1)
    low, low_speech = (resample(part, 48_000, 16_000, 48_000) for part in (sound, low_only))
    spoken = np.concatenate([np.arange(27_000, 45_000), np.arange(75_000, 93_000)])  # 60 ms from where it begins
    kept, there = (above(part, 9_000)[0, spoken] for part in (raised(sound, low, low_speech), sound))
    assert level(kept) < level(there) - 10


def test_linked_channels_share_their_gains(hiss: Sounds) -> None:
    voice = hiss(48_000, 1.0) * np.repeat([1, 0], 24_000).astype(np.float32)
    sound = np.concatenate([voice, 0.5 * voice]) + hiss(48_000, 1.0, channels=2, level=0.01, seed=1)
    low = resample(sound, 48_000, 16_000, 16_000)
    low_speech = resample(np.concatenate([voice, 0.5 * voice]), 48_000, 16_000, 16_000)
    both = speech_in(highband.Parts(sound, low, low_speech), 48_000, 16_000)
    swapped = speech_in(highband.Parts(sound[::-1], low[::-1], low_speech[::-1]), 48_000, 16_000)
    np.testing.assert_allclose(swapped[::-1], both, rtol=0, atol=1e-6)
    same = speech_in(highband.Parts(np.stack([sound[0], sound[0]]), low, low_speech), 48_000, 16_000)
    np.testing.assert_array_equal(same[0], same[1])


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 2), (192_000, 1)])
def test_the_high_band_of_a_whole_piece_never_takes_long_without_a_pause(
    hiss: Sounds, monkeypatch: pytest.MonkeyPatch, rate: int, channels: int
) -> None:
    """Whoever cancels waits for one block, however long the piece and whatever its rate."""
    sound, low = hiss(rate, 30.0, channels=channels), hiss(16_000, 30.0, channels=channels)
    worked, longest, pauses = 0, 0, 0
    for name in ("rfft", "irfft"):
        plain = getattr(np.fft, name)

        def counted(block: Samples, *width: int, transform: Callable[..., Samples] = plain) -> Samples:
            nonlocal worked
            worked += block.shape[0] * (width[0] if width else block.shape[1])
            return transform(block, *width)

        monkeypatch.setattr(np.fft, name, counted)
    for _ in highband.speech_in(highband.Parts(sound, low, low / 2), rate, 16_000):
        longest, worked, pauses = max(longest, worked), 0, pauses + 1
    assert pauses > 20
    assert 0 < longest <= highband.AT_ONCE
    assert worked == 0  # nothing comes after the last pause


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_pauses_change_no_bit_of_the_high_band(hiss: Sounds, monkeypatch: pytest.MonkeyPatch, rate: int) -> None:
    sound, low = hiss(rate, 3.3, channels=2), hiss(16_000, 3.3, channels=2)
    parts = highband.Parts(sound, low, low * np.float32(0.3))
    paused = speech_in(parts, rate, 16_000)
    monkeypatch.setattr(highband, "AT_ONCE", 1 << 40)
    np.testing.assert_array_equal(speech_in(parts, rate, 16_000), paused)
