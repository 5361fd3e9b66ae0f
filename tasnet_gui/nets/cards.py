"""Reading model cards: the JSON beside the weights, checked field by field. Needs no torch."""

import json
from pathlib import Path
from typing import Any

from tasnet_gui.domain import SOURCES, ModelCard, ModelError
from tasnet_gui.nets.config import ConvTasNetConfig

CARD = "card.json"
LARGEST_CARD = 1 << 20  # bytes; ours have 4 kB, and a card from elsewhere must not fill the memory

_KINDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "title": str,
    "rate": int,
    "sha256": str,
    "licence": str,
    "config": dict,
}
_MAY_BE = {"description": str, "weights": str, "training": dict, "scores": dict, "parameters": int}


def read_card(folder: Path) -> ModelCard:
    """The card of the model in `folder`.

    Raises:
        ModelError: there is no card, or it says something impossible.
    """
    path = folder / CARD
    values = _json(path)
    for key, kind in _KINDS.items():
        if not isinstance(values.get(key), kind):
            raise ModelError(f"The model card {path} has no usable field {key!r}.", _AGAIN)
    for key, kind in _MAY_BE.items():
        if not isinstance(values.get(key, kind()), kind):
            raise ModelError(f"The model card {path} has no usable field {key!r}.", _AGAIN)
    try:
        config = ConvTasNetConfig.from_dict(values["config"])
    except ModelError as error:
        raise ModelError(f"The model card {path} cannot be right: {error}", _AGAIN) from error
    if config.rate != values["rate"]:
        raise ModelError(f"The model card {path} says {values['rate']} Hz, its config {config.rate} Hz.", _AGAIN)
    weights = values.get("weights", "weights.safetensors")
    if not weights or Path(weights).name != weights:
        raise ModelError(f"The model card {path} points outside its folder: {weights!r}.", _AGAIN)
    return ModelCard(
        name=folder.name,
        title=values["title"],
        description=values.get("description", ""),
        config=config.as_dict(),
        rate=config.rate,
        sha256=values["sha256"],
        licence=values["licence"],
        folder=folder,
        weights=weights,
        training=values.get("training", {}),
        scores=values.get("scores", {}),
        parameters=values.get("parameters", 0),
        sources=SOURCES[: config.sources],
    )


_AGAIN = "Install the model again, or choose another one."


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_CARD:
            raise ModelError(f"The model card {path} is too large to be one.", _AGAIN)
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"There is no model card at {path} ({error.strerror}).", _AGAIN) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"The model card {path} is not valid JSON ({error}).", _AGAIN) from error
    if not isinstance(values, dict):
        raise ModelError(f"The model card {path} is not a JSON object.", _AGAIN)
    return values
