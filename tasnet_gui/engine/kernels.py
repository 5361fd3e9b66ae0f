"""Matrix products on the CPU: which ways torch has here, which of them are exact and fast, and the one that is used.

torch sends float32 products to MKL, which runs at half speed on AMD's processors with full-width AVX-512; oneDNN does
not. There are two doors to oneDNN, and neither is sure to be there: a public setting, whose name says bfloat16 and
which on some processors means it, and a private operator. So each is tested against float64 and timed before its use.
"""

import os
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from tasnet_gui.domain import BadRequest

VARIABLE = "TASNET_KERNEL"  # in the environment: the kernel to use, whatever is faster
EXACT = 5e-6  # largest error of a product, relative to its largest value; MKL has 5e-7, bfloat16 2e-3
MARGIN = 1.15  # a kernel that is this little slower than the fastest may be chosen, so that the choice does not flicker
FEW = 16  # rows; for fewer, setting up oneDNN costs more than it gains
PATIENCE = 0.05  # seconds to time one kernel; two threads on a busy machine can be a hundred times slower than usual


class Plain:
    """torch's own products: MKL, OpenBLAS or Accelerate, as it was built. On any device."""

    name = "plain"
    about = "torch.addmm"

    def product(self, x: Tensor, weight: Tensor, out: Tensor) -> Tensor:
        """Out = x weight. x: K, F; weight: F, G; out: K, G."""
        return torch.mm(x, weight, out=out)

    def affine(self, x: Tensor, weight: Tensor, bias: Tensor, out: Tensor, slope: float | None = None) -> Tensor:
        """Out = x weight + bias, followed by a PReLU if there is a slope. x: K, F; weight: F, G; bias: G; out: K, G."""
        torch.addmm(bias, x, weight, out=out)
        return out if slope is None else F.leaky_relu_(out, slope)

    def accumulate(self, total: Tensor, x: Tensor, weight: Tensor) -> None:
        """Total += x weight. x: K, F; weight: F, G; total: K, G."""
        total.addmm_(x, weight)


class Setting(Plain):
    """The same operations, sent to oneDNN by a setting. It is set for each by itself (0.6 us): `torch.dot` heeds it
    too, and takes 15 times as long."""

    name = "onednn"
    about = "torch.backends.mkldnn.matmul.fp32_precision = 'bf16'"

    def __init__(self) -> None:
        if not torch.backends.mkldnn.is_available():
            raise AttributeError("torch was built without oneDNN")
        self._matmul: Any = torch.backends.mkldnn.matmul  # type: ignore[attr-defined] # torch has it from 2.9 on
        self._before = self._matmul.fp32_precision

    def product(self, x: Tensor, weight: Tensor, out: Tensor) -> Tensor:
        if x.shape[0] < FEW:
            return super().product(x, weight, out)
        try:
            self._matmul.fp32_precision = "bf16"
            return super().product(x, weight, out)
        finally:
            self._matmul.fp32_precision = self._before

    def affine(self, x: Tensor, weight: Tensor, bias: Tensor, out: Tensor, slope: float | None = None) -> Tensor:
        if x.shape[0] < FEW:
            return super().affine(x, weight, bias, out, slope)
        try:
            self._matmul.fp32_precision = "bf16"
            return super().affine(x, weight, bias, out, slope)
        finally:
            self._matmul.fp32_precision = self._before

    def accumulate(self, total: Tensor, x: Tensor, weight: Tensor) -> None:
        if x.shape[0] < FEW:
            super().accumulate(total, x, weight)
            return
        try:
            self._matmul.fp32_precision = "bf16"
            super().accumulate(total, x, weight)
        finally:
            self._matmul.fp32_precision = self._before


class Fused(Plain):
    """oneDNN's linear map with PReLU in one, through an operator that torch keeps to itself."""

    name = "fused"
    about = "torch.ops.mkldnn._linear_pointwise"

    def __init__(self) -> None:
        self._linear = torch.ops.mkldnn._linear_pointwise.default

    def product(self, x: Tensor, weight: Tensor, out: Tensor) -> Tensor:
        if x.shape[0] < FEW:
            return super().product(x, weight, out)
        return out.copy_(self._linear(x, weight.T, None, "none", [], ""))

    def affine(self, x: Tensor, weight: Tensor, bias: Tensor, out: Tensor, slope: float | None = None) -> Tensor:
        if x.shape[0] < FEW:
            return super().affine(x, weight, bias, out, slope)
        kind, values = ("none", []) if slope is None else ("leaky_relu", [slope])
        return out.copy_(self._linear(x, weight.T, bias, kind, values, ""))

    def accumulate(self, total: Tensor, x: Tensor, weight: Tensor) -> None:
        if x.shape[0] < FEW:
            super().accumulate(total, x, weight)
        else:
            total += self._linear(x, weight.T, None, "none", [], "")


