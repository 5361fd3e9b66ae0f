"""A model as values for JSON, as one line, and as a page to read. Needs no torch."""

from collections.abc import Iterator, Mapping
from typing import Any

from tasnet_gui.domain import ModelCard
from tasnet_gui.nets.config import LETTERS, ConvTasNetConfig

_WIDEST = 200  # characters of one value; the card itself has all of it


def as_values(card: ModelCard) -> dict[str, Any]:
    """All that is known of a model, as plain values."""
    config = _config(card)
    return {
        "name": card.name,
        "title": card.title,
        "description": card.description,
        "causal": card.causal,
        "rate": card.rate,
        "sources": list(card.sources),
        "parameters": card.parameters,
        "receptive_field": config.receptive_field,
        "look_ahead": config.look_ahead,
        "licence": card.licence,
        "sha256": card.sha256,
        "folder": str(card.folder),
        "scores": dict(card.scores),
        "training": dict(card.training),
        "config": dict(card.config),
    }


def line(card: ModelCard, width: int) -> str:
    """A model in one line, its name padded to `width` characters."""
    return _printable(
        f"{card.name:{width}}  {card.title} - {_kind(card)}, {card.rate / 1000:g} kHz, "
        f"{card.parameters / 1e6:.2f} million parameters"
    )


def page(card: ModelCard) -> str:
    """All that is known of a model, in lines."""
    config = _config(card)
    latency = _duration(config.look_ahead)
    parts = {
        "": [
            ("title", card.title),
            ("description", card.description),
            ("kind", f"{_kind(card)}, {card.rate / 1000:g} kHz, {' and '.join(card.sources)}"),
            ("parameters", f"{card.parameters / 1e6:.2f} million"),
            ("receptive field", _duration(config.receptive_field)),
            ("latency", latency if card.causal else f"the whole recording; its convolutions look ahead {latency}"),
            ("licence", card.licence),
            ("weights", str(card.folder / card.weights)),
            ("SHA-256", card.sha256),
        ],
        "network": [(_named(key), str(value)) for key, value in card.config.items()],
        "scores": list(_flat(card.scores)),
        "training": list(_flat(card.training)),
    }
    width = max(len(name) for rows in parts.values() for name, _ in rows)
    lines = [card.name]
    for head, rows in parts.items():
        lines += [head] * bool(head and rows)
        lines += [f"  {name:{width}}  {_short(value)}" for name, value in rows if value]
    return "\n".join(map(_printable, lines))


def _config(card: ModelCard) -> ConvTasNetConfig:
    return ConvTasNetConfig.from_dict(dict(card.config))


def _kind(card: ModelCard) -> str:
    return "causal" if card.causal else "non-causal"


def _duration(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds < 0.9995 else f"{seconds:.3g} s"


def _named(key: str) -> str:
    """A field of the config with the paper's letter."""
    name = key.replace("_", " ")
    return f"{LETTERS[key]}, {name}" if key in LETTERS else name


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Values within values as lines: names joined by dots; lists stay in one line."""
    for key, value in values.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list):
            yield name, "; ".join(_plain(item) for item in value)
        else:
            yield name, _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _short(value: str) -> str:
    return value if len(value) <= _WIDEST else f"{value[: _WIDEST - 1]}…"


def _printable(text: str) -> str:
    """Without what moves a terminal's cursor: a card may come from anywhere."""
    return "".join(character if character.isprintable() else "�" for character in text)
