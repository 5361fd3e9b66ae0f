"""Everything that a run needs to go on exactly where it stopped: safetensors and JSON, in files under 15 MB."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from tasnet_gui.audio.staging import sync_folder
from tasnet_gui.domain import ModelError

LARGEST = 15_000_000  # bytes per file, so that a checkpoint can be kept in a repository
_INDEX = "state.json"


@dataclass(frozen=True)
class State:
    """Tensors by name and plain numbers by name."""

    tensors: dict[str, Tensor]
    numbers: dict[str, Any] = field(default_factory=dict)


def write(folder: Path, state: State) -> None:
    """Replace the checkpoint in `folder`: the new one is complete, and on the disk, before the old one goes."""
    part, old = _beside(folder)
    if old.exists() and not folder.exists():  # the power failed between the two renames: it is all that there is
        old.rename(folder)
    for path in (part, old):
        shutil.rmtree(path, ignore_errors=True)
    part.mkdir(parents=True)
    shards = _shards(state.tensors)
    for number, shard in enumerate(shards):
        safetensors.torch.save_file(shard, part / f"{number:02}.safetensors")
    index = {"format": 1, "shards": len(shards), **state.numbers}
    (part / _INDEX).write_text(json.dumps(index, indent=1), encoding="utf-8")
    _sync(part)
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def read(folder: Path) -> State:
    """The checkpoint in `folder`.

    Raises:
        ModelError: it is damaged or of another format.
    """
    source = _source(folder)
    numbers = _index(source)
    tensors: dict[str, Tensor] = {}
    try:
        for number in range(numbers.pop("shards")):
            tensors |= safetensors.torch.load_file(source / f"{number:02}.safetensors")
    except (OSError, ValueError, KeyError, safetensors.SafetensorError) as error:
        raise ModelError(f"The checkpoint {source} cannot be read ({error}).", _ANEW) from error
    return State(tensors, numbers)


def numbers(folder: Path) -> dict[str, Any]:
    """The plain numbers of the checkpoint in `folder`, without reading its tensors.

    Raises:
        ModelError: it is damaged or of another format.
    """
    return _index(_source(folder))


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint to go on from."""
    return (folder / _INDEX).exists() or (_beside(folder)[1] / _INDEX).exists()


def remove(folder: Path) -> None:
    """Delete the checkpoint in `folder`, if there is one, and what `write` may have left beside it."""
    for path in (folder, *_beside(folder)):
        shutil.rmtree(path, ignore_errors=True)


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names start with `prefix/`, without it."""
    return {name[len(prefix) + 1 :]: value for name, value in tensors.items() if name.startswith(prefix + "/")}


_ANEW = "Begin anew, in another folder or with --fresh."


def _source(folder: Path) -> Path:
    """Where the checkpoint lies: the power may have failed between the two renames of `write`."""
    return folder if folder.exists() else _beside(folder)[1]


def _beside(folder: Path) -> tuple[Path, Path]:
    """Where the next checkpoint is put together, and where the last one waits until that is in its place."""
    return folder.with_name(folder.name + ".part"), folder.with_name(folder.name + ".old")


def _sync(folder: Path) -> None:
    """Bring the files of a folder onto the disk: a power cut could leave their names without their bytes."""
    for path in folder.iterdir():
        with path.open("r+b") as file:  # Windows syncs only what may be written
            os.fsync(file.fileno())
    sync_folder(folder)


def _index(folder: Path) -> dict[str, Any]:
    try:
        numbers: dict[str, Any] = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"The checkpoint {folder} cannot be read ({error}).", _ANEW) from error
    if numbers.pop("format", None) != 1:
        raise ModelError(f"The checkpoint {folder} was written by another version.", _ANEW)
    return numbers


def _shards(tensors: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, value in tensors.items():
        bytes_ = value.numel() * value.element_size() + 512  # and its line in the header
        if size + bytes_ > LARGEST and shards[-1]:
            shards.append({})
            size = 0
        shards[-1][name] = value.detach().cpu().contiguous().clone(memory_format=torch.contiguous_format)
        size += bytes_
    return shards
