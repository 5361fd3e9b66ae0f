"""`tasnet models`: which models there are, what is known of one, bringing one's own and removing it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tasnet_gui import places
from tasnet_gui.audio.names import shown
from tasnet_gui.cli import enginepage, modelpage
from tasnet_gui.cli.terminal import complain
from tasnet_gui.domain import SOURCES, BadRequest
from tasnet_gui.engine import imports, library, own_models

NAME = "models"
HELP = "List the models that recordings can be taken apart with; show, import or remove one."

_NOISE_FIRST = ",".join(reversed(SOURCES))


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    _add_json(parser, default=False)
    parser.set_defaults(act=_list)
    actions = parser.add_subparsers(title="actions (default: list)", metavar="ACTION")

    def action(name: str, act: Any, about: str) -> argparse.ArgumentParser:
        part = actions.add_parser(name, help=about, description=about, allow_abbrev=False)
        part.set_defaults(act=act)
        return part

    _add_json(action("list", _list, "List the models."))
    show = action("show", _show, "Print all that is known of a model.")
    show.add_argument(
        "model",
        nargs="?",
        default=library.DEFAULT,
        metavar="NAME|PATH",
        help="as `tasnet models` lists it, or a model's folder (default: %(default)s)",
    )
    show.add_argument("--engine", action="store_true", help="print what models are run with on this machine instead")
    _add_json(show)
    _configure_import(action("import", _import, "Make a model of your own from a checkpoint. Nothing in it is run."))
    remove = action("remove", _remove, "Remove a model of your own.")
    remove.add_argument("name", metavar="NAME", help="of a model that was imported")
    remove.add_argument("--yes", action="store_true", help="do not ask")


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked for.

    Raises:
        TasnetError: it cannot be done.
    """
    code: int = arguments.act(arguments)
    return code


def _configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a ConvTasNet of asteroid (as model.serialize() is saved) or of torchaudio (a state dict), "
        "or the folder of a model of this program",
    )
    parser.add_argument("--name", default="", help="of the model (default: made from the file's)")
    parser.add_argument("--title", default="", help="for people (default: the name)")
    parser.add_argument("--rate", type=int, metavar="HZ", help="sample rate, where the file does not say it")
    parser.add_argument("--licence", default="", metavar="TEXT", help="of the weights, where the file does not say it")
    parser.add_argument(
        "--arguments",
        type=Path,
        metavar="JSON",
        help="of torchaudio's constructor (default: the .json beside the file)",
    )
    parser.add_argument(
        "--order",
        choices=(",".join(SOURCES), _NOISE_FIRST),
        default=",".join(SOURCES),
        metavar="ORDER",
        help=f"what the file's outputs are: %(default)s (the default) or {_NOISE_FIRST}",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a model of your own that has the name")
    _add_json(parser)


def _add_json(parser: argparse.ArgumentParser, default: Any = argparse.SUPPRESS) -> None:
    """An option of the command and of its actions; what an action says counts."""
    parser.add_argument("--json", action="store_true", default=default, help="print one JSON object with all of it")


def _list(arguments: argparse.Namespace) -> int:
    """Print the models on standard output; what is wrong with others on standard error."""
    cards, problems = library.cards(), library.problems()
    if arguments.json:
        print(json.dumps({"models": [modelpage.as_values(card) for card in cards], "problems": problems}, indent=2))
        return 0
    width = max((len(card.name) for card in cards), default=0)
    for card in cards:
        print(modelpage.line(card, width))
    for problem in problems:
        complain(problem)
    if not cards:
        complain(f"There are no models. Put one into {places.user_models()}.")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    if arguments.engine:
        values = enginepage.as_values()
        print(json.dumps(values, indent=2) if arguments.json else enginepage.page(values))
        return 0
    card = library.card(arguments.model)
    print(json.dumps(modelpage.as_values(card), indent=2) if arguments.json else modelpage.page(card))
    return 0


def _import(arguments: argparse.Namespace) -> int:
    request = imports.Request(
        path=arguments.file,
        name=arguments.name,
        title=arguments.title,
        rate=arguments.rate,
        licence=arguments.licence,
        arguments=arguments.arguments,
        noise_first=arguments.order == _NOISE_FIRST,
        overwrite=arguments.overwrite,
    )
    imported = imports.bring_in(request)
    if arguments.json:
        print(json.dumps({"model": modelpage.as_values(imported.card), "notes": imported.notes}, indent=2))
        return 0
    print(imported.card.name)
    for note in imported.notes:
        complain(note, shown(arguments.file))
    complain(f"Use it with `tasnet separate --model {imported.card.name}`.")
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    folder = own_models.find(arguments.name)
    if not arguments.yes and not _agreed(f"Remove {folder} for good? [y/N] "):
        complain("Nothing was removed.")
        return 1
    own_models.remove(arguments.name)
    return 0


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise BadRequest("Nobody is there to be asked.", "Say --yes to remove it without being asked.")
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
