"""A document in parts by one author each, as the history keeps it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from nextword.engine.tokens import TokenStep, pack
from nextword.history.documents import Segment
from nextword.history.records import Origin, Outcome, State
from nextword.write.board import Board
from nextword.write.spelling import MODEL, ORIGIN, STALE

TITLE_CHARACTERS = 80
STALE_REASON = "stale"
"""In the outcome of a message: what stands before it has changed since its tokens got their numbers."""


class Part(Struct, frozen=True):
    """steps: the tokens that are all of the text, none where it has no such tokens. stale: their numbers do not hold.

    growing: the model is writing it. reason: why it ended, as in Outcome.
    """

    role: Literal["user", "assistant"]
    text: str
    steps: tuple[TokenStep, ...] = ()
    origin: Origin | None = None
    stale: bool = False
    growing: bool = False
    reason: str = ""

    def may_replace(self, old: Part) -> bool:
        """Whether this can be written over `old`: nothing that a model wrote is lost by it."""
        if self.role != old.role:
            return False
        return self.role == "user" or old.growing or (self.text == old.text and len(self.steps) == len(old.steps))

    def segment(self) -> Segment:
        """Return it as the history takes it."""
        if not self.steps:
            return Segment(self.role, self.text)
        return Segment(
            self.role,
            self.text,
            self._state(),
            pack(self.steps),
            self.origin,
            Outcome(self._state(), STALE_REASON if self.stale else self.reason, generated_tokens=len(self.steps)),
        )

    def _state(self) -> State:
        if self.growing:
            return "generating"
        match self.reason:
            case "stopped" | "interrupted":
                return self.reason
            case _:
                return "complete"


def title_of(text: str) -> str:
    """Return the beginning of a text as the name of a document."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1].rstrip() + "…"


def parts_of(board: Board, *, growing: int = 0) -> list[Part]:
    """Return the parts of the document. growing: the origin of the part that the model is writing, 0 for none."""
    written = board.written
    parts: list[Part] = []
    begin = at = 0
    run: list[int] = []  # tokens of the model that make one part
    for token in range(len(written)):
        start, end = written.starts[token], written.ends[token]
        same = bool(run) and written.marks[token] == written.marks[run[0]] and start <= at
        if run and not same and start >= at:
            parts.append(_of_model(board, (begin, at), run, growing))
            begin, run = at, []
        if written.marks[token] & MODEL or run:
            if not run and start > begin:
                parts.append(_of_person(board, begin, start))
                begin = start
            run.append(token)
        at = max(at, end) if run else at
    if run:
        parts.append(_of_model(board, (begin, at), run, growing))
        begin = at
    if begin < len(written.text):
        parts.append(_of_person(board, begin, len(written.text)))
    return parts


def _of_model(board: Board, span: tuple[int, int], tokens: list[int], growing: int) -> Part:
    written = board.written
    mark = written.marks[tokens[0]]
    origin = mark // ORIGIN
    return Part(
        "assistant",
        written.text[span[0] : span[1]],
        tuple(written.steps[tokens[0] : tokens[-1] + 1]),
        board.origins[origin],
        stale=bool(mark & STALE),
        growing=bool(growing) and origin == growing,
        reason=board.endings.get(origin, ""),
    )


def _of_person(board: Board, start: int, end: int) -> Part:
    written = board.written
    tokens = written.tokens_in(start, end)
    whole = bool(tokens) and written.starts[tokens[0]] == start and written.ends[tokens[-1]] == end
    origins = {written.marks[token] // ORIGIN for token in tokens}
    if not whole or len(origins) != 1 or not written.covered(start, end) or any(map(written.is_stale, tokens)):
        return Part("user", written.text[start:end])
    steps = tuple(written.steps[tokens[0] : tokens[-1] + 1])
    return Part("user", written.text[start:end], steps, board.origins[origins.pop()])
