"""Spectrograms of long sounds, tile by tile: an hour scrolls as smoothly as a second.

A tile holds 64 columns at one zoom, in bytes of half a dBFS; tiles lie on a fixed grid over the sound, so scrolling
only asks for new ones. Each costs the same few milliseconds, however far one has zoomed out: a column longer than its
windows reach is the mean power of at most four windows spread over it. A full-scale sine has 0 dBFS.
"""

from collections import OrderedDict
from functools import cache, lru_cache
from threading import Lock
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.pooling import Picture, Scale
from tasnet_gui.domain import Samples

LEVELS = Scale(-127.5, 0.0, "dBFS")  # of the bytes: half a decibel each
COLUMNS = 64  # per tile
WINDOWS = 4  # per column, at most
SHORTEST, LONGEST = 0.012, 0.06  # seconds; windows follow the zoom in between
KEPT = 16 * 2**20  # bytes of tiles that one spectrogram remembers: four wide screens

RowScale = Literal["log", "linear"]


class Key(NamedTuple):
    """A tile: how far apart its columns are (hop = base hop * 2^zoom), and which 64 of them."""

    zoom: int
    number: int


class Spectrogram:
    """STFT levels of a sound, computed where they are looked at.

    Args:
        samples: [channels, frames], also a memory map; channels are shown together, by their mean power.
        rate: Hz.
    """

    def __init__(self, samples: Samples, rate: int) -> None:
        self.samples = samples
        self.rate = rate
        self._base = max(1, rate // 4000)  # samples between columns at zoom 0: about 0.25 ms
        self._tiles: OrderedDict[Key, Picture] = OrderedDict()  # [columns, bins], the last used last
        self._bytes = 0
        self._shape: tuple[int, float, float, RowScale] | None = None  # of what is in `_rows`
        self._rows: dict[Key, Picture] = {}  # tiles as they are drawn: [columns, rows]
        self._lock = Lock()

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.samples.shape[1] / self.rate

    def zoom(self, start: float, stop: float, width: int) -> int:
        """The zoom whose columns are at most as far apart as those of a picture of [start, stop) seconds."""
        hop = (stop - start) * self.rate / max(width, 1)
        return max(0, int(np.floor(np.log2(max(hop / self._base, 1)))))

    def size(self, zoom: int) -> int:
        """The window's length in samples: four columns, but 12 to 60 ms."""
        shortest, longest = (16 * max(1, round(seconds * self.rate / 16)) for seconds in (SHORTEST, LONGEST))
        return min(longest, max(shortest, 4 * self.hop(zoom)))

    def hop(self, zoom: int) -> int:
        """Samples from one column to the next."""
        return self._base << zoom

    def missing(self, start: float, stop: float, width: int) -> list[Key]:
        """The tiles of a picture that `compute` has still to make, those in its middle first."""
        zoom = self.zoom(start, stop, width)
        seconds = self.hop(zoom) * COLUMNS / self.rate
        first, last = int(max(start, 0.0) // seconds), int(min(stop, self.duration) // seconds)
        middle = (start + stop) / 2 / seconds - 0.5
        wanted = [Key(zoom, index) for index in range(first, last + 1)]
        return sorted((key for key in wanted if key not in self._tiles), key=lambda key: abs(key.number - middle))

    def compute(self, key: Key) -> None:
        """Make a tile: a few milliseconds. It may run in another thread than the rest."""
        hop, size = self.hop(key.zoom), self.size(key.zoom)
        begins = (key.number * COLUMNS + np.arange(COLUMNS)) * hop
        count = int(np.clip(hop // size * 2, 1, WINDOWS))  # windows overlap by half while four are enough for it
        middles = (begins[:, None] + (np.arange(count) + 0.5) * (hop / count)).astype(np.int64)  # columns, windows
        power = np.zeros((COLUMNS, size // 2 + 1), np.float32)
        for window in middles.T:
            power += self._power(window, size)
        self._keep(key, LEVELS.encode(_decibels(power / count)))

    def image(
        self,
        start: float,
        stop: float,
        width: int,
        height: int,
        *,
        rows: RowScale = "log",
        low: float = 50.0,
        high: float | None = None,
    ) -> Picture:
        """A stretch as it is drawn: [height, width] bytes of `LEVELS`, row 0 the lowest; 0 where no tile is made yet.

        Args:
            start: left edge in seconds; may lie outside of the sound.
            stop: right edge.
            width: columns.
            height: rows; where several bins fall into one, it shows the loudest.
            rows: whether frequencies are spaced logarithmically or linearly.
            low: lowest frequency in Hz.
            high: highest frequency; half the rate unless given.
        """
        zoom = self.zoom(start, stop, width)
        middles = start + (np.arange(width) + 0.5) * (stop - start) / width
        columns = np.floor(middles * self.rate / self.hop(zoom)).astype(np.int64)
        columns[(middles < 0) | (middles >= self.duration)] = -1
        picture = np.zeros((width, height), np.uint8)
        if self._shape != (shape := (height, low, high or self.rate / 2, rows)):
            self._shape, self._rows = shape, {}
        for index in np.unique(columns[columns >= 0] // COLUMNS):
            if (tile := self._drawn(Key(zoom, int(index)))) is not None:
                here = columns // COLUMNS == index
                picture[here] = tile[columns[here] % COLUMNS]
        return picture.T

    def level(self, seconds: float, hertz: float, zoom: int = 0) -> float:
        """The exact level at a time and frequency, in dBFS, -200 in silence; with the window of a zoom."""
        size = self.size(zoom)
        (power,) = self._power(np.array([round(seconds * self.rate)]), size)
        bins = np.arange(size // 2 + 1) * (self.rate / size)
        return float(np.interp(hertz, bins, _decibels(power)))

    def _power(self, middles: NDArray[np.int64], size: int) -> NDArray[np.float32]:
        """The power in windows around some samples, channels averaged: [windows, size / 2 + 1]."""
        starts = middles - size // 2
        power = np.zeros((len(middles), size // 2 + 1), np.float32)
        for channel in self.samples:
            spectrum = np.fft.rfft(_windows(channel, starts, size) * _window(size))
            power += np.square(spectrum.real) + np.square(spectrum.imag)
        return power / np.float32(len(self.samples))

    def _keep(self, key: Key, tile: Picture) -> None:
        """Remember a tile, and forget those not looked at for the longest time."""
        with self._lock:
            self._tiles[key] = tile
            self._bytes += tile.nbytes
            while self._bytes > KEPT:
                old, forgotten = self._tiles.popitem(last=False)
                self._bytes -= forgotten.nbytes
                self._rows.pop(old, None)

    def _drawn(self, key: Key) -> Picture | None:
        """A tile as it is drawn, [columns, rows], if it is made."""
        with self._lock:
            if (tile := self._tiles.get(key)) is None:
                return None
            self._tiles.move_to_end(key)
            if key not in self._rows:
                assert self._shape is not None
                self._rows[key] = _mapping(self._shape, self.size(key.zoom), self.rate).apply(tile)
            return self._rows[key]


def frequencies(height: int, low: float, high: float, rows: RowScale) -> NDArray[np.floating]:
    """The edges of so many rows in Hz, from low to high: [height + 1]."""
    return np.geomspace(max(low, 1.0), high, height + 1) if rows == "log" else np.linspace(low, high, height + 1)


@cache
def _window(size: int) -> NDArray[np.float32]:
    """A periodic Hann window under which a full-scale sine has a magnitude of 1."""
    window = np.hanning(size + 1)[:-1]
    return (window * (2 / window.sum())).astype(np.float32)


def _windows(sound: NDArray[np.float32], starts: NDArray[np.int64], size: int) -> NDArray[np.float32]:
    """Pieces of a sound [frames], 0 outside of it and where it is no number: [windows, size]."""
    windows = np.zeros((len(starts), size), np.float32)
    inside = (starts >= 0) & (starts + size <= len(sound))
    if inside.any():
        windows[inside] = np.lib.stride_tricks.sliding_window_view(sound, size)[starts[inside]]
    for index in np.flatnonzero(~inside):
        begin, end = max(0, int(starts[index])), min(len(sound), int(starts[index]) + size)
        if begin < end:
            windows[index, begin - starts[index] : end - starts[index]] = sound[begin:end]
    return windows if np.isfinite(windows).all() else np.nan_to_num(windows, posinf=0.0, neginf=0.0)


def _decibels(power: NDArray[np.floating]) -> NDArray[np.floating]:
    level: NDArray[np.floating] = 10 * np.log10(np.maximum(power, 1e-20))
    return level


class _Rows:
    """From FFT bins to rows: a row shows the loudest bin in it, or what lies between two bins if it holds none."""

    def __init__(self, edges: NDArray[np.floating], size: int, rate: int) -> None:
        bins = edges * (size / rate)
        first, last = np.ceil(bins[:-1]).astype(np.int64), np.ceil(bins[1:]).astype(np.int64)  # bins [first, last)
        top = size // 2
        self.filled = last > first
        self.first, self.last = first.clip(0, top), last.clip(1, top + 1)
        middle = ((bins[:-1] + bins[1:]) / 2).clip(0, top)
        self.below = np.floor(middle).astype(np.int64).clip(0, top - 1)
        self.share = (middle - self.below).astype(np.float32)

    def apply(self, tile: Picture) -> Picture:
        """Columns of bins [columns, bins] as columns of rows [columns, height]."""
        below, above = tile[:, self.below].astype(np.float32), tile[:, self.below + 1]
        between = np.rint(below + (above - below) * self.share).astype(np.uint8)
        if not self.filled.any():
            return between
        steps = np.column_stack([self.first, np.minimum(self.last, tile.shape[1] - 1)])[self.filled]
        loudest = np.maximum.reduceat(tile, np.maximum(steps.ravel(), 0), axis=1)[:, ::2]
        between[:, self.filled] = loudest
        return between


@lru_cache(16)
def _mapping(shape: tuple[int, float, float, RowScale], size: int, rate: int) -> _Rows:
    return _Rows(frequencies(*shape), size, rate)
