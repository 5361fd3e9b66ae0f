"""The weights of a network, made ready for computing fast: a norm is never applied, but folded into what follows it.

With mean m and scale r = 1 / sqrt(variance + eps), a linear map W behind a norm with gain g and bias b is

    W (g (x - m) r + b) = r (W g) x + W b - m r (W g 1)

so a norm costs its statistics and nothing else. Everything that does not depend on the sound is computed here, once,
in float64. Weights of linear maps are laid out F_in x F_out.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import Block, ConvTasNet


@dataclass(frozen=True)
class Linear:
    """A linear map behind a norm. Its result is r * (x @ weight) + constant - m * r * row."""

    weight: Tensor  # F_in, F_out: g W^T, float32
    constant: Tensor  # F_out: W b and the map's own bias, float64
    row: Tensor  # F_out: W g 1, float64


@dataclass(frozen=True)
class FoldedBlock:
    """One block. Residual and skip path are one linear map into neighbouring columns of one buffer."""

    expand: Tensor  # B, H
    expand_bias: Tensor  # H, float64
    slope_1: float
    gain_1: Tensor  # H, float64
    bias_1: Tensor  # H, float64
    taps: Tensor  # P, H, float64: of the depthwise convolution, the earliest first
    taps_bias: Tensor  # H, float64
    offsets: tuple[int, ...]  # P: which frame each tap sees, relative to the one that is computed
    slope_2: float
    paths: Linear  # H -> B + Sc, or only Sc in the last block
    columns: slice  # of the buffer, that `paths` adds to


@dataclass(frozen=True)
class FoldedNet:
    """A whole network."""

    config: ConvTasNetConfig
    encoder: Tensor  # L, N
    bottleneck: Linear  # N -> B
    blocks: tuple[FoldedBlock, ...]
    mask_columns: slice  # of the buffer, from which the masks come
    mask_slope: float
    masks: Tensor  # Sc or B, C*N
    masks_bias: Tensor  # C*N
    decoder: Tensor  # N, L

    @property
    def width(self) -> int:
        """Columns of the buffer that residual path and skip sum share."""
        return self.config.bottleneck + self.config.skip


@torch.no_grad()
def fold(net: ConvTasNet) -> FoldedNet:
    """The weights of a network, ready for computing; they share no memory with the network's."""
    config, separator = net.config, net.separator
    wide = config.bottleneck + config.skip
    return FoldedNet(
        config=config,
        encoder=_turned(net.encoder.weight),
        bottleneck=_behind(separator.norm, [separator.bottleneck]),
        blocks=tuple(_block(config, cast(Block, block)) for block in separator.blocks),
        mask_columns=slice(config.bottleneck, wide) if config.skip else slice(0, wide),
        mask_slope=float(separator.activation.weight),
        masks=_turned(separator.to_masks.weight),
        masks_bias=separator.to_masks.bias.detach().clone(),
        decoder=net.decoder.weight.detach().clone(),
    )


def _block(config: ConvTasNetConfig, block: Block) -> FoldedBlock:
    wide = config.bottleneck + config.skip
    paths = [path for path in (block.residual, block.skip) if path is not None]
    conv = block.depthwise
    return FoldedBlock(
        expand=_turned(block.expand.weight),
        expand_bias=block.expand.bias.double(),
        slope_1=float(block.activation_1.weight),
        gain_1=_gain(block.norm_1),
        bias_1=_bias(block.norm_1),
        taps=conv.weight.double().T.contiguous(),
        taps_bias=conv.bias.double(),
        offsets=tuple(tap * conv.dilation - conv.past for tap in range(config.block_kernel)),
        slope_2=float(block.activation_2.weight),
        paths=_behind(block.norm_2, paths),
        columns=slice(config.bottleneck, wide) if block.residual is None else slice(0, wide),
    )


def _behind(norm: nn.Module, maps: list[nn.Linear]) -> Linear:
    """Linear maps with the same input as one, behind a norm."""
    weight = torch.cat([linear.weight for linear in maps]).double()  # F_out, F_in
    bias = torch.cat([linear.bias for linear in maps]).double()
    gained = (weight * _gain(norm)).T.float().contiguous()  # F_in, F_out
    return Linear(gained, weight @ _bias(norm) + bias, gained.double().sum(0))


def _gain(norm: nn.Module) -> Tensor:
    return cast(Tensor, norm.weight).double()


def _bias(norm: nn.Module) -> Tensor:
    return cast(Tensor, norm.bias).double()


def _turned(weight: Tensor) -> Tensor:
    return weight.detach().T.contiguous()
