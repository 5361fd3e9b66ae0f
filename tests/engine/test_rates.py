"""The recording's own rate, length and channels come back, and nothing moves in time."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tasnet_gui.audio.files import read
from tasnet_gui.audio.quantise import quantised
from tasnet_gui.audio.resample import resample
from tasnet_gui.domain import ModelCard, Recording, Remix, Samples, Separation
from tasnet_gui.engine import library
from tasnet_gui.engine.native import HIGH_BANDS, HighBand, Native
from tasnet_gui.engine.rates import Source
from tasnet_gui.engine.separate import separate

Models = Callable[..., ModelCard]
Sounds = Callable[..., Samples]
RATES = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000]
SECONDS = 2.0


def lag(sound: Samples, other: Samples) -> int:
    """By how many frames one sound must be moved to be most like the other."""
    size = 2 * len(sound)
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(other, size))
    correlation = np.fft.irfft(spectrum, size)
    return (int(np.argmax(correlation)) + len(sound)) % size - len(sound)


@pytest.fixture
def spoken(demo: Path) -> Callable[[int, int], Recording]:
    """`spoken(rate, channels)`: a part of the demo; its second channel is softer and has other noise."""

    def make(rate: int, channels: int) -> Recording:
        piece = read(demo).samples[:, 32_000 : 32_000 + round(16_000 * SECONDS) + 1]
        frames = round(rate * SECONDS) + 1  # an odd length
        sound = np.repeat(resample(piece, 16_000, rate, frames), channels, 0)
        sound[1:] *= 0.7
        sound[1:] += 0.001 * np.random.default_rng(0).standard_normal(frames, np.float32)
        return Recording(sound, rate)

    return make


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
def test_nothing_moves_in_time_at_any_rate(
    spoken: Callable[[int, int], Recording], rate: int, channels: int, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(library.unload)
    given = spoken(rate, channels)
    result = separate(given, library.card(library.DEFAULT), device="cpu", threads=1)
    assert result.speech.shape == result.noise.shape == given.samples.shape
    assert result.null_db < -130
    for channel in range(channels):
        mixture, speech, noise = (result.track(name)[channel] for name in ("mixture", "speech", "noise"))
        assert np.corrcoef(mixture, speech + noise)[0, 1] > 1 - 1e-9
        assert lag(mixture, speech + noise) == 0
        assert lag(mixture, speech) == 0
        assert lag(mixture, noise) == 0


def above(sound: Samples, frequency: float, rate: int) -> float:
    """The energy above a frequency."""
    power = np.square(np.abs(np.fft.rfft(sound)))
    return float(power[..., np.fft.rfftfreq(sound.shape[-1], 1 / rate) > frequency].sum())


def apart(card: ModelCard, sound: Samples, rate: int, high_band: HighBand) -> Separation:
    return separate(Recording(sound, rate), card, device="cpu", high_band=high_band)


@pytest.mark.parametrize("causal", [False, True], ids=["non-causal", "causal"])
@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_the_high_band_goes_where_it_is_told_to(tiny_model: Models, hiss: Sounds, causal: bool, rate: int) -> None:
    card, sound = tiny_model(causal), hiss(rate, 1.4, channels=2)
    full, model, noise = (apart(card, sound, rate, choice) for choice in HIGH_BANDS)
    whole = above(sound, 8_500, rate)
    assert above(full.speech, 8_500, rate) > 0.01 * whole
    for result in (model, noise):
        assert above(result.speech, 8_500, rate) < 1e-4 * whole
    np.testing.assert_array_equal(model.speech, noise.speech)
    assert above(noise.noise, 8_500, rate) == pytest.approx(whole, rel=0.01)
    assert above(model.noise, 8_500, rate) < 1e-4 * whole
    assert len({result.notes for result in (full, model, noise)}) == 3


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@pytest.mark.parametrize("choice", HIGH_BANDS)
def test_sums_are_exact_whatever_becomes_of_the_high_band(
    tiny_model: Models, hiss: Sounds, rate: int, choice: HighBand
) -> None:
    sound = hiss(rate, 1.2, channels=2)
    result = apart(tiny_model(), sound, rate, choice)
    assert result.null_db < -130
    assert result.partial == (choice == "model" and rate > 16_000)
    whole = Source(result.recording, 16_000, Native(choice)).whole(0, sound.shape[1])
    np.testing.assert_allclose(result.speech + result.noise, whole, rtol=0, atol=2**-23)
    if not result.partial:
        np.testing.assert_array_equal(whole, sound)


@pytest.mark.parametrize("bits", [16, 24])
def test_exported_tracks_of_the_models_band_add_up_to_it(tiny_model: Models, hiss: Sounds, bits: int) -> None:
    result = apart(tiny_model(), hiss(48_000, 0.7), 48_000, "model")
    speech, noise = (
        np.concatenate([block >> (32 - bits) for block in quantised(result, track, 1.0, bits, Remix())])
        for track in ("speech", "noise")
    )
    both = (result.speech + result.noise).T.astype(np.float64) * 2 ** (bits - 1)
    assert np.abs(speech.astype(np.int64) + noise - both).max() <= 1.0
    assert above(noise.T.astype(np.float32), 9_000, 48_000) < 0.001 * above(noise.T.astype(np.float32), 0, 48_000)


def test_the_models_band_is_the_same_in_every_piece(hiss: Sounds) -> None:
    source = Source(Recording(hiss(44_100, 5.3), 44_100), 16_000, Native("model"))
    whole = source.whole(0, source.recording.frames)
    for start, stop in ((0, 1), (50_000, 140_000), (88_200, 88_201), (200_000, source.recording.frames)):
        np.testing.assert_allclose(source.whole(start, stop), whole[:, start:stop], rtol=0, atol=1e-6)
