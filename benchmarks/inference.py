"""How fast the engine is: against the matrix products it cannot do without, and against other implementations.

    python -m benchmarks.inference [--repetitions 7] [--quick] [--cpu-time] [--json FILE]

Everything that is compared runs in one process, in turns, with the same weights on the same sound, and its results are
checked against each other. Only ratios of the least times mean something; the medians tell how busy the machine was.
The other implementations are measured when they are installed: pip install '.[bench]'. Memory is measured in processes
of its own, on silence-free sound that is made on the spot; --quick leaves it out. On a machine that is busy with other
work --cpu-time counts the time that one thread computes instead of the time that goes by.
"""

import argparse
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tasnet_gui.domain import Progress, Recording, finish
from tasnet_gui.engine import device, kernels, library
from tasnet_gui.engine.fast import Fast
from tasnet_gui.engine.inside import looking
from tasnet_gui.engine.separate import separating
from tasnet_gui.engine.stream import Streamer
from tasnet_gui.nets.config import ConvTasNetConfig
from tasnet_gui.nets.conv_tasnet import ConvTasNet
from tasnet_gui.nets.foreign import asteroid, torchaudio

PAPER = ConvTasNetConfig(mixture_consistency=False)  # N512 L32 B128 H512 Sc128 P3 X8 R3 at 16 kHz
SECONDS = 4.0
RATE = 16_000
STREAMED = "speech-noise-causal"
LONG = (10, 60)  # minutes
LONGEST = 600  # minutes; with the least network, since what lies around it is the same and the shipped one takes 20 min
LEAST = ConvTasNetConfig(filters=8, kernel=128, stride=64, bottleneck=4, hidden=4, skip=4, blocks=7, repeats=2)

Run = Callable[[Tensor], Tensor]
clock: Callable[[], float] = perf_counter  # seconds


@dataclass
class Result:
    """One line of the table."""

    name: str
    value: float  # by the least times
    usual: float | None  # by the medians
    most: float | None  # that is possible on this machine
    unit: str
    goal: float | None = None
    least: bool = True  # whether the goal is a lower bound
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> str:
        if self.goal is None:
            return ""
        return "met" if (self.value >= self.goal) == self.least else "missed"


