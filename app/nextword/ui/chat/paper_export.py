"""Conversations printed into PDF files, one after the other: read by the history, laid out between other work."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from nextword.errors import HistoryError, NextwordError
from nextword.history.database import History
from nextword.history.records import ConversationId
from nextword.ui.chat.paper import Paper

if TYPE_CHECKING:  # they bring sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations
    from nextword.history.exports.labels import Labels


class PaperExport(QObject):
    """progressed: conversations written, all of them; ended: None or the error.

    target: a file for one conversation, else a folder, which gets a file for each. chosen None: all.
    """

    progressed = Signal(int, int)
    ended = Signal(object)

    def __init__(
        self, history: History, target: Path, chosen: Sequence[ConversationId] | None, labels: Labels, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.files: list[Path] = []
        self.running = False
        self._history = history
        self._target = target
        self._labels = labels
        self._chosen = chosen
        self._into_folder = chosen is None or len(chosen) != 1
        self._left: list[ConversationId] = []
        self._total = 0
        self._names: set[str] = set()
        self._paper: Paper | None = None
        self._parts: list[str] = []
        self._title = ""

    def start(self) -> None:
        """Begin."""
        self.running = True
        self._history.run(partial(_ids, self._chosen), done=self._on_ids, failed=self._end)

    def cancel(self) -> None:
        """Stop; whole files that were written stay."""
        self.running = False
        if self._paper is not None:
            self._paper.close()
            self._paper = None

    def _on_ids(self, found: list[ConversationId]) -> None:
        from nextword.history.exports.file_names import folded
        from nextword.history.exports.file_writing import to_export_failed

        self._left, self._total = found, len(found)
        if self._into_folder:
            try:
                self._target.mkdir(exist_ok=True)
                self._names = {folded(entry.name) for entry in self._target.iterdir()}
            except OSError as error:
                self._end(to_export_failed(self._target, error))
                return
        self._next()

    def _next(self) -> None:
        if not self.running:
            return
        self.progressed.emit(self._total - len(self._left), self._total)
        if not self._left:
            self._end(None)
            return
        work = partial(_read, self._left.pop(0), self._labels)
        self._history.run(work, done=self._on_read, failed=self._end)

    def _on_read(self, read: tuple[str, list[str]]) -> None:
        if self.running:
            self._title, self._parts = read
            self._paper = Paper(self._title, QCoreApplication.applicationName() or "Nextword")
            self._print()

    def _print(self) -> None:
        """Print one part, then let the window have its turn."""
        if not self.running or self._paper is None:
            return
        if self._parts:
            self._paper.add(self._parts.pop(0))
            QTimer.singleShot(0, self, lambda: self._print())
            return
        paper, self._paper = self._paper, None
        try:
            self._write(paper.finish())
        except HistoryError as error:
            self._end(error)
            return
        self._next()

    def _write(self, data: bytes) -> None:
        from nextword.history.exports.file_names import folded, free_name
        from nextword.history.exports.file_writing import FileToBe

        path = self._target
        if self._into_folder:
            name = free_name(self._title, ".pdf", self._names)
            self._names.add(folded(name))
            path = self._target / name
        file = FileToBe(path)
        file.write(data)
        file.finish()
        self.files.append(path)

    def _end(self, error: NextwordError | None) -> None:
        if self.running:
            self.cancel()
            self.ended.emit(error)


def _ids(chosen: Sequence[ConversationId] | None, conversations: Conversations) -> list[ConversationId]:
    from nextword.history.reading_trees import conversation_ids

    return conversation_ids(conversations.store, chosen)


def _read(conversation: ConversationId, labels: Labels, conversations: Conversations) -> tuple[str, list[str]]:
    from nextword.history.exports.page import paper_parts
    from nextword.history.reading_trees import read_tree

    tree = read_tree(conversations.store, conversation, tokens=False)
    return " ".join(tree.title.split()) or labels.untitled, paper_parts(tree, labels)
