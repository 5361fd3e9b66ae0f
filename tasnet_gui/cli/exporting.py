"""What `tasnet separate` can be asked for about its files beside tracks and format, and what it may ask back."""

import argparse
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from tasnet_gui.audio.names import fill
from tasnet_gui.audio.outputs import FIELDS, listed, output_paths, taken
from tasnet_gui.audio.plans import LIKE_INPUT, TEMPLATE, Clipping, Conflict, Exported, ExportPlan, frames_in
from tasnet_gui.domain import BadRequest, Recording, Remix

ASK = "ask"
_CONFLICTS = ("number", "skip", "overwrite", ASK)
_ANSWERS: dict[str, Conflict] = {"n": "number", "s": "skip", "r": "overwrite"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--from", dest="start", type=_moment, metavar="TIME", help="write only from here on: 83.5, 1:23.5"
    )
    parser.add_argument("--to", dest="stop", type=_moment, metavar="TIME", help="write only up to here")
    parser.add_argument(
        "--template",
        type=_template,
        metavar="NAME",
        help=f"names of the files; fields are {', '.join(FIELDS)} (default: {TEMPLATE.replace('%', '%%')})",
    )
    parser.add_argument("--on-conflict", choices=_CONFLICTS, help="when a result is there already (default: number)")
    parser.add_argument(
        "--on-clipping",
        choices=get_args(Clipping),
        help="when a format would clip: one gain for all tracks, or a float format instead (default: gain)",
    )
    parser.add_argument("--no-tags", action="store_true", help="leave tags and broadcast chunks of the recording out")
    parser.add_argument(
        "--sidecar", action="store_true", help="write a JSON beside the files that tells how they were made"
    )


def check(arguments: argparse.Namespace) -> None:
    """Complain before any work.

    Raises:
        BadRequest: the arguments contradict each other.
    """
    if arguments.overwrite and arguments.on_conflict not in (None, "overwrite"):
        raise BadRequest(f"--overwrite and --on-conflict {arguments.on_conflict} contradict each other.", "Use one.")
    if arguments.on_conflict == ASK and not sys.stdin.isatty():
        raise BadRequest("There is no terminal to ask at.", "Choose --on-conflict number, skip or overwrite.")
    if arguments.stop is not None and arguments.stop <= (arguments.start or 0.0):
        raise BadRequest("The stretch ends before it begins.", "Give a --to that is later than --from.")


def check_stream(arguments: argparse.Namespace) -> None:
    """Complain of what a stream cannot heed. It has no tags that could be left out, so --no-tags is met.

    Raises:
        BadRequest: it is about files, or a GPU.
    """
    if arguments.device not in ("auto", "cpu") or arguments.bf16:
        asked = "--bf16" if arguments.bf16 else f"--device {arguments.device}"
        raise BadRequest("A stream is computed on the CPU: its blocks are too small for a GPU.", f"Leave out {asked}.")
    given = {
        "--from": arguments.start is not None,
        "--to": arguments.stop is not None,
        "--template": arguments.template is not None,
        "--on-conflict": arguments.on_conflict is not None,
        "--overwrite": arguments.overwrite,
        "--on-clipping": arguments.on_clipping is not None,
        "--sidecar": arguments.sidecar,
        "--format": arguments.format != LIKE_INPUT,
        "--remux": arguments.remux is not None,
        "--json": arguments.json,
    }
    if wrong := [option for option, there in given.items() if there]:
        raise BadRequest("A stream is one track as it comes, and no file.", f"Leave out {wrong[0]}.")


def plan(
    arguments: argparse.Namespace, tracks: tuple[str, ...], remix: Remix, reserved: set[Path], index: int
) -> ExportPlan:
    """What to write of one recording; a conflict to ask about is still open, and refused."""
    whole = arguments.start is None and arguments.stop is None
    conflict: str = arguments.on_conflict or ("overwrite" if arguments.overwrite else "number")
    return ExportPlan(
        arguments.output,
        tracks,
        arguments.format,
        arguments.template or TEMPLATE,
        "refuse" if conflict == ASK else cast(Conflict, conflict),
        frozenset(reserved),
        remix=remix,
        span=None if whole else (arguments.start or 0.0, math.inf if arguments.stop is None else arguments.stop),
        clipping=arguments.on_clipping or "gain",
        tags=not arguments.no_tags,
        sidecar=arguments.sidecar,
        index=index,
    )


def settled(
    plan: ExportPlan, recording: Recording, model: str, ask: bool, answer: Callable[[str], str] = input
) -> tuple[ExportPlan, Exported | None]:
    """The plan once it is known which names are taken, before the long work; and the result, if there is nothing to do.

    Raises:
        BadRequest: the plan makes no sense, or nobody answers.
    """
    frames_in(recording, plan.span)
    if plan.conflict not in ("skip", "refuse"):
        return plan, None
    paths = output_paths(recording, plan, model)
    there = taken(paths, recording, plan)
    if there and ask:
        plan = replace(plan, conflict=_asked(listed(there.values()), answer))
    if plan.conflict == "skip" and all(track in there for track in plan.tracks):
        return plan, Exported((), notes=(f"{listed(there.values())}: there already, so nothing was done.",))
    return plan, None


def _asked(names: str, answer: Callable[[str], str]) -> Conflict:
    """Ask until an answer is understood; Enter numbers, the one that changes nothing."""
    while True:
        print(f"{names} exists already. [n]umber the new files, [s]kip, [r]eplace, [q]uit? ", end="", file=sys.stderr)
        sys.stderr.flush()
        try:
            letter = answer("").strip().lower()[:1] or "n"
        except EOFError:
            letter = "q"
        if letter == "q":
            raise KeyboardInterrupt
        if letter in _ANSWERS:
            return _ANSWERS[letter]


def _moment(text: str) -> float:
    """Seconds, from "83.5", "1:23.5" or "1:02:03"."""
    parts = text.split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 3 or not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write seconds, or 1:23.5")
    return sum(number * 60**place for place, number in enumerate(reversed(numbers)))


def _template(text: str) -> str:
    try:
        fill(text, dict.fromkeys(FIELDS, "x"), ".wav")
    except BadRequest as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text
