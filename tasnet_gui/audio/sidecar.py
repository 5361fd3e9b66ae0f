"""What there is to know of a result, as JSON beside its files: for those who ask in a year how they were made."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from math import log10
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from tasnet_gui import __version__
from tasnet_gui.audio.formats import ExportFormat
from tasnet_gui.audio.plans import SIDECAR, ExportPlan
from tasnet_gui.domain import REMIX, Separation

SCHEMA = 1
_OWN = ("recording", "model", "speech", "noise")  # told in a form of their own, or too large


def content(
    separation: Separation,
    plan: ExportPlan,
    form: ExportFormat,
    rate: int,
    frames: int,
    gain: float,
    paths: Mapping[str, Path],
    notes: Sequence[str],
) -> bytes:
    """The file's bytes: JSON in UTF-8, numbers with a dot, levels in dB; null where there is nothing to say.

    Whatever else a separation knows of how it was made stands under "separation", by the names of its fields.
    """
    recording, model = separation.recording, separation.model
    told = {
        "schema": SCHEMA,
        "application": "TasNet Studio",
        "version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": {
            "name": recording.name,
            "rate": recording.rate,
            "channels": recording.channels,
            "container": recording.container,
            "subtype": recording.subtype,
            "span": plan.span,  # seconds
        },
        "model": {
            "name": model.name,
            "title": model.title,
            "sha256": model.sha256,
            "rate": model.rate,
            "parameters": model.parameters,
            "licence": model.licence,
            "config": model.config,
        },
        "separation": {
            field.name: getattr(separation, field.name) for field in fields(separation) if field.name not in _OWN
        },
        "files": {track: path.name for track, path in paths.items() if track != SIDECAR},
        "format": {"name": form.label, "rate": rate, "channels": recording.channels, "frames": frames},
        "remix": {"speech_db": plan.remix.speech_db, "noise_db": plan.remix.noise_db} if REMIX in paths else None,
        "gain_db": round(20 * log10(gain), 3),
        "notes": notes,
    }
    return (json.dumps(plain(told), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "replace")


def plain(value: Any) -> Any:
    """The same in what JSON knows: a level of minus infinity becomes null, arrays are left out."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, PathLike):
        return Path(fspath(value)).name
    if is_dataclass(value) and not isinstance(value, type):
        return plain({field.name: getattr(value, field.name) for field in fields(value)})
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items() if not isinstance(part, np.ndarray)}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes):
        return [plain(part) for part in value]
    return None
