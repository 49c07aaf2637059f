"""Make the model of the engine check and the answer that every CPU variant must give.

    python packaging/engine_check/make.py

Writes resources/models/engine-check.gguf and engine-check.json. The model is random but decided: one transformer
block whose matrices have the types that downloaded models have, and a prompt long enough for the batched kernels.
The answer comes from the plainest variant, x64, which uses nothing newer than SSE2.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter
from numpy.typing import NDArray

from nextword.engine import backends

FOLDER = Path(__file__).parents[2] / "resources" / "models"
SEED = 20
PROMPT_SEED = 51  # of the first sixty the one whose answer is the most decided
VOCABULARY = 256
WIDTH = 256  # a row of a K-quant is a multiple of 256
HEADS, HEADS_KV = 4, 1
HEAD = WIDTH // HEADS
PROMPT_TOKENS = 48
ANSWER_TOKENS = 12


def k_blocks(rows: int, columns: int, kind: Type, random: np.random.Generator) -> NDArray[np.uint8]:
    """Random blocks of a K-quant: every bit of the quants and scales is drawn, the block's factor is fixed."""
    _, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (rows, columns // 256, block_bytes), dtype=np.uint8)
    factor = np.frombuffer(np.float16(2.0**-12).tobytes(), np.uint8)
    if kind == Type.Q4_K:  # factor, factor of the minimum (8 times as large, so that values lie around 0), ...
        blocks[..., 0:2] = factor
        blocks[..., 2:4] = np.frombuffer(np.float16(2.0**-12 * 7.5).tobytes(), np.uint8)
    elif kind == Type.Q6_K:  # ..., factor
        blocks[..., 208:210] = np.frombuffer(np.float16(2.0**-15).tobytes(), np.uint8)
    return blocks.reshape(rows, -1)


def write_model(path: Path) -> None:
    random = np.random.default_rng(SEED)
    writer = GGUFWriter(path, "llama")
    writer.add_name("Nextword engine check")
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS_KV)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("no_vocab")

    def add(name: str, rows: int, kind: Type, scale: float = 0.08) -> None:
        if kind in (Type.Q4_K, Type.Q6_K):
            data = k_blocks(rows, WIDTH, kind, random)
        else:
            data = gguf.quants.quantize(random.normal(0, scale, (rows, WIDTH)).astype(np.float32), kind)
        writer.add_tensor(name, data, raw_dtype=kind)

    def norm(name: str) -> None:
        writer.add_tensor(name, np.ones(WIDTH, np.float32))

    add("token_embd.weight", VOCABULARY, Type.Q8_0, 1.0)
    norm("blk.0.attn_norm.weight")
    add("blk.0.attn_q.weight", WIDTH, Type.Q4_K)
    add("blk.0.attn_k.weight", HEAD * HEADS_KV, Type.Q4_0)
    add("blk.0.attn_v.weight", HEAD * HEADS_KV, Type.Q6_K)
    add("blk.0.attn_output.weight", WIDTH, Type.Q8_0)
    norm("blk.0.ffn_norm.weight")
    add("blk.0.ffn_gate.weight", WIDTH, Type.Q4_0)
    add("blk.0.ffn_up.weight", WIDTH, Type.Q4_K)
    add("blk.0.ffn_down.weight", WIDTH, Type.Q6_K)
    norm("output_norm.weight")
    add("output.weight", VOCABULARY, Type.Q4_0, 0.4)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> int:
    model = FOLDER / "engine-check.gguf"
    write_model(model)
    prompt = tuple(int(token) for token in np.random.default_rng(PROMPT_SEED).integers(0, VOCABULARY, PROMPT_TOKENS))
    plainest = next(path for path in backends.find_variants() if backends.variant_name(path) == "x64")
    outcome, answer = backends.ask(plainest, model, backends.Question(prompt, ANSWER_TOKENS))
    if outcome != "ended":
        print(f"the x64 variant: {outcome}")
        return 1
    tokens = [int(token) for token in answer["tokens"]]
    reference = {"prompt": prompt, "tokens": tokens, "logprobs": answer["logprobs"]}
    (FOLDER / "engine-check.json").write_text(json.dumps(reference) + "\n")
    print(f"{model.stat().st_size} bytes; the least decided token leads by {min(answer['margins']):.2f} nats")
    return 0


if __name__ == "__main__":
    sys.exit(main())
