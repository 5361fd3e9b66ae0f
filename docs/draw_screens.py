"""Draws the pictures of the window in docs/images: the real window, driven through its own buttons.

On Linux, with or without a display:

    xvfb-run -a -s "-screen 0 1400x900x24" .venv/bin/python docs/draw_screens.py
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import numpy as np
import soundfile
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QDialog, QWidget

from tasnet_gui.batch.items import BatchItem
from tasnet_gui.desktop.app import Application, Desktop, build
from tasnet_gui.desktop.panels import VIEWS
from tasnet_gui.desktop.settings import Preferences
from tasnet_gui.desktop.widgets.abx_dialog import AbxDialog
from tasnet_gui.desktop.work import Work, demo
from tasnet_gui.domain import UnreadableAudio

IMAGES = Path(__file__).parent / "images"
SIZE = (1280, 800)
INSIDE = (1440, 900)  # for what has more to show
PATIENCE = 300.0  # seconds for a separation on a slow machine
RECENT = ("interview_cafe.wav", "lecture 03 \N{EN DASH} room tone.flac", "voice memo.ogg")

QUEUE = {  # names, and how many times the demo; 0 is a file that holds no sound
    "arrival.flac": 1,
    "bus stop.flac": 1,
    "interview.flac": 2,
    "lecture hall.flac": 8,
    "market/fish stall.flac": 3,
    "market/street musicians.flac": 2,
    "memory card error.wav": 0,
    "room tone.flac": 1,
    "shot list.txt": 0,
    "way home.flac": 4,
}


def wait(milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def until(happened: Callable[[], object]) -> None:
    """Let the window live until something has happened.

    Raises:
        TimeoutError: it did not.
    """
    end = monotonic() + PATIENCE
    while not happened():
        if monotonic() > end:
            raise TimeoutError(happened)
        wait(10)


class Album:
    """Walks one window through its states and keeps a picture of each."""

    def __init__(self, app: Application, theme: str, work: Work | None, options: argparse.Namespace) -> None:
        self._theme, self._folder = theme, options.output
        self._own = tempfile.TemporaryDirectory()
        preferences = Preferences(Path(self._own.name) / "settings.ini")
        preferences.change(
            theme=theme, text_size=options.text_size, recent=tuple(Path.home() / "Recordings" / name for name in RECENT)
        )
        self.desktop: Desktop = build(app, preferences, work)
        self.desktop.window.resize(*options.size)
        self.desktop.window.show()

    def keep(self, name: str, widget: QWidget | None = None) -> None:
        wait(150)  # one more pass over the waveforms
        path = self._folder / f"{name}-{self._theme}.png"
        if not (widget or self.desktop.window).grab().save(str(path)):
            raise OSError(f"cannot write {path}")

    def keep_dialog(self, name: str) -> None:
        wait(150)
        dialog = self.desktop.window.findChild(QDialog)
        self.keep(name, dialog)
        dialog.reject()
        wait(50)

    def draw(self) -> None:
        window, session, desk = self.desktop.window, self.desktop.session, self.desktop.desk
        self.keep("empty")
        window.drop_zone.show_promise("Drop to open interview_cafe.wav")
        self.keep("dragging")
        window.drop_zone.show_promise("")
        window.drop_zone.demo_button.click()
        until(lambda: session.state.warmed.device)
        self.keep("loaded")
        self._draw_working()
        window.header.action.separate.click()
        until(lambda: session.state.separation)
        session.hear("speech")
        window.playback.seek(4.4)
        self.keep("finished")
        self._draw_listening()
        self._draw_inside()
        desk.carry_out("export")
        self.keep_dialog("export")
        error = UnreadableAudio(
            "notes.wav holds no sound that can be used.", "It may be damaged: copy it once more from where it came."
        )
        window.banner.show_error(error)
        self.keep("error")
        window.banner.dismiss()
        desk.carry_out("keys")
        self.keep_dialog("keys")
        self._draw_queue()

    def _draw_listening(self) -> None:
        """The remix with its faders, all equally loud, and a blind comparison that has begun."""
        window, session, desk = self.desktop.window, self.desktop.session, self.desktop.desk
        bar = window.remix_bar
        bar.faders.click()
        bar.match.click()
        until(lambda: session.state.mix.leveller)
        session.hear("remix")
        self.keep("remix")
        bar.match.click()
        bar.faders.click()
        session.hear("speech")
        desk.carry_out("blind")
        dialog = window.findChild(AbxDialog)
        self.keep("blind", dialog)
        dialog.begin.click()
        until(dialog.say["A"].isVisible)
        self.keep_dialog("blind-trial")

    def _draw_inside(self) -> None:
        """Every view of the inside, on the demo: a syllable, one basis function lit, and masks changed by hand."""
        window, session, desk = self.desktop.window, self.desktop.session, self.desktop.desk
        size = window.size()
        window.resize(*INSIDE)
        window.bench.look(True)
        until(lambda: window.inspector.inspection.learned)
        window.inspector.light((60,))
        window.playback.seek(1.7)
        for view in VIEWS:
            window.bench.docks[view.key].raise_()
            if view.key == "compare":
                self._separate_with_the_other()
                desk.referee.load_speech(demo().with_name("interview-reference.flac"))
                until(lambda: len(session.state.measured) == 2)
            until(lambda: not session.jobs.running and not session.drawing.running)
            wait(500)  # views ask for more once they know where they are
            until(lambda: not session.jobs.running and not session.drawing.running)
            if view.key != "basis":  # which lies beside the others
                self.keep(f"inside-{view.key}")
        window.bench.docks["masks"].raise_()
        window.bench.docks["filter"].raise_()
        order = window.inspector.inspection.order
        window.inspector.light(tuple(int(number) for number in order.forward[20:80]))
        session.select((1.5, 2.2))
        before = session.state.separation
        window.editor.apply("solo", 1.0)
        until(lambda: session.state.separation is not before)
        window.banner.dismiss()  # of a machine without a loudspeaker
        self.keep("inside-played")
        window.editor.restore()
        session.select(None)
        window.bench.look(False)
        window.resize(size)

    def _separate_with_the_other(self) -> None:
        """Have two results, and the first one on the screen again."""
        window, session = self.desktop.window, self.desktop.session
        first, second = (model.name for model in session.state.models[:2])
        session.choose_model(second if session.state.model.name == first else first)
        window.header.action.separate.click()
        until(lambda: session.state.separation)
        session.choose_model(first if session.state.model.name == second else second)
        window.inspector.light((60,))

    def _draw_working(self) -> None:
        """The demo is done in a moment: what work looks like shows on the same sound, many times over."""
        window, session = self.desktop.window, self.desktop.session
        samples, rate = soundfile.read(demo(), dtype="float32")
        long = Path(self._own.name) / "interview.flac"
        soundfile.write(long, np.tile(samples, 10), rate)
        session.open([long])
        until(lambda: session.state.recording.path == long)
        window.header.action.separate.click()
        until(lambda: window.header.action.progress.value() > 420)
        self.keep("working")
        session.cancel()
        until(lambda: not session.state.task)
        session.open([demo()])
        until(lambda: session.state.recording.path == demo())

    def _draw_queue(self) -> None:
        """A folder of recordings, a file that is none, and one that is broken."""
        window, desk = self.desktop.window, self.desktop.desk
        batch, queueing = window.batch, desk.queueing
        queueing.show()
        self.keep("queue-empty")
        desk.take([self._recordings()])
        until(lambda: batch.standing.total == len(QUEUE))
        until(lambda: all(item.duration for item in batch.items if item.name.endswith("c")))
        queueing.view.show_options(True)
        self.keep("queue-options")
        queueing.view.show_options(False)
        queueing.view.bar.start.click()
        until(lambda: batch.standing.count("done") > 2 and any(item.state.done > 0.3 for item in _active(batch.items)))
        batch.pause()
        queueing.hide()
        self.keep("queue-behind")
        queueing.show()
        batch.start()
        self.keep("queue-working")
        until(lambda: not batch.standing.working)
        failed = next(row for row, item in enumerate(batch.items) if item.state.kind == "failed")
        queueing.view.table.selectRow(failed)
        self.keep("queue-finished")

    def _recordings(self) -> Path:
        folder = Path(self._own.name) / "Field trip"
        samples, rate = soundfile.read(demo(), dtype="float32")
        for name, times in QUEUE.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if times:
                soundfile.write(path, np.tile(samples, times), rate)
            else:
                path.write_bytes(b"No sound at all")
        return folder

    def close(self) -> None:
        self.desktop.window.close()
        self.desktop.window.deleteLater()
        self._own.cleanup()


def _active(items: tuple[BatchItem, ...]) -> list[BatchItem]:
    return [item for item in items if item.state.active]


def main(work: Work | None = None) -> None:
    """Draw everything, light and dark."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the window")
    parser.add_argument("--output", type=Path, default=IMAGES, help="the folder for the pictures (docs/images)")
    parser.add_argument("--themes", nargs="+", default=["light", "dark"], choices=["light", "dark"])
    parser.add_argument("--size", nargs=2, type=int, default=SIZE, metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--text-size", type=int, default=100, help="percent of the system's")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    app = Application(["tasnet-studio"])
    app.setQuitOnLastWindowClosed(False)
    for theme in options.themes:
        album = Album(app, theme, work, options)
        album.draw()
        album.close()


if __name__ == "__main__":
    sys.exit(main())
