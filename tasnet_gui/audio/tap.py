"""The latest of what was given to the device, for those who measure it: written by the callback, read by the GUI."""

import numpy as np

from tasnet_gui.domain import Samples

SECONDS = 2.0  # that are kept; a reader that stalls for longer misses some


class Tap:
    """A ring of samples with one writer and one reader, without a lock: the writer only ever adds to `written`.

    Args:
        rate: Hz, of what is written.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.written = 0  # frames, in all
        self._ring = np.zeros((max(1, round(SECONDS * rate)), 2), np.float32)
        self._read = 0

    def write(self, out: Samples) -> None:
        """Keep a block, [frames, 1 or 2 channels]; allocates nothing."""
        room = self._ring.shape[0]
        frames = min(out.shape[0], room)
        at = self.written % room
        first = min(frames, room - at)
        self._ring[at : at + first] = out[:first]
        self._ring[: frames - first] = out[first:frames]
        self.written += frames

    def read(self, behind: float) -> Samples:
        """What came since the last call, but not the last `behind` seconds, which are on their way: [frames, 2]."""
        stop = max(self._read, self.written - max(0, round(behind * self.rate)))
        start = max(self._read, self.written - self._ring.shape[0] * 3 // 4)  # the rest may be written to just now
        self._read = stop
        return self._ring[np.arange(min(start, stop), stop) % self._ring.shape[0]]
