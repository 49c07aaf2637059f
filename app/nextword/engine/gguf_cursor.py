"""Reading a foreign binary file from front to back, a bounded piece at a time."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Self, TypeAlias

from nextword.engine.gguf_types import NUMBERS, ValueType

# Vocabularies of 200,000 tokens and 440,000 merges make headers of 12 MB; llama.cpp itself has no limit.
MAX_HEADER_BYTES: Final = 64 << 20
MAX_KEPT_BYTES: Final = 8 << 20  # of keys, strings and names together
_CHUNK_BYTES: Final = 256 << 10

Source: TypeAlias = Callable[[int, int], bytes]
"""Gives bytes of a file: where they begin, and how many are wanted; more or fewer may come, none at the end alone."""

_LENGTH: Final = struct.Struct("<Q")


class Refused(Exception):
    """What is wrong with the file: a reason of ModelNotReadable and a detail."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail[:200]  # it may quote the file


class Cursor:
    """A place in a file that moves forward only; the file may be on this machine or elsewhere (`source`).

    Every read is refused as truncated past the end of the file, as too_large_header past MAX_HEADER_BYTES, and once
    more than MAX_KEPT_BYTES of text have been handed out.
    """

    def __init__(self, source: Source, size_bytes: int, close: Callable[[], None] = lambda: None) -> None:
        self._source = source
        self._close = close
        self.size_bytes = size_bytes
        self._buffer = b""
        self._buffer_start = 0  # where the buffer lies in the file
        self._at = 0  # index into the buffer
        self._kept_bytes = 0

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a regular file; a folder, FIFO, socket or device is refused before it is opened."""
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise Refused("not_a_file")
        # Non-blocking: should the path have become a FIFO since, opening it must not wait for a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise Refused("not_a_file")
        return cls(partial(_read_at, descriptor), status.st_size, partial(os.close, descriptor))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @property
    def position(self) -> int:
        return self._buffer_start + self._at

    def peek(self, count: int) -> bytes:
        """Return up to `count` bytes from here without moving; fewer at the end of the file."""
        if len(self._buffer) - self._at < count:
            self._refill(count)
        return self._buffer[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        data = self.peek(count)
        if len(data) < count:
            raise Refused("truncated", f"{self.size_bytes} bytes")
        self._at += count
        if self.position > MAX_HEADER_BYTES:
            raise Refused("too_large_header", f"more than {MAX_HEADER_BYTES} bytes")
        return data

    def skip(self, count: int) -> None:
        end = self.position + count
        if end > self.size_bytes:
            raise Refused("truncated", f"{self.size_bytes} bytes")
        if end > MAX_HEADER_BYTES:
            raise Refused("too_large_header", f"more than {MAX_HEADER_BYTES} bytes")
        self._at += count
        if self._at > len(self._buffer):
            self._buffer, self._buffer_start, self._at = b"", end, 0

    def number(self, kind: ValueType) -> int | float:
        packed = NUMBERS[kind]
        value: int | float = packed.unpack(self.take(packed.size))[0]
        return value

    def length(self) -> int:
        value: int = _LENGTH.unpack(self.take(8))[0]
        return value

    def text(self, max_bytes: int, where: str) -> str:
        """Read a length and that many bytes of UTF-8; bytes that are none become replacement signs."""
        count = self.length()
        if count > max_bytes:
            raise Refused("bad_string", f"{where}: {count} bytes")
        self._kept_bytes += count
        if self._kept_bytes > MAX_KEPT_BYTES:
            raise Refused("too_large_header", f"more than {MAX_KEPT_BYTES} bytes of text")
        return self.take(count).decode("utf-8", errors="replace")

    def find_texts(self, count: int, max_bytes: int, where: str, wanted: frozenset[bytes]) -> dict[bytes, int]:
        """Move over `count` texts and return the indices of the wanted ones, of the last where one comes twice.

        A vocabulary has hundreds of thousands of texts, so this loop stays close to the bytes.
        """
        found: dict[bytes, int] = {}
        sizes = frozenset(map(len, wanted))
        longest = max(sizes, default=0)
        buffer, at, unpack = self._buffer, self._at, _LENGTH.unpack_from
        for index in range(count):
            if len(buffer) - at < 8 + longest:
                self._at = at
                self._refill(8 + longest)
                buffer, at = self._buffer, self._at
            try:
                (size,) = unpack(buffer, at)
            except struct.error:
                raise Refused("truncated", f"{self.size_bytes} bytes") from None
            if size > max_bytes:
                raise Refused("bad_string", f"{where}: {size} bytes")
            end = at + 8 + size
            if size in sizes and (text := buffer[at + 8 : end]) in wanted:
                found[text] = index
            if end > len(buffer):
                self._at = at
                self.skip(8 + size)
                buffer, end = self._buffer, self._at
            at = end
        self._at = at
        if self.position > MAX_HEADER_BYTES:
            raise Refused("too_large_header", f"more than {MAX_HEADER_BYTES} bytes")
        return found

    def _refill(self, count: int) -> None:
        """Make the buffer hold at least `count` bytes from here on, if the file has them."""
        rest = self._buffer[self._at :]
        self._buffer_start += self._at
        self._at = 0
        pieces = [rest]
        have = len(rest)
        start = self._buffer_start
        while have < count and (piece := self._source(start + have, max(_CHUNK_BYTES, count - have))):
            pieces.append(piece)
            have += len(piece)
        self._buffer = b"".join(pieces)


def _read_at(descriptor: int, start: int, count: int) -> bytes:
    os.lseek(descriptor, start, os.SEEK_SET)
    return os.read(descriptor, count)


_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<!--")
_OLD_FORMATS = {b"lmgg": "ggml", b"fmgg": "ggmf", b"tjgg": "ggjt", b"algg": "ggla", b"GGML": "ggml"}
_PACKED = {b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7z", b"\xfd7zX": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"Rar!": "rar"}


def name_stranger(cursor: Cursor) -> Refused:
    """Say what a file is that does not start with GGUF."""
    head = cursor.peek(512)
    if head.startswith(b"version https://git-lfs"):
        return Refused("lfs_pointer")
    if head.startswith(_ZIP):
        return Refused("zip", "pytorch" if b"data.pkl" in head else "")
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        return Refused("pickle")
    if len(head) > 9 and head[8:9] == b"{" and _LENGTH.unpack_from(head)[0] < cursor.size_bytes:
        return Refused("safetensors")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_MARKUP):
        return Refused("html")
    return _other_stranger(cursor, head, text)


def _other_stranger(cursor: Cursor, head: bytes, text: bytes) -> Refused:
    if len(head) < 4 and b"GGUF".startswith(head):
        return Refused("truncated", f"{cursor.size_bytes} bytes")
    for table in (_OLD_FORMATS, _PACKED):
        for magic, name in table.items():
            if head.startswith(magic):
                return Refused("not_gguf", name)
    if not head.strip(b"\x00"):
        return Refused("not_gguf", "zeros")  # a download that reserved its space and never got its bytes
    if text.startswith(b"{"):
        return Refused("not_gguf", "json")
    return Refused("not_gguf", head[:4].hex())
