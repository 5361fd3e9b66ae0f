"""From the names and shapes of another project's network to ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tasnet_gui.domain import ModelError
from tasnet_gui.nets.checkpoint import blank, filled
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.nets.foreign.plain import quoted

_OF_BLOCK = re.compile(r"separator\.blocks\.(\d+)\.(\w+)")
_CONVOLUTIONS = ("encoder", "decoder", "depthwise")  # [N, 1, L] and [H, 1, P] there; all others are [out, in, 1]


@dataclass(frozen=True)
class Layout:
    """What another project calls the parts of a Conv-TasNet."""

    modules: Mapping[str, str]  # our name -> theirs, for the parts that are there once
    block: str  # a block, with {} for its number
    parts: Mapping[str, str]  # our name -> theirs, for the parts of a block
    filters: str = "weight"  # of the encoder and the decoder
    gain: str = "weight"  # of a norm
    bias: str = "bias"

    def theirs(self, ours: str) -> str:
        """Their name of a weight."""
        module, _, leaf = ours.rpartition(".")
        if block := _OF_BLOCK.fullmatch(module):
            prefix = f"{self.block.format(block[1])}.{self.parts[block[2]]}"
        else:
            prefix = self.modules[module]
        if module in ("encoder", "decoder"):
            leaf = self.filters
        elif ".norm" in module:
            leaf = {"weight": self.gain, "bias": self.bias}[leaf]
        return f"{prefix}.{leaf}"


def network(
    config: ConvTasNetConfig, layout: Layout, tensors: Mapping[str, Any], name: str, unused: str = ""
) -> ConvTasNet:
    """Our network with another project's weights.

    Args:
        config: of the network.
        layout: their names.
        tensors: their state dict.
        name: of the file, for messages.
        unused: what their names may begin with although their own network does not use it.

    Raises:
        ModelError: a tensor is missing, too many, or disagrees with the config.
    """
    net = blank(config)
    names = {ours: layout.theirs(ours) for ours in net.state_dict()}
    if missing := sorted(set(names.values()) - tensors.keys()):
        raise ModelError(f"The network in {name} lacks {missing[0]}, which its arguments ask for.")
    extra = sorted(str(key) for key in tensors.keys() - set(names.values()))
    if extra := [key for key in extra if not (unused and key.startswith(unused))]:
        raise ModelError(f"The network in {name} has {quoted(extra[0])}, which no Conv-TasNet of ours has.")
    weights = {ours: _tensor(tensors[theirs], ours, theirs, name) for ours, theirs in names.items()}
    for ours, wanted in net.state_dict().items():
        if weights[ours].shape != wanted.shape:
            raise ModelError(
                f"In {name}, {names[ours]} has shape {tuple(tensors[names[ours]].shape)}, which does not fit its "
                f"arguments: they ask for {_described(wanted)}."
            )
    return filled(net, weights, name)


def exchanged(net: ConvTasNet) -> ConvTasNet:
    """The network with its two outputs in the other order."""
    for value in (net.separator.to_masks.weight, net.separator.to_masks.bias):
        value.data = value.data.unflatten(0, (net.config.sources, -1)).flip(0).flatten(0, 1)
    return net


def _tensor(value: Any, ours: str, theirs: str, name: str) -> Tensor:
    """A plain tensor of theirs in our shape. Its numbers are really there: none that repeats one number for ever."""
    if not isinstance(value, Tensor) or value.layout is not torch.strided or value.device.type != "cpu":
        raise ModelError(f"In {name}, {theirs} is no plain tensor.")
    if value.untyped_storage().nbytes() < value.numel() * value.element_size():
        raise ModelError(f"In {name}, {theirs} claims {value.numel()} numbers and holds fewer.")
    axis = 1 if ours.split(".")[-2] in _CONVOLUTIONS else 2
    return value.detach().squeeze(axis) if value.ndim == 3 else value.detach()


def _described(wanted: Tensor) -> str:
    return " x ".join(str(size) for size in wanted.shape)
