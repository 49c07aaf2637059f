"""The pages of a database file that SQLite may not be able to open: the file itself with its write-ahead log on top.

Nothing here is SQLite: no statement, trigger or view of the file is ever executed. The format is that of
https://www.sqlite.org/fileformat2.html (sections 1.3 and 4). A sector that cannot be read is a page of zeros.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

MAGIC = b"SQLite format 3\0"
PAGE_SIZES = (4096, 1024, 2048, 8192, 16384, 32768, 65536, 512)
TABLE_LEAF = 0x0D
TABLE_INTERIOR = 0x05

_WAL_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_SAMPLED_PAGES = 400
_TRUST = 3.0  # how much better another page size has to fit than the one of the header


class PageImage:
    """Pages by number, from 1. usable: bytes of a page that hold data: all, our files reserve none.

    loose: pages of the log behind the place where it is damaged; they may hold the newest rows.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        try:
            self.size_bytes = os.fstat(self._file.fileno()).st_size
            self.header = self._bytes_at(0, 100)
            log = _read_log(path.with_name(path.name + "-wal"))
            self.page_size = self.usable = self._measure(log)
            self._over, self.loose = _frames(log, self.page_size)
            if 1 in self._over:
                self.header = self._over[1][:100]
            self.page_count = max(-(-self.size_bytes // self.page_size), max(self._over, default=0))
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def page(self, number: int) -> bytes:
        """Return a page, filled up with zeros where the file ends."""
        if number in self._over:
            return self._over[number]
        return self._bytes_at((number - 1) * self.page_size, self.page_size).ljust(self.page_size, b"\0")

    def freelist(self) -> set[int]:
        """Return the numbers of the pages that hold nothing any more, as far as their list can be followed."""
        free: set[int] = set()
        trunk = int.from_bytes(self.header[32:36], "big")
        while 1 < trunk <= self.page_count and trunk not in free:
            page = self.page(trunk)
            following, count = struct.unpack_from(">II", page)
            if page[0] in (TABLE_LEAF, TABLE_INTERIOR) or count > self.usable // 4 - 2:
                break
            free.add(trunk)
            free.update(leaf for leaf in struct.unpack_from(f">{count}I", page, 8) if 1 < leaf <= self.page_count)
            trunk = following
        return free

    def _bytes_at(self, offset: int, count: int) -> bytes:
        try:
            self._file.seek(offset)
            return self._file.read(count)
        except OSError:  # a bad sector
            return bytes(count)

    def _measure(self, log: bytes) -> int:
        """Return the page size: what the header says, unless another size fits what is there much better.

        Large rows fill a page alone, which looks less like a page than many small ones.
        """
        said = int.from_bytes(self.header[16:18], "big")
        said = 65536 if said == 1 else said
        logged = int.from_bytes(log[8:12], "big") if len(log) >= _WAL_HEADER_BYTES else 0
        sizes = [size for size in dict.fromkeys((said, logged, *PAGE_SIZES)) if size in PAGE_SIZES]
        return max(sizes, key=lambda size: self._fitting(size) * (_TRUST if size == said else 1.0))

    def _fitting(self, size: int) -> float:
        """Return which part of a sample of the file is laid out as pages of this size are."""
        count = self.size_bytes // size
        sample = range(1, count, max(1, count // _SAMPLED_PAGES))
        return sum(_well_laid_out(self._bytes_at(at * size, size)) for at in sample) / max(1, len(sample))


def _well_laid_out(page: bytes) -> bool:
    usable = len(page)
    if len(page) < 512 or page[0] not in (TABLE_LEAF, TABLE_INTERIOR, 0x0A, 0x02):
        return False
    cells, start, fragments = struct.unpack_from(">HHB", page, 3)
    header = 12 if page[0] in (TABLE_INTERIOR, 0x02) else 8
    if not cells or header + 2 * cells > (start or 65536) or (start or 65536) > usable or fragments > 60:
        return False
    pointers = struct.unpack_from(f">{cells}H", page, header)
    return bool(min(pointers) >= start and usable // 2 <= max(pointers) <= usable - 3)


def _read_log(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _frames(log: bytes, page_size: int) -> tuple[dict[int, bytes], list[bytes]]:
    """Return the committed pages of a write-ahead log by number, and those of this log that come after a damage."""
    if len(log) < _WAL_HEADER_BYTES or log[:3] != b"\x37\x7f\x06" or int.from_bytes(log[8:12], "big") != page_size:
        return {}, []
    order = ">" if log[3] & 1 else "<"
    salts = log[16:24]
    sums = _checksum(log[:24], (0, 0), order)
    whole = struct.unpack_from(">II", log, 24) == sums
    committed: dict[int, bytes] = {}
    waiting: dict[int, bytes] = {}
    loose: list[bytes] = []
    for header, page in _raw_frames(log, page_size):
        number, size_after, salt_1, salt_2, *told = struct.unpack(">6I", header)
        if struct.pack(">II", salt_1, salt_2) != salts:
            break
        if whole:
            sums = _checksum(page, _checksum(header[:8], sums, order), order)
            whole = list(sums) == told
        if not whole:
            loose.append(page)
            continue
        waiting[number] = page
        if size_after:
            committed.update(waiting)
            waiting = {}
    return committed, loose


def _raw_frames(log: bytes, page_size: int) -> Iterator[tuple[bytes, bytes]]:
    length = _FRAME_HEADER_BYTES + page_size
    for at in range(_WAL_HEADER_BYTES, len(log) - length + 1, length):
        yield log[at : at + _FRAME_HEADER_BYTES], log[at + _FRAME_HEADER_BYTES : at + length]


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    """Continue the checksum of a log (file format, section 4.2)."""
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for at in range(0, len(words), 2):
        first = (first + words[at] + second) & 0xFFFFFFFF
        second = (second + words[at + 1] + first) & 0xFFFFFFFF
    return first, second
