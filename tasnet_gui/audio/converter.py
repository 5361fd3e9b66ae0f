"""Sound for a device that cannot run at the recording's rate: pulled, resampled, handed on."""

from collections.abc import Callable

import numpy as np
import soxr

from tasnet_gui.domain import Samples


class RateConverter:
    """Pulls blocks at one rate and fills blocks at another. For listening only; files never pass through here.

    Args:
        render: writes the next block, [frames, channels], at `rate`.
        rate: Hz, of what is pulled.
        device_rate: Hz, of what is handed on.
    """

    def __init__(self, render: Callable[[Samples], None], rate: int, device_rate: int, channels: int) -> None:
        self._render = render
        self._rate, self._device_rate = rate, device_rate
        self._stream = soxr.ResampleStream(rate, device_rate, channels, dtype="float32")
        self._pulled = np.zeros((max(64, rate // 100), channels), np.float32)  # 10 ms at a time
        self._ready = self._pulled[:0]  # resampled and not yet handed on; soxr allocates it
        self._taken = self._given = 0  # frames, at either rate

    @property
    def delay(self) -> float:
        """Seconds of sound that were pulled and are not handed on yet: the filter and the rest of a block."""
        return self._taken / self._rate - self._given / self._device_rate

    def fill(self, out: Samples) -> None:
        """Write the next block, [frames, channels], at the device's rate."""
        done = 0
        while done < out.shape[0]:
            while not self._ready.shape[0]:
                self._pull()
            frames = min(out.shape[0] - done, self._ready.shape[0])
            out[done : done + frames] = self._ready[:frames]
            self._ready = self._ready[frames:]
            done += frames
        self._given += done

    def _pull(self) -> None:
        self._render(self._pulled)
        self._taken += self._pulled.shape[0]
        self._ready = self._stream.resample_chunk(self._pulled)
