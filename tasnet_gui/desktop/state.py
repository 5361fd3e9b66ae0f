"""What is on the screen, as one frozen value that `session` replaces whole."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tasnet_gui.desktop.work import Warmed
from tasnet_gui.domain import TRACKS, Mix, ModelCard, Recording, Separation

if TYPE_CHECKING:
    from tasnet_gui.analysis.measures import Values
    from tasnet_gui.engine.reference import Reference

OPENING, SEPARATING, EXPORTING, EDITING = "opening", "separating", "exporting", "editing"


@dataclass(frozen=True)
class State:
    """All that the small views need to draw themselves."""

    models: tuple[ModelCard, ...] = ()
    model: ModelCard | None = None
    recording: Recording | None = None
    separation: Separation | None = None  # of this recording, by this model
    task: str = ""  # what runs or waits now: OPENING, SEPARATING, EXPORTING, EDITING or ""
    subject: str = ""  # the file that the task is about
    stopping: bool = False  # it was cancelled and has not ended yet
    arriving: bool = False  # the first parts of a separation are there
    mix: Mix = field(default_factory=Mix)
    selection: tuple[float, float] | None = None  # seconds
    looping: bool = False
    device: str = "auto"
    threads: int = 0  # 0: the engine decides
    warmed: Warmed = field(default_factory=Warmed)
    matching: bool = False  # everything is to be heard equally loud; once that is measured, `mix.leveller` does it
    undoable: bool = False
    redoable: bool = False
    edited: bool = False  # masks were changed by hand
    reference: "Reference | None" = None  # what is truly in this recording
    measured: "tuple[tuple[Separation, Values], ...]" = ()  # its scores against that

    def scores(self, separation: Separation | None) -> "Values | None":
        """The scores of a result, once they are measured."""
        return next((values for known, values in self.measured if known is separation), None)

    @property
    def apart(self) -> bool:
        """Whether there is speech and noise to be heard."""
        return self.separation is not None or self.arriving

    @property
    def heard(self) -> str:
        """The one track that is heard, or "" when it is none or a mixture of several."""
        heard = self.mix.heard(TRACKS if self.apart else TRACKS[:1])
        return heard[0] if len(heard) == 1 else ""
