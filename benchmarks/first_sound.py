"""How long a person waits for the first sound: from asking for a separation to speech that can be heard there.

    python -m benchmarks.first_sound [--minutes 10] [--model NAME] [--threads N]

The recording is the demo again and again, at 48 kHz in stereo, and the model is loaded. Measured are the first stretch
that holds the playhead, which may be a preview, the real result there, and the whole; each once per playhead. The goal
is a second for the first.
"""

import argparse
from time import perf_counter

import numpy as np

from tasnet_gui.audio.files import read
from tasnet_gui.audio.patchwork import Patchwork
from tasnet_gui.audio.resample import resample
from tasnet_gui.audio.storage import allocate
from tasnet_gui.domain import ModelCard, Recording
from tasnet_gui.engine import device, library
from tasnet_gui.engine.inside import looking
from tasnet_gui.places import shipped

RATE = 48_000
GOAL = 1.0  # seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--model", help="one of the models; both that are shipped unless given")
    parser.add_argument("--threads", type=int, help="of the CPU")
    parser.add_argument("--whole", action="store_true", help="wait for the whole result, too")
    options = parser.parse_args()
    threads, given = device.thread_count(options.threads), recording(options.minutes)
    print(f"{options.minutes:g} minutes, 48 kHz, stereo; {threads} threads; seconds from asking")
    print(f"{'':24s} {'playhead':>9s} {'first sound':>12s} {'its result':>11s} {'the whole':>10s}   goal <= {GOAL:g}")
    for card in [library.card(options.model)] if options.model else library.cards():
        for share in (0.0, 0.5, 0.95):
            begin = share * given.duration
            taken = measure(given, card, begin, threads, options.whole)
            cells = "".join(f" {'-' if seconds is None else f'{seconds:.2f}':>11s}" for seconds in taken)
            met = "met" if taken[0] is not None and taken[0] <= GOAL else "missed"
            print(f"{card.name:24s} {begin:8.1f}s {cells}   {met}")


def measure(
    given: Recording, card: ModelCard, begin: float, threads: int, whole: bool
) -> tuple[float | None, float | None, float | None]:
    """Seconds until sound can be heard at the playhead, until it is the result, and until all is done."""
    library.load(card, device.choose().name)
    patchwork = Patchwork(given.channels, given.frames, given.rate)
    first = result = None
    began = perf_counter()
    work = looking(given, card, threads=threads, begin=begin)
    for progress in work:
        if progress.part:
            patchwork.add(progress.part)
            if progress.part.start <= begin * given.rate < progress.part.stop:
                now = perf_counter() - began
                first = now if first is None else first
                result = now if result is None and not progress.part.preview else result
        if result is not None and not whole:
            work.close()
            return first, result, None
    return first, result, perf_counter() - began


def recording(minutes: float) -> Recording:
    """The demo for so long, on the left as it is and on the right delayed."""
    demo = read(shipped("resources") / "demo" / "interview.flac")
    once = resample(demo.samples, demo.rate, RATE, demo.frames * RATE // demo.rate)
    sound = allocate(2, round(minutes * 60 * RATE))
    for start in range(0, sound.shape[1], once.shape[1]):
        stretch = min(once.shape[1], sound.shape[1] - start)
        sound[0, start : start + stretch] = once[0, :stretch]
        sound[1, start : start + stretch] = np.roll(once[0], 24)[:stretch]
    return Recording(sound, RATE)


if __name__ == "__main__":
    main()
