"""What the engine process says to the window."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, TypeAlias

import msgspec

from nextword.engine.requests import PerplexityRule
from nextword.engine.tokens import Candidate, TokenStep
from nextword.errors import Wire

StopReason: TypeAlias = Literal["end", "limit", "stopped", "context_full", "stop_text", "time", "loop"]
"""end: the model ended its turn; limit: max_tokens; stopped: Stop was pressed; context_full: no room is left;
stop_text, time, loop: what Until asks for."""

Stage: TypeAlias = Literal["starting", "idle", "loading", "prompt", "generating", "scoring"]


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The process is ready for requests. variant: the CPU build chosen by the engine check."""

    protocol: int
    pid: int
    variant: str
    llama_version: str
    check_seconds: float = 0.0
    tried: tuple[str, ...] = ()


class Heartbeat(msgspec.Struct, frozen=True, tag=True):
    """A sign of life once a second, whatever the main thread does."""

    stage: Stage


class Isolation(msgspec.Struct, frozen=True):
    """What the engine process may not do. level: full, partial or none; missing: why it is not full."""

    level: Literal["full", "partial", "none"]
    landlock_abi: int = 0
    network_blocked: bool = False
    writes_blocked: bool = False
    missing: tuple[str, ...] = ()


Kind: TypeAlias = Literal["base", "instruct"]


class VocabularyInfo(msgspec.Struct, frozen=True):
    """The rules of a model's tokens. type: spm, bpe, wpm, ugm, rwkv, plamo2 or "".

    bos, eos, eot: ids, None when there is none. fill_in_middle: ids by role (prefix, suffix, middle, pad, repository,
    separator), empty when the model has none.
    """

    type: str = ""
    bos: int | None = None
    eos: int | None = None
    eot: int | None = None
    adds_bos: bool = False
    adds_eos: bool = False
    fill_in_middle: dict[str, int] = {}


class MemoryUse(msgspec.Struct, frozen=True):
    """What memory llama.cpp took for a model, bytes. weights: all tensors that it loaded, each once.

    mapped: the part of the file from the first to the last tensor that is used where it lies, and can be read again.
    repacked: weights that were copied in another order, for speed; their pages of the file can be given back. cache:
    keys and values, or the state of a recurrent model. All 0: not known.
    """

    mapped_bytes: int = 0
    repacked_bytes: int = 0
    cache_bytes: int = 0
    compute_bytes: int = 0
    output_bytes: int = 0
    weights_bytes: int = 0


class ModelInfo(msgspec.Struct, frozen=True):
    """What is known of a loaded model. kind: whether it continues texts or answers; see `kind_reasons`.

    kind_reasons: what speaks for the kind, strongest first; see engine/kind.py for the forms. template_hash:
    SHA-256 of the template in use, hex. template_note: "" or why the built-in template is used ("none", "syntax",
    "runtime", "too_slow", "too_large", "memory"). shares_prefixes: False for recurrent and hybrid models, which
    read every prompt whole, one at a time. sliding_window: tokens, 0 for none. remote_host: of the server that
    answers, "" for a model on this machine. memory_type: of keys and values, "F32" or "F16". state_tokens: how many
    the snapshot given to Load holds, 0 when it was not given or does not fit (state_note says why: "model",
    "version", "context", "damaged").
    """

    path: str
    name: str
    architecture: str
    quantization: str
    kind: Kind
    size_bytes: int
    parameters: int
    vocabulary: int
    context_tokens: int
    trained_context_tokens: int
    has_bos: bool
    template_hash: str
    template_note: str = ""
    kind_reasons: tuple[str, ...] = ()
    tokens: VocabularyInfo = VocabularyInfo()
    shares_prefixes: bool = True
    sliding_window: int = 0
    memory_type: str = ""
    threads: int = 0
    state_tokens: int = 0
    state_note: str = ""
    memory: MemoryUse = MemoryUse()
    remote_host: str = ""


