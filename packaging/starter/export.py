"""Writes a trained model as GGUF: llama architecture, Q8_0 matrices, complete metadata."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from starter.missing import needed
from starter.model import StarterModel, parameter_count
from starter.names import BASE_NAME, DESCRIPTION, INSTRUCT_NAME, LICENCE
from starter.tokenizer import BEGIN_ID, CONTROLS, IM_END_ID, TEMPLATE, Codec

Matrix = NDArray[np.float32]


def gguf_tensors(model: StarterModel) -> Iterator[tuple[str, Matrix]]:
    """Yield GGUF names and values; the joint matrices are taken apart.

    Rotary pairs lie side by side in training already, so no rows change places.
    """
    for name, value in model.state_dict().items():
        matrix = value.float().cpu().numpy()
        if name.endswith("attn_qkv.weight"):
            for part, piece in zip("qkv", np.split(matrix, 3), strict=True):
                yield name.replace("attn_qkv", f"attn_{part}"), piece
        elif name.endswith("ffn_gate_up.weight"):
            for part, piece in zip(("gate", "up"), np.split(matrix, 2), strict=True):
                yield name.replace("ffn_gate_up", f"ffn_{part}"), piece
        else:
            yield name, matrix


def _describe(writer: Any, model: StarterModel, kind: str) -> None:
    shape = model.shape
    writer.add_type("model")
    writer.add_name(BASE_NAME if kind == "base" else INSTRUCT_NAME)
    writer.add_basename("nextword-starter")
    writer.add_finetune(kind)
    writer.add_description(DESCRIPTION)
    writer.add_organization("Nextword")
    writer.add_license(LICENCE)
    writer.add_languages(["en"])
    writer.add_size_label(f"{parameter_count(model) / 1e6:.1f}M")
    if kind == "instruct":
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, BASE_NAME)
        writer.add_base_model_organization(0, "Nextword")
    writer.add_vocab_size(shape.vocab)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)


def _add_tokenizer(writer: Any, codec: Codec, kind: str) -> None:
    types = needed("gguf").TokenType
    names = codec.names()
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(names)
    writer.add_token_types([types.CONTROL if name in CONTROLS else types.NORMAL for name in names])
    writer.add_token_merges(codec.merges)
    writer.add_bos_token_id(BEGIN_ID)
    writer.add_eos_token_id(IM_END_ID if kind == "instruct" else BEGIN_ID)
    writer.add_add_bos_token(True)
    if kind == "instruct":
        writer.add_eot_token_id(IM_END_ID)
        writer.add_chat_template(TEMPLATE)


def write_gguf(model: StarterModel, codec: Codec, *, kind: str, path: Path) -> None:
    """Write `model` as the "base" or the "instruct" file at `path`."""
    gguf = needed("gguf")
    partial = path.with_suffix(".partial")
    writer = gguf.GGUFWriter(partial, "llama")
    _describe(writer, model, kind)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _add_tokenizer(writer, codec, kind)
    packed = gguf.GGMLQuantizationType.Q8_0
    for name, matrix in gguf_tensors(model):
        if matrix.ndim == 2:
            writer.add_tensor(name, gguf.quants.quantize(matrix, packed), raw_dtype=packed)
        else:
            writer.add_tensor(name, matrix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    partial.replace(path)
