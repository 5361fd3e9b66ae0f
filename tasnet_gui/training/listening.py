"""Sounds beside a page, and the players for them."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote

import numpy as np
import soundfile

from tasnet_gui.domain import Samples, UnwritableOutput

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 }
th, td { padding: .2em .8em; text-align: right; border-bottom: 1px solid #8884; font-variant-numeric: tabular-nums }
th:first-child, td:first-child { text-align: left }
figure { display: inline-block; margin: .3em 1em .3em 0 }
figcaption { font-size: .85em }
audio { height: 2.2em; width: 15em }
svg, img { max-width: 42em; width: 100% }
"""


def page(title: str, parts: list[str]) -> str:
    """A whole HTML page."""
    head = f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    return "\n".join([head, f"<style>{_STYLE}</style>", f"<h1>{escape(title)}</h1>", *parts, "</html>"]) + "\n"


def players(sounds: Mapping[str, Samples], rate: int, folder: Path, prefix: str, start: str = "") -> str:
    """Write sounds as FLAC files into a folder and return players for them, in HTML.

    Args:
        sounds: by name, each [channels, frames].
        rate: Hz.
        folder: where they go, as `<prefix>-<name>.flac`.
        prefix: their common name.
        start: the way from the page to the folder.

    Raises:
        UnwritableOutput: the folder cannot be written.
    """
    peak = max(float(np.abs(samples).max(initial=0.0)) for samples in sounds.values())
    gain = 1.0 if peak < 1 else 0.99 / peak  # the same for all, so that they can be compared
    parts = []
    for name, samples in sounds.items():
        path = folder / f"{prefix}-{name.replace(' ', '-')}.flac"
        try:
            soundfile.write(path, (gain * samples).T, rate, subtype="PCM_16")
        except soundfile.LibsndfileError as error:
            raise UnwritableOutput(f"{path} cannot be written ({error.error_string}).") from error
        player = f'<audio controls preload="none" src="{quote(start + path.name)}"></audio>'
        parts.append(f"<figure><figcaption>{escape(name)}</figcaption>{player}</figure>")
    return "".join(parts)
