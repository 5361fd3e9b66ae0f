"""One window for one person: a second start hands its files to the first and ends. Both talk on this machine only."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from tasnet_gui import places

log = logging.getLogger(__name__)

_TAKEN, _BUSY = b"taken", b"busy"  # what the first window answers
_CONNECT = 300  # ms until nobody is there
_ANSWER = 2_000  # ms until the first window, which may hang, is left alone
_LONGEST = 1 << 20  # bytes of a request: a few thousand paths


def address() -> str:
    """Where the first window listens: another place for each person, set of settings and screen."""
    screen = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", "")
    own = hashlib.sha256(f"{places.settings_file()}\0{screen}".encode(errors="surrogateescape")).hexdigest()[:16]
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    return os.path.join(folder if os.path.isdir(folder) else "", f"tasnet-studio-{own}")


def somebody() -> bool:
    """Whether a window listens."""
    socket = QLocalSocket()
    socket.connectToServer(address())
    return socket.waitForConnected(_CONNECT)


def hand_over(files: Sequence[Path]) -> bool:
    """Ask the first window to open files and to come to the front; False where there is none, or it cannot now.

    Args:
        files: absolute.
    """
    socket = QLocalSocket()
    socket.connectToServer(address())
    if not socket.waitForConnected(_CONNECT):
        return False
    token = os.environ.get("XDG_ACTIVATION_TOKEN", "")  # Wayland's leave to come to the front
    request = {"files": [os.fsencode(path).hex() for path in files], "token": token}
    socket.write(json.dumps(request).encode() + b"\n")
    while not socket.canReadLine():
        if not socket.waitForReadyRead(_ANSWER):
            return False
    return bytes(socket.readLine().data()).strip() == _TAKEN


class Door(QObject):
    """Where later starts knock.

    Args:
        free: whether the window can take files now; where it cannot, they get a window of their own.
    """

    asked = Signal(object)  # list[Path]: open these, and come to the front

    def __init__(self, free: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._free = free
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._welcome)

    def open(self) -> bool:
        """Listen, unless another window does; whether this one does now."""
        if not self._server.isListening() and not somebody():
            where = address()
            if not self._server.listen(where):
                QLocalServer.removeServer(where)  # left behind by a window that did not end in peace
                if not self._server.listen(where):
                    log.warning("Later starts get windows of their own: %s", self._server.errorString())
        return self._server.isListening()

    @Slot(Qt.ApplicationState)
    def take_over(self, state: Qt.ApplicationState) -> None:
        """The window that listened may be gone by the time that this one is used."""
        if state == Qt.ApplicationState.ApplicationActive:
            self.open()

    def close(self) -> None:
        self._server.close()

    @Slot()
    def _welcome(self) -> None:
        while socket := self._server.nextPendingConnection():
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(self._read)

    @Slot()
    def _read(self) -> None:
        socket = self.sender()
        if not isinstance(socket, QLocalSocket):
            return
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST:
                socket.abort()
            return
        try:
            request = json.loads(bytes(socket.readLine(_LONGEST).data()))
            files = [Path(os.fsdecode(bytes.fromhex(text))) for text in request["files"]]
            token = str(request["token"])
        except (ValueError, KeyError, TypeError):
            socket.abort()
            return
        free = not files or self._free()
        socket.write((_TAKEN if free else _BUSY) + b"\n")
        socket.flush()
        if free:
            if token:
                os.environ["XDG_ACTIVATION_TOKEN"] = token
            self.asked.emit(files)
