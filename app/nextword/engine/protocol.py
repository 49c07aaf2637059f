"""The messages between the window and the engine process, and how one travels: 4 bytes length, then msgpack.

Requests (requests.py) go down the engine's standard input, replies (replies.py) come up a pipe. Nothing here is ever
pickled: the engine parses files made by strangers, so what it sends is checked against these types before anyone looks
at it.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import IO

import msgspec

from nextword.engine.replies import (
    ANSWER as ANSWER,
)
from nextword.engine.replies import (
    LAST as LAST,
)
from nextword.engine.replies import (
    SCAFFOLD as SCAFFOLD,
)
from nextword.engine.replies import (
    ContinuationsPart as ContinuationsPart,
)
from nextword.engine.replies import (
    ContinuationsScored as ContinuationsScored,
)
from nextword.engine.replies import (
    Distribution as Distribution,
)
from nextword.engine.replies import (
    Failed as Failed,
)
from nextword.engine.replies import (
    Finished as Finished,
)
from nextword.engine.replies import (
    Heartbeat as Heartbeat,
)
from nextword.engine.replies import (
    Hello as Hello,
)
from nextword.engine.replies import (
    Isolation as Isolation,
)
from nextword.engine.replies import (
    JobReply as JobReply,
)
from nextword.engine.replies import (
    Kind as Kind,
)
from nextword.engine.replies import (
    LaneFinished as LaneFinished,
)
from nextword.engine.replies import (
    Loaded as Loaded,
)
from nextword.engine.replies import (
    LoadProgress as LoadProgress,
)
from nextword.engine.replies import (
    MemoryUse as MemoryUse,
)
from nextword.engine.replies import (
    ModelInfo as ModelInfo,
)
from nextword.engine.replies import (
    Pong as Pong,
)
from nextword.engine.replies import (
    PromptProgress as PromptProgress,
)
from nextword.engine.replies import (
    PromptToken as PromptToken,
)
from nextword.engine.replies import (
    Reply as Reply,
)
from nextword.engine.replies import (
    Scored as Scored,
)
from nextword.engine.replies import (
    ScoredContinuation as ScoredContinuation,
)
from nextword.engine.replies import (
    ScoredPart as ScoredPart,
)
from nextword.engine.replies import (
    Stage as Stage,
)
from nextword.engine.replies import (
    Started as Started,
)
from nextword.engine.replies import (
    StatePart as StatePart,
)
from nextword.engine.replies import (
    StateSaved as StateSaved,
)
from nextword.engine.replies import (
    StopReason as StopReason,
)
from nextword.engine.replies import (
    TokenChosen as TokenChosen,
)
from nextword.engine.replies import (
    Tokenized as Tokenized,
)
from nextword.engine.replies import (
    TokenKind as TokenKind,
)
from nextword.engine.replies import (
    VocabularyInfo as VocabularyInfo,
)
from nextword.engine.replies import (
    VocabularyListed as VocabularyListed,
)
from nextword.engine.replies import (
    VocabularyPart as VocabularyPart,
)
from nextword.engine.requests import (
    DEFAULT_STAGES as DEFAULT_STAGES,
)
from nextword.engine.requests import (
    ChatPrompt as ChatPrompt,
)
from nextword.engine.requests import (
    Generate as Generate,
)
from nextword.engine.requests import (
    GenerateLanes as GenerateLanes,
)
from nextword.engine.requests import (
    Group as Group,
)
from nextword.engine.requests import (
    Lane as Lane,
)
from nextword.engine.requests import (
    ListVocabulary as ListVocabulary,
)
from nextword.engine.requests import (
    Load as Load,
)
from nextword.engine.requests import (
    Look as Look,
)
from nextword.engine.requests import (
    Message as Message,
)
from nextword.engine.requests import (
    MixedPrompt as MixedPrompt,
)
from nextword.engine.requests import (
    PerplexityRule as PerplexityRule,
)
from nextword.engine.requests import (
    Ping as Ping,
)
from nextword.engine.requests import (
    Prompt as Prompt,
)
from nextword.engine.requests import (
    Request as Request,
)
from nextword.engine.requests import (
    SamplerStage as SamplerStage,
)
from nextword.engine.requests import (
    Sampling as Sampling,
)
from nextword.engine.requests import (
    SaveState as SaveState,
)
from nextword.engine.requests import (
    Score as Score,
)
from nextword.engine.requests import (
    ScoreContinuations as ScoreContinuations,
)
from nextword.engine.requests import (
    Stop as Stop,
)
from nextword.engine.requests import (
    TextPrompt as TextPrompt,
)
from nextword.engine.requests import (
    Tokenize as Tokenize,
)
from nextword.engine.requests import (
    TokenPrompt as TokenPrompt,
)
from nextword.engine.requests import (
    Until as Until,
)
from nextword.engine.requests import (
    Work as Work,
)
from nextword.errors import ProtocolBroken

VERSION = 3
MAX_FRAME_BYTES = 8 * 1024 * 1024
HEARTBEAT_SECONDS = 1.0

_LENGTH = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()


@cache
def _requests() -> msgspec.msgpack.Decoder[Request]:
    return msgspec.msgpack.Decoder(Request)


@cache  # made by the thread that reads: the start of the window does not wait for it
def _replies() -> msgspec.msgpack.Decoder[Reply]:
    return msgspec.msgpack.Decoder(Reply)


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
        return None if data is None else _requests().decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolBroken(reason="garbage", detail=str(error)[:200]) from error


def read_reply(stream: IO[bytes]) -> Reply | None:
    """Read one event; None at the end of the stream. Raises ProtocolBroken."""
    data = _read_frame(stream)
    try:
        return None if data is None else _replies().decode(data)
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
