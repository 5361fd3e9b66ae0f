"""What counts as a level. What does not is silence, wherever sound comes from."""

import numpy as np

from tasnet_gui.domain import Samples

# Beyond any level: the largest number that a 32-bit integer scale, kept as float by mistake, can reach.
_LARGEST = 2.0**31
_SMALLEST = float(np.finfo(np.float32).smallest_normal)  # below this arithmetic becomes slow, at -750 dBFS


def make_usable(block: Samples) -> int:
    """Put 0, in the block itself, in the place of what is no level, and count it: NaN, infinity, beyond any scale.

    Numbers below float32's normal range become 0, too, but do not count.
    """
    size = np.abs(block)
    with np.errstate(invalid="ignore"):  # a signalling NaN announces itself when compared
        wrong = ~(size <= _LARGEST)
        block[wrong | (size < _SMALLEST)] = 0.0
    return int(np.count_nonzero(wrong))
