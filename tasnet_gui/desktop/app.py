"""Starts the desktop: arguments, application, log, window. Nothing here or below imports torch."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, Signal, Slot
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from tasnet_gui import __version__
from tasnet_gui.desktop import drops
from tasnet_gui.desktop.desk import Desk
from tasnet_gui.desktop.instance import Door, hand_over
from tasnet_gui.desktop.jobs import Jobs
from tasnet_gui.desktop.logs import Unexpected, start_logging
from tasnet_gui.desktop.playback import Playback
from tasnet_gui.desktop.session import Session
from tasnet_gui.desktop.settings import Preferences
from tasnet_gui.desktop.theme import Theme
from tasnet_gui.desktop.widgets.dialogs import UnexpectedDialog
from tasnet_gui.desktop.window import Window
from tasnet_gui.desktop.work import Work

log = logging.getLogger(__name__)

NO_DISPLAY = (
    "TasNet Studio needs a display, and there is none here. On the command line the same is: "
    "tasnet separate FILE -o FOLDER"
)


class Application(QApplication):
    """macOS hands files over as events, also while the application is still starting."""

    files_asked = Signal(object)  # list[Path]

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self.early: list[Path] = []  # what was asked for before anybody listened
        self.setApplicationName("tasnet-studio")
        self.setApplicationDisplayName("TasNet Studio")
        self.setApplicationVersion(__version__)
        self.setDesktopFileName("tasnet-studio")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and (path := drops.path_of(event.url())):
            self.early.append(path)
            self.files_asked.emit([path])
            return True
        return super().event(event)


@dataclass(frozen=True)
class Desktop:
    """Everything that lives as long as the window."""

    window: Window
    desk: Desk
    session: Session


def build(app: QApplication, preferences: Preferences | None = None, work: Work | None = None) -> Desktop:
    """The window with all that it needs, not shown yet."""
    preferences = preferences or Preferences()
    theme = Theme(app, preferences.value.theme, preferences.value.text_size)
    session = Session(Jobs(), preferences, work)
    window = Window(session, Playback(), preferences, theme)
    return Desktop(window, Desk(window), session)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desktop until its window closes; the exit code."""
    options = _options(sys.argv[1:] if arguments is None else arguments)
    if _no_display():
        print(NO_DISPLAY, file=sys.stderr)
        return 1
    app = Application(["tasnet-studio"])
    files = [path.absolute() for path in options.files]
    if not options.new_window and hand_over(files):
        return 0
    faults = start_logging()
    desktop = build(app)
    unexpected = Unexpected(_Teller(desktop.window).tell)
    unexpected.install()
    wakeup = _quit_on_signals(desktop.window)
    app.files_asked.connect(desktop.desk.take)
    door = Door(lambda: desktop.desk.at_leisure and app.activeModalWidget() is None, desktop.window)
    door.asked.connect(desktop.desk.welcome)
    app.applicationStateChanged.connect(door.take_over)
    desktop.window.show()
    door.open()
    desktop.desk.take(files or app.early)
    desktop.desk.queueing.offer_to_resume()
    code = app.exec()
    door.close()
    log.info("Closed")
    if not desktop.session.joined:
        # A library did not come back in time. Waiting longer helps nobody, and unloading it while it computes crashes.
        logging.shutdown()
        os._exit(code)
    del wakeup, faults
    return code


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("tasnet-gui", description="Takes any recording apart into speech and noise.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a recording to open; several are a batch")
    parser.add_argument("--new-window", action="store_true", help="open another window, even if there is one")
    parser.add_argument("--version", action="version", version=f"TasNet Studio {__version__}")
    return parser.parse_args(list(arguments))


def _no_display() -> bool:
    """Qt would abort the process without a word that a person understands."""
    x11_or_wayland = sys.platform.startswith(("linux", "freebsd"))
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    return x11_or_wayland and not named


class _Teller(QObject):
    """Shows the dialog of an unexpected error, one at a time."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window

    def tell(self, report: str) -> None:
        dialog = UnexpectedDialog(report, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class _Wakeup(QObject):
    """Brings Ctrl+C in the terminal, and the end of the session, into Qt's event loop."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write)
        self._notifier = QSocketNotifier(self._read, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._quit)

    @Slot()
    def _quit(self) -> None:
        os.read(self._read, 1)
        self._window.session.cancel()  # nobody is there to be asked
        self._window.batch.stop()
        self._window.close()


def _quit_on_signals(window: Window) -> QObject | None:
    if os.name != "posix":
        return None
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # the work is done where the wake-up arrives
    return _Wakeup(window)
