"""The log of a run: a JSON object per report, only ever appended to; and as a picture."""

import json
from collections.abc import Mapping
from pathlib import Path

from tasnet_gui.training.charts import chart

LOG = "log.jsonl"
PICTURE = "log.svg"


def append(folder: Path, line: Mapping[str, float]) -> None:
    """Add a line to the log of the run in `folder`. One that was torn off there, by a full disk, stays by itself."""
    with (folder / LOG).open("a+b") as file:
        torn = file.tell() > 0
        if torn:
            file.seek(-1, 2)
            torn = file.read() != b"\n"
        file.write((b"\n" if torn else b"") + json.dumps(line).encode() + b"\n")


def read(folder: Path) -> list[dict[str, float]]:
    """The lines of the log of the run in `folder`, each step once; what is no line of a log is left out.

    Raises:
        OSError: there is no log, or it cannot be read.
    """
    lines: list[dict[str, float]] = []
    for text in (folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if not isinstance(line, dict) or "step" not in line:
            continue
        while lines and lines[-1]["step"] >= line["step"]:  # a run that was killed went on from an earlier checkpoint
            lines.pop()
        lines.append(line)
    return lines


def draw(folder: Path) -> Path:
    """Draw the log of the run in `folder` beside it: both curves should rise."""
    lines = read(folder)
    series = {
        "- loss": [(line["step"], -line["loss"]) for line in lines if "loss" in line],
        "validation": [(line["step"], line["valid"]) for line in lines if "valid" in line],
    }
    picture = folder / PICTURE
    picture.write_text(chart(series, "step", "dB", lines=True), encoding="utf-8")
    return picture
