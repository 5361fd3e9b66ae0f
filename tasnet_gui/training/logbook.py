"""The log of a run, as a picture."""

import json
from pathlib import Path

from tasnet_gui.training.charts import chart
from tasnet_gui.training.trainer import LOG

PICTURE = "log.svg"


def draw(folder: Path) -> Path:
    """Draw the log of the run in `folder` beside it: both curves should rise."""
    lines: list[dict[str, float]] = []
    for text in (folder / LOG).read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        while lines and lines[-1]["step"] >= line["step"]:  # a run that was killed went on from an earlier checkpoint
            lines.pop()
        lines.append(line)
    series = {
        "- loss": [(line["step"], -line["loss"]) for line in lines if "loss" in line],
        "validation": [(line["step"], line["valid"]) for line in lines if "valid" in line],
    }
    picture = folder / PICTURE
    picture.write_text(chart(series, "step", "dB", lines=True), encoding="utf-8")
    return picture
