"""The causal network, tile of frames by tile of frames, with what it remembers in between.

All blocks work on one tile before the next tile begins, in buffers that are made once. A norm's statistics are known
as soon as a frame is, so all that is left of the norm behind the convolution is to scale the frame. The norm before it
is applied in full, as the convolution sees zeros before the beginning.

Shapes: B channels of sound, K frames of a tile, L kernel, N filters, C sources, H hidden channels. All channels of one
frame lie together, so that there are K*B rows.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from tasnet_gui.engine.codec import Codec
from tasnet_gui.engine.folding import FoldedBlock, FoldedNet
from tasnet_gui.engine.kernels import Plain

KEPT = 4  # sizes of tiles whose buffers are kept
SLACK = 64  # frames that fit behind the remembered ones before these are moved back to the front


class Causal:
    """The network between sound and masks, and its memory.

    Args:
        net: of a causal network.
        kernel: for the matrix products.
        channels: B.
    """

    def __init__(self, net: FoldedNet, kernel: Plain, channels: int) -> None:
        self.net, self.kernel, self.channels = net, kernel, channels
        self.frames = 0  # computed so far
        norms = 1 + 2 * len(net.blocks)
        # Of each norm, of x and of x squared. Over hours, float32 sums are off by 7e-3.
        self.sums = net.encoder.new_zeros(norms, 2, 1, channels, dtype=torch.float64)
        self.pasts = [Past(-block.offsets[0], channels, net) for block in net.blocks]
        self.codec = Codec(net, kernel, channels)
        self._after = torch.zeros_like(self.sums)  # the sums behind the tile
        self._norms = [_Norm(*pair, net.config.eps) for pair in zip(self.sums, self._after, strict=True)]
        self._constants, self._at_end = _constants(net)
        self._tiles: dict[int, _Tile] = {}  # by the number of frames

    def steps(self, windows: Tensor) -> Iterator[None]:
        """Compute a tile, pausing after every block; then `w` and `masks` are those of its frames.

        What is remembered does not change before `keep`.

        Args:
            windows: of the padded mixture: K*B, L.
        """
        tile = self._tile(windows.shape[0] // self.channels)
        self.w = self.codec.encode(windows)  # K*B, N
        tile.skips.zero_()
        tile.wide.copy_(self.w)
        self._norms[0](tile.wide, tile.wide_too, tile.seen(self.frames, self.net.config.filters), tile)
        self.kernel.product(tile.wide, self.net.bottleneck.weight, tile.residual)
        seen = tile.seen(self.frames, self.net.config.hidden)
        for index, block in enumerate(self.net.blocks):
            self._block(index, block, tile, seen)
            yield
        self.masks = self.codec.masks(tile.paths[:, self.net.mask_columns], self._at_end)  # K*B, C, N

    def keep(self) -> None:
        """Remember the tile."""
        frames = self.w.shape[0] // self.channels
        self.frames += frames
        self.sums.copy_(self._after)
        for past in self.pasts:
            past.keep(frames)

    def _block(self, index: int, block: FoldedBlock, tile: "_Tile", seen: Tensor) -> None:
        constants, past, y = self._constants[index], self.pasts[index], tile.hidden
        self.kernel.affine(tile.residual, block.expand, constants.expand_bias, y, block.slope_1)
        self._norms[1 + 2 * index](y, tile.convolved, seen, tile)
        here = torch.addcmul(constants.bias_1, y, constants.gain_1, out=past.place(tile.frames))
        y = torch.addcmul(constants.taps_bias, here, constants.taps[-1], out=tile.convolved)
        for offset, tap in zip(block.offsets[:-1], constants.taps, strict=False):
            y.addcmul_(past.seen(offset, tile.frames), tap)
        F.leaky_relu_(y, block.slope_2)
        self._norms[2 + 2 * index](y, tile.hidden, seen, tile)
        self.kernel.accumulate(tile.columns(block.columns), y, block.paths.weight)

    def _tile(self, frames: int) -> "_Tile":
        """Buffers for so many frames. A few sizes are kept: a stream needs the same one or two again and again."""
        if frames not in self._tiles:
            if len(self._tiles) == KEPT:
                self._tiles.clear()
            self._tiles[frames] = _Tile(self.net, frames, self.channels)
            if frames * self.channels > self.codec.rows:
                self.codec = Codec(self.net, self.kernel, frames * self.channels)
        return self._tiles[frames]


class _Norm:
    """cLN without its gain and bias.

    Args:
        before: the sums of x and x squared over all frames before the tile, 2, 1, B.
        after: where those behind the tile go.
        eps: added to the variance.
    """

    def __init__(self, before: Tensor, after: Tensor, eps: float) -> None:
        self.before, self.after, self.eps = before, after, eps

    def __call__(self, x: Tensor, squares: Tensor, seen: Tensor, tile: "_Tile") -> None:
        """Normalise x in place. x: K*B, F; squares: a buffer of its size; seen: see `_Tile.seen`."""
        torch.sum(x, 1, out=tile.sum_x)
        torch.sum(torch.mul(x, x, out=squares), 1, out=tile.sum_squares)
        torch.cumsum(tile.sums, 1, out=tile.totals, dtype=torch.float64)
        tile.totals.add_(self.before)
        self.after.copy_(tile.last)
        tile.totals.mul_(seen)
        # What was E[x^2] becomes 1 / sqrt(variance + eps).
        tile.scale.addcmul_(tile.mean, tile.mean, value=-1).clamp_min_(0).add_(self.eps).rsqrt_()
        tile.factors.copy_(tile.totals)
        x.sub_(tile.minus).mul_(tile.times)


class _Tile:
    """The buffers of so many frames, and views of them: making a view takes as long as adding 500 numbers."""

    def __init__(self, net: FoldedNet, frames: int, channels: int) -> None:
        config, new, rows = net.config, net.encoder.new_empty, frames * channels
        self.frames = frames
        self.paths = new(rows, net.width)  # residual path, skip sum
        self.residual, self.skips = self.paths[:, : config.bottleneck], self.paths[:, config.bottleneck :]
        self.wide, self.wide_too = new(rows, config.filters), new(rows, config.filters)
        self.hidden, self.convolved = new(rows, config.hidden), new(rows, config.hidden)
        self.sums = new(2, frames, channels)
        self.sum_x, self.sum_squares = self.sums.view(2, rows)
        self.totals = new(2, frames, channels, dtype=torch.float64)
        self.last = self.totals[:, -1:]
        self.mean, self.scale = self.totals
        self.factors = new(2, frames, channels)
        self.minus, self.times = self.factors.view(2, rows, 1)
        self._counts = torch.arange(1, frames + 1, dtype=torch.float64, device=net.encoder.device).unsqueeze(1)

    def columns(self, columns: slice) -> Tensor:
        """Some columns of the residual path and the skip sum: K*B, some."""
        return self.skips if columns.start else self.paths

    def seen(self, before: int, features: int) -> Tensor:
        """1 / how many values a norm has seen at each frame, after so many frames before the tile: K, 1."""
        return (self._counts + before).mul_(features).reciprocal_()


class Past:
    """The last inputs of a depthwise convolution, with room for the next: rows of all channels of a frame.

    Args:
        frames: how many are remembered.
        channels: B.
        net: of the network.
    """

    def __init__(self, frames: int, channels: int, net: FoldedNet) -> None:
        self.frames, self.channels = frames, channels
        self.rows = net.encoder.new_zeros((frames + SLACK) * channels, net.config.hidden)
        self.end = frames  # where the next frame goes

    def place(self, frames: int) -> Tensor:
        """Where to write the next frames. They are not remembered before `keep`."""
        if (self.end + frames) * self.channels > len(self.rows):
            last = self.remembered.clone()
            if (self.frames + frames) * self.channels > len(self.rows):
                self.rows = self.rows.new_empty((self.frames + frames) * self.channels, self.rows.shape[1])
            self.remembered = last
        return self.seen(0, frames)

    def seen(self, offset: int, frames: int) -> Tensor:
        """So many frames, from `offset` frames before the next one on."""
        first = self.end + offset
        return self.rows[first * self.channels : (first + frames) * self.channels]

    def keep(self, frames: int) -> None:
        """Remember the frames that were written."""
        self.end += frames

    @property
    def remembered(self) -> Tensor:
        """The last frames: rows, H; a view."""
        return self.seen(-self.frames, self.frames)

    @remembered.setter
    def remembered(self, rows: Tensor) -> None:
        self.end = self.frames
        self.rows[: len(rows)] = rows


class _Constants(NamedTuple):
    """Of a block, in float32."""

    expand_bias: Tensor  # H, with what the blocks before owe
    gain_1: Tensor  # H
    bias_1: Tensor  # H
    taps: tuple[Tensor, ...]  # P times H
    taps_bias: Tensor  # H


def _constants(net: FoldedNet) -> tuple[list[_Constants], Tensor]:
    """Those of all blocks, and what is to be added to the buffer's columns that the masks come from."""
    width = net.config.bottleneck
    owed = net.bottleneck.constant.new_zeros(net.width)
    owed[:width] = net.bottleneck.constant
    constants = []
    for block in net.blocks:
        bias = block.expand_bias + owed[:width] @ block.expand.double()
        constants.append(
            _Constants(
                expand_bias=bias.float(),
                gain_1=block.gain_1.float(),
                bias_1=block.bias_1.float(),
                taps=tuple(block.taps.float()),
                taps_bias=block.taps_bias.float(),
            )
        )
        owed[block.columns] += block.paths.constant
    return constants, owed[net.mask_columns].float()
