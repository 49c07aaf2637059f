"""Tokens and keys, each for one origin: in the system's key ring, or in a file of one's own where there is none."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from nextword.network.redact import remember

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

Place: TypeAlias = Literal["", "keyring", "file"]
SERVICE = "nextword"
_LONGEST = 10_000


class Secrets:
    """Blocks while the key ring is asked (it may show a question): not for the window's thread.

    file: where secrets go when there is no key ring, readable by their owner alone. keyring: for tests, else the
    system's own is looked for when it is first needed.
    """

    def __init__(self, file: Path, keyring: KeyringBackend | None = None) -> None:
        self._file = file
        self._given = keyring
        self._lock = threading.RLock()
        self._known: dict[str, str] = {}
        self._places: dict[str, Place] = {}

    def get(self, origin: str) -> str:
        """Return the secret for an origin, "" when there is none."""
        with self._lock:
            if origin not in self._known:
                self._look_up(origin)
            return self._known[origin]

    def place(self, origin: str) -> Place:
        """Return where the secret of an origin lies, "" when there is none."""
        with self._lock:
            self.get(origin)
            return self._places[origin]

    def put(self, origin: str, secret: str) -> Place:
        """Keep a secret, "" to delete it; return where it lies now. Raises OSError when it can be kept nowhere."""
        secret = secret.strip()[:_LONGEST]
        remember(secret)
        with self._lock:
            place: Place = ""
            in_ring = self._put_in_ring(origin, secret)
            if secret:
                place = "keyring" if in_ring else "file"
            self._put_in_file(origin, "" if in_ring else secret)
            self._known[origin], self._places[origin] = secret, place
            return place

    # --- key ring -------------------------------------------------------------------------------------------

    def _look_up(self, origin: str) -> None:
        found, place = self._from_ring(origin), "keyring"
        if not found:
            found, place = self._read_file().get(origin, ""), "file"
        remember(found)
        self._known[origin] = found
        self._places[origin] = ("keyring" if place == "keyring" else "file") if found else ""

    def _ring(self) -> KeyringBackend | None:
        """Return a key ring that keeps secrets secret, None when the system has none."""
        if self._given is not None:
            return self._given
        import keyring
        from keyring.backends import fail, null

        ring = keyring.get_keyring()
        if isinstance(ring, fail.Keyring | null.Keyring) or ring.priority < 1:
            return None
        return ring

    def _from_ring(self, origin: str) -> str:
        from keyring.errors import KeyringError

        ring = self._ring()
        if ring is None:
            return ""
        try:
            return ring.get_password(SERVICE, origin) or ""
        except (KeyringError, OSError, RuntimeError):  # locked, or its service is gone
            return ""

    def _put_in_ring(self, origin: str, secret: str) -> bool:
        from keyring.errors import KeyringError, PasswordDeleteError

        ring = self._ring()
        if ring is None:
            return False
        try:
            if secret:
                ring.set_password(SERVICE, origin, secret)
            else:
                with contextlib.suppress(PasswordDeleteError):
                    ring.delete_password(SERVICE, origin)
        except (KeyringError, OSError, RuntimeError):
            return False
        return True

    # --- the file -------------------------------------------------------------------------------------------

    def _read_file(self) -> dict[str, str]:
        try:
            content = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(key): str(value) for key, value in content.items()} if isinstance(content, dict) else {}

    def _put_in_file(self, origin: str, secret: str) -> None:
        content = self._read_file()
        if content.get(origin, "") == secret:
            return
        content.pop(origin, None)
        if secret:
            content[origin] = secret
        if not content:
            self._file.unlink(missing_ok=True)
            return
        new = self._file.with_suffix(".new.json")
        new.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(new, flags, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self._file)
