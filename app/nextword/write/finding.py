"""How likely any text would have been in the place of a token, exactly, after the ids that stand before it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.client import JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.write.session import WriteSession


class FoundText(Struct, frozen=True):
    """A text as tokens. logprob: natural log of the probability of all of them, one after the other."""

    steps: tuple[TokenStep, ...]
    logprob: float


class Finds(Struct, frozen=True):
    """texts: as written, then with a space before it; none while what stands before has no tokens."""

    texts: tuple[FoundText, ...] = ()
    error: NextwordError | None = None


class Finding:
    """One search at a time; a new one takes the place of the last."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        self._number = 0

    def forget(self) -> None:
        """Tell nothing of what is being searched."""
        self._number += 1

    def find(self, token: int, text: str, done: Callable[[Finds], None]) -> None:
        """Give `done` how likely `text` was in the place of a token."""
        self._number += 1
        number = self._number
        ids = self._session.ids_before(token)
        if not ids:
            done(Finds())
            return
        wanted = (text,) if text[:1].isspace() else (text, " " + text)
        results: dict[int, protocol.ScoredContinuation] = {}

        def on_event(event: JobEvent) -> None:
            if isinstance(event, protocol.ContinuationsPart):
                results.update((result.index, result) for result in event.results)
            if number != self._number:
                return
            match event:
                case protocol.ContinuationsScored():
                    found = [FoundText(result.steps, result.logprob) for _, result in sorted(results.items())]
                    done(Finds(tuple(found)))
                case JobFailed():
                    done(Finds(error=event.error))
                case _:
                    pass

        group = protocol.Group(protocol.TokenPrompt(ids), wanted)
        self._session.engine.ask(protocol.ScoreContinuations(0, (group,), alternatives=1), on_event)
