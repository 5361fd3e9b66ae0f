"""The frozen values that every floor of the house speaks in, and the errors it may raise.

Sound is always float32 with shape [channels, frames] and full scale at +-1.0; it may be a memory map when it is long.
Times are in seconds, positions in frames of the recording's own rate, levels in dBFS.
"""

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Result = TypeVar("Result")

SOURCES = ("speech", "noise")  # the order of the network's outputs (C in the paper)
TRACKS = ("mixture", *SOURCES)  # the order of the lanes on the screen
REMIX = "remix"  # speech and noise put together again; made block by block wherever it is heard or written
AUDIBLE = (*TRACKS, REMIX)  # all that can be heard and written

OFF = -math.inf  # a level in dB that lets nothing through
LOUDEST = 12.0  # dB, of a part of the remix
STRONGEST = 60.0  # dB by which the noise of the remix can be lowered before it is off


class TasnetError(Exception):
    """What went wrong, in a sentence for a person: what happened, to which file, and what to do next.

    Args:
        what: what happened, naming the file; ends with a full stop.
        todo: the next step, a sentence; may be empty.
    """

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(f"{what} {todo}".strip())
        self.what = what
        self.todo = todo


class UnreadableAudio(TasnetError):
    """The file holds no sound that can be used."""


class EmptyAudio(UnreadableAudio):
    """The file is in order, but there is no sound in it."""


class UnwritableOutput(TasnetError):
    """The result cannot be written where it was asked for. Nothing half-written stays behind."""


class ModelError(TasnetError):
    """A model is missing, damaged, or disagrees with its card."""


class DeviceError(TasnetError):
    """A compute or sound device cannot do what was asked."""


class BadRequest(TasnetError):
    """The request itself makes no sense: an unknown model, an impossible setting."""


class Cancelled(TasnetError):
    """The person changed their mind."""

    def __init__(self) -> None:
        super().__init__("Cancelled.")


