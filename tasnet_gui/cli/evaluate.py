"""`tasnet evaluate`: models measured on mixtures whose parts are known."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tasnet_gui import places
from tasnet_gui.audio.staging import write_whole
from tasnet_gui.cli.terminal import Bar, complain
from tasnet_gui.domain import BadRequest, finish
from tasnet_gui.engine import device as devices
from tasnet_gui.engine import library

if TYPE_CHECKING:
    from tasnet_gui.training.evaluate import Evaluation
    from tasnet_gui.training.testset import Testset

NAME = "evaluate"
HELP = "Measure models on mixtures of a corpus, or on recordings whose speech is known."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME|PATH",
        help="what to measure; may be given several times, for one table (default: all that `tasnet models` lists)",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--corpus", type=Path, metavar="DIR", help="make mixtures of the corpus in this folder")
    source.add_argument(
        "--pairs", type=Path, metavar="CSV", help="paths of sound files in columns mixture, speech and, if known, noise"
    )
    parser.add_argument("--split", default="test", help="of the corpus (default: %(default)s)")
    parser.add_argument("--count", type=int, default=200, metavar="N", help="of mixtures (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="another one makes other mixtures")
    parser.add_argument("--device", choices=devices.CHOICES, default="auto", help="where to compute (default: auto)")
    parser.add_argument("--threads", type=int, metavar="N", help="of the CPU (default: one less than there are cores)")
    parser.add_argument("--json", type=Path, metavar="F", help="write everything, file by file")
    parser.add_argument("--html", type=Path, metavar="F", help="write a page, with the worst files to listen to")
    parser.add_argument("--write-card", action="store_true", help="write the scores into each model's card")
    parser.add_argument(
        "--cache", type=Path, default=places.cache_folder() / "corpus", metavar="DIR", help="for the decoded corpus"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure and print. A file that cannot be read does not stop the others.

    Raises:
        TasnetError: it cannot begin, or a report cannot be written.
    """
    cards = [library.card(name) for name in arguments.model] if arguments.model else library.cards()
    if not cards:
        raise BadRequest("There are no models to measure.", "Name one with --model.")
    threads = devices.thread_count(arguments.threads)
    for path in filter(None, (arguments.json, arguments.html)):  # said now, not after minutes of measuring
        if not path.parent.is_dir():
            raise BadRequest(f"There is no folder {path.parent} for {path.name}.")
        if path.is_dir():
            raise BadRequest(f"{path} is a folder.", "Name a file in it.")
    from tasnet_gui.training import report, summary
    from tasnet_gui.training.evaluate import evaluating

    test = _testset(arguments)
    with Bar("evaluate") as bar:
        work = evaluating(test, cards, device=arguments.device, threads=threads)
        evaluation = finish(work, bar.phase(0.0, 1.0))
    print(summary.tables(evaluation), flush=True)  # before anything is written that could fail
    if arguments.json:
        values = json.dumps(summary.as_values(evaluation), indent=1, allow_nan=False)
        write_whole(arguments.json, f"{values}\n".encode())
    if arguments.write_card:
        _write_cards(evaluation)
    if arguments.html:
        with Bar("evaluate") as bar:
            writing = report.writing(evaluation, test, arguments.html, device=arguments.device, threads=threads)
            finish(writing, bar.phase(0.0, 1.0))
    return 1 if evaluation.failures else 0


def _testset(arguments: argparse.Namespace) -> "Testset":
    from tasnet_gui.training.corpus import opening
    from tasnet_gui.training.testset import CorpusMixtures, Pairs

    if arguments.pairs:
        return Pairs(arguments.pairs)
    with Bar(str(arguments.corpus)) as bar:
        corpus = finish(opening(arguments.corpus, arguments.split, arguments.cache), bar.phase(0.0, 1.0))
    name = f"{arguments.corpus.resolve().name}, split {arguments.split}"
    return CorpusMixtures(corpus, name, arguments.count, arguments.seed)


def _write_cards(evaluation: "Evaluation") -> None:
    """Write the scores into the models' cards; where there are none, a card keeps those that it has."""
    from tasnet_gui.training import publish, summary

    for name, card in evaluation.models.items():
        if evaluation.files[name]:
            publish.record(card, summary.for_card(evaluation, name))
            complain(f"The scores are in the card of {card.folder}.")
        else:
            complain(f"Nothing was measured, so the card of {card.folder} stays as it is.")
