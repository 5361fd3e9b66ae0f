from dataclasses import replace

import pytest
import torch
from torch import nn

from tasnet_gui.domain import BadRequest
from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.training.optimisers import OPTIMISERS
from tasnet_gui.training.presets import Recipe


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_parameter_is_moved_once(tiny: Recipe, name: str) -> None:
    net = ConvTasNet(tiny.net)
    optimiser = OPTIMISERS[name](net, replace(tiny, optimiser=name))
    held = [id(p) for part in optimiser.parts for group in part.param_groups for p in group["params"]]
    assert sorted(held) == sorted(map(id, net.parameters()))
    before = [parameter.detach().clone() for parameter in net.parameters()]
    net(torch.randn(2, 4000)).square().sum().backward()
    optimiser.set_rate(1e-2)
    optimiser.step()
    moved = [not torch.equal(*pair) for pair in zip(before, net.parameters(), strict=True)]
    with_gradient = [bool(parameter.grad is not None and parameter.grad.any()) for parameter in net.parameters()]
    assert moved == with_gradient
    assert all(optimiser.memory(parameter) for parameter in net.parameters())


def test_a_step_of_muon_turns_a_matrix_equally_in_all_directions(tiny: Recipe) -> None:
    net = ConvTasNet(tiny.net)
    optimiser = OPTIMISERS["muon"](net, replace(tiny, optimiser="muon", weight_decay=0.0))
    linear = next(module for module in net.modules() if isinstance(module, nn.Linear)).weight
    before = linear.detach().clone()
    net(torch.randn(2, 4000)).square().sum().backward()
    optimiser.set_rate(1e-2)
    optimiser.step()
    strength = torch.linalg.svdvals((linear - before).detach())
    assert strength.min() > 0.4 * strength.max()  # five Newton-Schulz iterations bring all near one value


def test_without_muon_in_torch_it_is_refused_in_a_sentence(tiny: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.optim, "Muon")
    with pytest.raises(BadRequest, match=r"has no Muon\. Install 2\.9"):
        OPTIMISERS["muon"](ConvTasNet(tiny.net), tiny)
