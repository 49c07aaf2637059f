"""The file that a download grows in: its room on the disk, its bytes, and how it gets its name."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import sys
import threading
from pathlib import Path

from nextword.network_errors import DownloadFailed

SPARE_BYTES = 200_000_000
_READ = 1 << 20
_NOT_POSSIBLE = (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS)


def disk_error(error: OSError, file: str) -> DownloadFailed:
    """Return the error of ours for one of the file system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DownloadFailed("no_room", file)
    reason = "no_folder" if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR) else "disk"
    return DownloadFailed(reason, file, error.strerror or str(error))


class PartFile:
    """`name.part` beside the place of the file. Raises OSError."""

    def __init__(self, target: Path, size_bytes: int) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.journal_path = target.with_name(target.name + ".part.json")
        self.size_bytes = size_bytes
        self._descriptor = -1
        self._lock = threading.Lock()  # of the place in the file, on systems that read and write at that alone

    def open(self) -> bool:
        """Open or make it, with room for all of it; return whether it was there. Raises DownloadFailed("no_room")."""
        flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            self._descriptor = os.open(self.path, flags)
        except FileNotFoundError:
            self._descriptor = os.open(self.path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        there = os.fstat(self._descriptor)
        if not stat.S_ISREG(there.st_mode):
            raise OSError(errno.EINVAL, "not a file")
        was_here = there.st_size > 0
        self._reserve(there)
        return was_here

    def _reserve(self, there: os.stat_result) -> None:
        held = getattr(there, "st_blocks", 0) * 512
        needed = max(0, self.size_bytes - held)
        if needed:
            system = os.statvfs(self.path) if hasattr(os, "statvfs") else None
            free = system.f_bavail * system.f_frsize if system is not None else needed + SPARE_BYTES
            if free < needed + SPARE_BYTES:
                raise DownloadFailed("no_room", self.target.name, "", needed + SPARE_BYTES, free)
            try:
                os.posix_fallocate(self._descriptor, 0, self.size_bytes)
            except AttributeError:
                pass
            except OSError as error:
                if error.errno not in _NOT_POSSIBLE:
                    raise
        os.ftruncate(self._descriptor, self.size_bytes)

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Write all of `data` at an offset; from any thread."""
        view = memoryview(data)
        while view:
            count = self._write_some(view, offset)
            view, offset = view[count:], offset + count

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes at an offset."""
        if sys.platform != "win32":
            return os.pread(self._descriptor, length, offset)
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            return os.read(self._descriptor, length)

    def _write_some(self, view: memoryview, offset: int) -> int:
        if sys.platform != "win32":
            return os.pwrite(self._descriptor, view, offset)
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            return os.write(self._descriptor, view)

    def digest(self, start: int, length: int) -> hashlib._Hash:
        """Return the SHA-256 so far of the bytes from `start`, as read back from the disk."""
        digest = hashlib.sha256()
        end = start + length
        while start < end:
            data = self.read(start, min(_READ, end - start))
            if not data:
                break
            digest.update(data)
            start += len(data)
        return digest

    def sync(self) -> None:
        """Have what was written survive a power cut."""
        if self._descriptor >= 0:
            os.fdatasync(self._descriptor) if hasattr(os, "fdatasync") else os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it; what is here stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def name(self) -> None:
        """Give the checked file its name; nothing that has that name is ever replaced. Raises DownloadFailed."""
        os.fsync(self._descriptor)
        os.chmod(self.path, 0o444)
        self.close()
        try:
            os.link(self.path, self.target)
        except FileExistsError as error:
            raise DownloadFailed("exists", self.target.name) from error
        except OSError:  # a disk without hard links
            if self.target.exists():
                raise DownloadFailed("exists", self.target.name) from None
            os.rename(self.path, self.target)
        else:
            self.path.unlink()
        self.journal_path.unlink(missing_ok=True)
        sync_folder(self.target.parent)

    def delete(self) -> None:
        """Take the part and its journal away."""
        self.close()
        for path in (self.path, self.journal_path, self.journal_path.with_name(self.journal_path.name + ".new")):
            path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Have a name survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
