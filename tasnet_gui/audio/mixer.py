"""Gains, ramps and fold-down as arithmetic on blocks. Knows no playhead, no clock and no device."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.domain import Samples

CHUNK = 1024  # frames rendered at once; larger blocks are rendered in pieces of this size
RAMP = 0.008  # seconds from one gain to the next: a step in gain is heard as a click below about 5 ms

_HALF = 0.5**0.5  # -3 dB, the coefficient of ITU-R BS.775 for centre and surrounds

# Where each channel of the usual WAV layouts goes: (left, right). BS.775 leaves the low-frequency channel out.
_LEFT, _RIGHT, _BOTH, _OFF = (1.0, 0.0), (0.0, 1.0), (_HALF, _HALF), (0.0, 0.0)
_BACK_LEFT, _BACK_RIGHT = (_HALF, 0.0), (0.0, _HALF)
_LAYOUTS = {
    1: (_BOTH,),
    2: (_LEFT, _RIGHT),
    3: (_LEFT, _RIGHT, _BOTH),
    4: (_LEFT, _RIGHT, _BACK_LEFT, _BACK_RIGHT),
    5: (_LEFT, _RIGHT, _BOTH, _BACK_LEFT, _BACK_RIGHT),
    6: (_LEFT, _RIGHT, _BOTH, _OFF, _BACK_LEFT, _BACK_RIGHT),
    7: (_LEFT, _RIGHT, _BOTH, _OFF, _BOTH, _BACK_LEFT, _BACK_RIGHT),
    8: (_LEFT, _RIGHT, _BOTH, _OFF, _BACK_LEFT, _BACK_RIGHT, _BACK_LEFT, _BACK_RIGHT),
}

Wave = NDArray[np.float32]  # one channel: [frames]
Fold = tuple[tuple[tuple[int, float], ...], ...]  # per output channel: the input channels it hears, and how loud


def fold(channels: int, heard: int) -> Fold:
    """How `channels` of a recording are heard on a device with `heard` channels (1 or 2). For listening only.

    Mono goes to both sides and stereo stays as it is, both at unity. Up to 7.1 the usual WAV layouts are folded with
    the coefficients of ITU-R BS.775; of anything wider, odd channels go left and even ones right. Every side's
    coefficients are scaled to add up to at most 1, so that a fold never clips.
    """
    layout = _LAYOUTS.get(channels, tuple((_LEFT, _RIGHT)[channel % 2] for channel in range(channels)))
    weights = np.array(layout, dtype=np.float64).T  # heard (2), channels
    if heard == 1:
        weights = weights.sum(axis=0, keepdims=True)
    weights /= weights.sum(axis=1, keepdims=True)
    return tuple(tuple((channel, float(weight)) for channel, weight in enumerate(side) if weight) for side in weights)


class Mixer:
    """The tracks of one recording and how loud each is heard.

    `render` may be called several times for the same stretch of time (a crossfade has two playheads); `advance` then
    moves the gain ramps on. Nothing is allocated by either beyond views of the arrays.

    Args:
        tracks: by name, all float32 with the same shape [channels, frames]; memory maps are welcome.
        rate: frames per second.
    """

    def __init__(self, tracks: Mapping[str, Samples], rate: int) -> None:
        shapes = {samples.shape for samples in tracks.values()}
        if len(shapes) != 1:
            raise ValueError(f"Tracks of one recording have one shape, not {sorted(shapes)}.")
        channels, self.frames = shapes.pop()
        self.names = tuple(tracks)
        self.rate = rate
        self.peaks = np.zeros(len(tracks), np.float32)  # per track, as heard; whoever reads them sets them back to 0
        # Plain arrays: every slice of a np.memmap costs five times as much as one of the array behind it.
        self._samples = tuple(tuple(np.asarray(samples)) for samples in tracks.values())
        self._folds = {heard: fold(channels, heard) for heard in (1, 2)}
        self._ramp_frames = max(1, round(RAMP * rate))
        self._gains = [0.0] * len(tracks)
        self._targets = [0.0] * len(tracks)
        self._left = [0] * len(tracks)  # frames until the target is reached
        self._count = np.arange(1, CHUNK + 1, dtype=np.float32)
        self._ramp = np.empty(CHUNK, np.float32)
        self._sum = np.empty(2 * CHUNK, np.float32)
        self._track = np.empty(2 * CHUNK, np.float32)
        self._channel = np.empty(CHUNK, np.float32)

    def aim(self, gains: Sequence[float], at_once: bool = False) -> None:
        """Set the linear gain of each track, in the order of `names`; reached after `RAMP`, or at once."""
        for index, gain in enumerate(gains):
            if gain != self._targets[index]:
                self._targets[index] = gain
                self._left[index] = self._ramp_frames
            if at_once:
                self._gains[index], self._left[index] = gain, 0

    def render(self, out: Samples, position: int) -> None:
        """Write the mix from frame `position` on into `out` [frames <= CHUNK, 1 or 2 channels].

        Beyond the end the sound is mirrored, so that a fade that begins there has something to fade.
        """
        frames, heard = out.shape
        # Contiguous, since NumPy allocates a buffer to add pieces of rows.
        total = self._sum[: heard * frames].reshape(heard, frames)
        track = self._track[: heard * frames].reshape(heard, frames)
        total.fill(0.0)
        for index, samples in enumerate(self._samples):
            if not (self._gains[index] or self._left[index]):
                continue
            for side, parts in enumerate(self._folds[heard]):
                self._hear(samples, parts, position, track[side])
            self._scale(index, track)
            self.peaks[index] = max(self.peaks[index], track.max(), -track.min())
            total += track
        np.copyto(out, total.T)

    def advance(self, frames: int) -> None:
        """The ramps move on by `frames`."""
        for index, left in enumerate(self._left):
            if left > frames:
                self._gains[index] += self._step(index) * frames
            elif left:
                self._gains[index] = self._targets[index]
            self._left[index] = max(0, left - frames)

    def _step(self, index: int) -> float:
        return (self._targets[index] - self._gains[index]) / self._left[index]

    def _scale(self, index: int, track: Samples) -> None:
        """Multiply a track [heard, frames] with its gain, which may be on its way to another."""
        left, frames = self._left[index], track.shape[1]
        if not left:
            if self._gains[index] != 1.0:
                track *= self._gains[index]
            return
        ramp = self._ramp[:frames]
        np.multiply(self._count[:frames], self._step(index), out=ramp)
        ramp += self._gains[index]
        ramp[left:] = self._targets[index]
        for side in track:
            side *= ramp

    def _hear(self, samples: tuple[Wave, ...], parts: tuple[tuple[int, float], ...], position: int, out: Wave) -> None:
        """One output channel of one track: the weighted sum of the input channels it is folded from."""
        channel, weight = parts[0]
        _copy(samples[channel], position, out)
        if weight != 1.0:
            out *= weight
        for channel, weight in parts[1:]:
            scratch = self._channel[: out.shape[0]]
            _copy(samples[channel], position, scratch)
            scratch *= weight
            out += scratch


def _copy(samples: Wave, position: int, out: Wave) -> None:
    """Copy from frame `position` on; past the end the sound runs backwards, and after that it is silent."""
    frames = samples.shape[0]
    inside = min(max(0, frames - position), out.shape[0])
    out[:inside] = samples[position : position + inside]
    if inside == out.shape[0]:
        return
    last = 2 * frames - 1 - (position + inside)  # the mirror image of the first frame past the end
    mirrored = min(max(0, last + 1), out.shape[0] - inside)
    out[inside : inside + mirrored] = samples[last - mirrored + 1 : last + 1][::-1]
    out[inside + mirrored :] = 0.0
