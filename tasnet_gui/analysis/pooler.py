"""Makes the pictures of a recording while it is being separated, piece by piece, in bounded memory."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.frames import Coefficients, FrameGrid
from tasnet_gui.analysis.pooling import BUDGET, FACTOR, MaskPictures, Picture, Scale, decibels, difference_scale
from tasnet_gui.domain import SOURCES

IN_CACHE = 128  # columns that become bytes together: turning a picture on its side costs most where it misses the cache
AT_ONCE = 1024  # frames that are pooled together: w and a mask of them fit into a core's cache

Sums = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Activity:
    """The energy of every filter over a whole recording, in the network's own order; sums of squares."""

    w: Sums  # [channels, N], of the encoder's output
    speech: Sums  # [channels, N], of M_speech * w
    noise: Sums  # [channels, N], of M_noise * w; zeros when the network knows speech only

    def share_of(self, track: str, channel: int = 0) -> Sums:
        """Every filter's part of the energy in "w", "speech" or "noise": [N], together 1, or 0 in silence."""
        return _part(getattr(self, track)[channel], getattr(self, track)[channel].sum())

    def speech_share(self, channel: int = 0) -> Sums:
        """How strongly the masks favour speech: [N], speech / (speech + noise), 0..1; 0 for a filter never active."""
        return _part(self.speech[channel], self.speech[channel] + self.noise[channel])


class _Seen(NamedTuple):
    """One piece of one channel, pooled."""

    channel: int
    column: int  # of the first sum
    sums: NDArray[np.float32]  # [1 + C, columns, N]: of w squared, and of the masks
    energy: Sums  # [1 + C, N]: of w, and of every M * w


class _Open(NamedTuple):
    """Columns of all channels."""

    column: int  # the first
    sums: NDArray[np.float32]  # [channels, 1 + C, columns, N]

    @property
    def end(self) -> int:
        return self.column + self.sums.shape[2]


