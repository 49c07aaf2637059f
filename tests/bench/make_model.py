"""Write a model of Qwen2.5-0.5B's shape with random weights: its speed is real, its words are noise.

`python -m tests.bench.make_model [--out FOLDER] [--small]` prints the path; about 400 MB in a cache folder, made in
seconds when it is not there yet. Tensors have the types that llama-quantize gives the real model as Q4_K_M: a row of
896 numbers is no whole number of blocks of 256, so most matrices fall back to Q5_0 and Q8_0.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, TokenType
from numpy.typing import NDArray

from tests.bench.random_blocks import blocks
from tests.model_templates import CHATML

VERSION = 1  # of what is written: another one makes another file name

CONTROL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
USER_DEFINED = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>",
    "<|file_sep|>",
)  # fmt: skip

_CONSONANTS = "tnshrdlcmfwgpbvkyjxqz"
_VOWELS = "eaoiu"
_LOGIT_SPREAD = 4.2  # standard deviation of a row of logits: leaves an entropy of about 4 bits
_EMBEDDING_SCALE = 0.02


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model; `vocabulary` counts unused rows at the end, as the real model has them."""

    name: str
    layers: int
    merges: int
    vocabulary: int
    embedding: int = 896
    heads: int = 14
    heads_kv: int = 2
    feed_forward: int = 4864
    context: int = 32768

    @property
    def head(self) -> int:
        return self.embedding // self.heads


FULL = Shape("qwen2.5-0.5b", layers=24, merges=151_387, vocabulary=151_936)
SMALL = Shape("small", layers=4, merges=15_722, vocabulary=16_000)  # to see that a bench works


def cache_folder() -> Path:
    """Return where models of the benches are kept."""
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(root).expanduser() / "nextword-bench"


def obtain(shape: Shape = FULL, folder: Path | None = None) -> Path:
    """Return the path of the model, which is made unless it is there."""
    folder = folder or cache_folder()
    path = folder / f"random-{shape.name}-Q4_K_M-v{VERSION}.gguf"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            write(shape, part)
            part.replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()
    return path


def write(shape: Shape, path: Path) -> None:
    """Write the model; the same shape writes the same bytes."""
    writer = GGUFWriter(path, "qwen2")
    _metadata(writer, shape)
    _vocabulary(writer, shape)
    described = list(tensors(shape))
    for tensor in described:
        writer.add_tensor_info(tensor.name, tensor.stored_shape, np.dtype(np.uint8), tensor.size_bytes, tensor.type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    random = np.random.default_rng(1)
    for tensor in described:
        writer.write_tensor_data(tensor.data(random))
    writer.close()


def _metadata(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_name(f"Random weights, shape {shape.name}")
    writer.add_size_label("494M" if shape is FULL else "small")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.embedding)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads_kv)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_layer_norm_rms_eps(1e-6)


# --- the vocabulary -----------------------------------------------------------------------------------------


def _vocabulary(writer: GGUFWriter, shape: Shape) -> None:
    tokens, merges = _pieces(shape.merges)
    types = [TokenType.NORMAL] * len(tokens)
    for names, kind in ((CONTROL, TokenType.CONTROL), (USER_DEFINED, TokenType.USER_DEFINED)):
        tokens += names
        types += [kind] * len(names)
    unused = shape.vocabulary - len(tokens)
    tokens += [f"[PAD{len(tokens) + number}]" for number in range(unused)]
    types += [TokenType.UNUSED] * unused
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHATML)


def _pieces(count: int) -> tuple[list[str], list[str]]:
    """Return the bytes' letters with `count` made-up pieces after them, and the merges that make the pieces.

    Pieces are syllables and what two earlier pieces make together, half of them with the space before them that
    byte-level BPE writes as a letter of its own.
    """
    random = np.random.default_rng(2)
    space = "\u0120"
    tokens = _byte_letters()
    known = set(tokens)
    merges: list[str] = []

    def join(left: str, right: str) -> None:
        if len(merges) < count and left + right not in known:
            known.add(left + right)
            tokens.append(left + right)
            merges.append(f"{left} {right}")

    for letter in (*_CONSONANTS, *_VOWELS):
        join(space, letter)
    for consonant in _CONSONANTS:
        for vowel in _VOWELS:
            join(consonant, vowel)
            join(space + consonant, vowel)
            join(vowel, consonant)
    syllables = [token for token in tokens[256:] if not token.startswith(space)]
    starts = tokens[256:]
    while len(merges) < count:
        first = (random.random(4096) ** 2 * len(starts)).astype(int)
        second = (random.random(4096) ** 2 * len(syllables)).astype(int)
        for one, other in zip(first.tolist(), second.tolist(), strict=True):
            if len(starts[one]) < 12:
                join(starts[one], syllables[other])
        starts = tokens[256:]
    return tokens, merges


