"""`--remux`: films are written as films again, with another sound."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tasnet_gui.audio.filming import SOUNDS, refusal
from tasnet_gui.audio.plans import FILM, ExportPlan
from tasnet_gui.domain import BadRequest, Recording, UnwritableOutput


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the argument."""
    parser.add_argument(
        "--remux",
        choices=SOUNDS,
        metavar="TRACK",
        help=f"write films as films again, with {', '.join(SOUNDS[:-1])} or {SOUNDS[-1]} as their sound; pictures are "
        "copied. Without -o, beside the film. What is no film is written as sound",
    )


def check(arguments: argparse.Namespace) -> None:
    """Complain before any work.

    Raises:
        BadRequest: a stretch of a film is asked for.
    """
    if arguments.remux and (arguments.start is not None or arguments.stop is not None):
        raise BadRequest("A film is written whole, not a stretch of it.", "Leave out --from and --to, or --remux.")


def folders(arguments: argparse.Namespace) -> Iterator[Path]:
    """Where files will be written, each folder once."""
    if arguments.output is not None:
        yield arguments.output
    else:
        yield from dict.fromkeys(path.parent for path in arguments.inputs if path.parent.is_dir())


def placed(plan: ExportPlan, path: Path) -> ExportPlan:
    """The plan with a folder: the recording's own when none was given."""
    return plan if plan.folder is not None else replace(plan, folder=path.parent)


def for_recording(plan: ExportPlan, recording: Recording, track: str | None) -> ExportPlan:
    """The plan as it is for this recording: a film is written as a film when that was asked for.

    Raises:
        UnwritableOutput: it is a film of another kind.
    """
    if not track or not recording.picture:
        return plan
    if why := refusal(recording):
        raise UnwritableOutput(why, "Leave out --remux to write the tracks as sound files.")
    return replace(plan, format=FILM, tracks=(track,))
