"""`tasnet models`: which models there are."""

import argparse
import json
from typing import Any

from tasnet_gui import places
from tasnet_gui.cli.terminal import complain
from tasnet_gui.domain import ModelCard
from tasnet_gui.engine import library

NAME = "models"
HELP = "List the models that recordings can be taken apart with."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object with all that is known of them")


def run(arguments: argparse.Namespace) -> int:
    """Print the models on standard output; what is wrong with others on standard error."""
    cards, problems = library.cards(), library.problems()
    if arguments.json:
        print(json.dumps({"models": [_as_json(card) for card in cards], "problems": problems}, indent=2))
        return 0
    width = max((len(card.name) for card in cards), default=0)
    for card in cards:
        kind = "causal" if card.causal else "non-causal"
        print(
            f"{card.name:{width}}  {card.title} - {kind}, {card.rate / 1000:g} kHz, "
            f"{card.parameters / 1e6:.2f} million parameters"
        )
    for problem in problems:
        complain(problem)
    if not cards:
        complain(f"There are no models. Put one into {places.user_models()}.")
    return 0


def _as_json(card: ModelCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "title": card.title,
        "description": card.description,
        "causal": card.causal,
        "rate": card.rate,
        "sources": list(card.sources),
        "parameters": card.parameters,
        "licence": card.licence,
        "sha256": card.sha256,
        "folder": str(card.folder),
        "scores": dict(card.scores),
        "training": dict(card.training),
        "config": dict(card.config),
    }
