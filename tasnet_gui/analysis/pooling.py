"""Pictures of masks and encoder output: basis function x time, one byte a cell, pooled until they fit.

Full masks cost 0.8 MB per second of sound with 384 filters every 4 ms, those of the paper's network 4 MB. Here a
column is the mean over so many frames that all pictures of a recording together fit into 32 MB.
"""

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.frames import Coefficients, FrameGrid, FrameSpan
from tasnet_gui.analysis.orders import Order
from tasnet_gui.domain import SOURCES

Picture = NDArray[np.uint8]

BUDGET = 32 * 2**20  # bytes, for all pictures of a recording with their coarser levels
BLOCK = 512  # frames of a stretch that become bytes together: 3 ms
FACTOR = 4  # columns per column of the next coarser level
DECIBELS = 120.0  # what a picture of w spans, downwards from the largest value that full scale can reach


@dataclass(frozen=True)
class Scale:
    """What a byte stands for: 0 is `low` or less, 255 is `high` or more, evenly in between."""

    low: float
    high: float
    unit: str = ""  # "dB", or none

    @property
    def step(self) -> float:
        return (self.high - self.low) / 255

    def encode(self, values: NDArray[np.floating]) -> Picture:
        """Numbers as bytes, to the nearest."""
        return np.rint((np.clip(values, self.low, self.high) - self.low) / self.step).astype(np.uint8)

    def decode(self, picture: Picture) -> NDArray[np.float32]:
        """Bytes as numbers."""
        return picture.astype(np.float32) * np.float32(self.step) + np.float32(self.low)


def mask_scale(activation: str) -> Scale:
    """Of masks: 0..1 where the activation keeps them there; those of other networks -2..2, clipped."""
    return Scale(0.0, 1.0) if activation in ("sigmoid", "softmax") else Scale(-2.0, 2.0)


def difference_scale(masks: Scale) -> Scale:
    """Of speech mask minus noise mask."""
    return Scale(masks.low - masks.high, masks.high - masks.low)


def w_scale(encoder: Coefficients) -> Scale:
    """Of the encoder's output in dB: 0 dB is what a full-scale sound can reach in the most sensitive filter.

    Args:
        encoder: U, [N, L].
    """
    highest = float(20 * np.log10(max(np.abs(encoder).sum(1).max(), 1e-10)))
    return Scale(highest - DECIBELS, highest, "dB")


def decibels(power: NDArray[np.floating]) -> NDArray[np.floating]:
    """10 log10, with silence at -300."""
    level: NDArray[np.floating] = 10 * np.log10(np.maximum(power, 1e-30))
    return level


