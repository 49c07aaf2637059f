"""The header of a GGUF file, read under hard limits before any C code sees the file.

Knows nothing of llama.cpp and never trusts a number in the file: every length is compared with a limit and with the
size of the file before anything is read or allocated. Made for files by strangers, so it also names what a file is
when it is no GGUF at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from nextword.engine.gguf_cursor import Cursor, Refused, name_stranger
from nextword.engine.gguf_types import FILE_TYPES, NUMBERS, TENSOR_TYPES, ValueType
from nextword.engine.token_names import KNOWN
from nextword.errors import ModelNotReadable

MAX_KEYS: Final = 65_536
MAX_TENSORS: Final = 100_000
MAX_ARRAY_ELEMENTS: Final = 1 << 20
MAX_STRING_BYTES: Final = 4 << 20
MAX_KEY_BYTES: Final = 65_535
MAX_TENSOR_NAME_BYTES: Final = 63  # llama.cpp holds a name in 64 bytes
MAX_DIMENSIONS: Final = 4
MAX_ALIGNMENT_BYTES: Final = 1 << 20
MAX_PARTS: Final = 512
_KEPT_ELEMENTS: Final = 256  # longer arrays are only counted
_KEPT_STRINGS: Final = 64
_DEFAULT_ALIGNMENT: Final = 32
_KNOWN_BYTES: Final = frozenset(name.encode() for name in KNOWN)
_TOKENS: Final = "tokenizer.ggml.tokens"
_PART_NAME: Final = re.compile(r"^(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf$", re.DOTALL)

Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Array:
    """An array of the metadata. values is None when it is too long to be kept."""

    element_type: str
    count: int
    values: tuple[Scalar, ...] | None


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one tensor lies. offset_bytes counts from the start of its file's data; dims[0] is the row length."""

    name: str
    dims: tuple[int, ...]
    type: str
    offset_bytes: int
    size_bytes: int

    @property
    def element_count(self) -> int:
        count = 1
        for size in self.dims:
            count *= size
        return count


@dataclass(frozen=True, slots=True)
class Header:
    """What a model file says about itself; a model in several parts is described as one.

    file_size_bytes: all parts together. quantization: like "Q4_K_M", from general.file_type or, without it, the type
    that holds most of the bytes. context_tokens: what the model was trained for, None if it does not say.
    special_tokens: ids of the tokens of the vocabulary that have one of the names in token_names.KNOWN.
    """

    path: Path
    parts: tuple[Path, ...]
    version: int
    architecture: str
    name: str
    metadata: Mapping[str, Scalar | Array]
    tensors: tuple[Tensor, ...]
    alignment: int
    file_size_bytes: int
    quantization: str
    special_tokens: Mapping[str, int] = field(default_factory=dict)

    @property
    def parameter_count(self) -> int:
        return sum(tensor.element_count for tensor in self.tensors)

    @property
    def chat_template(self) -> str | None:
        return self.text("tokenizer.chat_template")

    @property
    def size_label(self) -> str | None:
        return self.text("general.size_label")

    @property
    def context_tokens(self) -> int | None:
        return self.number(f"{self.architecture}.context_length")

    @property
    def sliding_window(self) -> int:
        """How many tokens back the layers with a window look, 0 when there is none."""
        return self.number(f"{self.architecture}.attention.sliding_window") or 0

    @property
    def vocabulary_size(self) -> int:
        """How many tokens there are, 0 when the file does not say."""
        tokens = self.metadata.get(_TOKENS)
        return tokens.count if isinstance(tokens, Array) else self.number(f"{self.architecture}.vocab_size") or 0

    @property
    def bos_id(self) -> int | None:
        return self.number("tokenizer.ggml.bos_token_id")

    @property
    def eos_id(self) -> int | None:
        return self.number("tokenizer.ggml.eos_token_id")

    @property
    def add_bos(self) -> bool | None:
        """Whether a prompt starts with BOS; None when the file leaves it to the tokenizer's kind."""
        return self.flag("tokenizer.ggml.add_bos_token")

    def text(self, key: str) -> str | None:
        """The text under `key`; None when there is none or it is empty."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) and value else None

    def number(self, key: str) -> int | None:
        """The integer under `key`."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def flag(self, key: str) -> bool | None:
        """The truth value under `key`."""
        value = self.metadata.get(key)
        return value if isinstance(value, bool) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """The short list of texts under `key`, empty when there is none."""
        value = self.metadata.get(key)
        values = value.values if isinstance(value, Array) else None
        return tuple(item for item in values or () if isinstance(item, str))


