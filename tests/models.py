"""Tiny GGUF model files for the tests: real architectures, seeded weights, a few hundred kilobytes each.

The weights are random but shaped: one channel of the residual stream is constant, and the output layer reads
it as a bias per token, so that generated text is mostly the words below and its end can be likely or
impossible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, Unpack

import gguf
import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from numpy.typing import NDArray

from tests.model_templates import FAMILIES

KINDS = ("llama", "qwen2", "gpt2", "llama-bpe")  # those that attend; "mamba", which has a state instead, is by itself

MetadataValue = str | int | float | bool | Sequence[str] | Sequence[int] | Sequence[float]

_EMBEDDING = 64
_HEADS = 4
_HEADS_KV = 2
_HEAD = _EMBEDDING // _HEADS
_FEED_FORWARD = 96
_LAYERS = 2
_INNER = 2 * _EMBEDDING  # the one expansion that llama.cpp takes for mamba
_STATE = 16
_TIME_STEP = 4  # rank of what the time steps of mamba are made of
_CONVOLUTION = 4
_CONSTANT = 4.0  # what channel 0 of the residual stream always holds

_WORDS = """
the and of to a in is it you that he was for on are with as his they at be this have from or one had
by word but not what all were we when your can said there use an each which she do how their if will
up other about out many then them these so some her would make like him into time has look two more
write go see number no way could people my than first water been call who oil its now find long down
day did get come made may part
""".split()  # noqa: SIM905 - the words are to be read
_LOGIT_BYTE = -9.0  # single bytes that are no printable character
_LOGIT_CHARACTER = -4.0
_LOGIT_CONTROL = -12.0
_LOGIT_END = -2.0
_LOGIT_NEVER = -200.0


class Options(TypedDict, total=False):
    """What `make` can vary besides the kind and the template."""

    file_name: str
    n_ctx: int
    seed: int
    control_tokens: tuple[str, ...]  # further tokens of type CONTROL
    token_keys: Mapping[str, str]  # further keys whose value is the id of the token with that text
    metadata: Mapping[str, MetadataValue]  # further keys, or other values for keys the kind writes
    architecture: str  # another name than the tensors have: an architecture that llama.cpp does not know
    quantization: str  # type of the matrices: "F32", "F16", "Q8_0", "Q4_0"; "mixed" is Q4_0 and Q8_0 in turn
    tied: bool  # no output matrix: the embedding takes its place, and no token is likelier than another
    endless: bool  # no end-of-generation token is ever chosen
    end_logit: float  # how likely the end is against words at 0: -2 unless told, 8 ends most answers at once


@dataclass(slots=True)
class _Vocabulary:
    model: str  # tokenizer.ggml.model
    pre: str | None
    tokens: list[str] = field(default_factory=list)
    types: list[TokenType] = field(default_factory=list)
    logits: list[float] = field(default_factory=list)  # how likely the output layer makes each token
    merges: list[str] = field(default_factory=list)
    bos: str | None = None
    eos: str = ""

    def add(self, token: str, kind: TokenType, logit: float) -> None:
        if token not in self.tokens:
            self.tokens.append(token)
            self.types.append(kind)
            self.logits.append(logit)


def make(kind: str, folder: Path, *, template: str | None = None, **options: Unpack[Options]) -> Path:
    """Write a model into `folder` and return its path; the same arguments write the same bytes.

    kind: one of KINDS, a base model unless `template` is given: "llama" has a SentencePiece vocabulary with
    byte tokens and BOS; "qwen2" byte BPE without BOS; "gpt2" the gpt2 architecture, byte BPE without BOS;
    "llama-bpe" the llama architecture, byte BPE and BOS. "mamba": a recurrent model, byte BPE without BOS.
    Or a name in FAMILIES: that family's tokenizer, template and control tokens.
    """
    family = FAMILIES.get(kind)
    name = options.get("file_name") or _file_name(kind, template, options)
    control = (*(family.control_tokens if family else ()), *options.get("control_tokens", ()))
    if family:
        kind = family.kind
        template = family.template if template is None else template
    vocabulary = _sentencepiece(control) if kind == "llama" else _byte_bpe(kind, control)
    if family:
        vocabulary.bos = family.bos
        vocabulary.eos = family.eos
    for index, token in enumerate(vocabulary.tokens):
        if token in (vocabulary.eos, *_ENDS):
            vocabulary.logits[index] = _LOGIT_NEVER if options.get("endless") else options.get("end_logit", _LOGIT_END)

    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = _Writer(path, options.get("architecture") or kind.removesuffix("-bpe"), options)
    writer.hyperparameters(kind)
    writer.vocabulary(vocabulary)
    if template is not None:
        writer.put("tokenizer.chat_template", template)
    writer.tensors(kind, vocabulary)
    writer.close()
    return path


# llama.cpp ends a generation at any token with one of these texts, whatever the metadata say.
_ENDS = (
    "</s>",
    "<|im_end|>",
    "<|eot_id|>",
    "<end_of_turn>",
    "<|end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<eos>",
)


def _file_name(kind: str, template: str | None, options: Options) -> str:
    purpose = "base" if template is None and kind not in FAMILIES else "instruct"
    return f"{kind}-{purpose}-{options.get('quantization', 'F32')}.gguf"


def _sentencepiece(control: Sequence[str]) -> _Vocabulary:
    vocabulary = _Vocabulary("llama", None, bos="<s>", eos="</s>")
    vocabulary.add("<unk>", TokenType.UNKNOWN, _LOGIT_CONTROL)
    vocabulary.add("<s>", TokenType.CONTROL, _LOGIT_CONTROL)
    vocabulary.add("</s>", TokenType.CONTROL, _LOGIT_END)
    for byte in range(256):
        vocabulary.add(f"<0x{byte:02X}>", TokenType.BYTE, _LOGIT_BYTE)
    for code in range(0x21, 0x7F):
        vocabulary.add(chr(code), TokenType.NORMAL, _LOGIT_CHARACTER)
    vocabulary.add("▁", TokenType.NORMAL, _LOGIT_CHARACTER)
    for word in _WORDS:
        for end in range(1, len(word) + 1):
            vocabulary.add("▁" + word[:end], TokenType.NORMAL, 0.0 if end == len(word) else _LOGIT_CHARACTER)
    for token in control:
        vocabulary.add(token, TokenType.CONTROL, _LOGIT_CONTROL)
    return vocabulary


def _byte_bpe(kind: str, control: Sequence[str]) -> _Vocabulary:
    pre, bos, eos = {
        "qwen2": ("qwen2", None, "<|endoftext|>"),
        "gpt2": ("gpt-2", None, "<|endoftext|>"),
        "mamba": ("gpt-2", None, "<|endoftext|>"),
        "llama-bpe": ("llama-bpe", "<|begin_of_text|>", "<|end_of_text|>"),
    }[kind]
    vocabulary = _Vocabulary("gpt2", pre, bos=bos, eos=eos)
    letters = _byte_letters()
    for byte in range(256):
        printable = 0x20 <= byte < 0x7F
        vocabulary.add(letters[byte], TokenType.NORMAL, _LOGIT_CHARACTER if printable else _LOGIT_BYTE)
    for word in _WORDS:
        piece = letters[0x20]
        for end in range(1, len(word) + 1):
            merge = f"{piece} {word[end - 1]}"
            piece += word[end - 1]
            if merge not in vocabulary.merges:
                vocabulary.merges.append(merge)
            vocabulary.add(piece, TokenType.NORMAL, 0.0 if end == len(word) else _LOGIT_CHARACTER)
    for token in (eos, *([bos] if bos else []), *control):
        vocabulary.add(token, TokenType.CONTROL, _LOGIT_CONTROL)
    return vocabulary


def _byte_letters() -> list[str]:
    """The letter that byte-level BPE vocabularies write for each byte 0..255."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = (byte for byte in range(256) if byte not in visible)
    stand_in = {byte: chr(0x100 + index) for index, byte in enumerate(hidden)}
    return [stand_in.get(byte, chr(byte)) for byte in range(256)]


