import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasnet_gui.audio import resample as module
from tasnet_gui.audio.resample import Resampler, resample
from tasnet_gui.domain import Samples

RATES = [1_000, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000, 767_999, 768_000]
PAIRS = [(rate, 16_000) for rate in RATES] + [(16_000, rate) for rate in RATES] + [(44_100, 48_000), (1_000, 768_000)]


def bump(rate: int, seconds: float, centre: float, width: float = 4e-3) -> Samples:
    """A Gaussian at `centre` seconds, far below the Nyquist frequency of 1 kHz; the second channel is upside down."""
    time = np.arange(round(rate * seconds)) / rate
    wave = np.exp(-0.5 * ((time - centre) / width) ** 2)
    return np.stack([wave, -wave]).astype(np.float32)


@pytest.mark.parametrize(("rate", "new_rate"), PAIRS)
def test_sound_keeps_its_place_and_shape_at_any_rate(rate: int, new_rate: int) -> None:
    frames = round(0.25 * new_rate)
    resampled = resample(bump(rate, 0.25, 0.1), rate, new_rate, frames)
    np.testing.assert_allclose(resampled, bump(new_rate, 0.25, 0.1), atol=1e-4)


@pytest.mark.parametrize("rate", RATES)
def test_there_and_back_is_where_it_was(rate: int) -> None:
    sound = bump(rate, 0.25, 0.12)
    model = resample(sound, rate, 16_000, round(0.25 * 16_000))
    back = resample(model, 16_000, rate, sound.shape[1])
    assert back.shape == sound.shape
    np.testing.assert_allclose(back, sound, atol=1e-4)


@pytest.mark.parametrize(("rate", "new_rate"), [(48_000, 16_000), (16_000, 44_100), (96_000, 48_000)])
def test_the_last_samples_are_sound_and_not_zeros(rate: int, new_rate: int) -> None:
    time = np.arange(rate // 10) / rate
    sound = np.sin(2 * np.pi * 100 * time + 1)[None].astype(np.float32)
    frames = -(-sound.shape[1] * new_rate // rate)
    resampled = resample(sound, rate, new_rate, frames)
    wanted = np.sin(2 * np.pi * 100 * np.arange(frames) / new_rate + 1)
    # The end of the sound is a step, which the filter's ringing rounds over some samples; silence would be off by 0.8.
    np.testing.assert_allclose(resampled[0, -200:-100], wanted[-200:-100], atol=2e-2)
    assert abs(resampled[0, -1]) > 0.2


@given(st.sampled_from(PAIRS), st.integers(0, 50), st.integers(0, 60))
@settings(max_examples=60)
def test_the_length_is_the_one_asked_for(pair: tuple[int, int], available: int, frames: int) -> None:
    resampled = resample(np.ones((3, available), np.float32), *pair, frames)
    assert resampled.shape == (3, frames)
    assert np.isfinite(resampled).all()


def test_equal_rates_change_nothing() -> None:
    sound = bump(16_000, 0.1, 0.05)
    assert resample(sound, 16_000, 16_000, sound.shape[1]) is sound
    np.testing.assert_array_equal(resample(sound, 16_000, 16_000, 100), sound[:, :100])
    longer = resample(sound, 16_000, 16_000, 2000)
    np.testing.assert_array_equal(longer[:, :1600], sound)
    assert not longer[:, 1600:].any()


def test_silence_stays_silent() -> None:
    assert not resample(np.zeros((2, 4800), np.float32), 48_000, 16_000, 1600).any()


@given(
    st.lists(st.integers(0, 700), max_size=12), st.sampled_from([(48_000, 16_000), (16_000, 44_100), (8_000, 8_000)])
)
def test_a_stream_gives_what_the_whole_gives(lengths: list[int], pair: tuple[int, int]) -> None:
    sound = np.random.default_rng(0).standard_normal((2, sum(lengths)), np.float32)
    resampler = Resampler(2, *pair)
    blocks = []
    for stop, length in zip(np.cumsum(lengths, dtype=int), lengths, strict=True):
        blocks.append(resampler.feed(sound[:, stop - length : stop]))
    blocks.append(resampler.flush())
    stream = np.concatenate(blocks, axis=1)
    assert abs(stream.shape[1] - sound.shape[1] * pair[1] / pair[0]) <= 1
    whole = resample(sound, *pair, stream.shape[1])
    # `resample` plays the ringing of the end out into silence, which a stream cut off at its last frame cannot hear.
    np.testing.assert_allclose(stream, whole, atol=1e-5)


def test_long_sound_goes_through_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = np.random.default_rng(0).standard_normal((1, 30_000), np.float32)
    whole = resample(sound, 48_000, 16_000, 10_000)
    monkeypatch.setattr(module, "BLOCK", 1000)
    np.testing.assert_allclose(resample(sound, 48_000, 16_000, 10_000), whole, atol=1e-6)
