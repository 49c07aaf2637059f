"""Keeps a document while it is written: half a second after each change, and every version that the model had part in.

The text is kept in parts by one author each, a message of the history for each. What was typed is written over in
place; what is put in the place of something else becomes another version of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from nextword.engine.tokens import TokensNotReadable, TokenStep, pack, unpack
from nextword.errors import NextwordError, NoSuchRow
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import ConversationId, MessageId, Role, StoredConversation
from nextword.write.board import Board
from nextword.write.continuing import Later
from nextword.write.parts import STALE_REASON, Part, parts_of, title_of
from nextword.write.spelling import MODEL, ORIGIN, STALE, Piece, laid_on

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations

SAVE_SECONDS = 0.5
SAMPLING = "sampling"


class _Read(Struct, frozen=True):
    """A document out of the history. path: the messages of the text with their tokens."""

    stored: StoredConversation
    path: tuple[tuple[MessageId, Part], ...]


class KeptDocument:
    """What is on disk of one document; touched by the history thread alone once work is on its way.

    document: None before it is kept for the first time.
    """

    def __init__(self) -> None:
        self.document: ConversationId | None = None
        self.path: list[tuple[MessageId, Part]] = []
        self.title = ""
        self.settings: dict[str, Any] = {}

    def save(self, parts: list[Part], own: Mapping[str, Any], conversations: Conversations) -> ConversationId | None:
        """Write what is new; what is gone meanwhile is written anew."""
        try:
            return self._save(parts, own, conversations)
        except NoSuchRow:
            self.document, self.path, self.title = None, [], ""
            return self._save(parts, own, conversations)

    def _save(self, parts: list[Part], own: Mapping[str, Any], conversations: Conversations) -> ConversationId | None:
        from nextword.history.documents import Save

        settings = {name: value for name, value in self.settings.items() if name != SAMPLING}
        settings |= {SAMPLING: dict(own)} if own else {}
        if self.document is None and not parts:
            return None
        same = 0
        while same < min(len(parts), len(self.path)) and parts[same] == self.path[same][1]:
            same += 1
        if same == len(parts) == len(self.path) and settings == self.settings and self.document is not None:
            return self.document
        if self._append(parts, same, conversations):
            return self.document
        in_place = len(parts) == len(self.path) and all(
            new.may_replace(old) for new, (_, old) in zip(parts[same:], self.path[same:], strict=True)
        )
        changed = [
            (key, new.segment()) for new, (key, _) in zip(parts[same:], self.path[same:], strict=True)
        ] if in_place else []  # fmt: skip
        title = title_of("".join(part.text for part in parts[:40])[:2000])
        saved = conversations.documents.save(
            Save(
                self.document, title, self.title, settings,
                keep=tuple(key for key, _ in self.path[:same]),
                change=tuple(changed),
                add=() if in_place else tuple(part.segment() for part in parts[same:]),
            )
        )  # fmt: skip
        self.document, self.title, self.settings = saved.document, title, settings
        self.path = list(zip(saved.path, parts, strict=True))
        return self.document

    def _append(self, parts: list[Part], same: int, conversations: Conversations) -> bool:
        """Write only the new tokens of an answer that grows, if nothing else has changed."""
        if (
            len(parts) != len(self.path)
            or same >= len(parts)
            or parts[same + 1 :] != [p for _, p in self.path[same + 1 :]]
        ):
            return False
        key, before = self.path[same]
        now = parts[same]
        if not (now.growing and before.growing and now.text.startswith(before.text.rstrip("\ufffd"))):
            return False
        count = len(before.steps)
        if now.steps[:count] != before.steps or before.text.endswith("\ufffd"):
            return False
        conversations.append_tokens(key, now.text[len(before.text) :], pack(now.steps[count:]))
        self.path[same] = (key, now)
        return True


class Keeping:
    """kept: the document is on disk, with its id. own: what the document has of its own."""

    def __init__(self, board: Board, history: History, *, later: Later, own: Callable[[], Mapping[str, Any]]) -> None:
        self.kept: Event[ConversationId] = Event()
        self.failed: Event[NextwordError] = Event()
        self.document: ConversationId | None = None
        self._board = board
        self._history = history
        self._later = later
        self._own = own
        self._kept = KeptDocument()
        self._dirty = self._due = self._held = False
        self._reading = False
        self._answering = 0  # the origin of what the model is writing
        self._disconnect = history.replaced.connect(self._on_replaced)

    @property
    def place(self) -> KeptDocument:
        """Where the document is kept: the same as long as it is the same document, also before it has an id."""
        return self._kept

    @property
    def reading(self) -> bool:
        """Whether a document is on its way from the history."""
        return self._reading

    # --- writing --------------------------------------------------------------------------------------------

    def note(self, _none: None) -> None:
        """The document has changed: keep it soon."""
        self._dirty = not self._reading
        if self._dirty and not self._due and not self._held:
            self._due = True
            self._later(SAVE_SECONDS, self._on_due)

    def hold(self, held: bool) -> None:
        """Wait with what changes now: numbers that come hundreds a second are kept when all are there."""
        self._held = held
        if not held and self._dirty:
            self.note(None)

    def _on_due(self) -> None:
        self._due = False
        if not self._held:
            self.flush()

    def flush(self) -> None:
        """Hand what has changed to the history, which keeps it in memory while there is no room on the disk."""
        if not self._dirty or self._reading:
            return
        self._dirty = False
        kept = self._kept
        parts = parts_of(self._board, growing=self._answering)
        self._history.keep(
            partial(kept.save, parts, dict(self._own())), done=partial(self._on_kept, kept), failed=self.failed.emit
        )

    def begin_answer(self, origin: int) -> None:
        """Keep what there is before the model writes; what it writes, with this origin, is kept while it grows."""
        self.flush()
        self._answering = origin

    def end_answer(self, reason: str) -> None:
        """The model has ended: the whole is kept at once."""
        self._board.endings[self._answering] = reason
        self._answering = 0
        self._dirty = True
        self.flush()

    def leave(self) -> None:
        """Keep what there is: another document is opened."""
        self._answering = 0
        self.flush()
        self._kept, self.document = KeptDocument(), None
        self._dirty = False

    def close(self) -> None:
        """Keep what there is, and listen no more."""
        self._disconnect()
        self.leave()

    def _on_kept(self, kept: KeptDocument, document: ConversationId | None) -> None:
        if kept is self._kept and document is not None and document != self.document:
            self.document = document
            self.kept.emit(document)

    def _on_replaced(self, _none: None) -> None:
        """Another database took the place of the one this document was in: keep it there, too."""
        self._kept, self.document = KeptDocument(), None
        self.note(None)

    # --- reading --------------------------------------------------------------------------------------------

    def begin(
        self, document: ConversationId | None, *, end: MessageId | None, read: Callable[[dict[str, Any]], None]
    ) -> None:
        """Put a document of the history on the board; `read` hears what it has of its own."""
        if document is None:
            return
        self._reading = True
        self.document = document
        kept = self._kept
        self._history.run(
            partial(_read, document, end),
            done=partial(self._on_read, kept, read),
            failed=partial(self._on_not_read, kept),
        )

    def _on_not_read(self, kept: KeptDocument, error: NextwordError) -> None:
        if kept is self._kept:
            self._reading = False
            self.document = None
            self.note(None)
        self.failed.emit(error)

    def _on_read(self, kept: KeptDocument, read: Callable[[dict[str, Any]], None], found: _Read) -> None:
        if kept is not self._kept:
            return
        kept.document, kept.title = found.stored.id, found.stored.title
        kept.settings = dict(found.stored.settings)
        kept.path = list(found.path)
        whole = Piece()
        for _, part in found.path:
            origin = 0 if part.origin is None else self._board.origin_number(part.origin)
            self._board.endings[origin] = part.reason
            _join(whole, part, origin)
        has_more = bool(self._board.written.text)  # somebody was quicker than the disk: it stands behind the rest
        self._board.put(0, 0, whole, caret=len(whole.text))
        self._reading = False
        self._dirty = False
        own = found.stored.settings.get(SAMPLING)
        read(dict(own) if isinstance(own, dict) else {})
        if has_more:
            self.note(None)


def _join(whole: Piece, part: Part, origin: int) -> None:
    mark = (MODEL if part.role == "assistant" else 0) + (STALE if part.stale else 0) + ORIGIN * origin
    piece = laid_on(part.text, part.steps, mark)
    shift = len(whole.text)
    whole.text += piece.text
    whole.steps += piece.steps
    whole.starts += [place + shift for place in piece.starts]
    whole.ends += [place + shift for place in piece.ends]
    whole.marks += piece.marks


def _read(document: ConversationId, end: MessageId | None, conversations: Conversations) -> _Read:
    stored = conversations.read(document)
    messages = {message.id: message for message in stored.messages}
    at = end if end in messages else stored.head
    path: list[tuple[MessageId, Part]] = []
    while at is not None and at in messages:
        message = messages.pop(at)
        steps = _unpacked(conversations.tokens(at)) if message.has_tokens else []
        stale = message.outcome is not None and message.outcome.reason == STALE_REASON
        reason = message.outcome.reason if message.outcome is not None and not stale else ""
        origin = message.origin if steps else None
        path.append((at, Part(_author(message.role), message.text, tuple(steps), origin, stale, reason=reason)))
        at = message.parent
    return _Read(stored, tuple(reversed(path)))


def _author(role: Role) -> Literal["user", "assistant"]:
    return "assistant" if role == "assistant" else "user"


def _unpacked(blocks: tuple[bytes, ...]) -> list[TokenStep]:
    try:
        return [step for block in blocks for step in unpack(block)]
    except TokensNotReadable:
        return []  # the text is there
