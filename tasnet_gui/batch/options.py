"""What is to be done to the files of a batch: one frozen value, which presets and the journal keep as JSON."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from tasnet_gui.audio.exports import LIKE_INPUT
from tasnet_gui.audio.filming import SOUNDS
from tasnet_gui.audio.formats import format_named
from tasnet_gui.audio.names import fill
from tasnet_gui.domain import AUDIBLE, SOURCES, BadRequest, Remix, strength_of
from tasnet_gui.engine import device, library
from tasnet_gui.engine.native import Channels, HighBand, check

Conflict = Literal["number", "skip", "overwrite"]
CONFLICTS: tuple[Conflict, ...] = get_args(Conflict)
TEMPLATE = "{stem}_{track}"
FIELDS = {
    "stem": "the file's name without its ending",
    "track": "speech, noise and so on",
    "model": "the model's name",
    "date": "the day on which it was begun, as in 2026-11-29",
    "rate": "of the results, in Hz",
    "index": "the number of the file in the queue, as in 001",
}


@dataclass(frozen=True)
class BatchOptions:
    """What to do with a file, and where its results go.

    With an empty `folder` they go beside the input; otherwise there, and with `mirror` into the folder of the same
    name as in the tree that was given. `folder` and `references` may be URLs that fsspec knows.
    """

    model: str = library.DEFAULT  # a name or a folder, as `engine.library.card` takes it
    device: str = "auto"
    high_band: HighBand = "full"
    channels: Channels = "auto"
    threads: int | None = None  # of the CPU, for each file that is being separated; None leaves one core to others
    tracks: tuple[str, ...] = SOURCES
    format: str = LIKE_INPUT  # or a key of audio.formats.EXPORTS
    folder: str = ""
    mirror: bool = False
    template: str = TEMPLATE  # with `FIELDS`
    conflict: Conflict = "number"
    strength: float = 12.0  # dB by which the noise is lowered in the remix; infinity leaves it out
    remux: str = ""  # the track that films get as their sound, to be written as films again; "" writes them as sound
    references: str = ""  # a folder with the true speech under the inputs' names; "" when it is not known

    def checked(self) -> "BatchOptions":
        """The same, with the format's key in the place of a common name. The model is not looked for.

        Raises:
            BadRequest: a value makes no sense.
        """
        if not self.tracks or (unknown := [track for track in self.tracks if track not in AUDIBLE]):
            wrong = f"There is no track {unknown[0]!r}." if self.tracks else "No track was chosen."
            raise BadRequest(wrong, f"Choose from {', '.join(AUDIBLE)}.")
        if self.device not in device.CHOICES:
            raise BadRequest(f"There is no device {self.device!r}.", f"Choose one of: {', '.join(device.CHOICES)}.")
        if self.conflict not in CONFLICTS:
            raise BadRequest(
                f"There is no way {self.conflict!r} to meet a conflict.", f"Choose: {', '.join(CONFLICTS)}."
            )
        if self.remux and self.remux not in SOUNDS:
            raise BadRequest(f"A film cannot get the track {self.remux!r}.", f"Choose from {', '.join(SOUNDS)}.")
        check(self.high_band, self.channels)
        device.thread_count(self.threads)
        preview(self)
        key = LIKE_INPUT if self.format == LIKE_INPUT else format_named(self.format).key
        strength = strength_of(str(self.strength))
        return replace(self, format=key, tracks=tuple(dict.fromkeys(self.tracks)), strength=strength)

    @property
    def remix(self) -> Remix:
        """What the track of this name is."""
        return Remix.of_strength(self.strength)

    @property
    def whole_template(self) -> str:
        """The template, with a place for the track when there are several."""
        several = len(self.tracks) > 1 and "{track}" not in self.template
        return self.template + "_{track}" if several else self.template

    def as_dict(self) -> dict[str, Any]:
        """For JSON, which has no infinity."""
        strength = "off" if math.isinf(self.strength) else self.strength
        return asdict(self) | {"tracks": list(self.tracks), "strength": strength}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "BatchOptions":
        """Options from JSON; what is left out has its default.

        Raises:
            BadRequest: an unknown key, a value of the wrong kind, or one without sense.
        """
        known = {field.name: _KINDS[field.name] for field in fields(cls)}
        for key, value in values.items():
            if key not in known:
                raise BadRequest(f"There is no option {key!r} of a batch.", f"Choose from {', '.join(known)}.")
            if type(value) not in known[key] or (key == "tracks" and not all(isinstance(name, str) for name in value)):
                raise BadRequest(f"The option {key!r} of a batch cannot be {value!r}.")
        tracks = {"tracks": tuple(values["tracks"])} if "tracks" in values else {}
        strength = {"strength": strength_of(str(values["strength"]))} if "strength" in values else {}
        return cls(**{**values, **tracks, **strength}).checked()


def preview(options: BatchOptions, stem: str = "interview") -> tuple[str, ...]:
    """The names that the tracks of a file would get; without a suffix when that is the input's.

    Raises:
        BadRequest: the template has an unknown field or is too long, or there is no such format.
    """
    form = None if options.format == LIKE_INPUT else format_named(options.format)
    values = {
        "stem": stem,
        "model": Path(options.model).name,
        "date": date.today().isoformat(),
        "rate": str(form.rate_for(_RATE) if form else _RATE),
        "index": numbered(1),
    }
    suffix = form.suffix if form else ""
    return tuple(fill(options.whole_template, {**values, "track": track}, suffix) for track in options.tracks)


def numbered(index: int) -> str:
    """The number of a file for its name, which sorts up to a thousand files."""
    return f"{index:03d}"


_RATE = 48_000  # Hz, of the example
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("model", "device", "high_band", "channels", "format", "folder", "template"), (str,)),
    **dict.fromkeys(("conflict", "remux", "references"), (str,)),
    "threads": (int, type(None)),
    "tracks": (list, tuple),
    "mirror": (bool,),
    "strength": (int, float, str),
}