KERNELS: tuple[type[Plain], ...] = (Setting, Fused, Plain)  # among equals, the first


@dataclass(frozen=True)
class Trial:
    """What became of a kernel on this machine."""

    name: str
    about: str
    error: float = float("nan")  # of a product, relative to its largest value
    gflops: float = 0.0  # 10^9 multiplications and additions per second, PReLU included
    trouble: str = ""  # why it cannot be used; empty when it can


def names() -> tuple[str, ...]:
    """What `TASNET_KERNEL` may be set to."""
    return tuple(kind.name for kind in KERNELS)


def best() -> Plain:
    """The kernel to use with the number of threads that torch has now.

    Raises:
        BadRequest: `TASNET_KERNEL` names none, or one that does not work here.
    """
    wanted = os.environ.get(VARIABLE, "")
    if wanted and wanted not in names():
        raise BadRequest(f"{VARIABLE} names no kernel: {wanted!r}.", f"Choose one of: {', '.join(names())}.")
    chosen = _chosen(torch.get_num_threads(), wanted)
    if isinstance(chosen, Trial):
        raise BadRequest(f"The kernel {wanted!r} cannot be used: {chosen.trouble}.", f"Unset {VARIABLE}.")
    return chosen


def trials() -> tuple[Trial, ...]:
    """All kernels, tried with the number of threads that torch has now."""
    return tuple(trial for trial, _ in _tried(torch.get_num_threads()))


@cache
def _chosen(threads: int, wanted: str) -> Plain | Trial:
    """The kernel that is wanted, or the best; why not, when it does not work."""
    tried = [(trial, kernel) for trial, kernel in _tried(threads) if wanted in ("", trial.name)]
    usable = [(trial, kernel) for trial, kernel in tried if kernel is not None]
    if not usable:
        return tried[0][0]
    fastest = max(trial.gflops for trial, _ in usable)
    return next(kernel for trial, kernel in usable if trial.gflops * MARGIN >= fastest)


@cache
def _tried(threads: int) -> tuple[tuple[Trial, Plain | None], ...]:
    """Every kernel with what became of it; None in place of those that cannot be used."""
    return tuple(_try(kind) for kind in KERNELS)


@torch.inference_mode()
def _try(kind: type[Plain]) -> tuple[Trial, Plain | None]:
    try:
        kernel = kind()
        error = max(_error(kernel, frames) for frames in (1, 5, FEW, 200))
    except (AttributeError, RuntimeError, TypeError) as missing:
        lines = str(missing).splitlines()
        return Trial(kind.name, kind.about, trouble=lines[0] if lines else type(missing).__name__), None
    if not error <= EXACT:
        return Trial(kind.name, kind.about, error, trouble=f"its products are off by {error:.0e}"), None
    return Trial(kind.name, kind.about, error, _speed(kernel)), kernel


def _error(kernel: Plain, frames: int) -> float:
    """The largest error of its operations, relative to the largest value."""
    x, weight, bias = _numbers(frames, 96, 72)
    x = torch.zeros(frames, 160)[:, :96].copy_(x)  # strided, as residual and skip path are
    total = torch.zeros(frames, 200)[:, :72]
    exact = x.double() @ weight.double()
    kernel.accumulate(total, x, weight)
    product = kernel.product(x, weight, torch.empty(frames, 72))
    straight = kernel.affine(x, weight, bias, torch.empty(frames, 72))
    bent = kernel.affine(x, weight, bias, torch.empty(frames, 72), -0.3)
    pairs = (
        (total, exact),
        (product, exact),
        (straight, exact + bias.double()),
        (bent, F.leaky_relu(exact + bias.double(), -0.3)),
    )
    return max(float((found.double() - right).abs().max() / right.abs().max()) for found, right in pairs)


def _speed(kernel: Plain, frames: int = 512, repetitions: int = 8) -> float:
    """How fast it is at the two products of a block of the shipped models, in GFLOP/s: the best of a few times."""
    x, expand, bias = _numbers(frames, 128, 384)
    _, gather, _ = _numbers(1, 384, 256)
    hidden, total = torch.empty(frames, 384), torch.zeros(frames, 256)
    least, began = float("inf"), perf_counter()
    for _ in range(repetitions):  # the first warms up
        before = perf_counter()
        kernel.affine(x, expand, bias, hidden, 0.25)
        kernel.accumulate(total, hidden, gather)
        least = min(least, perf_counter() - before)
        if perf_counter() - began > PATIENCE:
            break
    return 2 * frames * 384 * (128 + 256) / least / 1e9


def _numbers(frames: int, inputs: int, outputs: int) -> tuple[Tensor, Tensor, Tensor]:
    """x, weight and bias, the same each time."""
    generator = torch.Generator().manual_seed(0)
    shapes = ((frames, inputs), (inputs, outputs), (outputs,))
    x, weight, bias = (torch.randn(shape, generator=generator) for shape in shapes)
    return x, weight, bias
