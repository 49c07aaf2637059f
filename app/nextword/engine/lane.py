"""One continuation that is being generated: its tokens, how the next is drawn, and why it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from nextword.engine.analyst import Analyst, Drawn
from nextword.engine.endings import Loop, StopTexts
from nextword.engine.model import Model
from nextword.engine.replies import StopReason
from nextword.engine.requests import Until
from nextword.engine.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Wish:
    """What one lane is asked for. ids: the prompt. alternatives: candidates per token, 0 to 64.

    given: so many ids at the end of the prompt are the beginning of the answer, which a grammar has to allow.
    """

    ids: list[int]
    sampler: Sampler
    until: Until
    alternatives: int = 20
    given: int = 0


@dataclass(slots=True)
class Account:
    """What a lane took. Tokens of the prompt: all, and those that were known or shared; tokens that were told."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    restored_tokens: int = 0
    generated_tokens: int = 0
    prompt_seconds: float = 0.0
    generation_seconds: float = 0.0

    @property
    def evaluated_tokens(self) -> int:
        """Tokens of the prompt that were read."""
        return self.prompt_tokens - self.cached_tokens


class Lane:
    """A continuation and its place in the memory.

    ids: the prompt and what was generated. done: how many of them its sequence holds. sequence: where, None while
    it waits. reason: why it ended, None while it goes on.
    """

    def __init__(self, number: int, wish: Wish, analyst: Analyst, told: Callable[[Drawn], None]) -> None:
        self.number = number
        self.ids = list(wish.ids)
        self.account = Account(prompt_tokens=len(wish.ids))
        self.sequence: int | None = None
        self.done = 0
        self.reason: StopReason | None = None
        self.trim_bytes = 0
        self._wish = wish
        self._analyst = analyst
        self._told = told
        self._stops: StopTexts[Drawn] = StopTexts(wish.until.stop_texts)
        self._loop = Loop(wish.until.loop_tokens)
        self._drawn = 0
        self._began = time.monotonic()
        self._first_at = 0.0
        wish.sampler.begin(wish.ids, given=wish.given)

    @property
    def missing(self) -> int:
        """How many of its tokens have to be evaluated before the next can be drawn."""
        return len(self.ids) - self.done

    def begin(self) -> None:
        """Count the time from here."""
        self._began = time.monotonic()

    def draw(self, model: Model, index: int) -> None:
        """Draw the next token from the logits at `index` of the last batch; end the lane when that is a reason."""
        row = model.row(index)
        drawn = self._wish.sampler.sample(row)
        now = time.monotonic()
        if not self._drawn:
            self.account.prompt_seconds = now - self._began
            self._first_at = now
        self.account.generation_seconds = now - self._first_at
        item = Drawn(self.number, self._drawn, self._analyst.keep(row), drawn, self._wish.alternatives)
        self._drawn += 1
        self.ids.append(drawn.id)
        self._wish.sampler.accept(drawn.id)
        vocabulary = model.vocabulary
        text = b"" if vocabulary.is_control(drawn.id) else vocabulary.piece(drawn.id)
        release = self._stops.feed(item, text)
        self._tell(release.items)
        if release.found:
            self.trim_bytes = release.trim_bytes
            self.end("stop_text")
        elif vocabulary.is_end(drawn.id):
            self.end("end")
        elif self._loop.feed(drawn.id):
            self.end("loop")
        elif self._drawn >= self._wish.until.max_tokens:
            self.end("limit")
        elif 0 < self._wish.until.max_seconds <= self.account.generation_seconds:
            self.end("time")
        elif len(self.ids) >= model.context_tokens:
            self.end("context_full")

    def end(self, reason: StopReason) -> None:
        """End the lane; what was held back is told."""
        if self.reason is None:
            self.reason = reason
            self._tell(self._stops.flush())

    def _tell(self, items: list[Drawn]) -> None:
        for item in items:
            self.account.generated_tokens += 1
            self._told(item)
