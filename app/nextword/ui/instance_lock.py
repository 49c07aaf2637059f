"""One program per profile: the first holds this lock, a second hands its wish to the first and ends."""

from __future__ import annotations

from PySide6.QtCore import QLockFile

from nextword.paths import Profile


class Lock:
    """The lock of a profile; the lock of a process that is gone is taken over."""

    def __init__(self, profile: Profile) -> None:
        self._file = QLockFile(str(profile.lock))
        self._file.setStaleLockTime(0)  # never by age: a sleeping laptop still holds its profile

    def take(self) -> bool:
        """Return whether this process has the lock now."""
        return bool(self._file.tryLock(0))

    def unwritable(self) -> bool:
        """Say whether the lock failed for another reason than another process."""
        return self._file.error() in (QLockFile.LockError.PermissionError, QLockFile.LockError.UnknownError)

    def holder(self) -> int:
        """Return the process that has the lock, 0 when it cannot be told."""
        pid, _host, _program = self._file.getLockInfo()
        return int(pid)

    def release(self) -> None:
        """Let the next one in."""
        self._file.unlock()
