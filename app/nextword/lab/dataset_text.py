"""The text of a data file in whatever encoding it is, and which of its lines could not be read."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from nextword.errors import DataNotReadable

Encoding: TypeAlias = Literal["UTF-8", "UTF-8 with BOM", "UTF-16", "UTF-32", "Windows-1252", "Latin-1"]

MOST_BYTES = 512 * 1024 * 1024
_SAMPLE_BYTES = 64 * 1024
_MARKS: Final[tuple[tuple[bytes, str, Encoding], ...]] = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_NOT_IN_WINDOWS = frozenset(b"\x81\x8d\x8f\x90\x9d")
_REPLACEMENT = "\ufffd"


class DataText(Struct, frozen=True):
    """lines: with their ends. broken: numbers, from 1, of lines with bytes that the encoding does not have."""

    lines: tuple[str, ...]
    encoding: Encoding
    broken: tuple[int, ...] = ()


def read_text(path: Path) -> DataText:
    """Return the lines of a file. Raises DataNotReadable."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise DataNotReadable(str(path), "too_large", detail=str(size))
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise DataNotReadable(str(path), "missing") from error
    except PermissionError as error:
        raise DataNotReadable(str(path), "no_permission") from error
    except OSError as error:
        raise DataNotReadable(str(path), "unreadable", detail=error.strerror or str(error)) from error
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1") or data[:2] == b"\x1f\x8b":
        raise DataNotReadable(str(path), "not_text")
    found = decode(data)
    if any("\x00" in line for line in found.lines[:200]):
        raise DataNotReadable(str(path), "not_text")
    return found


def decode(data: bytes) -> DataText:
    """Return the lines of `data`: by its mark, else as UTF-16 where every second byte is 0, else as UTF-8, else as what
    Windows and Latin-1 make of single bytes."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], codec, name)
    if codec := _unmarked_utf16(data[:_SAMPLE_BYTES]):
        return _decoded(data, codec, "UTF-16")
    try:
        return DataText(_lines(data.decode("utf-8")), "UTF-8")
    except UnicodeDecodeError:
        pass
    kept = data.decode("utf-8", "surrogateescape")
    wrong = sum("\udc80" <= character <= "\udcff" for character in kept)
    several_bytes = sum(character > "\x7f" for character in kept) - wrong
    if several_bytes > 4 * wrong:
        lines = _lines(kept)
        broken = [number for number, line in enumerate(lines, 1) if any("\udc80" <= c <= "\udcff" for c in line)]
        whole = tuple(line.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for line in lines)
        return DataText(whole, "UTF-8", tuple(broken))
    is_windows = any(0x80 <= byte < 0xA0 for byte in data) and not _NOT_IN_WINDOWS & set(data)
    codec, name = ("cp1252", "Windows-1252") if is_windows else ("latin-1", "Latin-1")
    return DataText(_lines(data.decode(codec)), "Windows-1252" if name == "Windows-1252" else "Latin-1")


def _decoded(data: bytes, codec: str, name: Encoding) -> DataText:
    lines = _lines(data.decode(codec, "replace"))
    broken = () if _is_sound(data, codec) else tuple(n for n, line in enumerate(lines, 1) if _REPLACEMENT in line)
    return DataText(lines, name, broken)


def _is_sound(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf16(sample: bytes) -> str:
    """Return the codec of UTF-16 without a mark: in most texts every second byte is 0. "" for anything else."""
    if len(sample) < 4:
        return ""
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.1 * half else ""


def _lines(text: str) -> tuple[str, ...]:
    """Return the lines as editors number them: ended by CR, LF or both, and by nothing else."""
    return tuple(io.StringIO(text, newline=""))
