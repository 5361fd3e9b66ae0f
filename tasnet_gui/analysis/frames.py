"""Where the network's frames lie over the sound, and a stretch of them with all that the network made of it.

Letters as in the paper: N filters, L kernel, S stride, K frames, C sources.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.domain import SOURCES, Samples

Coefficients = NDArray[np.float32]


@dataclass(frozen=True)
class FrameGrid:
    """One frame after another over a recording at the model's rate; frame 0 begins `before` samples before it."""

    rate: int  # Hz, the model's
    kernel: int  # L, samples in a frame
    stride: int  # S, samples from one frame to the next
    before: int  # zeros before the sound

    def begin(self, frame: int) -> int:
        """The first sample under a frame, at the model's rate; negative before the sound."""
        return frame * self.stride - self.before

    def centre(self, frame: float) -> float:
        """The middle of a frame in seconds."""
        return (frame * self.stride - self.before + self.kernel / 2) / self.rate

    def position(self, seconds: float) -> float:
        """The inverse of `centre`: a frame number with a fraction, which may lie outside the recording.

        A frame is drawn half a stride to both sides of its centre: round(position) is the frame drawn at a time.
        """
        return (seconds * self.rate + self.before - self.kernel / 2) / self.stride

    def inside(self, start: float, stop: float) -> tuple[int, int]:
        """The frames [first, last) whose centres lie in [start, stop) seconds."""
        return math.ceil(self.position(start) - 1e-9), math.ceil(self.position(stop) - 1e-9)

    def over(self, start: int, stop: int) -> tuple[int, int]:
        """The frames [first, last), from 0 on, that hold any of the samples [start, stop)."""
        first = (start + self.before - self.kernel) // self.stride + 1
        return max(0, first), max(0, (stop - 1 + self.before) // self.stride + 1)


@dataclass(frozen=True, eq=False)
class FrameSpan:
    """What the network made of a stretch of a recording: the encoder's output and the masks at full resolution.

    The sound covers whole seconds around what was asked for, and the frames are all those that hold any of it, so
    that decoding gives exactly this sound (`decode`).
    """

    grid: FrameGrid
    start: float  # seconds that were asked for
    stop: float
    channels: tuple[int, ...]  # of the recording, in the order of the arrays' first axis
    origin: int  # the first sample of `mixture`, at the model's rate
    mixture: Samples  # [channels, samples], at the model's rate
    first: int  # the number of the first frame
    w: Coefficients  # [channels, N, K], the encoder's output
    masks: Coefficients  # [channels, C, N, K], what the network said

    @property
    def frames(self) -> int:
        """K."""
        return self.w.shape[-1]

    @property
    def seconds(self) -> tuple[float, float]:
        """What the sound covers, which is at least [start, stop)."""
        return self.origin / self.grid.rate, (self.origin + self.mixture.shape[1]) / self.grid.rate

    @property
    def times(self) -> NDArray[np.floating]:
        """The middle of every frame in seconds: [K]."""
        times: NDArray[np.floating] = np.arange(self.frames) * (self.grid.stride / self.grid.rate)
        return times + self.grid.centre(self.first)

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the masks' second axis."""
        return SOURCES[: self.masks.shape[1]]

    def covers(self, start: float, stop: float) -> bool:
        """Whether [start, stop) seconds lie inside what was asked for."""
        return self.start <= start and stop <= self.stop

    def decode(self, coefficients: Coefficients, decoder: Coefficients) -> Samples:
        """V times coefficients, overlap-added, over exactly the samples of `mixture`.

        Args:
            coefficients: [..., N, K], such as masks * w.
            decoder: V, [N, L].

        Returns:
            [..., samples] at the model's rate.
        """
        sound = overlap_add(np.swapaxes(coefficients, -1, -2) @ decoder, self.grid.stride)
        begin = self.origin - self.grid.begin(self.first)
        sound = sound[..., begin : begin + self.mixture.shape[1]]
        missing = self.mixture.shape[1] - sound.shape[-1]
        return np.pad(sound, [(0, 0)] * (sound.ndim - 1) + [(0, missing)]) if missing else sound


def overlap_add(frames: Coefficients, stride: int) -> Samples:
    """Sum frames that begin `stride` samples apart: [..., K, L] to [..., (K-1)*stride + L]."""
    count, length = frames.shape[-2:]
    strides = -(-length // stride)
    pieces = np.zeros((*frames.shape[:-1], strides * stride), np.float32)
    pieces[..., :length] = frames
    pieces = pieces.reshape(*frames.shape[:-1], strides, stride)
    total = np.zeros((*frames.shape[:-2], count + strides - 1, stride), np.float32)
    for index in range(strides):
        total[..., index : index + count, :] += pieces[..., index, :]
    return total.reshape(*frames.shape[:-2], -1)[..., : (count - 1) * stride + length]


def effective(masks: Coefficients) -> Coefficients:
    """The masks with the mixture-consistency step folded in: E_c = M_c + (1 - sum of all M) / C.

    The outputs of the network are projected onto those that add up to the mixture. As decoding is linear, the track of
    source c is exactly V (E_c w) + (x - V w) / C: the E add up to 1 everywhere, and what the encoder and decoder lose
    between them, x - V w, is shared equally. A network with one source has no such step, and E = M.

    Args:
        masks: [..., C, N, K].

    Returns:
        The same shape.
    """
    sources = masks.shape[-3]
    if sources == 1:
        return masks
    shared: Coefficients = masks + (1 - masks.sum(-3, keepdims=True)) / np.float32(sources)
    return shared


def add_up(raw: Samples, mixture: Samples) -> Samples:
    """Speech and noise as the engine makes them of the raw outputs: what is missing to the mixture, shared equally.

    Args:
        raw: [..., C, samples], V (M_c w).
        mixture: [..., samples].

    Returns:
        [..., 2, samples]; of a network that knows speech only, noise is the rest.
    """
    missing = mixture[..., None, :] - raw.sum(-2, keepdims=True)
    if raw.shape[-2] == 1:
        return np.concatenate([raw, missing], -2)
    consistent: Samples = raw + missing / np.float32(raw.shape[-2])
    return consistent


def tracks(span: FrameSpan, decoder: Coefficients) -> Samples:
    """The separated tracks of a stretch at the model's rate: [channels, 2, samples].

    They equal the whole run's to 1e-5 of full scale, in the second around a seam between two pieces to -80 dBFS.
    """
    return add_up(span.decode(span.masks * span.w[:, None], decoder), span.mixture)
