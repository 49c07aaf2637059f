"""The document as all parts of a session share it: its text, what made its tokens, and every change of it told."""

from __future__ import annotations

from msgspec import Struct

from nextword.engine.client import Engine
from nextword.engine.tokens import TokenStep
from nextword.events import Event
from nextword.history.records import Origin
from nextword.write.spelling import MODEL, ORIGIN, STALE, Piece, laid_on
from nextword.write.text import Change, WrittenText


class Edit(Struct, frozen=True):
    """A change of the text that the view has to follow. removed: characters; caret: where it goes then, None: stays."""

    start: int
    removed: int
    added: str
    caret: int | None = None


class Board:
    """text_changed: not told of what the view itself did. tokens_changed: text, tokens or their numbers are others."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.written = WrittenText()
        self.origins: list[Origin | None] = [None]
        self.endings: dict[int, str] = {}  # by origin: why the model ended there
        self.text_changed: Event[Edit] = Event()
        self.tokens_changed: Event[None] = Event()
        self.model_path = ""  # whose numbers can be compared now; "": no model was loaded yet

    def clear(self) -> None:
        """Begin with nothing."""
        length = len(self.written.text)
        self.written, self.origins, self.endings = WrittenText(), [None], {}
        self.text_changed.emit(Edit(0, length, "", 0))
        self.tokens_changed.emit(None)

    def put(self, start: int, end: int, piece: Piece, *, caret: int | None = None, by_view: bool = False) -> Change:
        """Put `piece` in the place of what stands between two places, and tell."""
        change = self.written.splice(start, end, piece)
        self._tell(change, start, end, caret=caret, by_view=by_view)
        return change

    def take_back(self, change: Change, *, caret: int) -> Change:
        """Undo a change; return the one that does it again."""
        redone = self.written.take_back(change)
        self.text_changed.emit(Edit(change.start, len(change.added.text), change.removed.text, caret))
        self.tokens_changed.emit(None)
        return redone

    def _tell(self, change: Change, start: int, end: int, *, caret: int | None, by_view: bool) -> None:
        if not by_view:
            before = start - change.start
            added = change.added.text[
                before : len(change.added.text) - (len(change.removed.text) - before - end + start)
            ]
            self.text_changed.emit(Edit(start, end - start, added, caret))
        self.tokens_changed.emit(None)

    def origin_number(self, origin: Origin) -> int:
        """Return the number under which marks know what made a token."""
        for number in range(len(self.origins) - 1, 0, -1):
            if self.origins[number] == origin:
                return number
        self.origins.append(origin)
        return len(self.origins) - 1

    def origin_of(self, token: int) -> Origin | None:
        """Return what made a token, None where that is not known."""
        return self.origins[self.written.marks[token] // ORIGIN]

    def is_foreign(self, token: int) -> bool:
        """Whether another model than the one that is loaded made the token: its id and its numbers mean nothing now."""
        origin = self.origin_of(token)
        return origin is not None and bool(self.model_path) and origin.model_file != self.model_path

    def own_steps(self) -> tuple[TokenStep, ...]:
        """Return the tokens; those of another model without their numbers."""
        steps = self.written.steps
        if not self.model_path or all(each is None or each.model_file == self.model_path for each in self.origins):
            return tuple(steps)
        return tuple(
            TokenStep(step.id, step.text, 0.0, 1, 0.0, 0.0, 0, (), step.special) if self.is_foreign(token) else step
            for token, step in enumerate(steps)
        )

    def is_fresh(self, token: int) -> bool:
        """Whether a token's numbers are those that it has after what stands before it now."""
        mark = self.written.marks[token]
        return not mark & STALE and bool(self.written.steps[token].candidates) and not self.is_foreign(token)

    def ids_before(self, token: int | None) -> tuple[int, ...] | None:
        """See WriteSession.ids_before."""
        written, model = self.written, self.engine.status.model
        end = len(written.text) if token is None else written.starts[token]
        last = len(written) if token is None else token
        if not written.covered(0, end) or model is None or any(map(self.is_foreign, range(last))):
            return None
        ids = tuple(step.id for step in written.steps[:last])
        rules = model.tokens
        if rules.adds_bos and rules.bos is not None and ids[:1] != (rules.bos,):
            ids = (rules.bos, *ids)
        return ids

    def parts(self, start: int, end: int) -> tuple[str | tuple[int, ...], ...]:
        """Return what stands between two places as it is sent: ids where the model that is loaded made them."""
        if any(self.is_foreign(token) for token in self.written.tokens_in(start, end)):
            return (self.written.text[start:end],)
        parts = self.written.parts(start, end)
        return tuple(part if isinstance(part, str) else tuple(part) for part in parts)

    def lay(self, end: int, steps: list[TokenStep], origin: int) -> None:
        """Give the text before `end` the tokens that the engine made of it; numbers that still hold are kept."""
        written = self.written
        piece = laid_on(written.text[:end], steps, ORIGIN * origin)
        known: dict[tuple[int, int, int], int] = {}
        for token in written.tokens_in(0, end):
            known.setdefault((written.starts[token], written.ends[token], written.steps[token].id), token)
        same = True
        for place, step in enumerate(piece.steps):
            start, stop = piece.starts[place], piece.ends[place]
            old = known.get((start, stop, step.id))
            same = same and old is not None
            if old is not None and not self.is_foreign(old):
                mark = written.marks[old]
                piece.steps[place] = written.steps[old]
                piece.marks[place] = mark if same else mark | STALE
                continue
            authors = [written.marks[token] for token in written.tokens_in(start, max(stop, start + 1))]
            if authors and all(mark & MODEL for mark in authors):
                piece.marks[place] |= MODEL
        written.lay(piece)
        self.tokens_changed.emit(None)
