"""Many scores in few numbers, as values for JSON and cards and as tables to read."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tasnet_gui.analysis.metrics import METRICS, text
from tasnet_gui.training.evaluate import Evaluation, FileScores

WORST = 10  # files that a report lets one listen to
BUCKETS = ((-math.inf, -5.0), (-5.0, 0.0), (0.0, 5.0), (5.0, 10.0), (10.0, 15.0), (15.0, math.inf))  # dB, [from, to)
BY_SNR = {
    "si_sdr": "SI-SDR",
    "si_sdr_improvement": "SI-SDR impr.",
    "noise_si_sdr_improvement": "noise SI-SDR impr.",
    "stoi_improvement": "STOI impr.",
    "pesq_improvement": "PESQ impr.",
}  # the scores that are told by SNR, with short names


def known(files: Sequence[FileScores], key: str) -> list[float]:
    """The values that there are of one score."""
    return [value for file in files if (value := file.values.get(key)) is not None]


def statistics(files: Sequence[FileScores]) -> dict[str, dict[str, float]]:
    """Mean, median, 10th and 90th percentile and number of every score that any file has."""
    found = {}
    for metric in METRICS:
        if values := known(files, metric.key):
            low, middle, high = (float(x) for x in np.percentile(values, (10, 50, 90)))
            mean = float(np.mean(values))
            found[metric.key] = {"mean": mean, "median": middle, "p10": low, "p90": high, "files": len(values)}
    return found


def by_snr(files: Sequence[FileScores]) -> list[dict[str, Any]]:
    """Mean scores of the files whose mixture lies in each bucket, and below "median" and "p10" those; buckets without
    files are left out."""
    rows = []
    for low, high in BUCKETS:
        inside = [file for file in files if file.snr is not None and low <= file.snr < high]
        if inside:
            found = {key: value for key, value in statistics(inside).items() if key in BY_SNR}
            means, *others = ({key: found[key][name] for key in found} for name in ("mean", "median", "p10"))
            limits = [None if math.isinf(limit) else limit for limit in (low, high)]
            more = dict(zip(("median", "p10"), others, strict=True))
            rows.append({"from": limits[0], "to": limits[1], "files": len(inside), **means, **more})
    return rows


def worst(files: Sequence[FileScores], count: int = WORST) -> list[FileScores]:
    """The files whose speech gained least, the worst first."""
    return sorted(files, key=lambda file: _or_highest(file.values.get("si_sdr_improvement")))[:count]


def as_values(evaluation: Evaluation) -> dict[str, Any]:
    """Everything, as plain values for JSON; what a file cannot have is null."""
    models = []
    for name, card in evaluation.models.items():
        files = evaluation.files[name]
        models.append(
            {
                "name": name,
                "title": card.title,
                "causal": card.causal,
                "parameters": card.parameters,
                "sha256": card.sha256,
                "scores": statistics(files),
                "by_snr": by_snr(files),
                "worst": [file.name for file in worst(files)],
                "files": [{"name": f.name, "seconds": f.seconds, "snr": f.snr, "scores": f.values} for f in files],
            }
        )
    return {
        "format": 1,
        "set": evaluation.about,
        "missing": evaluation.missing,
        "failures": evaluation.failures,
        "models": models,
    }


def for_card(evaluation: Evaluation, name: str) -> dict[str, Any]:
    """The means of one model's scores and what they were measured on, for its card. The RTF depends on the machine."""
    files = evaluation.files[name]
    means = {key: round(found["mean"], 4) for key, found in statistics(files).items() if key != "rtf"}
    buckets = [
        {key: round(v, 4) if key in BY_SNR else v for key, v in row.items() if key not in ("median", "p10")}
        for row in by_snr(files)
    ]
    return {"set": evaluation.about, **means, "by_snr": buckets}


Rows = list[list[str]]  # cells of a table; the first row is its head


def tables(evaluation: Evaluation) -> str:
    """What was measured, to read: all models side by side, then by SNR, then the worst files."""
    rows = [overall_rows(evaluation), *snr_rows(evaluation), *worst_rows(evaluation)]
    return "\n\n".join([*map(aligned, rows), *notes(evaluation)])


def overall_rows(evaluation: Evaluation) -> Rows:
    """Every score of every model: its mean, its median, and where its worst tenth begins."""
    found = {name: statistics(files) for name, files in evaluation.files.items()}
    rows = [["", *[cell for name in found for cell in (name, "median", "worst tenth")]]]
    for metric in METRICS:
        if any(metric.key in scores for scores in found.values()):
            parts = ("mean", "median", "p10" if metric.higher_is_better else "p90")
            cells = [text(metric, scores.get(metric.key, {}).get(part)) for scores in found.values() for part in parts]
            rows.append([f"{metric.label}, {metric.unit}" if metric.unit else metric.label, *cells])
    return rows


def snr_rows(evaluation: Evaluation) -> list[Rows]:
    """One table per model, with three rows for each bucket: means, medians, and where the worst tenth begins."""
    metrics = [metric for metric in METRICS if metric.key in BY_SNR]
    found = []
    for name, files in evaluation.files.items():
        buckets = by_snr(files)
        shown = [metric for metric in metrics if any(metric.key in row for row in buckets)]
        rows = [[f"{name} by SNR", "files", "", *[BY_SNR[metric.key] for metric in shown]]]
        for row in buckets:
            parts = {"mean": row, "median": row["median"], "worst tenth": row["p10"]}
            heads = [[bucket(row), str(row["files"])], ["", ""], ["", ""]]
            for head, (part, values) in zip(heads, parts.items(), strict=True):
                rows.append([*head, part, *[text(metric, values.get(metric.key)) for metric in shown]])
        found.append(rows)
    return found


def worst_rows(evaluation: Evaluation) -> list[Rows]:
    """One table per model."""
    found = []
    for name, files in evaluation.files.items():
        rows = [[file.name, text(METRICS[1], file.values.get("si_sdr_improvement"))] for file in worst(files)]
        found.append([[f"{name}: worst files", "SI-SDR impr."], *rows])
    return found


def notes(evaluation: Evaluation) -> list[str]:
    """What was left out, a sentence each."""
    unknown = [
        f"{name.upper()} is left out: its package is not installed (pip install 'tasnet-studio[metrics]')."
        for name in evaluation.missing
    ]
    return [*unknown, *(f"Left out: {failure}" for failure in evaluation.failures)]


def bucket(row: dict[str, Any]) -> str:
    """The limits of a row of `by_snr`, to read."""
    if row["from"] is None:
        return f"below {row['to']:g} dB"
    return f"{row['from']:g} dB and above" if row["to"] is None else f"{row['from']:g} to {row['to']:g} dB"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Cells in columns: the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        others = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *others]))
    return "\n".join(lines)


def _or_highest(value: float | None) -> float:
    return math.inf if value is None else value
