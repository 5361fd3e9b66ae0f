"""What is to be done to the files of a batch: one frozen value, which presets and the journal keep as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal, get_args

from tasnet_gui.audio.exports import LIKE_INPUT
from tasnet_gui.audio.formats import format_named
from tasnet_gui.audio.names import fill
from tasnet_gui.domain import SOURCES, TRACKS, BadRequest
from tasnet_gui.engine import device, library

Conflict = Literal["number", "skip", "overwrite"]
CONFLICTS: tuple[Conflict, ...] = get_args(Conflict)
TEMPLATE = "{stem}_{track}"


@dataclass(frozen=True)
class BatchOptions:
    """What to do with a file, and where its results go.

    With an empty `folder` they go beside the input; otherwise there, and with `mirror` into the folder of the same
    name as in the tree that was dropped. `folder` and `references` may be URLs that fsspec knows.
    """

    model: str = library.DEFAULT  # a name or a folder, as `engine.library.card` takes it
    device: str = "auto"
    threads: int | None = None
    tracks: tuple[str, ...] = SOURCES
    format: str = LIKE_INPUT  # or a key of audio.formats.EXPORTS
    folder: str = ""
    mirror: bool = False
    template: str = TEMPLATE  # {stem}, {track}, {model}, {date}
    conflict: Conflict = "number"
    references: str = ""  # a folder with the true speech under the inputs' names; "" when it is not known

    def checked(self) -> "BatchOptions":
        """The same with the format's key in the place of a common name; the model is not looked for.

        Raises:
            BadRequest: a value that makes no sense.
        """
        return self

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "BatchOptions":
        """Options from JSON.

        Raises:
            BadRequest: an unknown key, or a value of the wrong kind or without sense.
        """
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def preview(options: BatchOptions, stem: str = "interview") -> tuple[str, ...]:
    """The names that the tracks of a file would get, with the suffix left out when it is the input's.

    Raises:
        BadRequest: the template has an unknown field, or is too long.
    """
    fields_of = {"stem": stem, "model": options.model, "date": date.today().isoformat()}
    suffix = "" if options.format == LIKE_INPUT else format_named(options.format).suffix
    return tuple(fill(whole(options), {**fields_of, "track": track}, suffix) for track in options.tracks)


def whole(options: BatchOptions) -> str:
    """The template with a place for the track when there are several."""
    several = len(options.tracks) > 1 and "{track}" not in options.template
    return options.template + "_{track}" if several else options.template


__all__ = ["CONFLICTS", "TEMPLATE", "TRACKS", "BadRequest", "BatchOptions", "Conflict", "device", "fields", "preview"]
