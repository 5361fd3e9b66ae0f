"""All scores of one separation whose parts are known: for `tasnet evaluate`, and for a recording with a reference."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from tasnet_gui.analysis import perceptual, scores
from tasnet_gui.analysis.scores import Mono
from tasnet_gui.domain import Progress, Recording, Samples, Separation, finish

Values = dict[str, float | None]  # scores by the keys of `metrics.METRICS`
Measuring = Generator[Progress, None, Values]

LONGEST = 60.0  # seconds up to which STOI and PESQ hear the whole sound
PIECE = 30.0  # seconds of longer sound that they hear at a time
PIECES = 10  # that they hear at most, evenly spread: an hour of PESQ would take minutes

_IMPROVEMENTS = {
    "si_sdr": "si_sdr_improvement",
    "noise_si_sdr": "noise_si_sdr_improvement",
    "stoi": "stoi_improvement",
    "pesq": "pesq_improvement",
}
_PHASE = "Measuring"


@dataclass(frozen=True, eq=False)
class Truth:
    """A mixture and what it was made of."""

    mixture: Recording
    speech: Samples  # the shape of the mixture
    noise: Samples


def unprocessed(truth: Truth) -> Values:
    """The scores that the mixture itself has as an estimate of its speech and of its noise."""
    return finish(_comparing(truth.mixture.samples, truth.mixture.samples, truth, (0.0, 1.0)))


def score(truth: Truth, separation: Separation, before: Mapping[str, float | None] | None = None) -> Values:
    """The scores of a separation of the mixture; those of the mixture are computed unless they are at hand."""
    return finish(measuring(truth, separation, before))


def measuring(
    truth: Truth,
    separation: Separation,
    before: Mapping[str, float | None] | None = None,
    pesq: perceptual.Measure = perceptual.pesq,
) -> Measuring:
    """As `score`, step by step, with PESQ from where it disturbs nobody (`perceptual.pesq_beside`)."""
    if before is None:
        before = yield from _comparing(truth.mixture.samples, truth.mixture.samples, truth, (0.0, 0.4), pesq)
    values = yield from _comparing(separation.speech, separation.noise, truth, (0.4, 0.8), pesq)
    for key, improvement in _IMPROVEMENTS.items():
        values[improvement] = _minus(values[key], before[key])
    rate = truth.mixture.rate
    channels = list(zip(separation.speech, truth.mixture.samples, truth.speech, strict=True))
    values["noise_attenuation"] = _mean([scores.noise_attenuation(e, m, s, rate) for e, m, s in channels])
    yield Progress(0.9, _PHASE)
    values["speech_attenuation"] = _mean([scores.speech_attenuation(e, s, rate) for e, _, s in channels])
    values["speech_lost"] = _mean([scores.speech_lost(e, s, rate) for e, _, s in channels])
    values["rtf"] = separation.seconds / truth.mixture.duration
    return values


def each(measure: Callable[[Mono, Mono], float | None], estimate: Samples, target: Samples) -> float | None:
    """The mean of a score over the channels."""
    return _mean([measure(e, t) for e, t in zip(estimate, target, strict=True)])


def _comparing(
    speech: Samples,
    noise: Samples,
    truth: Truth,
    shares: tuple[float, float],
    pesq: perceptual.Measure = perceptual.pesq,
) -> Measuring:
    """Estimates against the true speech and noise, going from one share of the work to the other."""
    begin, end = shares
    values: Values = {}
    plain = (("", speech, truth.speech), ("noise_", noise, truth.noise))
    for prefix, estimate, target in plain:
        for key, measure in (("si_sdr", scores.si_sdr), ("sdr", scores.sdr)):
            values[prefix + key] = each(measure, estimate, target)
            yield Progress(begin + (end - begin) * len(values) / 10, _PHASE)
    missing = perceptual.missing()
    for key, hear in (("stoi", perceptual.stoi), ("pesq", pesq)):
        found: list[float | None] = []
        for e, s in [] if key in missing else _pieces(speech, truth.speech, truth.mixture.rate):
            found.append(None if scores.silent(s) else hear(e, s, truth.mixture.rate))
            yield Progress(begin + (end - begin) * 0.5, _PHASE)
        values[key] = _mean(found)
    return values


def _pieces(estimate: Samples, target: Samples, rate: int) -> list[tuple[Mono, Mono]]:
    """What STOI and PESQ hear: every channel as it is, or some pieces of it where it is long."""
    frames = target.shape[1]
    if frames <= LONGEST * rate:
        starts, size = np.zeros(1, np.int64), frames
    else:
        size = round(PIECE * rate)
        starts = np.linspace(0, frames - size, min(PIECES, frames // size)).astype(np.int64)
    pairs = zip(estimate, target, strict=True)
    return [(e[start : start + size], s[start : start + size]) for e, s in pairs for start in starts]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _minus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b
