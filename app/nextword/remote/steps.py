"""What a server says of its tokens, as steps. It names a few alternatives at most, so they say less than our own."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from nextword.engine.tokens import NO_ID, Candidate, TokenStep

_LEAST_LOGPROB = -1000.0
_MOST_ALTERNATIVES = 64


def plain_step(text: str) -> TokenStep:
    """Return a piece of text about which the server said nothing: no probability, no alternatives."""
    data = text.encode("utf-8", "surrogatepass")
    return TokenStep(_stand_in(data), data, 0.0, 1, 0.0, 0.0, 1)


def chat_steps(content: Sequence[Mapping[str, Any]]) -> list[TokenStep]:
    """Return the steps of `logprobs.content` (chat completions): token, bytes, logprob, top_logprobs."""
    return [_step(each, [other for other in each.get("top_logprobs") or () if other]) for each in content]


def completion_steps(logprobs: Mapping[str, Any]) -> list[TokenStep]:
    """Return the steps of `logprobs` of a completion: tokens, token_logprobs, top_logprobs (text to logprob)."""
    if logprobs.get("content"):  # llama-server gives both routes the newer form
        return chat_steps(logprobs["content"])
    tokens = logprobs.get("tokens") or ()
    own = logprobs.get("token_logprobs") or [None] * len(tokens)
    tops = logprobs.get("top_logprobs") or [None] * len(tokens)
    steps = []
    for token, logprob, top in zip(tokens, own, tops, strict=False):
        others = [{"token": text, "logprob": value} for text, value in (top or {}).items()]
        steps.append(_step({"token": token, "logprob": logprob}, others))
    return steps


def _step(said: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> TokenStep:
    data = _bytes_of(said)
    logprob = _number(said.get("logprob"))
    if logprob is None:
        return plain_step(data.decode("utf-8", "surrogateescape"))
    candidates = sorted(
        (
            Candidate(_stand_in(text := _bytes_of(other)), text, value)
            for other in others[:_MOST_ALTERNATIVES]
            if (value := _number(other.get("logprob"))) is not None
        ),
        key=lambda candidate: -candidate.logprob,
    )
    rank = 1 + sum(candidate.logprob > logprob + 1e-9 for candidate in candidates)
    return TokenStep(_stand_in(data), data, logprob, rank, math.nan, logprob, 0, tuple(candidates))


def _bytes_of(said: Mapping[str, Any]) -> bytes:
    """Return the bytes that a token spells; half a character has them in `bytes` alone."""
    numbers = said.get("bytes")
    if isinstance(numbers, list) and all(isinstance(n, int) and 0 <= n < 256 for n in numbers):
        return bytes(numbers)
    return str(said.get("token", "")).encode("utf-8", "surrogatepass")


def _number(value: object) -> float | None:
    """Return a log-probability; servers say null, and -9999 for what they do not know."""
    if not isinstance(value, int | float) or math.isnan(value):
        return None
    return min(0.0, max(float(value), _LEAST_LOGPROB))


def _stand_in(data: bytes) -> int:
    """Return the number under which a text is kept: the server does not say the token's id."""
    return NO_ID | zlib.crc32(data) & (NO_ID - 1)
