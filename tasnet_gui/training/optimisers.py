"""How gradients become steps: AdamW for everything, or Muon for the matrices of the separator."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from tasnet_gui.domain import BadRequest
from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.training.presets import Recipe

MEMORIES = ("step", "exp_avg", "exp_avg_sq", "momentum_buffer")  # what torch's optimisers keep of a parameter


class Optimiser:
    """One or several of torch's optimisers that share a network's parameters and step together.

    Args:
        parts: each parameter is in one of them.
    """

    def __init__(self, parts: Iterable[torch.optim.Optimizer]) -> None:
        self.parts = tuple(parts)

    def set_rate(self, rate: float) -> None:
        """The learning rate from now on."""
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = rate

    def zero_grad(self) -> None:
        for part in self.parts:
            part.zero_grad()

    def step(self) -> None:
        for part in self.parts:
            part.step()

    def memory(self, parameter: nn.Parameter) -> dict[str, Tensor]:
        """What is kept of a parameter, by the names of MEMORIES; empty before the first step."""
        kept: dict[str, Tensor] = self._part(parameter).state.get(parameter, {})
        return kept

    def remember(self, parameter: nn.Parameter, memory: dict[str, Tensor]) -> None:
        """Go on with what `memory` gave."""
        self._part(parameter).state[parameter] = memory

    def _part(self, parameter: nn.Parameter) -> torch.optim.Optimizer:
        return next(part for part in self.parts for group in part.param_groups if _among(parameter, group["params"]))


def adamw(net: ConvTasNet, recipe: Recipe) -> Optimiser:
    """AdamW. Weight decay for matrices only: gains, biases and slopes have no size to keep small."""
    matrices = [parameter for parameter in net.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in net.parameters() if parameter.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
    return Optimiser([torch.optim.AdamW(groups, lr=recipe.rate, weight_decay=recipe.weight_decay)])


def muon(net: ConvTasNet, recipe: Recipe) -> Optimiser:
    """Muon (Jordan et al. 2024) for the 1x1 convolutions, whose steps are made orthogonal; AdamW for all others.

    The steps have the RMS of AdamW's (Liu et al. 2025), so that one learning rate serves both. The basis and the
    depthwise kernels are rows of their own, not maps between spaces: they stay with AdamW.

    Raises:
        BadRequest: this torch has no Muon.
    """
    if not hasattr(torch.optim, "Muon"):
        raise BadRequest(f"PyTorch {torch.__version__} has no Muon.", "Install 2.9 or newer, or use --optimiser adamw.")
    linear = [module.weight for module in net.modules() if isinstance(module, nn.Linear)]
    others = [parameter for parameter in net.parameters() if not _among(parameter, linear)]
    return Optimiser(
        [
            torch.optim.Muon(
                linear,
                lr=recipe.rate,
                weight_decay=recipe.weight_decay,
                momentum=0.95,
                adjust_lr_fn="match_rms_adamw",
            ),
            torch.optim.AdamW(others, lr=recipe.rate, weight_decay=0.0),
        ]
    )


OPTIMISERS: dict[str, Callable[[ConvTasNet, Recipe], Optimiser]] = {"adamw": adamw, "muon": muon}


def _among(parameter: Tensor, parameters: Iterable[Tensor]) -> bool:
    return any(parameter is other for other in parameters)
