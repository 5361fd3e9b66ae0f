"""From float to integers so that the tracks still add up: speech + noise = mixture, to 1 LSB of the format.

Independent TPDF dither on each track would let the sum be off by 3 LSB. Instead only speech is dithered, the mixture is
rounded, and noise is what is missing between these two integers. Its error is that of the mixture minus that of speech,
so the dither of speech, with its sign changed, dithers noise as well. A mixture that came from 16 bits is on the grid
already: it is written as it was, and speech + noise equal it exactly. The tracks of a partial separation add up to
their own sum, rounded.

Samples that are on the grid get no dither: they need none, and digital silence stays silent. The dither is the same in
every run, so tracks that are exported one at a time fit together if they have the same gain, and equal input gives
equal files. The gain is that of the tracks which go out together: one of them alone may need another, or none. A remix
is dithered as speech is: with all noise off it is the same file.

Speech that does not go out with the noise may lie above full scale. It is subtracted as it is then; what a file of it
would hold, clipped, is another sound.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.audio.remix import remixed
from tasnet_gui.audio.storage import slices
from tasnet_gui.domain import REMIX, Remix, Samples, Separation

_DITHERED = 16  # bits; the grid of 24 bits lies at -138 dBFS, finer than what float32 resolves near full scale
_SEED = 16

Levels = NDArray[np.float64]  # whole numbers


def quantised(separation: Separation, track: str, gain: float, bits: int, remix: Remix) -> Iterator[NDArray[np.int32]]:
    """The blocks of a track as integers, [frames, channels], moved up to use all 32 bits."""
    scale = 2.0 ** (bits - 1)
    mixture, speech, noise = separation.recording.samples, separation.speech, separation.noise
    random = np.random.default_rng(_SEED) if bits <= _DITHERED else None
    for part in slices(mixture, speech, noise):
        if track == REMIX:
            levels = _round(_scaled(remixed(speech[:, part], noise[:, part], remix), gain * scale), random)
        elif track == "speech":
            levels = _round(_scaled(speech[:, part], gain * scale), random)
        else:
            whole = mixture[:, part].astype(np.float64)
            if track == "noise" and separation.partial:
                whole = speech[:, part].astype(np.float64) + noise[:, part]
            exact = _scaled(whole, gain * scale)
            levels = _held(np.rint(exact), exact, scale)
        if track == "noise":
            exact = _scaled(speech[:, part], gain * scale)
            levels -= _held(_round(exact, random), exact, scale)
        integers = levels.clip(-scale, scale - 1).astype(np.int32) << (32 - bits)
        yield np.ascontiguousarray(integers.T)


def _scaled(samples: Samples | Levels, factor: float) -> Levels:
    return samples.astype(np.float64) * factor


def _held(rounded: Levels, exact: Levels, scale: float) -> Levels:
    """As a file holds it, whose largest number is one short of full scale; what is above full scale is in no file."""
    return np.where(np.abs(exact) <= scale, rounded.clip(-scale, scale - 1), rounded)


def _round(levels: Levels, random: np.random.Generator | None) -> Levels:
    """To whole numbers, with triangular dither of +-1 LSB where there is something to round."""
    rounded: Levels = np.rint(levels)
    if random is None:
        return rounded
    dither = random.random(levels.shape) - random.random(levels.shape)
    return np.where(rounded == levels, rounded, np.rint(levels + dither))