def main() -> None:
    """Measure, print a table, and write JSON."""
    global clock
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="not the memory of long files")
    parser.add_argument("--minutes", type=int, nargs="*", default=LONG, help="lengths of the long files")
    parser.add_argument("--json", type=Path, default=Path("build") / "inference.json")
    parser.add_argument("--cpu-time", action="store_true", help="count the time of one thread, for busy machines")
    parser.add_argument("--only-memory", action="store_true", help="only the memory of long files")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)  # what the processes of its own do
    parser.add_argument("--least", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        print(json.dumps(memory_of(arguments.memory_of, arguments.least)))
        return
    warnings.filterwarnings("ignore")
    clock = process_time if arguments.cpu_time else perf_counter
    results = []
    if not arguments.only_memory:
        results += against_others(1, arguments.repetitions)
        if device.physical_cores() > 1 and not arguments.cpu_time:
            results += against_others(2, arguments.repetitions)
        results += [looking_in(arguments.repetitions), streaming()]
    if not arguments.quick:
        results += long_files(arguments.minutes)
    tell(results)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    written = {"machine": machine(), "results": [vars(result) | {"met": result.met} for result in results]}
    arguments.json.write_text(json.dumps(written, indent=2) + "\n")
    print(f"\nAll times: {arguments.json}")


# --------------------------------------------------------------------------------------------------------- one network


def against_others(threads: int, repetitions: int) -> list[Result]:
    """The paper's network on four seconds."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    mixture = 0.1 * torch.randn(1, round(SECONDS * RATE))
    ours, runs = ConvTasNet(PAPER).eval(), {}
    for name, load in {"asteroid": asteroid_peer, "torchaudio": torchaudio_peer}.items():
        peer = load()
        if peer is None:
            print(f"{name} is not installed and not measured.", file=sys.stderr)
            continue
        runs[name], ours = peer
        agree(name, runs[name](mixture), fast_run(Fast(ours))(mixture))
    fast = Fast(ours)
    runs |= {"plain": ours, "fast": fast_run(fast)}
    agree("plain", ours(mixture), runs["fast"](mixture))
    runs["floor"] = lambda _: floor(ours.config, fast.kernel, ours.config.frames(mixture.shape[1]))
    times = measure(runs, mixture, repetitions)
    best = {name: min(taken) for name, taken in times.items()}
    usual = {name: median(taken) for name, taken in times.items()}
    goals = {("asteroid", 1): 4.5, ("torchaudio", 1): 2.2, ("torchaudio", 2): 1.6}
    label = f"{threads} thread{'s' if threads > 1 else ''}"
    details = {"seconds": times, "kernel": fast.kernel.name}
    results = []
    for name in ("asteroid", "torchaudio", "plain"):
        if name in best:
            # No engine that does these products in float32 can be faster than the last.
            ratios = best[name] / best["fast"], usual[name] / usual["fast"], best[name] / best["floor"]
            results.append(
                Result(f"faster than {name}, {label}", *ratios, "x", goals.get((name, threads)), True, details)
            )
    shares = 100 * best["floor"] / best["fast"], 100 * usual["floor"] / usual["fast"], 100.0
    goal = 65.0 if threads == 1 else None
    return [*results, Result(f"share of the GEMM floor, {label}", *shares, "%", goal, True, details)]


@torch.inference_mode()
def measure(runs: dict[str, Run], mixture: Tensor, repetitions: int) -> dict[str, list[float]]:
    """Seconds of every run, in turns. One round warms up."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for repetition in range(repetitions + 1):
        for name, run in runs.items():
            began = clock()
            told = run(mixture)
            taken = float(told) if name == "floor" else clock() - began
            if repetition:
                times[name].append(taken)
    return times


def floor(config: ConvTasNetConfig, kernel: kernels.Plain, frames: int, tile: int = 512) -> Tensor:
    """Seconds that the network's matrix products take by themselves, each repeated on the same numbers."""
    blocks, wide = len(config.dilations), config.bottleneck + config.skip
    products = [
        (config.bottleneck, config.hidden, blocks),
        (config.hidden, wide, blocks - 1),
        (config.hidden, config.skip, 1),
        (config.kernel, config.filters, 1),
        (config.filters, config.bottleneck, 1),
        (config.skip, config.sources * config.filters, 1),
        (config.filters, config.kernel, config.sources),
    ]
    total = 0.0
    for inputs, outputs, count in products:
        x, weight, out = torch.randn(tile, inputs), torch.randn(inputs, outputs), torch.empty(tile, outputs)
        least = float("inf")
        for _ in range(12):
            began = perf_counter()
            kernel.product(x, weight, out)
            least = min(least, perf_counter() - began)
        total += count * least
    return torch.tensor(total * frames / tile)


def fast_run(fast: Fast, **options: Any) -> Run:
    """A network run fast, as a function."""
    return lambda mixture: _last(fast.steps(mixture, **options))


def agree(name: str, theirs: Tensor, ours: Tensor) -> None:
    """Refuse to compare what does not compute the same."""
    difference = float((theirs - ours).abs().max() / theirs.abs().max())
    if difference > 2e-5:
        sys.exit(f"{name} says something else: {difference:.1e} of the largest value.")


def asteroid_peer() -> tuple[Run, ConvTasNet] | None:
    """asteroid's network with random weights, and ours with the same."""
    if importlib.util.find_spec("asteroid") is None:
        return None
    # One of its losses imports torchaudio's compiled part, which does not fit every torch; the network needs neither.
    sys.modules.setdefault("torch_stoi", ModuleType("torch_stoi"))
    sys.modules["torch_stoi"].NegSTOILoss = torch.nn.Module  # type: ignore[attr-defined]
    from asteroid.models import ConvTasNet as Theirs

    theirs = Theirs(2, n_filters=512, kernel_size=32, stride=16, sample_rate=RATE, mask_act="sigmoid").eval()
    contents = {"model_name": "ConvTasNet", "model_args": theirs.get_model_args(), "state_dict": theirs.state_dict()}
    return theirs, asteroid.read(contents, "asteroid", RATE).net


def torchaudio_peer() -> tuple[Run, ConvTasNet] | None:
    """torchaudio's network with random weights, and ours with the same."""
    spec = importlib.util.find_spec("torchaudio")
    if spec is None or not spec.submodule_search_locations:
        return None
    # The file by itself: the package loads a compiled part that does not fit every torch.
    path = Path(spec.submodule_search_locations[0]) / "models" / "conv_tasnet.py"
    own = importlib.util.spec_from_file_location("torchaudio_conv_tasnet", path)
    assert own
    assert own.loader
    module = importlib.util.module_from_spec(own)
    own.loader.exec_module(module)
    theirs = module.ConvTasNet(enc_kernel_size=32).eval()
    net = torchaudio.read(theirs.state_dict(), {"enc_kernel_size": 32}, "torchaudio", RATE).net
    return lambda mixture: theirs(mixture.unsqueeze(1)), net


# ------------------------------------------------------------------------------------------------ masks, streams, files


def looking_in(repetitions: int) -> Result:
    """What it costs to keep pictures of the masks, over five minutes."""
    samples = 0.1 * np.random.default_rng(0).standard_normal((1, 300 * RATE), np.float32)
    asked: Any = (Recording(samples, RATE), library.card())
    runs = {
        "without": lambda mixture: finish(separating(*asked, device="cpu", threads=1), _nobody) and mixture,
        "with": lambda mixture: finish(looking(*asked, device="cpu", threads=1), _nobody) and mixture,
    }
    times = measure(runs, torch.zeros(0), max(1, repetitions // 3))
    more, usually = (100 * (pick(times["with"]) / pick(times["without"]) - 1) for pick in (min, median))
    return Result("masks on request cost", more, usually, None, "%", 10.0, False, {"seconds": times})


def streaming(blocks: int = 400) -> Result:
    """A 16 ms block of the shipped causal model, on one thread."""
    torch.set_num_threads(1)
    streamer, size = Streamer(library.load(library.card(STREAMED))), round(0.016 * RATE)
    sound = np.random.default_rng(0).standard_normal((1, size), np.float32) * np.float32(0.1)
    for _ in range(50):
        streamer.feed(sound)
    taken = []
    for _ in range(blocks):
        began = clock()
        streamer.feed(sound)
        taken.append(clock() - began)
    details = {"least": min(taken), "median": median(taken), "95 %": float(np.percentile(taken, 95))}
    shares = 100 * min(taken) / 0.016, 100 * median(taken) / 0.016, None
    return Result("a 16 ms block takes, of real time", *shares, "%", 20.0, False, details)


def long_files(minutes: tuple[int, ...]) -> list[Result]:
    """How much memory grows while a long file is separated, beyond what the open file takes."""
    if not Path("/proc/self/status").exists():
        print("Memory is only measured on Linux.", file=sys.stderr)
        return []
    goals, results = {60: 300.0}, []
    for lengths, least in ((minutes, False), ((min(LONG), LONGEST), True)):
        growths, net = {}, ", least network" if least else ", mono"
        for length in lengths:
            told = _in_a_process_of_its_own(length, least)
            growths[length], goal = told["growth"], None if least else goals.get(length)
            results.append(
                Result(f"memory for {length} minutes{net}", growths[length], None, None, "MB", goal, False, told)
            )
        spread = max(growths.values()) - min(growths.values())
        results.append(Result("between the least and the most of them", spread, None, None, "MB", 50.0, False))
    return results


def _in_a_process_of_its_own(minutes: int, least: bool) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.inference", "--memory-of", str(minutes), *["--least"] * least]
    found = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    told: dict[str, float] = json.loads(found.stdout)
    return told


def memory_of(minutes: int, least: bool = False) -> dict[str, float]:
    """The peak of the memory in MB, beyond what it was with the file open and torch loaded.

    Args:
        minutes: how long the file is.
        least: with a network that computes next to nothing.
    """
    from tasnet_gui.audio.storage import allocate, settle
    from tasnet_gui.nets import checkpoint

    random = np.random.default_rng(0)
    samples = allocate(1, minutes * 60 * RATE)
    for start in range(0, samples.shape[1], 60 * RATE):
        samples[:, start : start + 60 * RATE] = 0.1 * random.standard_normal((1, 60 * RATE), np.float32)
        settle(samples)
    with tempfile.TemporaryDirectory() as folder:
        net = ConvTasNet(LEAST).eval() if least else None
        model = checkpoint.save(net, Path(folder) / "least", title="Least") if net else library.card()
        library.load(model)
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before = _status("VmRSS")
        began = perf_counter()
        finish(separating(Recording(samples, RATE), model, device="cpu", threads=1), _nobody)
    return {"growth": _status("VmHWM") - before, "open": before, "seconds": perf_counter() - began}


def _status(key: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024


def _nobody(_: Progress) -> None:
    """Nobody looks."""


def _last(work: Generator[Any, None, Tensor]) -> Tensor:
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Tensor = end.value
            return result


# ------------------------------------------------------------------------------------------------------------ the table


def machine() -> dict[str, Any]:
    """Where it was measured."""
    trials = [vars(trial) for trial in kernels.trials()]
    load = os.getloadavg() if hasattr(os, "getloadavg") else None
    cores = device.physical_cores()
    return {"processor": platform.processor() or platform.machine(), "cores": cores, "torch": torch.__version__} | {
        "kernels": trials,
        "load": load,
    }


def tell(results: list[Result]) -> None:
    """Print the table."""
    width = max(len(result.name) for result in results)
    print(f"{'':{width}}  {'by least':>8}  {'median':>7}  {'at most':>7}       goal")
    for result in results:
        bound = "" if result.goal is None else f"{'>=' if result.least else '<='} {result.goal:g}"
        others = "".join(f"{value:9.2f}" if value is not None else 9 * " " for value in (result.usual, result.most))
        print(f"{result.name:{width}}  {result.value:8.2f}{others}  {result.unit:2}   {bound:8} {result.met}")
    print()
    for result in results:
        seconds = result.details.get("seconds")
        if isinstance(seconds, dict) and ("share" in result.name or "masks" in result.name):
            print(f"{result.name}: least and median, in ms")
            for name, taken in seconds.items():
                print(f"    {name:12} {1e3 * min(taken):8.1f} {1e3 * median(taken):8.1f}")


if __name__ == "__main__":
    main()
