from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tasnet_gui.domain import ModelError
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet, consistent, phase_quadruples
from tests.nets import reference

SMALL = {"filters": 8, "kernel": 16, "stride": 8, "bottleneck": 4, "hidden": 5, "skip": 4, "blocks": 2, "repeats": 2}
KINDS: list[dict[str, Any]] = [
    {},
    {"causal": True},
    {"stride": 16},
    {"stride": 5, "kernel": 17, "causal": True},
    {"mask_activation": "softmax", "encoder_activation": "linear"},
    {"mask_activation": "relu", "mixture_consistency": False},
    {"skip": 0},
    {"skip": 3, "block_kernel": 5},
    {"norm": "cLN"},
    {"sources": 1, "mixture_consistency": False},
    {"padding": "none"},
    {"padding": "none", "kernel": 17, "stride": 5, "causal": True},
    {"padding": "centred", "kernel": 17, "stride": 8},
]
kinds = pytest.mark.parametrize("values", KINDS, ids=str)


def noise(frames: int, seed: int = 0, level: float = 0.3) -> Tensor:
    return level * torch.randn(1, frames, generator=torch.Generator().manual_seed(seed))


def network(values: dict[str, Any]) -> ConvTasNet:
    """A network with every weight away from its start."""
    norm = "cLN" if values.get("causal") else "gLN"
    with torch.random.fork_rng():
        torch.manual_seed(3)
        net = ConvTasNet(ConvTasNetConfig.from_dict({**SMALL, "norm": norm, **values}))
        for parameter in net.parameters():
            parameter.data += 0.2 * torch.randn_like(parameter)
    return net.requires_grad_(False).eval()


@settings(max_examples=60)
@given(data=st.data())
def test_any_length_gives_exactly_that_length_and_finite_sound(data: st.DataObject) -> None:
    kernel = data.draw(st.integers(1, 12), "kernel")
    stride = data.draw(st.integers(1, kernel), "stride")
    padding = data.draw(st.sampled_from(["framed", "none", "centred"]), "padding")
    length = data.draw(st.integers(1, 3 * kernel + 2), "length")
    net = network({"kernel": kernel, "stride": stride, "padding": padding, "causal": data.draw(st.booleans())})
    sources = net(noise(length))
    assert sources.shape == (1, 2, length)
    assert sources.isfinite().all()


@kinds
def test_silence_and_extremes_stay_finite(values: dict[str, Any]) -> None:
    net = network(values)
    for mixture in (torch.zeros(1, 99), torch.ones(1, 99), 1e4 * noise(99), 1e-20 * noise(99)):
        assert net(mixture).isfinite().all()