def read_header(path: Path, open_part: Callable[[Path], Cursor] = Cursor.open) -> Header:
    """Read and check the header of the model at `path`, and of its other parts if it is split.

    open_part: how a part is opened that does not lie on this machine; then `path` is no more than its name. Raises
    ModelNotReadable, and what `open_part` and the cursor raise; nothing else, whatever the file holds.
    """
    first = _read_part(path, open_part)
    if first.split_count <= 1:
        if first.architecture is None:
            raise ModelNotReadable(str(path), "missing_key", "general.architecture")
        return _header(path, (first,))
    return _header(path, (first, *_other_parts(first, open_part)))


@dataclass(slots=True)
class _Part:
    """One file, while and after it is read."""

    path: Path
    version: int = 0
    size_bytes: int = 0
    alignment: int = _DEFAULT_ALIGNMENT
    metadata: dict[str, Scalar | Array] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)
    special_tokens: dict[str, int] = field(default_factory=dict)

    @property
    def architecture(self) -> str | None:
        value = self.metadata.get("general.architecture")
        return value if isinstance(value, str) and value else None

    @property
    def split_count(self) -> int:
        return self.number_of_kind("split.count", ValueType.UINT16)

    def number_of_kind(self, key: str, kind: ValueType) -> int:
        """A number that llama.cpp reads with one fixed type (and ends the process over another); 0 if absent."""
        value = self.metadata.get(key, 0)
        if key in self.metadata and self.types[key] != kind or not isinstance(value, int):
            raise Refused("bad_type", key)
        return value


def _header(path: Path, parts: tuple[_Part, ...]) -> Header:
    first = parts[0]
    architecture = first.architecture or ""
    tensors = tuple(tensor for part in parts for tensor in part.tensors)
    name = first.metadata.get("general.name")
    return Header(
        path=path,
        parts=tuple(part.path for part in parts),
        version=first.version,
        architecture=architecture,
        name=name if isinstance(name, str) and name.strip() else path.stem,
        metadata=MappingProxyType(first.metadata),
        tensors=tensors,
        alignment=first.alignment,
        file_size_bytes=sum(part.size_bytes for part in parts),
        quantization=_quantization(first.metadata.get("general.file_type"), tensors),
        special_tokens=MappingProxyType(first.special_tokens),
    )


def _quantization(file_type: Scalar | Array | None, tensors: tuple[Tensor, ...]) -> str:
    if isinstance(file_type, int) and file_type in FILE_TYPES:
        return FILE_TYPES[file_type]
    bytes_of: dict[str, int] = {}
    for tensor in tensors:
        bytes_of[tensor.type] = bytes_of.get(tensor.type, 0) + tensor.size_bytes
    return max(bytes_of, key=lambda kind: bytes_of[kind]) if bytes_of else ""


# --- the parts of a split model -----------------------------------------------------------------------------


