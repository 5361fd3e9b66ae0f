"""Lowest, highest and RMS value of a long sound at every zoom: what a waveform is drawn from.

Level 0 holds one bin per 128 frames, every further level one bin per four bins below, channels folded into their
envelope. An hour at 48 kHz takes 22 MB, and 1400 columns of any stretch of it well under a millisecond.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.domain import Samples

BASE = 128  # frames per bin of level 0
FACTOR = 4  # bins per bin of the next level
SLICE = BASE << 12  # frames per step of `building`: 0.4 ms of work per channel
SKETCHED = 2048  # columns of a sketch
KEPT = 1 << 24  # samples that `growing` remembers besides the bins: 64 MB

Column = NDArray[np.float32]
Columns = tuple[Column, Column, Column]  # lowest, highest, RMS


class Pyramid:
    """Peaks and power of a sound that is known whole, or that becomes known stretch by stretch.

    Args:
        frames: length of the sound.
        samples: [channels, frames]; read only where a close view needs it. None when only its bins will be known.
    """

    def __init__(self, frames: int, samples: Samples | None = None) -> None:
        self.frames = frames
        self.samples = samples
        self.version = 0  # counts the changes, so that a picture of it knows when it is old
        self._grows = samples is None
        self._known: list[tuple[int, int]] = []  # stretches in the bins: sorted, apart
        self._sketch: Columns | None = None
        self._levels: list[Columns] = []  # lowest, highest, sum of squares (mean over the channels)
        bins = max(-(-frames // BASE), 1)
        while bins > 1 or not self._levels:
            padded = -(-bins // FACTOR) * FACTOR  # whole groups, so that the next level is one reshape
            self._levels.append(_empty(padded))
            bins = padded // FACTOR

    @classmethod
    def of(cls, samples: Samples) -> "Pyramid":
        """The whole pyramid of [channels, frames], at once."""
        pyramid = cls(samples.shape[1], samples)
        for _ in pyramid.building():
            pass
        return pyramid

    @classmethod
    def growing(cls, channels: int, frames: int) -> "Pyramid":
        """A pyramid that `extend` fills; it remembers the samples too when they are few."""
        pyramid = cls(frames)
        if channels * frames <= KEPT:
            pyramid.samples = np.zeros((channels, frames), np.float32)
        return pyramid

    def attach(self, samples: Samples) -> None:
        """The sound is here in full now; `building` replaces what was known of it."""
        self.samples, self._grows = samples, False
        self.version += 1

    @property
    def complete(self) -> bool:
        """Whether every frame is in the bins."""
        return self.frames == 0 or self._known == [(0, self.frames)]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return not self._known and self._sketch is None and self._grows

    @property
    def peak(self) -> float:
        """The largest magnitude known so far, linear; 0 when nothing is known."""
        low, high, _ = self._levels[-1]
        if not self._known and self._sketch is not None:
            low, high, _ = self._sketch
        known = high >= low
        return float(max(high[known].max(), -low[known].min())) if known.any() else 0.0

    def sketch(self) -> None:
        """Look into 2048 short stretches, so that `columns` has a rough answer where the bins are not built yet."""
        assert self.samples is not None, "a sketch needs the samples"
        length = min(BASE, self.frames)
        starts = np.linspace(0, self.frames - length, SKETCHED).astype(np.int64)
        pieces = self.samples[:, starts[:, None] + np.arange(length)]
        power = np.einsum("cnk,cnk->n", pieces, pieces) / np.float32(len(pieces) * length)
        self._sketch = pieces.min(axis=(0, 2)), pieces.max(axis=(0, 2)), np.sqrt(power)
        self.version += 1

    def building(self) -> Iterator[float]:
        """Read all samples in short steps, yielding how far it has come, 0..1."""
        assert self.samples is not None, "building needs the samples"
        for start in range(0, self.frames, SLICE):
            self.extend(start, self.samples[:, start : start + SLICE])
            yield min(start + SLICE, self.frames) / self.frames
        self._sketch = None

    def extend(self, start: int, samples: Samples) -> None:
        """Take in frames [start, start + n) of [channels, n]; frames that were known are replaced, whole bins only."""
        stop = start + samples.shape[1]
        if not 0 <= start < stop <= self.frames:
            raise ValueError(f"frames {start}..{stop} are not within 0..{self.frames}")
        if self._grows and self.samples is not None:
            self.samples[:, start:stop] = samples
        first, last = -(-start // BASE) * BASE, stop // BASE * BASE  # the frames of whole bins
        if first < last:
            self._put(first // BASE, samples[:, first - start : last - start])
        for a, b in ((start, min(first, stop)), (max(first, last), stop)):
            if a < b:
                self._add(a, b, samples[:, a - start : b - start])
        self._raise(start // BASE, -(-stop // BASE))
        self._known = _joined(self._known, (start, stop))
        self.version += 1

    def columns(self, start: float, stop: float, width: int) -> Columns:
        """The sound between two positions (frames, may lie outside the sound) in `width` equal columns.

        Every frame belongs to exactly one column. A column of up to 256 frames holds the frames between its edges to
        the sample (a column narrower than a frame, the frame it lies in); the edges of a longer one are moved to the
        next bin, by at most a quarter of its width.

        Returns:
            lowest, highest and RMS value, each [width]; NaN where nothing is known.
        """
        wide = (stop - start) / width
        level = self._level(wide)
        size = 1 if level < 0 else BASE * FACTOR**level
        exact = (start + wide * np.arange(width + 1)) / size
        whole = (np.rint(exact) if wide > size > 1 else np.floor(exact)).astype(np.int64)
        begins, ends = whole[:-1], np.maximum(whole[1:], whole[:-1] + 1)
        last = -(-self.frames // size)
        inside = (begins < last) & (ends > 0)
        begins, ends = begins[inside].clip(min=0), ends[inside].clip(max=last)
        low, high, rms = (np.full(width, np.nan, np.float32) for _ in range(3))
        if begins.size:
            found = self._reduced(level, begins, int(ends[-1]))
            count = self._count(begins * size, np.minimum(ends * size, self.frames), exact=level < 0)
            known = count > 0
            where = np.flatnonzero(inside)[known]
            low[where], high[where] = found[0][known], found[1][known]
            rms[where] = np.sqrt(found[2][known] / count[known])
        if self._sketch is not None:
            self._fill_in(exact * size, low, high, rms)
        return low, high, rms

    def _level(self, wide: float) -> int:
        """The coarsest level with at least two bins per column; -1 for the samples themselves."""
        fits = -1 if self.samples is not None else 0
        while fits + 1 < len(self._levels) and BASE * FACTOR ** (fits + 1) * 2 <= wide:
            fits += 1
        return fits

    def _reduced(self, level: int, begins: NDArray[np.int64], end: int) -> Columns:
        """Lowest, highest and sum of squares from each begin to the next, the last one up to `end`."""
        first, at = int(begins[0]), begins - begins[0]
        if level >= 0:
            low, high, energy = (kind[first:end] for kind in self._levels[level])
        else:
            assert self.samples is not None
            piece = np.asarray(self.samples[:, first:end])
            low, high = piece.min(axis=0), piece.max(axis=0)
            energy = np.einsum("cn,cn->n", piece, piece) / np.float32(len(piece))
        return np.minimum.reduceat(low, at), np.maximum.reduceat(high, at), np.add.reduceat(energy, at)

    def _count(self, begins: NDArray[np.int64], ends: NDArray[np.int64], exact: bool) -> NDArray[np.float64]:
        """How many known frames lie in each [begin, end)."""
        if exact and not self._grows:
            return (ends - begins).astype(np.float64)
        spans = np.array(self._known or [(0, 0)], np.float64)
        counts = np.cumsum(np.diff(spans.ravel(), prepend=spans[0, 0]) * ([0, 1] * len(spans)))
        counted: NDArray[np.float64] = np.diff(np.interp([begins, ends], spans.ravel(), counts), axis=0)[0]
        return counted

    def _fill_in(self, edges: NDArray[np.float64], low: Column, high: Column, rms: Column) -> None:
        """Put the sketch where nothing better is known."""
        assert self._sketch is not None
        middles = (edges[:-1] + edges[1:]) / 2
        holes = np.isnan(low) & (middles >= 0) & (middles < self.frames)
        at = (middles[holes] / self.frames * SKETCHED).astype(np.int64)
        for column, sketched in zip((low, high, rms), self._sketch, strict=True):
            column[holes] = sketched[at]

    def _unknown(self, start: int, stop: int) -> bool:
        """Whether no frame of [start, stop) is in the bins yet."""
        return all(stop <= a or b <= start for a, b in self._known)

    def _put(self, first: int, samples: Samples) -> None:
        """Replace whole bins of level 0 from `first` on."""
        low, high, energy = self._levels[0]
        bins = samples.reshape(len(samples), -1, BASE)
        span = slice(first, first + bins.shape[1])
        low[span], high[span] = bins.min(axis=(0, 2)), bins.max(axis=(0, 2))
        energy[span] = np.einsum("cnk,cnk->n", bins, bins) / np.float32(len(samples))

    def _add(self, start: int, stop: int, samples: Samples) -> None:
        """Add a piece of one bin, unless some of it is known: no square may be counted twice."""
        low, high, energy = (kind[start // BASE : start // BASE + 1] for kind in self._levels[0])
        squares = np.einsum("cn,cn->", samples, samples) / np.float32(len(samples))
        if start % BASE == 0 and stop == self.frames:  # the last bin is short, and this is all of it
            low[:], high[:], energy[:] = samples.min(), samples.max(), squares
        elif self._unknown(start, stop):
            np.minimum(low, samples.min(), out=low)
            np.maximum(high, samples.max(), out=high)
            energy += squares

    def _raise(self, first: int, last: int) -> None:
        """Carry bins [first, last) of level 0 up into the coarser levels."""
        for below, above in pairwise(self._levels):
            first, last = first // FACTOR, -(-last // FACTOR)
            fine = [kind[first * FACTOR : last * FACTOR].reshape(-1, FACTOR) for kind in below]
            above[0][first:last] = fine[0].min(axis=1)
            above[1][first:last] = fine[1].max(axis=1)
            above[2][first:last] = fine[2].sum(axis=1)


def _empty(bins: int) -> Columns:
    infinite = np.full(bins, np.inf, np.float32)
    return infinite, -infinite, np.zeros(bins, np.float32)


def _joined(spans: list[tuple[int, int]], new: tuple[int, int]) -> list[tuple[int, int]]:
    """The sorted spans with one more; those that touch become one."""
    apart = [span for span in spans if span[1] < new[0] or new[1] < span[0]]
    touching = [span for span in spans if span not in apart] + [new]
    return sorted([*apart, (min(a for a, _ in touching), max(b for _, b in touching))])
