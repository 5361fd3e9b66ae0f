"""What became of every file of a batch, as a table or as JSON. Numbers have a dot in every country."""

import csv
import errno
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tasnet_gui import __version__
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.staging import unwritable, write_whole
from tasnet_gui.batch.items import BatchItem, Levels
from tasnet_gui.batch.options import BatchOptions
from tasnet_gui.domain import AUDIBLE, REMIX, BadRequest

SUFFIXES = (".csv", ".json")
VERSION = 1  # of the JSON
_SCORES = ("si_sdr", "si_sdr_improvement", "sdr", "sdr_improvement")
_MEASURES = {"peak": "peak_dbfs", "rms": "rms_dbfs", "loudness": "loudness_lufs"}

# The columns whose values differ each time that the same work is done.
TIMES = ("seconds", "elapsed", "rtf")


def check_path(path: Path) -> None:
    """Complain of a report that could not be written, before the work.

    Raises:
        BadRequest: its name does not say which kind it is, or no file can have it.
        UnwritableOutput: its folder takes no files.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadRequest(f"{path} is no name for a report.", f"Let it end in {' or '.join(SUFFIXES)}.")
    if path.is_dir():
        raise BadRequest(f"{shown(path)} is a folder.", "Name a file in it.")
    folders = path.absolute().parents
    folder = next((place for place in folders if os.path.lexists(place)), folders[-1])  # the others will be made
    if not os.path.isdir(folder):
        raise BadRequest(f"The report cannot lie in {shown(folder)}, which is no folder.", "Choose another place.")
    if not os.access(folder, os.W_OK):
        raise unwritable(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), folder)


def write(path: Path, items: Iterable[BatchItem]) -> None:
    """A report of these items, in their order; an older one at its place is replaced.

    Raises:
        BadRequest: the name ends neither in .csv nor in .json.
        UnwritableOutput: it cannot be written.
    """
    check_path(path)
    text = as_csv(items) if path.suffix.lower() == ".csv" else as_json(items)
    write_whole(path, text.encode("utf-8", "backslashreplace"))


def row(item: BatchItem) -> dict[str, Any]:
    """All that is known of an item, flat. None where there is nothing to be known.

    Times are in seconds. `seconds` is that of separating, `rtf` the same per second of sound, `elapsed` that of
    everything. Levels are those before `gain_db`.
    """
    outcome = item.outcome
    values: dict[str, Any] = {
        "input": item.source,
        "state": item.state.kind,
        "reason": " ".join(filter(None, (item.state.reason, item.state.todo))),
        "duration": _rounded(item.duration, 6),
        "rate": outcome and outcome.rate,
        "channels": outcome and outcome.channels,
        "container": outcome and outcome.container,
        "subtype": outcome and outcome.subtype,
        **{f"output_{track}": outcome and outcome.outputs.get(track) for track in AUDIBLE},
        "model": outcome and outcome.model,
        "sha256": outcome and outcome.sha256,
        "device": outcome and outcome.device,
        "seconds": outcome and _rounded(outcome.seconds, 3),
        "elapsed": outcome and _rounded(outcome.elapsed, 3),
        "rtf": outcome and _rounded(outcome.rtf, 4),
        "null_db": outcome and _rounded(outcome.null_db, 1),
        "gain_db": outcome and _rounded(outcome.gain_db, 2),
        "clipped": outcome and outcome.clipped,
        "strength_db": item.options.as_dict()["strength"] if outcome and REMIX in outcome.outputs else None,
    }
    for track in AUDIBLE:
        levels = (outcome.levels if outcome else {}).get(track, Levels(None, None, None))
        values |= {f"{track}_{name}": _rounded(getattr(levels, key), 2) for key, name in _MEASURES.items()}
    values |= {key: _rounded(outcome.scores.get(key), 2) if outcome else None for key in _SCORES}
    return values | {"notes": " ".join(outcome.notes) if outcome else ""}


def as_csv(items: Iterable[BatchItem]) -> str:
    """A table with a line for each item, after RFC 4180; what is not known is empty."""
    rows = [row(item) for item in items]
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_json(items: Iterable[BatchItem]) -> str:
    """An object with a summary and the same rows."""
    items = tuple(items)
    done = [item.outcome for item in items if item.outcome]
    counts: dict[str, int] = {}
    for item in items:
        counts[item.state.kind] = counts.get(item.state.kind, 0) + 1
    summary = {
        "files": len(items),
        **counts,
        "duration": round(sum(outcome.duration for outcome in done), 3),
        "seconds": round(sum(outcome.seconds for outcome in done), 3),
    }
    rows = [row(item) for item in items]
    return json.dumps({"report": VERSION, "version": __version__, "summary": summary, "items": rows}, indent=1) + "\n"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits) + 0.0  # -0.0 becomes 0.0


_COLUMNS = tuple(row(BatchItem(0, "", BatchOptions())))  # what nothing is known of has them all
