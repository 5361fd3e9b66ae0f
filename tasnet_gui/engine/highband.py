"""What becomes of the sound above the model's band.

A 16 kHz model neither hears nor makes anything above 8 kHz. In a 48 kHz recording that band holds the edge of the
sibilants, and hiss. It is shared by gains that are smooth in time and frequency, and as noise = mixture - speech the
sum stays exact. Two questions make a gain:

Is somebody speaking? The top of the band that the model did separate tells at every hundredth of a second, by Wiener's
gain g = speech power / (speech power + noise power), smoothed over 50 ms.

Does that reach up here? Where g says noise, the power N of each quarter octave above is learned, and where speech does
not rise over it there is nothing to keep: the gain is g / (1 + (2 N / P)^2), P being the power there now.

Sibilants pass, hiss does not, in the pauses and under the vowels. How much that is worth is in docs/QUALITY.md.
"""

from collections.abc import Callable, Generator, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.domain import Samples
from tasnet_gui.engine.steps import ended, within

PER_SECOND = 100  # gains; a consonant's onset takes about 10 ms
TOP = (0.625, 0.95)  # of the highest frequency that both sides hold: 5 to 7.6 kHz for a 16 kHz model
SMOOTHING = np.array([1, 2, 3, 2, 1]) / 9  # over 5 gains
NEAR = np.hanning(83)[1:-1] / np.hanning(83).sum()  # hundredths around: 0.4 s, less than `spans.MARGIN`
BAND = 0.25  # octaves
RISE = 2.0  # times the noise, where half of what g leaves is kept
UNKNOWN = 1e-3  # of all hundredths around: if fewer hold noise, it is taken to be as little as they hold
AT_ONCE = 1 << 18  # samples of overlapping stretches between two pauses: some 5 ms of work, where a piece has 250

Gains = NDArray[np.float64]


class Parts(NamedTuple):
    """A stretch of channels that share their gains."""

    high: Samples  # [channels, frames]: what of the recording lies above the model's band, at the recording's rate
    low: Samples  # [channels, samples]: the mixture at the model's rate
    low_speech: Samples  # [channels, samples]: the model's estimate


