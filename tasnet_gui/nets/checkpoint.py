"""A model on disk: a folder with a JSON card and a safetensors file, and nothing that could run code."""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from tasnet_gui.domain import SOURCES, ModelCard, ModelError
from tasnet_gui.nets.cards import CARD, read_card
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet

WEIGHTS = "weights.safetensors"


def load(card: ModelCard) -> ConvTasNet:
    """The network of a card, in float32 and evaluation mode, on the CPU.

    Raises:
        ModelError: the weights are missing, damaged, not finite, or disagree with the card.
    """
    path = card.folder / card.weights
    net = blank(ConvTasNetConfig.from_dict(dict(card.config)))
    with _readable(path, card.name):
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise FileNotFoundError
        size, most = os.path.getsize(path), _most_bytes(net)
        found = sha256_of(path) if size <= most else ""
    if not found:
        raise ModelError(f"The weights of {card.name} have {size} bytes; its config asks for {most} at most.", _AGAIN)
    if found != card.sha256:
        raise ModelError(
            f"The weights of {card.name} are damaged: {path} has SHA-256 {found[:12]}…, its card says "
            f"{card.sha256[:12]}….",
            _AGAIN,
        )
    return filled(net, _tensors(path, card.name), card.name)


def blank(config: ConvTasNetConfig) -> ConvTasNet:
    """The network of a config with names and shapes only: it takes no memory, whatever the config asks for."""
    with torch.device("meta"):
        return ConvTasNet(config)


def filled(net: ConvTasNet, tensors: Mapping[str, Tensor], name: str) -> ConvTasNet:
    """A blank network with weights: in float32 and evaluation mode.

    Raises:
        ModelError: a tensor is missing, unknown, not finite, or of the wrong kind or shape; `name` is the model's.
    """
    net.load_state_dict(_checked(tensors, net, name), assign=True)
    return net.eval()


def save(
    net: ConvTasNet,
    folder: Path,
    *,
    title: str,
    description: str = "",
    licence: str = "MIT",
    training: Mapping[str, Any] | None = None,
    scores: Mapping[str, Any] | None = None,
    dtype: torch.dtype = torch.float32,
) -> ModelCard:
    """Write weights and card into `folder` (its name becomes the model's) and return the card as read back.

    Args:
        net: the network; it is not changed.
        folder: made if missing.
        title: the model's name for people.
        description: what it is for, a sentence.
        licence: of the weights.
        training: data, steps, time and command.
        scores: what `tasnet evaluate` measured.
        dtype: torch.float16 halves the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu().to(dtype).contiguous() for name, value in net.state_dict().items()}
    weights = folder / WEIGHTS
    _replace(weights, safetensors.torch.save(tensors))
    card = {
        "format": 1,
        "name": folder.name,
        "title": title,
        "description": description,
        "rate": net.config.rate,
        "sources": list(SOURCES[: net.config.sources]),
        "licence": licence,
        "weights": WEIGHTS,
        "sha256": sha256_of(weights),
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "config": net.config.as_dict(),
        "training": dict(training or {}),
        "scores": dict(scores or {}),
    }
    write_card(folder, card)
    return read_card(folder)


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Replace the card in `folder` whole."""
    _replace(folder / CARD, (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode())


def sha256_of(path: Path) -> str:
    """The file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_AGAIN = "Install the model again, or choose another one."
_ALLOW = "Allow reading that file, or choose another model."


@contextmanager
def _readable(path: Path, name: str) -> Iterator[None]:
    """What the disk says against reading the weights, as a sentence."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelError(f"The weights of {name} are missing: {path}.", _AGAIN) from error
    except OSError as error:
        raise ModelError(f"The weights of {name} cannot be read: {path} ({error.strerror}).", _ALLOW) from error


def _tensors(path: Path, name: str) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, OSError, ValueError, KeyError) as error:
        raise ModelError(f"The weights of {name} cannot be read: {path} ({error}).", _AGAIN) from error


def _checked(tensors: Mapping[str, Tensor], net: ConvTasNet, name: str) -> dict[str, Tensor]:
    """The tensors as float32, each with the name, shape and finite values that the config asks for."""
    wanted = net.state_dict()
    if missing := sorted(wanted.keys() - tensors.keys()):
        raise ModelError(f"The weights of {name} lack {_and_more(missing)}.", _AGAIN)
    if extra := sorted(tensors.keys() - wanted.keys()):
        raise ModelError(f"The weights of {name} hold {_and_more(extra)}, unknown to its config.", _AGAIN)
    for key, value in tensors.items():
        if value.shape != wanted[key].shape:
            raise ModelError(
                f"In the weights of {name}, {key} has shape {tuple(value.shape)}; its config asks for "
                f"{tuple(wanted[key].shape)}.",
                _AGAIN,
            )
        if not value.is_floating_point():
            kind = str(value.dtype).removeprefix("torch.")
            raise ModelError(f"In the weights of {name}, {key} holds {kind} values, not floating-point ones.", _AGAIN)
    # Copied: safetensors maps the file, which may change or go while the network is in use.
    weights = {key: value.to(torch.float32, copy=True).contiguous() for key, value in tensors.items()}
    for key, value in weights.items():
        if not torch.isfinite(value).all():
            raise ModelError(f"In the weights of {name}, {key} holds values that are not finite numbers.", _AGAIN)
    return weights


def _and_more(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} and {len(keys) - 1} more"


def _most_bytes(net: ConvTasNet) -> int:
    """The size of the largest file that can hold the weights: in float64, with the names and shapes before them."""
    tensors = net.state_dict().values()
    return 8 * sum(value.numel() for value in tensors) + 1024 * (len(tensors) + 64)


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
