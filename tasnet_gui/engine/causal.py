"""The causal network, tile of frames by tile of frames, with what it remembers in between.

All blocks work on one tile before the next tile begins, in buffers that are made once. A norm's statistics are known
as soon as a frame is, so all that is left of the norm behind the convolution is to scale the frame. The norm before it
is applied in full, as the convolution sees zeros before the beginning.

Shapes: B channels of sound, K frames of a tile, L kernel, N filters, C sources, H hidden channels. All channels of one
frame lie together, so that there are K*B rows.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tasnet_gui.engine.codec import Codec
from tasnet_gui.engine.folding import FoldedBlock, FoldedNet
from tasnet_gui.engine.kernels import Plain

SLACK = 64  # frames that fit behind the remembered ones before these are moved back to the front

Sums = NDArray[np.float64]


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
        self.sums: Sums = np.zeros((1 + 2 * len(net.blocks), 2, channels))  # per norm, of x and of x squared
        self.pasts = [Past(-block.offsets[0], channels, net) for block in net.blocks]
        self.room = _Room(net, kernel, channels)
        self._after = self.sums.copy()  # the sums behind the tile
        self._constants, self._at_end = _constants(net)

    def steps(self, windows: Tensor) -> Iterator[None]:
        """Compute a tile, pausing after every block; then `w` and `masks` are those of its frames.

        What is remembered does not change before `keep`.

        Args:
            windows: of the padded mixture: K*B, L.
        """
        net, rows = self.net, len(windows)
        if rows > self.room.rows:
            self.room = _Room(net, self.kernel, rows)
        width = net.config.bottleneck
        self.w = self.room.codec.encode(windows)  # K*B, N
        paths = self.room.paths[:rows]
        paths[:, width:] = 0.0
        normal = self.room.normal[:rows].copy_(self.w)
        self._normalise(0, normal, self.room.squares)
        self.kernel.product(normal, net.bottleneck.weight, paths[:, :width])
        for index, (block, constants, past) in enumerate(zip(net.blocks, self._constants, self.pasts, strict=True)):
            self._block(index, block, constants, past, paths)
            yield
        self.masks = self.room.codec.masks(paths[:, net.mask_columns], self._at_end)  # K*B, C, N

    def keep(self) -> None:
        """Remember the tile."""
        frames = len(self.w) // self.channels
        self.frames += frames
        self.sums, self._after = self._after, self.sums
        for past in self.pasts:
            past.keep(frames)

    def _block(self, index: int, block: FoldedBlock, constants: "_Constants", past: "Past", paths: Tensor) -> None:
        rows = len(paths)
        frames = rows // self.channels
        y = self.room.hidden[:rows]
        self.kernel.affine(
            paths[:, : self.net.config.bottleneck], block.expand, constants.expand_bias, y, block.slope_1
        )
        self._normalise(1 + 2 * index, y, self.room.convolved)
        here = torch.addcmul(constants.bias_1, y, constants.gain_1, out=past.place(frames))
        *earlier, last = constants.taps
        y = torch.addcmul(constants.taps_bias, here, last, out=self.room.convolved[:rows])
        for offset, tap in zip(block.offsets, earlier, strict=False):
            y.addcmul_(past.seen(offset, frames), tap)
        F.leaky_relu_(y, block.slope_2)
        self._normalise(2 + 2 * index, y, self.room.hidden)
        self.kernel.accumulate(paths[:, block.columns], y, block.paths.weight)

    def _normalise(self, index: int, x: Tensor, squares: Tensor) -> None:
        """Norm `index` without its gain and bias, in place. x: K*B, F; squares: a buffer of the size of x."""
        rows, features = x.shape
        sums = self.room.sums[:, :rows]
        torch.sum(x, 1, out=sums[0])
        torch.sum(torch.mul(x, x, out=squares[:rows]), 1, out=sums[1])
        each = sums.numpy(force=True).reshape(2, -1, self.channels)
        total = each.cumsum(1, np.float64)  # 2, K, B; over hours, float32 sums are off by 7e-3
        total += self.sums[index, :, None]
        self._after[index] = total[:, -1]
        first = self.frames + 1
        total /= features * np.arange(first, first + total.shape[1], dtype=np.float64)[:, None]
        mean, power = total
        scale = 1 / np.sqrt(np.maximum(power - mean * mean, 0.0) + self.net.config.eps)
        factors = np.stack([scale, -mean * scale]).reshape(2, rows, 1).astype(np.float32)
        by, plus = torch.from_numpy(factors).to(x.device)
        x.mul_(by).add_(plus)


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
    taps: Tensor  # P, H
    taps_bias: Tensor  # H


def _constants(net: FoldedNet) -> tuple[list[_Constants], Tensor]:
    """Those of all blocks, and what is to be added to the buffer's columns that the masks come from."""
    width = net.config.bottleneck
    owed = net.bottleneck.constant.new_zeros(net.width)
    owed[:width] = net.bottleneck.constant
    constants = []
    for block in net.blocks:
        bias = block.expand_bias + owed[:width] @ block.expand.double()
        values = (bias, block.gain_1, block.bias_1, block.taps, block.taps_bias)
        constants.append(_Constants(*(value.float() for value in values)))
        owed[block.columns] += block.paths.constant
    return constants, owed[net.mask_columns].float()


class _Room:
    """The buffers of a tile."""

    def __init__(self, net: FoldedNet, kernel: Plain, rows: int) -> None:
        config, new = net.config, net.encoder.new_empty
        self.rows = rows
        self.paths = new(rows, net.width)  # residual path, skip sum
        self.normal, self.squares = new(rows, config.filters), new(rows, config.filters)
        self.hidden, self.convolved = new(rows, config.hidden), new(rows, config.hidden)
        self.sums = new(2, rows)
        self.codec = Codec(net, kernel, rows)
