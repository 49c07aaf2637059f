"""Model files with the very headers of published models, hyperparameters and vocabulary, and weights that are holes.

The headers come with llama.cpp: files that hold all of a model but its weights. Their bytes are taken as they are;
behind them comes the list of tensors of that architecture, in the shapes that the header asks for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

from nextword.engine.gguf_cursor import Cursor
from nextword.engine.header import Header, read_header
from setup import environment, llama_wheel
from setup.__main__ import held
from setup.lockfile import read_lock

_ROOT = Path(__file__).resolve().parents[1]
_ALIGNMENT = 32
_PREAMBLE = struct.Struct("<4sIQQ")  # magic, version, tensors, values
_UINT32 = 4

Tensor: TypeAlias = tuple[str, tuple[int, ...]]
"""Name and shape, the number of columns first, as GGUF has it."""


@dataclass(frozen=True)
class Published:
    """A header and the quantization that people download it in."""

    vocabulary: str
    quantization: str


HEADERS = {
    "Llama-3-8B": Published("llama-bpe", "Q4_K"),
    "Phi-3-mini": Published("phi-3", "Q4_0"),
    "Qwen1.5-7B": Published("qwen2", "Q4_0"),
    "Falcon-7B": Published("falcon", "Q4_0"),
    "StarCoder2-3B": Published("starcoder", "Q8_0"),
    "Command-R": Published("command-r", "Q4_0"),
    "GPT-2": Published("gpt-2", "F16"),
}


def vocabulary_file(name: str) -> Path:
    """Return a header of llama.cpp's source, which is fetched if the set-up has not kept it."""
    pin = next(pin for pin in read_lock(_ROOT / "requirements.lock") if pin.name == llama_wheel.PACKAGE)
    venv = environment.Venv(_ROOT / ".venv")
    build = llama_wheel.Build(pin, llama_wheel.cache_folder() / llama_wheel.build_key(pin), venv.python)
    with held(build.folder / "lock", "Another set-up is at work"):
        folder = llama_wheel.vocabularies(build, environment.pip_environment())
    return folder / llama_wheel.vocabulary_file_name(name)


def make_published(published: Published, path: Path, *, most_layers: int = 0) -> Path:
    """Write a model with that header, cut to `most_layers` if that is not 0, and return its path."""
    source = vocabulary_file(published.vocabulary)
    header, values = _read(source)
    layers = header.number(f"{header.architecture}.block_count") or 0
    if most_layers and most_layers < layers:
        values = _with_layers(values, header.architecture, most_layers)
        layers = most_layers
    kind = GGMLQuantizationType[published.quantization]
    magic, version, _, count = _PREAMBLE.unpack_from(source.read_bytes()[: _PREAMBLE.size])
    tensors = list(_tensors(header, layers))
    with path.open("wb") as file:
        file.write(_PREAMBLE.pack(magic, version, len(tensors), count))
        file.write(values)
        offset = 0
        for name, shape in tensors:
            own = kind if len(shape) > 1 and name != "position_embd.weight" else GGMLQuantizationType.F32
            file.write(_tensor_info(name, shape, own, offset))
            offset = _padded(offset + _size_bytes(shape, own))
        file.truncate(_padded(file.tell()) + offset)
    return path


def _read(path: Path) -> tuple[Header, bytes]:
    """Return a header and its keys and values as they lie in the file."""
    cursors: list[Cursor] = []

    def open_part(part: Path) -> Cursor:
        cursors.append(Cursor.open(part))
        return cursors[-1]

    header = read_header(path, open_part)
    assert not header.tensors
    return header, path.read_bytes()[_PREAMBLE.size : cursors[0].position]


def _with_layers(values: bytes, architecture: str, layers: int) -> bytes:
    key = f"{architecture}.block_count".encode()
    place = values.index(struct.pack("<Q", len(key)) + key) + 8 + len(key)
    (kind,) = struct.unpack_from("<I", values, place)
    assert kind == _UINT32
    return values[: place + 4] + struct.pack("<I", layers) + values[place + 8 :]


def _tensor_info(name: str, shape: tuple[int, ...], kind: GGMLQuantizationType, offset: int) -> bytes:
    text = name.encode()
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return struct.pack("<Q", len(text)) + text + sizes + struct.pack("<IQ", kind, offset)


def _size_bytes(shape: tuple[int, ...], kind: GGMLQuantizationType) -> int:
    elements, size = GGML_QUANT_SIZES[kind]
    count = 1
    for length in shape:
        count *= length
    return count // elements * size


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // _ALIGNMENT) * _ALIGNMENT


# --- the tensors of an architecture, as llama.cpp's loader asks for them ----------------------------------------


@dataclass(frozen=True)
class _Sizes:
    width: int
    inner: int
    heads: int
    shared: int
    context: int
    vocabulary: int

    @property
    def narrow(self) -> int:
        return self.width // self.heads * self.shared


