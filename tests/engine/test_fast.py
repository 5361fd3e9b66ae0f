from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tasnet_gui.engine import fast as fast_module
from tasnet_gui.engine import kernels
from tasnet_gui.engine.fast import Fast
from tasnet_gui.nets.config import ConvTasNetConfig, MaskActivation
from tasnet_gui.nets.conv_tasnet import ConvTasNet

Nets = Callable[..., ConvTasNet]
EXACT = 2e-5  # of the largest value


def run(work: Generator[float, None, Tensor]) -> Tensor:
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Tensor = end.value
            return result


def sound(frames: int, channels: int = 1, level: float = 0.1, seed: int = 0) -> Tensor:
    return level * torch.from_numpy(np.random.default_rng(seed).standard_normal((channels, frames), dtype=np.float32))


@torch.inference_mode()
def difference(net: ConvTasNet, mixture: Tensor, kernel: kernels.Plain | None = None) -> float:
    """Between the fast and the plain network, relative to the largest value."""
    expected, found = net(mixture), run(Fast(net, kernel).steps(mixture))
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.abs().max().clamp_min(1e-3))


@st.composite
def configs(draw: st.DrawFn) -> ConvTasNetConfig:
    def some(least: int, most: int) -> int:
        return draw(st.integers(least, most))

    causal, sources = draw(st.booleans()), some(1, 2)
    kernel = some(2, 20)
    activations = ["sigmoid", "relu", "tanh", "linear", "swish"] + ["softmax"] * (sources - 1)
    mask_activation: MaskActivation = draw(st.sampled_from(activations))  # type: ignore[assignment]
    return ConvTasNetConfig(
        filters=some(4, 24),
        kernel=kernel,
        stride=some(1, kernel),
        bottleneck=some(4, 12),
        hidden=some(6, 20),
        skip=some(0, 10),
        block_kernel=some(1, 4) if causal else 2 * some(0, 2) + 1,
        blocks=some(1, 5),
        repeats=some(1, 2),
        sources=sources,
        causal=causal,
        norm="cLN" if causal else draw(st.sampled_from(["gLN", "cLN"])),
        encoder_activation=draw(st.sampled_from(["relu", "linear"])),
        mask_activation=mask_activation,
        mixture_consistency=sources > 1 and draw(st.booleans()),
        eps=draw(st.sampled_from([1e-8, 1e-5, 1e-2])),
        padding=draw(st.sampled_from(["framed", "centred", "none"])),
    )