def _other_parts(first: _Part, open_part: Callable[[Path], Cursor]) -> tuple[_Part, ...]:
    path, count = first.path, first.split_count
    match = _PART_NAME.match(path.name)
    if count > MAX_PARTS or match is None or int(match["count"]) != count:
        raise ModelNotReadable(str(path), "split_incomplete", f"{path.name}: {count} parts")
    names = [f"{match['stem']}-{number:05d}-of-{count:05d}.gguf" for number in range(1, count + 1)]
    if path.name != names[0] or first.metadata.get("split.no", 0) != 0:
        raise ModelNotReadable(str(path), "split_incomplete", f"first part: {names[0]}")
    missing = [name for name in names if not (path.parent / name).is_file()]
    if missing and open_part == Cursor.open:
        raise ModelNotReadable(str(path), "split_incomplete", f"missing: {', '.join(missing[:8])}")
    parts = tuple(_read_part(path.parent / name, open_part) for name in names[1:])
    _check_parts(first, parts)
    return parts


def _check_parts(first: _Part, others: tuple[_Part, ...]) -> None:
    try:
        if first.architecture is None:
            raise Refused("missing_key", "general.architecture")
        for number, part in enumerate(others, start=1):
            if part.number_of_kind("split.no", ValueType.UINT16) != number:
                raise Refused("split_incomplete", f"{part.path.name} is not part {number + 1}")
        seen: set[str] = set()
        for part in (first, *others):
            for tensor in part.tensors:
                if tensor.name in seen:
                    raise Refused("duplicate_tensor", tensor.name)
                seen.add(tensor.name)
        promised = first.number_of_kind("split.tensors.count", ValueType.INT32)
        if promised != len(seen):
            raise Refused("split_incomplete", f"{len(seen)} of {promised} tensors")
    except Refused as refused:
        raise ModelNotReadable(str(first.path), refused.reason, refused.detail) from None


# --- one file -----------------------------------------------------------------------------------------------


def _read_part(path: Path, open_part: Callable[[Path], Cursor]) -> _Part:
    try:
        with open_part(path) as cursor:
            part = _Part(path, size_bytes=cursor.size_bytes)
            _read_start(cursor, part)
            part.split_count  # noqa: B018 - raises when it is no number
            return part
    except Refused as refused:
        raise ModelNotReadable(str(path), refused.reason, refused.detail) from None
    except OSError as error:
        reason = "no_permission" if isinstance(error, PermissionError) else "missing"
        raise ModelNotReadable(str(path), reason, error.strerror or "") from error
    except ValueError as error:  # a path with a NUL character
        raise ModelNotReadable(str(path), "missing", str(error)) from error


def _read_start(cursor: Cursor, part: _Part) -> None:
    if not cursor.peek(1):
        raise Refused("empty")
    if cursor.peek(4) != b"GGUF":
        raise name_stranger(cursor)
    cursor.take(4)
    part.version = int(cursor.number(ValueType.UINT32))
    if part.version not in (2, 3):
        swapped = part.version and part.version & 0xFFFF == 0
        raise Refused("unknown_version", "big-endian" if swapped else str(part.version))
    tensor_count = cursor.length()
    key_count = cursor.length()
    if tensor_count > MAX_TENSORS:
        raise Refused("too_many_tensors", str(tensor_count))
    if key_count > MAX_KEYS:
        raise Refused("too_many_keys", str(key_count))
    for _ in range(key_count):
        _read_pair(cursor, part)
    part.alignment = _alignment(part)
    _read_tensors(cursor, part, tensor_count)


def _read_pair(cursor: Cursor, part: _Part) -> None:
    key = cursor.text(MAX_KEY_BYTES, "key")
    if not key:
        raise Refused("bad_string", "a key without a name")
    if key in part.metadata:
        raise Refused("duplicate_key", key)
    kind = _value_type(cursor, key)
    part.types[key] = kind
    if kind == ValueType.ARRAY:
        part.metadata[key] = _read_array(cursor, key, part.special_tokens if key == _TOKENS else {})
    elif kind == ValueType.STRING:
        part.metadata[key] = cursor.text(MAX_STRING_BYTES, key)
    else:
        part.metadata[key] = cursor.number(kind)


def _value_type(cursor: Cursor, key: str) -> ValueType:
    number = int(cursor.number(ValueType.UINT32))
    try:
        return ValueType(number)
    except ValueError:
        raise Refused("bad_type", f"{key}: {number}") from None


