"""What is known of the network's inside: one frozen value that every view of it draws from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tasnet_gui.domain import ModelCard, Recording, Separation

if TYPE_CHECKING:
    from tasnet_gui.analysis.basis import Basis
    from tasnet_gui.analysis.edits import MaskEdit
    from tasnet_gui.analysis.frames import FrameSpan
    from tasnet_gui.analysis.measures import Values
    from tasnet_gui.analysis.orders import Order
    from tasnet_gui.engine.inside import Inside
    from tasnet_gui.engine.reference import Reference


@dataclass(frozen=True, eq=False)
class Learned:
    """What a model learned, whatever it hears."""

    basis: "Basis"
    orders: Mapping[str, "Order"]  # those that need no recording


@dataclass(frozen=True)
class Result:
    """What one model made of the recording."""

    separation: Separation
    inside: "Inside"
    learned: Learned | None
    scores: "Values | None" = None  # against the reference, once there is one


@dataclass(frozen=True, eq=False)
class Inspection:
    """The network on the screen, and what it made of the recording. What is not known yet is None."""

    model: ModelCard | None = None
    recording: Recording | None = None
    separation: Separation | None = None
    inside: "Inside | None" = None
    learned: Learned | None = None
    results: tuple[Result, ...] = ()  # of all models that have taken this recording apart
    order_name: str = "similarity"
    orders: Mapping[str, "Order"] = field(default_factory=dict)  # those that are known
    lit: tuple[int, ...] = ()  # filters, by their numbers in the network
    channel: int = 0  # of the recording
    edits: tuple["MaskEdit", ...] = ()  # masks changed by hand
    reference: "Reference | None" = None  # what is truly in the recording
    scores: "Values | None" = None  # of the separation on the screen, which may have been edited
    spans: tuple["FrameSpan", ...] = ()  # stretches at full resolution, the latest first

    @property
    def order(self) -> "Order | None":
        """Which filter stands in which row in every view: as chosen, or in another way while that is not known."""
        return self.orders.get(self.order_name) or next(iter(self.orders.values()), None)

    def covering(self, start: float, stop: float) -> "FrameSpan | None":
        """The stretch at full resolution that holds [start, stop) seconds."""
        return next((span for span in self.spans if span.covers(start, stop)), None)
