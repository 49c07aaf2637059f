"""Columns side by side as one JSON file: prompts, settings, seeds, ids and log-probabilities; done again from it.

The tokens that were written are scored once more: the same model gives them the same log-probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from nextword import __version__
from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.lab.card import VERSION, Difference, digest_of, model_here, read_as
from nextword.lab.columns import Column, ColumnResult
from nextword.lab.dialogue import Dialogue, Said, Script
from nextword.lab.results import Versions
from nextword.lab.running import Home, SweepStatus

FORMAT: Final = "nextword-twins"


class CardAnswer(Struct, frozen=True):
    """logprobs: natural logs under the model, one for each of `ids`."""

    text: str
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    reason: str


class CardColumn(Struct, frozen=True):
    """A column with its answers, one for each repeat."""

    column: Column
    answers: tuple[CardAnswer, ...]
    versions: Versions


class TwinsCard(Struct, frozen=True):
    """Fields as of a Card."""

    format: str
    version: int
    name: str
    created: float
    app_version: str
    columns: tuple[CardColumn, ...]
    digest: str = ""


def make_twins(name: str, results: Sequence[ColumnResult], *, created: float) -> TwinsCard:
    """Return the card of columns; of a model's path only the file's name goes out."""
    columns = []
    for result in results:
        model = replace(result.column.model, path=Path(result.column.model.path).name)
        answers = tuple(
            CardAnswer(
                answer.text,
                tuple(step.id for step in answer.steps),
                tuple(step.logprob for step in answer.steps),
                answer.reason,
            )
            for answer in result.answers
        )
        columns.append(CardColumn(replace(result.column, model=model), answers, result.versions))
    card = TwinsCard(FORMAT, VERSION, name, float(created), __version__, tuple(columns))
    return replace(card, digest=digest_of(card))


def read_twins(path: Path) -> TwinsCard:
    """Return the card in a file. Raises CardNotUsable."""
    return read_as(path, FORMAT, TwinsCard)


def columns_here(card: TwinsCard, path: Path, find: Callable[[str], str]) -> tuple[Column, ...]:
    """Return the columns with the model files of this machine. Raises CardNotUsable."""
    return tuple(replace(each.column, model=model_here(each.column.model, path, find)) for each in card.columns)


def scored_again(column: Column, answers: Sequence[CardAnswer]) -> Script[list[tuple[float, ...]]]:
    """Score the tokens of each answer after the column's prompt."""
    prompt = column.request().lanes[0].prompt
    said = yield protocol.ScoreContinuations(0, (protocol.Group(prompt, tuple(answer.ids for answer in answers)),))
    return _logprobs(said, len(answers))


def difference(place: int, answers: Sequence[CardAnswer], again: Sequence[Sequence[float]]) -> Difference:
    """Return how far log-probabilities are apart; `item` is the answer."""
    worst, at, numbers = 0.0, -1, 0
    for number, (answer, found) in enumerate(zip(answers, again, strict=True)):
        for before, after in zip(answer.logprobs, found, strict=True):
            numbers += 1
            apart = abs(before - after) if math.isfinite(before) and math.isfinite(after) else math.inf
            if before != after and apart > worst:
                worst, at = apart, number
    return Difference(place, worst, at, numbers, 0, 0)


class TwinsCheck:
    """Does the columns again, one after the other; has what a CardCheck has for a window."""

    def __init__(self, engine: Engine, card: TwinsCard, columns: Sequence[Column]) -> None:
        self.differences: list[Difference] = []
        self.status = SweepStatus(planned=len(card.columns))
        self.status_changed: Event[SweepStatus] = Event()
        self._engine = engine
        self._card = card
        self._columns = tuple(columns)
        self._home = Home()
        self._dialogue: Dialogue[list[tuple[float, ...]]] | None = None

    def start(self, home: Home) -> None:
        """Begin, or go on with the columns that are left."""
        self._home = home
        self._tell(state="running", why="", error=None)
        self._next()

    def pause(self) -> None:
        """Rest now, and bring the person's model back."""
        self._rest("paused", None)

    def close(self) -> None:
        """Stop; nothing more is told."""
        self._stop()
        self.status_changed = Event()

    def _next(self) -> None:
        place = len(self.differences)
        if place >= len(self._columns):
            self._rest("finished", None)
            return
        column = self._columns[place]
        home = self._home
        self._engine.use(column.model.path, context_tokens=home.context_tokens, threads=home.threads)
        self._engine.start()
        script = scored_again(column, self._card.columns[place].answers)
        self._dialogue = Dialogue(
            self._engine, script, done=self._on_done, failed=self._on_failed, cut_off=self._on_cut_off
        ).start()

    def _on_done(self, again: list[tuple[float, ...]]) -> None:
        place = len(self.differences)
        self.differences.append(difference(place, self._card.columns[place].answers, again))
        self._tell(done=len(self.differences))
        self._next()

    def _on_failed(self, error: NextwordError) -> None:
        self._rest("paused", error)

    def _on_cut_off(self) -> None:
        self._home = Home()  # another model was chosen: that one stays
        self._rest("paused", None)

    def _rest(self, state: str, error: NextwordError | None) -> None:
        self._stop()
        if self._home.path:
            self._engine.use(self._home.path, context_tokens=self._home.context_tokens, threads=self._home.threads)
        self._tell(state=state, error=error)

    def _stop(self) -> None:
        dialogue, self._dialogue = self._dialogue, None
        if dialogue is not None:
            dialogue.stop()

    def _tell(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)
        self.status_changed.emit(self.status)


def _logprobs(said: Said, count: int) -> list[tuple[float, ...]]:
    found: list[tuple[float, ...]] = [()] * count
    for reply in said:
        if isinstance(reply, protocol.ContinuationsPart):
            for one in reply.results:
                found[one.index] = one.logprobs
    return found
