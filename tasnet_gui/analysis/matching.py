"""Equal loudness for listening: how loud a mix of mixture, speech and noise is at any gains, measured once.

K-weighting is linear. So the power of a remix is known from that of its parts and of their sum:

    |a s + b n|^2 = a^2 |s|^2 + b^2 |n|^2 + a b (|s + n|^2 - |s|^2 - |n|^2)

The sum is the mixture, unless a separation is partial. The integrated loudness (BS.1770-4) of a remix follows for each
strength without another walk through the sound.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.loudness import Loudness, gated
from tasnet_gui.domain import Progress, Recording, Samples

CEILING = -1.0  # dBFS: no sample of what is matched comes above it, with room for the peaks between samples


@dataclass(frozen=True, eq=False)
class Matching:
    """What was measured of a separation, and the gains that follow.

    All are brought to one loudness: that of the mixture, or less where a track would come above `CEILING` there.
    """

    powers: NDArray[np.float64]  # [mixture, speech, noise, speech + noise; 100 ms each]
    peaks: tuple[float, ...]  # of the same, linear
    _known: dict[tuple[float, float, float], float] = field(default_factory=dict, repr=False)

    @cached_property
    def loudness(self) -> tuple[float | None, ...]:
        """LUFS of mixture, speech and noise; None where nothing is to be heard, or too little to be measured."""
        return tuple(map(gated, self.powers[:3]))

    @cached_property
    def target(self) -> float | None:
        """LUFS that all are brought to; None where the mixture has no loudness."""
        loudness = self.loudness
        if loudness[0] is None:
            return None
        room = [CEILING - _decibels(peak) + level for peak, level in self._heard(loudness)]
        return min(loudness[0], *room)

    def factor(self, mixture: float, speech: float, noise: float) -> float:
        """As `domain.Leveller` says."""
        gains = (mixture, speech, noise)
        if gains not in self._known:
            self._known[gains] = self._factor(*gains)
        return self._known[gains]

    def _heard(self, loudness: tuple[float | None, ...]) -> list[tuple[float, float]]:
        """Peak and loudness of what can be heard."""
        return [(peak, level) for peak, level in zip(self.peaks[:3], loudness, strict=True) if level is not None]

    def _factor(self, mixture: float, speech: float, noise: float) -> float:
        loud, target = gated(self._power(mixture, speech, noise)), self.target
        if loud is None or target is None:
            return 1.0
        whole, peak_speech, peak_noise, both = self.peaks
        # a s + b n is also b (s + n) + (a - b) s, and no sum has a higher peak than its parts together.
        parts = speech * peak_speech + noise * peak_noise
        crossed = noise * both + abs(speech - noise) * peak_speech
        peak = mixture * whole if mixture else min(parts, crossed)
        return float(min(10 ** ((target - loud) / 20), 10 ** (CEILING / 20) / peak))

    def _power(self, mixture: float, speech: float, noise: float) -> NDArray[np.float64]:
        whole, first, second, both = self.powers
        if mixture:
            return mixture**2 * whole
        crossed: NDArray[np.float64] = both - first - second
        power = speech**2 * first + noise**2 * second + speech * noise * crossed
        return np.maximum(power, 0.0)


def measuring(recording: Recording, tracks: Sequence[Iterable[Samples]]) -> Generator[Progress, None, Matching]:
    """Measure what a recording was taken apart into, in one walk through each track.

    Args:
        recording: the mixture.
        tracks: the blocks of mixture, speech and noise, each [channels, frames], from their start to their end; also
            of speech + noise, if that is not the mixture.
    """
    powers, peaks = [], []
    for number, track in enumerate(tracks):
        meter, peak, done = Loudness(recording.rate, recording.channels), 0.0, 0
        for block in track:
            meter.add(block)
            peak = max(peak, float(np.abs(block).max()))
            done += block.shape[1]
            yield Progress((number + done / recording.frames) / len(tracks), "Measuring")
        powers.append(meter.powers)
        peaks.append(peak)
    if len(tracks) == 3:
        powers.append(powers[0])
        peaks.append(peaks[0])
    return Matching(np.stack(powers), tuple(peaks))


def _decibels(peak: float) -> float:
    return float(20 * np.log10(peak))
