"""Meters of what is heard: peaks that fall slowly and are held, and loudness as it goes (EBU Tech 3341)."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from tasnet_gui.analysis.loudness import HOP, LOWEST_RATE, OFFSET, k_weighting
from tasnet_gui.domain import Samples

FLOOR = -60.0  # dBFS: where the scale begins
FALL = 20 / 1.7  # dB per second, as of a peak programme meter (IEC 60268-10)
HOLD = 2.0  # seconds that a peak is marked before the mark falls
MOMENTARY, SHORT_TERM = 4, 30  # hops of 100 ms: 400 ms and 3 s
_MEMORY = 0.1  # seconds of the filters' memory; of what is older less than -140 dB is left


@dataclass(frozen=True)
class Levels:
    """What the meters show."""

    peaks: tuple[float, ...] = (-math.inf,)  # dBFS, of each channel as heard
    held: tuple[float, ...] = (-math.inf,)
    highest: float = -math.inf  # dBFS, since the last reset
    momentary: float | None = None  # LUFS
    short_term: float | None = None

    @property
    def over(self) -> bool:
        """Whether full scale was reached since the last reset: a device clips there."""
        return self.highest >= 0.0

    @property
    def resting(self) -> bool:
        """Whether nothing moves any more."""
        return max(self.held) < FLOOR


class LoudnessMeter:
    """Momentary and short-term loudness, by NumPy alone: SciPy would take half a second when playing begins.

    Args:
        rate: Hz.
    """

    def __init__(self, rate: int) -> None:
        self._works = rate >= LOWEST_RATE
        self._hop = max(1, round(rate * HOP))
        self._memory = max(1, round(rate * _MEMORY))
        self._size = 1 << (self._hop + self._memory).bit_length()
        self._response = _response(k_weighting(rate), self._size, self._memory) if self._works else np.ones(1)
        self._pending = np.zeros((self._memory, 2), np.float32)  # first what the filters remember
        self._powers: deque[float] = deque(maxlen=SHORT_TERM)

    def add(self, block: Samples) -> None:
        """Take the next frames, [frames, channels]; what is heard on two loudspeakers has two channels."""
        if not self._works:
            return
        self._pending = np.concatenate([_fitted(self._pending, block.shape[1]), block])
        while len(self._pending) >= self._memory + self._hop:
            heard = self._pending[: self._memory + self._hop]
            spectrum = np.fft.rfft(heard, self._size, axis=0) * self._response[:, np.newaxis]
            filtered = np.fft.irfft(spectrum, self._size, axis=0)[self._memory : self._memory + self._hop]
            self._powers.append(float(np.square(filtered).mean(0).sum()))
            self._pending = self._pending[self._hop :]

    @property
    def momentary(self) -> float | None:
        """LUFS of the last 400 ms; None for silence, and before so much was heard."""
        return self._loudness(MOMENTARY)

    @property
    def short_term(self) -> float | None:
        """LUFS of the last 3 s; None for silence, and before so much was heard."""
        return self._loudness(SHORT_TERM)

    def _loudness(self, hops: int) -> float | None:
        latest = list(self._powers)[-hops:]
        power = sum(latest) / hops
        if len(latest) < hops or power <= 1e-10:  # -100 LUFS
            return None
        return OFFSET + 10 * math.log10(power)


class Meter:
    """Peaks and loudness of what was heard.

    Args:
        rate: Hz.
        channels: 1 or 2: a recording with one is heard twice, and counts once.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._channels = channels
        self._loudness = LoudnessMeter(rate)
        self._peaks, self._held = [-math.inf] * channels, [-math.inf] * channels
        self._since = [0.0] * channels  # seconds that each peak has been held
        self._highest = -math.inf

    def take(self, block: Samples, seconds: float) -> Levels:
        """What was heard since the last call, [frames, 2], and how long ago that was."""
        block = block[:, : self._channels]
        loudest = np.abs(block).max(0) if len(block) else np.zeros(self._channels)
        for channel, peak in enumerate(loudest):
            level = 20 * math.log10(peak) if peak > 0 else -math.inf
            self._peaks[channel] = max(level, self._peaks[channel] - FALL * seconds)
            self._since[channel] += seconds
            if level >= self._held[channel]:
                self._held[channel], self._since[channel] = level, 0.0
            elif self._since[channel] > HOLD:
                self._held[channel] = max(self._peaks[channel], self._held[channel] - FALL * seconds)
            self._highest = max(self._highest, level)
        self._loudness.add(block)
        return self.levels

    @property
    def levels(self) -> Levels:
        loudness = self._loudness
        return Levels(tuple(self._peaks), tuple(self._held), self._highest, loudness.momentary, loudness.short_term)

    def reset(self) -> None:
        """Forget the highest peak, and with it that full scale was reached."""
        self._highest = -math.inf
        self._held = list(self._peaks)


def _response(sections: np.ndarray, size: int, taps: int) -> np.ndarray:
    """The filters' frequency response, [size // 2 + 1], cut to `taps` in time: blocks must not run into each other."""
    turns = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(turns), np.complex128)
    for b0, b1, b2, _, a1, a2 in sections:
        response *= (b0 + b1 * turns + b2 * turns**2) / (1 + a1 * turns + a2 * turns**2)
    impulse = np.fft.irfft(response, size)
    impulse[taps:] = 0.0
    return np.fft.rfft(impulse)


def _fitted(block: Samples, channels: int) -> Samples:
    return block if block.shape[1] == channels else np.zeros((len(block), channels), np.float32)
