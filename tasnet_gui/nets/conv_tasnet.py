"""Conv-TasNet, small to large, in the paper's order (Luo & Mesgarani, IEEE/ACM TASLP 27(8), 2019).

Shapes at line ends: B batch, T samples, K frames, N filters, C sources, F features (bottleneck or hidden channels).
"""

import math
from collections.abc import Generator
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tasnet_gui.nets.config import ConvTasNetConfig, Norm

Steps = Generator[None, None, Tensor]  # yields between blocks, so that long work can be cancelled


class GlobalLayerNorm(nn.GroupNorm):
    """gLN: mean and variance over channels and all time; one gain and bias per channel."""

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__(1, channels, eps)


class CumulativeLayerNorm(nn.Module):
    """cLN: at frame k, mean and variance over channels and the frames up to k. The paper's; asteroid calls it cgLN.

    The running sums are float64: in float32 they are off by 7e-3 after an hour of frames.
    """

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:  # B, F, K -> B, F, K
        channels, frames = x.shape[1:]
        seen = channels * torch.arange(1, frames + 1, device=x.device, dtype=torch.float64)  # K
        mean = x.sum(1, dtype=torch.float32).double().cumsum(1) / seen  # B, K
        power = x.square().sum(1, dtype=torch.float32).double().cumsum(1) / seen  # B, K
        scale = (power - mean.square()).clamp_min(0).add(self.eps).rsqrt()  # B, K
        scale_k = scale.to(x.dtype).unsqueeze(1)  # B, 1, K
        shift_k = (-mean * scale).to(x.dtype).unsqueeze(1)  # B, 1, K
        normal = torch.addcmul(shift_k, x, scale_k)  # B, F, K
        return torch.addcmul(self.bias[:, None].to(x.dtype), normal, self.weight[:, None].to(x.dtype))


def norm_of(kind: Norm, channels: int, eps: float) -> nn.Module:
    """The norm that a config names."""
    return {"gLN": GlobalLayerNorm, "cLN": CumulativeLayerNorm}[kind](channels, eps)


