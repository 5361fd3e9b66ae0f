"""Networks of other projects: their checkpoints read without running them, and turned into ours."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasnet_gui.domain import ModelError
from tasnet_gui.nets.foreign import asteroid, torchaudio, weights_only
from tasnet_gui.nets.foreign.layout import exchanged
from tasnet_gui.nets.foreign.plain import Foreign

__all__ = ["Foreign", "read"]

_LARGEST_JSON = 1 << 20  # bytes


def read(path: Path, *, rate: int | None = None, arguments: Path | None = None, noise_first: bool = False) -> Foreign:
    """The Conv-TasNet in a checkpoint of asteroid or torchaudio. Nothing in the file is run.

    Args:
        path: the checkpoint.
        rate: Hz; needed when the file does not say.
        arguments: of torchaudio's constructor, as JSON; the .json beside the file unless given.
        noise_first: its first output is the noise.

    Raises:
        ModelError: it holds something else, or a network that cannot be imported; the message says why.
    """
    contents = weights_only.read(path)
    if asteroid.fits(contents):
        foreign = asteroid.read(contents, path.name, rate)
    elif (state := torchaudio.state_of(contents)) is not None:
        foreign = torchaudio.read(state, _arguments(path, arguments), path.name, rate)
    else:
        raise ModelError(
            f"{path.name} holds neither a ConvTasNet of asteroid nor one of torchaudio.",
            "In asteroid, save with torch.save(model.serialize(), file); in torchaudio, save the state dict.",
        )
    if noise_first and foreign.net.config.sources < 2:
        raise ModelError(f"{path.name} has one output, which must be the speech.")
    if noise_first:
        exchanged(foreign.net)
    return foreign


def _arguments(path: Path, arguments: Path | None) -> Mapping[str, Any] | None:
    beside = path.with_suffix(".json")
    source = arguments or (beside if os.path.isfile(beside) else None)
    if source is None:
        return None
    try:
        if source.stat().st_size > _LARGEST_JSON:
            raise ModelError(f"{source} is too large to be a list of arguments.")
        values = json.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"The arguments in {source} cannot be read ({error}).") from error
    if not isinstance(values, dict):
        raise ModelError(f"The arguments in {source} are no JSON object.")
    return values
