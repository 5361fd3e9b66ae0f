"""Where a recording was cut off at full scale, because it was too loud for what recorded it."""

from collections.abc import Generator

import numpy as np

from tasnet_gui.domain import Progress, Samples

FULL = 1.0 - 2.0**-15  # the largest 16-bit sample; 24-bit and float recordings clip above it
SHORTEST = 3  # samples in a row: one or two reach full scale by chance
_BLOCK = 1 << 18  # frames


def counting_clipped(samples: Samples) -> Generator[Progress, None, int]:
    """In how many places at least three samples in a row of one channel lie at full scale, both signs alike.

    Args:
        samples: [channels, frames].
    """
    frames = samples.shape[1]
    places = 0
    for start in range(0, frames, _BLOCK):
        # From one frame early, so that a place that goes on from the last block is not counted twice.
        block = np.abs(samples[:, max(0, start - 1) : start + _BLOCK + SHORTEST - 1]) >= FULL
        if block.any():
            long = block[:, :-2] & block[:, 1:-1] & block[:, 2:]
            begins = long.copy()
            begins[:, 1:] &= ~long[:, :-1]
            places += int(begins[:, 1 if start else 0 :].sum())
        yield Progress(min(1.0, (start + _BLOCK) / max(frames, 1)))
    return places
