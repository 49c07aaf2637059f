"""The messages between the window and the engine process, and how one travels: 4 bytes length, then msgpack.

Requests go down the engine's standard input, events come up a pipe. Nothing here is ever pickled: the engine
parses files made by strangers, so what it sends is checked against these types before anyone looks at it.
"""

from __future__ import annotations

import struct
from typing import IO, Literal, TypeAlias

import msgspec

from nextword.engine.tokens import TokenStep
from nextword.errors import ProtocolBroken, Wire

VERSION = 1
MAX_FRAME_BYTES = 8 * 1024 * 1024
HEARTBEAT_SECONDS = 1.0

StopReason: TypeAlias = Literal["end", "limit", "stopped", "context_full"]
"""end: the model ended its turn; limit: max_tokens; stopped: Stop was pressed; context_full: no room is left."""

Stage: TypeAlias = Literal["starting", "idle", "loading", "prompt", "generating", "scoring"]


class Message(msgspec.Struct, frozen=True):
    """One message of a chat as the model gets it."""

    role: Literal["system", "user", "assistant"]
    text: str


class Sampling(msgspec.Struct, frozen=True):
    """How tokens are drawn; units and ranges as in settings.SamplingSettings, but the seed is always given."""

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    seed: int = 0


class ChatPrompt(msgspec.Struct, frozen=True, tag="chat"):
    """Messages for the model's chat template; what people wrote never becomes a control token.

    answer_start: ids of tokens that the answer already begins with (continue, branch from an alternative).
    """

    messages: tuple[Message, ...]
    answer_start: tuple[int, ...] = ()


class TextPrompt(msgspec.Struct, frozen=True, tag="text"):
    """Plain text to be continued; a BOS goes before it exactly when the vocabulary says so."""

    text: str
    answer_start: tuple[int, ...] = ()


Prompt: TypeAlias = ChatPrompt | TextPrompt


# --- requests: window to engine -----------------------------------------------------------------------------


class Load(msgspec.Struct, frozen=True, tag=True):
    """Open a model file. A process opens one model in its life; another model is another process.

    context_tokens 0: trained context, at most 4,096. threads 0: all cores.
    """

    job: int
    path: str
    context_tokens: int = 0
    threads: int = 0


class Tokenize(msgspec.Struct, frozen=True, tag=True):
    """Ask for the exact tokens of a prompt, nothing is generated."""

    job: int
    prompt: Prompt


class Generate(msgspec.Struct, frozen=True, tag=True):
    """Ask for a continuation of `prompt`. alternatives: how many candidates each token carries, 0 to 64."""

    job: int
    prompt: Prompt
    sampling: Sampling
    max_tokens: int
    alternatives: int = 20


