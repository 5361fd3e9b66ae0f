"""Conv-TasNet, small to large, in the paper's order (Luo & Mesgarani, IEEE/ACM TASLP 27(8), 2019).

Inside, features lie innermost (frames x features), so that a 1x1 convolution is a matrix product over contiguous rows
and a dilated convolution is a plain one over a reshaped view: a training step on a CPU takes 0.4 of the time that
channels-first convolutions take.

Shapes at line ends: B batch, T samples, K frames, N filters, C sources, F features (bottleneck or hidden channels).
"""

import math
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tasnet_gui.nets.config import ConvTasNetConfig, Norm
from tasnet_gui.nets.functions import cumulative_norm, prelu

Steps = Generator[None, None, Tensor]  # yields between blocks, so that long work can be cancelled
Watcher = Callable[[Tensor, Tensor], None]  # is shown w (B, K, N) and the masks (B, C, K, N)
Paths = tuple[Tensor, Tensor | float]  # residual path and skip of a block

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "softmax": partial(torch.softmax, dim=1),  # over the sources
    "linear": nn.Identity(),
    "leaky_relu": F.leaky_relu,
    "log_sigmoid": F.logsigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "swish": F.silu,
    "mish": F.mish,
}


class Encoder(nn.Module):
    """w = act(U x): every window of L samples against N basis functions."""

    def __init__(self, config: ConvTasNetConfig) -> None:
        super().__init__()
        self.kernel, self.stride = config.kernel, config.stride
        self.rectified = config.encoder_activation == "relu"
        self.weight = nn.Parameter(torch.empty(config.filters, config.kernel))  # U: N, L
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward(self, padded: Tensor) -> Tensor:  # B, T' -> B, K, N
        w = F.linear(padded.unfold(-1, self.kernel, self.stride), self.weight)  # B, K, N
        return w.relu() if self.rectified else w


class Decoder(nn.Module):
    """s = V w: every frame becomes L samples, and the frames are overlapped and added."""

    def __init__(self, config: ConvTasNetConfig) -> None:
        super().__init__()
        self.stride = config.stride
        self.weight = nn.Parameter(torch.empty(config.filters, config.kernel))  # V: N, L
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward(self, w: Tensor) -> Tensor:  # ..., K, N -> ..., T'
        return overlap_add(F.linear(w, self.weight.T), self.stride)


def overlap_add(frames: Tensor, stride: int) -> Tensor:
    """Sum frames that start `stride` samples apart. frames: ..., K, L; returns float32 ..., (K-1)*stride + L."""
    count, length = frames.shape[-2:]
    strides = -(-length // stride)
    pieces = F.pad(frames, (0, strides * stride - length)).unflatten(-1, (strides, stride))  # ..., K, L/stride, stride
    total = frames.new_zeros((*frames.shape[:-2], count + strides - 1, stride), dtype=torch.float32)
    for index in range(strides):
        total[..., index : index + count, :] += pieces[..., index, :]
    return total.flatten(-2)[..., : (count - 1) * stride + length]


class GlobalLayerNorm(nn.Module):
    """gLN: mean and variance over channels and all time; one gain and bias per channel."""

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))  # gamma
        self.bias = nn.Parameter(torch.zeros(channels))  # beta

    def forward(self, x: Tensor) -> Tensor:  # B, K, F -> B, K, F
        normal = F.layer_norm(x, x.shape[1:], eps=self.eps)
        return torch.addcmul(self.bias.to(x.dtype), normal, self.weight.to(x.dtype))


class CumulativeLayerNorm(nn.Module):
    """cLN: at frame k, mean and variance over channels and the frames up to k. The paper's; asteroid calls it cgLN."""

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(channels))  # gamma
        self.bias = nn.Parameter(torch.zeros(channels))  # beta

    def forward(self, x: Tensor) -> Tensor:  # B, K, F -> B, K, F
        return cumulative_norm(x, self.weight, self.bias, self.eps)


