"""What an import yields, and the plain values that may go from a foreign file into a card."""

import math
from dataclasses import dataclass, field
from typing import Any

from tasnet_gui.domain import ModelError
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet


@dataclass(frozen=True, eq=False)
class Foreign:
    """Another project's network, as ours."""

    net: ConvTasNet
    origin: str  # the project
    licence: str | None = None  # None: the file does not say
    facts: dict[str, Any] = field(default_factory=dict)  # what the file says of the model's making


def config_of(values: dict[str, Any], name: str) -> ConvTasNetConfig:
    """The config with these values.

    Raises:
        ModelError: it is impossible; `name` is the file's.
    """
    try:
        return ConvTasNetConfig.from_dict(values)
    except ModelError as error:
        raise ModelError(f"{name} cannot be imported. {error}") from error


def rate_of(own: Any, asked: int | None, name: str) -> int:
    """The sample rate in Hz: the file's own, or the one that was asked for.

    Raises:
        ModelError: there is none, or two that differ; `name` is the file's.
    """
    if own is None and asked is None:
        raise ModelError(f"{name} does not say its sample rate.", "Add it, such as --rate 16000.")
    rate = asked if own is None else whole_number(own, f"The sample rate of {name}")
    if asked not in (None, rate):
        raise ModelError(f"{name} says that its sample rate is {rate} Hz, not {asked} Hz.", "Leave --rate out.")
    assert rate is not None
    return rate


def plain(value: Any, depth: int = 3) -> Any:
    """A value as JSON can hold it, and no longer than a card should be: strings of 2000 characters, lists of 50."""
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < 1 << 63):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict) and depth:
        return {str(key)[:100]: plain(item, depth - 1) for key, item in list(value.items())[:50]}
    if isinstance(value, list | tuple) and depth:
        return [plain(item, depth - 1) for item in value[:50]]
    return str(value)[:2000] if isinstance(value, str) else f"a {type(value).__name__}"


def whole_number(value: Any, what: str) -> int:
    """A number that must be whole, such as 16000.0.

    Raises:
        ModelError: it is not; `what` says which.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9 or value != value // 1:
        raise ModelError(f"{what} must be a whole number, not {quoted(value)}.")
    return int(value)


def quoted(value: Any) -> str:
    """A value from a file as it may stand in a message: short, and without control characters."""
    return repr(str(plain(value))[:80])
