"""Models measured on a test set: every file separated as the application does it, then scored against its parts."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from tasnet_gui.analysis import perceptual, scores
from tasnet_gui.domain import BadRequest, ModelCard, Progress, Recording, Samples, Separation, UnreadableAudio
from tasnet_gui.engine.separate import separating
from tasnet_gui.training.testset import Item, Testset

Values = dict[str, float | None]  # scores by the keys of `summary.METRICS`


@dataclass(frozen=True)
class FileScores:
    """One file under one model."""

    index: int  # in the test set
    name: str
    snr: float | None  # of the mixture, dB
    seconds: float
    values: Values


@dataclass(frozen=True)
class Evaluation:
    """All files under all models."""

    about: dict[str, Any]  # what the test set is
    models: dict[str, ModelCard]  # by a name that is its own here
    files: dict[str, list[FileScores]]  # by the same names
    missing: list[str]  # scores whose packages are not installed
    failures: list[str] = field(default_factory=list)  # a sentence for every file that could not be measured


def evaluating(
    test: Testset, models: Sequence[ModelCard], *, device: str = "auto", threads: int | None = None
) -> Generator[Progress, None, Evaluation]:
    """Measure models on a test set. Files that cannot be read are left out and told of.

    All scores but the RTF are the same every time on the same machine.

    Raises:
        ModelError: a model is damaged.
        DeviceError: the device cannot be used.
    """
    named = _named(models)
    result = Evaluation(test.about, named, {name: [] for name in named}, perceptual.missing())
    for index in range(len(test)):
        try:
            item = test.item(index)
        except (UnreadableAudio, BadRequest) as error:
            result.failures.append(str(error))
            continue
        before = unprocessed(item)
        for place, (name, model) in enumerate(named.items()):
            done = (index + place / len(named)) / len(test)
            values = yield from _measuring(item, model, before, device, threads, done)
            snr = before["sdr"]
            result.files[name].append(FileScores(index, item.name, snr, item.mixture.duration, values))
    return result


def unprocessed(item: Item) -> Values:
    """The scores that the mixture itself has as an estimate of its speech and of its noise."""
    return _compared(item.mixture.samples, item.mixture.samples, item)


def score(item: Item, separation: Separation, before: Mapping[str, float | None] | None = None) -> Values:
    """The scores of a separation of the item's mixture; those of the mixture are computed unless they are at hand."""
    before = unprocessed(item) if before is None else before
    values = _compared(separation.speech, separation.noise, item)
    for key, improvement in _IMPROVEMENTS.items():
        values[improvement] = _minus(values[key], before[key])
    rate = item.mixture.rate
    channels = list(zip(separation.speech, item.mixture.samples, item.speech, strict=True))
    values["noise_attenuation"] = _mean([scores.noise_attenuation(e, m, s, rate) for e, m, s in channels])
    values["speech_attenuation"] = _mean([scores.speech_attenuation(e, s, rate) for e, _, s in channels])
    values["speech_lost"] = _mean([scores.speech_lost(e, s, rate) for e, _, s in channels])
    values["rtf"] = separation.seconds / item.mixture.duration
    return values


_IMPROVEMENTS = {
    "si_sdr": "si_sdr_improvement",
    "noise_si_sdr": "noise_si_sdr_improvement",
    "stoi": "stoi_improvement",
    "pesq": "pesq_improvement",
}


def _measuring(
    item: Item, model: ModelCard, before: Values, device: str, threads: int | None, done: float
) -> Generator[Progress, None, Values]:
    """Scores of the item under a model: of its mixture, of its speech alone, of its noise alone."""

    def separated(samples: Samples) -> Generator[Progress, None, Separation]:
        with closing(separating(Recording(samples, rate), model, device=device, threads=threads)) as work:
            while True:
                try:
                    next(work)
                except StopIteration as end:
                    separation: Separation = end.value
                    return separation
                yield Progress(done, "Measuring")

    rate = item.mixture.rate
    values = score(item, (yield from separated(item.mixture.samples)), before)
    clean = yield from separated(item.speech)
    values["clean_si_sdr"] = _each(scores.si_sdr, clean.speech, item.speech)
    alone = yield from separated(item.noise)
    values["false_speech"] = _each(scores.snr, alone.speech, item.noise)
    return values


def _compared(speech: Samples, noise: Samples, item: Item) -> Values:
    """Estimates against the item's own speech and noise."""
    rate = item.mixture.rate
    values = {
        "si_sdr": _each(scores.si_sdr, speech, item.speech),
        "sdr": _each(scores.sdr, speech, item.speech),
        "noise_si_sdr": _each(scores.si_sdr, noise, item.noise),
        "noise_sdr": _each(scores.sdr, noise, item.noise),
    }
    missing = perceptual.missing()
    for key, measure in (("stoi", perceptual.stoi), ("pesq", perceptual.pesq)):
        pairs = [] if key in missing else list(zip(speech, item.speech, strict=True))
        values[key] = _mean([None if scores.silent(s) else measure(e, s, rate) for e, s in pairs])
    return values


def _each(measure: Any, estimate: Samples, target: Samples) -> float | None:
    """The mean of a score over the channels."""
    return _mean([measure(e, t) for e, t in zip(estimate, target, strict=True)])


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _minus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _named(models: Sequence[ModelCard]) -> dict[str, ModelCard]:
    """The models by name, or where two have the same one, by the ends of their paths."""
    names = [model.name for model in models]
    return {
        model.name if names.count(model.name) == 1 else "/".join(model.folder.parts[-2:]): model for model in models
    }
