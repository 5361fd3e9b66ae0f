"""Two models on one recording: where their masks differ. Rows are frequencies, as each model has its own filters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.pooling import MaskPictures

Values = NDArray[np.float32]

BANDS = 48  # of equal width: 167 Hz at 16 kHz


@dataclass(frozen=True, eq=False)
class Comparison:
    """The speech masks of two models over frequency and time; NaN where a model has no filter in a band."""

    edges: NDArray[np.floating]  # [bands + 1], Hz
    times: NDArray[np.floating]  # [columns], seconds: the middle of every column
    first: Values  # [bands, columns], 0..1
    second: Values
    difference: Values  # first - second

    @property
    def over_time(self) -> Values:
        """The mean magnitude of the difference in every column: [columns]."""
        known = np.isfinite(self.difference)
        total = np.abs(np.where(known, self.difference, 0)).sum(0)
        return (total / np.maximum(known.sum(0), 1)).astype(np.float32)


def compare(
    first: tuple[MaskPictures, Basis],
    second: tuple[MaskPictures, Basis],
    start: float,
    stop: float,
    width: int,
    channel: int = 0,
) -> Comparison:
    """Compare two models over [start, stop) seconds in `width` columns."""
    highest = min(basis.rate for _, basis in (first, second)) / 2
    edges = np.linspace(0, highest, BANDS + 1)
    one, other = (_banded(*model, edges, start, stop, width, channel) for model in (first, second))
    times = start + (np.arange(width) + 0.5) * (stop - start) / width
    return Comparison(edges, times, one, other, one - other)


def _banded(
    pictures: MaskPictures,
    basis: Basis,
    edges: NDArray[np.floating],
    start: float,
    stop: float,
    width: int,
    channel: int,
) -> Values:
    """The speech mask of every band, each filter counting by its power there and then: [bands, columns]."""
    decibels, mask = (
        pictures.scales[kind].decode(pictures.image(kind, start, stop, width, channel)) for kind in ("w", "speech")
    )
    power = np.float32(10) ** (decibels / 10)
    bands = np.ceil(basis.centres / edges[1]).astype(np.int64) - 1  # a band holds its upper edge
    bands[basis.centres == 0] = 0
    result = np.full((len(edges) - 1, width), np.nan, np.float32)
    for band in range(len(result)):
        if (rows := np.flatnonzero(bands == band)).size:
            result[band] = (power[rows] * mask[rows]).sum(0) / power[rows].sum(0)
    return result
