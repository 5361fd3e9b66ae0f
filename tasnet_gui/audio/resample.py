"""From one sample rate to another, with exact lengths and no shift in time."""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr

from tasnet_gui.audio.storage import BLOCK, allocate, slices
from tasnet_gui.domain import Samples

# 28 bits. It costs no more than HQ (20 bits) here: 60 s of stereo from 48 to 16 kHz take 0.03 s with either.
_QUALITY = "VHQ"


class Resampler:
    """A resampler for sound that comes in blocks.

    All blocks that come out, with the flush, are the resampled whole: it starts where the input starts, and has
    round(frames * new_rate / rate) frames. Blocks come out late by the filter's length, and at first empty.
    """

    def __init__(self, channels: int, rate: int, new_rate: int) -> None:
        self._channels = channels
        self._soxr = None if rate == new_rate else soxr.ResampleStream(rate, new_rate, channels, quality=_QUALITY)

    def feed(self, block: Samples) -> Samples:
        """[channels, any frames] in, [channels, the frames that are ready] out."""
        return self._resample(block, last=False)

    def flush(self) -> Samples:
        """What is still inside: [channels, frames]. The resampler is done after this."""
        return self._resample(np.zeros((self._channels, 0), np.float32), last=True)

    def _resample(self, block: Samples, last: bool) -> Samples:
        if self._soxr is None:
            return block
        interleaved = np.ascontiguousarray(block.T, np.float32)
        resampled: Samples = self._soxr.resample_chunk(interleaved, last=last)
        return resampled.T


def resampling(
    blocks: Iterable[Samples], channels: int, available: int, rate: int, new_rate: int, frames: int
) -> Iterator[Samples]:
    """The same sound at another rate, in blocks [channels, n] that have `frames` frames in all.

    Frame i of the result sounds at the time i / new_rate of the input, which has `available` frames and is taken as
    silent after its end.
    """
    resampler = Resampler(channels, rate, new_rate)
    # The filter's ringing after the end is part of the sound; zeros instead would be a step of up to the last sample.
    missing = max(0, -(-frames * rate // new_rate) - available) + 1

    def resampled() -> Iterator[Samples]:
        yield from map(resampler.feed, blocks)
        yield resampler.feed(np.zeros((channels, min(missing, BLOCK)), np.float32))
        yield resampler.flush()

    left = frames
    for block in resampled():
        if taken := min(block.shape[1], left):  # FFmpeg takes no empty blocks
            yield block[:, :taken]
            left -= taken
    if left:
        yield np.zeros((channels, left), np.float32)


def resample(samples: Samples, rate: int, new_rate: int, frames: int) -> Samples:
    """The same sound at another rate: [channels, n] at `rate` to [channels, frames] at `new_rate`, as `resampling`.

    Long sound goes through in blocks, so nothing but input and output takes room. With equal rates and lengths the
    input itself comes back, not a copy.
    """
    if rate == new_rate and samples.shape[1] == frames:
        return samples
    channels, available = samples.shape
    resampled = allocate(channels, frames)
    # Blocks shrink with the ratio, so that 1 kHz to 768 kHz does not make blocks of 50 million frames.
    parts = slices(samples, frames=max(1, min(BLOCK, BLOCK * rate // new_rate)), beside=resampled)
    filled = 0
    for block in resampling((samples[:, part] for part in parts), channels, available, rate, new_rate, frames):
        resampled[:, filled : filled + block.shape[1]] = block
        filled += block.shape[1]
    return resampled