class Block(nn.Module):
    """1x1 conv B -> H, PReLU, norm, depthwise dilated conv, PReLU, norm, then a residual and a skip 1x1 conv."""

    def __init__(self, config: ConvTasNetConfig, dilation: int, last: bool) -> None:
        super().__init__()
        past = (config.block_kernel - 1) * dilation
        self.padding = (past, 0) if config.causal else (past // 2, past // 2)
        self.expand = nn.Conv1d(config.bottleneck, config.hidden, 1)
        self.activation_1 = nn.PReLU()
        self.norm_1 = norm_of(config.norm, config.hidden, config.eps)
        self.depthwise = nn.Conv1d(
            config.hidden, config.hidden, config.block_kernel, dilation=dilation, groups=config.hidden
        )
        self.activation_2 = nn.PReLU()
        self.norm_2 = norm_of(config.norm, config.hidden, config.eps)
        self.residual = None if last else nn.Conv1d(config.hidden, config.bottleneck, 1)
        self.skip = nn.Conv1d(config.hidden, config.skip, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:  # B, F, K -> (B, F, K), (B, Sc, K)
        y = self.norm_1(self.activation_1(self.expand(x)))  # B, H, K
        y = self.norm_2(self.activation_2(self.depthwise(F.pad(y, self.padding))))  # B, H, K
        return x if self.residual is None else x + self.residual(y), self.skip(y)


class Separator(nn.Module):
    """Encoder output to masks: norm, bottleneck, R x X blocks, the summed skips, PReLU, 1x1 conv, activation."""

    def __init__(self, config: ConvTasNetConfig) -> None:
        super().__init__()
        self.sources = config.sources
        self.mask_activation = config.mask_activation
        self.norm = norm_of(config.norm, config.filters, config.eps)
        self.bottleneck = nn.Conv1d(config.filters, config.bottleneck, 1)
        last = len(config.dilations) - 1
        self.blocks = nn.ModuleList(
            Block(config, dilation, last=index == last) for index, dilation in enumerate(config.dilations)
        )
        self.activation = nn.PReLU()
        self.to_masks = nn.Conv1d(config.skip, config.sources * config.filters, 1)

    def steps(self, w: Tensor) -> Steps:
        """Masks of w, pausing after every block. w: B, N, K; returns B, C, N, K."""
        x = self.bottleneck(self.norm(w))  # B, F, K
        total: Tensor | float = 0.0
        for block in self.blocks:
            x, skip = block(x)  # (B, F, K), (B, Sc, K)
            total = total + skip
            yield
        scores = self.to_masks(self.activation(total))  # B, C*N, K
        scores = scores.unflatten(1, (self.sources, -1))  # B, C, N, K
        if self.mask_activation == "softmax":
            return scores.softmax(1)
        return scores.sigmoid() if self.mask_activation == "sigmoid" else scores.relu()


class ConvTasNet(nn.Module):
    """Mixture in, sources out, both at the config's rate.

    Any length of at least one sample works, and the outputs have exactly the mixture's length: the mixture is framed
    with kernel - stride zeros before it and enough behind it that every sample lies under every frame that can hold it.
    """

    def __init__(self, config: ConvTasNetConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = nn.Conv1d(1, config.filters, config.kernel, config.stride, bias=False)  # U
        self.separator = Separator(config)
        self.decoder = nn.ConvTranspose1d(config.filters, 1, config.kernel, config.stride, bias=False)  # V

    def encode(self, mixture: Tensor) -> Tensor:
        """w = act(U x). mixture: B, T; returns B, N, K."""
        before = self.config.kernel - self.config.stride
        frames = (mixture.shape[-1] - 1 + before) // self.config.stride + 1
        after = (frames - 1) * self.config.stride + self.config.kernel - before - mixture.shape[-1]
        w: Tensor = self.encoder(F.pad(mixture, (before, after)).unsqueeze(1))  # B, N, K
        return w.relu() if self.config.encoder_activation == "relu" else w

    def masks(self, w: Tensor) -> Tensor:
        """M_1..M_C = f(w). w: B, N, K; returns B, C, N, K."""
        return finish_steps(self.separator.steps(w))

    def decode(self, masked: Tensor, length: int) -> Tensor:
        """s_c = V (M_c * w), overlap-added. masked: B, C, N, K; returns B, C, length."""
        batch, sources = masked.shape[:2]
        before = self.config.kernel - self.config.stride
        sound: Tensor = self.decoder(masked.flatten(0, 1)).squeeze(1)  # B*C, T'
        return sound[:, before : before + length].unflatten(0, (batch, sources))  # B, C, T

    def forward_steps(self, mixture: Tensor) -> Steps:
        """`forward` that pauses after every block. mixture: B, T; returns B, C, T."""
        w = self.encode(mixture)  # B, N, K
        masks = yield from self.separator.steps(w)  # B, C, N, K
        sources = self.decode(masks * w.unsqueeze(1), mixture.shape[-1])  # B, C, T
        return consistent(sources, mixture) if self.config.mixture_consistency else sources

    def forward(self, mixture: Tensor) -> Tensor:
        """Take mixtures apart. mixture: B, T; returns B, C, T, the sources in the order of the config."""
        return finish_steps(self.forward_steps(mixture))

    @torch.no_grad()
    def start_from_phase_quadruples(self) -> Self:
        """Set encoder and decoder to a basis that already reconstructs; see `phase_quadruples`."""
        basis = phase_quadruples(self.config)
        self.encoder.weight.copy_(basis.unsqueeze(1))
        self.decoder.weight.copy_(basis.unsqueeze(1))
        return self


def finish_steps(steps: Steps) -> Tensor:
    """Run to the end without pausing."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: Tensor = end.value
            return result


def consistent(sources: Tensor, mixture: Tensor) -> Tensor:
    """Project the sources onto those that sum to the mixture (Wisdom et al. 2019), the error shared equally.

    sources: B, C, T; mixture: B, T; returns B, C, T.
    """
    error = mixture.unsqueeze(-2) - sources.sum(-2, keepdim=True)  # B, 1, T
    return sources + error / sources.shape[-2]


def phase_quadruples(config: ConvTasNetConfig) -> Tensor:
    """A basis with which decoder(relu(encoder(x))) = x before any training: N, L.

    N/4 half-integer frequencies in four phases (cos, sin, -cos, -sin) under a square-root Hann window. As
    relu(a) - relu(-a) = a, rectified opposite phases add up to the whole, and since the N/2-point odd-frequency
    transform is a tight frame for L <= N/2 the whole is the windowed frame; its squares overlap-add to one.

    Raises:
        ValueError: N is no multiple of 4, or is less than 2 L, or the stride is not L/2.
    """
    count, length = config.filters, config.kernel
    if count % 4 or count < 2 * length or config.stride * 2 != length:
        raise ValueError(f"No such basis for N {count}, L {length}, stride {config.stride}.")
    time = torch.arange(length, dtype=torch.float64)
    window = torch.sin(math.pi * (time + 0.5) / length)  # its square overlap-adds to 1 at stride L/2
    angle = 2 * math.pi * torch.outer(torch.arange(count // 4, dtype=torch.float64) + 0.5, time) / (count // 2)
    phases = torch.stack([angle.cos(), angle.sin(), -angle.cos(), -angle.sin()], 1)  # N/4, 4, L
    gain = 2 / math.sqrt(count) / (1 if config.encoder_activation == "relu" else math.sqrt(2))
    return (gain * window * phases).flatten(0, 1).float()  # N, L