class LoadProgress(msgspec.Struct, frozen=True, tag=True):
    """fraction: 0 to 1."""

    job: int
    fraction: float


class Loaded(msgspec.Struct, frozen=True, tag=True):
    job: int
    model: ModelInfo
    isolation: Isolation
    seconds: float


SCAFFOLD = -1
"""In Tokenized.spans: what the template wrote."""
ANSWER = -2
"""In Tokenized.spans: the beginning of the answer."""


class PromptToken(msgspec.Struct, frozen=True, array_like=True):
    id: int
    text: bytes
    control: bool


class Tokenized(msgspec.Struct, frozen=True, tag=True):
    """per_message: how many tokens each message of a chat prompt takes, scaffold not counted.

    spans: what the tokens of a chat prompt are, in their order, as (index of the message, SCAFFOLD or ANSWER; count);
    empty where the template does not let that be told.
    """

    job: int
    tokens: tuple[PromptToken, ...]
    per_message: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()


class TokenKind(IntEnum):
    """What a token of a vocabulary is. CONTROL: it steers the model, as the ends of turns do."""

    NORMAL = 0
    CONTROL = 1
    USER_DEFINED = 2
    BYTE = 3
    UNKNOWN = 4
    UNUSED = 5


class VocabularyPart(msgspec.Struct, frozen=True, tag=True):
    """Some tokens of a vocabulary, from the id `first` on. texts: their bytes; kinds: a TokenKind each."""

    job: int
    first: int
    texts: tuple[bytes, ...]
    kinds: bytes


class VocabularyListed(msgspec.Struct, frozen=True, tag=True):
    """All parts were sent. ends: ids of the tokens at which the model ends its text. suppressed: ids that the file says
    are never to be drawn."""

    job: int
    tokens: int
    ends: tuple[int, ...] = ()
    suppressed: tuple[int, ...] = ()


class Started(msgspec.Struct, frozen=True, tag=True):
    """The prompt is known; cached tokens are still in memory, the others are evaluated now.

    restored: how many of the cached ones came from a snapshot. For lanes: the sums over all prompts, and cached is
    what needs no evaluation of its own because another lane shares it.
    """

    job: int
    prompt_tokens: int
    cached_tokens: int
    restored_tokens: int = 0


class PromptProgress(msgspec.Struct, frozen=True, tag=True):
    """How much of all that a job has to read is done; scoring sends it too."""

    job: int
    done_tokens: int
    total_tokens: int


class TokenChosen(msgspec.Struct, frozen=True, tag=True):
    """position: 0 for the first generated token of its lane."""

    job: int
    position: int
    step: TokenStep
    lane: int = 0


class Finished(msgspec.Struct, frozen=True, tag=True):
    """A generation has ended, or a job that was stopped. generation_seconds: from the first to the last token.

    evaluated_tokens: of the prompt, those that were not cached. trim_bytes: so many bytes at the end of the visible
    text are a stop text (or come after it) and are not shown.
    """

    job: int
    reason: StopReason
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    prompt_seconds: float
    generation_seconds: float
    evaluated_tokens: int = 0
    trim_bytes: int = 0


class LaneFinished(msgspec.Struct, frozen=True, tag=True):
    """One lane has ended; fields as in Finished. error: class name of what ended it, "" for none."""

    job: int
    lane: int
    reason: StopReason
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    generation_seconds: float
    trim_bytes: int = 0
    error: str = ""


class ScoredPart(msgspec.Struct, frozen=True, tag=True):
    """Some of the steps of a scored text. first: position of the first of them in the text's tokens, from 0.

    A text's first token has a step when a BOS stands before it; else steps begin with the second.
    """

    job: int
    first: int
    steps: tuple[TokenStep, ...]


