"""Throughput of a batch, its memory, and what kill -9 does to it.

    python -m benchmarks.batch [--files 300] [--bad 20] [--seconds 2] [--alone 12] [--kills 10] [--workers 1 2]

Makes short files of mixed formats, rates and channels, some of them broken, and prints: files per second of one
`tasnet batch` and of a `tasnet separate` for each file (measured on `--alone` of them, in turn with the batch's own
start-up counted too); resident memory along the way; the outcome of a batch that is killed at random moments and gone
on with; and throughput on a Dask cluster of so many workers on this machine.
"""

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

import numpy as np
import soundfile

KINDS = (
    *(("wav", "PCM_16", 16_000, 1), ("wav", "FLOAT", 44_100, 2), ("flac", "PCM_16", 48_000, 1)),
    *(("flac", "PCM_24", 22_050, 2), ("ogg", "VORBIS", 16_000, 1), ("mp3", "MPEG_LAYER_III", 44_100, 2)),
    *(("aiff", "PCM_16", 8_000, 1), ("opus", "OPUS", 48_000, 1), ("caf", "PCM_24", 32_000, 1)),
    ("wav", "PCM_U8", 11_025, 1),
)
BAD = (b"", b"not sound", b"RIFF\x24\x00\x00\x00WAVEfmt ", b"fLaC\x00\x00\x00\x22")
TASNET = (sys.executable, "-c", "import sys; from tasnet_gui.cli import main; sys.exit(main())")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--bad", type=int, default=20, help="of these")
    parser.add_argument("--seconds", type=float, default=2.0, help="of sound in each, on average")
    parser.add_argument("--alone", type=int, default=12, help="files for the loop of `tasnet separate`")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2], help="of a Dask cluster")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "in", options.files, options.bad, options.seconds)
        compare(folder, options.files, options.alone)
        memory(folder)
        if options.kills:
            kill(folder, options.kills)
        for workers in options.workers:
            cluster(folder, workers, options.files - options.bad)


def make(folder: Path, count: int, bad: int, seconds: float) -> None:
    """Files of all kinds, the bad ones spread among them."""
    folder.mkdir()
    random_numbers = np.random.default_rng(0)
    broken = {round((place + 0.5) * count / bad) for place in range(bad)}
    for number in range(count):
        suffix, subtype, rate, channels = KINDS[number % len(KINDS)]
        path = folder / f"f{number:05d}.{suffix}"
        if number in broken:
            path.write_bytes(BAD[number % len(BAD)])
            continue
        frames = round(seconds * rate * (0.5 + random_numbers.random()))
        samples = 0.2 * random_numbers.standard_normal((frames, channels), dtype=np.float32)
        soundfile.write(path, samples, rate, subtype=subtype, format="OGG" if suffix == "opus" else suffix.upper())


def compare(folder: Path, files: int, alone: int) -> None:
    """One batch against one process for each file."""
    began = perf_counter()
    batch(folder, "whole", "--report", str(folder / "report.json"))
    together = (perf_counter() - began) / files
    rows = json.loads((folder / "report.json").read_text())["items"]
    states = Counter(row["state"] for row in rows)
    reasons = sum(bool(row["reason"]) for row in rows if row["state"] != "done")
    print(f"batch      {1 / together:6.2f} files/s; {dict(states)}, {reasons} reasons")
    good = [row["input"] for row in rows if row["state"] == "done"]
    chosen = good[:: max(1, len(good) // alone)][:alone]
    began = perf_counter()
    for path in chosen:
        subprocess.run([*TASNET, "separate", path, "-o", folder / "alone"], check=True, capture_output=True)
    one = (perf_counter() - began) / len(chosen)
    print(f"one by one {1 / one:6.2f} files/s; the batch is {one / together:.1f} times as fast")
    same = [path for path in (folder / "alone").iterdir() if path.read_bytes() == whole(folder)[path.name]]
    print(f"identical  {len(same)} of {len(list((folder / 'alone').iterdir()))} results")


def memory(folder: Path) -> None:
    """Resident memory of this process after every tenth of a batch."""
    from tasnet_gui.batch.options import BatchOptions
    from tasnet_gui.batch.queue import Queue
    from tasnet_gui.batch.run import running
    from tasnet_gui.batch.scan import scanning
    from tasnet_gui.domain import finish

    queue = Queue()
    queue.add(finish(scanning([folder / "in"])), BatchOptions(folder=str(folder / "memory")))
    total, sizes, ended = len(queue.items), [], 0
    for step in running(queue):
        if step.item and step.item.state.ended:
            ended += 1
            if ended % max(1, total // 10) == 0:
                sizes.append(resident())
    print("memory     " + " ".join(f"{size:.0f}" for size in sizes) + " MB")


def resident() -> float:
    """MB of this process that lie in memory."""
    import psutil

    return psutil.Process().memory_info().rss / 1e6


def kill(folder: Path, times: int) -> None:
    """A batch that is killed at random moments and gone on with, until it is done."""
    print("kill -9    ", end="", flush=True)
    expected, moments = whole(folder), random.Random(0)
    took = len(expected) * 0.02
    for _ in range(times):
        with subprocess.Popen(
            command(folder, "killed", "--resume"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            sleep(3.0 + moments.random() * took)
            process.kill()
        found = visible(folder / "killed")
        partial = [name for name, content in found.items() if expected.get(name) != content]
        print(f"{len(found)}{f' ({len(partial)} PARTIAL)' if partial else ''}", end=" ", flush=True)
    batch(folder, "killed", "--resume")
    left = len(list((folder / "killed").glob("*.part")))
    verdict = "identical" if visible(folder / "killed") == expected else "DIFFERENT"
    print(f"results; then {verdict} to an undisturbed run, {left} unfinished files left")


def cluster(folder: Path, workers: int, files: int) -> None:
    """Throughput of a Dask cluster on this machine, its start not counted."""
    with ExitStack() as stack:
        where = ("--host", "127.0.0.1", "--no-dashboard")
        address = start(stack, "Scheduler at:", "scheduler", "--port", "0", *where)
        for _ in range(workers):
            start(stack, "Registered to:", "worker", address, "--nthreads", "2", "--no-nanny", *where)
        batch(folder, f"warm{workers}", "--cluster", address)  # imports and weights
        began = perf_counter()
        batch(folder, f"cluster{workers}", "--cluster", address)
        seconds = perf_counter() - began
    same = visible(folder / f"cluster{workers}") == whole(folder)
    print(f"cluster    {files / seconds:6.2f} files/s with {workers} workers; {'identical' if same else 'DIFFERENT'}")


def start(stack: ExitStack, ready: str, *arguments: str) -> str:
    """A part of the cluster that has said it is ready, and the address in what it said."""
    process = stack.enter_context(
        subprocess.Popen([sys.executable, "-m", "dask", *arguments], stderr=subprocess.PIPE, text=True)
    )
    stack.callback(process.kill)
    return next(line.split()[-1] for line in process.stderr or () if ready in line)


def command(folder: Path, out: str, *arguments: str) -> list[str]:
    """`tasnet batch` into a folder."""
    return [*TASNET, "batch", str(folder / "in"), "-o", str(folder / out), *arguments]


def batch(folder: Path, out: str, *arguments: str) -> None:
    """`tasnet batch`, to its end."""
    done = subprocess.run(command(folder, out, *arguments), check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)


def visible(folder: Path) -> dict[str, bytes]:
    """What a person sees in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def whole(folder: Path) -> dict[str, bytes]:
    """The results of an undisturbed run."""
    return visible(folder / "whole")


if __name__ == "__main__":
    main()