class Pooler:
    """`add` the frames of pieces, and `settle` what is final; pieces may overlap where their weights add up to 1.

    Args:
        grid: of the frames.
        frames: K of the whole recording.
        shape: channels, sources, filters.
        w: the scale of the encoder's output.
        masks: the scale of the masks.
        budget: bytes for all pictures.
    """

    def __init__(
        self, grid: FrameGrid, frames: int, shape: tuple[int, int, int], w: Scale, masks: Scale, budget: int = BUDGET
    ) -> None:
        self.grid, self.frames, self.shape = grid, frames, shape
        channels, sources, filters = shape
        kinds = ("w", *SOURCES[:sources])
        self.scales = {"w": w, **dict.fromkeys(SOURCES[:sources], masks), "difference": difference_scale(masks)}
        cells = channels * len(kinds) * filters * frames
        self.pool = max(1, -(-cells * FACTOR // ((FACTOR - 1) * budget)))  # the coarser levels add a third
        columns = -(-frames // self.pool)
        self._pictures = {kind: np.zeros((channels, filters, columns), np.uint8) for kind in kinds}
        self._energy = np.zeros((len(kinds), channels, filters))
        self._pending: list[_Seen] = []
        self._open: list[_Open] = []  # columns that are not final
        self._settled: list[tuple[int, int]] = []  # frames [first, last)

    def forget(self) -> None:
        """Drop what was added since the last `settle`: the piece was broken off."""
        self._pending.clear()

    def add(self, channel: int, first: int, w: Coefficients, masks: Coefficients, weights: NDArray[np.float32]) -> None:
        """Take in frames.

        Args:
            channel: of the recording.
            first: the number of the first frame.
            w: the encoder's output, [K, N].
            masks: [C, K, N].
            weights: [K], how much of every frame counts.
        """
        keep = np.flatnonzero(weights)
        if not keep.size:
            return
        end = min(int(keep[-1]) + 1, self.frames - first)
        for start in range(int(keep[0]), end, AT_ONCE):
            here = slice(start, min(start + AT_ONCE, end))
            self._pending.append(self._seen(channel, first + start, w[here], masks[:, here], weights[here, None]))

    def _seen(
        self, channel: int, first: int, w: Coefficients, masks: Coefficients, weights: NDArray[np.float32]
    ) -> _Seen:
        """Some frames pooled. w: [K, N]; masks: [C, K, N]; weights: [K, 1]."""
        column, lead = divmod(first, self.pool)
        sums = np.zeros((1 + len(masks), -(-(lead + len(w)) // self.pool), w.shape[1]), np.float32)
        energy = np.empty((1 + len(masks), w.shape[1]))
        whole = bool((weights == 1).all())
        for index, values in enumerate((np.square(w), *masks)):
            _add_columns(sums[index], values if whole else values * weights, lead, self.pool)
        energy[0] = sums[0].sum(0)
        for index, mask in enumerate(masks, 1):
            masked = w * mask
            masked *= masked
            energy[index] = (masked if whole else masked * weights).sum(0)
        return _Seen(channel, column, sums, energy)

    def settle(self, last: int, first: int = 0) -> None:
        """All that was added counts, and the frames [first, last) will not change any more, in whatever order."""
        first, last = self._joined(first, last)
        low, high = -(-first // self.pool), -(-self.frames // self.pool) if last >= self.frames else last // self.pool
        still: list[_Open] = []
        for column, sums in self._gathered():
            count = sums.shape[2]
            start, stop = (min(max(0, edge - column), count) for edge in (low, high))
            self._write(column + start, sums[:, :, start:stop])
            still += [_Open(column + a, sums[:, :, a:b].copy()) for a, b in ((0, start), (stop, count)) if a < b]
        self._open = still

    def pictures(self) -> MaskPictures:
        """The whole, once all frames are settled."""
        w, *masks = self._pictures
        return MaskPictures(
            self.grid,
            self.pool,
            self.frames,
            _levels(self._pictures[w], self.scales[w]),
            {kind: _levels(self._pictures[kind], None) for kind in masks},
            self.scales,
        )

    def activity(self) -> Activity:
        """The energies so far."""
        w, speech, *noise = self._energy
        return Activity(w, speech, noise[0] if noise else np.zeros_like(speech))

    def _joined(self, first: int, last: int) -> tuple[int, int]:
        """What is settled around these frames, when they are."""
        apart = [stretch for stretch in self._settled if stretch[1] < first or stretch[0] > last]
        touching = [(first, last), *(stretch for stretch in self._settled if stretch not in apart)]
        whole = min(stretch[0] for stretch in touching), max(stretch[1] for stretch in touching)
        self._settled = [*apart, whole]
        return whole

    def _gathered(self) -> list[_Open]:
        """What was added as one, with the open columns that it has a part in, and the other open ones."""
        if not self._pending:
            return self._open
        column = min(seen.column for seen in self._pending)
        end = max(seen.column + seen.sums.shape[1] for seen in self._pending)
        apart = [part for part in self._open if part.end <= column or part.column >= end]
        shared = [part for part in self._open if part.column < end and part.end > column]
        column, end = min([column, *(part.column for part in shared)]), max([end, *(part.end for part in shared)])
        channels, _, filters = self.shape
        sums = np.zeros((channels, len(self._pictures), end - column, filters), np.float32)
        for seen in self._pending:
            at = seen.column - column
            sums[seen.channel, :, at : at + seen.sums.shape[1]] += seen.sums
            self._energy[:, seen.channel] += seen.energy
        self._pending.clear()
        for part in shared:
            sums[:, :, part.column - column : part.end - column] += part.sums
        return [*apart, _Open(column, sums)]

    def _write(self, column: int, sums: NDArray[np.float32]) -> None:
        """Turn columns into bytes. sums: [channels, 1 + C, columns, N]"""
        for start in range(0, sums.shape[2], IN_CACHE):
            block = sums[:, :, start : start + IN_CACHE]
            first, last = column + start, column + start + block.shape[2]
            ends = np.minimum(np.arange(first + 1, last + 1) * self.pool, self.frames)  # the last may be short
            means = block / (ends - np.arange(first, last) * self.pool).astype(np.float32)[:, None]
            for index, (kind, picture) in enumerate(self._pictures.items()):
                values = decibels(means[:, index]) if kind == "w" else means[:, index]
                picture[:, :, first:last] = self.scales[kind].encode(values).swapaxes(1, 2)


def _add_columns(sums: NDArray[np.float32], values: NDArray[np.float32], lead: int, pool: int) -> None:
    """Add every `pool` rows of values [K, N] up into one of sums [columns, N]; the first column lacks `lead` rows."""
    for row in range(min(pool, len(values))):
        column = (lead + row) // pool
        rows = values[row::pool]
        sums[column : column + len(rows)] += rows


def _levels(picture: Picture, power: Scale | None) -> tuple[Picture, ...]:
    """A picture and its coarser levels: means of FACTOR columns, of the power where it is in decibels."""
    levels = [picture]
    steps = np.arange(256, dtype=np.uint8)
    table = np.float32(10) ** (power.decode(steps) / 10) if power else steps.astype(np.float32)
    while (columns := levels[-1].shape[2]) > FACTOR:
        padded = np.pad(levels[-1], ((0, 0), (0, 0), (0, -columns % FACTOR)), mode="edge")
        groups = padded.reshape(*picture.shape[:2], -1, FACTOR)
        means = np.add(table[groups[..., 0]], table[groups[..., 1]])
        for index in range(2, FACTOR):
            means += table[groups[..., index]]
        means /= FACTOR
        levels.append(power.encode(decibels(means)) if power else np.rint(means).astype(np.uint8))
    return tuple(levels)


def _part(values: Sums, of: NDArray[np.float64]) -> Sums:
    """values / of, and 0 where there is nothing to divide by."""
    return np.divide(values, of, out=np.zeros_like(values), where=np.asarray(of) > 0)
