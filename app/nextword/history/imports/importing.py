"""An import in pieces: each reads and writes for a moment, so that the history thread is never held for long.

Formats are told by what stands in a file, not by its name. Conversations that are here already are passed over, and
nothing that is imported has an effect of its own: see `made_inert`.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from nextword.errors import ImportFailed
from nextword.history.imports import nextword_file
from nextword.history.imports.recognising import Found, trees_of
from nextword.history.imports.report import ImportReport
from nextword.history.imports.shaping import dated, made_inert
from nextword.history.imports.sources import sources, to_import_failed
from nextword.history.reading_trees import read_tree
from nextword.history.records import ConversationId
from nextword.history.store import Store
from nextword.history.trees import Tree, fingerprint
from nextword.history.writing_trees import begun, insert_trees, known_fingerprints

if TYPE_CHECKING:
    from nextword.history.conversations import Conversations

PIECE_SECONDS = 0.05


class Progress(Struct, frozen=True):
    """How far an import is. imported: the conversations so far; done: nothing is left to do."""

    imported: int
    done: bool


class Importing:
    """An import of files and folders. Call `advance` on the history thread until it is done.

    own_prompts: system prompts in our own files stay in force, because they are this person's; else every system
    prompt is set aside until it is asked for. imported: what was made, in order; report: complete when it is done.
    """

    def __init__(self, paths: Sequence[Path], *, own_prompts: bool = False) -> None:
        self.report = ImportReport()
        self.imported: list[ConversationId] = []
        self._own_prompts = own_prompts
        self._found = self._read(list(paths))
        self._known: set[str] | None = None
        self._tags: dict[str, str] | None = None
        self._batch: list[tuple[Tree, str]] = []
        self._failure: ImportFailed | None = None
        self._begun: defaultdict[float, list[ConversationId]] | None = None

    def advance(self, conversations: Conversations) -> Progress:
        """Import for about 50 ms and the time of one commit. Raises ImportFailed; what was imported before stays.

        What could not be written, on a full disk, is written first by the next call.
        """
        store = conversations.store
        if self._known is None:
            self._known = known_fingerprints(store)
        self._keep(store)
        done = self._take(store, self._known)
        self._keep(store)
        if self._failure is not None:
            raise self._failure
        return Progress(len(self.imported), done)

    def close(self) -> None:
        """Let go of the files; what was imported so far stays."""
        self._found.close()

    def _take(self, store: Store, known: set[str]) -> bool:
        """Read conversations until the time is up; return whether these were the last."""
        until = time.monotonic() + PIECE_SECONDS
        while True:
            try:
                found = next(self._found, None)
            except ImportFailed as error:  # the conversations before it are kept first
                self._failure = error
                return True
            if found is None:
                return True
            self._receive(found, known, store)
            if time.monotonic() >= until:
                return False

    def _receive(self, found: Found, known: set[str], store: Store) -> None:
        tree, own = found
        mark = fingerprint(tree)
        if mark in known or (own and self._is_held_here(tree, mark, store)):
            self.report.skip(tree.title, "already_here")
            return
        known.add(mark)
        if not tree.source:
            tree = replace(tree, source=nextword_file.NAME)
        if tree.tags and not own:
            tree = replace(tree, tags=self._tags_as_known(tree.tags, store))
        if not (own and self._own_prompts):
            tree = made_inert(tree, self.report)
        self._batch.append((dated(tree, time.time()), mark))

    def _tags_as_known(self, tags: tuple[str, ...], store: Store) -> tuple[str, ...]:
        """Return foreign tags as they are written here, where they differ in upper and lower case alone."""
        if self._tags is None:
            rows = store.tuples("select distinct tag from conversation_tags")
            self._tags = {tag.casefold(): tag for (tag,) in rows}
        return tuple(dict.fromkeys(self._tags.setdefault(tag.casefold(), tag) for tag in tags))

    def _keep(self, store: Store) -> None:
        self.imported += insert_trees(store, self._batch)
        self.report.conversations += len(self._batch)
        self.report.messages += sum(len(tree.messages) for tree, _ in self._batch)
        self._batch = []

    def _is_held_here(self, tree: Tree, mark: str, store: Store) -> bool:
        """Say whether a conversation from one of our own files is still in this history and unchanged."""
        if self._begun is None:
            self._begun = begun(store)
        return any(
            fingerprint(read_tree(store, key, tokens=False)) == mark for key in self._begun.get(tree.created, ())
        )

    def _read(self, paths: list[Path]) -> Generator[Found, None, None]:
        for path in paths:
            formats, self.report.formats = self.report.formats, []
            try:
                for source in sources(path, self.report):
                    yield from trees_of(source, self.report)
            except nextword_file.NewerFormat as error:
                raise ImportFailed(str(path), "newer_format", str(error)) from error
            except OSError as error:
                raise to_import_failed(path, error) from error
            if not self.report.formats:
                raise ImportFailed(str(path), "unknown_format")
            for name in formats:
                self.report.found(name)