@dataclass(frozen=True, eq=False)
class MaskPictures:
    """Pooled pictures of a whole recording. In each: [channels, N, columns], filters in the network's own order.

    Column c is the mean over the frames [c * pool, (c + 1) * pool): of the masks themselves, and of the power of w.
    """

    grid: FrameGrid
    pool: int  # frames per column
    frames: int  # K of the recording
    w: tuple[Picture, ...]  # level after level, each FACTOR times coarser than the one before
    masks: dict[str, tuple[Picture, ...]]  # "speech" and, unless the network knows speech only, "noise"
    scales: dict[str, Scale]  # of "w", "speech", "noise", "difference"

    @property
    def kinds(self) -> tuple[str, ...]:
        """What `image` can show: "w", "speech", and with two sources "noise" and "difference"."""
        return ("w", *self.masks, *(("difference",) if len(self.masks) == 2 else ()))

    @property
    def column_seconds(self) -> float:
        """How much time a column covers."""
        return self.pool * self.grid.stride / self.grid.rate

    @property
    def start(self) -> float:
        """The left edge of the first column in seconds; a little before 0."""
        return self.grid.centre(-0.5)

    @property
    def times(self) -> NDArray[np.floating]:
        """The middle of every column in seconds: [columns]."""
        columns: NDArray[np.floating] = np.arange(self.w[0].shape[2]) + 0.5
        return columns * self.column_seconds + self.start

    @property
    def nbytes(self) -> int:
        """All pictures together."""
        return sum(level.nbytes for levels in (self.w, *self.masks.values()) for level in levels)

    def image(
        self, kind: str, start: float, stop: float, width: int, channel: int = 0, order: Order | None = None
    ) -> Picture:
        """A stretch as it is drawn: [N, width] bytes of `scales[kind]`, row 0 first.

        Outside of the recording masks, their difference and w are those of silence: 0, 0, and the lowest value.

        Args:
            kind: one of `kinds`.
            start: left edge in seconds; may lie outside of the recording, as `stop`.
            stop: right edge.
            width: columns; each shows the pooled column that lies under its middle.
            channel: of the recording.
            order: of the rows; the network's own unless given.
        """
        if kind == "difference":
            speech, noise = (self.image(name, start, stop, width, channel, order) for name in SOURCES)
            return _minus(speech, noise)
        levels = self.w if kind == "w" else self.masks[kind]
        wide = (stop - start) / width / self.column_seconds  # pooled columns per column
        level = int(np.clip(np.log(max(wide, 1)) // np.log(FACTOR), 0, len(levels) - 1))
        middles = start + (np.arange(width) + 0.5) * (stop - start) / width
        columns = np.floor((middles - self.start) / (self.column_seconds * FACTOR**level)).astype(np.int64)
        return drawn(levels[level][channel], columns, order)

    def activity(self, number: int, kind: str = "w", channel: int = 0) -> Picture:
        """One filter along the recording: [columns] bytes of `scales[kind]`."""
        return (self.w if kind == "w" else self.masks[kind])[0][channel, number]


def span_image(
    span: FrameSpan, scales: dict[str, Scale], kind: str, start: float, stop: float, width: int,
    channel: int = 0, order: Order | None = None,
) -> Picture:  # fmt: skip
    """`MaskPictures.image` at full resolution: every column shows the frame under its middle."""
    middles = start + (np.arange(width) + 0.5) * (stop - start) / width
    columns = np.rint(span.grid.position(0) + middles * span.grid.rate / span.grid.stride).astype(np.int64) - span.first
    first, last = (int(columns[end].clip(0, span.frames - 1)) // BLOCK for end in (0, -1))
    blocks = [_encoded(span, scales[kind], kind, channel, number) for number in range(first, last + 1)]
    picture = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, 1)
    outside = (columns < 0) | (columns >= span.frames)
    return drawn(picture, np.where(outside, -1, columns - first * BLOCK), order, _NOTHING.get(kind, 0))


def _encoded(span: FrameSpan, scale: Scale, kind: str, channel: int, number: int) -> Picture:
    """Some frames of a stretch as bytes, made once: who scrolls sees the same ones in every picture."""
    known = _ENCODED.setdefault(span, {})
    if (key := (kind, channel, number, scale)) not in known:
        here = slice(number * BLOCK, (number + 1) * BLOCK)
        known[key] = scale.encode(_VALUES[kind](span.w[channel, :, here], span.masks[channel, :, :, here]))
    return known[key]


_VALUES: dict[str, Callable[[Coefficients, Coefficients], NDArray[np.floating]]] = {
    "w": lambda w, masks: decibels(np.square(w)),
    "speech": lambda w, masks: masks[0],
    "noise": lambda w, masks: masks[1],
    "difference": lambda w, masks: masks[0] - masks[1],
}
_ENCODED: WeakKeyDictionary[FrameSpan, dict[tuple[str, int, int, Scale], Picture]] = WeakKeyDictionary()
_NOTHING = {"difference": 128}  # the byte for what lies outside, where it is not 0


def drawn(picture: Picture, columns: NDArray[np.int64], order: Order | None, nothing: int = 0) -> Picture:
    """Some columns of a picture [N, columns], in the order of the rows; `nothing` where there are none."""
    image = picture[:, columns.clip(0, picture.shape[1] - 1)]
    image[:, (columns < 0) | (columns >= picture.shape[1])] = nothing
    return image if order is None else order.apply(image)


def _minus(speech: Picture, noise: Picture) -> Picture:
    """Bytes of `difference_scale`; 128 is the nearest to no difference."""
    return ((speech.astype(np.int16) - noise + 256) // 2).astype(np.uint8)
