"""The two ends of the network, tile by tile: sound to encoder output, and masks to sound.

Shapes: B channels of sound, K frames, L kernel, N filters, C sources. Where rows are said to be K*B, all channels of
one frame lie together.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from tasnet_gui.engine.folding import FoldedNet
from tasnet_gui.engine.kernels import Plain
from tasnet_gui.nets.conv_tasnet import ACTIVATIONS

_IN_PLACE = {"sigmoid": torch.sigmoid_, "relu": torch.relu_}


class Codec:
    """Works in its own buffers: what a call returns is gone with the next call of the same method.

    Args:
        net: the weights.
        kernel: for the matrix products.
        rows: of the largest tile, K*B.
    """

    def __init__(self, net: FoldedNet, kernel: Plain, rows: int) -> None:
        self.net, self.kernel, self.config, self.rows = net, kernel, net.config, rows
        new = net.encoder.new_empty
        self._w = new(rows, self.config.filters)
        self._scores = new(rows, self.config.sources * self.config.filters)
        self._hidden = new(rows, net.masks.shape[0])
        self._frames = new(rows * self.config.sources, self.config.kernel)

    def encode(self, frames: Tensor) -> Tensor:
        """w = act(U x). frames: K*B, L; returns K*B, N."""
        w = self.kernel.product(frames, self.net.encoder, self._w[: len(frames)])
        return w.relu_() if self.config.encoder_activation == "relu" else w

    def masks(self, summed: Tensor, constant: Tensor) -> Tensor:
        """Masks of the summed skips, to which a constant is still to be added. summed: K*B, Sc; returns K*B, C, N."""
        hidden = torch.add(summed, constant, out=self._hidden[: len(summed)])
        F.leaky_relu_(hidden, self.net.mask_slope)
        scores = self.kernel.affine(hidden, self.net.masks, self.net.masks_bias, self._scores[: len(summed)])
        scores = scores.unflatten(1, (self.config.sources, self.config.filters))  # K*B, C, N
        kind = self.config.mask_activation
        return _IN_PLACE[kind](scores) if kind in _IN_PLACE else ACTIVATIONS[kind](scores)

    def decode(self, w: Tensor, masks: Tensor, sound: Tensor, first: int) -> None:
        """Add V (M * w) to the sound from frame `first` on. It multiplies the masks in place.

        w: K*B, N; masks: K*B, C, N; sound: B, C, frames of `stride` samples, stride.
        """
        masked = masks.mul_(w.unsqueeze(1)).flatten(0, 1)  # K*B*C, N
        decoded = self.kernel.product(masked, self.net.decoder, self._frames[: len(masked)])
        frames = decoded.view(-1, *sound.shape[:2], self.config.kernel).permute(1, 2, 0, 3)  # B, C, K, L
        stride, count = self.config.stride, frames.shape[2]
        for index, start in enumerate(range(0, self.config.kernel, stride)):
            piece = frames[..., start : start + stride]
            sound[:, :, first + index : first + index + count, : piece.shape[3]] += piece
