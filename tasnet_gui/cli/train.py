"""`tasnet train`: mixtures of a corpus in, a model out."""

import argparse
import math
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Self

from tqdm import tqdm

from tasnet_gui import places
from tasnet_gui.cli.terminal import Bar, complain
from tasnet_gui.domain import BadRequest, ModelCard, UnwritableOutput, finish
from tasnet_gui.engine import device as devices
from tasnet_gui.engine import library

if TYPE_CHECKING:
    from tasnet_gui.training.corpus import Corpus
    from tasnet_gui.training.parallel import Team
    from tasnet_gui.training.presets import Recipe
    from tasnet_gui.training.trainer import Report, Trainer

NAME = "train"
HELP = "Train a model on a corpus. A run that was stopped goes on where it stood."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="folder with a manifest.csv")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="RUN", help="folder for log, checkpoint and best weights"
    )
    parser.add_argument("--preset", metavar="NAME", help="base (default), small, paper, and each with -causal")
    parser.add_argument("--steps", type=int, metavar="N", help="how long the learning-rate schedule is")
    parser.add_argument("--minutes", type=float, metavar="M", help="stop after this time; 0 trains nothing")
    parser.add_argument("--batch", type=int, metavar="B", help="mixtures per step")
    parser.add_argument("--optimiser", choices=("adamw", "muon"), help="muon needs torch 2.9 or newer")
    parser.add_argument("--learning-rate", dest="rate", type=float, metavar="R", help="at its highest")
    parser.add_argument("--loss", choices=("snr", "si-snr"), help="what is minimised")
    parser.add_argument("--spectral", type=float, metavar="W", help="weight of the spectral loss beside it")
    parser.add_argument("--mix", action="append", default=[], metavar="NAME=VALUE", help="as in hum=0.1 or snr=-5:15")
    parser.add_argument("--seed", type=int, metavar="S", help="decides weights and mixtures")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    parser.add_argument("--threads", type=int, metavar="N", help="of the CPU (default: as many as cores)")
    parser.add_argument("--start-from", metavar="MODEL", help="begin with the weights of a model, by name or path")
    parser.add_argument("--fresh", action="store_true", help="begin anew: the run that RUN holds is deleted")
    parser.add_argument("--no-bf16", action="store_true", help="compute in float32 only")
    parser.add_argument(
        "--cache", type=Path, default=places.cache_folder() / "corpus", metavar="DIR", help="for the decoded corpus"
    )
    parser.add_argument(
        "--examples", action="store_true", help="only write what training hears to RUN/examples, with a page"
    )
    parser.add_argument(
        "--ship", type=Path, metavar="DIR", help="afterwards, make a model of the best weights and measure it"
    )