def _read_array(cursor: Cursor, key: str, known: dict[str, int]) -> Array:
    """Read an array; the indices of texts that are in KNOWN go to `known`."""
    kind = _value_type(cursor, key)
    count = cursor.length()
    if kind == ValueType.ARRAY:
        raise Refused("bad_array", f"{key}: an array of arrays")
    if count > MAX_ARRAY_ELEMENTS:
        raise Refused("bad_array", f"{key}: {count} elements")
    values: tuple[Scalar, ...] | None = None
    if kind == ValueType.STRING:
        if count <= _KEPT_STRINGS:
            texts = tuple(cursor.text(MAX_STRING_BYTES, key) for _ in range(count))
            known.update((text, index) for index, text in enumerate(texts) if text in KNOWN)
            values = texts
        else:
            found = cursor.find_texts(count, MAX_STRING_BYTES, key, _KNOWN_BYTES if key == _TOKENS else frozenset())
            known.update((text.decode(), index) for text, index in found.items())
    elif count <= _KEPT_ELEMENTS:
        values = tuple(cursor.number(kind) for _ in range(count))
    else:
        cursor.skip(count * NUMBERS[kind].size)
    return Array(kind.name.lower(), count, values)


def _alignment(part: _Part) -> int:
    value = part.metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    of_kind = part.types.get("general.alignment", ValueType.UINT32) == ValueType.UINT32
    if not of_kind or not isinstance(value, int):
        raise Refused("bad_alignment", str(value))
    if not 1 <= value <= MAX_ALIGNMENT_BYTES or value & (value - 1):
        raise Refused("bad_alignment", str(value))
    return value


def _read_tensors(cursor: Cursor, part: _Part, count: int) -> None:
    names: set[str] = set()
    end_bytes = 0  # of the tensors so far, padded: where llama.cpp demands the next one
    for _ in range(count):
        tensor = _read_tensor(cursor)
        if tensor.name in names:
            raise Refused("duplicate_tensor", tensor.name)
        names.add(tensor.name)
        if tensor.offset_bytes % part.alignment:
            raise Refused("bad_alignment", f"{tensor.name}: offset {tensor.offset_bytes}")
        if tensor.offset_bytes != end_bytes:
            raise Refused("tensor_outside_file", f"{tensor.name}: {tensor.offset_bytes}, not {end_bytes}")
        end_bytes = _padded(end_bytes + tensor.size_bytes, part.alignment)
        part.tensors.append(tensor)
    if part.tensors:
        last = part.tensors[-1]
        needed = _padded(cursor.position, part.alignment) + last.offset_bytes + last.size_bytes
        if needed > part.size_bytes:
            raise Refused("truncated", f"{part.size_bytes} of {needed} bytes")


def _read_tensor(cursor: Cursor) -> Tensor:
    name = cursor.text(MAX_TENSOR_NAME_BYTES, "tensor name")
    dimensions = int(cursor.number(ValueType.UINT32))
    if dimensions > MAX_DIMENSIONS:
        raise Refused("bad_dimensions", f"{name}: {dimensions} dimensions")
    dims = tuple(cursor.length() for _ in range(dimensions)) or (1,)
    number = int(cursor.number(ValueType.UINT32))
    if number not in TENSOR_TYPES:
        raise Refused("bad_type", f"{name}: {number}")
    kind, block_elements, block_bytes = TENSOR_TYPES[number]
    tensor = Tensor(name, dims, kind, cursor.length(), 0)
    elements = tensor.element_count
    # A dimension of zero makes llama.cpp divide by it; more than 2^63 elements overflow its products.
    if not 0 < elements < 1 << 63 or dims[0] % block_elements:
        raise Refused("bad_dimensions", f"{name}: {' x '.join(map(str, dims))} of {kind}")
    return replace(tensor, size_bytes=elements // block_elements * block_bytes)


def _padded(size_bytes: int, alignment: int) -> int:
    return -(-size_bytes // alignment) * alignment
