import json
from collections.abc import Callable

import pytest
import torch
from torch import nn

from tasnet_gui.domain import ModelError
from tasnet_gui.nets.config import LETTERS, ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet

Nets = Callable[..., ConvTasNet]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"filters": 0}, "filters must be a whole number of at least 1, not 0"),
        ({"kernel": 32.0}, "kernel must be a whole number"),
        ({"repeats": True}, "repeats must be a whole number"),
        ({"skip": -1}, "skip must be a whole number of at least 0"),
        ({"hidden": "many"}, "hidden must be a whole number"),
        ({"hidden": 1 << 30}, "hidden must be at most"),
        ({"blocks": 10**9}, "blocks must be at most"),
        ({"rate": 200}, "rate must be a whole number of at least 1000"),
        ({"causal": "no"}, "causal must be true or false"),
        ({"mixture_consistency": 1}, "mixture_consistency must be true or false"),
        ({"norm": "BN"}, "norm must be one of gLN, cLN, not 'BN'"),
        ({"encoder_activation": None}, "encoder_activation must be one of linear, relu"),
        ({"mask_activation": ["sigmoid"]}, "mask_activation must be one of sigmoid"),
        ({"padding": "reflect"}, "padding must be one of framed"),
        ({"causal": True, "norm": "gLN"}, "A causal network cannot use gLN"),
        ({"kernel": 16, "stride": 17}, "stride 17 is longer than kernel 16"),
        ({"block_kernel": 4}, "odd block_kernel, not 4"),
        ({"sources": 3}, "The sources are speech and noise, not 3"),
        ({"sources": 1, "mask_activation": "softmax"}, "A softmax over one source"),
        ({"sources": 1}, "One source that sums to the mixture is the mixture"),
        ({"eps": 0.0}, "eps must be a positive number"),
        ({"eps": float("nan")}, "eps must be a positive number"),
        ({"eps": float("inf")}, "eps must be a positive number"),
        ({"eps": "small"}, "eps must be a positive number"),
        ({"colour": "red"}, "unknown fields: colour"),
    ],
)
def test_an_impossible_config_is_refused_with_its_own_sentence(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        ConvTasNetConfig.from_dict(values)


def test_a_config_survives_json() -> None:
    config = ConvTasNetConfig(causal=True, norm="cLN", skip=0, padding="none", eps=1e-5)
    assert ConvTasNetConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


def test_a_card_written_before_a_field_was_there_still_means_the_same() -> None:
    config = ConvTasNetConfig()
    values = config.as_dict()
    del values["padding"]
    assert ConvTasNetConfig.from_dict(values) == config


def test_every_letter_of_the_paper_names_a_field() -> None:
    assert LETTERS.keys() <= ConvTasNetConfig().as_dict().keys()
    assert sorted(LETTERS.values()) == sorted(["N", "L", "B", "H", "Sc", "P", "X", "R", "C"])


SHAPES = [
    {"causal": False},
    {"causal": True},
    {"causal": False, "block_kernel": 5, "blocks": 2},
    {"causal": True, "block_kernel": 4, "blocks": 2},
    {"causal": False, "stride": 4, "blocks": 2, "repeats": 1},
    {"causal": True, "padding": "none", "skip": 0},
]


@pytest.mark.parametrize("values", SHAPES)
def test_the_receptive_field_is_what_the_gradient_of_one_mask_shows(tiny_net: Nets, values: dict[str, object]) -> None:
    net = deaf_to_statistics(tiny_net(**values, encoder_activation="linear", mask_activation="linear"))
    config = net.config
    mixture = torch.randn(1, 3 * config.receptive_field_frames * config.stride, requires_grad=True)
    masks = net.masks(net.encode(mixture))
    masks[..., masks.shape[-1] // 2].sum().backward()
    first, last = span(mixture.grad)
    assert last - first + 1 == round(config.receptive_field * config.rate)


@pytest.mark.parametrize("values", SHAPES)
def test_the_look_ahead_is_what_the_gradient_of_an_output_sample_shows(
    tiny_net: Nets, values: dict[str, object]
) -> None:
    net = deaf_to_statistics(tiny_net(**values, encoder_activation="linear", mask_activation="linear"))
    config = net.config
    mixture = torch.randn(1, 3 * config.receptive_field_frames * config.stride, requires_grad=True)
    middle = mixture.shape[1] // 2
    sources, ahead = net(mixture), []
    for sample in range(middle, middle + config.stride):  # it depends on where the sample lies in its frames
        (gradient,) = torch.autograd.grad(sources[0, :, sample].sum(), mixture, retain_graph=True)
        ahead.append(span(gradient)[1] - sample)
    assert max(ahead) == round(config.look_ahead * config.rate)


def deaf_to_statistics(net: ConvTasNet) -> ConvTasNet:
    """The network without its norms, which see all that was, or all; and without the sum, which is the mixture."""
    for module in [net.separator, *net.separator.blocks]:
        for name, _ in list(module.named_children()):
            if name.startswith("norm"):
                setattr(module, name, nn.Identity())
    for value in net.parameters():
        value.data = value.data.abs()  # no two paths cancel, and no PReLU turns round
    net.config = ConvTasNetConfig.from_dict({**net.config.as_dict(), "mixture_consistency": False})
    return net


def span(gradient: torch.Tensor) -> tuple[int, int]:
    """The first and the last sample that the gradient touches."""
    touched = gradient[0].abs().nonzero()
    return int(touched.min()), int(touched.max())