def norm_of(kind: Norm, channels: int, eps: float) -> nn.Module:
    """The norm that a config names."""
    return {"gLN": GlobalLayerNorm, "cLN": CumulativeLayerNorm}[kind](channels, eps)


class PReLU(nn.Module):
    """max(x, 0) + a min(x, 0), with one learned slope a."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.25]))

    def forward(self, x: Tensor) -> Tensor:
        return prelu(x, self.weight)


class Depthwise(nn.Module):
    """A dilated convolution of every channel with its own kernel of P taps; as many frames out as in."""

    def __init__(self, config: ConvTasNetConfig, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        past = (config.block_kernel - 1) * dilation
        self.past, self.future = (past, 0) if config.causal else (past // 2, past // 2)
        self.weight = nn.Parameter(torch.empty(config.hidden, config.block_kernel))  # H, P
        self.bias = nn.Parameter(torch.zeros(config.hidden))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:  # B, K, H -> B, K, H
        frames = x.shape[1]
        rest = -(frames + self.past + self.future) % self.dilation
        x = F.pad(x, (0, 0, self.past, self.future + rest))
        # Seen as rows of `dilation` frames, frame k - dilation lies right above frame k: the dilation is gone.
        rows = x.unflatten(1, (-1, self.dilation)).permute(0, 3, 1, 2)  # B, H, K'/d, d, channels last in memory
        rows = F.conv2d(rows, self.weight[:, None, :, None], self.bias, groups=len(self.weight))
        return rows.permute(0, 2, 3, 1).flatten(1, 2)[:, :frames]


class Block(nn.Module):
    """1x1 conv B -> H, PReLU, norm, depthwise dilated conv, PReLU, norm, then a residual and a skip 1x1 conv."""

    def __init__(self, config: ConvTasNetConfig, dilation: int, last: bool) -> None:
        super().__init__()
        self.expand = nn.Linear(config.bottleneck, config.hidden)
        self.activation_1 = PReLU()
        self.norm_1 = norm_of(config.norm, config.hidden, config.eps)
        self.depthwise = Depthwise(config, dilation)
        self.activation_2 = PReLU()
        self.norm_2 = norm_of(config.norm, config.hidden, config.eps)
        self.residual = None if last and config.skip else nn.Linear(config.hidden, config.bottleneck)
        self.skip = nn.Linear(config.hidden, config.skip) if config.skip else None

    def forward(self, x: Tensor) -> Paths:  # B, K, F -> (B, K, F), (B, K, Sc)
        y = self.norm_1(self.activation_1(self.expand(x)))  # B, K, H
        y = self.norm_2(self.activation_2(self.depthwise(y)))  # B, K, H
        return self.paths(x, y)

    def paths(self, x: Tensor, y: Tensor) -> Paths:
        """What goes on to the next block, and what to the skip sum, if there is one. x: B, K, F; y: B, K, H."""
        after = x if self.residual is None else x + self.residual(y)
        return after, 0.0 if self.skip is None else self.skip(y)


class Separator(nn.Module):
    """Encoder output to masks: norm, bottleneck, R x X blocks, the summed skips, PReLU, 1x1 conv, activation.

    Without skip connections the last residual path takes the place of their sum.
    """

    def __init__(self, config: ConvTasNetConfig) -> None:
        super().__init__()
        self.sources = config.sources
        self.mask_activation = config.mask_activation
        self.skips = config.skip > 0
        self.norm = norm_of(config.norm, config.filters, config.eps)
        self.bottleneck = nn.Linear(config.filters, config.bottleneck)
        last = len(config.dilations) - 1
        self.blocks = nn.ModuleList(
            Block(config, dilation, last=index == last) for index, dilation in enumerate(config.dilations)
        )
        self.activation = PReLU()
        self.to_masks = nn.Linear(config.skip or config.bottleneck, config.sources * config.filters)

    def steps(self, w: Tensor) -> Steps:
        """Masks of w, pausing after every block. w: B, K, N; returns B, C, K, N."""
        x = self.bottleneck(self.norm(w))  # B, K, F
        total: Tensor | float = 0.0
        for block in self.blocks:
            x, skip = block(x)  # (B, K, F), (B, K, Sc)
            total = total + skip
            yield
        return self.activate(total if self.skips else x)

    def activate(self, total: Tensor | float) -> Tensor:
        """Masks of the summed skips, or of the last residual path. total: B, K, Sc or F; returns B, C, K, N."""
        scores = self.to_masks(self.activation(total))  # B, K, C*N
        scores = scores.unflatten(-1, (self.sources, -1)).transpose(1, 2)  # B, C, K, N
        return ACTIVATIONS[self.mask_activation](scores)


class ConvTasNet(nn.Module):
    """Mixture in, sources out, both at the config's rate.

    Any length of at least one sample works, and the outputs have exactly the mixture's length: the mixture is framed
    with zeros around it, as the config's `padding` says.
    """

    def __init__(self, config: ConvTasNetConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.separator = Separator(config)
        self.decoder = Decoder(config)

    def encode(self, mixture: Tensor) -> Tensor:
        """w = act(U x). mixture: B, T; returns B, N, K."""
        return self._encode(mixture).transpose(1, 2)

    def masks(self, w: Tensor) -> Tensor:
        """M_1..M_C = f(w). w: B, N, K; returns B, C, N, K."""
        return finish_steps(self.separator.steps(w.transpose(1, 2))).transpose(2, 3)

    def decode(self, masked: Tensor, length: int) -> Tensor:
        """s_c = V (M_c * w), overlap-added. masked: B, C, N, K; returns B, C, length."""
        return self._decode(masked.transpose(2, 3), length)

    def forward_steps(
        self, mixture: Tensor, watcher: Watcher | None = None, applied: Sequence[Tensor] | None = None
    ) -> Steps:
        """`forward` that pauses after every block. mixture: B, T; returns B, C, T.

        With `applied`, B times F, T, the masks of each mixture are applied to these sounds instead of itself; then B is
        the sum of all F from there on.
        """
        w = self._encode(mixture)  # B, K, N
        masks = yield from self.separator.steps(w)  # B, C, K, N
        if applied is not None:
            sizes = torch.tensor([len(sounds) for sounds in applied], device=masks.device)
            mixture, masks = torch.cat(list(applied)), masks.repeat_interleave(sizes, 0)
            w = self._encode(mixture)
        if watcher:
            watcher(w, masks)
        sources = self._decode(masks * w.unsqueeze(1), mixture.shape[-1])  # B, C, T
        return consistent(sources, mixture) if self.config.mixture_consistency else sources

    def forward(self, mixture: Tensor) -> Tensor:
        """Take mixtures apart. mixture: B, T; returns B, C, T, the sources in the order of the config."""
        return finish_steps(self.forward_steps(mixture))

    @torch.no_grad()
    def start_from_phase_quadruples(self) -> Self:
        """Set encoder and decoder to a basis that already reconstructs; see `phase_quadruples`."""
        basis = phase_quadruples(self.config)
        self.encoder.weight.copy_(basis)
        self.decoder.weight.copy_(basis)
        return self

    def _encode(self, mixture: Tensor) -> Tensor:  # B, T -> B, K, N
        config, length = self.config, mixture.shape[-1]
        end = (config.frames(length) - 1) * config.stride + config.kernel - config.before
        w: Tensor = self.encoder(F.pad(mixture, (config.before, end - length)))
        return w

    def _decode(self, masked: Tensor, length: int) -> Tensor:  # B, C, K, N -> B, C, T
        sound: Tensor = self.decoder(masked)[..., self.config.before :][..., :length]
        missing = length - sound.shape[-1]  # only without padding
        return F.pad(sound, (0, missing)) if missing else sound


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
