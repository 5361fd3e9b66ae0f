"""The frozen values of a batch: a file that is to be done, how far it is, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tasnet_gui.audio.names import shown
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.domain import Progress

Kind = Literal["waiting", "reading", "separating", "writing", "done", "skipped", "failed", "cancelled"]
ACTIVE: frozenset[Kind] = frozenset(("reading", "separating", "writing"))
ENDED: frozenset[Kind] = frozenset(("done", "skipped", "failed", "cancelled"))


@dataclass(frozen=True)
class BatchState:
    """How far a file is."""

    kind: Kind = "waiting"
    done: float = 0.0  # 0..1 of this phase
    remaining: float | None = None  # seconds; None while nothing honest can be said
    reason: str = ""  # why it was skipped or failed, a sentence
    todo: str = ""  # what to do about it, a sentence

    @property
    def active(self) -> bool:
        return self.kind in ACTIVE

    @property
    def ended(self) -> bool:
        return self.kind in ENDED


WAITING = BatchState()


@dataclass(frozen=True)
class Found:
    """A file that a scan came upon. One that is no sound is skipped from the start, with the reason in its state."""

    source: str  # a path or a URL
    relative: str = ""  # its folder inside the tree that was given, for `mirror`; "" at the top
    size: int = 0  # bytes; 0 when it is not known
    state: BatchState = WAITING


@dataclass(frozen=True)
class Levels:
    """How loud a track is. None where silence has no number."""

    peak: float | None  # dBFS, of the loudest sample of all channels
    rms: float | None  # dBFS, over all channels
    loudness: float | None  # LUFS, integrated (ITU-R BS.1770-4)


@dataclass(frozen=True)
class Outcome:
    """What came of a file that is done."""

    outputs: Mapping[str, str]  # path or URL by track, in the order of the options
    rate: int  # Hz
    channels: int
    frames: int
    container: str  # of the input, libsndfile's names
    subtype: str
    model: str
    sha256: str  # of its weights
    device: str
    device_note: str
    seconds: float  # of separating
    elapsed: float  # seconds of everything: reading, separating, measuring, writing
    null_db: float | None  # of mixture - (speech + noise); None when the sum is exact
    gain_db: float  # of all outputs alike; not 0 only when the format would have clipped
    clipped: int  # places in the recording that were cut off at full scale
    levels: Mapping[str, Levels]  # of "mixture", "speech", "noise", and "remix" if it was asked for, before the gain
    scores: Mapping[str, float | None] = field(default_factory=dict)  # against the reference, when there is one
    notes: tuple[str, ...] = ()  # what a person should know, each a sentence

    @property
    def duration(self) -> float:
        """Seconds of sound."""
        return self.frames / self.rate

    @property
    def rtf(self) -> float:
        """Real-time factor: seconds of separating per second of sound."""
        return self.seconds / self.duration


@dataclass(frozen=True)
class BatchItem:
    """A row of the queue; replaced whole when something about it changes."""

    id: int  # of its own in this queue, also after it was removed
    source: str  # a path or a URL
    options: BatchOptions
    relative: str = ""
    size: int = 0  # bytes of the input; 0 when it is not known
    duration: float | None = None  # seconds; None until the header was read
    state: BatchState = WAITING
    outcome: Outcome | None = None  # once it is done

    @property
    def path(self) -> Path:
        """The input's path; of a URL only its end makes sense."""
        return Path(self.source)

    @property
    def name(self) -> str:
        """The input's name for the screen."""
        return shown(self.source)

    @property
    def folder(self) -> Path | None:
        """Where the results lie, once there are some."""
        outputs = self.outcome.outputs if self.outcome else {}
        return next((Path(path).parent for path in outputs.values()), None)


@dataclass(frozen=True)
class Step(Progress):
    """How far the whole batch has come, and the item that changed, if one did."""

    item: BatchItem | None = None


@dataclass(frozen=True)
class News:
    """What changed in a queue since a version of it."""

    version: int  # to ask with, next time
    items: tuple[BatchItem, ...]  # that are new or changed, as they are now
    order: tuple[int, ...] | None  # all ids in order when rows came, went or moved; None when not


@dataclass(frozen=True)
class Overall:
    """How far a queue is."""

    counts: Mapping[Kind, int]  # how many items are in each state; those with none are left out
    done: float = 0.0  # 0..1 of the work
    remaining: float | None = None  # seconds, from the speed measured; None while nothing honest can be said
    sound: float = 0.0  # seconds of sound that were separated
    active: float = 0.0  # seconds that the batch has worked
