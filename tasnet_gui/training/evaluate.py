"""Models measured on a test set: every file separated as the application does it, then scored against its parts."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasnet_gui.analysis import perceptual, scores
from tasnet_gui.analysis.measures import Values, each, score, unprocessed
from tasnet_gui.domain import BadRequest, ModelCard, Progress, Recording, Samples, Separation, UnreadableAudio
from tasnet_gui.engine.separate import separating
from tasnet_gui.training.testset import Item, Testset


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
    values["clean_si_sdr"] = each(scores.si_sdr, clean.speech, item.speech)
    alone = yield from separated(item.noise)
    values["false_speech"] = each(scores.snr, alone.speech, item.noise)
    return values


def _named(models: Sequence[ModelCard]) -> dict[str, ModelCard]:
    """The models by name, or where several have the same one, by ends of their paths that differ; each model once."""
    places: dict[Path, ModelCard] = {}
    for model in models:
        places.setdefault(model.folder.resolve(), model)
    named = {}
    for place, model in places.items():
        others = [other for other, rival in places.items() if rival.name == model.name and other != place]
        named[_apart(place, others) if others else model.name] = model
    return named


def _apart(place: Path, others: Sequence[Path]) -> str:
    """The end of a path, two names long or as many as it takes to tell it from others."""
    count = next(n for n in range(2, len(place.parts) + 2) if all(_end(place, n) != _end(other, n) for other in others))
    return _end(place, count).as_posix()


def _end(place: Path, count: int) -> Path:
    return Path(*place.parts[-count:])
