"""The three steps of the network at one moment: encode, mask, decode; s_c = V D_c U x with the user's own numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.frames import FrameSpan, add_up
from tasnet_gui.domain import BadRequest

Vector = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Moment:
    """One frame of one channel on its way through the network. N filters, L samples, C sources, J frames over it."""

    frame: int  # its number
    seconds: float  # its middle
    window: Vector  # [L], x: the samples under it, at the model's rate
    product: Vector  # [N], U x
    w: Vector  # [N], the encoder's output: U x, or max(U x, 0)
    masks: Vector  # [C, N], the diagonals of D_speech, D_noise
    masked: Vector  # [C, N], D_c w
    decoded: Vector  # [C, L], V D_c w: what this frame adds to every source
    numbers: tuple[int, ...]  # [J], all frames that overlap the window, this one among them
    parts: Vector  # [C, J, L], what each of them adds to the window; 0 where it does not reach
    total: Vector  # [C, L], the overlap-add: the sum of `parts`
    tracks: Vector  # [2, L], speech and noise as separated: `total` made to add up to the mixture


def at_moment(span: FrameSpan, basis: Basis, seconds: float, channel: int = 0) -> Moment:
    """The frame whose middle is nearest to a time.

    Args:
        span: a stretch around it.
        basis: of the same network.
        seconds: a time in [span.start, span.stop).
        channel: index into the span's channels.

    Raises:
        BadRequest: the stretch does not hold that time.
    """
    if not span.start <= seconds <= span.stop:
        raise BadRequest(f"{seconds:.3f} s is not between {span.start:g} and {span.stop:g} s.")
    grid = span.grid
    at = int(np.clip(round(grid.position(seconds)) - span.first, 0, span.frames - 1))
    window = _window(span, channel, at)
    product, w = basis.encode(window)
    masks = span.masks[channel, :, :, at]
    reach = -(-grid.kernel // grid.stride) - 1
    near = range(max(0, at - reach), min(span.frames, at + reach + 1))
    parts = np.stack([_shifted(_decoded(span, basis, channel, k), (k - at) * grid.stride) for k in near], 1)
    total = parts.sum(1)
    return Moment(
        frame=span.first + at,
        seconds=grid.centre(span.first + at),
        window=window,
        product=product,
        w=w,
        masks=masks,
        masked=masks * w,
        decoded=_decoded(span, basis, channel, at),
        numbers=tuple(span.first + k for k in near),
        parts=parts,
        total=total,
        tracks=add_up(total, window),
    )


def _decoded(span: FrameSpan, basis: Basis, channel: int, at: int) -> Vector:
    """V D_c w of one frame: [C, L]."""
    masked: Vector = span.masks[channel, :, :, at] * span.w[channel, :, at]
    return masked @ basis.decoder


def _window(span: FrameSpan, channel: int, at: int) -> Vector:
    """The samples under a frame of the span; zeros before and after the recording."""
    begin = span.grid.begin(span.first + at) - span.origin
    positions = np.arange(begin, begin + span.grid.kernel)
    known = (positions >= 0) & (positions < span.mixture.shape[1])
    window = np.zeros(span.grid.kernel, np.float32)
    window[known] = span.mixture[channel, positions[known]]
    return window


def _shifted(frames: Vector, by: int) -> Vector:
    """Frames [C, L] moved by some samples, what leaves the window being lost."""
    moved = np.zeros_like(frames)
    length = frames.shape[1]
    moved[:, max(0, by) : length + min(0, by)] = frames[:, max(0, -by) : length - max(0, by)]
    return moved
