"""The log, and what happens to an error that nobody expected: it is written down, told once, and the app lives."""

import faulthandler
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler

from tasnet_gui import places

log = logging.getLogger(__name__)

LOG = "tasnet-studio.log"
_SIZE, _KEPT = 512 * 1024, 3  # bytes of a log file, older files
BETWEEN_DIALOGS = 30.0  # seconds: a fault in a paint event comes 60 times per second

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def start_logging(folder: Path | None = None) -> IO[str] | None:
    """Log to a rotating file, Qt's own messages too. Returns the open file for faults of the interpreter, or None
    when the folder cannot be written: then the log goes to the standard error stream, if there is one."""
    folder = folder or places.log_folder()
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    qInstallMessageHandler(_log_qt)
    logging.captureWarnings(True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / LOG, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8", errors="backslashreplace"
        )
        faults = (folder / "faults.log").open("a", encoding="utf-8")
    except OSError:
        if sys.stderr:
            root.addHandler(logging.StreamHandler())
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s [%(threadName)s] %(message)s"))
    root.addHandler(handler)
    faulthandler.enable(faults)
    return faults


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger("qt").log(_LEVELS.get(kind, logging.WARNING), "%s", message)


class Unexpected(QObject):
    """Catches what nobody else did, on every thread; tells the GUI thread at most once in a while."""

    _caught = Signal(str)

    def __init__(self, tell: Callable[[str], None], clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._tell, self._clock, self._told = tell, clock, -BETWEEN_DIALOGS
        self._caught.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        sys.excepthook = self.catch
        threading.excepthook = self._catch_thread

    def catch(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        report = "".join(traceback.format_exception(kind, error, trace))
        log.critical("Unexpected error\n%s", report)
        if sys.stderr:
            sys.stderr.write(report)
        self._caught.emit(report)

    def _catch_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.catch(args.exc_type, args.exc_value, args.exc_traceback)

    @Slot(str)
    def _show(self, report: str) -> None:
        now = self._clock()
        if now - self._told >= BETWEEN_DIALOGS:
            self._told = now
            self._tell(report)
