"""What looking inside costs: keeping masks, full resolution, edits that are heard, and pictures while one scrolls.

    python -m benchmarks.look_inside [--minutes 2] [--rate 48000] [--model NAME|PATH] [--threads 1]

Times are also given as parts of separating as much sound in the same run: those carry over to other machines.
"""

import argparse
import resource
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter

import numpy as np

from tasnet_gui.analysis.edits import MaskEdit
from tasnet_gui.analysis.moment import at_moment
from tasnet_gui.analysis.orders import by_similarity
from tasnet_gui.analysis.pooling import span_image
from tasnet_gui.analysis.spectrogram import Spectrogram
from tasnet_gui.domain import ModelCard, Recording, finish
from tasnet_gui.engine import library
from tasnet_gui.engine.edits import heard
from tasnet_gui.engine.inside import basis_of, looking
from tasnet_gui.engine.separate import separate
from tasnet_gui.engine.spans import inspecting

WIDTH, HEIGHT = 1400, 300  # pixels of a view
SPAN = 10.0  # seconds that are edited


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--rate", type=int, default=48_000, help="Hz")
    parser.add_argument("--model", default=library.DEFAULT)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    recording = _sound(options.minutes * 60, options.rate)
    measure(recording, library.card(options.model), options.threads)


def measure(recording: Recording, model: ModelCard, threads: int) -> None:
    """Look at a recording in every way and print what it takes."""
    library.load(model)
    start = recording.duration / 2
    plain = _seconds(lambda: separate(recording, model, device="cpu", threads=threads), 1)
    began = perf_counter()
    _, inside = finish(looking(recording, model, device="cpu", threads=threads))
    looked = perf_counter() - began
    pictures = inside.pictures
    print(f"separating        {plain:8.2f} s for {recording.duration:.0f} s of sound")
    print(f"looking           {looked:8.2f} s, {looked / plain:.2f} of separating")
    print(f"pictures          {pictures.nbytes / 2**20:8.1f} MB, {pictures.column_seconds * 1000:.0f} ms a column")
    print(f"marks             {sum(mark.state.nbytes for mark in inside.marks) / 2**20:8.1f} MB in {len(inside.marks)}")
    basis = basis_of(model)
    each = plain / recording.duration * SPAN  # what separating the span takes
    _tell("order by UPGMA", _seconds(lambda: by_similarity(basis), 3), each)
    order = by_similarity(basis)

    def look() -> object:
        return finish(inspecting(recording, model, start, start + SPAN, inside=inside, device="cpu", threads=threads))

    each = plain / recording.duration * SPAN  # what separating the span takes
    _tell("full resolution", _seconds(look, 2), each)
    span = finish(inspecting(recording, model, start, start + SPAN, inside=inside, device="cpu", threads=threads))
    edits = (MaskEdit(tuple(range(40)), "mute"), MaskEdit((50, 60), "set", start + 1, start + 3, value=1.0))
    _tell("10 s edited, heard", _seconds(lambda: heard(recording, span, basis, edits), 7), each)
    _tell("at the playhead", _seconds(lambda: at_moment(span, basis, start + 5), 7), each)
    offsets = iter(np.linspace(0, 1, 1000))

    def scroll() -> object:
        at = start + next(offsets)
        return [pictures.image(kind, at - 30, at + 30, WIDTH, 0, order) for kind in ("w", "speech", "noise")]

    def scroll_close() -> object:
        at = start + 1 + next(offsets)
        return [
            span_image(span, pictures.scales, kind, at, at + 5, WIDTH, 0, order) for kind in ("w", "speech", "noise")
        ]

    _tell("3 pooled pictures", _seconds(scroll, 30), each)
    _tell("3 full pictures", _seconds(scroll_close, 30), each)
    for view in (recording.duration, SPAN):
        _spectrogram(recording, view, each)
    print(f"peak memory       {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:8.0f} MB")


def _spectrogram(recording: Recording, view: float, each: float) -> None:
    """Draw the middle `view` seconds."""
    spectrogram, middle = Spectrogram(recording.samples, recording.rate), recording.duration / 2
    shown = middle - view / 2, middle + view / 2, WIDTH
    tiles = [_seconds(partial(spectrogram.compute, key), 1) for key in spectrogram.missing(*shown)]
    _tell(f"tile of {view:.0f} s", median(tiles), each)
    spectrogram.image(*shown, HEIGHT)
    _tell("its picture", _seconds(lambda: spectrogram.image(*shown, HEIGHT), 30), each)


def _seconds(run: Callable[[], object], times: int) -> float:
    """The median time of some runs."""
    took = []
    for _ in range(times):
        began = perf_counter()
        run()
        took.append(perf_counter() - began)
    return median(took)


def _tell(name: str, seconds: float, whole: float) -> None:
    print(f"{name:18}{seconds * 1000:8.1f} ms, {seconds / whole:.3f} of separating {SPAN:.0f} s")


def _sound(seconds: float, rate: int) -> Recording:
    """Bursts of noise in noise."""
    samples = 0.02 * np.random.default_rng(0).standard_normal((1, round(seconds * rate)), dtype=np.float32)
    for begin in range(0, samples.shape[1], rate):
        samples[:, begin : begin + rate // 3] *= 10
    return Recording(samples, rate)


if __name__ == "__main__":
    main()
