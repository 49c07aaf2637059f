"""Writes a document into a file: as text, as a page with colours, with all versions, or its tokens as a table."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

import nextword
from nextword.chat.exported_words import words_of
from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.exports.exporting import Exporting, ExportOptions, ExportProgress, Form
from nextword.history.exports.file_names import file_name
from nextword.history.records import ConversationId
from nextword.tables import Cell, Table
from nextword.ui.widgets.figure import save_table
from nextword.write.session import WriteSession

_FORMS: dict[str, Form] = {".md": "markdown", ".html": "html", ".jsonl": "lines"}


class DocumentExport(QObject):
    """written: the file (Path). failed: a NextwordError."""

    written = Signal(object)
    failed = Signal(object)

    def __init__(self, session: WriteSession, history: History, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._history = history
        self._window = window

    def ask(self, document: ConversationId, title: str) -> None:
        """Ask for the file; its ending says how the document is written."""
        forms = {
            self.tr("Text (*.txt)"): ".txt",
            self.tr("Markdown (*.md)"): ".md",
            self.tr("Web page with the colours of the tokens (*.html)"): ".html",
            self.tr("Nextword file with all versions and tokens (*.jsonl)"): ".jsonl",
        }
        if document == self._session.document:
            forms[self.tr("Tokens as CSV (*.csv)")] = ".csv"
            forms[self.tr("Tokens as JSON (*.json)")] = ".json"
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        dialog = QFileDialog(self._window, self.tr("Export"), folder)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(list(forms))
        dialog.setDefaultSuffix("txt")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(forms[chosen][1:]))
        dialog.selectFile(file_name(title, ""))
        dialog.fileSelected.connect(lambda chosen: self.write(document, Path(chosen)))
        dialog.open()

    def write(self, document: ConversationId, path: Path) -> None:
        """Write a document; the ending of `path` says how."""
        self._session.keeping.flush()
        ending = path.suffix.lower()
        if ending in (".csv", ".json"):
            try:
                save_table(token_table(self._session), path)
            except NextwordError as error:
                self.failed.emit(error)
                return
            self.written.emit(path)
            return
        form = _FORMS.get(ending, "lines" if ending == ".jsonl" else "markdown")
        if ending not in _FORMS:
            self._history.run(partial(_write_text, document, path), done=self._on_text, failed=self.failed.emit)
            return
        options = ExportOptions(words=words_of if form == "html" else None, app_version=nextword.__version__)
        self._go_on(Exporting(path, form, [document], options), path)

    def _go_on(self, exporting: Exporting, path: Path) -> None:
        def done(progress: ExportProgress | NextwordError) -> None:
            if isinstance(progress, NextwordError):
                self.failed.emit(progress)
            elif progress.done:
                self.written.emit(path)
            else:
                self._go_on(exporting, path)

        def work(conversations: object) -> ExportProgress | NextwordError:
            try:
                return exporting.advance(conversations)  # type: ignore[arg-type]
            except NextwordError as error:
                return error

        self._history.run(work, done=done, failed=self.failed.emit)

    def _on_text(self, path: Path | NextwordError) -> None:
        if isinstance(path, NextwordError):
            self.failed.emit(path)
        else:
            self.written.emit(path)


def _write_text(document: ConversationId, path: Path, conversations: object) -> Path | NextwordError:
    from nextword.history.conversations import Conversations
    from nextword.history.exports.file_writing import FileToBe
    from nextword.history.reading_trees import read_tree
    from nextword.history.trees import document_text

    assert isinstance(conversations, Conversations)
    try:
        file = FileToBe(path)
        file.write(document_text(read_tree(conversations.store, document, tokens=False)).encode("utf-8", "replace"))
        file.finish()
    except NextwordError as error:
        return error
    return path


def token_table(session: WriteSession) -> Table:
    """Return the tokens of the document with their numbers; what does not hold any more is left empty."""
    rows: list[tuple[Cell, ...]] = []
    board, written = session.board, session.written
    for token, step in enumerate(written.steps):
        fresh = board.is_fresh(token)
        rows.append(
            (
                token + 1,
                step.id,
                step.text.decode("utf-8", "replace"),
                step.text.hex(" "),
                _tr("model") if written.by_model(token) else _tr("person"),
                step.probability if fresh else None,
                step.surprisal_bits if fresh else None,
                step.rank if fresh else None,
                step.entropy_bits if fresh else None,
            )
        )
    return Table(
        ("position", "id", "text", "bytes", "author", "probability", "surprisal_bits", "rank", "entropy_bits"),
        tuple(rows),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("document_export", text)
