"""GGUF files put together byte by byte, so that every field can be wrong."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from nextword.engine.gguf_types import NUMBERS, ValueType


def text(value: str | bytes, *, length: int | None = None) -> bytes:
    """A GGUF string; `length` is what the file claims, if it shall lie."""
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data) if length is None else length) + data


def pair(key: str | bytes, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def string(key: str, value: str | bytes) -> bytes:
    return pair(key, ValueType.STRING, text(value))


def number(key: str, value: float, kind: ValueType = ValueType.UINT32) -> bytes:
    return pair(key, kind, NUMBERS[kind].pack(value))


def array(key: str, kind: int, count: int, data: bytes) -> bytes:
    return pair(key, ValueType.ARRAY, struct.pack("<IQ", kind, count) + data)


@dataclass(frozen=True)
class TensorBytes:
    """One entry of the tensor table; F32 unless told."""

    name: str | bytes = "token_embd.weight"
    dims: tuple[int, ...] = (32, 2)
    kind: int = 0
    offset: int = 0
    n_dims: int | None = None

    def pack(self) -> bytes:
        count = len(self.dims) if self.n_dims is None else self.n_dims
        dims = b"".join(struct.pack("<Q", size & (2**64 - 1)) for size in self.dims)
        return text(self.name) + struct.pack("<I", count) + dims + struct.pack("<IQ", self.kind, self.offset)


ARCHITECTURE = string("general.architecture", "llama")


def gguf(
    pairs: Sequence[bytes] = (ARCHITECTURE,),
    tensors: Sequence[TensorBytes] = (TensorBytes(),),
    *,
    counts: tuple[int, int] | None = None,
    data_bytes: int = 256,
    alignment: int = 32,
) -> bytes:
    """A whole file, version 3. counts: the numbers of tensors and keys that the file claims, if they shall lie."""
    n_tensors, n_pairs = counts or (len(tensors), len(pairs))
    head = b"GGUF" + struct.pack("<IQQ", 3, n_tensors, n_pairs) + b"".join(pairs)
    head += b"".join(tensor.pack() for tensor in tensors)
    return head + bytes(-len(head) % alignment) + bytes(data_bytes)
