"""Which tokens of a document the model drew in one go."""

from __future__ import annotations

from nextword.write.asking_tokens import FILLED
from nextword.write.session import WriteSession


def is_drawn(session: WriteSession, token: int) -> bool:
    """Whether the model that is loaded drew a token, with settings that are known."""
    origin = session.board.origin_of(token)
    drawn = session.written.by_model(token) and session.steps[token].kept > 0
    return drawn and origin is not None and bool(origin.sampling) and not session.board.is_foreign(token)


def is_filled(session: WriteSession, token: int | None) -> bool:
    """Whether a token was written into a gap: what stood behind it was in the prompt, too."""
    if token is None or token >= len(session.steps):
        return False
    origin = session.board.origin_of(token)
    return origin is not None and FILLED in origin.sampling


def same_run(session: WriteSession, one: int, other: int) -> bool:
    """Whether two tokens that stand beside each other were drawn in one go."""
    both = is_drawn(session, one) and is_drawn(session, other)
    return both and session.board.origin_of(one) == session.board.origin_of(other)


def run_begins(session: WriteSession, token: int | None) -> int:
    """Return the first token of the run that a token was drawn in; for another token, or None for the next one that
    is drawn, a run begins right there."""
    if token is None:
        return len(session.steps)
    while token > 0 and same_run(session, token - 1, token):
        token -= 1
    return token