class Scored(msgspec.Struct, frozen=True, tag=True):
    """A text is scored. tokens: of the text, BOS not counted; scored_tokens: those that have a probability.

    logprob_sum: natural log, over the scored tokens. scored_bytes: what those tokens spell. perplexity:
    exp(-logprob_sum / scored_tokens), standard_error that of the perplexity (as llama-perplexity has it).
    bits_per_byte: -logprob_sum / (ln 2 * scored_bytes). Both are NaN when nothing was scored. window, overlap, rule:
    what was used.
    """

    job: int
    tokens: int
    scored_tokens: int
    scored_bytes: int
    logprob_sum: float
    perplexity: float
    standard_error: float
    bits_per_byte: float
    window: int
    overlap: int
    rule: PerplexityRule
    cached_tokens: int
    evaluated_tokens: int
    seconds: float


class ScoredContinuation(msgspec.Struct, frozen=True, array_like=True):
    """One continuation of one group. logprob: natural log of its probability after the prompt, a sum over `ids`.

    logprobs, ranks: for each id. greedy: every id was the model's first choice. merged: the text's tokens cross the
    border to the prompt, so that the prompt alone has other tokens than with the continuation: the number is that of
    the tokens after the border. steps: when alternatives were asked for.
    """

    group: int
    index: int
    ids: tuple[int, ...]
    logprob: float
    logprobs: tuple[float, ...]
    ranks: tuple[int, ...]
    greedy: bool
    merged: bool = False
    steps: tuple[TokenStep, ...] = ()


class ContinuationsPart(msgspec.Struct, frozen=True, tag=True):
    """Some results, as soon as they are known."""

    job: int
    results: tuple[ScoredContinuation, ...]


class ContinuationsScored(msgspec.Struct, frozen=True, tag=True):
    """All results were sent. tokens: what there is to read if nothing were shared. evaluated_tokens: what was read.

    shared: False when the model cannot share prefixes and every text was read whole.
    """

    job: int
    tokens: int
    cached_tokens: int
    evaluated_tokens: int
    shared: bool
    seconds: float


class Distribution(msgspec.Struct, frozen=True, tag=True):
    """The model's distribution of the token after a prompt. named: logprobs of the tokens asked for, in their order.

    position: of the token it comes after. row: all logits, float32 of this machine's byte order, b"" when not asked
    for. candidates: the most likely tokens, best first. allowed: a bit for each token of the vocabulary, the first one
    the highest of the first byte: whether the grammar lets it come next; b"" without a grammar.
    """

    job: int
    position: int
    prompt_tokens: int
    cached_tokens: int
    evaluated_tokens: int
    entropy_bits: float
    candidates: tuple[Candidate, ...]
    named: tuple[float, ...] = ()
    row: bytes = b""
    allowed: bytes = b""


class StatePart(msgspec.Struct, frozen=True, tag=True):
    """A piece of a snapshot; pieces come in their order."""

    job: int
    data: bytes


class StateSaved(msgspec.Struct, frozen=True, tag=True):
    """The snapshot is complete: so many tokens in so many bytes. 0 tokens: there was nothing to keep."""

    job: int
    tokens: int
    size_bytes: int


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The job failed; kind and data as in errors.from_wire. The process lives on."""

    job: int
    kind: str
    data: Wire


class Pong(msgspec.Struct, frozen=True, tag=True):
    job: int


JobReply: TypeAlias = (
    Tokenized | VocabularyPart | VocabularyListed | Started | PromptProgress | TokenChosen | LaneFinished | Finished
    | ScoredPart | Scored | ContinuationsPart | ContinuationsScored | Distribution | StatePart | StateSaved
)  # fmt: skip
"""What a job says while it runs and when it has ended; see LAST."""

LAST = (Finished, Tokenized, VocabularyListed, Scored, ContinuationsScored, Distribution, StateSaved)
"""Nothing more comes of a job after one of these (or after Failed)."""

Reply: TypeAlias = Hello | Heartbeat | LoadProgress | Loaded | Failed | Pong | JobReply
