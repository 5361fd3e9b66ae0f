"""Scores put into words: in the comparison, on the model's card and in the status line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasnet_gui.desktop import words
from tasnet_gui.desktop.inspection import Inspection

if TYPE_CHECKING:
    from tasnet_gui.analysis.measures import Values

HOW = "For scores, drop the true speech of this recording on the window, or load it from the File menu."


@dataclass(frozen=True)
class Said:
    """How one score is said: what it is called, its key, and the key of what it gained."""

    title: str
    key: str
    gain: str = ""
    unit: str = "dB"
    digits: int = 1
    times: float = 1.0


SAID = (
    Said("SI-SDR", "si_sdr", "si_sdr_improvement"),
    Said("SDR", "sdr"),
    Said("Noise SI-SDR", "noise_si_sdr", "noise_si_sdr_improvement"),
    Said("STOI", "stoi", "stoi_improvement", "", 3),
    Said("PESQ", "pesq", "pesq_improvement", "", 2),
    Said("Noise attenuation", "noise_attenuation"),
    Said("Speech attenuation", "speech_attenuation"),
    Said("Speech lost", "speech_lost", "", "%", 1, 100.0),
)


def said(score: Said, values: "Values | None") -> str:
    """12.3 dB (+7.6); nothing for what is not known."""
    value = values.get(score.key) if values else None
    if value is None:
        return "\N{EN DASH}" if values else "\N{HORIZONTAL ELLIPSIS}"
    text = f"{_number(value * score.times, score.digits)} {score.unit}".strip()
    gained = values.get(score.gain) if values else None
    return text if gained is None else f"{text} ({_number(gained, score.digits, plus=True)})"


def known(many: Sequence["Values | None"]) -> list[Said]:
    """The scores that any of these results has; those that none can have are left out."""
    found = [values for values in many if values]
    return [score for score in SAID if not found or any(values.get(score.key) is not None for values in found)]


def rows(inspection: Inspection) -> list[tuple[str, str]]:
    """The scores of the result on the screen, as names and values; empty without a reference."""
    if inspection.reference is None or inspection.separation is None:
        return []
    if inspection.scores is None:
        return [("", "Being measured\N{HORIZONTAL ELLIPSIS}")]
    found = [(score.title, said(score, inspection.scores)) for score in known([inspection.scores])]
    return [*found, ("", against(inspection))]


def against(inspection: Inspection) -> str:
    """What was measured against, and what it lacks."""
    reference = inspection.reference
    if reference is None:
        return HOW
    name = reference.name if not reference.noise_name else f"{reference.name} and {reference.noise_name}"
    seconds = reference.start / reference.recording.rate, reference.stop / reference.recording.rate
    where = "" if reference.whole else f", {words.clock(seconds[0])} to {words.clock(seconds[1])}"
    return " ".join((f"Measured against {name}{where}.", *_left_out()))


def line(values: "Mapping[str, float | None] | None") -> str:
    """The one that counts most, for the status line."""
    if not values or values.get("si_sdr") is None:
        return ""
    return f"SI-SDR {said(SAID[0], dict(values))}"


def _left_out() -> tuple[str, ...]:
    from tasnet_gui.analysis import perceptual  # imports nothing that is slow

    missing = [name.upper() for name in perceptual.missing()]
    if not missing:
        return ()
    verb = "is" if len(missing) == 1 else "are"
    return (
        f"{' and '.join(missing)} {verb} left out: install the extra \N{LEFT DOUBLE QUOTATION MARK}metrics"
        "\N{RIGHT DOUBLE QUOTATION MARK} for it.",
    )


def _number(value: float, digits: int, plus: bool = False) -> str:
    value = round(value, digits) + 0.0  # no minus before a zero
    text = words.number(value, digits).replace("-", "\N{MINUS SIGN}")
    return f"+{text}" if plus and value >= 0 else text
