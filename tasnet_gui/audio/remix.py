"""The tracks of a separation as blocks to write or to measure; those of a remix are made on the way, of its sources."""

from collections.abc import Iterator

import numpy as np

from tasnet_gui.audio.storage import slices
from tasnet_gui.domain import REMIX, Remix, Samples, Separation


def parts_of(separation: Separation, track: str) -> tuple[Samples, ...]:
    """The arrays that a track is read from, each [channels, frames]: two for a remix."""
    return (separation.speech, separation.noise) if track == REMIX else (separation.track(track),)


def blocks(separation: Separation, track: str, remix: Remix) -> Iterator[Samples]:
    """A track from its start to its end, [channels, frames] at a time; what has been walked through is let go."""
    arrays = parts_of(separation, track)
    for part in slices(*arrays):
        here = [samples[:, part] for samples in arrays]
        yield remixed(here[0], here[1], remix) if track == REMIX else here[0]


def remixed(speech: Samples, noise: Samples, remix: Remix) -> Samples:
    """Speech and noise, [channels, frames], as the remix has them: sample by sample what the mixer plays."""
    gains = [np.float32(gain) for gain in remix.gains]
    mixed: Samples = speech * gains[0]
    mixed += noise * gains[1]
    return mixed
