"""Texts and tokens that a new version of an answer can begin with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nextword.engine.protocol import ModelInfo, PromptToken
from nextword.engine.tokens import TokenStep, Utf8Stream
from nextword.history.records import Origin


def has_tokens_of(origin: Origin | None, model: ModelInfo, sha256: str) -> bool:
    """Say whether a message that `origin` made has the tokens of `model`, whose file has `sha256` ("": not known).

    Only the same file is sure to have the same vocabulary. Where one of the two was not hashed yet, a file that
    another one took the place of shows in its name or its template.
    """
    if origin is None:
        return False
    if origin.model_sha256 and sha256:
        return origin.model_sha256 == sha256
    made = (origin.model_file, origin.model_name, origin.template_hash)
    return made == (model.path, model.name, model.template_hash)


def as_written(tokens: Iterable[PromptToken]) -> list[TokenStep]:
    """Return steps for a text that was not generated: certain by decree, without alternatives."""
    return [TokenStep(token.id, token.text, 0.0, 1, 0.0, 0.0, 1) for token in tokens if not token.control]


def text_before(steps: Sequence[TokenStep]) -> str:
    """Return the visible text of `steps` without half a character at its end."""
    stream = Utf8Stream()
    return "".join(stream.feed(step.text) for step in steps if not step.special)


def without_halves(text: str) -> str:
    """Return `text` with whole characters only: a lone surrogate can neither be stored nor be sent."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
