"""Where one sound lies in another that holds it and more: how many samples later, and at which gain."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Mono = NDArray[np.float32]

WINDOW = 20.0  # seconds of the sound that are looked for, where it is loudest
SEARCHED = 10.0  # seconds to both sides, and so much more as one sound is longer than the other
FARTHEST = 60.0  # seconds to both sides
LOWEST = 0.05  # of the correlation: that of speech 26 dB below its noise
CLEAR = 15.0  # times the typical correlation: unrelated voices were seen to reach 12, speech 15 dB below noise 17
_FLATTER = np.float32(0.95)  # of the first difference that is taken: speech falls by 6 dB per octave
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Match:
    """How a sound lies in another."""

    lag: int  # samples that it has to be moved later
    gain: float  # that it has there; negative when it is inverted there
    correlation: float  # 0..1, in the window
    clear: bool  # whether it is there at all, as far as one can tell


def align(whole: Mono, part: Mono, rate: int, between: tuple[float, float] = (0.0, 1.0)) -> Match:
    """Look for a sound in another.

    Args:
        whole: [frames], that which should hold the part and more.
        part: [frames].
        rate: Hz, of both.
        between: which stretch of the part, 0..1 of its length, the window is taken from.
    """
    first, last = (round(edge * len(part)) for edge in between)
    begin, end = _loudest(part, first, last, min(last - first, round(WINDOW * rate)), rate)
    reach = min(round(SEARCHED * rate) + abs(len(whole) - len(part)), round(FARTHEST * rate))
    origin = max(0, begin - reach)
    heard, wanted = _flattened(whole[origin : end + reach]), _flattened(part[begin:end])
    if not wanted.any() or not heard.any():
        return Match(0, 1.0, 0.0, False)
    products, energies = _correlated(heard, wanted)
    own = float(wanted @ wanted)
    with np.errstate(invalid="ignore", divide="ignore"):
        likeness = products / np.sqrt(np.maximum(energies, 1e-9 * energies.max()) * own)
    at = int(np.abs(likeness).argmax())
    correlation = min(1.0, abs(float(likeness[at])))
    typical = sqrt(float(np.mean(np.square(likeness))))
    clear = correlation >= max(LOWEST, CLEAR * typical if len(likeness) > rate else 0.0)
    lag = origin + at - (len(wanted) - 1) - begin
    return Match(lag, float(products[at]) / own, correlation, clear)


def _correlated(heard: Mono, wanted: Mono) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """At every place, also where they overlap in part: the inner product, and the energy of what is heard there."""
    places = len(heard) + len(wanted) - 1
    size = 1 << (places - 1).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.fft.rfft(wanted[::-1], size)
    products = np.fft.irfft(spectrum, size)[:places]
    total = np.concatenate([[0.0], np.cumsum(np.square(heard, dtype=np.float64))])
    ends = np.arange(1, places + 1)
    return products, total[ends.clip(0, len(heard))] - total[(ends - len(wanted)).clip(0, len(heard))]


def _loudest(part: Mono, first: int, last: int, size: int, rate: int) -> tuple[int, int]:
    """Where so many samples have most energy, to the second."""
    step = max(1, min(rate, size))
    starts = np.arange(first, max(first + 1, last - size + 1), step)
    seconds = [float(np.square(part[at : at + step], dtype=np.float64).sum()) for at in range(first, last, step)]
    total = np.concatenate([[0.0], np.cumsum(seconds)])
    span = -(-size // step)
    loudness = [total[min(index + span, len(seconds))] - total[index] for index in range(len(starts))]
    begin = int(starts[int(np.argmax(loudness))])
    return begin, min(begin + size, last)


def _flattened(sound: Mono) -> Mono:
    """With its spectrum made flatter, so that low rumble and hum decide nothing."""
    flat = np.array(sound, np.float32)
    flat[1:] -= _FLATTER * sound[:-1]
    return flat
