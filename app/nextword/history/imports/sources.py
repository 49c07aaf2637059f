"""Where the bytes of an import come from: a file, the members of a zip file, or the files of a folder.

Nothing is unpacked to disk, no link is followed, and everything is read with a limit.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final

from nextword.errors import ImportFailed
from nextword.history.imports.limits import (
    LARGEST_DEPTH,
    LARGEST_DIRECTORY_BYTES,
    LARGEST_FILE_BYTES,
    LARGEST_RATIO,
    MOST_FILES,
)
from nextword.history.imports.report import ImportReport, SkipReason

ENDINGS: Final = (".json", ".jsonl", ".chat")
_ZIP_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END: Final = struct.Struct("<4s4H2LH")
_FAR_END: Final = struct.Struct("<4sQ2H2L4Q")
_FAR_END_AT: Final = struct.Struct("<4sLQL")
FAULTS: Final = (OSError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)
"""What reading a source can raise. RuntimeError and its kinds: zipfile's for members that are encrypted or packed in a
way that is not known to it, Python's for too deep a nesting."""


@dataclass(frozen=True)
class Source:
    """Something to read. name: how a person finds it; size_bytes: what it says of itself, to be distrusted.

    siblings: opens another file of the same folder by its bare name, or returns None.
    """

    name: str
    size_bytes: int
    open: Callable[[], IO[bytes]]
    sibling: Callable[[str], Source | None]


def sources(path: Path, report: ImportReport) -> Iterator[Source]:
    """Yield what can be read at `path`. Raises ImportFailed when it is nothing to import from."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            yield from _of_folder(path, report)
        elif not stat.S_ISREG(found.st_mode):
            raise ImportFailed(str(path), "not_a_file")
        elif found.st_size == 0:
            raise ImportFailed(str(path), "empty")
        elif found.st_size > LARGEST_FILE_BYTES:
            raise ImportFailed(str(path), "too_large", str(found.st_size))
        else:
            yield from _of_file(path, report)
    except OSError as error:
        raise to_import_failed(path, error) from error


def to_import_failed(path: Path, error: OSError) -> ImportFailed:
    """Return our error for one of the system's."""
    reasons: tuple[tuple[type[OSError], str], ...] = (
        (FileNotFoundError, "missing"),
        (PermissionError, "no_permission"),
    )
    reason = next((reason for kind, reason in reasons if isinstance(error, kind)), "unreadable")
    return ImportFailed(str(path), reason, error.strerror or "")


def _of_file(path: Path, report: ImportReport) -> Iterator[Source]:
    with path.open("rb") as file:
        begin = file.read(16)
    if begin.startswith(b"SQLite format 3\0"):
        raise ImportFailed(str(path), "database")
    if begin.startswith((b"PK\3\4", b"PK\5\6")):
        yield from _of_zip(path, report)
    else:
        yield _plain(path, path.name)


def _plain(path: Path, name: str) -> Source:
    def sibling(other: str) -> Source | None:
        beside = path.with_name(other)
        return _plain(beside, str(Path(name).with_name(other))) if _is_file(beside) else None

    return Source(name, path.stat().st_size, lambda: _open(path), sibling)


def _open(path: Path) -> BinaryIO:
    """Open a regular file, and nothing that only looks like one: a pipe would wait for ever."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(2, "not a file", str(path))
    return os.fdopen(descriptor, "rb")


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _of_folder(folder: Path, report: ImportReport) -> Iterator[Source]:
    count = 0
    for place, folders, files in os.walk(folder, followlinks=False):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(folders) if depth < LARGEST_DEPTH else []
        for name in sorted(files):
            path = Path(place, name)
            if not name.lower().endswith(ENDINGS) or not _is_file(path):
                continue
            count += 1
            if count > MOST_FILES:
                raise ImportFailed(str(folder), "too_many_files", str(MOST_FILES))
            if path.lstat().st_size > LARGEST_FILE_BYTES:
                report.skip(str(path.relative_to(folder)), "too_large")
                continue
            yield _plain(path, str(path.relative_to(folder)))


def _of_zip(path: Path, report: ImportReport) -> Iterator[Source]:
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.infolist()
            if len(names) > MOST_FILES:
                raise ImportFailed(str(path), "too_many_files", str(len(names)))
            members: dict[str, zipfile.ZipInfo] = {}
            for info in names:
                if not info.filename.lower().endswith(ENDINGS):
                    continue
                refused = _refusal(info, members)
                if refused is not None:
                    report.skip(info.filename, refused)
                else:
                    members[info.filename] = info
            if any(info.flag_bits & 1 for info in members.values()):
                raise ImportFailed(str(path), "encrypted")
            _check_sizes(path, members)
            for info in members.values():
                yield _member(archive, info, members)
    except NotImplementedError as error:  # zipfile's word for a format that is newer than it
        raise ImportFailed(str(path), "unknown_zip", str(error)[:200]) from error
    except (zipfile.BadZipFile, struct.error, ValueError) as error:
        raise ImportFailed(str(path), "bad_zip", str(error)[:200]) from error


def _refusal(info: zipfile.ZipInfo, members: dict[str, zipfile.ZipInfo]) -> SkipReason | None:
    """Say why a member is not read; None when it is. Nothing is written under its name, but tricks are not humoured."""
    parts = info.filename.replace("\\", "/").split("/")
    absolute = info.filename.startswith(("/", "\\")) or ":" in parts[0]
    if absolute or ".." in parts or info.filename in members or stat.S_ISLNK(info.external_attr >> 16):
        return "unsafe_name"
    return None if info.compress_type in _ZIP_METHODS else "unreadable"


def _check_sizes(path: Path, members: dict[str, zipfile.ZipInfo]) -> None:
    packed = sum(info.compress_size for info in members.values())
    unpacked = sum(info.file_size for info in members.values())
    size = path.stat().st_size
    if unpacked > LARGEST_FILE_BYTES or packed > size or unpacked > LARGEST_RATIO * size + (1 << 20):
        raise ImportFailed(str(path), "zip_bomb", str(unpacked))


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, members: dict[str, zipfile.ZipInfo]) -> Source:
    def sibling(other: str) -> Source | None:
        beside = members.get(info.filename.rpartition("/")[0] + "/" + other if "/" in info.filename else other)
        return None if beside is None else _member(archive, beside, members)

    return Source(info.filename, info.file_size, lambda: archive.open(info), sibling)


def _check_directory(path: Path) -> None:
    """Look at the size of the list of names before zipfile reads all of it. Raises ImportFailed."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - _END.size - 0xFFFF - _FAR_END_AT.size)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(b"PK\5\6")
        if at < 0 or at + _END.size > len(tail):
            raise ImportFailed(str(path), "bad_zip")
        directory_bytes = _END.unpack_from(tail, at)[5]
        far = tail.rfind(b"PK\6\7", 0, at)
        if directory_bytes == 0xFFFFFFFF and far >= 0:
            file.seek(min(_FAR_END_AT.unpack_from(tail, far)[2], size))
            end = file.read(_FAR_END.size)
            directory_bytes = _FAR_END.unpack(end)[8] if len(end) == _FAR_END.size else size
    if directory_bytes > min(LARGEST_DIRECTORY_BYTES, size):
        raise ImportFailed(str(path), "zip_bomb", str(directory_bytes))
