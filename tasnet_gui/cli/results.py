"""What the commands that write one file have in common: its name decides what is written, and nothing is lost by it."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from tasnet_gui.audio.names import shown
from tasnet_gui.audio.staging import Staging, unwritable
from tasnet_gui.domain import UnwritableOutput

FIGURES = (".png", ".svg")
TABLES = (".npz", ".csv")


def configure(parser: argparse.ArgumentParser, drawn: str) -> None:
    """Add the arguments --out and --overwrite; `drawn` says what a figure shows."""
    parser.add_argument(
        "--out",
        type=_target,
        required=True,
        metavar="FILE",
        help=f".png or .svg: {drawn}; .npz or .csv: the numbers (docs/DATA.md)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it is there already")


def check(path: Path, overwrite: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuse early what `write` would refuse after long work.

    Raises:
        UnwritableOutput: the file is there already, or is an input.
    """
    if any(path.exists() and given.exists() and path.samefile(given) for given in inputs):
        raise UnwritableOutput(f"{shown(path)} is the recording itself.", "Choose another name.")
    if path.is_dir():
        raise UnwritableOutput(f"{shown(path)} is a folder.", "Choose another name.")
    if path.exists() and not overwrite:
        raise _taken(path)
    if not path.absolute().parent.is_dir():
        raise UnwritableOutput(f"There is no folder {shown(path.absolute().parent)}.", "Make it, or choose another.")


def write(path: Path, content: bytes, overwrite: bool) -> None:
    """Write a file whole or not at all.

    Raises:
        UnwritableOutput: it cannot be written, or is there already.
    """
    folder = path.absolute().parent
    try:
        with Staging(folder) as staging:
            sink = staging.sink()
            sink.write(content)
            sink.finish()
            staging.place([path.absolute()], overwrite)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise unwritable(error, folder, len(content)) from error


def _taken(path: Path) -> UnwritableOutput:
    return UnwritableOutput(f"{shown(path)} is there already.", "Choose another name, or add --overwrite.")


def _target(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in (*FIGURES, *TABLES):
        raise argparse.ArgumentTypeError(f"{text!r} must end in one of {', '.join((*FIGURES, *TABLES))}")
    return path
