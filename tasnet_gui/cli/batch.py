"""`tasnet batch`: files and folders in, results and a report out; what was interrupted can be gone on with."""

import argparse
import json
import os
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tasnet_gui.audio.filming import SOUNDS
from tasnet_gui.audio.formats import EXPORTS
from tasnet_gui.batch import memory, presets, report
from tasnet_gui.batch.items import BatchItem, Found, Step
from tasnet_gui.batch.options import CONFLICTS, FIELDS, TEMPLATE, BatchOptions
from tasnet_gui.batch.queue import Queue, absolute
from tasnet_gui.batch.run import Running, running
from tasnet_gui.batch.scan import scanning
from tasnet_gui.cli.native import add_native
from tasnet_gui.cli.terminal import Bar, complain
from tasnet_gui.domain import AUDIBLE, REMIX, SOURCES, STRONGEST, BadRequest, finish, strength_of
from tasnet_gui.engine import device, library

NAME = "batch"
HELP = "Take many recordings apart: whole folders, with a report, and to be gone on with after an interruption."

_FIELDS = ", ".join(f"{{{field}}}" for field in FIELDS)
_OPTIONS = ("model", "device", "high_band", "channels", "threads", "format", "mirror", "template")  # by the same name


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments. Those of the options are None unless they are given: a preset may say them."""
    parser.add_argument("inputs", nargs="*", metavar="IN", help="sound files, and folders that hold some; also URLs")
    parser.add_argument("-o", "--output", metavar="DIR", help="folder for the results (default: beside the inputs)")
    parser.add_argument("--mirror", action="store_true", default=None, help="repeat the folders of IN below DIR")
    parser.add_argument("--preset", metavar="P", help="options that were saved in the window")
    parser.add_argument("--model", metavar="NAME|PATH", help=f"see `tasnet models` (default: {library.DEFAULT})")
    parser.add_argument("--device", choices=device.CHOICES, help="where to compute (default: auto)")
    add_native(parser)
    parser.add_argument("--threads", type=int, metavar="N", help="of the CPU per file (default: all cores but one)")
    formats = ", ".join(EXPORTS)
    parser.add_argument("--format", metavar="F", help=f"input (like the recording; the default), {formats}")
    tracks = f"which of {','.join(AUDIBLE)} (default: {','.join(SOURCES)}; with --strength: {REMIX})"
    parser.add_argument("--tracks", metavar="T", help=tracks)
    strength = f"lower the noise in the {REMIX} by 0 to {STRONGEST:.0f} dB, or off for speech alone (default: 12)"
    parser.add_argument("--strength", metavar="DB", help=strength)
    films = "write films as films again with this track as their sound; other files stay sound"
    parser.add_argument("--remux", choices=SOUNDS, metavar="T", help=films)
    parser.add_argument("--template", metavar="NAME", help=f"of {_FIELDS} (default: {TEMPLATE})")
    parser.add_argument("--on-conflict", choices=CONFLICTS, help="when a result is there already (default: number)")
    parser.add_argument("--references", metavar="DIR", help="true speech to score against, named as the inputs")
    parser.add_argument("--report", type=Path, metavar="FILE", help="a table (.csv) or all of it (.json)")
    parser.add_argument("--resume", action="store_true", help="go on with the batch that was interrupted")
    parser.add_argument("--retry", action="store_true", help="with --resume: also do again what failed")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes side by side (default: 1)")
    parser.add_argument("--low-priority", action="store_true", help="leave the CPU to other programs")
    parser.add_argument("--cluster", metavar="ADDRESS", help="work on the Dask cluster of this scheduler")
    parser.add_argument("--json", action="store_true", help="print one JSON object per file")


def run(arguments: argparse.Namespace) -> int:
    """Do the batch. A file that fails does not stop the others.

    Raises:
        TasnetError: it cannot begin, or its journal cannot be written.
    """
    base = presets.load(arguments.preset) if arguments.preset else BatchOptions()
    given = _given(arguments, base)
    options = replace(base, **given).checked()
    _check(arguments, options)
    queue = _queue(arguments, options, given)
    try:
        _work(queue, arguments)
    except KeyboardInterrupt:
        complain(f"Left to do: {queue.unfinished}. The same command with --resume goes on with that.")
        raise
    finally:
        queue.close()
        if arguments.report:
            report.write(arguments.report, queue.items)
    complain(_summary(queue))
    return 1 if queue.overall.counts.get("failed") else 0


def _given(arguments: argparse.Namespace, base: BatchOptions) -> dict[str, Any]:
    """The options that were given, also by a preset. A strength without tracks says that a remix is wanted."""
    values = {
        **{key: getattr(arguments, key) for key in _OPTIONS},
        "conflict": arguments.on_conflict,
        "remux": arguments.remux,
        "references": arguments.references,
        "folder": arguments.output,
        "tracks": tuple(track.strip() for track in arguments.tracks.split(",")) if arguments.tracks else None,
    }
    given = {key: value for key, value in values.items() if value is not None}
    if arguments.strength is not None:
        plain = REMIX not in base.tracks and not arguments.tracks
        tracks = (REMIX,) if plain else given.get("tracks", base.tracks)
        if REMIX not in tracks:
            raise BadRequest(f"The strength is that of the {REMIX}, which is not written.", f"Add {REMIX} to --tracks.")
        given |= {"strength": strength_of(arguments.strength), "tracks": tracks}
    if arguments.preset:  # all that it says is asked for
        given = {field.name: getattr(base, field.name) for field in fields(base)} | given
    return given | {key: absolute(given[key]) for key in ("folder", "references") if given.get(key)}


def _check(arguments: argparse.Namespace, options: BatchOptions) -> None:
    """Complain of what would fail for every file, before the first.

    Raises:
        TasnetError: something would.
    """
    if not arguments.inputs and not (arguments.resume and options.folder):
        raise BadRequest("No files were named.", "Name some, or a folder that holds them.")
    if not arguments.inputs and not memory.begun(memory.place_for(options.folder)):
        what = f"There is no batch to go on with in {options.folder}."
        raise BadRequest(what, "Name the folder of its results with -o, or the files that are to be done.")
    if arguments.retry and not arguments.resume:
        raise BadRequest("A batch that begins anew has nothing to do again.", "Add --resume, or leave out --retry.")
    if arguments.cluster and (arguments.jobs != 1 or arguments.low_priority):
        raise BadRequest("A cluster has its own processes.", "Leave out --jobs and --low-priority.")
    if arguments.jobs < 1:
        raise BadRequest(f"{arguments.jobs} jobs cannot do anything.", "Choose at least 1.")
    if arguments.report:
        report.check_path(arguments.report)
    library.card(options.model)
    if arguments.jobs == 1 and not arguments.low_priority and not arguments.cluster:
        device.choose(options.device)  # imports torch, which only those who compute need


def _queue(arguments: argparse.Namespace, options: BatchOptions, given: dict[str, Any]) -> Queue:
    """The files to do, with what an interrupted batch has done of them."""
    place = memory.place_for(options.folder, arguments.inputs)
    if arguments.resume and memory.begun(place):
        queue = memory.resume_queue(place)
    else:
        if (earlier := memory.look(place)) and earlier.left:
            complain(f"An earlier batch left {earlier.left} files here; this one begins anew, for lack of --resume.")
        queue = memory.new_queue(place)
    try:
        if queue.items:
            options = _same(queue.items[0].options, given)
        if arguments.retry:
            _retry(queue, arguments.inputs)
        for row in queue.add(_new(queue, arguments, options), options):
            if row.state.ended:
                _tell(row, arguments.json)
        if not queue.items:
            raise BadRequest("There is nothing to do.", "Name some sound files, or folders that hold them.")
    except BaseException:
        queue.close()
        raise
    return queue


def _retry(queue: Queue, inputs: list[str]) -> None:
    """Do again what failed. A folder that could not be searched is nothing to be done, but to be searched again, if it
    lies in the inputs; else it stays as it is."""
    failed = [row for row in queue.items if row.state.kind == "failed"]
    folders = {row.id for row in failed if os.path.isdir(row.path)}
    again = [
        row.id for row in failed if row.id in folders and any(_inside(row.source, absolute(path)) for path in inputs)
    ]
    queue.retry([row.id for row in failed if row.id not in folders])
    queue.remove(again)


def _same(options: BatchOptions, given: dict[str, Any]) -> BatchOptions:
    """The options of an interrupted batch, which what was given now must not contradict."""
    wanted = replace(options, **given).checked()
    for key, value in options.as_dict().items():
        if wanted.as_dict()[key] != value:
            todo = "Repeat the command as it was, or begin anew without --resume."
            raise BadRequest(f"The interrupted batch has another {key}: {value!r}.", todo)
    return options


def _new(queue: Queue, arguments: argparse.Namespace, options: BatchOptions) -> list[Found]:
    """What the inputs hold that is not in the queue, nor came out of it or of an earlier batch here.

    What an earlier one wrote is taken when it is named itself.
    """
    written = queue.results | (queue.earlier - {absolute(path) for path in arguments.inputs})
    there = {row.source for row in queue.items} | written  # URLs are not skipped by the search
    skipped = [*written, *([arguments.report] if arguments.report else [])]
    folder = options.folder
    if folder and not any(_inside(path, folder) for path in arguments.inputs):
        skipped.append(folder)
    with Bar("batch") as bar:
        found = finish(scanning(arguments.inputs, skip=skipped), bar.phase(0.0, 1.0))
    return [file for file in found if absolute(file.source) not in there]


def _work(queue: Queue, arguments: argparse.Namespace) -> None:
    """Run the queue to its end, and tell of each file that comes to its own."""
    total = len(queue.items)
    with Bar("batch") as bar, closing(_running(queue, arguments)) as work:
        tell = bar.phase(0.0, 1.0)
        for step in work:
            if step.item and step.item.state.ended:
                _tell(step.item, arguments.json)
            tell(replace(step, phase=_phase(step, total - queue.unfinished, total)))


def _running(queue: Queue, arguments: argparse.Namespace) -> Running:
    if not arguments.cluster:
        return running(queue, jobs=arguments.jobs, low_priority=arguments.low_priority)
    from tasnet_gui.batch.cluster import running_on

    return running_on(queue, arguments.cluster)


def _phase(step: Step, ended: int, total: int) -> str:
    return f"{ended} of {total}" + (f", {step.item.name}" if step.item else "")


def _tell(row: BatchItem, as_json: bool) -> None:
    """On standard output what was written, on standard error why nothing was. The report has the notes on the rest."""
    with tqdm.external_write_mode():  # the bar makes room
        if as_json:
            print(json.dumps(report.row(row)), flush=True)
        elif row.outcome:
            for path in row.outcome.outputs.values():
                print(path, flush=True)
        if not row.outcome and (not as_json or row.state.kind == "failed"):
            complain(" ".join(filter(None, (row.state.reason, row.state.todo))), row.name)


def _summary(queue: Queue) -> str:
    overall = queue.overall
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(overall.counts.items()))
    return f"{counts}; {overall.sound:.0f} s of sound. This run took {overall.active:.0f} s."


def _inside(path: str, folder: str) -> bool:
    """Whether an input lies in the folder of the results, or is it."""
    return absolute(path) == folder or Path(absolute(path)).is_relative_to(folder)
