"""How likely each token of a given text is after what stands before it."""

from __future__ import annotations

from nextword.engine import sampler
from nextword.engine.generate import step_of
from nextword.engine.model import Model
from nextword.engine.tokens import TokenStep
from nextword.errors import ContextTooSmall

_MAX_CANDIDATES = 150_000  # of one answer: what fits into a frame of 8 MB


def score(model: Model, ids: list[int], alternatives: int) -> list[TokenStep]:
    """Return one step for every token of `ids` but the first, which nothing stands before.

    Very long texts get fewer alternatives per token. Raises ContextTooSmall, and Interrupted when the model was told
    to stop.
    """
    if len(ids) > model.context_tokens:
        raise ContextTooSmall(len(ids), model.context_tokens)
    alternatives = min(alternatives, _MAX_CANDIDATES // len(ids))
    model.keep_prefix(ids[:1])  # forgets all: the logits of every position are wanted
    size = model.output_tokens
    steps: list[TokenStep] = []
    for at in range(0, len(ids), size):
        model.feed(ids[at : at + size], every=True)
        for index, token in enumerate(ids[at + 1 : at + 1 + size]):
            steps.append(step_of(sampler.judge(model.logits(index), token, alternatives), model.vocabulary))
    return steps
