"""Asks how conversations are written into files, writes them, and shows how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

import nextword
from nextword.chat.exported_words import words_of
from nextword.chat.transfers import Transfer
from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.exports.exporting import ENDINGS, Exporting, ExportOptions, ExportProgress, Form
from nextword.history.exports.file_names import free_name
from nextword.history.exports.labels import Labels
from nextword.history.records import ConversationId
from nextword.ui.chat.paper_export import PaperExport
from nextword.ui.explain import explain
from nextword.ui.theme import GAP_PAGE, GAP_SMALL, GAP_TINY, GAP_WIDE
from nextword.ui.widgets.page_frame import text_label


class ExportDialog(QDialog):
    """Open it with open(). written: the files, when all is done. chosen None: all that are not in the trash."""

    written = Signal(object)  # list[Path]

    def __init__(self, history: History, chosen: Sequence[ConversationId] | None, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Export"))
        self._history = history
        self._chosen = chosen
        self._title = title
        self._one = chosen is not None and len(chosen) == 1
        self._transfer: Transfer[ExportProgress] | PaperExport | None = None
        self._exporting: Exporting | None = None
        self.forms: dict[str, QRadioButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        self._column.setSpacing(GAP_TINY)
        self._column.addWidget(text_label(title, "heading"))
        self._column.addSpacing(GAP_SMALL)
        self._add_forms()
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.bar.hide()
        self._said = text_label("", "error")
        self._said.hide()
        self._column.addSpacing(GAP_SMALL)
        self._column.addWidget(self.bar)
        self._column.addWidget(self._said)
        self._column.addLayout(self._buttons())
        self.setMinimumWidth(460)
        self.forms["markdown"].setChecked(True)

    def _add_forms(self) -> None:
        self._add_form("markdown", self.tr("Markdown"), self.tr("Text that any editor reads: the path that is shown."))
        self._add_form("html", "HTML", self.tr("A page for any browser. It loads nothing and runs nothing."))
        self.words = self._add_option("html", self.tr("Tint words by surprisal"), on=False)
        self._add_form("pdf", "PDF", self.tr("For paper and for handing in."))
        self._add_form("lines", "JSONL", self.tr("Everything, with all versions, to be imported again."))
        self.tokens = self._add_option("lines", self.tr("With the probabilities of every word"), on=True)
        self.deleted = self._add_option("lines", self.tr("With the versions in the trash"), on=True)
        self.places = self._add_option(
            "lines", self.tr("With the folders of model files, which may name you"), on=False
        )

    def _add_form(self, form: str, name: str, words: str) -> None:
        button = QRadioButton(name, self)
        button.setAccessibleDescription(words)
        explanation = text_label(words, "small")
        explanation.setContentsMargins(GAP_PAGE, 0, 0, GAP_TINY)
        self.forms[form] = button
        self._column.addWidget(button)
        self._column.addWidget(explanation)

    def _add_option(self, form: str, words: str, *, on: bool) -> QCheckBox:
        box = QCheckBox(words, self)
        box.setChecked(on)
        box.hide()
        self.forms[form].toggled.connect(box.setVisible)
        line = QHBoxLayout()
        line.setContentsMargins(GAP_PAGE, 0, 0, 0)
        line.addWidget(box)
        self._column.addLayout(line)
        return box

    def _buttons(self) -> QHBoxLayout:
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self.start = QPushButton(self.tr("Choose where…"), self)
        self.start.setProperty("look", "primary")
        self.start.setDefault(True)
        self.start.clicked.connect(self._on_start)
        line = QHBoxLayout()
        line.setContentsMargins(0, GAP_SMALL, 0, 0)
        line.setSpacing(GAP_SMALL)
        line.addStretch(1)
        line.addWidget(self.cancel)
        line.addWidget(self.start)
        return line

    @property
    def form(self) -> str:
        """The form that is chosen: markdown, html, pdf or lines."""
        return next(form for form, button in self.forms.items() if button.isChecked())

    # --- writing --------------------------------------------------------------------------------------------

    @Slot()
    def _on_start(self) -> None:
        dialog = QFileDialog(self, self.tr("Export"))
        if self._one or self.form == "lines":
            ending = ".pdf" if self.form == "pdf" else ENDINGS[_form(self.form)]
            name = free_name(self._title if self._one else self.tr("Nextword conversations"), ending, set())
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setFileMode(QFileDialog.FileMode.AnyFile)
            dialog.setDefaultSuffix(ending.removeprefix("."))
            dialog.selectFile(name)
        else:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.write_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def write_to(self, path: str) -> None:
        """Begin to write into this file or folder."""
        for widget in (self.start, *self.forms.values(), self.words, self.tokens, self.deleted, self.places):
            widget.setEnabled(False)
        self._said.hide()
        self.bar.setRange(0, 0)
        self.bar.show()
        labels = Labels(
            user=self.tr("You"),
            assistant=self.tr("Model"),
            system=self.tr("System"),
            thinking=self.tr("Thinking"),
            untitled=self.tr("Conversation"),
        )
        if self.form == "pdf":
            paper = PaperExport(self._history, Path(path), self._chosen, labels, self)
            paper.progressed.connect(self._show_progress)
            paper.ended.connect(self._on_ended)
            self._transfer = paper
            paper.start()
            return
        options = ExportOptions(
            labels=labels,
            places=self.places.isChecked(),
            deleted=self.deleted.isChecked(),
            tokens=self.tokens.isChecked(),
            words=words_of if self.words.isChecked() else None,
            app_version=nextword.__version__,
        )
        self._exporting = Exporting(Path(path), _form(self.form), self._chosen, options)
        transfer = Transfer(self._history, self._exporting)
        transfer.progressed.connect(lambda progress: self._show_progress(progress.written, progress.total))
        transfer.ended.connect(self._on_ended)
        self._transfer = transfer
        transfer.start()

    @Slot(int, int)
    def _show_progress(self, written: int, total: int) -> None:
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(written)

    @Slot(object)
    def _on_ended(self, error: NextwordError | None) -> None:
        done, self._transfer = self._transfer, None
        if error is None:
            files = done.files if isinstance(done, PaperExport) else self._exporting.files if self._exporting else []
            self.written.emit(list(files))
            self.accept()
            return
        words = explain(error)
        self._said.setText(" ".join(part for part in (f"{words.title}.", words.text, words.advice) if part))
        self._said.show()
        self.bar.hide()
        for widget in (self.start, *self.forms.values(), self.words, self.tokens, self.deleted, self.places):
            widget.setEnabled(True)

    def done(self, result: int) -> None:
        """Close; what is half-written is given up."""
        if self._transfer is not None:
            self._transfer.cancel()
            self._transfer = None
        super().done(result)


def _form(name: str) -> Form:
    return "lines" if name == "lines" else "html" if name == "html" else "markdown"
