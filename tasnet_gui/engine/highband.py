"""What becomes of the sound above a model's band.

A 16 kHz model neither hears nor makes anything above 8 kHz. In a 48 kHz recording that band holds the edge of the
sibilants, and hiss. It is shared by one gain per channel and hundredth of a second, read off the top of the band that
the model did separate: g = speech power / (speech power + noise power), Wiener's gain, smoothed over 50 ms. Sibilants
pass, hiss in the pauses does not, and as noise = mixture - speech the sum stays exact.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.domain import Samples

PER_SECOND = 100  # gains; a consonant's onset takes about 10 ms
TOP = (0.625, 0.95)  # of the highest frequency that both sides hold: 5 to 7.6 kHz for a 16 kHz model
SMOOTHING = np.array([1, 2, 3, 2, 1]) / 9  # over 5 gains

Gains = NDArray[np.float64]


class Parts(NamedTuple):
    """A stretch of channels that share their gains."""

    high: Samples  # [channels, frames]: what of the recording lies above the model's band, at the recording's rate
    low: Samples  # [channels, samples]: the mixture at the model's rate
    low_speech: Samples  # [channels, samples]: the model's estimate


def speech_in(parts: Parts, rate: int, model_rate: int) -> Samples:
    """The speech above the model's band: [channels, frames] at the recording's rate, in Hz.

    Channels that share their masks share their gains, which come of their powers together: the image stays.
    """
    share = gains(parts.low, parts.low_speech, model_rate, min(rate, model_rate) / 2)
    return parts.high * spread(share, rate, parts.high.shape[1])


def gains(mixture: Samples, speech: Samples, rate: int, highest: float) -> Gains:
    """How much of the high band is speech, 0..1, at every hundredth of a second.

    Args:
        mixture: channels at the model's rate, whose powers count together: [channels, frames].
        speech: the model's estimate, [channels, frames].
        rate: the model's, in Hz.
        highest: the highest frequency in the mixture, in Hz.

    Returns:
        [hundredths]; 0 where there is no sound.
    """
    speech_power, noise_power = (_top_power(part, rate, highest) for part in (speech, mixture - speech))
    total = speech_power + noise_power
    return np.divide(speech_power, total, out=np.zeros_like(total), where=total > 0)


def spread(values: Gains, rate: int, frames: int) -> Samples:
    """Gains at hundredths of a second, drawn as straight lines through `frames` samples at `rate`: [frames]."""
    return np.interp(np.arange(frames) * (PER_SECOND / rate), np.arange(len(values)), values).astype(np.float32)


def _top_power(sound: Samples, rate: int, highest: float) -> Gains:
    """The power of the band's top around every hundredth of a second, of all channels, smoothed."""
    width = 2 * rate // PER_SECOND
    window = np.hanning(width + 2)[1:-1]  # float64, in which the squares of very quiet sound are not 0
    count = -(-sound.shape[1] * PER_SECOND // rate) + 1
    starts = np.arange(count) * rate // PER_SECOND  # whole seconds fall on gains, so pieces of a recording agree
    frequencies = np.fft.rfftfreq(width, 1 / rate)
    in_top = (frequencies >= TOP[0] * highest) & (frequencies <= TOP[1] * highest)
    power = np.zeros(count)
    for channel in sound:
        padded = np.pad(channel, (width // 2, width))
        frames = np.lib.stride_tricks.sliding_window_view(padded, width)[starts]
        power += np.square(np.abs(np.fft.rfft(frames * window)[:, in_top])).sum(1)
    return np.convolve(power, SMOOTHING)[2:-2]
