"""The training loop: a generator of reports, resumed exactly from its last checkpoint."""

import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tasnet_gui.domain import ModelCard
from tasnet_gui.nets import checkpoint
from tasnet_gui.nets.cards import read_card
from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.training import logbook, state
from tasnet_gui.training.corpus import Corpus
from tasnet_gui.training.loss import LOSSES, spectral
from tasnet_gui.training.mixing import Batch, Mixer
from tasnet_gui.training.optimisers import MEMORIES, OPTIMISERS
from tasnet_gui.training.parallel import Team
from tasnet_gui.training.presets import Recipe
from tasnet_gui.training.validation import improvement, validation_set

RESUME = "resume"
BEST = "best"


@dataclass(frozen=True)
class Report:
    """What a stretch of training did; one line of the log."""

    step: int
    loss: float  # mean over the stretch, dB
    rate: float  # learning rate
    seconds: float  # of training so far, over all sessions
    skipped: int  # steps left out so far because a loss or gradient was not finite
    valid: float | None = None  # mean SI-SDR improvement of speech on the validation set, dB


class Trainer:
    """Trains one network in one folder.

    Args:
        recipe: what to train and how. A resumed run may have other steps; all else comes from here as well.
        train: the split that is learned from.
        valid: the split that the weights are chosen by.
        folder: receives the log, the checkpoint `resume` and the weights `best`.
        device: where everything runs.
        bf16: multiply matrices in bfloat16; norms' statistics and the loss stay float32.
        team: the processes that train together; without one, this process trains alone.
    """

    def __init__(
        self,
        recipe: Recipe,
        train: Corpus,
        valid: Corpus,
        folder: Path,
        device: torch.device,
        bf16: bool = True,
        team: Team | None = None,
    ) -> None:
        self.recipe, self.folder, self.device, self.bf16 = recipe, folder, device, bf16
        self.team = team or Team(device)
        self.share = self.team.share(recipe.batch)
        torch.manual_seed(recipe.seed)
        self.net = ConvTasNet(recipe.net)
        if recipe.net.filters >= 2 * recipe.net.kernel and recipe.net.stride * 2 == recipe.net.kernel:
            self.net.start_from_phase_quadruples()
        self.net.to(device)
        self.model = self.team.spread(self.net)  # what is called; `net` has the weights
        self.average = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
        self.optimiser = OPTIMISERS[recipe.optimiser](self.net, recipe)
        self.random = torch.Generator().manual_seed(recipe.seed)
        self.mixer = Mixer(train.to(device), recipe.frames, recipe.mixing, self.team.generator(self.random))
        self.valid = validation_set(valid)
        self.step, self.skipped, self.seconds, self.best = 0, 0, 0.0, -math.inf
        self.stopped = False  # by `stop`, here or in another process of the team
        self.started_from = ""  # the model whose weights came first
        self.before: list[dict[str, Any]] = []  # how that model was trained: the facts of each stage

    def run(
        self,
        *,
        minutes: float = math.inf,
        stop: Callable[[], bool] = lambda: False,
        report_every: int = 20,
        validate_every: int = 500,
    ) -> Generator[Report, None, None]:
        """Train until the recipe's steps are done, the minutes are over or `stop` says so; then the state is saved.

        It is saved too when the generator is closed, but not after an error, which may have left half a step behind.

        Args:
            minutes: of this session; whatever the step, the weights are validated at their end.
            stop: asked before every step.
            report_every: steps between two reports.
            validate_every: steps between two validations, after each of which the state is saved.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        began, before = time.monotonic(), self.seconds
        losses: list[float] = []
        over = self.step >= self.recipe.steps
        try:
            while not over and not self._stopped(stop):
                self.team.deal(self.random, self.mixer.random)
                losses.append(self._learn(self.mixer.draw(self.share)))
                self.seconds = before + time.monotonic() - began
                over = self.step >= self.recipe.steps or self.team.any(time.monotonic() - began >= 60 * minutes)
                validated = over or self.step % validate_every == 0
                if validated or self.step % report_every == 0:
                    yield self._log(losses, self._validate() if validated and self.team.leads else None)
                    losses = []
                if validated:
                    self.save()
        except GeneratorExit:
            self.save()
            raise
        self.save()

    def save(self) -> None:
        """Write the checkpoint from which `resume` goes on."""
        if not self.team.leads:
            return
        tensors = {f"net/{name}": value for name, value in self.net.state_dict().items()}
        tensors |= {f"average/{name}": value for name, value in self.average.items()}
        for name, parameter in self.net.named_parameters():
            for key, value in self.optimiser.memory(parameter).items():
                tensors[f"optimiser/{key}/{name}"] = value
        tensors["random"] = self.random.get_state()
        numbers = {
            "step": self.step,
            "skipped": self.skipped,
            "seconds": self.seconds,
            "best": self.best if math.isfinite(self.best) else None,
            "valid": self.valid.key,
            "started_from": self.started_from,
            "before": self.before,
            "recipe": self.recipe.as_dict(),
        }
        state.write(self.folder / RESUME, state.State(tensors, numbers))

    def resume(self) -> bool:
        """Go on from the folder's checkpoint, if it has one."""
        if not state.exists(self.folder / RESUME):
            return False
        saved = state.read(self.folder / RESUME)
        self.net.load_state_dict(state.under("net", saved.tensors))
        self.average = {name: value.to(self.device) for name, value in state.under("average", saved.tensors).items()}
        for name, parameter in self.net.named_parameters():
            entry = {
                key: value.to("cpu" if key == "step" else self.device)
                for key in MEMORIES
                if (value := saved.tensors.get(f"optimiser/{key}/{name}")) is not None
            }
            if entry:
                self.optimiser.remember(parameter, entry)
        self.random.set_state(saved.tensors["random"])
        self.step, self.skipped = saved.numbers["step"], saved.numbers["skipped"]
        self.seconds = saved.numbers["seconds"]
        self.started_from = saved.numbers.get("started_from", "")
        self.before = saved.numbers.get("before", [])
        if saved.numbers["best"] is not None:
            self.best = saved.numbers["best"]
            if saved.numbers.get("valid") != self.valid.key:  # a score on other mixtures says nothing here
                self.best = improvement(self._shipped(), self.valid, self.device)
        return True

    def start_from(
        self, weights: Mapping[str, Tensor], name: str = "", before: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Begin with the weights of another network of the same shapes, such as the non-causal twin of a causal one.

        Args:
            weights: as `state_dict` gives them.
            name: of the model they are from.
            before: how that model was trained, stage by stage, for the card of what comes of this.
        """
        self.started_from, self.before = name, [dict(stage) for stage in before]
        self.net.load_state_dict(dict(weights))
        self.average = {name: value.detach().clone() for name, value in self.net.state_dict().items()}

    def averaged(self) -> ConvTasNet:
        """A copy with the averaged weights, in evaluation mode."""
        net = ConvTasNet(self.recipe.net).to(self.device)
        net.load_state_dict(self.average)
        return net.eval()

    def _stopped(self, stop: Callable[[], bool]) -> bool:
        self.stopped = self.team.any(stop())
        return self.stopped

    def _learn(self, batch: Batch) -> float:
        recipe = self.recipe
        self.optimiser.set_rate(recipe.learning_rate(self.step))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            estimates = self.model(batch.mixture)
        estimates = estimates.float()
        loss = LOSSES[recipe.loss](estimates, batch.sources, batch.mixture).mean()
        if recipe.spectral:
            loss = loss + recipe.spectral * spectral(estimates, batch.sources, batch.mixture).mean()
        self.optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), recipe.clip)
        self.step += 1
        value = self.team.mean(loss.detach())
        if not (math.isfinite(value) and bool(torch.isfinite(norm))):
            self.skipped += 1  # a step from a gradient that is not finite would ruin every weight
            return math.nan
        self.optimiser.step()
        self._follow()
        return value

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the averaged weights a little towards the current ones; faster at first, when these still move far."""
        keep = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
        names, values = zip(*self.net.state_dict().items(), strict=True)
        torch._foreach_lerp_([self.average[name] for name in names], list(values), 1 - keep)

    def _validate(self) -> float:
        score = improvement(self.averaged(), self.valid, self.device)
        if score > self.best:
            self.best = score
            self._ship()
        return score

    def _ship(self) -> ModelCard:
        kind = "No look-ahead" if self.recipe.net.causal else "Best quality"
        return checkpoint.save(
            self.averaged(), self.folder / BEST, title=kind, training={"steps": self.step, "valid_si_sdri": self.best}
        )

    def _shipped(self) -> ConvTasNet:
        return checkpoint.load(read_card(self.folder / BEST)).to(self.device)

    def _log(self, losses: list[float], valid: float | None) -> Report:
        finite = [loss for loss in losses if math.isfinite(loss)]
        report = Report(
            step=self.step,
            loss=round(sum(finite) / len(finite), 4) if finite else math.nan,
            rate=self.recipe.learning_rate(self.step),
            seconds=round(self.seconds, 1),
            skipped=self.skipped,
            valid=None if valid is None else round(valid, 4),
        )
        line = {key: value for key, value in asdict(report).items() if value is not None and math.isfinite(value)}
        if self.team.leads:
            logbook.append(self.folder, line)
        return report
