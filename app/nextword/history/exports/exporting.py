"""An export in pieces, as an import: each holds the history thread for a moment only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from nextword.history import own_format
from nextword.history.exports.file_names import folded, free_name
from nextword.history.exports.file_writing import FileToBe, to_export_failed
from nextword.history.exports.labels import Labels
from nextword.history.exports.markdown import markdown
from nextword.history.exports.page import Words, page
from nextword.history.reading_trees import conversation_ids, read_tree
from nextword.history.records import ConversationId
from nextword.history.trees import Tree

if TYPE_CHECKING:
    from nextword.history.conversations import Conversations

PIECE_SECONDS = 0.05
Form: TypeAlias = Literal["lines", "markdown", "html"]
ENDINGS: dict[Form, str] = {"lines": ".jsonl", "markdown": ".md", "html": ".html"}


class ExportOptions(Struct, frozen=True):
    """places, deleted, tokens: of the lossless form only; without them a file can be given to others.

    places: the folders of model files, which name the person. deleted: versions in the trash. words: tint HTML.
    """

    labels: Labels = Labels()
    places: bool = True
    deleted: bool = True
    tokens: bool = True
    words: Words | None = None
    app_version: str = ""


class ExportProgress(Struct, frozen=True):
    """How far an export is, in conversations."""

    written: int
    total: int
    done: bool


def document(tree: Tree, form: Form, options: ExportOptions | None = None) -> str:
    """Return one conversation as the text of a file."""
    wanted = options or ExportOptions()
    if form == "markdown":
        return markdown(tree, wanted.labels)
    if form == "html":
        return page(tree, wanted.labels, words=wanted.words)
    fitted = _fitted(tree, wanted)
    whole = (
        own_format.header(wanted.app_version),
        *own_format.lines(fitted, 0),
        own_format.end(1, len(fitted.messages)),
    )
    return b"".join(whole).decode()


class Exporting:
    """An export. Call `advance` on the history thread until it is done, or `close` to give it up.

    target: a file; for Markdown or HTML of several conversations a folder, which gets one file for each. chosen: None
    for all that are not in the trash. files: what was written.
    """

    def __init__(
        self,
        target: Path,
        form: Form,
        chosen: Sequence[ConversationId] | None,
        options: ExportOptions | None = None,
    ) -> None:
        self.files: list[Path] = []
        self._target = target
        self._form = form
        self._chosen = chosen
        self._options = options or ExportOptions()
        self._left: list[ConversationId] | None = None
        self._total = 0
        self._messages = 0
        self._file: FileToBe | None = None
        self._names: set[str] = set()

    def advance(self, conversations: Conversations) -> ExportProgress:
        """Write for about 50 ms. Raises ExportFailed, after which nothing half-written is left; NoSuchRow."""
        if self._left is None:
            self._begin(conversations)
        assert self._left is not None
        until = time.monotonic() + PIECE_SECONDS
        sound = False
        try:
            while self._left and time.monotonic() < until:
                number = self._total - len(self._left)
                tree = read_tree(conversations.store, self._left[0], tokens=self._wants_tokens())
                self._write(tree, number)
                self._left.pop(0)
            if not self._left:
                self._end()
            sound = True
        finally:
            if not sound:
                self.close()
        return ExportProgress(self._total - len(self._left), self._total, done=not self._left)

    def close(self) -> None:
        """Give it up; whole files that were written stay."""
        if self._file is not None:
            self._file.drop()
            self._file = None

    def _begin(self, conversations: Conversations) -> None:
        self._left = conversation_ids(conversations.store, self._chosen)
        self._total = len(self._left)
        if self._form == "lines":
            self._file = FileToBe(self._target)
            self._file.write(own_format.header(self._options.app_version))
        elif self._in_folder():
            try:
                self._target.mkdir(exist_ok=True)
                self._names = {folded(entry.name) for entry in self._target.iterdir()}
            except OSError as error:
                raise to_export_failed(self._target, error) from error

    def _write(self, tree: Tree, number: int) -> None:
        if self._file is not None:
            tree = _fitted(tree, self._options)
            self._messages += len(tree.messages)
            for line in own_format.lines(tree, number):
                self._file.write(line)
            return
        path = self._target
        if self._in_folder():
            name = free_name(tree.title, ENDINGS[self._form], self._names)
            self._names.add(folded(name))
            path = self._target / name
        file = FileToBe(path)
        file.write(document(tree, self._form, self._options).encode("utf-8", "replace"))
        file.finish()
        self.files.append(path)

    def _end(self) -> None:
        if self._file is not None:
            self._file.write(own_format.end(self._total, self._messages))
            self._file.finish()
            self._file = None
            self.files.append(self._target)

    def _in_folder(self) -> bool:
        return self._form != "lines" and (self._chosen is None or len(self._chosen) != 1)

    def _wants_tokens(self) -> bool:
        return self._options.tokens if self._form == "lines" else self._options.words is not None


def _fitted(tree: Tree, options: ExportOptions) -> Tree:
    tree = tree if options.deleted else own_format.without_deleted(tree)
    return tree if options.places else own_format.without_places(tree)
