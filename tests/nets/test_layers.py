"""The layers against plain formulas, and their hand-written gradients against autograd."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from tasnet_gui.nets.conv_tasnet import CumulativeLayerNorm, Depthwise, GlobalLayerNorm, PReLU, overlap_add
from tasnet_gui.nets.functions import cumulative_norm, prelu

EPS = 1e-8
Doubles = NDArray[np.float64]


def random(*shape: int, seed: int = 0, scale: float = 1.0, offset: float = 0.3) -> Tensor:
    return scale * torch.randn(shape, generator=torch.Generator().manual_seed(seed)) + offset


def norm_of(kind: type[Any], channels: int) -> Any:
    norm = kind(channels, EPS)
    norm.weight.data, norm.bias.data = random(channels, seed=1), random(channels, seed=2)
    return norm


def global_norm(x: Doubles, gain: Doubles, bias: Doubles) -> Doubles:
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + EPS) * gain + bias


def cumulative(x: Doubles, gain: Doubles, bias: Doubles) -> Doubles:
    frames = []
    for frame in range(x.shape[1]):
        seen = x[:, : frame + 1]
        mean, variance = seen.mean((1, 2)), seen.var((1, 2))
        frames.append((x[:, frame] - mean[:, None]) / np.sqrt(variance + EPS)[:, None])
    return np.stack(frames, 1) * gain + bias


@pytest.mark.parametrize(("kind", "formula"), [(GlobalLayerNorm, global_norm), (CumulativeLayerNorm, cumulative)])
@pytest.mark.parametrize("shape", [(1, 1, 2), (2, 1, 5), (3, 17, 4), (1, 200, 3)])
def test_norms_are_the_papers(kind: type[Any], formula: Callable[..., Doubles], shape: tuple[int, ...]) -> None:
    norm, x = norm_of(kind, shape[-1]), random(*shape)
    wanted = formula(*(value.detach().double().numpy() for value in (x, norm.weight, norm.bias)))
    np.testing.assert_allclose(norm(x).detach().numpy(), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", [GlobalLayerNorm, CumulativeLayerNorm])
def test_norms_keep_their_heads_on_silence_and_on_a_constant(kind: type[Any]) -> None:
    norm = norm_of(kind, 4)
    for x in (torch.zeros(1, 9, 4), torch.full((1, 9, 4), 3.0)):
        torch.testing.assert_close(norm(x), norm.bias.expand(1, 9, 4), rtol=0, atol=0.2)


def test_a_long_recording_does_not_wear_the_cumulative_norm_out() -> None:
    x = random(1, 300_000, 2, offset=5.0)  # 20 minutes of frames; a float32 sum of them is off in the third digit
    norm = norm_of(CumulativeLayerNorm, 2)
    end = x.double()
    wanted = (end[0, -1] - end.mean()) / (end.var(correction=0) + EPS).sqrt() * norm.weight + norm.bias
    torch.testing.assert_close(norm(x)[0, -1].double(), wanted, rtol=1e-4, atol=1e-4)


def gradients(function: Callable[..., Tensor], *inputs: Tensor) -> tuple[Tensor, ...]:
    """What a random cost of the function's result sends back to each input."""
    leaves = [value.detach().clone().requires_grad_() for value in inputs]
    result = function(*leaves)
    return torch.autograd.grad((result * random(*result.shape, seed=9).to(result)).sum(), leaves)


def cumulative_formula(x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
    seen = x.shape[2] * torch.arange(1, x.shape[1] + 1)
    mean = x.sum(-1).cumsum(1) / seen
    variance = x.square().sum(-1).cumsum(1) / seen - mean.square()
    return (x - mean.unsqueeze(-1)) / (variance.unsqueeze(-1) + EPS).sqrt() * gain + bias


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 7, 3), (3, 40, 5)])
def test_the_gradient_of_the_cumulative_norm_is_that_of_its_formula(shape: tuple[int, ...]) -> None:
    inputs = random(*shape), random(shape[-1], seed=1), random(shape[-1], seed=2)
    found = gradients(lambda x, gain, bias: cumulative_norm(x, gain, bias, EPS), *inputs)
    wanted = gradients(cumulative_formula, *(value.double() for value in inputs))
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one.double(), other, rtol=2e-3, atol=2e-4)


@given(values=st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=8), slope=st.floats(-1, 2, width=32))
def test_prelu_and_its_gradient_are_those_of_the_formula(values: list[float], slope: float) -> None:
    def formula(x: Tensor, a: Tensor) -> Tensor:
        return x.clamp_min(0) + a * x.clamp_max(0)

    x, a = torch.tensor(values), torch.tensor([slope])
    torch.testing.assert_close(prelu(x, a), formula(x, a))
    away = x[x.abs() > 1e-3]  # at 0 there is no gradient to agree on
    for one, other in zip(gradients(prelu, away, a), gradients(formula, away, a), strict=True):
        torch.testing.assert_close(one, other)


def test_prelu_passes_gradcheck() -> None:
    x = random(3, 4, 5).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: prelu(x, torch.tensor([0.3])), x, eps=1e-4, atol=1e-3)


@pytest.mark.parametrize("kind", [GlobalLayerNorm, CumulativeLayerNorm, lambda *_: PReLU()])
def test_layers_work_and_learn_in_bfloat16(kind: Any) -> None:
    layer, x = kind(6, EPS), random(2, 30, 6)
    found = gradients(layer, x.bfloat16())[0]
    torch.testing.assert_close(layer(x.bfloat16()).float(), layer(x), rtol=0.05, atol=0.05)
    torch.testing.assert_close(found.float(), gradients(layer, x)[0], rtol=0.1, atol=0.1)


@given(
    frames=st.integers(1, 70),
    dilation=st.integers(1, 16),
    taps=st.integers(1, 5),
    causal=st.booleans(),
)
def test_the_depthwise_convolution_is_torchs_dilated_one(frames: int, dilation: int, taps: int, causal: bool) -> None:
    taps += not causal and taps % 2 == 0
    layer = Depthwise(SimpleNamespace(block_kernel=taps, hidden=3, causal=causal), dilation)  # type: ignore[arg-type]
    layer.bias.data = random(3, seed=4)
    x, past = random(2, frames, 3), (taps - 1) * dilation
    padded = F.pad(x.transpose(1, 2), (past, 0) if causal else (past // 2, past // 2))
    wanted = F.conv1d(padded, layer.weight[:, None], layer.bias, dilation=dilation, groups=3).transpose(1, 2)
    torch.testing.assert_close(layer(x), wanted)


@given(count=st.integers(1, 9), length=st.integers(1, 9), stride=st.integers(1, 9))
def test_overlap_add_puts_every_frame_where_it_belongs(count: int, length: int, stride: int) -> None:
    stride = min(stride, length)
    frames = random(2, count, length)
    wanted = torch.zeros(2, (count - 1) * stride + length)
    for index in range(count):
        wanted[:, index * stride : index * stride + length] += frames[:, index]
    torch.testing.assert_close(overlap_add(frames, stride), wanted)