def _tensors(header: Header, layers: int) -> Iterator[Tensor]:
    def number(key: str, default: int = 0) -> int:
        return header.number(f"{header.architecture}.{key}") or default

    heads = number("attention.head_count")
    sizes = _Sizes(
        width=number("embedding_length"),
        inner=number("feed_forward_length"),
        heads=heads,
        shared=number("attention.head_count_kv", heads),
        context=number("context_length"),
        vocabulary=header.vocabulary_size,
    )
    build = _BLOCKS[header.architecture]
    yield "token_embd.weight", (sizes.width, sizes.vocabulary)
    if header.architecture == "gpt2":
        yield "position_embd.weight", (sizes.width, sizes.context)
    if header.architecture not in ("command-r", "gpt2", "starcoder2"):  # those use the table of embeddings again
        yield "output.weight", (sizes.width, sizes.vocabulary)
    yield "output_norm.weight", (sizes.width,)
    if header.architecture in ("gpt2", "falcon", "starcoder2"):
        yield "output_norm.bias", (sizes.width,)
    for layer in range(layers):
        for name, shape in build(sizes):
            yield f"blk.{layer}.{name}", shape


def _apart(sizes: _Sizes, *, biased: tuple[str, ...] = ()) -> Iterator[Tensor]:
    """Queries, keys and values in matrices of their own, and the way out."""
    rows = {"attn_q": sizes.width, "attn_k": sizes.narrow, "attn_v": sizes.narrow, "attn_output": sizes.width}
    for name, count in rows.items():
        yield f"{name}.weight", (sizes.width, count)
        if name in biased:
            yield f"{name}.bias", (count,)


def _together(sizes: _Sizes, *, biased: bool = False) -> Iterator[Tensor]:
    """Queries, keys and values in one matrix, and the way out."""
    for name, count in (("attn_qkv", sizes.width + 2 * sizes.narrow), ("attn_output", sizes.width)):
        yield f"{name}.weight", (sizes.width, count)
        if biased:
            yield f"{name}.bias", (count,)


def _gated(sizes: _Sizes) -> Iterator[Tensor]:
    yield "ffn_gate.weight", (sizes.width, sizes.inner)
    yield "ffn_up.weight", (sizes.width, sizes.inner)
    yield "ffn_down.weight", (sizes.inner, sizes.width)


def _plain(sizes: _Sizes, *, biased: bool = False, twice: int = 1) -> Iterator[Tensor]:
    """Two matrices; twice: 2 when the first holds the gate as well."""
    yield "ffn_up.weight", (sizes.width, twice * sizes.inner)
    yield "ffn_down.weight", (sizes.inner, sizes.width)
    if biased:
        yield "ffn_up.bias", (sizes.inner,)
        yield "ffn_down.bias", (sizes.width,)


def _norms(sizes: _Sizes, *names: str, biased: bool = False) -> Iterator[Tensor]:
    for name in names:
        yield f"{name}.weight", (sizes.width,)
        if biased:
            yield f"{name}.bias", (sizes.width,)


def _llama(sizes: _Sizes) -> Iterator[Tensor]:
    yield from _norms(sizes, "attn_norm", "ffn_norm")
    yield from _apart(sizes)
    yield from _gated(sizes)


def _qwen2(sizes: _Sizes) -> Iterator[Tensor]:
    yield from _norms(sizes, "attn_norm", "ffn_norm")
    yield from _apart(sizes, biased=("attn_q", "attn_k", "attn_v"))
    yield from _gated(sizes)


def _phi3(sizes: _Sizes) -> Iterator[Tensor]:
    yield from _norms(sizes, "attn_norm", "ffn_norm")
    yield from _together(sizes)
    yield from _plain(sizes, twice=2)


def _falcon(sizes: _Sizes) -> Iterator[Tensor]:
    yield from _norms(sizes, "attn_norm", biased=True)
    yield from _together(sizes)
    yield from _plain(sizes)


def _gpt2(sizes: _Sizes) -> Iterator[Tensor]:
    yield from _norms(sizes, "attn_norm", "ffn_norm", biased=True)
    yield from _together(sizes, biased=True)
    yield from _plain(sizes, biased=True)


def _starcoder2(sizes: _Sizes) -> Iterator[Tensor]:
    yield from _norms(sizes, "attn_norm", "ffn_norm", biased=True)
    yield from _apart(sizes, biased=("attn_q", "attn_k", "attn_v", "attn_output"))
    yield from _plain(sizes, biased=True)


def _command_r(sizes: _Sizes) -> Iterator[Tensor]:
    yield from _norms(sizes, "attn_norm")
    yield from _apart(sizes)
    yield from _gated(sizes)


_BLOCKS = {
    "llama": _llama,
    "qwen2": _qwen2,
    "phi3": _phi3,
    "falcon": _falcon,
    "gpt2": _gpt2,
    "starcoder2": _starcoder2,
    "command-r": _command_r,
}
