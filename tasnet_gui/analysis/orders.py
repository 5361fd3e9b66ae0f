"""Which filter stands in which row. All pictures share one order, so that row i is the same filter everywhere."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.basis import Basis

Item = TypeVar("Item", bound=np.generic)

ORDERS = {  # the key of every order, and its name for people
    "similarity": "Similar filters together",
    "frequency": "Centre frequency",
    "energy": "Energy in this recording",
    "speech": "Share of speech",
    "network": "As in the network",
}


@dataclass(frozen=True, eq=False)
class Order:
    """A bijection between rows and filters. Row 0 is drawn at the bottom, as the low end of a frequency axis.

    Raises:
        ValueError: `forward` does not name every filter once.
    """

    name: str  # a key of ORDERS
    forward: NDArray[np.int64]  # [N]: the filter in every row

    def __post_init__(self) -> None:
        """Make the array one that nobody can change any more, and check it."""
        forward = np.array(self.forward, np.int64)
        if forward.ndim != 1 or not np.array_equal(np.sort(forward), np.arange(len(forward))):
            raise ValueError("an order names every filter exactly once")
        forward.setflags(write=False)
        object.__setattr__(self, "forward", forward)

    def __len__(self) -> int:
        return len(self.forward)

    @property
    def inverse(self) -> NDArray[np.int64]:
        """[N]: the row of every filter."""
        rows = np.empty_like(self.forward)
        rows[self.forward] = np.arange(len(rows))
        rows.setflags(write=False)
        return rows

    def apply(self, values: NDArray[Item], axis: int = 0) -> NDArray[Item]:
        """Values that run over the filters along `axis`, in the order of the rows: a copy."""
        return np.take(values, self.forward, axis)


def by_similarity(basis: Basis) -> Order:
    """Similar filters next to each other: UPGMA on the encoder's functions (`scipy`'s average linkage), the tree's
    branches turned so that neighbours differ least, low frequencies first.

    The distance is the Euclidean one between FFT magnitudes, each of length 1. Between the waveforms themselves a
    function and the same one in opposite phase would be farthest apart, although the pair does one job. Spectra that
    do not overlap are all equally far apart, 40 Hz or 4 kHz away, so that a tenth of the distance between the centres
    (in half sampling rates) is added; neighbours differ less in their spectra, too, than without it.
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import pdist

    if basis.filters < 2:
        return in_network(basis.filters)
    magnitudes = basis.encoder_spectra.magnitudes
    lengths = np.linalg.norm(magnitudes, axis=1, keepdims=True)
    directions = np.divide(magnitudes, lengths, out=np.zeros_like(magnitudes), where=lengths > 0)
    apart = pdist(directions) + 0.1 * pdist(basis.centres[:, None]) / (basis.rate / 2)
    leaves = leaves_list(linkage(apart, "average", optimal_ordering=True)).astype(np.int64)
    rising = np.dot(np.arange(len(leaves)) - (len(leaves) - 1) / 2, basis.centres[leaves]) >= 0
    return Order("similarity", leaves if rising else leaves[::-1])


def by_frequency(basis: Basis) -> Order:
    """By the encoder's centre frequency, low first."""
    return _ascending("frequency", basis.centres)


def by_energy(energy: NDArray[np.float64]) -> Order:
    """By the energy [N] of the encoder's output over a recording, little first."""
    return _ascending("energy", energy)


def by_speech(share: NDArray[np.float64]) -> Order:
    """By how strongly the masks favour speech, [N] 0..1 (`Activity.speech_share`), least first."""
    return _ascending("speech", share)


def in_network(filters: int) -> Order:
    """As the network numbers them."""
    return Order("network", np.arange(filters))


def _ascending(name: str, values: NDArray[np.floating]) -> Order:
    return Order(name, np.argsort(values, kind="stable"))
