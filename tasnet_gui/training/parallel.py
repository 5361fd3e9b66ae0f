"""One process or many: who draws which part of a batch, and what all must agree upon.

`torchrun` tells each process through its environment which of how many it is. Their gradients are averaged step by step
(DistributedDataParallel), so that N processes learn from a batch what one would, each from an Nth of it.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Generator, Tensor, nn

from tasnet_gui.domain import BadRequest, DeviceError
from tasnet_gui.engine.device import first_line

_PATIENCE = timedelta(hours=1)  # the others wait so long for the one that validates or decodes


@dataclass(frozen=True)
class Team:
    """The processes that train one network, seen from one of them. The one of rank 0 logs, validates and saves."""

    device: torch.device = torch.device("cpu")  # noqa: RUF009 - a constant
    rank: int = 0
    size: int = 1
    first_here: bool = True  # of those on this machine

    @property
    def leads(self) -> bool:
        """Whether this is the process that logs, validates and saves."""
        return self.rank == 0

    def share(self, batch: int) -> int:
        """How many mixtures of a batch each process draws.

        Raises:
            BadRequest: they cannot be shared out evenly.
        """
        if batch % self.size:
            raise BadRequest(
                f"{batch} mixtures per step cannot be shared evenly among {self.size} processes.",
                f"Choose a multiple of {self.size} with --batch.",
            )
        return batch // self.size

    def generator(self, common: Generator) -> Generator:
        """What decides this process's draws, once `deal` was called: `common` itself where one process trains alone."""
        return common if self.size == 1 else Generator()

    def deal(self, common: Generator, own: Generator) -> None:
        """Make the next draw of each process another one. All follow from `common`, which is the same everywhere."""
        if self.size > 1:
            own.manual_seed(int(torch.randint(2**62, (), generator=common)) + self.rank)

    def spread(self, net: nn.Module) -> nn.Module:
        """The network as it is called in training: after `backward` its gradients are the mean over all processes."""
        if self.size == 1:
            return net
        from torch.nn.parallel import DistributedDataParallel

        own = [self.device] if self.device.type == "cuda" else None
        return DistributedDataParallel(net, device_ids=own, gradient_as_bucket_view=True)

    def mean(self, value: Tensor) -> float:
        """The mean of a number over all processes; not finite if it is so anywhere. All have to call this together."""
        if self.size == 1:
            return float(value)
        total = value.detach().to(self.device, torch.float64, copy=True)
        torch.distributed.all_reduce(total)
        return float(total) / self.size

    def any(self, mine: bool) -> bool:
        """Whether something is so in at least one process. All have to call this together."""
        return self.mean(torch.tensor(float(mine))) > 0 if self.size > 1 else mine

    def wait(self) -> None:
        """Go on when all have come here."""
        self.any(False)


@contextmanager
def joined(kind: str) -> Iterator[Team]:
    """The processes that `torchrun` started, able to talk to each other; this one alone if it was started otherwise.

    Args:
        kind: "cpu" (they talk by gloo) or "cuda" (by NCCL, one GPU each).

    Raises:
        DeviceError: there is no GPU for this process, or the processes cannot reach each other.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team(torch.device(kind))
        return
    here = int(os.environ.get("LOCAL_RANK", "0"))
    device = _gpu(here) if kind == "cuda" else torch.device(kind)
    _join("nccl" if kind == "cuda" else "gloo", device)
    try:
        yield Team(device, torch.distributed.get_rank(), size, here == 0)
    finally:
        gc.collect()  # a DistributedDataParallel in a reference cycle would keep the group's threads
        torch.distributed.destroy_process_group()


def processes_here() -> int:
    """How many processes of this training share this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def leads() -> bool:
    """Whether this is the process that speaks and writes for all."""
    return os.environ.get("RANK", "0") == "0"


def _gpu(number: int) -> torch.device:
    if number >= torch.cuda.device_count():
        raise DeviceError(
            f"There are more processes than the {torch.cuda.device_count()} GPUs of this machine.",
            "Start as many as there are GPUs with torchrun --nproc-per-node, or choose --device cpu.",
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


def _join(backend: str, device: torch.device) -> None:
    # Imported before there is a group: its functions have the group of that moment as a default argument, for ever.
    # Imported later, as DistributedDataParallel does, it would keep gloo's threads beyond `destroy_process_group`, and
    # one that is busy when Python ends aborts the process.
    import torch.distributed.nn.functional

    try:
        own = device if device.type == "cuda" else None
        torch.distributed.init_process_group(backend, timeout=_PATIENCE, device_id=own)
    except (RuntimeError, ValueError) as error:
        raise DeviceError(
            f"The processes of this training cannot reach each other ({first_line(error)}).",
            "Start them with torchrun, as docs/TRAINING.md shows.",
        ) from error
