"""How a recording's own rate and channels are met: what is asked for, and what that means for one recording."""

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tasnet_gui.domain import BadRequest, Samples

HighBand = Literal["full", "model", "noise"]
HIGH_BANDS: tuple[HighBand, ...] = get_args(HighBand)  # the default first

Channels = Literal["auto", "linked", "each"]
CHANNELS: tuple[Channels, ...] = get_args(Channels)


@dataclass(frozen=True)
class Links:
    """Neighbouring channels that share their masks, which the network makes of what they have in common.

    So a voice stays at its place between the loudspeakers, and two channels cost hardly more than one.
    """

    sizes: tuple[int, ...]  # of the groups, in the order of the channels: (2, 1, 1, 2)

    @classmethod
    def each(cls, channels: int) -> "Links":
        """Every channel by itself."""
        return cls((1,) * channels)

    @property
    def channels(self) -> int:
        return sum(self.sizes)

    @property
    def alone(self) -> bool:
        """Whether no channel shares its masks."""
        return all(size == 1 for size in self.sizes)

    @property
    def groups(self) -> tuple[slice, ...]:
        """The channels of each group."""
        stops = np.cumsum(self.sizes)
        return tuple(slice(int(stop) - size, int(stop)) for stop, size in zip(stops, self.sizes, strict=True))

    @property
    def weights(self) -> NDArray[np.float32]:
        """The mean of each group as a matrix: [groups, channels]."""
        matrix = np.zeros((len(self.sizes), self.channels), np.float32)
        for row, group in zip(matrix, self.groups, strict=True):
            row[group] = 1 / (group.stop - group.start)
        return matrix

    def heard(self, sound: Samples) -> Samples:
        """What the network is to hear: the mean of each group.

        Args:
            sound: [channels, frames], or of several pieces one below the other.

        Returns:
            [groups, frames], or those of all pieces; a channel by itself is what it was.
        """
        if self.alone:
            return sound
        pieces = sound.reshape(-1, self.channels, sound.shape[-1])
        heard: Samples = np.matmul(self.weights, pieces).reshape(-1, sound.shape[-1])
        return heard

    def around(self, channel: int) -> tuple[int, slice]:
        """The number of a channel's group, and all channels in it."""
        return next((n, group) for n, group in enumerate(self.groups) if group.start <= channel < group.stop)

    def only(self, group: int) -> "Links":
        """Those of one group."""
        return Links((self.sizes[group],))


@dataclass(frozen=True)
class Native:
    """What was decided for one recording."""

    high_band: HighBand = "full"
    links: Links = field(default_factory=lambda: Links.each(1))

    def only(self, group: int) -> "Native":
        """The same for one group of channels."""
        return replace(self, links=self.links.only(group))


def check(high_band: str, channels: str) -> None:
    """Complain of choices that there are not.

    Raises:
        BadRequest: one of them is unknown.
    """
    if high_band not in HIGH_BANDS:
        raise BadRequest(f"There is no choice {high_band!r} for the high band.", f"Choose: {', '.join(HIGH_BANDS)}.")
    if channels not in CHANNELS:
        raise BadRequest(f"There is no choice {channels!r} for the channels.", f"Choose: {', '.join(CHANNELS)}.")
