"""Tiny networks with random weights, and models of them on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from tasnet_gui.domain import ModelCard
from tasnet_gui.engine import library
from tasnet_gui.nets import checkpoint
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet

TINY = {
    "filters": 32,
    "kernel": 16,
    "stride": 8,
    "bottleneck": 8,
    "hidden": 12,
    "skip": 8,
    "blocks": 3,
    "repeats": 2,
}


@pytest.fixture
def tiny_net() -> Callable[..., ConvTasNet]:
    """`tiny_net(causal=True, ...)`: a network in evaluation mode with every weight away from its start."""

    def make(causal: bool = False, seed: int = 0, **config: Any) -> ConvTasNet:
        values = {**TINY, "causal": causal, "norm": "cLN" if causal else "gLN", **config}
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = ConvTasNet(ConvTasNetConfig(**values))
            for parameter in net.parameters():
                parameter.data += 0.2 * torch.randn_like(parameter)
        return net.requires_grad_(False).eval()

    return make


@pytest.fixture
def tiny_model(tmp_path: Path, tiny_net: Callable[..., ConvTasNet]) -> Callable[..., ModelCard]:
    """`tiny_model(causal=True, ...)`: the card of such a network, saved in a folder of the test's own."""

    def make(causal: bool = False, name: str = "", **config: Any) -> ModelCard:
        folder = tmp_path / "models" / (name or ("tiny-causal" if causal else "tiny"))
        return checkpoint.save(tiny_net(causal, **config), folder, title="Tiny")

    return make


@pytest.fixture(autouse=True)
def _no_network_left() -> Any:
    yield
    library.unload()
