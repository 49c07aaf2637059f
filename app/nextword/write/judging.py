"""How likely the text before a place is, token by token: only what is new or stale is asked for again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from nextword.engine import protocol
from nextword.engine.client import JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.write.asking_tokens import Sent
from nextword.write.board import Board

MOST_TOKENS = 20_000
"""A longer text is scored up to here."""


class Totals(Struct, frozen=True):
    """What the numbers of a text come to. tokens: of the text; scored: those that have a probability.

    window, overlap: how it was read, in tokens; left_out: characters behind what was read.
    """

    tokens: int
    scored: int
    bits: float
    size_bytes: int
    window: int = 0
    overlap: int = 0
    left_out: int = 0

    @property
    def bits_per_byte(self) -> float:
        return self.bits / self.size_bytes if self.size_bytes else math.nan

    @property
    def bits_per_token(self) -> float:
        return self.bits / self.scored if self.scored else math.nan

    @property
    def perplexity(self) -> float:
        """2 to the mean of the bits: exp of the mean of -ln p over the scored tokens."""
        mean = self.bits_per_token
        return math.nan if math.isnan(mean) else float(2.0 ** min(mean, 1000.0))


Ended = Callable[[Totals | None, NextwordError | None], None]


class Judging:
    """One scoring. It gives the board the numbers as they come; `ended` hears what they come to, None if stopped.

    progressed: called with how many tokens are read, and of how many.
    """

    def __init__(self, board: Board, sent: Sent, *, alternatives: int, origin: int, ended: Ended) -> None:
        self._board = board
        self._sent = sent
        self._origin = origin
        self._alternatives = alternatives
        self._ended = ended
        self._lead = sent.lead
        self._window = self._overlap = 0
        self._steps: dict[int, TokenStep] = {}
        self.progressed: Callable[[int, int], None] = lambda _done, _total: None
        self.job: int | None = None

    def begin(self) -> int | None:
        """Lay the tokens on the text and ask for the numbers that are missing; return the job, None if none are."""
        board, sent = self._board, self._sent
        board.lay(sent.ends, sent.steps(), self._origin)
        ids = sent.ids[: MOST_TOKENS + self._lead]
        known = self._known(len(ids) - self._lead)
        if known >= len(ids) - self._lead:
            self._end()
            return None
        context = board.engine.status.model.context_tokens if board.engine.status.model is not None else 0
        if known and len(ids) <= context:
            head = ids[: self._lead + known]
            group = protocol.Group(protocol.TokenPrompt(head), (ids[len(head) :],))
            request: protocol.Work = protocol.ScoreContinuations(0, (group,), alternatives=self._alternatives)
            self._first = known
        else:
            request = protocol.Score(0, protocol.TokenPrompt(ids), alternatives=self._alternatives)
            self._first = 0
        self.job = board.engine.ask(request, self._on_event)
        return self.job

    def _known(self, count: int) -> int:
        """Return how many tokens at the beginning have numbers that hold; the first may have none."""
        known = 0
        for token in range(min(count, len(self._board.written))):
            if not self._board.is_fresh(token) and not (token == 0 and not self._lead):
                break
            known += 1
        return known if known > 1 or self._lead else 0

    def _on_event(self, event: JobEvent) -> None:
        match event:
            case protocol.ScoredPart():
                self._take(event.first, event.steps)
            case protocol.ContinuationsPart():
                for result in event.results:
                    self._take(self._first, result.steps)
            case protocol.PromptProgress():
                self.progressed(event.done_tokens, event.total_tokens)
            case protocol.Scored():
                self._window, self._overlap = event.window, event.overlap
                self._end()
            case protocol.ContinuationsScored():
                self._end()
            case protocol.Finished():
                self._ended(None, None)
            case JobFailed():
                self._ended(None, event.error)
            case _:
                pass

    def _take(self, first: int, steps: Sequence[TokenStep]) -> None:
        written = self._board.written
        steps = steps[: max(0, len(written) - first)]
        while steps and any(written.steps[first + place].id != step.id for place, step in enumerate(steps)):
            return  # the text is another one by now
        written.renew(first, steps, origin=self._origin)
        self._board.tokens_changed.emit(None)

    def _end(self) -> None:
        count = min(len(self._sent.tokens) - self._lead, MOST_TOKENS)
        found = totals_of(self._board, count, window=self._window, overlap=self._overlap, lead=self._lead)
        if count >= MOST_TOKENS or self._sent.is_cut:
            ends = self._board.written.ends
            read = ends[count - 1] if 0 < count <= len(ends) else 0
            found = replace(found, left_out=max(0, self._sent.characters - read))
        self._ended(found, None)


def totals_of(board: Board, count: int, *, window: int = 0, overlap: int = 0, lead: int = 0) -> Totals:
    """Return what the numbers of the first `count` tokens come to. window 0: the context of the model. lead: tokens
    before the text. There is no overlap where all of it is in one window."""
    written, model = board.written, board.engine.status.model
    steps = [step for step in written.steps[:count] if step.candidates]
    size = sum(len(step.text) for step in steps)
    first = written.steps[0] if count and written.steps else None
    if first is not None and first.candidates and first.text[:1] == b" " and written.text[:1] != " ":
        size -= 1  # the space that a vocabulary puts before a text
    window = window or (model.context_tokens if model is not None else 0)
    return Totals(
        tokens=count,
        scored=len(steps),
        bits=math.fsum(-step.logprob for step in steps) / math.log(2),
        size_bytes=size,
        window=window,
        overlap=overlap if count + lead > window else 0,
    )


def whole_totals(board: Board) -> Totals | None:
    """Return what the numbers of the whole text come to, None while some of it has none that hold."""
    written = board.written
    lead = 1 if written.steps and not written.steps[0].candidates else 0
    if not written.covered(0, len(written.text)) or not all(map(board.is_fresh, range(lead, len(written)))):
        return None
    if not written.steps:
        return None
    model = board.engine.status.model
    half = model.context_tokens // 2 if model is not None else 0  # a longer text is read in windows that overlap so
    return totals_of(board, len(written), overlap=half)
