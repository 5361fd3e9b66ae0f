"""A trained network becomes a model: small weights, a card that says what it is and was made of, a page to read."""

import json
import shutil
from collections.abc import Generator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from tasnet_gui.domain import BadRequest, ModelCard, Progress
from tasnet_gui.nets import checkpoint
from tasnet_gui.nets.cards import CARD, read_card
from tasnet_gui.training import logbook, state
from tasnet_gui.training.cardpage import STAGE, page
from tasnet_gui.training.corpus import ATTRIBUTION, holdings
from tasnet_gui.training.options import command
from tasnet_gui.training.presets import Recipe
from tasnet_gui.training.trainer import BEST, RESUME
from tasnet_gui.training.validation import ValidationSet, improvement

PAGE = "README.md"
HALF_MAY_COST = 0.02  # dB
TITLES = {False: "Best quality", True: "No look-ahead"}
DESCRIPTIONS = {
    False: "Hears the whole recording before it decides: for files, where quality counts most.",
    True: "Never looks ahead by more than one window: for live sound, and for files that must sound the same.",
}


def publishing(
    run: Path, folder: Path, corpus: Path, valid: ValidationSet, device: torch.device
) -> Generator[Progress, None, ModelCard]:
    """Turn the best weights of a run into the model in `folder`, whose name becomes the model's.

    Weights are stored in float16 where that costs less than HALF_MAY_COST on the validation mixtures.

    Raises:
        BadRequest: the run has not been validated yet, or the corpus has no manifest.
        ModelError: its weights or its checkpoint are damaged.
    """
    if not (run / BEST / CARD).exists():
        raise BadRequest(f"{run} holds no trained weights yet.", "Train until the first validation.")
    best = read_card(run / BEST)
    net = checkpoint.load(best).to(device)
    facts = training_facts(run, best, corpus)

    def save(dtype: torch.dtype) -> ModelCard:
        title, description = TITLES[best.causal], DESCRIPTIONS[best.causal]
        return checkpoint.save(net, folder, title=title, description=description, training=facts, dtype=dtype)

    yield Progress(0.0, "Validating")
    whole = improvement(net, valid, device)
    yield Progress(0.5, "Validating")
    half = improvement(checkpoint.load(save(torch.float16)).to(device), valid, device)
    yield Progress(1.0, "Writing")
    facts["float16_costs_db"] = round(whole - half, 4)
    card = save(torch.float16 if whole - half < HALF_MAY_COST else torch.float32)
    if (corpus / ATTRIBUTION).exists():
        shutil.copyfile(corpus / ATTRIBUTION, folder / ATTRIBUTION)
    return record(card, card.scores)


def record(card: ModelCard, scores: Mapping[str, Any]) -> ModelCard:
    """Write scores into a model's card, and the page that goes with it; all else in the card stays."""
    path = card.folder / CARD
    values = json.loads(path.read_text(encoding="utf-8"))
    values["scores"] = dict(scores)
    checkpoint.write_card(card.folder, values)
    written = read_card(card.folder)
    part = card.folder / f"{PAGE}.part"
    part.write_text(page(written), encoding="utf-8")
    part.replace(card.folder / PAGE)
    return written


def training_facts(run: Path, best: ModelCard, corpus: Path) -> dict[str, Any]:
    """How the best weights of a run came to be, as plain values for the card."""
    numbers = state.numbers(run / RESUME)
    recipe = Recipe.from_dict(numbers["recipe"])
    steps = int(best.training["steps"])
    heard = steps * recipe.batch * recipe.frames / recipe.net.rate / 3600
    sources = holdings(corpus, "train")
    hours = {kind: sum(s.hours for s in sources if s.kind == kind) for kind in ("speech", "noise")}
    return {
        "command": command(recipe, numbers.get("started_from", "")),
        "started_from": numbers.get("started_from", ""),
        "before": numbers.get("before", []),
        "steps": steps,
        "hours_heard": round(heard, 1),
        "wall_hours": round(_seconds(run, steps, numbers["seconds"]) / 3600, 2),
        "skipped_steps": numbers["skipped"],
        "valid_si_sdr_improvement": round(best.training["valid_si_sdri"], 2),
        "recipe": {key: value for key, value in recipe.as_dict().items() if key != "net"},
        "data": {
            "corpus": corpus.resolve().name,
            "split": "train",
            "speech_hours": round(hours["speech"], 2),
            "noise_hours": round(hours["noise"], 2),
            "room_responses": sum(s.files for s in sources if s.kind == "rir"),
            "attribution": ATTRIBUTION if (corpus / ATTRIBUTION).exists() else "",
            "sources": [asdict(source) for source in sources],
        },
    }


def stages(training: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The stages in which a model was trained, from the `training` of its card: earlier ones first."""
    last = {key: training[key] for key in STAGE if key in training}
    return [*training.get("before", []), *([last] if last else [])]


def _seconds(run: Path, steps: int, otherwise: float) -> float:
    """How long a run had trained at a step, by its log."""
    try:
        lines = logbook.read(run)
    except OSError:
        return otherwise
    until = [line["seconds"] for line in lines if line["step"] <= steps and "seconds" in line]
    return float(until[-1]) if until else otherwise
