"""A file that is there whole or not at all: written beside its place, flushed to disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from nextword.errors import ExportFailed

_REASONS = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EROFS: "no_permission",
    errno.ENOENT: "no_folder",
    errno.ENOTDIR: "no_folder",
    errno.ENAMETOOLONG: "bad_name",
    errno.EINVAL: "bad_name",
    errno.EISDIR: "bad_name",
}


class FileToBe:
    """Take `finish` to put it in its place, or `drop` to leave no trace. Every method raises ExportFailed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".nextword-{secrets.token_hex(8)}.part")
        self._file: BinaryIO | None = None
        try:
            self._file = self._part.open("xb")
        except OSError as error:
            raise to_export_failed(path, error) from error

    def write(self, data: bytes) -> None:
        """Add to the file."""
        assert self._file is not None
        try:
            self._file.write(data)
        except OSError as error:
            self.drop()
            raise to_export_failed(self._path, error) from error

    def finish(self) -> None:
        """Put the file in its place; what was there before is replaced only now."""
        assert self._file is not None
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._part, self._path)
        except OSError as error:
            self.drop()
            raise to_export_failed(self._path, error) from error
        self._file = None

    def drop(self) -> None:
        """Leave things as they were."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            with contextlib.suppress(OSError):
                self._part.unlink()
            self._file = None


def to_export_failed(path: Path, error: OSError) -> ExportFailed:
    """Return our error for one of the system's."""
    return ExportFailed(str(path), _REASONS.get(error.errno or 0, "other"), error.strerror or "")
