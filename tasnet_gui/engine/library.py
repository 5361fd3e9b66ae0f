"""The models at hand: their cards without loading weights, and their networks, each loaded once."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tasnet_gui import places
from tasnet_gui.domain import BadRequest, ModelCard, ModelError
from tasnet_gui.nets.cards import CARD, read_card

if TYPE_CHECKING:
    from tasnet_gui.nets.conv_tasnet import ConvTasNet  # it imports torch, which cards must not wait for

DEFAULT = "speech-noise"  # the shipped model that is used when none is named

_networks: dict[tuple[Path, str, str], "ConvTasNet"] = {}


def cards() -> list[ModelCard]:
    """The models that can be used: the shipped ones, then the person's own, each group by name."""
    return _shelf()[0]


def problems() -> list[str]:
    """What is wrong with the models that cannot be used, a sentence each."""
    return _shelf()[1]


def card(name_or_path: str | Path = DEFAULT) -> ModelCard:
    """The card of a model, by its name, its folder, or a file in that folder.

    Raises:
        BadRequest: there is no such model; the names that there are stand in the message.
        ModelError: there is one, but its card is damaged.
    """
    wanted = str(name_or_path)
    named = [folder for folder in _folders() if folder.name == wanted]
    if named:
        return _usable(named[0])
    path = Path(name_or_path)
    folder = path.parent if path.name == CARD or path.suffix == ".safetensors" else path
    if wanted and os.path.isfile(folder / CARD):  # unlike Path.is_file, it takes impossible names as absent
        return _usable(folder.resolve())
    names = ", ".join(model.name for model in cards()) or "there are none"
    raise BadRequest(f"There is no model {wanted!r}.", f"Choose one of these, or the folder of another: {names}.")


def load(model: ModelCard, device: str = "cpu") -> "ConvTasNet":
    """The network of a card, on a device, ready to compute. The second call with the same weights costs nothing.

    Raises:
        ModelError: the weights are missing, damaged, or disagree with the card.
        RuntimeError: the device cannot hold it; torch's own.
    """
    from tasnet_gui.nets import checkpoint

    key = (model.folder, model.sha256, device)
    if key not in _networks:
        _networks[key] = checkpoint.load(model).requires_grad_(False).to(device)
    return _networks[key]


def unload() -> None:
    """Forget all loaded networks."""
    _networks.clear()


def _folders() -> list[Path]:
    """The folders that hold, or should hold, a model: shipped before own."""
    entries = [entry for root in _roots() for entry in sorted(_entries(root)) if os.path.isdir(entry)]
    return [folder for folder in entries if os.path.exists(folder / CARD) or any(folder.glob("*.safetensors"))]


def _roots() -> tuple[Path, Path]:
    return places.shipped("models"), places.user_models()


def _entries(root: Path) -> list[Path]:
    """What lies in a folder; nothing where it cannot be looked into."""
    try:
        return [root / name for name in os.listdir(root)]
    except OSError:
        return []


def _closed(root: Path) -> str:
    """Why a folder that is there cannot be looked into, as a sentence; empty when it can."""
    try:
        os.listdir(root)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"The models in {root} cannot be read ({error.strerror}). Allow reading it."
    return ""


def _shelf() -> tuple[list[ModelCard], list[str]]:
    """The usable cards, and a sentence for every model that is not usable."""
    good: dict[str, ModelCard] = {}
    bad = [why for root in _roots() if (why := _closed(root))]
    for folder in _folders():
        if folder.name in good:
            bad.append(f"The model in {folder} is hidden by another of the same name. Rename its folder.")
            continue
        try:
            good[folder.name] = _usable(folder)
        except ModelError as error:
            bad.append(str(error))
    return list(good.values()), bad


def _usable(folder: Path) -> ModelCard:
    """The card in `folder`, when weights lie beside it. They are checked in full when they are loaded."""
    try:
        found = read_card(folder)
    except (TypeError, ValueError) as error:  # a value of a kind that the card's own checks did not foresee
        raise ModelError(f"The model card {folder / CARD} holds an impossible value ({error}).", _AGAIN) from error
    weights = folder / found.weights
    if not os.path.isfile(weights) or not os.path.getsize(weights):
        raise ModelError(f"The weights of {found.name} are missing: {weights}.", _AGAIN)
    return found


_AGAIN = "Install the model again, or choose another one."
