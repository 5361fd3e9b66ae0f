"""A model card as a page in Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasnet_gui.analysis.metrics import METRICS, text
from tasnet_gui.domain import ModelCard
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.training.summary import BY_SNR, bucket

STAGE = ("command", "steps", "hours_heard", "wall_hours")  # what is said of each stage of a training


def page(card: ModelCard) -> str:
    """All that the card says, to read."""
    parts = [f"# {card.name}: {card.title}", card.description, _architecture(card)]
    if card.scores:
        parts.append(_scores(card.scores))
    if card.training:
        parts.append(_training(card.training))
    parts.append(f"## Licence\n\n{card.licence}. SHA-256 of `{card.weights}`: `{card.sha256}`")
    return "\n\n".join(parts) + "\n"


def _architecture(card: ModelCard) -> str:
    config = ConvTasNetConfig.from_dict(dict(card.config))
    rows = [
        ("Kind", f"Conv-TasNet, {'causal' if card.causal else 'non-causal'}, {config.norm}"),
        ("Parameters", f"{card.parameters:,}"),
        ("Sample rate", f"{config.rate:,} Hz"),
        ("Window, stride", f"{config.kernel}, {config.stride} samples"),
        ("N, B, H, Sc, P, X, R", ", ".join(map(str, _letters(config)))),
        ("Encoder, masks", f"{config.encoder_activation}, {config.mask_activation}"),
        ("Receptive field of the convolutions", f"{config.receptive_field:.2f} s"),
        ("Latency" if card.causal else "Look-ahead of the convolutions", f"{1000 * config.look_ahead:.0f} ms"),
    ]
    return "## Architecture\n\n" + _table(("", ""), rows)


def _letters(config: ConvTasNetConfig) -> tuple[int, ...]:
    return (
        config.filters,
        config.bottleneck,
        config.hidden,
        config.skip,
        config.block_kernel,
        config.blocks,
        config.repeats,
    )


def _scores(scores: Mapping[str, Any]) -> str:
    about = scores.get("set", {})
    said = "; ".join(f"{key.replace('_', ' ')} {value}" for key, value in about.items())
    rows = [
        (f"{metric.label}{', ' + metric.unit if metric.unit else ''}", text(metric, scores[metric.key]))
        for metric in METRICS
        if metric.key in scores
    ]
    parts = ["## Scores", f"Means, by `tasnet evaluate`: {said}.", _table(("score", "mean"), rows)]
    metrics = [metric for metric in METRICS if metric.key in BY_SNR]
    buckets = [
        (bucket(row), str(row["files"]), *(text(metric, row.get(metric.key)) for metric in metrics))
        for row in scores.get("by_snr", [])
    ]
    parts.append(_table(("SNR of the mixture", "files", *(BY_SNR[metric.key] for metric in metrics)), buckets))
    return "\n\n".join(parts)


def _training(training: Mapping[str, Any]) -> str:
    data = training.get("data", {})
    parts = ["## Training"]
    if training.get("before"):
        parts.append("In stages, each from the weights of the one before; last:")
    if training.get("command"):
        parts.append(f"    {training['command']}")
    facts = [
        ("Steps", training.get("steps")),
        ("Hours of mixtures heard", training.get("hours_heard")),
        ("Hours it took", training.get("wall_hours")),
        ("SI-SDR improvement on the validation split, dB", training.get("valid_si_sdr_improvement")),
        ("Hours of speech", data.get("speech_hours")),
        ("Hours of noise", data.get("noise_hours")),
        ("Room impulse responses", data.get("room_responses")),
    ]
    parts.append(_table(("", ""), [(name, str(value)) for name, value in facts if value is not None]))
    if training.get("before"):
        earlier = [[str(stage.get(key, "")) for key in STAGE] for stage in training["before"]]
        parts.append(_table(("before", "steps", "hours of mixtures heard", "hours it took"), earlier))
    if data.get("sources"):
        rows = [
            (source["source"], source["kind"], f"{source['hours']:.2f}", "; ".join(source["licences"]))
            for source in data["sources"]
        ]
        parts.append(_table(("training data", "kind", "hours", "licence"), rows))
    if data.get("attribution"):
        parts.append(f"Authors: [{data['attribution']}]({data['attribution']}).")
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
