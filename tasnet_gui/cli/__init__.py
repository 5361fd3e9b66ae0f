"""The command line: `tasnet separate | models | basis | ...`, one file each.

Exit codes: 0 all is done, 1 something failed, 2 the command makes no sense, 130 Ctrl-C.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Protocol

from tasnet_gui import __version__
from tasnet_gui.cli import basis, batch, evaluate, masks, models, separate, train
from tasnet_gui.cli.terminal import complain, speak_everywhere
from tasnet_gui.domain import BadRequest, TasnetError


class Command(Protocol):
    """What a file of this folder holds. Importing it must be quick: torch is imported by `run`, if at all."""

    NAME: str
    HELP: str

    def configure(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, arguments: argparse.Namespace) -> int: ...


COMMANDS: tuple[Command, ...] = (separate, batch, models, basis, masks, evaluate, train)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code; the arguments are the program's own unless given."""
    speak_everywhere()
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except TasnetError as error:
        complain(str(error))
        return 2 if isinstance(error, BadRequest) else 1
    except KeyboardInterrupt:
        complain("Stopped.")
        return 130
    except BrokenPipeError:  # whoever read our output has heard enough
        _hush()
        return 1
    except OSError as error:  # a full disk, a file in the place of a folder: nothing that a traceback would tell better
        complain(_sentence(error))
        _hush()
        return 1


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
        code: int = arguments.run(arguments)
        return code
    except SystemExit as end:  # argparse has said what it had to say
        return end.code if isinstance(end.code, int) else 0


def _sentence(error: OSError) -> str:
    what = f"{os.fsdecode(error.filename)} cannot be used" if error.filename else "Something was not read or written"
    return f"{what}: {error.strerror or error}. Choose another place, or make room there."


def _hush() -> None:
    """Throw away what standard output does not take: Python would try it once more at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tasnet", description="Take any recording apart into speech and noise.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"tasnet {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        part = commands.add_parser(command.NAME, help=command.HELP, description=command.HELP, allow_abbrev=False)
        command.configure(part)
        part.set_defaults(run=command.run)
    return parser
