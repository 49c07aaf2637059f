"""A snapshot of the conversation in the memory of a context, so that a later process need not read it again.

Layout: MAGIC, length of the head (4 bytes), the head (msgpack of Head), llama.cpp's own data. The engine process
cannot write files: it hands the bytes to the window (engine/snapshots.py), and reads the file in its sandbox.
"""

from __future__ import annotations

import hashlib
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Literal, TypeAlias

import msgspec

from nextword.engine.header import Header
from nextword.engine.model import Model, common_prefix

MAGIC: Final = b"NWSTATE1"
PIECE_BYTES: Final = 4 << 20
LARGEST_BYTES: Final = 1 << 30
WORTH_SECONDS: Final = 0.5  # of reading; less is not kept and not restored
_LENGTH: Final = struct.Struct("<I")
_LARGEST_HEAD: Final = 64 << 20
_SAMPLES: Final = 16  # places of a model file that are looked at to tell it from others
_SAMPLE_BYTES: Final = 64 << 10

Note: TypeAlias = Literal["", "model", "version", "context", "damaged"]


class Head(msgspec.Struct, frozen=True):
    """What a snapshot is of. version: of llama.cpp, whose layout it is. read_speed: tokens per second; copy_speed:
    bytes per second of taking the data out of the memory, which putting it back takes about as long."""

    fingerprint: str
    version: str
    memory_type: str
    ids: tuple[int, ...]
    size_bytes: int
    checksum: int
    read_speed: float
    copy_speed: float


def fingerprint(header: Header) -> str:
    """Tell a model file from others of the same shape without reading all of it: its size and some places in it."""
    digest = hashlib.blake2b(digest_size=16)
    for path in header.parts:
        size = path.stat().st_size
        digest.update(size.to_bytes(8, "little"))
        with path.open("rb") as file:
            for sample in range(_SAMPLES):
                file.seek(max(0, size - _SAMPLE_BYTES) * sample // (_SAMPLES - 1))
                digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def take(model: Model, print_of_model: str, version: str) -> tuple[Head, Iterator[bytes]] | None:
    """Return the snapshot of the conversation in pieces; None when reading it again would take no time to speak of."""
    if not model.read_speed or len(model.known) / model.read_speed < WORTH_SECONDS:
        return None
    began = time.monotonic()
    data = model.state()
    seconds = max(time.monotonic() - began, 1e-6)
    if not data or len(data) > LARGEST_BYTES:
        return None
    head = Head(
        fingerprint=print_of_model,
        version=version,
        memory_type=model.memory_type,
        ids=tuple(model.known),
        size_bytes=len(data),
        checksum=zlib.crc32(data),
        read_speed=model.read_speed,
        copy_speed=len(data) / seconds,
    )
    return head, _pieces(head, data)


def _pieces(head: Head, data: bytearray) -> Iterator[bytes]:
    encoded = msgspec.msgpack.encode(head)
    yield MAGIC + _LENGTH.pack(len(encoded)) + encoded
    for at in range(0, len(data), PIECE_BYTES):
        yield bytes(data[at : at + PIECE_BYTES])


class Snapshot:
    """A snapshot on disk that may be put back, once. note: why it cannot be, "" when it can."""

    def __init__(self, path: Path, print_of_model: str, version: str, memory_type: str) -> None:
        self.note: Note = ""
        self._path = path
        self._at = 0
        self._head: Head | None = None
        try:
            with path.open("rb") as file:
                self._head = self._read_head(file)
        except (OSError, ValueError, msgspec.MsgspecError):
            self.note = "damaged"
            return
        if self._head.fingerprint != print_of_model:
            self.note = "model"
        elif (self._head.version, self._head.memory_type) != (version, memory_type):
            self.note = "version"
        if self.note:
            self._head = None

    @property
    def tokens(self) -> int:
        """How many tokens it holds; 0 when it cannot be used."""
        return 0 if self._head is None else len(self._head.ids)

    def put_back(self, model: Model, ids: list[int]) -> int:
        """Restore it if that is faster than reading what it has of `ids`; return how many tokens that saved."""
        head = self._head
        if head is None or len(head.ids) > model.context_tokens:
            return 0
        known = common_prefix(model.known, ids)
        saved = min(common_prefix(list(head.ids), ids), len(ids) - 1) - known
        # Twice: it is read from the disk first, and the tokens that differ are taken out of it again.
        if saved <= 0 or saved / head.read_speed < max(WORTH_SECONDS, 2 * head.size_bytes / head.copy_speed):
            return 0
        self._head = None  # it is used up, or of no use
        data = self._read_data(head)
        if data is None or not model.restore(data, head.ids):
            self.note = "damaged"
            return 0
        return saved

    def _read_head(self, file: IO[bytes]) -> Head:
        start = file.read(len(MAGIC) + _LENGTH.size)
        if len(start) < len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
            raise ValueError("not a snapshot")
        (length,) = _LENGTH.unpack(start[len(MAGIC) :])
        if length > _LARGEST_HEAD:
            raise ValueError("head too large")
        head = msgspec.msgpack.decode(file.read(length), type=Head)
        self._at = len(start) + length
        if not 0 < head.size_bytes <= LARGEST_BYTES or not head.ids or not head.read_speed > 0 < head.copy_speed:
            raise ValueError("head out of range")
        return head

    def _read_data(self, head: Head) -> bytearray | None:
        data = bytearray(head.size_bytes)
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                if file.readinto(data) != head.size_bytes or file.read(1):
                    return None
        except OSError:
            return None
        return data if zlib.crc32(data) == head.checksum else None