class _Writer:
    """One GGUF file being written, with the overrides of the options applied on the way."""

    def __init__(self, path: Path, architecture: str, options: Options) -> None:
        self._architecture = architecture
        self._options = options
        self._extra = dict(options.get("metadata", {}))
        self._random = np.random.default_rng(options.get("seed", 1))
        self._matrices = 0
        self._gguf = GGUFWriter(path, architecture)

    def put(self, key: str, value: MetadataValue) -> None:
        """Add one key; the option "metadata" wins over what the kind would write."""
        value = self._extra.pop(key, value)
        match value:
            case bool():
                self._gguf.add_bool(key, value)
            case int() if value < 0:
                self._gguf.add_int32(key, value)
            case int() if value >= 2**32:
                self._gguf.add_uint64(key, value)
            case int():
                self._gguf.add_uint32(key, value)
            case float():
                self._gguf.add_float32(key, value)
            case str():
                self._gguf.add_string(key, value)
            case _:
                self._gguf.add_array(key, value)

    def hyperparameters(self, kind: str) -> None:
        name = self._architecture
        self.put("general.name", f"Nextword test model {kind}")
        self.put("general.size_label", "0.1M")
        self.put(f"{name}.context_length", self._options.get("n_ctx", 512))
        self.put(f"{name}.embedding_length", _EMBEDDING)
        self.put(f"{name}.block_count", _LAYERS)
        if kind == "mamba":
            self._state_space_hyperparameters()
            return
        self.put(f"{name}.feed_forward_length", _FEED_FORWARD)
        self.put(f"{name}.attention.head_count", _HEADS)
        if kind == "gpt2":
            self.put(f"{name}.attention.layer_norm_epsilon", 1e-5)
        else:
            self.put(f"{name}.attention.head_count_kv", _HEADS_KV)
            self.put(f"{name}.attention.layer_norm_rms_epsilon", 1e-5)
            self.put(f"{name}.rope.dimension_count", _HEAD)
            self.put(f"{name}.rope.freq_base", 10000.0)

    def _state_space_hyperparameters(self) -> None:
        name = self._architecture
        self.put(f"{name}.feed_forward_length", 0)
        self.put(f"{name}.attention.head_count", 0)
        self.put(f"{name}.attention.layer_norm_rms_epsilon", 1e-5)
        self.put(f"{name}.ssm.conv_kernel", _CONVOLUTION)
        self.put(f"{name}.ssm.inner_size", _INNER)
        self.put(f"{name}.ssm.state_size", _STATE)
        self.put(f"{name}.ssm.time_step_rank", _TIME_STEP)

    def vocabulary(self, vocabulary: _Vocabulary) -> None:
        self.put(f"{self._architecture}.vocab_size", len(vocabulary.tokens))
        self.put("tokenizer.ggml.model", vocabulary.model)
        if vocabulary.pre:
            self.put("tokenizer.ggml.pre", vocabulary.pre)
        self.put("tokenizer.ggml.tokens", vocabulary.tokens)
        self.put("tokenizer.ggml.token_type", [int(kind) for kind in vocabulary.types])
        if vocabulary.merges:
            self.put("tokenizer.ggml.merges", vocabulary.merges)
        else:
            self.put("tokenizer.ggml.scores", [-float(index) for index in range(len(vocabulary.tokens))])
            self.put("tokenizer.ggml.unknown_token_id", 0)
        eos = vocabulary.tokens.index(vocabulary.eos)
        self.put("tokenizer.ggml.bos_token_id", vocabulary.tokens.index(vocabulary.bos) if vocabulary.bos else eos)
        self.put("tokenizer.ggml.eos_token_id", eos)
        self.put("tokenizer.ggml.add_bos_token", vocabulary.bos is not None)
        for key, token in self._options.get("token_keys", {}).items():
            self.put(key, vocabulary.tokens.index(token))

    def tensors(self, kind: str, vocabulary: _Vocabulary) -> None:
        n_vocab = len(vocabulary.tokens)
        embedding = self._draw(n_vocab, _EMBEDDING, scale=1.0)
        embedding[:, 0] = _CONSTANT
        self._matrix("token_embd.weight", embedding)
        if kind == "gpt2":
            positions = self._draw(self._options.get("n_ctx", 512), _EMBEDDING, scale=0.3)
            positions[:, 0] = 0.0
            self._add("position_embd.weight", positions, GGMLQuantizationType.F32)
        for layer in range(_LAYERS):
            if kind == "mamba":
                self._state_space_layer(f"blk.{layer}.")
            else:
                self._layer(kind, f"blk.{layer}.")
        self._norm("output_norm", kind)
        if self._options.get("tied"):
            return
        output = self._draw(n_vocab, _EMBEDDING, scale=0.25)
        # The norm leaves channel 0 near 2 and positive, whatever the other channels hold.
        output[:, 0] = np.asarray(vocabulary.logits, np.float32) / 2.0
        self._matrix("output.weight", output)

    def close(self) -> None:
        self.put("general.file_type", {"F32": 0, "F16": 1, "Q4_0": 2, "Q8_0": 7}.get(self._quantization, 2))
        for key, value in self._extra.copy().items():
            self.put(key, value)
        self._gguf.write_header_to_file()
        self._gguf.write_kv_data_to_file()
        self._gguf.write_tensors_to_file()
        self._gguf.close()

    @property
    def _quantization(self) -> str:
        return self._options.get("quantization", "F32")

    def _layer(self, kind: str, prefix: str) -> None:
        key_value = _HEAD * _HEADS_KV
        self._norm(prefix + "attn_norm", kind)
        self._norm(prefix + "ffn_norm", kind)
        if kind == "gpt2":
            self._linear(prefix + "attn_qkv", 3 * _EMBEDDING, _EMBEDDING, bias=True)
        else:
            bias = kind == "qwen2"
            self._linear(prefix + "attn_q", _EMBEDDING, _EMBEDDING, bias=bias)
            self._linear(prefix + "attn_k", key_value, _EMBEDDING, bias=bias)
            self._linear(prefix + "attn_v", key_value, _EMBEDDING, bias=bias)
            self._linear(prefix + "ffn_gate", _FEED_FORWARD, _EMBEDDING, bias=False)
        self._linear(prefix + "attn_output", _EMBEDDING, _EMBEDDING, bias=kind == "gpt2")
        self._linear(prefix + "ffn_up", _FEED_FORWARD, _EMBEDDING, bias=kind == "gpt2")
        self._linear(prefix + "ffn_down", _EMBEDDING, _FEED_FORWARD, bias=kind == "gpt2")

    def _state_space_layer(self, prefix: str) -> None:
        """A mamba block; its small matrices stay in single precision, as llama-quantize leaves them."""
        self._norm(prefix + "attn_norm", "mamba")
        self._linear(prefix + "ssm_in", 2 * _INNER, _EMBEDDING, bias=False)
        # Steps near 0.05 forget over some tens of tokens, as in trained models: the text before matters.
        vectors = {
            "ssm_conv1d.weight": self._draw(_INNER, _CONVOLUTION, scale=0.5),
            "ssm_conv1d.bias": self._draw(1, _INNER, scale=0.1)[0],
            "ssm_x.weight": self._draw(_TIME_STEP + 2 * _STATE, _INNER, scale=1.2 / np.sqrt(_INNER)),
            "ssm_dt.weight": self._draw(_INNER, _TIME_STEP, scale=0.5),
            "ssm_dt.bias": np.full(_INNER, np.log(np.expm1(0.05)), np.float32),
            "ssm_a": np.tile(-np.arange(1, _STATE + 1, dtype=np.float32), (_INNER, 1)),
            "ssm_d": np.ones(_INNER, np.float32),
        }
        for name, values in vectors.items():
            self._add(prefix + name, values, GGMLQuantizationType.F32)
        self._linear(prefix + "ssm_out", _EMBEDDING, _INNER, bias=False)

    def _linear(self, name: str, rows: int, columns: int, *, bias: bool) -> None:
        weight = self._draw(rows, columns, scale=1.2 / np.sqrt(columns))
        keeps_constant = name.endswith(("attn_output", "ffn_down", "ssm_out"))
        if keeps_constant:
            weight[0] = 0.0
        self._matrix(name + ".weight", weight)
        if bias:
            values = self._draw(1, rows, scale=0.1)[0]
            if keeps_constant:
                values[0] = 0.0
            self._add(name + ".bias", values, GGMLQuantizationType.F32)

    def _norm(self, name: str, kind: str) -> None:
        self._add(name + ".weight", np.ones(_EMBEDDING, np.float32), GGMLQuantizationType.F32)
        if kind == "gpt2":
            self._add(name + ".bias", np.zeros(_EMBEDDING, np.float32), GGMLQuantizationType.F32)

    def _matrix(self, name: str, values: NDArray[np.float32]) -> None:
        quantization = self._quantization
        if quantization == "mixed":
            quantization = ("Q8_0", "Q4_0")[self._matrices % 2]
        self._matrices += 1
        self._add(name, values, GGMLQuantizationType[quantization])

    def _add(self, name: str, values: NDArray[np.float32], kind: GGMLQuantizationType) -> None:
        data: NDArray[Any] = gguf.quants.quantize(values, kind)
        self._gguf.add_tensor(name, data, raw_dtype=kind)

    def _draw(self, rows: int, columns: int, *, scale: float) -> NDArray[np.float32]:
        return self._random.normal(0.0, scale, (rows, columns)).astype(np.float32)
