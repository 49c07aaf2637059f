"""Another text beside the document: both scored, and where they differ."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.records import ConversationId
from nextword.write.asking_tokens import Sent, ask_tokens
from nextword.write.board import Board
from nextword.write.judging import Judging, Totals
from nextword.write.keeping import KeptDocument
from nextword.write.session import WriteSession
from nextword.write.spelling import Piece
from nextword.write.undoing import Undoing


class Comparison(Struct, frozen=True):
    """rows: the tokens of both in their places; what both begin and end with stands side by side."""

    document: Totals
    other: Totals
    rows: tuple[tuple[TokenStep | None, TokenStep | None], ...]


class Comparing:
    """board: the other text; undoing: the way back through its changes. compared: what came of `compare`. stopped:
    nothing will, the document was left."""

    def __init__(self, session: WriteSession) -> None:
        self.board = Board(session.engine)
        self.undoing = Undoing(self.board)
        self.compared: Event[Comparison] = Event()
        self.failed: Event[NextwordError] = Event()
        self._session = session
        self.stopped: Event[None] = Event()
        self._document: Totals | None = None
        self._steps: list[TokenStep] = []  # of the document, when it was scored
        self._place: KeptDocument | None = None  # of the document that is compared
        self._waiting = False
        self._disconnect = [
            session.document_changed.connect(self._on_document),
            session.scored.connect(self._on_scored),
            session.failed.connect(self._on_failed),
        ]

    def close(self) -> None:
        """Listen no more."""
        for disconnect in self._disconnect:
            disconnect()

    def edit(self, start: int, end: int, text: str, caret_before: int = 0) -> None:
        """The person changed the other text; the view shows it already."""
        change = self.board.put(start, end, Piece(text), by_view=True)
        typed = text if len(text) == 1 and start == end else ""
        self.undoing.note([change], before=caret_before, after=start + len(text), typed=typed)

    def take_document(self) -> None:
        """Put the text of the document in the place of the other one."""
        text = self._session.written.text
        before = len(self.board.written.text)
        if text != self.board.written.text:
            change = self.board.put(0, before, Piece(text), caret=len(text))
            self.undoing.note([change], before=before, after=len(text))

    def compare(self) -> bool:
        """Score both; return whether there is something to be scored."""
        if self._session.busy or not self.board.written.text or not self._session.written.text:
            return False
        self._waiting = True
        self._place = self._session.keeping.place
        self._session.score()
        if not self._session.busy:
            self._waiting = False
        return self._waiting

    def _on_scored(self, totals: Totals) -> None:
        if self._waiting:
            self._document, self._steps = totals, list(self._session.steps)
            self.board.model_path = self._session.board.model_path
            judge = partial(self._judge, self._place)
            ask_tokens(self.board, len(self.board.written.text), judge, self._on_failed, from_end=False)

    def _on_document(self, _document: ConversationId | None) -> None:
        """Another document takes the place of the one that was to be compared."""
        if self._place is not None and self._place is not self._session.keeping.place:
            self._place = None
            if self._waiting:
                self._waiting = False
                self.stopped.emit(None)

    def _judge(self, place: KeptDocument | None, sent: Sent) -> None:
        if place is not self._place:
            return
        alternatives = self._session.settings.value.chat.alternatives
        origin = self.board.origin_number(self._session.judging_origin())
        ended = partial(self._on_judged, place)
        Judging(self.board, sent, alternatives=alternatives, origin=origin, ended=ended).begin()

    def _on_judged(self, place: KeptDocument | None, totals: Totals | None, error: NextwordError | None) -> None:
        if place is not self._place:
            return
        self._waiting = False
        if error is not None:
            self.failed.emit(error)
        elif totals is not None and self._document is not None:
            rows = side_by_side(self._steps, self.board.written.steps)
            self.compared.emit(Comparison(self._document, totals, tuple(rows)))

    def _on_failed(self, error: NextwordError) -> None:
        if self._waiting:
            self._waiting = False
            self.failed.emit(error)


def side_by_side(one: list[TokenStep], other: list[TokenStep]) -> list[tuple[TokenStep | None, TokenStep | None]]:
    """Return the tokens of two texts beside each other: the same beginning and the same end in the same rows."""
    shortest = min(len(one), len(other))
    begin = next((at for at in range(shortest) if one[at].id != other[at].id), shortest)
    rest = shortest - begin
    end = next((at for at in range(rest) if one[-1 - at].id != other[-1 - at].id), rest)
    rows: list[tuple[TokenStep | None, TokenStep | None]] = list(zip(one[:begin], other[:begin], strict=True))
    left, right = one[begin : len(one) - end], other[begin : len(other) - end]
    for at in range(max(len(left), len(right))):
        rows.append((left[at] if at < len(left) else None, right[at] if at < len(right) else None))
    rows += zip(one[len(one) - end :], other[len(other) - end :], strict=True)
    return rows
