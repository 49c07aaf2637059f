"""Rows out of the pages of a table: b-trees walked from their root, leaves found without one, cells and records.

Every number in a damaged page is doubted; what cannot be is left out, and the range of row ids it may have held is
told. The format is that of https://www.sqlite.org/fileformat2.html (sections 1.5, 1.6 and 2.1).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from nextword.history.page_image import TABLE_INTERIOR, TABLE_LEAF, PageImage

Value: TypeAlias = None | int | float | str | bytes

LOWEST, HIGHEST = -(2**63), 2**63 - 1
DEEPEST = 40
_INTEGER_BYTES = (0, 1, 2, 3, 4, 6, 8)


@dataclass(frozen=True, slots=True)
class Row:
    """A record. whole: nothing of it is missing; else the values end where it could not be read any further."""

    rowid: int
    values: tuple[Value, ...]
    whole: bool = True


@dataclass(slots=True)
class Found:
    """What a walk met. lost: ranges of row ids, both ends included, in which rows may be missing."""

    lost: list[tuple[int, int]] = field(default_factory=list)
    pages: set[int] = field(default_factory=set)
    chained: set[int] = field(default_factory=set)


class _Unreadable(Exception):
    """A cell makes no sense."""


def walk(image: PageImage, root: int, found: Found) -> Iterator[Row]:
    """Yield the rows of the table at `root` in the order of their ids, and note in `found` what was met and missed."""
    waiting = [(root, LOWEST, HIGHEST, 0)]
    while waiting:
        number, low, high, depth = waiting.pop()
        if not 0 < number <= image.page_count or number in found.pages or depth > DEEPEST or low > high:
            found.lost.append((low, high))
            continue
        page = image.page(number)
        start = 100 if number == 1 else 0
        if page[start] == TABLE_LEAF:
            found.pages.add(number)
            yield from _leaf_rows(image, page, start, (low, high), found)
        elif page[start] == TABLE_INTERIOR:
            found.pages.add(number)
            below, whole = _children(image, page, start, (low, high))
            if not whole:
                found.lost.append((low, high))
            waiting += [(child, first, last, depth + 1) for child, first, last in below]
        else:
            found.lost.append((low, high))


def leaf_rows(image: PageImage, page: bytes) -> list[Row]:
    """Return what can be read of a leaf that no tree led to."""
    return list(_leaf_rows(image, page, 0, (LOWEST, HIGHEST), Found()))


def children_of(image: PageImage, page: bytes) -> list[int]:
    """Return the pages that an interior page of a table points to."""
    return [child for child, _, _ in _children(image, page, 0, (LOWEST, HIGHEST))[0]]


def _children(
    image: PageImage, page: bytes, start: int, limits: tuple[int, int]
) -> tuple[list[tuple[int, int, int]], bool]:
    """Return the pages below an interior page with the first and last row id each can hold, the last page first;
    and whether the page is without fault."""
    low, high = limits
    count = struct.unpack_from(">H", page, start + 3)[0]
    below: list[tuple[int, int, int]] = []
    taken = 0
    for at in _pointers(image, page, start + 12, count):
        if at + 5 > image.usable:
            continue
        child = struct.unpack_from(">I", page, at)[0]
        try:
            key, end = _varint(page, at + 4)
        except _Unreadable:
            continue
        taken += end - at
        if not low <= key <= high:
            below.append((child, low, high))  # the key is damaged, the pointer may be sound
        else:
            below.append((child, low, key))
            low = min(key + 1, HIGHEST)
    below.append((struct.unpack_from(">I", page, start + 8)[0], low, high))
    return below[::-1], len(below) == count + 1 and _adds_up(image, page, start, count, taken)


def _leaf_rows(image: PageImage, page: bytes, start: int, limits: tuple[int, int], found: Found) -> Iterator[Row]:
    count = struct.unpack_from(">H", page, start + 3)[0]
    rows: list[Row] = []
    taken = 0
    for at in _pointers(image, page, start + 8, count):
        try:
            row, size = _cell(image, page, at, found)
        except (_Unreadable, struct.error, IndexError):
            continue
        taken += size
        rows.append(row)
    low, high = limits
    sound = sum(row.whole and low <= row.rowid <= high for row in rows)
    if sound < count or not _adds_up(image, page, start, count, taken):
        found.lost.append(limits)
    for at, row in enumerate(rows):
        if low <= row.rowid <= high or _in_order(rows, at):
            yield row


def _in_order(rows: list[Row], at: int) -> bool:
    """Say whether the row id is between those beside it: then it is right, and what the page above says is not."""
    before = at == 0 or rows[at - 1].rowid < rows[at].rowid
    return before and len(rows) > 1 and (at == len(rows) - 1 or rows[at].rowid < rows[at + 1].rowid)


def _pointers(image: PageImage, page: bytes, at: int, count: int) -> list[int]:
    """Return where the cells of a page begin, without those that lie outside it."""
    count = min(count, (image.usable - at) // 2)
    first = at + 2 * count
    return [pointer for pointer in struct.unpack_from(f">{count}H", page, at) if first <= pointer < image.usable]


def _adds_up(image: PageImage, page: bytes, start: int, count: int, taken: int) -> bool:
    """Say whether cells and free places fill the page: if not, its number of cells was damaged too."""
    pointers = start + (8 if page[start] == TABLE_LEAF else 12)
    free, _, content, fragments = struct.unpack_from(">HHHB", page, start + 1)
    total = taken + fragments + (content or 65536) - (pointers + 2 * count)
    blocks: set[int] = set()
    while free and free not in blocks and free + 4 <= image.usable:
        blocks.add(free)
        free, size = struct.unpack_from(">HH", page, free)
        total += size
    return bool(total == image.usable - pointers - 2 * count)


def _cell(image: PageImage, page: bytes, at: int, found: Found) -> tuple[Row, int]:
    """Return the row of a leaf's cell and how many bytes of the page the cell takes."""
    begin = at
    length, at = _varint(page, at)
    rowid, at = _varint(page, at)
    if not 0 < length <= image.page_count * image.page_size:
        raise _Unreadable
    usable = image.usable
    largest = usable - 35
    local = length
    if length > largest:
        smallest = (usable - 12) * 32 // 255 - 23
        local = smallest + (length - smallest) % (usable - 4)
        local = local if local <= largest else smallest
    if at + local + (4 if local < length else 0) > usable:
        raise _Unreadable
    payload, end = page[at : at + local], at + local
    whole = True
    if local < length:
        following = struct.unpack_from(">I", page, end)[0]
        rest, whole = _chain(image, following, length - local, found)
        payload, end = payload + rest, end + 4
    values, complete = _record(payload)
    return Row(rowid, values, whole and complete), max(end - begin, 4)


