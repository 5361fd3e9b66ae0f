"""`tasnet separate`: recordings in, speech and noise out."""

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tasnet_gui.audio.exports import LIKE_INPUT, Exported, ExportPlan, check_folder
from tasnet_gui.audio.exports import exporting as exporting_files
from tasnet_gui.audio.files import reading
from tasnet_gui.audio.formats import EXPORTS, format_named
from tasnet_gui.audio.names import shown
from tasnet_gui.audio.streams import raw_format
from tasnet_gui.cli import exporting, pipe, remuxing
from tasnet_gui.cli.native import add_native, refuse_native
from tasnet_gui.cli.terminal import Bar, complain
from tasnet_gui.domain import (
    AUDIBLE,
    REMIX,
    SOURCES,
    STRONGEST,
    BadRequest,
    ModelCard,
    Remix,
    Separation,
    TasnetError,
    finish,
    strength_of,
)
from tasnet_gui.engine import device, library
from tasnet_gui.engine.native import CHANNELS, HIGH_BANDS
from tasnet_gui.engine.separate import separate

NAME = "separate"
HELP = "Take recordings apart into speech and noise. Files that are there already are left alone."

_PIPE = Path("-")  # where a file is expected

Value = TypeVar("Value")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "inputs",
        nargs="+",
        type=Path,
        metavar="IN",
        help='sound files; or "- -" to stream from standard input to standard output, speech or what --tracks says, '
        "with a causal model",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder for the results")
    parser.add_argument(
        "--model",
        metavar="NAME|PATH",
        help=f"see `tasnet models` (default: {library.DEFAULT}, for streams {pipe.CAUSAL})",
    )
    parser.add_argument("--device", choices=device.CHOICES, default="auto", help="where to compute (default: auto)")
    parser.add_argument(
        "--threads",
        type=_checked(_threads),
        metavar="N",
        help="of the CPU (default: one less than there are cores; in a stream 1)",
    )
    parser.add_argument(
        "--bf16", action="store_true", help="let a GPU multiply in bfloat16: faster, 52 dB from the exact result"
    )
    add_native(parser)
    parser.add_argument(
        "--format",
        type=_checked(_format),
        default=LIKE_INPUT,
        metavar="FORMAT",
        help=f"{LIKE_INPUT} (like the recording; the default), {', '.join(EXPORTS)}",
    )
    parser.add_argument(
        "--tracks",
        type=_checked(_tracks),
        metavar="TRACKS",
        help=f"which of {','.join(AUDIBLE)} to write, or all (default: {','.join(SOURCES)}; with --strength: {REMIX})",
    )
    parser.add_argument(
        "--strength",
        type=_checked(strength_of),
        metavar="DB",
        help=f"by how much the noise is lowered in the {REMIX}: 0 to {STRONGEST:.0f} dB, or off for speech alone "
        f"(default: {Remix().strength:.0f})",
    )
    parser.add_argument(
        "--raw",
        type=_checked(raw_format),
        metavar="RATE,CHANNELS,ENCODING",
        help="the stream is bare samples, such as 48000,2,s16le or 16000 for 16000,1,s16le (default: a WAV)",
    )
    remuxing.configure(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace earlier results instead of numbering")
    exporting.configure(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object per recording")


def run(arguments: argparse.Namespace) -> int:
    """Take each recording apart. One that fails does not stop the others.

    Raises:
        TasnetError: it cannot begin at all.
    """
    if _PIPE in arguments.inputs:
        return _stream(arguments)
    nowhere = arguments.output is None and not arguments.remux
    if nowhere or arguments.raw:
        wrong = "Where to?" if nowhere else "Files have headers of their own."
        raise BadRequest(wrong, "Give a folder with -o DIR." if nowhere else "Leave out --raw.")
    tracks, remix = chosen_tracks(arguments.tracks, arguments.strength)
    model = library.card(arguments.model or library.DEFAULT)
    exporting.check(arguments)
    remuxing.check(arguments)
    device.choose(arguments.device)
    for folder in remuxing.folders(arguments):
        check_folder(folder)
    taken, failed = set(arguments.inputs), False
    for index, path in enumerate(arguments.inputs, 1):
        plan = remuxing.placed(exporting.plan(arguments, tracks, remix, taken, index), path)
        try:
            with Bar(shown(path)) as bar:
                separation, exported = _take_apart(path, model, plan, arguments, bar)
        except (TasnetError, OSError, MemoryError) as error:
            failed = True
            _tell_failure(path, error, arguments.json)
        else:
            taken.update(exported.paths)
            _tell_result(path, separation, plan, exported, arguments.json)
    return 1 if failed else 0


def chosen_tracks(tracks: tuple[str, ...] | None, strength: float | None) -> tuple[tuple[str, ...], Remix]:
    """The tracks to write, and what a remix is. A strength says that a remix is wanted.

    Raises:
        BadRequest: the strength would change nothing that is written.
    """
    if strength is None:
        return tracks or SOURCES, Remix()
    if tracks and REMIX not in tracks:
        raise BadRequest(f"The strength is that of the {REMIX}, which is not written.", f"Add {REMIX} to --tracks.")
    return tracks or (REMIX,), Remix.of_strength(strength)


def _stream(arguments: argparse.Namespace) -> int:
    """From standard input to standard output."""
    if arguments.inputs != [_PIPE, _PIPE] or arguments.output:
        raise BadRequest("A stream goes from standard input to standard output.", "Write: tasnet separate - -")
    exporting.check_stream(arguments)
    refuse_native(arguments)
    one = SOURCES[:1] if arguments.strength is None else None
    tracks, remix = chosen_tracks(arguments.tracks or one, arguments.strength)
    if len(tracks) > 1 or tracks[0] == "mixture":
        raise BadRequest("A stream holds one track.", f"Choose --tracks {', '.join(SOURCES)} or {REMIX}.")
    return pipe.run(arguments.model, tracks[0], arguments.raw, arguments.threads, remix)


def _take_apart(
    path: Path, model: ModelCard, plan: ExportPlan, arguments: argparse.Namespace, bar: Bar
) -> tuple[Separation | None, Exported]:
    recording = finish(reading(path), bar.phase(0.0, 0.05))
    plan = remuxing.for_recording(plan, recording, arguments.remux)
    plan, done = exporting.settled(plan, recording, model.name, arguments.on_conflict == exporting.ASK)
    if done:
        return None, done
    separation = separate(
        recording,
        model,
        device=arguments.device,
        threads=arguments.threads,
        bf16=arguments.bf16,
        high_band=arguments.high_band or HIGH_BANDS[0],
        channels=arguments.channels or CHANNELS[0],
        progressed=bar.phase(0.05, 0.9),
    )
    return separation, finish(exporting_files(separation, plan), bar.phase(0.9, 1.0))


def _tell_result(
    path: Path, separation: Separation | None, plan: ExportPlan, exported: Exported, as_json: bool
) -> None:
    """On standard output the files that were written, one per line; what else there is to know on standard error."""
    notes = (*separation.recording.notes, *separation.notes, *exported.notes) if separation else exported.notes
    if as_json:
        outputs = {track: str(file) for track, file in exported.outputs.items()}
        result: dict[str, object] = {"input": str(path), "outputs": outputs}
        result |= {"sidecar": str(exported.sidecar)} if exported.sidecar else {}
        result |= _facts(separation) if separation else {}
        result |= {"gain_db": round(exported.gain_db, 2), "notes": list(notes)}
        if REMIX in exported.tracks:
            result["strength_db"] = plan.remix.strength if math.isfinite(plan.remix.strength) else "off"
        print(json.dumps(result), flush=True)
        return
    for file in (*exported.paths, *filter(None, [exported.sidecar])):
        print(file, flush=True)
    for note in notes:
        complain(note, shown(path))


def _facts(separation: Separation) -> dict[str, object]:
    recording = separation.recording
    return {
        "rate": recording.rate,
        "channels": recording.channels,
        "frames": recording.frames,
        "model": separation.model.name,
        "sha256": separation.model.sha256,
        "device": separation.device,
        "device_note": separation.device_note,
        "seconds": round(separation.seconds, 3),
        "speed": round(separation.speed, 2),
        "null_db": round(separation.null_db, 1) if math.isfinite(separation.null_db) else None,
    }


def _tell_failure(path: Path, error: Exception, as_json: bool) -> None:
    sentence = str(error) or "There is not enough memory."
    if as_json:
        print(json.dumps({"input": str(path), "error": sentence}), flush=True)
    complain(sentence, shown(path))


def _checked(parse: Callable[[str], Value]) -> Callable[[str], Value]:
    """A parser of an argument whose complaints argparse shows, with exit code 2."""

    def checked(text: str) -> Value:
        try:
            return parse(text)
        except (BadRequest, ValueError) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return checked


def _threads(text: str) -> int:
    return device.thread_count(int(text))


def _format(text: str) -> str:
    return LIKE_INPUT if text == LIKE_INPUT else format_named(text).key


def _tracks(text: str) -> tuple[str, ...]:
    if text.strip() == "all":
        return AUDIBLE
    tracks = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if unknown := [track for track in tracks if track not in AUDIBLE]:
        raise BadRequest(f"There is no track {unknown[0]!r}.", f"Choose from {', '.join(AUDIBLE)}.")
    return tracks