class Score(msgspec.Struct, frozen=True, tag=True):
    """Ask how likely each token of `text` was after what stands before it."""

    job: int
    text: str
    alternatives: int = 20


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End the job as soon as possible; its Finished (or Failed) still comes. An unknown job is ignored."""

    job: int


class Ping(msgspec.Struct, frozen=True, tag=True):
    """Ask for a Pong from the thread that also answers while a model computes."""

    job: int


Request: TypeAlias = Load | Tokenize | Generate | Score | Stop | Ping


# --- events: engine to window -------------------------------------------------------------------------------


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


class ModelInfo(msgspec.Struct, frozen=True):
    """What is known of a loaded model. kind: "instruct" if it brings a chat template, else "base".

    template_hash: SHA-256 of the template in use, hex. template_note: "" or why the built-in template is used
    ("none", "syntax", "runtime", "too_slow", "too_large", "memory").
    """

    path: str
    name: str
    architecture: str
    quantization: str
    kind: Literal["base", "instruct"]
    size_bytes: int
    parameters: int
    vocabulary: int
    context_tokens: int
    trained_context_tokens: int
    has_bos: bool
    template_hash: str
    template_note: str = ""


class LoadProgress(msgspec.Struct, frozen=True, tag=True):
    """fraction: 0 to 1."""

    job: int
    fraction: float


class Loaded(msgspec.Struct, frozen=True, tag=True):
    job: int
    model: ModelInfo
    isolation: Isolation
    seconds: float


class PromptToken(msgspec.Struct, frozen=True, array_like=True):
    id: int
    text: bytes
    control: bool


class Tokenized(msgspec.Struct, frozen=True, tag=True):
    """per_message: how many tokens each message of a chat prompt takes, scaffold not counted."""

    job: int
    tokens: tuple[PromptToken, ...]
    per_message: tuple[int, ...] = ()


class Started(msgspec.Struct, frozen=True, tag=True):
    """The prompt is known; cached tokens are still in memory, the others are evaluated now."""

    job: int
    prompt_tokens: int
    cached_tokens: int


class PromptProgress(msgspec.Struct, frozen=True, tag=True):
    job: int
    done_tokens: int
    total_tokens: int


class TokenChosen(msgspec.Struct, frozen=True, tag=True):
    """position: 0 for the first generated token."""

    job: int
    position: int
    step: TokenStep


class Finished(msgspec.Struct, frozen=True, tag=True):
    """generation_seconds: from the first to the last token."""

    job: int
    reason: StopReason
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    prompt_seconds: float
    generation_seconds: float


class Scored(msgspec.Struct, frozen=True, tag=True):
    """steps: one for each token of the text that something stands before (the first too when there is a BOS)."""

    job: int
    steps: tuple[TokenStep, ...]
    seconds: float


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The job failed; kind and data as in errors.from_wire. The process lives on."""

    job: int
    kind: str
    data: Wire


class Pong(msgspec.Struct, frozen=True, tag=True):
    job: int


Reply: TypeAlias = (
    Hello | Heartbeat | LoadProgress | Loaded | Tokenized | Started | PromptProgress | TokenChosen | Finished
    | Scored | Failed | Pong
)  # fmt: skip

_LENGTH = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()
_request_decoder = msgspec.msgpack.Decoder(Request)
_reply_decoder = msgspec.msgpack.Decoder(Reply)


def write_frame(stream: IO[bytes], message: Request | Reply) -> None:
    """Write one message and flush. Raises ProtocolBroken when it is too large, OSError when the pipe is gone."""
    data = encode(message)
    if len(data) > MAX_FRAME_BYTES:
        raise ProtocolBroken(reason="oversized", detail=f"{type(message).__name__}, {len(data)} bytes")
    write_data(stream, data)


def encode(message: Request | Reply) -> bytes:
    """Return the bytes of one message, without their length. Raises UnicodeEncodeError for half a character."""
    return _encoder.encode(message)


def write_data(stream: IO[bytes], data: bytes) -> None:
    """Write one encoded message and flush. Raises OSError when the pipe is gone."""
    stream.write(_LENGTH.pack(len(data)) + data)
    stream.flush()


def read_request(stream: IO[bytes]) -> Request | None:
    """Read one request; None at the end of the stream. Raises ProtocolBroken."""
    data = _read_frame(stream)
    try:
        return None if data is None else _request_decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolBroken(reason="garbage", detail=str(error)[:200]) from error


def read_reply(stream: IO[bytes]) -> Reply | None:
    """Read one event; None at the end of the stream. Raises ProtocolBroken."""
    data = _read_frame(stream)
    try:
        return None if data is None else _reply_decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolBroken(reason="garbage", detail=str(error)[:200]) from error


def _read_frame(stream: IO[bytes]) -> bytes | None:
    head = stream.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise ProtocolBroken(reason="half_frame")
    (length,) = _LENGTH.unpack(head)
    if length > MAX_FRAME_BYTES:
        raise ProtocolBroken(reason="oversized", detail=f"{length} bytes")
    data = stream.read(length)
    if len(data) < length:
        raise ProtocolBroken(reason="half_frame", detail=f"{len(data)} of {length} bytes")
    return data