@kinds
def test_the_whole_network_is_the_channels_first_one(values: dict[str, Any]) -> None:
    net, mixture = network({**values, "mixture_consistency": False}), noise(403)
    config = net.config
    kind = reference.Kind(
        config.stride,
        config.blocks,
        config.repeats,
        config.sources,
        config.causal,
        config.norm == "cLN",
        config.mask_activation,
        config.encoder_activation,
        skips=config.skip > 0,
    )
    before = {"framed": config.kernel - config.stride, "none": 0, "centred": config.kernel // 2}[config.padding]
    after = 0 if config.padding == "none" else 2 * config.kernel
    frames = config.frames(403)
    padded = torch.nn.functional.pad(mixture, (before, after))[:, : (frames - 1) * config.stride + config.kernel]
    wanted = reference.separate(reference.channels_first(net), reference.OURS, kind, padded)[..., before:]
    heard = min(403, wanted.shape[-1])
    torch.testing.assert_close(net(mixture)[..., :heard].double(), wanted[..., :heard], rtol=0, atol=2e-5)


@pytest.mark.parametrize("padding", ["framed", "centred"])
def test_no_sample_is_lost_at_the_ends(padding: str) -> None:
    net = network({"padding": padding, "mixture_consistency": False, "sources": 1, "mask_activation": "linear"})
    for frames in (1, 7, 16, 40):
        sound = net(torch.ones(1, frames))
        assert (sound != 0).all()


def test_without_padding_what_fills_no_frame_is_silent_and_nothing_else() -> None:
    net = network({"padding": "none", "mixture_consistency": False})  # kernel 16, stride 8
    sources = net(torch.ones(1, 16 + 3 * 8 + 7))
    assert (sources[..., :-7] != 0).all()
    assert (sources[..., -7:] == 0).all()


@pytest.mark.parametrize("values", [values for values in KINDS if values.get("causal")], ids=str)
@settings(max_examples=15)
@given(moment=st.integers(20, 400), seed=st.integers(1, 9))
def test_a_causal_net_does_not_hear_the_future(values: dict[str, Any], moment: int, seed: int) -> None:
    net = network(values)
    before, after = noise(401), noise(401)
    after[:, moment:] = noise(401 - moment, seed)
    difference = (net(before) - net(after)).abs().amax((0, 1))
    assert difference[: moment - net.config.kernel + 1].max() < 1e-6
    assert difference[moment:].max() > 0  # the last sample alone may change little


@pytest.mark.parametrize("values", [{}, {"norm": "cLN"}, {"causal": True, "norm": "cLN"}], ids=str)
def test_only_a_causal_net_decides_before_the_end(values: dict[str, Any]) -> None:
    net = network(values)
    before, after = noise(401), noise(401)
    after[:, 300:] = noise(101, seed=1)
    early = (net(before) - net(after)).abs()[..., : 300 - net.config.kernel + 1].max()
    assert (early < 1e-6) == net.config.causal


@kinds
def test_one_of_a_batch_is_what_it_is_alone(values: dict[str, Any]) -> None:
    net, batch = network(values), torch.cat([noise(203), noise(203, 1, level=5.0)])
    torch.testing.assert_close(net(batch)[1:], net(batch[1:]), rtol=1e-4, atol=1e-5)


@kinds
def test_steps_pause_once_per_block_and_end_in_what_forward_says(values: dict[str, Any]) -> None:
    net, mixture = network(values), noise(203)
    steps, pauses = net.forward_steps(mixture), 0
    while True:
        try:
            next(steps)
            pauses += 1
        except StopIteration as end:
            result = end.value
            break
    assert pauses == len(net.separator.blocks) == net.config.blocks * net.config.repeats
    assert torch.equal(result, net(mixture))


@kinds
def test_the_parts_make_the_whole(values: dict[str, Any]) -> None:
    net, mixture = network({**values, "mixture_consistency": False}), noise(203)
    w = net.encode(mixture)  # B, N, K
    masks = net.masks(w)  # B, C, N, K
    assert masks.shape == (1, net.config.sources, net.config.filters, net.config.frames(203))
    torch.testing.assert_close(net.decode(masks * w.unsqueeze(1), 203), net(mixture))


def test_masks_keep_to_their_range() -> None:
    def masks(activation: str) -> Tensor:
        net = network({"mask_activation": activation})
        return net.masks(net.encode(noise(999)))

    sigmoid, relu, softmax = masks("sigmoid"), masks("relu"), masks("softmax")
    assert ((sigmoid > 0) & (sigmoid < 1)).all()
    assert (relu >= 0).all()
    assert (relu == 0).any()
    torch.testing.assert_close(softmax.sum(1), torch.ones_like(softmax[:, 0]))


@given(seed=st.integers(0, 99))
def test_consistency_is_the_nearest_point_that_sums_to_the_mixture(seed: int) -> None:
    mixture, sources = noise(50, seed), torch.stack([noise(50, seed + 1), noise(50, seed + 2)], 1)  # 1, 2, 50
    found = consistent(sources, mixture)
    torch.testing.assert_close(found.sum(1), mixture, rtol=0, atol=1e-6)
    torch.testing.assert_close(consistent(found, mixture), found, rtol=0, atol=1e-6)  # nothing is left to do
    step = noise(50, seed + 3)
    other = found + torch.stack([step, -step], 1)  # sums to the mixture as well
    assert (other - sources).square().sum() > (found - sources).square().sum()


@pytest.mark.parametrize("values", [values for values in KINDS if values.get("mixture_consistency", True)], ids=str)
def test_the_sources_sum_to_the_mixture(values: dict[str, Any]) -> None:
    net, mixture = network({"sources": 2, **values}), noise(203)
    torch.testing.assert_close(net(mixture).sum(1), mixture, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("filters", "kernel"), [(32, 16), (96, 32), (384, 128), (512, 32)])
@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_phase_quadruples_reconstruct_before_any_training(filters: int, kernel: int, activation: str) -> None:
    sizes = {"filters": filters, "kernel": kernel, "stride": kernel // 2, "encoder_activation": activation}
    net, mixture = network(sizes).start_from_phase_quadruples(), noise(1001)
    sound = net.decode(net.encode(mixture).unsqueeze(1), 1001)[:, 0]
    error = (sound - mixture).double().square().sum() / mixture.double().square().sum()
    assert -10 * error.log10() > 100


@pytest.mark.parametrize("sizes", [{"filters": 30}, {"filters": 28}, {"filters": 32, "stride": 4}])
def test_phase_quadruples_refuse_sizes_that_cannot_reconstruct(sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="No such basis"):
        phase_quadruples(ConvTasNetConfig(**{**SMALL, **sizes}))


@kinds
def test_every_weight_learns(values: dict[str, Any]) -> None:
    net = network(values).requires_grad_()
    net(noise(203)).square().sum().backward()
    still = {name for name, value in net.named_parameters() if value.grad is None or not value.grad.any()}
    assert not still


def test_a_causal_config_never_builds_a_global_norm() -> None:
    with pytest.raises(ModelError, match="gLN"):
        network({"causal": True, "norm": "gLN"})
