"""The parts of Qt's QDataStream that are needed to read a file: big-endian numbers, strings, lists, variants."""

from __future__ import annotations

import struct
from typing import IO, Final

from nextword.history.imports.limits import LARGEST_CONVERSATION_BYTES

_NULL: Final = 0xFFFFFFFF
_FAR: Final = 0xFFFFFFFE  # since Qt 6.7: the size follows in 64 bits
_CHUNK_BYTES: Final = 1 << 20
_MOST_ITEMS: Final = 100_000
_FIXED_VARIANTS: Final = {0: 0, 1: 1, 2: 4, 3: 4, 4: 8, 5: 8, 6: 8}  # invalid, bool, int, uint, long, ulong, double


class StreamDamaged(ValueError):
    """The bytes are not what they should be."""


class QtStream:
    """Reads forward only, never more than the file has and never more than a conversation may hold."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = LARGEST_CONVERSATION_BYTES

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        if size > self._left:
            raise StreamDamaged(f"a piece of {size} bytes")
        data = self._file.read(size)
        if len(data) != size:
            raise StreamDamaged("cut short")
        self._left -= size
        return data

    def skip(self, size: int) -> None:
        """Pass over `size` bytes."""
        while size > 0:
            data = self._file.read(min(size, _CHUNK_BYTES))
            if not data:
                raise StreamDamaged("cut short")
            size -= len(data)

    def int32(self) -> int:
        return int(struct.unpack(">i", self.take(4))[0])

    def int64(self) -> int:
        return int(struct.unpack(">q", self.take(8))[0])

    def uint64(self) -> int:
        return int(struct.unpack(">Q", self.take(8))[0])

    def boolean(self) -> bool:
        return self.take(1) != b"\0"

    def count(self) -> int:
        """Return a number of items, as a 64-bit size."""
        return self._checked(self.int64())

    def byte_array(self) -> bytes:
        """Return a QByteArray; a null one is empty."""
        return self.take(self._size())

    def skip_bytes(self) -> None:
        """Pass over a QByteArray."""
        self.skip(self._size())

    def string(self) -> str:
        """Return a QString, whose size is in bytes of UTF-16; halves of characters stay what they are."""
        data = self.byte_array()
        if len(data) % 2:
            raise StreamDamaged("half a character at the end of a text")
        return data.decode("utf-16-be", "surrogatepass")

    def strings(self) -> list[str]:
        """Return a QStringList."""
        return [self.string() for _ in range(self._checked(self._uint32()))]

    def skip_variant(self) -> None:
        """Pass over a QVariant of a simple type."""
        kind = self._uint32()
        self.boolean()
        if kind in _FIXED_VARIANTS:
            self.skip(_FIXED_VARIANTS[kind])
        elif kind in (10, 12):  # QString, QByteArray
            self.skip_bytes()
        elif kind == 11:
            self.strings()
        else:
            raise StreamDamaged(f"a value of type {kind}")

    def _uint32(self) -> int:
        return int(struct.unpack(">I", self.take(4))[0])

    def _size(self) -> int:
        size = self._uint32()
        if size == _NULL:
            return 0
        return self.uint64() if size == _FAR else size

    @staticmethod
    def _checked(count: int) -> int:
        if not 0 <= count <= _MOST_ITEMS:
            raise StreamDamaged(f"{count} items")
        return count
