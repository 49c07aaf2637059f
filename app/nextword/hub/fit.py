"""What memory a model takes in our engine, going by the header of its file: weights, keys and values, room to compute.

Weights are exact, tensor by tensor. Keys and values follow what engine/model.py asks llama.cpp for: one memory of
whole blocks of 256 cells for all sequences, the layers with a sliding window kept whole, float32 up to a limit. Room
to compute is a formula that was fitted to what llama.cpp takes; `Correction` brings it nearer to this machine.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from nextword.engine.header import Array, Header
from nextword.engine.memory_plan import (
    COMPUTE_TOKENS,
    OUTPUT_TOKENS,
    SEQUENCES,
    keeps_single_precision,
    wanted_context,
)

_MOST_LAYERS: Final = 4_096
_MOST_CONTEXT: Final = 1 << 30
_MOST_BYTES: Final = 1 << 58
_CELLS: Final = 256  # llama.cpp rounds a context up to a multiple of this
_SINGLE, _HALF = 4, 2  # bytes of a number
_PROGRAM_BYTES: Final = 90 << 20  # the engine process without a model: interpreter, NumPy, llama.cpp
_TOKEN_BYTES: Final = 330  # of a vocabulary in memory: text, hash entry, rules for merging
_RECURRENT: Final = frozenset({"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"})
_WITH_INTERVAL: Final = frozenset({"qwen3next", "qwen35", "qwen35moe"})
_BOTH_IN_A_LAYER: Final = frozenset({"falcon-h1"})
_SHARED_LAYERS: Final = {"gemma3n": 20}  # layers that have keys and values of their own; the file does not say

Verdict: TypeAlias = Literal["fits", "tight", "too_large", "unknown"]
_SPARE_BYTES: Final = 512 << 20
_SPARE_SHARE: Final = 0.1


class Needs(Struct, frozen=True):
    """What a model takes, bytes. weights: once, as they lie in the file. cache: keys and values of `context_tokens`.

    cache_type: "F32" or "F16"; "" when nothing grows with the context. program: the engine itself and the vocabulary.
    measured: llama.cpp said so when it loaded this very file with this context.
    """

    weights_bytes: int
    cache_bytes: int
    compute_bytes: int
    program_bytes: int
    context_tokens: int
    cache_type: str = ""
    measured: bool = False

    @property
    def total_bytes(self) -> int:
        return self.weights_bytes + self.cache_bytes + self.compute_bytes + self.program_bytes


def judge(needs: Needs, available_bytes: int) -> Verdict:
    """Compare with the memory that is free. tight: it fits, but leaves less than a tenth or 512 MB to all others."""
    if available_bytes <= 0:
        return "unknown"
    if needs.total_bytes > available_bytes:
        return "too_large"
    spare = min(_SPARE_BYTES, int(available_bytes * _SPARE_SHARE))
    return "fits" if needs.total_bytes <= available_bytes - spare else "tight"


def foretell(header: Header, context_tokens: int = 0, *, weights_bytes: int = 0, correction: float = 1.0) -> Needs:
    """Return what the model will take. context_tokens 0: what the engine takes when nothing is said.

    weights_bytes: of another quantization of the same model, 0 for those of the header. correction: of the compute
    part, a factor.
    """
    context = min(wanted_context(context_tokens, header.context_tokens or 0), _MOST_CONTEXT)
    cells = -(-context // _CELLS) * _CELLS
    single = keeps_single_precision(_first_row(header), layer_count(header), context)
    attention = cells * _numbers_per_token(header) * (_SINGLE if single else _HALF)
    outputs = min(_sequences(header), OUTPUT_TOKENS) * header.vocabulary_size * _SINGLE
    compute = int(correction * (compute_bytes(header, cells) + outputs))
    return Needs(
        weights_bytes=weights_bytes or tensor_bytes(header),
        cache_bytes=_countable(attention + _state_bytes(header)),
        compute_bytes=_countable(compute),
        program_bytes=_PROGRAM_BYTES + _TOKEN_BYTES * header.vocabulary_size,
        context_tokens=context,
        cache_type=("F32" if single else "F16") if attention else "",
    )


def _countable(size_bytes: int) -> int:
    """Return a size that can be shown, whatever numbers a file gave."""
    return min(max(0, size_bytes), _MOST_BYTES)


def tensor_bytes(header: Header) -> int:
    """Return the size of all weights."""
    return sum(tensor.size_bytes for tensor in header.tensors)


def weights_of_sibling(header: Header, file_bytes: int) -> int:
    """Return about what the weights of another quantization take, whose header is as long as this one."""
    return max(0, file_bytes - (header.file_size_bytes - tensor_bytes(header)))


def bytes_per_token(header: Header) -> int:
    """Return how many bytes of weights are read for one generated token.

    Of a table of embeddings one row is read, unless it serves as the output layer too; of experts those in use.
    """
    names = {tensor.name for tensor in header.tensors}
    experts = header.number(f"{header.architecture}.expert_count") or 0
    used = header.number(f"{header.architecture}.expert_used_count") or 0
    total = 0.0
    for tensor in header.tensors:
        if tensor.name in ("position_embd.weight", "per_layer_token_embd.weight") or (
            tensor.name == "token_embd.weight" and "output.weight" in names
        ):
            continue
        share = used / experts if "_exps" in tensor.name and experts else 1.0
        total += tensor.size_bytes * share
    return int(total)


def compute_bytes(header: Header, cells: int) -> int:
    """Return about what the largest step of a computation takes, without the correction.

    One of three steps is the largest: all tokens of a part compared with all cells, in every head; the inner layer of
    a block; the logits. What a step has left behind is used again by the next.
    """
    heads = max(_per_layer(header, "attention.head_count", 0), default=0)
    width = header.number(f"{header.architecture}.embedding_length") or 0
    inner = max(_per_layer(header, "feed_forward_length", 0), default=0)
    experts = header.number(f"{header.architecture}.expert_used_count") or 0
    inner = max(inner, experts * (header.number(f"{header.architecture}.expert_feed_forward_length") or 0))
    state = header.number(f"{header.architecture}.ssm.inner_size") or 0
    part = COMPUTE_TOKENS * _SINGLE
    mask = cells * part if heads else 0
    query = max((keys for keys, _ in _heads(header)), default=0) * heads
    compared = heads * cells * part + mask + (3 * width + 2 * query) * part
    blocks = (3 * inner + 2 * width + 8 * state) * part + mask
    logits = header.vocabulary_size * OUTPUT_TOKENS * _SINGLE + 2 * width * part
    return max(compared, blocks, logits)


def layer_count(header: Header) -> int:
    """Return how many blocks the model has; a file that claims more than any has is not believed."""
    return min(max(0, header.number(f"{header.architecture}.block_count") or 0), _MOST_LAYERS)


# --- keys and values ----------------------------------------------------------------------------------------


def _sequences(header: Header) -> int:
    return 1 if _is_recurrent(header) or any(_recurrent_layers(header)) else SEQUENCES


def _is_recurrent(header: Header) -> bool:
    return header.architecture in _RECURRENT


def _first_row(header: Header) -> int:
    """Return what model.py goes by: the keys of one token, as if a head were as wide as its share of the model."""
    heads = _per_layer(header, "attention.head_count", 0)
    shared = _per_layer(header, "attention.head_count_kv", None)
    width = header.number(f"{header.architecture}.embedding_length") or 0
    return width // max(1, heads[0] if heads else 1) * (shared[0] if shared else 0)


def _numbers_per_token(header: Header) -> int:
    """Return how many numbers are kept of one token, in all layers."""
    if _is_recurrent(header):
        return 0
    recurrent = _recurrent_layers(header)
    shared = _per_layer(header, "attention.head_count_kv", None)
    own = _layers_with_memory(header)
    latent = header.number(f"{header.architecture}.attention.key_length_mla") is not None
    rows = [(keys * count, values * count) for (keys, values), count in zip(_heads(header), shared, strict=True)]
    widest = max((values for _, values in rows), default=0)  # without flash attention all layers get the widest row
    total = 0
    for layer, (keys, _) in enumerate(rows[:own]):
        if recurrent[layer] and header.architecture not in _BOTH_IN_A_LAYER:
            continue
        total += keys + (0 if latent else widest)
    return total


def _layers_with_memory(header: Header) -> int:
    layers = layer_count(header)
    shared = header.number(f"{header.architecture}.attention.shared_kv_layers") or 0
    return min(layers - shared, _SHARED_LAYERS.get(header.architecture, layers))


def _heads(header: Header) -> list[tuple[int, int]]:
    """Return for each layer how wide the keys and the values of one head are."""
    name = f"{header.architecture}.attention."
    count = max(1, max(_per_layer(header, "attention.head_count", 1), default=1))
    usual = (header.number(f"{header.architecture}.embedding_length") or 0) // count
    whole = (header.number(name + "key_length") or usual, header.number(name + "value_length") or usual)
    window = (header.number(name + "key_length_swa") or whole[0], header.number(name + "value_length_swa") or whole[1])
    pattern = header.metadata.get(name + "sliding_window_pattern")
    windows = pattern.values if isinstance(pattern, Array) and pattern.values else ()
    return [window if layer < len(windows) and windows[layer] else whole for layer in range(layer_count(header))]


def _per_layer(header: Header, key: str, default: int | None) -> list[int]:
    """Return a number that a file gives once or for each layer. default None: as many as the heads of the queries."""
    layers = layer_count(header)
    value = header.metadata.get(f"{header.architecture}.{key}")
    if isinstance(value, Array):
        found = [int(item) for item in value.values or () if not isinstance(item, str)]
        return (found + [found[-1] if found else 0] * layers)[:layers]
    if isinstance(value, int) and not isinstance(value, bool):
        return [value] * layers
    if default is None:
        return _per_layer(header, "attention.head_count", 0)
    return [default] * layers


# --- states -------------------------------------------------------------------------------------------------


def _recurrent_layers(header: Header) -> list[bool]:
    """Say for each layer whether it has a state in place of, or beside, keys and values."""
    layers = layer_count(header)
    if header.architecture in _WITH_INTERVAL:
        interval = header.number(f"{header.architecture}.full_attention_interval") or 4
        return [bool((layer + 1) % interval) for layer in range(layers)]
    if _is_recurrent(header) or header.architecture in _BOTH_IN_A_LAYER:
        return [True] * layers
    if not _state_numbers(header):
        return [False] * layers
    inner = _per_layer(header, "feed_forward_length", 0)
    only_inner = [header.architecture.startswith("nemotron_h") and width > 0 for width in inner]
    shared = _per_layer(header, "attention.head_count_kv", None)
    return [not count and not skipped for count, skipped in zip(shared, only_inner, strict=True)]


def _state_numbers(header: Header) -> int:
    """Return how many numbers the state of one layer has."""

    def number(key: str) -> int:
        return header.number(f"{header.architecture}.{key}") or 0

    width = number("embedding_length")
    if head := number("wkv.head_size"):
        return (number("token_shift_count") or 2) * width + width * head
    if length := number("shortconv.l_cache"):
        return width * (length - 1)
    inner, state = number("ssm.inner_size"), number("ssm.state_size")
    convolution = max(0, number("ssm.conv_kernel") - 1) * (inner + 2 * number("ssm.group_count") * state)
    return convolution + state * inner


def _state_bytes(header: Header) -> int:
    return sum(_recurrent_layers(header)) * _state_numbers(header) * _SINGLE