def _chain(image: PageImage, number: int, length: int, found: Found) -> tuple[bytes, bool]:
    """Return the rest of a payload from its overflow pages, and whether all of it was there."""
    parts: list[bytes] = []
    met: set[int] = set()
    while length > 0:
        if not 1 < number <= image.page_count or number in met:
            return b"".join(parts), False
        page = image.page(number)
        if not any(page):  # a hole in the file: no text and no tokens are 4,000 zeros
            return b"".join(parts), False
        met.add(number)
        number = struct.unpack_from(">I", page)[0]
        parts.append(page[4 : min(image.usable, 4 + length)])
        length -= image.usable - 4
    found.chained |= met
    return b"".join(parts), number == 0


def _record(payload: bytes) -> tuple[tuple[Value, ...], bool]:
    """Return the values of a record, as many as its bytes hold, and whether these are all."""
    header, at = _varint(payload, 0)
    if not at <= header <= min(len(payload), 4096):
        raise _Unreadable
    kinds: list[int] = []
    while at < header:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    at = header
    for kind in kinds:
        size = _size(kind)
        if at + size > len(payload):
            if kind >= 13 and kind % 2 and len(payload) > at:
                values.append(payload[at:].decode("utf-8", "ignore"))
            return tuple(values), False
        values.append(_value(kind, payload[at : at + size]))
        at += size
    return tuple(values), at == len(payload)


def _size(kind: int) -> int:
    if kind < 0 or kind in (10, 11):
        raise _Unreadable
    if kind >= 12:
        return (kind - 12) // 2
    return _INTEGER_BYTES[kind] if kind <= 6 else 8 if kind == 7 else 0


def _value(kind: int, data: bytes) -> Value:
    if kind == 0:
        return None
    if kind <= 6:
        return int.from_bytes(data, "big", signed=True)
    if kind == 7:
        number: float = struct.unpack(">d", data)[0]
        return number
    if kind in (8, 9):
        return kind - 8
    return data.decode("utf-8", "replace") if kind % 2 else data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of one to nine bytes, as a signed one of 64 bits, and where the next begins."""
    number = 0
    for step in range(9):
        if at + step >= len(data):
            raise _Unreadable
        byte = data[at + step]
        if step == 8:
            number = number << 8 | byte
            break
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            break
    return (number - 2**64 if number >= 2**63 else number), at + step + 1
