"""Conv-TasNet once more, channels first and with torch's own convolutions, over the names of three projects."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from tasnet_gui.nets.conv_tasnet import ConvTasNet

State = Mapping[str, Tensor]

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: x.clamp_min(0),
    "leaky_relu": lambda x: torch.where(x > 0, x, 0.01 * x),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "log_sigmoid": lambda x: -(1 + (-x).exp()).log(),
    "softmax": lambda x: x.exp() / x.exp().sum(1, keepdim=True),
    "tanh": lambda x: 1 - 2 / ((2 * x).exp() + 1),
    "gelu": lambda x: x * (1 + torch.erf(x / 2**0.5)) / 2,
    "swish": lambda x: x / (1 + (-x).exp()),
    "mish": lambda x: x * torch.tanh((1 + x.exp()).log()),
}


@dataclass(frozen=True)
class Names:
    """What a project calls the weights; {} is the number of a block."""

    encoder: str
    decoder: str
    norm: str
    bottleneck: str
    prelu: str
    masks: str
    expand: str
    prelu_1: str
    norm_1: str
    depthwise: str
    prelu_2: str
    norm_2: str
    residual: str
    skip: str
    gain: str = ".weight"
    bias: str = ".bias"


ASTEROID = Names(
    encoder="encoder.filterbank._filters",
    decoder="decoder.filterbank._filters",
    norm="masker.bottleneck.0",
    bottleneck="masker.bottleneck.1",
    prelu="masker.mask_net.0",
    masks="masker.mask_net.1",
    expand="masker.TCN.{}.shared_block.0",
    prelu_1="masker.TCN.{}.shared_block.1",
    norm_1="masker.TCN.{}.shared_block.2",
    depthwise="masker.TCN.{}.shared_block.3",
    prelu_2="masker.TCN.{}.shared_block.4",
    norm_2="masker.TCN.{}.shared_block.5",
    residual="masker.TCN.{}.res_conv",
    skip="masker.TCN.{}.skip_conv",
    gain=".gamma",
    bias=".beta",
)
TORCHAUDIO = Names(
    encoder="encoder.weight",
    decoder="decoder.weight",
    norm="mask_generator.input_norm",
    bottleneck="mask_generator.input_conv",
    prelu="mask_generator.output_prelu",
    masks="mask_generator.output_conv",
    expand="mask_generator.conv_layers.{}.conv_layers.0",
    prelu_1="mask_generator.conv_layers.{}.conv_layers.1",
    norm_1="mask_generator.conv_layers.{}.conv_layers.2",
    depthwise="mask_generator.conv_layers.{}.conv_layers.3",
    prelu_2="mask_generator.conv_layers.{}.conv_layers.4",
    norm_2="mask_generator.conv_layers.{}.conv_layers.5",
    residual="mask_generator.conv_layers.{}.res_out",
    skip="mask_generator.conv_layers.{}.skip_out",
)
OURS = Names(
    encoder="encoder.weight",
    decoder="decoder.weight",
    norm="separator.norm",
    bottleneck="separator.bottleneck",
    prelu="separator.activation",
    masks="separator.to_masks",
    expand="separator.blocks.{}.expand",
    prelu_1="separator.blocks.{}.activation_1",
    norm_1="separator.blocks.{}.norm_1",
    depthwise="separator.blocks.{}.depthwise",
    prelu_2="separator.blocks.{}.activation_2",
    norm_2="separator.blocks.{}.norm_2",
    residual="separator.blocks.{}.residual",
    skip="separator.blocks.{}.skip",
)


@dataclass(frozen=True)
class Kind:
    """What the weights do not say."""

    stride: int
    blocks: int
    repeats: int
    sources: int = 2
    causal: bool = False
    cumulative: bool = False  # the norms
    mask: str = "sigmoid"
    encoder: str = "linear"
    skips: bool = True


def separate(state: State, names: Names, kind: Kind, padded: Tensor) -> Tensor:
    """Sources of a mixture that is padded already, in float64. padded: B, T; returns B, C, T or a little less."""
    state = {name: value.double() for name, value in state.items()}
    w = F.conv1d(padded.double()[:, None], state[names.encoder], stride=kind.stride)  # B, N, K
    w = ACTIVATIONS[kind.encoder](w)
    masked = masks(state, names, kind, w) * w[:, None]
    sounds = [F.conv_transpose1d(source, state[names.decoder], stride=kind.stride) for source in masked.unbind(1)]
    return torch.cat(sounds, 1)


def masks(state: State, names: Names, kind: Kind, w: Tensor) -> Tensor:
    """B, N, K -> B, C, N, K."""
    x = _conv(state, names.bottleneck, _norm(state, names, names.norm, kind, w))
    total: Tensor | float = 0.0
    for block in range(kind.blocks * kind.repeats):
        y = _prelu(state, names.prelu_1.format(block), _conv(state, names.expand.format(block), x))
        y = _norm(state, names, names.norm_1.format(block), kind, y)
        y = _depthwise(state, names.depthwise.format(block), 2 ** (block % kind.blocks), kind.causal, y)
        y = _prelu(state, names.prelu_2.format(block), y)
        y = _norm(state, names, names.norm_2.format(block), kind, y)
        if kind.skips:
            total = total + _conv(state, names.skip.format(block), y)
        if names.residual.format(block) + ".weight" in state:
            x = x + _conv(state, names.residual.format(block), y)
    scores = _conv(state, names.masks, _prelu(state, names.prelu, total if kind.skips else x))
    return ACTIVATIONS[kind.mask](scores.unflatten(1, (kind.sources, -1)))


def channels_first(net: ConvTasNet) -> dict[str, Tensor]:
    """Our weights in the shapes of one-dimensional convolutions."""
    state = dict(net.state_dict())
    for name, value in state.items():
        if value.ndim == 2:
            middle = name.startswith(("encoder", "decoder")) or "depthwise" in name
            state[name] = value.unsqueeze(1 if middle else 2)
    return state


def _conv(state: State, name: str, x: Tensor) -> Tensor:
    return F.conv1d(x, state[name + ".weight"], state[name + ".bias"])


def _prelu(state: State, name: str, x: Tensor) -> Tensor:
    return torch.where(x > 0, x, state[name + ".weight"] * x)


def _depthwise(state: State, name: str, dilation: int, causal: bool, x: Tensor) -> Tensor:
    weight = state[name + ".weight"]
    past = (weight.shape[-1] - 1) * dilation
    x = F.pad(x, (past, 0) if causal else (past // 2, past // 2))
    return F.conv1d(x, weight, state[name + ".bias"], dilation=dilation, groups=x.shape[1])


def _norm(state: State, names: Names, name: str, kind: Kind, x: Tensor) -> Tensor:
    if kind.cumulative:
        seen = x.shape[1] * torch.arange(1, x.shape[2] + 1)
        mean = x.sum(1, keepdim=True).cumsum(-1) / seen
        variance = (x**2).sum(1, keepdim=True).cumsum(-1) / seen - mean**2
    else:
        mean = x.mean((1, 2), keepdim=True)
        variance = ((x - mean) ** 2).mean((1, 2), keepdim=True)
    normal = (x - mean) / (variance + 1e-8).sqrt()
    return normal * state[name + names.gain][:, None] + state[name + names.bias][:, None]
