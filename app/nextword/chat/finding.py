"""How likely a text would have been at a place of an answer, exactly: the model is asked after the same tokens."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from nextword.chat.seeing import SeenPrompt
from nextword.chat.session import ChatSession
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError

SAME_LOGPROB = 0.01
"""Numbers that are read in other batches differ by less, in nats; after another prompt they differ by more."""


class FoundText(Struct, frozen=True):
    """A text as tokens after the place. logprob: natural log of the probability of all of them, one after the other."""

    steps: tuple[TokenStep, ...]
    logprob: float


class Finds(Struct, frozen=True):
    """What came of a search. same: the model gives the token that stands there the number that was stored with it, so
    prompt and model are those that the answer was made with. texts: as written, then with a space before."""

    texts: tuple[FoundText, ...] = ()
    same: bool = True
    error: NextwordError | None = None


Done = Callable[[Finds], None]


class Finding:
    """One search at a time; a new one takes the place of the last."""

    def __init__(self, session: ChatSession, engine: Engine) -> None:
        self._session = session
        self._engine = engine
        self._number = 0

    def find(self, index: int, position: int, text: str, done: Done) -> None:
        """Give `done` how likely `text` was in the place of the token at `position` of the answer at `index`."""
        self._number += 1
        steps = self._session.shown[index].steps
        before = tuple(step.id for step in steps[:position])
        asked = partial(self._on_prompt, (self._number, steps[position], before), text, done)
        self._session.prompt_tokens(index, asked)

    def forget(self) -> None:
        """Tell nothing of what is being searched."""
        self._number += 1

    def _on_prompt(
        self, place: tuple[int, TokenStep, tuple[int, ...]], text: str, done: Done, prompt: SeenPrompt
    ) -> None:
        number, step, before = place
        if number != self._number:
            return
        if not prompt.tokens:
            done(Finds(error=prompt.error))
            return
        ids = tuple(token.id for token in prompt.tokens) + before
        wanted: tuple[str | tuple[int, ...], ...] = (text,) if text[:1].isspace() else (text, " " + text)
        group = protocol.Group(protocol.TokenPrompt(ids), ((step.id,), *wanted))
        request = protocol.ScoreContinuations(0, (group,), alternatives=1)
        self._engine.ask(request, _Listener(step, lambda finds: self._tell(number, done, finds)))

    def _tell(self, number: int, done: Done, finds: Finds) -> None:
        if number == self._number:
            done(finds)


class _Listener:
    """Collects the parts of one reply."""

    def __init__(self, step: TokenStep, done: Done) -> None:
        self._step = step
        self._done = done
        self._results: dict[int, protocol.ScoredContinuation] = {}

    def __call__(self, event: JobEvent) -> None:
        match event:
            case protocol.ContinuationsPart():
                self._results |= {result.index: result for result in event.results}
            case protocol.ContinuationsScored():
                stored = self._results.pop(0, None)
                texts = tuple(FoundText(found.steps, found.logprob) for _, found in sorted(self._results.items()))
                generated = bool(self._step.candidates)
                same = stored is not None and abs(stored.logprob - self._step.logprob) <= SAME_LOGPROB
                self._done(Finds(texts, same or not generated))
            case JobFailed():
                self._done(Finds(error=event.error))
            case protocol.Finished():  # it was stopped
                self._done(Finds())
            case _:
                pass
