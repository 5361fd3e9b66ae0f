"""Integrated loudness as ITU-R BS.1770-4 and EBU R 128 define it, block by block, so that length costs no memory."""

import math
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.domain import Progress, Samples

LOWEST_RATE = 8_000  # Hz; below, the shelf of the K-weighting has no room under half the rate
HOP = 0.1  # seconds between gating blocks
BLOCK = 1 << 18  # frames measured between two looks at whether it is still wanted: 5 s at 48 kHz
_HOPS = 4  # in a gating block of 400 ms
_ABSOLUTE = -70.0  # LUFS
_RELATIVE = -10.0  # LU
OFFSET = -0.691  # LU, so that 997 Hz reads as its level

# By number of channels, in the order of WAV files; elsewhere all count alike. The low-frequency channel does not.
_WEIGHTS = {
    5: (1, 1, 1, 1.41, 1.41),
    6: (1, 1, 1, 0, 1.41, 1.41),
    8: (1, 1, 1, 0, 1, 1, 1.41, 1.41),  # behind (beyond 120 degrees) counts 1, beside 1.41
}


class Loudness:
    """A meter: sound is added in order, in blocks of any length.

    Args:
        rate: Hz.
        channels: how many.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._sections = k_weighting(rate) if rate >= LOWEST_RATE else None
        self._state = np.zeros((2, channels, 2))
        self._weights = np.array(_WEIGHTS.get(channels, (1,) * channels), np.float64)
        self._hop = max(1, round(rate * HOP))
        self._rest = np.zeros((channels, 0))
        self._powers: list[NDArray[np.float64]] = []  # weighted mean squares of finished hops, [hops]

    def add(self, block: Samples) -> None:
        """Take the next frames, [channels, frames]."""
        if self._sections is None or not block.shape[1]:
            return
        from scipy.signal import sosfilt  # half a second, which nothing waits for before sound is measured

        heard, self._state = sosfilt(self._sections, block.astype(np.float64), axis=1, zi=self._state)
        heard = np.concatenate([self._rest, heard], axis=1)
        hops = heard.shape[1] // self._hop
        whole = heard[:, : hops * self._hop].reshape(len(heard), hops, self._hop)
        self._powers.append(self._weights @ np.square(whole).mean(-1))
        self._rest = heard[:, hops * self._hop :].copy()

    @property
    def powers(self) -> NDArray[np.float64]:
        """The K-weighted power of each 100 ms so far, summed over the channels: [hops]."""
        return np.concatenate([np.zeros(0), *self._powers])

    @property
    def integrated(self) -> float | None:
        """LUFS of everything so far. None for silence, for less than 400 ms, and below 8 kHz."""
        return gated(self.powers)


def gated(powers: NDArray[np.float64]) -> float | None:
    """Integrated loudness in LUFS, from K-weighted powers of 100 ms each; None where nothing is above the gate."""
    if len(powers) < _HOPS:
        return None
    blocks = np.lib.stride_tricks.sliding_window_view(powers, _HOPS).mean(-1)
    loud = blocks[blocks > _power(_ABSOLUTE)]
    if not len(loud):
        return None
    return _lufs(float(loud[loud > loud.mean() * 10 ** (_RELATIVE / 10)].mean()))


def measuring(samples: Samples, rate: int) -> Generator[Progress, None, float | None]:
    """Integrated loudness of a whole track, [channels, frames], in LUFS; see `Loudness.integrated`."""
    meter, frames = Loudness(rate, samples.shape[0]), samples.shape[1]
    for start in range(0, frames, BLOCK):
        meter.add(samples[:, start : start + BLOCK])
        yield Progress(min(1.0, (start + BLOCK) / frames), "Measuring")
    return meter.integrated


def k_weighting(rate: int) -> NDArray[np.float64]:
    """The two filters before the meter, as second-order sections [2, 6]: a shelf for the head and a high-pass.

    The standard prints coefficients for 48 kHz only; these are its analogue prototypes, brought to the rate by the
    bilinear transform, and at 48 kHz equal to the printed ones.
    """
    tangent, quality = math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    middle = high**0.4996667741545416
    below = 1 + tangent / quality + tangent**2
    shelf = [
        (high + middle * tangent / quality + tangent**2) / below,
        2 * (tangent**2 - high) / below,
        (high - middle * tangent / quality + tangent**2) / below,
        *(1.0, 2 * (tangent**2 - 1) / below, (1 - tangent / quality + tangent**2) / below),
    ]
    tangent, quality = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    below = 1 + tangent / quality + tangent**2
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (tangent**2 - 1) / below, (1 - tangent / quality + tangent**2) / below]
    return np.array([shelf, high_pass])


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET) / 10))


def _lufs(power: float) -> float:
    return OFFSET + 10 * math.log10(power)
