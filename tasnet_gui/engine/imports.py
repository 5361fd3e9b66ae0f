"""Bring your own model: from a checkpoint of another project, or from a folder of ours."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tasnet_gui.audio.names import shown
from tasnet_gui.domain import BadRequest, ModelCard, ModelError
from tasnet_gui.engine import own_models
from tasnet_gui.nets.cards import CARD, read_card

UNKNOWN_LICENCE = "unknown"


@dataclass(frozen=True)
class Request:
    """What to bring in, and what its file may not say by itself."""

    path: Path  # a checkpoint of asteroid or torchaudio, or the folder of a model of ours, or a file in it
    name: str = ""  # the model's; made from the file's if empty
    title: str = ""  # for people
    rate: int | None = None  # Hz
    licence: str = ""
    arguments: Path | None = None  # JSON, of torchaudio's constructor
    noise_first: bool = False  # its first output is the noise
    overwrite: bool = False


@dataclass(frozen=True)
class Imported:
    """A model that was brought in."""

    card: ModelCard
    notes: tuple[str, ...] = ()  # what the person should know of it, a sentence each


def bring_in(request: Request) -> Imported:
    """Make a model of a file, among the person's own, whole or not at all. Nothing in the file is run.

    Raises:
        BadRequest: its name is impossible, or taken.
        ModelError: the file holds no model that can be used; the message says why.
        UnwritableOutput: the folder of models cannot be written.
    """
    name = request.name or _name_for(request.path)
    own_models.check_name(name, request.overwrite)
    folder = _folder_of(request.path)
    notes: list[str] = []

    def write(staged: Path) -> None:
        notes.extend(_copied(folder, staged, request) if folder else _converted(request, staged))

    return Imported(own_models.place(name, write), tuple(notes))


def _converted(request: Request, folder: Path) -> Iterator[str]:
    """Write another project's network as a model of ours; yields what the person should know."""
    from tasnet_gui.nets import checkpoint, foreign

    file = request.path
    model = foreign.read(file, rate=request.rate, arguments=request.arguments, noise_first=request.noise_first)
    licence = model.licence or request.licence or UNKNOWN_LICENCE
    source = {"file": shown(file), "sha256": checkpoint.sha256_of(file), "from": model.origin}
    checkpoint.save(
        model.net,
        folder,
        title=request.title or folder.name,
        description=f"A Conv-TasNet of {model.origin}, imported from {shown(file)}.",
        licence=licence,
        training={"imported": source, **model.facts},
    )
    if licence == UNKNOWN_LICENCE:
        yield "The file does not say under which licence the model is. Ask before you pass it on."
    if request.licence not in ("", licence):
        yield f"The file itself says that the model's licence is {licence}, and so does the card."
    if model.net.config.sources == 1:
        yield "The model gives speech only; noise is what remains of the mixture."
    elif not request.noise_first:
        yield "Its first output is taken for speech and its second for noise; the file does not say which is which."


def _copied(folder: Path, staged: Path, request: Request) -> Iterator[str]:
    """Copy a model of ours; yields what the person should know."""
    from tasnet_gui.nets import checkpoint

    if request.rate or request.arguments or request.noise_first:
        raise BadRequest(f"The card in {folder} says all of the model.", "Leave rate, arguments and order out.")
    card = read_card(folder)
    checkpoint.load(card)  # before anything large is copied
    values = json.loads((folder / CARD).read_text(encoding="utf-8")) | {"name": staged.name}
    values["title"] = request.title or card.title
    staged.mkdir()
    try:
        shutil.copyfile(folder / card.weights, staged / card.weights)
    except OSError as error:
        raise ModelError(f"The weights of {card.name} cannot be copied ({error}).") from error
    checkpoint.write_card(staged, values)
    if request.licence not in ("", card.licence):
        yield f"The card says that the model's licence is {card.licence}, and goes on saying so."


def _folder_of(path: Path) -> Path | None:
    """The folder of a model of ours that the path names: itself, or the one it lies in."""
    if os.path.isdir(path):
        return path
    return path.parent if path.name == CARD or path.suffix == ".safetensors" else None


def _name_for(path: Path) -> str:
    """A name made from a file's: "My Model.pth" becomes "my-model"."""
    stem = (_folder_of(path.absolute()) or path.with_suffix("")).name
    return re.sub(r"[^a-z0-9._]+", "-", stem.lower()).strip("-._")[:64].rstrip("-._") or "imported"