def speech_in(parts: Parts, rate: int, model_rate: int) -> Generator[float, None, Samples]:
    """The speech above the model's band: [channels, frames] at the recording's rate, in Hz.

    Channels that share their masks share their gains, which come of their powers together: the image stays. Below the
    model's rate there is no such band, only what resampling lost; the gain of each moment does for that. It pauses
    after every `AT_ONCE` samples of work.

    Yields:
        How much is done, 0..1.
    """
    share = yield from within(0.0, 0.3, sharing(parts.low, parts.low_speech, model_rate, min(rate, model_rate) / 2))
    if rate <= model_rate:
        return parts.high * spread(share, rate, parts.high.shape[1])
    channels, count = len(parts.high), len(share)
    by_band = _by_band(2 * (rate // PER_SECOND), rate, model_rate / 2)
    spectra, powers = [], []
    for index, channel in enumerate(parts.high):
        spectrum = np.empty((count, len(by_band)), np.complex64)
        power = np.empty(spectrum.shape)
        for here in _spectra(channel, rate, spectrum, power):
            yield 0.3 + 0.3 * (index + here / count) / channels
        spectra.append(spectrum)
        powers.append(power @ by_band)
    kept = (share[:, None] * _risen(np.sum(powers, 0), share)).astype(np.float32)
    drawn = kept @ by_band.T  # straight lines between the bands
    speech = np.empty_like(parts.high)
    for index, spectrum in enumerate(spectra):
        yield 0.6 + 0.4 * index / channels
        work = _sound(spectrum, drawn, rate, parts.high.shape[1])
        speech[index] = yield from within(0.6 + 0.4 * index / channels, 0.6 + 0.4 * (index + 1) / channels, work)
    return speech


def gains(mixture: Samples, speech: Samples, rate: int, highest: float) -> Gains:
    """`sharing`, run to its end."""
    return ended(sharing(mixture, speech, rate, highest))


def sharing(mixture: Samples, speech: Samples, rate: int, highest: float) -> Generator[float, None, Gains]:
    """How much of the high band is speech, 0..1, at every hundredth of a second.

    Args:
        mixture: channels at the model's rate, whose powers count together: [channels, frames].
        speech: the model's estimate, [channels, frames].
        rate: the model's, in Hz.
        highest: the highest frequency in the mixture, in Hz.

    Yields:
        How much is done, 0..1.

    Returns:
        [hundredths]; 0 where there is no sound.
    """
    speech_power = yield from within(0.0, 0.5, _top_power(speech, rate, highest))
    noise_power = yield from within(0.5, 1.0, _top_power(mixture - speech, rate, highest))
    total = speech_power + noise_power
    return np.divide(speech_power, total, out=np.zeros_like(total), where=total > 0)


def spread(values: Gains, rate: int, frames: int) -> Samples:
    """Gains at hundredths of a second, drawn as straight lines through `frames` samples at `rate`: [frames]."""
    return np.interp(np.arange(frames) * (PER_SECOND / rate), np.arange(len(values)), values).astype(np.float32)


def _top_power(sound: Samples, rate: int, highest: float) -> Generator[float, None, Gains]:
    """The power of the band's top around every hundredth of a second, of all channels, smoothed."""
    width = 2 * rate // PER_SECOND
    window = np.hanning(width + 2)[1:-1]  # float64, in which the squares of very quiet sound are not 0
    count = -(-sound.shape[1] * PER_SECOND // rate) + 1
    frequencies = np.fft.rfftfreq(width, 1 / rate)
    in_top = (frequencies >= TOP[0] * highest) & (frequencies <= TOP[1] * highest)
    power = np.zeros(count)
    for index, channel in enumerate(sound):
        frames = _frames(channel, rate, count, width)
        for here in _blocks(count, width):
            power[here] += np.square(np.abs(np.fft.rfft(frames(here) * window)[:, in_top])).sum(1)
            yield (index + here.stop / count) / len(sound)
    return np.convolve(power, SMOOTHING)[2:-2]


def _power(spectra: NDArray[np.complex64]) -> Gains:
    """In float64, where the squares of very quiet sound are not 0."""
    return np.square(spectra.real, dtype=np.float64) + np.square(spectra.imag, dtype=np.float64)


def _risen(power: Gains, share: Gains) -> Gains:
    """How far each band rises over the noise around, 0..1: [hundredths, bands] like the power."""
    quiet = (1 - share) ** 4  # of speech: what hundredths count as noise
    known = _near(quiet) + UNKNOWN
    risen = np.ones_like(power)
    for band, level in enumerate(power.T):
        smooth = np.convolve(level, SMOOTHING)[2:-2]
        noise = RISE * _near(quiet * smooth) / known
        total = smooth**2 + noise**2
        np.divide(smooth**2, total, out=risen[:, band], where=total > 0)
    return risen


def _near(values: Gains) -> Gains:
    """The mean around each of them; beyond the ends there is nothing."""
    reach = len(NEAR) // 2
    return np.convolve(values, NEAR)[reach:-reach]


@lru_cache(maxsize=4)
def _by_band(width: int, rate: int, lowest: float) -> NDArray[np.float32]:
    """Each frequency's share in bands that overlap like roofs, in octaves from the lowest up: [frequencies, bands]."""
    octaves = np.log2(np.maximum(np.fft.rfftfreq(width, 1 / rate), lowest) / lowest) / BAND
    bands = np.arange(int(octaves[-1]) + 1)
    octaves = np.minimum(octaves, bands[-1])
    return np.maximum(0, 1 - np.abs(octaves[:, None] - bands)).astype(np.float32)


def _blocks(count: int, width: int) -> Iterator[slice]:
    """Of `count` stretches, so many as hold `AT_ONCE` samples."""
    size = max(1, AT_ONCE // width)
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def _frames(sound: Samples, rate: int, count: int, width: int) -> Callable[[slice], Samples]:
    """Stretches around every hundredth of a second: some of [count, width]. Whole seconds fall on one, so pieces
    agree."""
    starts = np.arange(count) * rate // PER_SECOND
    padded = np.pad(sound, (width // 2, max(0, int(starts[-1]) - len(sound)) + width))
    views = np.lib.stride_tricks.sliding_window_view(padded, width)
    return lambda here: views[starts[here]]


def _window(width: int) -> Samples:
    """Twice applied and overlapped by half, it adds up to 1."""
    return np.sqrt(np.hanning(width + 1)[:-1]).astype(np.float32)


def _spectra(sound: Samples, rate: int, spectra: NDArray[np.complex64], power: Gains) -> Iterator[int]:
    """Fill in spectra around every hundredth of a second and their power, [count, frequencies], telling how many are
    done."""
    width, count = 2 * (rate // PER_SECOND), len(spectra)
    frames, window = _frames(sound, rate, count, width), _window(width)
    for here in _blocks(count, width):
        spectra[here] = np.fft.rfft(frames(here) * window)
        power[here] = _power(spectra[here])
        yield here.stop


def _sound(
    spectra: NDArray[np.complex64], drawn: NDArray[np.float32], rate: int, frames: int
) -> Generator[float, None, Samples]:
    """The inverse of `_spectra`, after gains; where hundredths are no whole number of samples, by what the windows add
    up to."""
    width, count = 2 * (rate // PER_SECOND), len(spectra)
    window, starts = _window(width), np.arange(count) * rate // PER_SECOND
    sound, weight = (np.zeros(int(starts[-1]) + width, np.float32) for _ in range(2))
    squared = np.square(window)
    for here in _blocks(count, width):
        stretches = np.fft.irfft(spectra[here] * drawn[here], width).astype(np.float32) * window
        for start, stretch in zip(starts[here], stretches, strict=True):
            sound[start : start + width] += stretch
            weight[start : start + width] += squared
        yield here.stop / count
    here = slice(width // 2, width // 2 + frames)
    result: Samples = sound[here]
    result /= np.maximum(weight[here], 1e-3)
    return result