def network(config: ConvTasNetConfig, seed: int) -> ConvTasNet:
    """A network with random weights: some gains are 0, slopes of any sign."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = ConvTasNet(config)
        for name, parameter in net.named_parameters():
            parameter.data += 0.3 * torch.randn_like(parameter)
            if "norm" in name and name.endswith("weight"):
                parameter.data[torch.rand(parameter.shape) < 0.2] = 0.0
            if "activation" in name:
                parameter.data.uniform_(-1.0, 1.2)
    return net.requires_grad_(False).eval()


@settings(deadline=None, max_examples=60)
@given(
    config=configs(),
    frames=st.integers(1, 700),
    tile=st.sampled_from([1 << 6, 1 << 9, 1 << 18]),
    seed=st.integers(0, 99),
)
def test_the_fast_network_says_what_the_plain_one_says(
    config: ConvTasNetConfig, frames: int, tile: int, seed: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_module, "TILE", tile)
        assert difference(network(config, seed), sound(frames, channels=2, seed=seed)) < EXACT


@pytest.mark.parametrize("frames", [1, 7, 8, 15, 16, 17, 333, 30_001])
def test_every_length_comes_back(tiny_net: Nets, frames: int) -> None:
    assert difference(tiny_net(), sound(frames)) < EXACT


@pytest.mark.parametrize("config", [{"norm": "gLN"}, {"norm": "cLN"}, {"causal": True}], ids=str)
def test_dilations_that_reach_beyond_both_ends_see_silence_there(tiny_net: Nets, config: dict[str, Any]) -> None:
    assert difference(tiny_net(blocks=8, repeats=1, **config), sound(200)) < EXACT  # 26 frames, dilations to 128


@pytest.mark.parametrize("kernel", kernels.KERNELS, ids=lambda kind: kind.name)
def test_every_kernel_says_the_same(tiny_net: Nets, kernel: type[kernels.Plain]) -> None:
    if not any(trial.name == kernel.name and not trial.trouble for trial in kernels.trials()):
        return  # not on this machine
    assert difference(tiny_net(), sound(4000), kernel()) < EXACT


def test_silence_is_no_trouble(tiny_net: Nets) -> None:
    assert difference(tiny_net(), sound(500, level=0.0)) < EXACT


def test_a_norm_that_cannot_be_folded_is_left_to_the_plain_network(tiny_net: Nets) -> None:
    net = tiny_net()
    block: Any = net.separator.blocks[2]
    block.expand.weight.data *= 1e-4
    block.expand.bias.data[:] = 3.0  # every hidden value is 3 and a little
    seen: list[int] = []
    run(Fast(net).steps(sound(4000), lambda channel, first, w, masks: seen.append(first)))
    assert seen == [0]  # not in tiles
    assert difference(net, sound(4000)) < EXACT


def test_a_sound_of_half_a_minute_loses_no_precision(tiny_net: Nets) -> None:
    net = tiny_net(filters=8, hidden=8, kernel=4, stride=2, blocks=2)
    mixture = sound(480_000)
    with torch.inference_mode():
        exact = net.double()(mixture.double())
        found = run(Fast(net.float()).steps(mixture))
    assert float((found - exact).abs().max() / exact.abs().max()) < EXACT


def test_what_is_shown_on_the_way_makes_the_sources(tiny_net: Nets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_module, "TILE", 1 << 8)  # several tiles
    net, mixture = tiny_net(mixture_consistency=False), sound(2000, channels=2)
    frames = net.config.frames(2000)
    w = torch.full((2, frames, net.config.filters), torch.nan)
    masks = torch.full((2, 2, frames, net.config.filters), torch.nan)

    def show(channel: int, first: int, some_w: Tensor, some_masks: Tensor) -> None:
        w[channel, first : first + len(some_w)] = some_w
        masks[channel, :, first : first + len(some_w)] = some_masks

    found = run(Fast(net).steps(mixture, show))
    with torch.inference_mode():
        decoded = net.decode((masks * w.unsqueeze(1)).transpose(2, 3), 2000)
        said = net.masks(net.encode(mixture)).transpose(2, 3)
    torch.testing.assert_close(found, decoded, rtol=0, atol=1e-6)
    torch.testing.assert_close(masks, said, rtol=0, atol=1e-5)


def test_it_pauses_often_and_says_how_far_it_is(tiny_net: Nets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_module, "TILE", 1 << 9)
    monkeypatch.setattr(fast_module, "PAUSE", 1 << 15)
    done = list(Fast(tiny_net()).steps(sound(8000, channels=2)))
    assert len(done) > 50
    assert done == sorted(done)
    assert 0 < done[0] < 0.05
    assert 0.95 < done[-1] <= 1


def test_the_caller_is_not_drawn_into_inference_mode(tiny_net: Nets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_module, "PAUSE", 1)
    for _ in Fast(tiny_net()).steps(sound(3000)):
        assert not torch.is_inference_mode_enabled()


def test_the_network_itself_is_not_changed(tiny_net: Nets) -> None:
    net = tiny_net()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    run(Fast(net).steps(sound(3000)))
    for name, value in net.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_a_second_run_owes_nothing_to_the_first(tiny_net: Nets) -> None:
    net = tiny_net()
    fast, mixture = Fast(net), sound(3000)
    first = run(fast.steps(mixture))
    run(fast.steps(sound(9000, seed=1)))
    torch.testing.assert_close(run(fast.steps(mixture)), first, rtol=0, atol=0)


def test_a_run_that_is_broken_off_leaves_no_trace(tiny_net: Nets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_module, "PAUSE", 1 << 15)
    fast, mixture = Fast(tiny_net()), sound(3000)
    expected = run(fast.steps(mixture))
    work = fast.steps(mixture)
    next(work)
    work.close()
    torch.testing.assert_close(run(fast.steps(mixture)), expected, rtol=0, atol=0)
