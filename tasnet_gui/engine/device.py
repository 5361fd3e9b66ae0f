"""Where the network computes: the CPU or a GPU, how many threads, and why a GPU is not used."""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tasnet_gui.domain import BadRequest, DeviceError

CHOICES = ("auto", "cpu", "cuda", "mps")

# oneDNN compiles code for every shape of a convolution, and it and its wrapper in PyTorch each keep the last 1024. In a
# batch of files of all lengths that is 4 MB more after each. 32 hold the shapes of one network, as fast.
_SHAPES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")  # read when PyTorch is loaded
_KEPT = 32


@dataclass(frozen=True)
class Device:
    """A place to compute."""

    name: str  # "cpu", "cuda" or "mps", as torch calls it
    note: str = ""  # why a GPU was not used, when one was looked for in vain


def choose(wanted: str = "auto") -> Device:
    """The device to compute on. "auto" takes a GPU that works, otherwise the CPU with the reason in its note.

    Raises:
        BadRequest: `wanted` is none of `CHOICES`.
        DeviceError: the GPU that was asked for by name cannot be used, or PyTorch cannot be loaded.
    """
    if wanted not in CHOICES:
        raise BadRequest(f"There is no device {wanted!r}.", f"Choose one of: {', '.join(CHOICES)}.")
    require_torch()
    if wanted == "cpu":
        return Device("cpu")
    if wanted == "auto":
        wanted = "mps" if sys.platform == "darwin" else "cuda"
        trouble = _TROUBLES[wanted]()
        return Device("cpu", trouble) if trouble else Device(wanted)
    if trouble := _TROUBLES[wanted]():
        raise DeviceError(f"The device {wanted!r} cannot be used: {trouble}", "Choose cpu, or auto.")
    return Device(wanted)


def require_torch() -> None:
    """Import PyTorch.

    Raises:
        DeviceError: it is missing or broken.
    """
    for cache in _SHAPES:
        os.environ.setdefault(cache, str(_KEPT))
    try:
        import torch  # noqa: F401 - the import is the test
    except (ImportError, OSError) as error:  # OSError: one of its shared libraries does not load
        raise DeviceError(
            f"PyTorch, which runs the network, cannot be loaded ({error}).",
            f"Install it again: {Path(sys.executable).name} -m pip install --force-reinstall torch",
        ) from error


@contextmanager
def using_threads(count: int) -> Iterator[None]:
    """Compute with so many threads, and afterwards with as many as before."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def thread_count(wanted: int | None = None) -> int:
    """How many threads to compute with: as wanted, otherwise the physical cores that this process may use minus one,
    at least one, so that the window stays responsive.

    Raises:
        BadRequest: `wanted` is below 1.
    """
    if wanted is not None and wanted < 1:
        raise BadRequest(f"{wanted} threads cannot compute anything.", "Choose at least 1.")
    return wanted or max(1, physical_cores() - 1)


def physical_cores() -> int:
    """The physical cores that this process may run on. Two hyper-threads of a core count once: they share its
    multipliers, and the second only adds waiting."""
    if hasattr(os, "sched_getaffinity"):
        allowed = os.sched_getaffinity(0)
        return len({_siblings(cpu) for cpu in allowed})
    logical = os.cpu_count() or 1
    return logical if sys.platform == "darwin" else max(1, logical // 2)  # Apple's cores have no hyper-threads


def _siblings(cpu: int) -> str:
    """A name for the core that logical CPU `cpu` belongs to."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _cuda_trouble() -> str:
    """Why CUDA cannot be used, as a sentence; empty when it can."""
    import torch

    if not torch.backends.cuda.is_built():
        return "This PyTorch was built without CUDA."
    with warnings.catch_warnings(record=True) as caught:  # torch explains an unusable driver in a warning
        warnings.simplefilter("always")
        available = torch.cuda.is_available()
    if not available:
        told = " ".join(str(warning.message) for warning in caught)
        return "The NVIDIA driver is too old for this PyTorch." if "too old" in told else "No NVIDIA GPU was found."
    try:
        torch.ones(1, device="cuda").add_(1).item()  # a card older than the build's kernels fails only here
    except RuntimeError as error:
        return f"The NVIDIA GPU does not work with this PyTorch ({first_line(error)})."
    return ""


def _mps_trouble() -> str:
    """Why Apple's GPU cannot be used, as a sentence; empty when it can."""
    import torch

    if not torch.backends.mps.is_built():
        return "This PyTorch was built without Metal."
    return "" if torch.backends.mps.is_available() else "No Apple GPU was found, or macOS is older than 12.3."


_TROUBLES: dict[str, Callable[[], str]] = {"cuda": _cuda_trouble, "mps": _mps_trouble}


def first_line(error: BaseException) -> str:
    """The first line of an error's message without its full stop, to be put in brackets."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
