"""The token loop: evaluate a prompt, then yield one TokenStep per token until there is a reason to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from nextword.engine import sampler
from nextword.engine.model import Interrupted, Model
from nextword.engine.protocol import Sampling, StopReason
from nextword.engine.tokens import Candidate, TokenStep
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import ContextTooSmall

Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many tokens of the prompt are known and how many there are."""


@dataclass(slots=True)
class Account:
    """What a generation took; complete when it has ended. Seconds: prompt, and first to last token."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    prompt_seconds: float = 0.0
    generation_seconds: float = 0.0
    _first: float = field(default=0.0, repr=False)

    def count(self) -> None:
        """Count one token, just chosen."""
        now = time.monotonic()
        if self.generated_tokens == 0:
            self._first = now
        self.generated_tokens += 1
        self.generation_seconds = now - self._first


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. alternatives: candidates per token, 0 to 64."""

    ids: Sequence[int]
    sampling: Sampling
    max_tokens: int
    alternatives: int = 20


def start(model: Model, ids: Sequence[int]) -> Account:
    """Look what of the prompt is known. Raises ContextTooSmall when it leaves no room for a token."""
    if len(ids) >= model.context_tokens:
        raise ContextTooSmall(len(ids), model.context_tokens - 1)
    return Account(prompt_tokens=len(ids), cached_tokens=model.keep_prefix(ids))


def run(
    model: Model, wish: Wish, account: Account, progress: Progress, stopped: Callable[[], bool]
) -> Generator[TokenStep, None, StopReason]:
    """Yield the steps and return why it ended. `account` is that of `start`.

    stopped: looked at before every token; within an evaluation `Model.interrupt` does the same.
    """
    try:
        _read_prompt(model, wish.ids, account, progress)
    except Interrupted:
        return "stopped"
    random = np.random.Generator(np.random.PCG64(wish.sampling.seed))
    recent = list(wish.ids)
    vocabulary = model.vocabulary
    for number in range(1, wish.max_tokens + 1):
        if stopped():
            return "stopped"
        choice = sampler.choose(
            model.logits(),
            wish.sampling,
            draw=float(random.random()),
            recent=recent[-sampler.PENALTY_TOKENS :],
            alternatives=wish.alternatives,
        )
        account.count()
        yield step_of(choice, vocabulary)
        recent.append(choice.id)
        if vocabulary.is_end(choice.id):
            return "end"
        if number == wish.max_tokens:
            break
        if len(recent) >= model.context_tokens:
            return "context_full"
        try:
            model.feed([choice.id])
        except Interrupted:
            return "stopped"
    return "limit"


def step_of(choice: sampler.Choice, vocabulary: Vocabulary) -> TokenStep:
    """Add the bytes of the tokens to what the sampler found."""
    return TokenStep(
        id=choice.id,
        text=vocabulary.piece(choice.id),
        logprob=choice.logprob,
        rank=choice.rank,
        entropy_bits=choice.entropy_bits,
        sampled_logprob=choice.sampled_logprob,
        kept=choice.kept,
        candidates=tuple(
            Candidate(token, vocabulary.piece(token), logprob, after, cut, vocabulary.is_control(token))
            for token, logprob, after, cut in choice.candidates
        ),
        special=vocabulary.is_control(choice.id),
    )


def _read_prompt(model: Model, ids: Sequence[int], account: Account, progress: Progress) -> None:
    """Evaluate what is not known yet, in batches."""
    began = time.monotonic()
    total = len(ids)
    for at in range(account.cached_tokens, total, model.batch_tokens):
        progress(at, total)
        model.feed(ids[at : at + model.batch_tokens])
    progress(total, total)
    account.prompt_seconds = time.monotonic() - began
