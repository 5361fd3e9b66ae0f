"""Frames per second of everything together over ten minutes: lanes, spectrograms and masks, 1400 px wide.

    python -m benchmarks.views [--minutes 10] [--scale 1]

The masks are made up, in the pictures' full size; what is drawn does not change what drawing costs. Prints the median
and the slowest frame of zooming, scrolling and playing, with the spectrograms and with the masks below the lanes.
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

    from tasnet_gui.desktop.app import Desktop
    from tasnet_gui.desktop.inspection import Learned
    from tasnet_gui.domain import ModelCard, Recording
    from tasnet_gui.engine.inside import Inside

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

RATE = 16_000
FRAMES_SHOWN = 60  # per gesture
NARROW = 8.0  # seconds, where scrolling is measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--scale", type=float, default=1, help="device pixels per pixel")
    options = parser.parse_args()
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    with TemporaryDirectory() as folder:
        measure(options.minutes * 60, Path(folder))


def measure(seconds: float, folder: Path) -> None:
    """Drive the real window over made-up masks."""
    from tasnet_gui.desktop.app import Application, build
    from tasnet_gui.desktop.settings import Preferences
    from tasnet_gui.desktop.work import Opened

    app = Application(["benchmark"])
    desktop = build(app, Preferences(folder / "settings.ini"))
    window, session = desktop.window, desktop.session
    window.resize(1400, 1000)
    window.show()
    model = session.state.models[0]
    recording, inside, learned = made_up(seconds, model)
    from tasnet_gui.domain import Separation

    session._show_recording(Opened(recording))
    session._show_separation((Separation(recording, model, recording.samples, recording.samples), inside))
    window.inspector._learned[model.sha256] = learned
    window.bench.look(True)
    print(f"pictures of the masks: {inside.pictures.nbytes / 2**20:.1f} MB, {inside.pictures.pool} frames a column")
    for key in ("spectrograms", "masks"):
        window.bench.docks[key].raise_()
        _settle(app, desktop)
        _gestures(app, desktop, key)
    window.close()


def _gestures(app: "QApplication", desktop: "Desktop", key: str) -> None:
    lanes = desktop.window.lanes
    width = lanes.lanes["mixture"].width()
    gestures: dict[str, Callable[[int], None]] = {
        "zoom in": lambda n: lanes.zoom(1.25 if n < 30 else 1 / 1.25, 200.0 + n % 3),
        "scroll": lambda n: lanes.scroll(20 / width),
        "play": lambda n: desktop.window.playback.seek(200 + n / FRAMES_SHOWN * NARROW),
    }
    for name, gesture in gestures.items():
        if name == "scroll":
            lanes.show_span(200.0, 200.0 + NARROW)
            _settle(app, desktop)
        frames = [_frame(app, lambda n=n, gesture=gesture: gesture(n)) for n in range(FRAMES_SHOWN)]
        print(f"{key:12} {name:8} median {1 / median(frames):5.0f} frames/s, slowest {1 / max(frames):5.0f} frames/s")
    lanes.fit()


def _frame(app: "QApplication", gesture: Callable[[], None]) -> float:
    started = perf_counter()
    gesture()
    app.processEvents()  # paints what was asked for
    return perf_counter() - started


def _settle(app: "QApplication", desktop: "Desktop") -> None:
    """Until nothing is being computed any more."""
    session = desktop.session
    end = perf_counter() + 0.5
    while perf_counter() < end or session.jobs.running or session.drawing.running or desktop.window.lanes.busy:
        app.processEvents()


def made_up(seconds: float, model: "ModelCard") -> "tuple[Recording, Inside, Learned]":
    """Noise, masks in waves, and a filter bank, in the sizes of a shipped model."""
    from tasnet_gui.analysis import orders
    from tasnet_gui.analysis.basis import Basis
    from tasnet_gui.analysis.pooler import Pooler
    from tasnet_gui.analysis.pooling import mask_scale, w_scale
    from tasnet_gui.desktop.inspection import Learned
    from tasnet_gui.domain import Recording
    from tasnet_gui.engine.inside import Inside
    from tasnet_gui.engine.watch import config_of, grid_of

    config, random = config_of(model), np.random.default_rng(0)
    recording = Recording(0.1 * random.standard_normal((1, round(seconds * RATE)), dtype=np.float32), RATE)
    pitches = np.linspace(50, RATE / 2, config.filters)[:, None]
    waves = np.cos(2 * np.pi * pitches * np.arange(config.kernel) / RATE).astype(np.float32)
    basis = Basis(waves, waves, RATE)
    frames = config.frames(recording.frames)
    shape = (1, config.sources, config.filters)
    pooler = Pooler(grid_of(model), frames, shape, w_scale(waves), mask_scale("sigmoid"))
    for first in range(0, frames, 4096):
        count = min(4096, frames - first)
        w = random.random((count, config.filters), np.float32)
        masks = np.stack([w, 1 - w])
        pooler.add(0, first, w, masks, np.ones(count, np.float32))
        pooler.settle(first + count)
    found = (orders.by_frequency(basis), orders.in_network(basis.filters))
    learned = Learned(basis, {"similarity": found[0], **{order.name: order for order in found}})
    pieces = ((0, int(seconds)),)
    return recording, Inside(recording, model, grid_of(model), pooler.pictures(), pooler.activity(), pieces), learned


if __name__ == "__main__":
    main()
