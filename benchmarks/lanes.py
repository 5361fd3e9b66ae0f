"""Frames per second of the lanes over an hour at 48 kHz: zooming and scrolling, all three lanes, 1400 px wide.

    python -m benchmarks.lanes [--minutes 60] [--scale 1]

Prints the median and the slowest frame of each gesture, and how long the waveform takes to appear and to be complete.
"""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

RATE = 48_000
FRAMES_SHOWN = 60  # per gesture
NARROW = 8.0  # seconds, where scrolling is measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--scale", type=float, default=1, help="device pixels per pixel")
    options = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    with TemporaryDirectory() as folder:
        measure(_sound(Path(folder) / "long.npy", round(options.minutes * 60 * RATE)))


def measure(samples: np.ndarray) -> None:
    """Drive a real view over this sound and print what it takes."""
    from PySide6.QtWidgets import QApplication

    from tasnet_gui.desktop.views.lanes import LanesView
    from tasnet_gui.domain import ModelCard, Recording, Separation

    app = QApplication([])
    view = LanesView()
    view.resize(1400, 600)
    view.show()
    app.processEvents()
    recording = Recording(samples, RATE)
    card = ModelCard("none", "None", "", {"causal": False}, RATE, "", "", Path())
    # Speech and noise stand in for themselves: what is drawn does not change what drawing costs.
    separation = Separation(recording, card, samples, samples)
    shows = {
        "mixture": lambda: view.show_recording(recording),
        "all three": lambda: view.show_separation(separation),
    }
    for name, show in shows.items():
        started = perf_counter()
        show()
        view.repaint()
        first = perf_counter() - started
        while view.busy:
            app.processEvents()
        print(f"{name:10} on the screen after {first * 1e3:.0f} ms, complete after {perf_counter() - started:.2f} s")
    width = view.lanes["mixture"].width()
    gestures: dict[str, Callable[[int], None]] = {
        "zoom in": lambda n: view.lanes["mixture"].zoom_asked.emit(1.25, 1000.0 + n % 3),
        "zoom out": lambda n: view.lanes["mixture"].zoom_asked.emit(1 / 1.25, 1000.0),
        "scroll": lambda n: view.scroll(3 / width if n % 2 else 20 / width),
        "playhead": lambda n: view.show_playhead(view.span[0] + n / FRAMES_SHOWN * NARROW),
    }
    for name, gesture in gestures.items():
        if name == "scroll":
            view.show_span(1000.0, 1000.0 + NARROW)
        _report(name, [_frame(app, lambda n=n, gesture=gesture: gesture(n)) for n in range(FRAMES_SHOWN)])
    view.close()


def _frame(app: "QApplication", gesture: Callable[[], None]) -> float:
    started = perf_counter()
    gesture()
    app.processEvents()  # paints what was asked for
    return perf_counter() - started


def _report(name: str, seconds: list[float]) -> None:
    print(f"{name:10} median {1 / median(seconds):6.0f} frames/s, slowest {1 / max(seconds):6.0f} frames/s")


def _sound(path: Path, frames: int) -> np.ndarray:
    """Bursts of noise, mapped from a file as a long recording is."""
    samples = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(1, frames))
    noise = np.random.default_rng(0).standard_normal(1 << 20, dtype=np.float32) * np.float32(0.1)
    for start in range(0, frames, len(noise)):
        stop = min(start + len(noise), frames)
        samples[0, start:stop] = noise[: stop - start] * np.float32(0.3 + 0.7 * (start // len(noise) % 5) / 4)
    return samples


if __name__ == "__main__":
    main()
