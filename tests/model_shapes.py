"""Model files with the shapes of published models and no weights: as large as those, but holes on the disk.

llama.cpp loads them like any other and takes the memory that it would take for the published model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, GGUFWriter, TokenType

_BYTES = 256
_ALIGNMENT = 32


@dataclass(frozen=True)
class Shape:
    """What decides how much memory a model takes. head: width of one head. window: of sliding attention, 0 for none.

    dense: whether the output layer has weights of its own. norms: of queries and keys; after: norms behind the blocks.
    """

    architecture: str
    layers: int
    width: int
    heads: int
    shared_heads: int
    head: int
    inner: int
    vocabulary: int
    quantization: str
    context: int = 32768
    window: int = 0
    dense: bool = False
    biased: bool = False
    norms: bool = False
    after: bool = False

    def cut(self, layers: int) -> Shape:
        """Return the same with fewer layers."""
        return replace(self, layers=min(layers, self.layers))


SHAPES = {
    "SmolLM2-135M": Shape("llama", 30, 576, 9, 3, 64, 1536, 49152, "Q8_0", 8192),
    "Qwen2.5-0.5B": Shape("qwen2", 24, 896, 14, 2, 64, 4864, 151936, "Q4_0", biased=True),
    "Qwen3-0.6B": Shape("qwen3", 28, 1024, 16, 8, 128, 3072, 151936, "Q4_0", norms=True),
    "Llama-3.2-1B": Shape("llama", 16, 2048, 32, 8, 64, 8192, 128256, "Q4_K", 131072),
    "gemma-3-270m": Shape("gemma3", 18, 640, 4, 1, 256, 2048, 262144, "Q8_0", window=512, norms=True, after=True),
}


def make_shape(shape: Shape, path: Path) -> Path:
    """Write the file and return its path."""
    writer = GGUFWriter(path, shape.architecture)
    _write_numbers(writer, shape)
    _write_vocabulary(writer, shape.vocabulary)
    file = _Tensors(writer, GGMLQuantizationType[shape.quantization])
    file.matrix("token_embd", shape.vocabulary, shape.width)
    if shape.dense:
        file.matrix("output", shape.vocabulary, shape.width)
    file.vector("output_norm.weight", shape.width)
    for layer in range(shape.layers):
        _write_layer(file, shape, f"blk.{layer}.")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    stream = writer.fout[0]
    stream.truncate(_padded(stream.tell()) + file.size_bytes)
    writer.close()
    return path


def _write_numbers(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_string("general.name", "a shape")
    for key, value in {
        "context_length": shape.context,
        "embedding_length": shape.width,
        "block_count": shape.layers,
        "feed_forward_length": shape.inner,
        "attention.head_count": shape.heads,
        "attention.head_count_kv": shape.shared_heads,
        "attention.key_length": shape.head,
        "attention.value_length": shape.head,
        "rope.dimension_count": shape.head,
        "attention.sliding_window": shape.window,
    }.items():
        if value:
            writer.add_uint32(f"{shape.architecture}.{key}", value)
    writer.add_float32(f"{shape.architecture}.attention.layer_norm_rms_epsilon", 1e-5)


def _write_vocabulary(writer: GGUFWriter, size: int) -> None:
    bytes_ = [f"<0x{byte:02X}>" for byte in range(_BYTES)]
    words = [f"w{index}" for index in range(size - _BYTES - 3)]
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL]
    kinds += [TokenType.BYTE] * _BYTES + [TokenType.NORMAL] * len(words)
    writer.add_string("tokenizer.ggml.model", "llama")
    _add(writer, "tokens", ["<unk>", "<s>", "</s>", *bytes_, *words])
    _add(writer, "scores", [0.0] * size)
    _add(writer, "token_type", [int(kind) for kind in kinds])
    writer.add_uint32("tokenizer.ggml.bos_token_id", 1)
    writer.add_uint32("tokenizer.ggml.eos_token_id", 2)


def _add(writer: GGUFWriter, key: str, values: Sequence[str] | Sequence[float] | Sequence[int]) -> None:
    writer.add_array(f"tokenizer.ggml.{key}", values)


class _Tensors:
    """Names and sizes of tensors, one behind the other."""

    def __init__(self, writer: GGUFWriter, kind: GGMLQuantizationType) -> None:
        self._writer = writer
        self._kind = kind
        self.size_bytes = 0

    def matrix(self, name: str, rows: int, columns: int) -> None:
        elements, size = GGML_QUANT_SIZES[self._kind]
        row_bytes = columns // elements * size
        shape, kind = (rows, row_bytes), np.dtype(np.uint8)
        self._writer.add_tensor_info(f"{name}.weight", shape, kind, rows * row_bytes, raw_dtype=self._kind)
        self.size_bytes = _padded(self.size_bytes) + rows * row_bytes

    def vector(self, name: str, size: int) -> None:
        self._writer.add_tensor_info(name, (size,), np.dtype(np.float32), 4 * size)
        self.size_bytes = _padded(self.size_bytes) + 4 * size


def _write_layer(file: _Tensors, shape: Shape, prefix: str) -> None:
    wide, narrow = shape.heads * shape.head, shape.shared_heads * shape.head
    for name in ("attn_norm", "ffn_norm", *(("post_attention_norm", "post_ffw_norm") if shape.after else ())):
        file.vector(f"{prefix}{name}.weight", shape.width)
    for name, rows in (("attn_q", wide), ("attn_k", narrow), ("attn_v", narrow)):
        file.matrix(prefix + name, rows, shape.width)
        if shape.biased:
            file.vector(f"{prefix}{name}.bias", rows)
    if shape.norms:
        for name in ("attn_q_norm", "attn_k_norm"):
            file.vector(f"{prefix}{name}.weight", shape.head)
    file.matrix(prefix + "attn_output", shape.width, wide)
    file.matrix(prefix + "ffn_gate", shape.inner, shape.width)
    file.matrix(prefix + "ffn_up", shape.inner, shape.width)
    file.matrix(prefix + "ffn_down", shape.width, shape.inner)


def _padded(size_bytes: int) -> int:
    return -(-size_bytes // _ALIGNMENT) * _ALIGNMENT
