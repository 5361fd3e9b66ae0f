"""The names that the files of an export get: legal everywhere, all different, and never the recording's own."""

import os
from collections.abc import Iterable
from datetime import date
from itertools import count
from pathlib import Path

from tasnet_gui.audio.names import fill, fold, shown
from tasnet_gui.audio.plans import SIDECAR, ExportPlan, format_for, frames_in
from tasnet_gui.domain import AUDIBLE, BadRequest, Recording

FIELDS = {
    "stem": "the recording's name without its ending",
    "track": "speech, noise and so on",
    "model": "the model's name",
    "date": "today, as in 2026-11-29",
    "rate": "of the files, in Hz",
    "index": "the number of the recording among several: 01",
    "from": "where the stretch begins, as in 12.5s",
    "to": "where it ends",
}


def output_paths(recording: Recording, plan: ExportPlan, model: str = "") -> dict[str, Path]:
    """The file that each track goes to, as things are now, and the one of the sidecar; nothing is touched.

    All names are legal on every system and different from each other, whatever the case. When a conflict is met by
    numbers, all tracks of a recording get the same one. With "skip" and "refuse" the names may be `taken`.

    Raises:
        BadRequest: an unknown track, format or template field, or a stretch without sound.
    """
    if unknown := [track for track in plan.tracks if track not in AUDIBLE]:
        raise BadRequest(f"There is no track {unknown[0]!r}.", f"Choose from {', '.join(AUDIBLE)}.")
    if not plan.tracks:
        raise BadRequest("No track was chosen.", f"Choose from {', '.join(AUDIBLE)}.")
    choices = (_numbered(recording, plan, model, number) for number in count(1))
    plain = plan.conflict in ("skip", "refuse")
    return next(paths for paths in choices if plain or not taken(paths, recording, plan))


def taken(paths: dict[str, Path], recording: Recording, plan: ExportPlan) -> dict[str, Path]:
    """Those of these files whose names are taken; with "overwrite", those that are nothing to overwrite."""
    protected = [path for path in (*plan.reserved, recording.path) if path]

    def is_taken(path: Path) -> bool:
        if any(same_file(path, other) for other in protected):
            return True
        return os.path.isdir(path) or (plan.conflict != "overwrite" and os.path.lexists(path))

    return {track: path for track, path in paths.items() if is_taken(path)}


def same_file(path: Path, other: Path) -> bool:
    """Whether two names mean one file: by case, through symbolic or hard links."""
    if fold(path.name) == fold(other.name) and _real(path.parent) == _real(other.parent):
        return True
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False


def fields(recording: Recording, plan: ExportPlan, model: str) -> dict[str, str]:
    """What the template's fields stand for, but for {track}."""
    start, stop = frames_in(recording, plan.span)
    return {
        "stem": recording.stem,
        "track": "",
        "model": model,
        "date": date.today().isoformat(),
        "rate": str(format_for(plan, recording).rate_for(recording.rate)),
        "index": f"{plan.index:02d}",
        "from": _seconds(start / recording.rate),
        "to": _seconds(stop / recording.rate),
    }


def _numbered(recording: Recording, plan: ExportPlan, model: str, number: int) -> dict[str, Path]:
    template = plan.template
    if "{track}" not in template and len(plan.tracks) > 1:
        template += "_{track}"  # or they would all have one name
    tail = f" ({number})" if number > 1 else ""
    known = fields(recording, plan, model)

    def path(track: str, suffix: str) -> Path:
        return plan.folder / fill(template, {**known, "track": track}, tail + suffix)

    suffix = format_for(plan, recording).suffix
    paths = {track: path(track, suffix) for track in plan.tracks}
    return paths | ({SIDECAR: path("export", ".json")} if plan.sidecar else {})


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def _real(folder: Path) -> str:
    return fold(os.path.realpath(folder))


def listed(paths: Iterable[Path], most: int = 3) -> str:
    """Some names in a sentence: "a.wav, b.wav and 3 more"."""
    names = [shown(path) for path in paths]
    more = len(names) - most
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:most])} and {more} more"
