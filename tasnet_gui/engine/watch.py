"""Looking over the network's shoulder while it takes a recording apart. Needs no torch."""

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.analysis.frames import Coefficients, FrameGrid
from tasnet_gui.domain import ModelCard
from tasnet_gui.engine.rates import FADE, Source
from tasnet_gui.nets.config import ConvTasNetConfig

if TYPE_CHECKING:
    from tasnet_gui.engine.compute import Compute


class Watch(Protocol):
    """Is shown what the network makes of each piece. A piece may begin again, or a shorter one in its place."""

    def begin(self, compute: "Compute", start: int, stop: int) -> None:
        """A piece of [start, stop) seconds begins; what was seen of one that has not finished is void."""

    def forget(self) -> None:
        """The piece failed half-way and is done once more: what was seen of it is void."""

    def see(self, channel: int, first: int, w: Coefficients, masks: Coefficients) -> None:
        """Frames of the piece, or of the context around it: all at once, or in stretches that do not overlap.

        Args:
            channel: of the recording.
            first: the number of the first frame in the recording.
            w: the encoder's output, [K, N]; read it now, it is not kept.
            masks: [C, K, N].
        """

    def finish(self, compute: "Compute", start: int, stop: int) -> None:
        """The piece is done."""


def config_of(model: ModelCard) -> ConvTasNetConfig:
    """The config of a card."""
    return ConvTasNetConfig.from_dict(dict(model.config))


def grid_of(model: ModelCard) -> FrameGrid:
    """Where the frames of a model lie."""
    config = config_of(model)
    return FrameGrid(config.rate, config.kernel, config.stride, config.before)


def frames_of(source: Source, model: ModelCard) -> int:
    """K, the frames over a whole recording."""
    return config_of(model).frames(-(-source.recording.frames * source.model_rate // source.recording.rate))


def weights(grid: FrameGrid, first: int, count: int, piece: tuple[int, int], seconds: int) -> NDArray[np.float32]:
    """How much frames count in a piece that is crossfaded with its neighbours, 0..1; 0 in the context around it.

    Args:
        grid: of the frames.
        first: the number of the first frame.
        count: how many frames.
        piece: its [start, stop) in seconds.
        seconds: of the whole recording.
    """
    start, stop = piece
    times = grid.centre(first) + np.arange(count) * (grid.stride / grid.rate)
    rise = np.clip((times - start) / FADE + 0.5, 0, 1) if start > 0 else 1.0
    fall = np.clip((stop - times) / FADE + 0.5, 0, 1) if stop < seconds else 1.0
    return (np.ones(count) * rise * fall).astype(np.float32)
