"""Tokens made for the tests of widgets."""

from __future__ import annotations

import math

from nextword.engine.tokens import Candidate, Cut, TokenStep


def token(
    text: str | bytes,
    probability: float = 0.5,
    *,
    candidates: tuple[Candidate, ...] = (),
    special: bool = False,
    rank: int = 1,
) -> TokenStep:
    """Return a token without guessing anything: candidates only if they are given."""
    data = text.encode() if isinstance(text, str) else text
    logprob = math.log(probability)
    return TokenStep(7, data, logprob, rank, 4.1, logprob, 3, candidates, special)


def candidate(token_id: int, text: str, probability: float, *, cut: Cut = Cut.KEPT) -> Candidate:
    """Return a candidate; one that was cut has no probability after the sampler."""
    after = None if cut != Cut.KEPT else math.log(probability)
    return Candidate(token_id, text.encode(), math.log(probability), after, cut)
