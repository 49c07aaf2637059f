"""How a second start hands its wish to the program that holds the profile (see instance_lock.py).

The channel takes three requests, "raise", "open <path>" and "add <path>" (which loads nothing), of at most MOST_BYTES,
from the same user alone.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from nextword.paths import Profile

MOST_BYTES = 4096
PATIENCE_SECONDS = 20.0  # a first start from a cold disk takes its time until it listens
_ANSWER = b"done\n"


class Channel(QObject):
    """Listens for a second start. raise_window, open_file: what the requests do; open_file is told whether to load."""

    def __init__(
        self, profile: Profile, *, raise_window: Callable[[], None], open_file: Callable[[Path, bool], None]
    ) -> None:
        super().__init__()
        self._raise_window = raise_window
        self._open_file = open_file
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(8)
        self._server.newConnection.connect(self._on_connection)
        name = channel_name(profile)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left by a program that was killed: we hold the lock
            self._server.listen(name)

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.setReadBufferSize(MOST_BYTES + 1)
            socket.readyRead.connect(partial(self._on_data, socket))
            socket.disconnected.connect(socket.deleteLater)

    def _on_data(self, socket: QLocalSocket) -> None:
        waiting = bytes(socket.peek(MOST_BYTES + 1).data())
        if b"\n" not in waiting:
            if len(waiting) > MOST_BYTES:
                socket.abort()
            return
        socket.readAll()
        if self._obey(waiting.split(b"\n", 1)[0]):
            socket.write(_ANSWER)
            socket.flush()
        socket.disconnectFromServer()

    def _obey(self, request: bytes) -> bool:
        if request == b"raise":
            self._raise_window()
            return True
        word, _, path = request.partition(b" ")
        if word in (b"open", b"add") and path and b"\0" not in path:
            file = Path(os.fsdecode(path))
            if file.is_absolute():
                self._open_file(file, word == b"open")
                self._raise_window()
                return True
        return False


def hand_over(profile: Profile, file: Path | None, *, load: bool = True) -> bool:
    """Ask the program that holds `profile` to show itself (and to take `file`); return whether it did."""
    request = b"raise\n" if file is None else (b"open " if load else b"add ") + os.fsencode(file) + b"\n"
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        socket = QLocalSocket()
        socket.connectToServer(channel_name(profile))
        if socket.waitForConnected(500):
            socket.write(request)
            socket.waitForBytesWritten(500)
            socket.waitForReadyRead(int(1000 * max(0.1, end - time.monotonic())))
            answer = socket.readAll().data()
            socket.abort()
            return bool(answer == _ANSWER)
        time.sleep(0.05)  # the first one holds the lock and is still opening its window
    return False


def channel_name(profile: Profile) -> str:
    """Return the address of a profile's channel: short whatever the profile's path is, apart for each user."""
    digest = hashlib.sha256(os.fsencode(profile.root.resolve())).hexdigest()[:16]
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    name = f"nextword-{user}-{digest}"
    if os.name == "nt":
        return name
    return str(Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / name)
