"""Keeps the computer from falling asleep while a batch works. Where a system has no way to ask for it, it sleeps."""

import ctypes
import logging
import os
import subprocess
import sys
from typing import Protocol

log = logging.getLogger(__name__)

REASON = "Separating a batch of recordings"
_BUS = "tasnet-studio-awake"


class Way(Protocol):
    """How a system is asked."""

    def hold(self) -> None: ...
    def release(self) -> None: ...


class OverDBus:
    """Freedesktop systems. What was asked for lasts as long as the connection does, also when this process dies."""

    _ASKED = (  # service, path: desktops know one of them or both
        ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
        ("org.freedesktop.PowerManagement.Inhibit", "/org/freedesktop/PowerManagement/Inhibit"),
    )

    def hold(self) -> None:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage

        bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, _BUS)
        if not bus.isConnected():
            return
        for service, path in self._ASKED:
            call = QDBusMessage.createMethodCall(service, path, service, "Inhibit")
            call.setArguments(["TasNet Studio", REASON])
            bus.send(call)  # nobody waits for the answer: a desktop that is busy must not stop the window

    def release(self) -> None:
        from PySide6.QtDBus import QDBusConnection

        QDBusConnection.disconnectFromBus(_BUS)


class OverKernel32:
    """Windows."""

    _CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001

    def hold(self) -> None:
        self._set(self._CONTINUOUS | self._SYSTEM_REQUIRED)

    def release(self) -> None:
        self._set(self._CONTINUOUS)

    def _set(self, flags: int) -> None:
        ctypes.windll.kernel32.SetThreadExecutionState(flags)  # type: ignore[attr-defined, unused-ignore]


class OverCaffeinate:
    """MacOS: a small program that ends with us."""

    def __init__(self, program: str = "/usr/bin/caffeinate") -> None:
        self._command = [program, "-i", "-w", str(os.getpid())]
        self._process: subprocess.Popen[bytes] | None = None

    def hold(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL)

    def release(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait()
            self._process = None


def way() -> Way:
    """This system's."""
    return OverKernel32() if sys.platform == "win32" else OverCaffeinate() if sys.platform == "darwin" else OverDBus()


class Awake:
    """Asks once, and lets go once."""

    def __init__(self, how: Way | None = None) -> None:
        self._how = how or way()
        self.held = False

    def keep(self, wanted: bool) -> None:
        """Whether sleep is to be kept away from now on."""
        if wanted == self.held:
            return
        self.held = wanted
        try:
            (self._how.hold if wanted else self._how.release)()
        except (OSError, ImportError, AttributeError):
            log.warning("Sleep cannot be kept away", exc_info=True)