def run(arguments: argparse.Namespace) -> int:
    """Train, and ship if asked.

    Raises:
        TasnetError: it cannot begin, or the model cannot be written.
    """
    if arguments.out.exists() and not arguments.out.is_dir():
        raise UnwritableOutput(f"{arguments.out} is a file, so no run can be kept in it.", "Choose a folder for --out.")
    chosen = devices.choose(arguments.device).name
    device = "cpu" if chosen == "mps" else chosen  # the causal norm needs float64, which Apple's GPUs lack
    import torch

    from tasnet_gui.training import parallel

    alone = max(1, devices.physical_cores() // parallel.processes_here())
    threads = devices.thread_count(arguments.threads or alone)
    torch.set_num_threads(threads)
    if arguments.examples:
        if parallel.leads():
            _examples(arguments)
        return 0
    if arguments.minutes != 0:
        with parallel.joined(device) as team:
            if _train(arguments, team):
                return 130
    if arguments.ship and parallel.leads():
        _ship(arguments, device, threads)
    return 0


def _train(arguments: argparse.Namespace, team: "Team") -> bool:
    """Train until the steps or the minutes are over. Whether Ctrl-C came first, here or in another process."""
    import torch

    from tasnet_gui.training import logbook, state
    from tasnet_gui.training.precision import bf16_helps
    from tasnet_gui.training.publish import stages
    from tasnet_gui.training.trainer import RESUME, Trainer

    resumes = state.exists(arguments.out / RESUME) and not arguments.fresh
    recipe = _recipe(arguments, state.numbers(arguments.out / RESUME) if resumes else None)
    first = library.card(arguments.start_from) if arguments.start_from and not resumes else None
    if first:
        _check_weights(first, recipe)
    train, valid = _splits(arguments, team)
    say = complain if team.leads else _nothing
    bf16 = bf16_helps(team.device) and not arguments.no_bf16
    trainer = Trainer(recipe, train, valid, arguments.out, team.device, bf16, team)
    if resumes and trainer.resume():
        say(f"Going on with {arguments.out} after step {trainer.step} of {recipe.steps}.")
    elif first:
        trainer.start_from(library.load(first).state_dict(), first.name, stages(first.training))
    if arguments.fresh and team.leads:
        _forget(arguments.out)  # not before: the old run outlives a command that cannot begin
    hours = train.hours
    say(
        f"{sum(p.numel() for p in trainer.net.parameters()) / 1e6:.2f} million parameters, {hours['speech']:.1f} h of "
        f"speech, {hours['noise']:.1f} h of noise; {f'{team.size} processes with ' if team.size > 1 else ''}"
        f"{team.device.type}, {torch.get_num_threads()} threads, {'bfloat16' if bf16 else 'float32'}."
    )
    with _ctrl_c(say) as asked, _Steps(trainer) as bar:
        for report in trainer.run(minutes=_minutes(arguments), stop=lambda: bool(asked), report_every=10):
            bar.tell(report)
            if report.valid is not None:
                logbook.draw(arguments.out)
    if trainer.step < recipe.steps:
        again = shlex.join(["tasnet", "train", "--corpus", str(arguments.corpus), "--out", str(arguments.out)])
        say(f"Stopped and saved after step {trainer.step} of {recipe.steps}. Go on with: {again}")
    return trainer.stopped


def _check_weights(model: ModelCard, recipe: "Recipe") -> None:
    """Refuse to begin with the weights of a network of other sizes.

    Raises:
        BadRequest: it is one.
    """
    from tasnet_gui.nets.config import LETTERS, ConvTasNetConfig

    theirs = ConvTasNetConfig.from_dict(dict(model.config))
    sizes = {key: (getattr(theirs, key), getattr(recipe.net, key)) for key in LETTERS}
    if other := [f"{key} {a} instead of {b}" for key, (a, b) in sizes.items() if a != b]:
        what = f"A run cannot start from {model.name}, whose network has {', '.join(other)}."
        raise BadRequest(what, "Choose a model of the same network, or another --preset.")


def _forget(folder: Path) -> None:
    """Delete the run that a folder holds, and nothing else in it."""
    from tasnet_gui.training import state
    from tasnet_gui.training.logbook import LOG
    from tasnet_gui.training.trainer import BEST, RESUME

    state.remove(folder / RESUME)
    shutil.rmtree(folder / BEST, ignore_errors=True)
    (folder / LOG).unlink(missing_ok=True)


def _nothing(sentence: str) -> None:
    """What all but the first of several processes say."""


def _splits(arguments: argparse.Namespace, team: "Team") -> "tuple[Corpus, Corpus]":
    """What is learned from and what the weights are chosen by; on each machine one process decodes them for all."""
    if not team.first_here:
        team.wait()
    train, valid = (_split(arguments, split) for split in ("train", "valid"))
    if team.first_here:
        team.wait()
    return train, valid


def _examples(arguments: argparse.Namespace) -> None:
    """Write an example of every way to vary a mixture."""
    from tasnet_gui.training.examples import writing

    train = _split(arguments, "train")
    with Bar("examples") as bar:
        print(finish(writing(train, arguments.out / "examples", arguments.seed or 1), bar.phase(0.0, 1.0)))


def _ship(arguments: argparse.Namespace, device: str, threads: int) -> None:
    """Make a model of the best weights, measure it on the test split, and write the scores into its card."""
    import torch

    from tasnet_gui.training import publish, summary, testset
    from tasnet_gui.training.evaluate import evaluating
    from tasnet_gui.training.validation import validation_set

    valid = validation_set(_split(arguments, "valid"))
    with Bar(arguments.ship.name) as bar:
        work = publish.publishing(arguments.out, arguments.ship, arguments.corpus, valid, torch.device(device))
        card = finish(work, bar.phase(0.0, 0.1))
        name = f"{arguments.corpus.resolve().name}, split test"
        test = testset.CorpusMixtures(_split(arguments, "test"), name, testset.COUNT)
        evaluation = finish(evaluating(test, [card], device=device, threads=threads), bar.phase(0.1, 1.0))
    publish.record(card, summary.for_card(evaluation, card.name))
    print(summary.tables(evaluation))
    complain(f"The model is in {arguments.ship}, its card beside it.")


def _recipe(arguments: argparse.Namespace, saved: dict[str, Any] | None) -> "Recipe":
    """What to train: the run's own recipe, or the preset with the changes that were asked for.

    Raises:
        BadRequest: a run cannot go on as another one, or a number makes no sense.
    """
    from tasnet_gui.training.options import OPTIONS, changed
    from tasnet_gui.training.presets import Recipe, preset

    asked = {key: value for key in OPTIONS if (value := getattr(arguments, key)) is not None}
    if saved is None:
        return changed(preset(arguments.preset or "base"), asked, arguments.mix)
    own = Recipe.from_dict(saved["recipe"])
    anew = "Leave that out, choose another folder, or begin anew with --fresh."
    if arguments.preset and preset(arguments.preset).net != own.net:
        raise BadRequest(f"{arguments.out} holds a run of another network than --preset {arguments.preset}.", anew)
    wanted = changed(own, asked, arguments.mix)
    for key, value in asked.items():
        if key != "steps" and value != getattr(own, key):
            raise BadRequest(f"{arguments.out} holds a run with {OPTIONS[key]} {getattr(own, key)}.", anew)
    if wanted.mixing != own.mixing:
        raise BadRequest(f"{arguments.out} holds a run with other mixtures than those of --mix.", anew)
    return wanted


def _split(arguments: argparse.Namespace, split: str) -> "Corpus":
    """A split of the corpus, decoded at its first use."""
    from tasnet_gui.training.corpus import opening

    with Bar(str(arguments.corpus)) as bar:
        return finish(opening(arguments.corpus, split, arguments.cache), bar.phase(0.0, 1.0))


def _minutes(arguments: argparse.Namespace) -> float:
    return math.inf if arguments.minutes is None else float(arguments.minutes)


class _Steps:
    """A bar over the steps of a run with its loss and score; without a terminal, a line per validation."""

    def __init__(self, trainer: "Trainer") -> None:
        self._quiet = not trainer.team.leads
        self._looked_at = sys.stderr.isatty()
        self._best = trainer.best
        self._bar = tqdm(
            total=trainer.recipe.steps,
            initial=trainer.step,
            unit="step",
            disable=self._quiet or not self._looked_at,
            dynamic_ncols=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()

    def tell(self, report: "Report") -> None:
        """Show a report."""
        if report.valid is not None:
            self._best = max(self._best, report.valid)
        said = f"loss {report.loss:.2f} dB"
        said += f", valid +{self._best:.2f} dB" if math.isfinite(self._best) else ""
        said += f", {report.skipped} skipped" if report.skipped else ""
        self._bar.set_postfix_str(said, refresh=False)
        self._bar.update(report.step - self._bar.n)
        if report.valid is not None and not self._looked_at:
            complain(f"Step {report.step}: {said}.")


@contextmanager
def _ctrl_c(say: Callable[[str], None]) -> Iterator[list[int]]:
    """A list that is empty until Ctrl-C, so that no step is left half done; the second Ctrl-C ends at once."""
    asked: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        say("Stopping after this step.")

    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
