"""Keeps the trees of a document with it: a tree is written when it has grown, and can be opened again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.records import ConversationId
from nextword.write.token_tree import TokenTree, TreeNotReadable, pack, unpack

if TYPE_CHECKING:  # they bring sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations
    from nextword.history.token_trees import TokenTreeId, TokenTreeSummary
    from nextword.write.session import WriteSession

_NAME_CHARACTERS = 40


class TreeKeeping:
    """listed: the trees of the document, the last one first. opened: a tree as it was kept. failed: what did not work.
    unreadable: a kept tree is damaged or from a later version; it stays where it is. leaving: another document takes
    the place of this one; what is kept now still belongs to this one.

    current: the tree that is shown, None while it is not kept. A tree that is grown before its document is kept waits.
    """

    def __init__(self, session: WriteSession) -> None:
        self.listed: Event[Sequence[TokenTreeSummary]] = Event()
        self.opened: Event[TokenTree] = Event()
        self.failed: Event[NextwordError] = Event()
        self.unreadable: Event[str] = Event()
        self.leaving: Event[None] = Event()
        self.current: TokenTreeId | None = None
        self._session = session
        self._document = session.document
        self._place = session.keeping.place
        self._waiting: TokenTree | None = None
        self._adding = 0  # a tree that was begun since then is another one
        self._disconnect = session.document_changed.connect(self._on_document)

    def begin(self) -> None:
        """What is kept next is a new tree."""
        self.current, self._waiting = None, None
        self._adding += 1

    def keep(self, tree: TokenTree) -> None:
        """Keep the tree that is shown as it is now."""
        if self.current is not None:
            current, block = self.current, pack(tree)
            self._session.history.keep(lambda kept: kept.token_trees.change(current, block), failed=self.failed.emit)
        elif self._document is None:
            self._waiting = tree
        else:
            self._add(tree)

    def list(self) -> None:
        """Ask for the trees of the document."""
        document = self._session.document
        if document is None:
            self.listed.emit(())
            return
        self._session.history.run(
            lambda kept: kept.token_trees.list(document), done=partial(self._on_listed, document), failed=self._fail
        )

    def open(self, tree: TokenTreeId) -> None:
        """Show a kept tree."""
        self.begin()
        self.current = tree
        self._session.history.run(
            lambda kept: kept.token_trees.read(tree), done=partial(self._on_read, tree), failed=self._fail
        )

    def delete(self, tree: TokenTreeId) -> None:
        """Put a kept tree into the trash."""
        if tree == self.current:
            self.begin()
        self._change(lambda kept: kept.token_trees.delete(tree))

    def restore(self, tree: TokenTreeId) -> None:
        """Take it out of the trash again."""
        self._change(lambda kept: kept.token_trees.restore(tree))

    def close(self) -> None:
        """Listen no more."""
        self._disconnect()

    def _change(self, work: Callable[[Conversations], None]) -> None:
        self._session.history.run(work, done=lambda _none: self.list(), failed=self._fail)

    def _add(self, tree: TokenTree) -> None:
        """Keep a new tree with the document that it was grown in, whichever is shown when its turn comes."""
        self._waiting = None
        name, block, place, known = name_of(tree), pack(tree), self._place, self._document

        def add(kept: Conversations) -> TokenTreeId | None:
            document = known if known is not None else place.document
            return kept.token_trees.add(document, name, block) if document is not None else None

        self._session.history.keep(add, done=partial(self._on_added, self._adding), failed=self.failed.emit)

    def _on_added(self, adding: int, tree: TokenTreeId | None) -> None:
        if adding == self._adding:
            self.current = tree
        self.list()

    def _on_listed(self, document: ConversationId, trees: Sequence[TokenTreeSummary]) -> None:
        if document == self._session.document:
            self.listed.emit(trees)

    def _on_read(self, tree: TokenTreeId, block: bytes) -> None:
        if tree != self.current:
            return
        try:
            self.opened.emit(unpack(block))
        except TreeNotReadable as error:
            self.unreadable.emit(str(error))

    def _on_document(self, document: ConversationId | None) -> None:
        place = self._session.keeping.place
        if place is self._place and document == self._document:
            return
        if place is not self._place:
            self.leaving.emit(None)
            if self._waiting is not None:  # its document was handed to the history when it was left
                self._add(self._waiting)
        if place is not self._place or self._document is not None:
            self.begin()
        self._place, self._document = place, document
        if document is not None and self._waiting is not None:
            self._add(self._waiting)
        self.list()

    def _fail(self, error: NextwordError) -> None:
        self.failed.emit(error)


def name_of(tree: TokenTree) -> str:
    """Return what a kept tree is called: its plan, and the last words before it."""
    share = f"{tree.plan.cover:.0%}" if tree.plan.cover else str(tree.plan.width)
    before = " ".join(tree.before.split())
    if len(before) > _NAME_CHARACTERS:
        before = "…" + before[-_NAME_CHARACTERS:].partition(" ")[2]
    return f"{tree.plan.depth} × {share} · {before}"