@dataclass(frozen=True, eq=False)
class Recording:
    """A sound as it was opened. Two recordings are the same only if they are the same object."""

    samples: Samples  # [channels, frames]
    rate: int  # Hz
    path: Path | None = None  # None when the sound did not come from a file
    container: str = "WAV"  # libsndfile's name of the major format: WAV, FLAC, OGG, MP3, ...
    subtype: str = "FLOAT"  # libsndfile's name of the encoding: PCM_16, PCM_24, FLOAT, VORBIS, ...
    replaced: int = 0  # samples that were no level (not finite, or beyond 2**31) and became 0
    notes: tuple[str, ...] = ()  # what the reader had to work around, each a sentence
    picture: bool = False  # it is the sound of a film
    stamp: tuple[int, int] | None = None  # of the file when it was opened: its bytes, and when it was changed, in ns

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        return int(self.samples.shape[1])

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.rate

    @property
    def name(self) -> str:
        return self.path.name if self.path else "Untitled"

    @property
    def stem(self) -> str:
        return self.path.stem if self.path else "untitled"


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model without loading its weights; the JSON beside them, checked."""

    name: str  # the folder's name: "speech-noise"
    title: str  # for people: "Best quality"
    description: str
    config: Mapping[str, Any]  # the fields of nets.config.ConvTasNetConfig
    rate: int  # Hz
    sha256: str  # of the weights file
    licence: str
    folder: Path
    weights: str = "weights.safetensors"  # the file's name in the folder
    training: Mapping[str, Any] = field(default_factory=dict)  # data, steps, hours, command
    scores: Mapping[str, Any] = field(default_factory=dict)  # what `tasnet evaluate` measured
    parameters: int = 0
    sources: tuple[str, ...] = SOURCES

    @property
    def causal(self) -> bool:
        return bool(self.config["causal"])


@dataclass(frozen=True)
class Part:
    """A finished stretch of a separation that still runs: frames [start, stop) of the recording."""

    start: int
    speech: Samples  # [channels, stop - start]
    noise: Samples
    preview: bool = False  # nearly what it will be: the stretch comes again when it is computed

    @property
    def stop(self) -> int:
        return self.start + int(self.speech.shape[1])


@dataclass(frozen=True)
class Progress:
    """How far a piece of long work has come. Long work is a generator of these; its result is what it returns."""

    done: float  # 0..1
    phase: str = ""  # "Reading", "Loading the model", "Separating", "Writing"
    remaining: float | None = None  # seconds; None while nothing honest can be said
    part: Part | None = None


def finish(work: Generator[Progress, None, Result], progressed: Callable[[Progress], None] | None = None) -> Result:
    """Run long work to its end and return its result, telling `progressed` on the way."""
    while True:
        try:
            progress = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        if progressed:
            progressed(progress)


@dataclass(frozen=True)
class Remix:
    """What the track "remix" is made of: speech and noise, each as loud as the person wants it.

    Levels are in dB against the source, at most `LOUDEST`; `OFF` silences.

    Raises:
        ValueError: a level is too high, or no number.
    """

    speech_db: float = 0.0
    noise_db: float = -12.0

    def __post_init__(self) -> None:
        if not (self.speech_db <= LOUDEST and self.noise_db <= LOUDEST):  # also refuses NaN
            raise ValueError(f"A remix of speech at {self.speech_db} dB and noise at {self.noise_db} dB is too loud.")

    @classmethod
    def of_strength(cls, strength: float) -> "Remix":
        """Speech as it is, noise lowered by this many dB: 0 is the mixture, infinity the speech alone."""
        return cls(0.0, -strength)

    @property
    def strength(self) -> float:
        """By how many dB the noise is lowered: 0 where it is not, infinity where it is off."""
        return max(0.0, -self.noise_db)

    @property
    def gains(self) -> tuple[float, float]:
        """Of speech and of noise, linear."""
        return _linear(self.speech_db), _linear(self.noise_db)


def strength_of(text: str) -> float:
    """The strength that somebody typed: dB, or "off" for infinity.

    Raises:
        BadRequest: it is neither.
    """
    try:
        strength = math.inf if text.strip().lower() == "off" else float(text)
    except ValueError:
        strength = math.nan
    if 0 <= strength <= STRONGEST or strength == math.inf:
        return strength
    raise BadRequest(f"{text!r} is no strength.", f"Choose 0 to {STRONGEST:.0f} dB, or off to leave out all noise.")


@dataclass(frozen=True, eq=False)
class Separation:
    """A recording taken apart: speech + noise = recording, sample by sample, to float32 rounding.

    A partial one leaves out what lies above the model's band: speech + noise = the rest of the recording.
    """

    recording: Recording
    model: ModelCard
    speech: Samples  # [channels, frames], at the recording's own rate
    noise: Samples  # the same shape
    device: str = "cpu"  # where it was computed: "cpu", "cuda", "mps"
    device_note: str = ""  # why a GPU was not used, when it was not
    seconds: float = 0.0  # wall time of the computation
    null_db: float = -float("inf")  # level of mixture - (speech + noise) re full scale
    notes: tuple[str, ...] = ()  # what the person should know of this result
    partial: bool = False

    def track(self, name: str) -> Samples:
        """The samples of "mixture", "speech" or "noise": [channels, frames]."""
        return {"mixture": self.recording.samples, "speech": self.speech, "noise": self.noise}[name]

    @property
    def speed(self) -> float:
        """Seconds of sound per second of computing (1 / RTF)."""
        return self.recording.duration / self.seconds if self.seconds > 0 else 0.0


class Leveller(Protocol):
    """Makes everything that can be heard of a separation equally loud."""

    @property
    def target(self) -> float | None:
        """LUFS that all are brought to; None where nothing can be measured, so that nothing changes."""
        ...

    def factor(self, mixture: float, speech: float, noise: float) -> float:
        """What a mix of these linear gains is to be multiplied with."""
        ...


@dataclass(frozen=True)
class Mix:
    """What is heard: which tracks, how loud. Gains are linear."""

    solo: frozenset[str] = frozenset()
    mute: frozenset[str] = frozenset()
    volume: float = 1.0  # of everything
    remix: Remix = Remix()
    leveller: Leveller | None = None  # for listening only; None leaves all levels as they are

    def anew(self) -> "Mix":
        """The same for another recording: nothing is soloed, muted or matched any more."""
        return replace(self, solo=frozenset(), mute=frozenset(), leveller=None)

    def heard(self, tracks: tuple[str, ...]) -> tuple[str, ...]:
        """What sounds of these tracks: the mixture, or the remix, or some of the sources. Nothing is heard twice.

        Solo wins. Without it the mixture is heard, or what is left of it: muting speech leaves the noise, muting the
        mixture leaves speech and noise by themselves. A name that is not among `tracks` (yet) counts for nothing, and
        the remix as little while one of the sources is missing.
        """
        if REMIX in self.solo and set(SOURCES) <= set(tracks):
            return (REMIX,)
        soloed = [name for name in tracks if name in self.solo]
        heard = soloed or [name for name in tracks if name not in self.mute]
        part_muted = not soloed and any(name in self.mute for name in tracks if name != "mixture")
        if "mixture" in heard:
            heard = [name for name in heard if name != "mixture"] if part_muted else ["mixture"]
        return tuple(heard)

    def gains(self, tracks: tuple[str, ...]) -> tuple[float, ...]:
        """One gain per track. The remix has none of its own: it is speech and noise, each with the gain that it says.

        A source that is muted is missing in the remix, too.
        """
        gains = dict.fromkeys(self.heard(tracks), 1.0)
        if REMIX in gains:
            remixed = zip(SOURCES, self.remix.gains, strict=True)
            gains = {name: 0.0 if name in self.mute else gain for name, gain in remixed}
        volume = self.volume
        if self.leveller:
            volume *= self.leveller.factor(*(gains.get(name, 0.0) for name in TRACKS))
        return tuple(volume * gains.get(name, 0.0) for name in tracks)


def _linear(decibels: float) -> float:
    return float(10 ** (decibels / 20))