def _byte_letters() -> list[str]:
    """Return the letter that byte-level BPE writes for each byte, visible ones first, as real vocabularies do."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [*map(chr, visible), *(chr(0x100 + number) for number in range(256 - len(visible)))]


# --- the tensors --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tensor:
    """scale: standard deviation of the numbers; around: their mean. silent_rows: so many at the end are zero."""

    name: str
    rows: int
    columns: int
    type: Type
    scale: float
    around: float = 0.0
    silent_rows: int = 0

    @property
    def row_bytes(self) -> int:
        numbers, block_bytes = gguf.GGML_QUANT_SIZES[self.type]
        return self.columns // numbers * block_bytes

    @property
    def size_bytes(self) -> int:
        return self.rows * self.row_bytes

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """The shape in bytes, as GGUFWriter wants it."""
        return (self.rows, self.row_bytes) if self.rows > 1 else (self.row_bytes,)

    def data(self, random: np.random.Generator) -> NDArray[np.uint8]:
        """Return the tensor as it stands in the file."""
        if self.type is Type.F32:
            numbers = random.normal(self.around, self.scale, self.columns).astype("<f4")
            return numbers.view(np.uint8)
        data = blocks(self.type, self.rows * self.columns, self.scale, random).reshape(self.rows, self.row_bytes)
        if self.silent_rows:
            data[-self.silent_rows :] = 0
        return data


def tensors(shape: Shape) -> Iterator[Tensor]:
    """Describe all tensors. The embedding is the output too, and rows of tokens that are no text are silent."""
    no_text = shape.vocabulary - 256 - shape.merges
    wide, narrow = shape.embedding, shape.head * shape.heads_kv
    yield Tensor("token_embd.weight", shape.vocabulary, wide, Type.Q8_0, _EMBEDDING_SCALE, silent_rows=no_text)
    for layer in range(shape.layers):
        more_bits = _has_more_bits(layer, shape.layers)
        prefix = f"blk.{layer}."
        yield from (_vector(prefix + norm, wide, around=1.0) for norm in ("attn_norm.weight", "ffn_norm.weight"))
        yield from (_vector(prefix + f"attn_{name}.bias", narrow) for name in "kv")
        yield _vector(prefix + "attn_q.bias", wide)
        yield _matrix(prefix + "attn_q", wide, wide, Type.Q5_0)
        yield _matrix(prefix + "attn_k", narrow, wide, Type.Q5_0)
        yield _matrix(prefix + "attn_v", narrow, wide, Type.Q8_0 if more_bits else Type.Q5_0)
        yield _matrix(prefix + "attn_output", wide, wide, Type.Q5_0)
        yield _matrix(prefix + "ffn_gate", shape.feed_forward, wide, Type.Q5_0)
        yield _matrix(prefix + "ffn_up", shape.feed_forward, wide, Type.Q5_0)
        yield _matrix(prefix + "ffn_down", wide, shape.feed_forward, Type.Q6_K if more_bits else Type.Q4_K)
    # The last norm makes every channel about 1: a logit is the sum of `wide` products of it and the embedding.
    around = _LOGIT_SPREAD / (_EMBEDDING_SCALE * wide**0.5)
    yield _vector("output_norm.weight", wide, around=around)


def _matrix(name: str, rows: int, columns: int, kind: Type) -> Tensor:
    return Tensor(f"{name}.weight", rows, columns, kind, scale=columns**-0.5)


def _vector(name: str, size: int, *, around: float = 0.0) -> Tensor:
    return Tensor(name, 1, size, Type.F32, scale=0.05, around=around)


def _has_more_bits(layer: int, layers: int) -> bool:
    """Say whether llama-quantize gives a layer's attn_v and ffn_down six bits in a Q4_K_M (llama-quant.cpp)."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def main() -> int:
    """Make the model and print where it is."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.make_model", description=__doc__)
    parser.add_argument("--out", type=Path, help="folder of the file, a cache folder unless told")
    parser.add_argument("--small", action="store_true", help="a model of some MB, to try a bench")
    options = parser.parse_args()
    print(obtain(SMALL if options.small else FULL, options.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
