"""What training hears: an example of every way to vary a mixture, to listen to and to look at."""

from collections.abc import Generator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch

from tasnet_gui.domain import Progress, UnwritableOutput
from tasnet_gui.training import listening, pictures
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.mixing import Mixer, Mixing

SECONDS = 4
PAGE = "index.html"


def kinds() -> dict[str, Mixing]:
    """A mixing for every chance: it always comes, and no other does."""
    chances = [item.name for item in fields(Mixing) if isinstance(item.default, float) and item.name != "early"]
    never: dict[str, Any] = dict.fromkeys(chances, 0.0)
    plain = Mixing(snr=(5.0, 5.0), level=(-26.0, -26.0), speed=(1.0, 1.0), **never)
    found = {"plain": plain, "slow": replace(plain, speed=(0.9, 0.9)), "fast": replace(plain, speed=(1.1, 1.1))}
    for name in chances:
        only: dict[str, Any] = {name: 1.0}
        found[name] = replace(plain, **only)
    return found


def writing(corpus: Corpus, folder: Path, seed: int = 1) -> Generator[Progress, None, Path]:
    """Write sounds, pictures (mixture, speech and noise from top to bottom) and a page that shows them.

    Raises:
        UnwritableOutput: the folder cannot be written.
    """
    parts = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, (name, mixing) in enumerate(kinds().items()):
            random = torch.Generator().manual_seed(seed)
            batch = Mixer(corpus, SECONDS * corpus.rate, mixing, random).draw(1)
            sounds = {"mixture": batch.mixture, "speech": batch.speech, "noise": batch.noise}
            arrays = {kind: samples.cpu().numpy() for kind, samples in sounds.items()}
            prefix = f"{number:02}-{name}"
            pictures.write(folder / f"{prefix}.png", [samples[0] for samples in arrays.values()])
            parts += [
                f"<h2>{name.replace('_', ' ')}</h2>",
                f'<p><img src="{prefix}.png" alt="Spectrograms of mixture, speech and noise"></p>',
                listening.players(arrays, corpus.rate, folder, prefix),
            ]
            yield Progress((number + 1) / len(kinds()), "Writing examples")
        page = folder / PAGE
        page.write_text(listening.page("What training hears", parts), encoding="utf-8")
    except OSError as error:
        raise UnwritableOutput(f"The examples cannot be written to {folder} ({error.strerror}).") from error
    return page
