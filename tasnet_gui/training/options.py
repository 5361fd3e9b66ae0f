"""A recipe in words: what the command line can say of it, and the command that says it."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from tasnet_gui.domain import BadRequest
from tasnet_gui.training.mixing import SLOWEST, Mixing
from tasnet_gui.training.presets import PRESETS, Recipe

OPTIONS = {
    "steps": "--steps",
    "batch": "--batch",
    "optimiser": "--optimiser",
    "rate": "--learning-rate",
    "loss": "--loss",
    "spectral": "--spectral",
    "seed": "--seed",
}  # the fields of a recipe that the command line can set, and how it calls them
_LEAST = {"steps": 1, "batch": 1, "rate": 0.0, "spectral": 0.0}


def changed(recipe: Recipe, asked: dict[str, Any], mix: Sequence[str] = ()) -> Recipe:
    """A recipe with some fields of OPTIONS replaced, and some of its mixing.

    Args:
        recipe: what to start from.
        asked: new values by field.
        mix: new values of mixing in words: "hum=0.1", "snr=-5:15".

    Raises:
        BadRequest: a value makes no sense.
    """
    for key, least in _LEAST.items():
        if key in asked and not asked[key] >= least:
            raise BadRequest(f"{OPTIONS[key]} {asked[key]} makes no sense.", f"It is at least {least:g}.")
    mixing = replace(recipe.mixing, **dict(map(_mixed, mix)))
    return replace(recipe, **asked, mixing=mixing)


def command(recipe: Recipe, started_from: str = "") -> str:
    """The command that trains by a recipe; empty if no preset is behind it."""
    for name, base in PRESETS.items():
        own = {key: getattr(recipe, key) for key in OPTIONS}
        if replace(base, **own, mixing=recipe.mixing) != recipe:
            continue
        words = ["tasnet train --corpus CORPUS --out RUN", f"--preset {name}", f"--steps {recipe.steps}"]
        words += [
            f"{OPTIONS[key]} {value}" for key, value in own.items() if key != "steps" and value != getattr(base, key)
        ]
        for item in fields(Mixing):
            value = getattr(recipe.mixing, item.name)
            if value != getattr(base.mixing, item.name):
                words.append(f"--mix {item.name}={':'.join(map(str, value)) if isinstance(value, tuple) else value}")
        return " ".join([*words, f"--start-from {started_from}"] if started_from else words)
    return ""


def _mixed(words: str) -> tuple[str, Any]:
    """The field of Mixing and its value that "name=value" stands for."""
    name, _, text = words.partition("=")
    defaults: dict[str, Any] = {item.name: item.default for item in fields(Mixing)}
    if name not in defaults:
        raise BadRequest(f"Nothing in a mixture is called {name!r}.", f"There are: {', '.join(defaults)}.")
    try:
        values = tuple(float(part) for part in text.split(":"))
    except ValueError:
        values = ()
    if isinstance(defaults[name], tuple):
        if len(values) != 2 or not -math.inf < values[0] <= values[1] < math.inf:
            example = ":".join(f"{value:g}" for value in defaults[name])
            raise BadRequest(f"--mix {words} makes no sense.", f"Say LOW:HIGH, as in {name}={example}.")
        if name == "speed" and values[0] <= SLOWEST:
            what = f"--mix {words} would have noise stand still, whose speed varies twice as far."
            raise BadRequest(what, f"LOW is greater than {SLOWEST}.")
        return name, values
    if len(values) != 1 or not 0 <= values[0] <= 1:
        raise BadRequest(f"--mix {words} makes no sense.", "It lies between 0 and 1.")
    return name, values[0]
