"""The learned basis: every filter's waveform, spectrum, centre frequency and bandwidth."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Functions = NDArray[np.float32]
Numbers = NDArray[np.floating]

FINE = 4096  # points of the transform behind the measures: every 4 Hz at 16 kHz


class Spectra(NamedTuple):
    """FFT magnitudes of all filters."""

    frequencies: Numbers  # [F], Hz
    magnitudes: Numbers  # [N, F], linear


@dataclass(frozen=True, eq=False)
class Basis:
    """The encoder's and the decoder's basis functions of a network, in the network's own order."""

    encoder: Functions  # U: [N, L]
    decoder: Functions  # V: [N, L]
    rate: int  # Hz
    rectified: bool = True  # the encoder's output is max(U x, 0) instead of U x

    @property
    def filters(self) -> int:
        """N."""
        return len(self.encoder)

    @property
    def kernel(self) -> int:
        """L, in samples."""
        return self.encoder.shape[1]

    @property
    def times(self) -> Numbers:
        """Of the samples of a basis function, in milliseconds: [L]."""
        times: Numbers = np.arange(self.kernel) * (1000 / self.rate)
        return times

    def encode(self, window: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """U x and the encoder's output w of one window of sound. window: [L]; both [N]."""
        product = self.encoder @ window
        return product, np.maximum(product, 0) if self.rectified else product

    @cached_property
    def encoder_spectra(self) -> Spectra:
        """The L/2 + 1 points of the paper's Fig. 3."""
        return spectra(self.encoder, self.rate)

    @cached_property
    def decoder_spectra(self) -> Spectra:
        """The L/2 + 1 points of the paper's Fig. 3."""
        return spectra(self.decoder, self.rate)

    @cached_property
    def centres(self) -> Numbers:
        """The centre frequency of every encoder function, where its magnitude is largest: [N], Hz."""
        frequencies, magnitudes = self._fine
        return frequencies[magnitudes.argmax(1)]

    @cached_property
    def bandwidths(self) -> Numbers:
        """The equivalent rectangular bandwidth of every encoder function: [N], Hz.

        As wide as a rectangle as high as the power's peak with the same area; 0 for a function that is 0.
        """
        frequencies, magnitudes = self._fine
        power = np.square(magnitudes)
        highest = power.max(1)
        area = power.sum(1) * (frequencies[1] - frequencies[0])
        return np.divide(area, highest, out=np.zeros_like(area), where=highest > 0)

    @cached_property
    def _fine(self) -> Spectra:
        return spectra(self.encoder, self.rate, max(FINE, self.kernel))


def spectra(functions: Functions, rate: int, points: int | None = None) -> Spectra:
    """FFT magnitudes of functions [N, L], padded with zeros to `points` samples (L unless given)."""
    size = points or functions.shape[1]
    magnitudes: Numbers = np.abs(np.fft.rfft(functions.astype(np.float64), size))
    return Spectra(np.fft.rfftfreq(size, 1 / rate), magnitudes)
