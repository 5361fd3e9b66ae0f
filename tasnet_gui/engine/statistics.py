"""The statistics of the norms, gathered from tiles of frames; sums over tiles are kept in float64."""

from math import sqrt
from typing import Protocol

import torch
from torch import Tensor

Settled = tuple[float, float]  # mean and scale of a norm
WORST = 25.0  # mean^2 / variance: 0.1 to 2 in trained networks; beyond, E[x^2] - E[x]^2 of float32 sums may lose 1e-5


class IllConditioned(Exception):
    """The values hardly vary around their mean, so that folding the norm would cost precision."""


class Statistics(Protocol):
    """Of one norm over a whole sound. `add` takes tiles in any order; then `mean` and `scale` are what to fold."""

    def add(self, x: Tensor, start: int) -> None:
        """Take in the frames from `start` on. x: K, F, contiguous."""

    def apply(self, x: Tensor, start: int) -> None:
        """Change the frames from `start` on in place where the norm differs from frame to frame; tiles in order.

        Raises:
            IllConditioned: as in `settle`.
        """

    def settle(self) -> Settled:
        """Mean and scale, the scale being 1 / sqrt(variance + eps); what is left to fold after `apply`.

        Raises:
            IllConditioned: they are not precise enough.
        """


class Global:
    """gLN: one mean and scale for all."""

    def __init__(self, eps: float) -> None:
        self.eps = eps
        self.count, self.sum, self.squares = 0, 0.0, 0.0

    def add(self, x: Tensor, start: int) -> None:
        flat = x.view(-1)
        self.count += len(flat)
        self.sum += float(flat.sum())
        self.squares += float(torch.dot(flat, flat))  # per tile: over 30 s at once, float32 is off by 1e-4

    def apply(self, x: Tensor, start: int) -> None:
        """Nothing to do: all is folded."""

    def settle(self) -> Settled:
        mean = self.sum / self.count
        variance = max(0.0, self.squares / self.count - mean * mean)
        if mean * mean > WORST * variance:
            raise IllConditioned
        return mean, 1 / sqrt(variance + self.eps)


class Cumulative:
    """cLN: each frame has its own mean and scale, from the frames up to it."""

    def __init__(self, frames: int, eps: float) -> None:
        self.eps = eps
        self.sums = torch.empty(2, frames)  # of each frame, and of its squares
        self.before = torch.zeros(2, 1, dtype=torch.float64)

    def add(self, x: Tensor, start: int) -> None:
        sums = self.sums[:, start : start + len(x)]
        torch.sum(x, -1, out=sums[0])
        torch.sum(x.square(), -1, out=sums[1])

    def apply(self, x: Tensor, start: int) -> None:
        stop = start + len(x)
        seen = x.shape[1] * torch.arange(start + 1, stop + 1, dtype=torch.float64)
        sums = self.sums[:, start:stop].double().cumsum(1).add_(self.before)
        self.before = sums[:, -1:].clone()
        mean, power = sums / seen
        variance = (power - mean.square()).clamp_min_(0)
        if (mean.square() > WORST * variance).any():
            raise IllConditioned
        scale = variance.add_(self.eps).rsqrt_()
        shift = (-mean * scale).float().unsqueeze(1)
        x.mul_(scale.float().unsqueeze(1)).add_(shift)

    def settle(self) -> Settled:
        return 0.0, 1.0
