"""A forward pass of llama-style models in double precision, written from the papers and independent of llama.cpp.

RMSNorm (Zhang and Sennrich 2019), rotary positions (Su et al. 2021), grouped-query attention (Ainslie et al. 2023) and
SwiGLU (Shazeer 2020), for one sequence from position 0. Reads the GGUF file by the gguf package.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import gguf
import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

_PAIRED_HALVES = {"qwen2"}  # rotate (i, i + n/2); the others rotate (2i, 2i + 1)


class NumpyLlama:
    """A model of the architectures llama and qwen2, of any quantization."""

    def __init__(self, path: Path) -> None:
        reader = gguf.GGUFReader(path)
        self._fields = reader.fields
        self._architecture = str(self._value("general.architecture"))
        self._tensors = {
            str(tensor.name): np.asarray(gguf.quants.dequantize(tensor.data, tensor.tensor_type), np.float64)
            for tensor in reader.tensors
        }
        self._heads = int(self._own("attention.head_count"))
        self._heads_kv = int(self._own("attention.head_count_kv"))
        self._epsilon = float(self._own("attention.layer_norm_rms_epsilon"))
        self._base = float(self._own("rope.freq_base"))
        self._layers = int(self._own("block_count"))

    def logprobs(self, ids: list[int]) -> Array:
        """Return the natural logs of the probabilities of every token after every one of `ids`: (len(ids), n_vocab)."""
        logits = self.logits(ids)
        shifted = logits - logits.max(axis=1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))

    def logits(self, ids: list[int]) -> Array:
        """Return the logits after every one of `ids`: (len(ids), n_vocab)."""
        stream = self._tensors["token_embd.weight"][ids]
        for layer in range(self._layers):
            prefix = f"blk.{layer}."
            stream = stream + self._attend(prefix, self._norm(prefix + "attn_norm", stream))
            stream = stream + self._feed_forward(prefix, self._norm(prefix + "ffn_norm", stream))
        output = self._tensors.get("output.weight", self._tensors["token_embd.weight"])
        return self._norm("output_norm", stream) @ output.T

    def _attend(self, prefix: str, stream: Array) -> Array:
        """Causal attention, every token to itself and what is before it: (tokens, width) to the same."""
        count = len(stream)
        query = self._rotate(self._split(self._linear(prefix + "attn_q", stream), self._heads))
        key = self._rotate(self._split(self._linear(prefix + "attn_k", stream), self._heads_kv))
        value = self._split(self._linear(prefix + "attn_v", stream), self._heads_kv)
        shared = self._heads // self._heads_kv  # so many query heads look at one head of keys and values
        key, value = (np.repeat(part, shared, axis=0) for part in (key, value))
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[2])  # (heads, tokens, tokens)
        scores[:, np.triu(np.ones((count, count), bool), 1)] = -np.inf
        weights = np.exp(scores - scores.max(axis=2, keepdims=True))
        weights /= weights.sum(axis=2, keepdims=True)
        mixed = (weights @ value).transpose(1, 0, 2).reshape(count, -1)
        return self._linear(prefix + "attn_output", mixed)

    def _feed_forward(self, prefix: str, stream: Array) -> Array:
        gate = self._linear(prefix + "ffn_gate", stream)
        gate = gate / (1.0 + np.exp(-gate))
        return self._linear(prefix + "ffn_down", gate * self._linear(prefix + "ffn_up", stream))

    def _rotate(self, heads: Array) -> Array:
        """Turn pairs of each head by an angle that grows with the position: (heads, tokens, size) to the same."""
        size = heads.shape[2]
        frequencies = self._base ** (-np.arange(0, size, 2) / size)
        angles = np.arange(heads.shape[1])[:, None] * frequencies  # (tokens, size / 2)
        if self._architecture in _PAIRED_HALVES:
            first, second = np.arange(size // 2), np.arange(size // 2, size)
        else:
            first, second = np.arange(0, size, 2), np.arange(1, size, 2)
        turned = np.empty_like(heads)
        turned[..., first] = heads[..., first] * np.cos(angles) - heads[..., second] * np.sin(angles)
        turned[..., second] = heads[..., first] * np.sin(angles) + heads[..., second] * np.cos(angles)
        return turned

    def _norm(self, name: str, stream: Array) -> Array:
        scale = np.sqrt((stream**2).mean(axis=1, keepdims=True) + self._epsilon)
        return np.asarray(stream / scale * self._tensors[name + ".weight"])

    def _linear(self, name: str, stream: Array) -> Array:
        result = stream @ self._tensors[name + ".weight"].T
        bias = self._tensors.get(name + ".bias")
        return result if bias is None else result + bias

    @staticmethod
    def _split(stream: Array, heads: int) -> Array:
        return stream.reshape(len(stream), heads, -1).transpose(1, 0, 2)

    def _own(self, key: str) -> float:
        return float(self._value(f"{self._architecture}.{key}"))

    def _value(self, key: str) -> str | float:
        value: str | float = self._fields[key].contents()
        return value


def write_unquantized(source: Path, target: Path) -> Path:
    """Write the model again with every tensor in single precision."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, str(reader.fields["general.architecture"].contents()))
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for tensor in reader.tensors:
        data = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        writer.add_tensor(tensor.name, data, raw_dtype=gguf.GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target
