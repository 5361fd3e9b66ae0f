"""A separation that keeps what the network did: pictures of masks and encoder output, energies, and the way back in.

Importing this file does not import torch.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.basis import Basis
from tasnet_gui.analysis.frames import Coefficients, FrameGrid
from tasnet_gui.analysis.pooler import Activity, Pooler
from tasnet_gui.analysis.pooling import BUDGET, MaskPictures, mask_scale, w_scale
from tasnet_gui.domain import ModelCard, Progress, Recording, Separation
from tasnet_gui.engine import library
from tasnet_gui.engine.native import Channels, HighBand, Links, Native
from tasnet_gui.engine.rates import FADE, Source
from tasnet_gui.engine.separate import separating
from tasnet_gui.engine.watch import config_of, frames_of, grid_of, weights

if TYPE_CHECKING:
    from tasnet_gui.engine.compute import Compute
    from tasnet_gui.engine.stream import State

MARKS = 16 * 2**20  # bytes for all marks: 21 of the shipped causal model


class Mark(NamedTuple):
    """Where a causal model can be taken up again without hearing everything before."""

    second: int
    state: "State"  # on the CPU


@dataclass(frozen=True, eq=False)
class Inside:
    """What one separation left for looking inside."""

    recording: Recording
    model: ModelCard
    grid: FrameGrid
    pictures: MaskPictures  # of the whole recording, pooled
    activity: Activity  # the energy of every filter
    pieces: tuple[tuple[int, int], ...]  # [start, stop) seconds that were separated together
    marks: tuple[Mark, ...] = ()  # of a causal model
    native: Native | None = None  # what was decided on rate and channels; None is each channel in its full band

    @property
    def frames(self) -> int:
        """K, the frames over the whole recording."""
        return self.pictures.frames


def looking(
    recording: Recording,
    model: ModelCard,
    *,
    device: str = "auto",
    threads: int | None = None,
    begin: float | None = None,
    high_band: HighBand = "full",
    channels: Channels = "auto",
) -> Generator[Progress, None, tuple[Separation, Inside]]:
    """`separating` that also returns what there is to look at, from the same pass; at most 48 MB more.

    The arguments, errors and result are those of `separating`.
    """
    maker = _Maker(recording, model, high_band)
    separation = yield from separating(
        recording,
        model,
        device=device,
        threads=threads,
        high_band=high_band,
        channels=channels,
        watch=maker,
        begin=begin,
    )
    return separation, maker.inside()


def basis_of(model: ModelCard) -> Basis:
    """The learned basis of a model. It loads the weights.

    Raises:
        ModelError: they are missing or damaged.
    """
    net = library.load(model)
    return Basis(
        _numbers(net.encoder.weight.numpy()),
        _numbers(net.decoder.weight.numpy()),
        model.rate,
        net.config.encoder_activation == "relu",
    )


def starting_basis(model: ModelCard) -> Basis | None:
    """The basis that training of such a model begins with when it begins with phase quadruples, to be shown beside
    what was learned; None where its sizes allow none."""
    import torch

    from tasnet_gui.nets.conv_tasnet import phase_quadruples

    config = config_of(model)
    try:
        start = phase_quadruples(config).to(torch.float32).numpy()
    except ValueError:
        return None
    return Basis(_numbers(start), _numbers(start), model.rate, config.encoder_activation == "relu")


def receptive_field(model: ModelCard, seconds: float) -> tuple[float, float]:
    """The stretch of sound, in seconds, that the masks of the frame at a time depend on through the convolutions.

    The norms reach farther: over everything before (cLN), or over the whole piece (gLN), but only as two numbers each.
    """
    config, grid = config_of(model), grid_of(model)
    reach = config.receptive_field_frames - 1
    past, future = (reach, 0) if config.causal else (reach // 2, reach // 2)
    frame = round(grid.position(seconds))
    return grid.begin(frame - past) / grid.rate, (grid.begin(frame + future) + grid.kernel) / grid.rate


class _Maker:
    """A watch that pools what it sees."""

    def __init__(self, recording: Recording, model: ModelCard, high_band: HighBand) -> None:
        self._recording, self._model = recording, model
        self._native = Native(high_band, Links.each(recording.channels))
        self._source, self._grid, self._config = Source(recording, model.rate), grid_of(model), config_of(model)
        self._pooler: Pooler | None = None  # its scale needs the weights, which the first piece brings
        self._piece = (0, 0)
        self._pieces: list[tuple[int, int]] = []
        self._marks: list[Mark] = []
        self._spacing = 0  # seconds between marks, at least

    def begin(self, compute: "Compute", start: int, stop: int) -> None:
        if self._pooler is None:
            config = self._config
            shape = (self._recording.channels, config.sources, config.filters)
            encoder = _numbers(compute.net.encoder.weight.cpu().numpy())
            frames = frames_of(self._source, self._model)
            scales = w_scale(encoder), mask_scale(config.mask_activation)
            self._pooler = Pooler(self._grid, frames, shape, *scales, BUDGET)
        self._native = replace(self._native, links=compute.links)
        self._pooler.forget()
        self._piece = (start, stop)

    def forget(self) -> None:
        assert self._pooler is not None
        self._pooler.forget()

    def see(self, channel: int, first: int, w: Coefficients, masks: Coefficients) -> None:
        assert self._pooler is not None
        self._pooler.add(channel, first, w, masks, self._weights(first, len(w)))

    def finish(self, compute: "Compute", start: int, stop: int) -> None:
        assert self._pooler is not None
        last = stop >= self._source.seconds
        if compute.state is not None:
            first, final = 0, compute.state.frames
            if not last:
                self._mark(stop, compute.state)
        else:
            first, final = self._grid.inside(*self._known(start, stop))
        self._pooler.settle(self._pooler.frames if last else final, max(0, first))
        self._pieces.append((start, stop))

    def inside(self) -> Inside:
        assert self._pooler is not None
        return Inside(
            self._recording,
            self._model,
            self._grid,
            self._pooler.pictures(),
            self._pooler.activity(),
            tuple(sorted(self._pieces)),
            tuple(self._marks),
            self._native,
        )

    def _known(self, start: int, stop: int) -> tuple[float, float]:
        """The seconds around a piece that no other will have a part in."""
        before = start == 0 or any(end == start for _, end in self._pieces)
        after = any(begin == stop for begin, _ in self._pieces)
        return start + (-FADE if before else FADE) / 2, stop + (FADE if after else -FADE) / 2

    def _weights(self, first: int, count: int) -> NDArray[np.float32]:
        if self._model.causal:
            return np.ones(count, np.float32)
        return weights(self._grid, first, count, self._piece, self._source.seconds)

    def _mark(self, second: int, state: "State") -> None:
        """Keep a state, and every other one when they become too many."""
        if self._marks and second - self._marks[-1].second < self._spacing:
            return
        self._marks.append(Mark(second, state))
        if len(self._marks) > max(2, MARKS // state.nbytes):
            self._marks = self._marks[1::2]
            self._spacing = self._marks[1].second - self._marks[0].second


def _numbers(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """A copy that nobody can change."""
    copied = np.array(weights, np.float32)
    copied.setflags(write=False)
    return copied
