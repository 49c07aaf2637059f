"""Imports conversations from files of this and of other programs: asks for them, shows how far it is and what came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nextword.chat.transfers import Transfer
from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.imports.importing import Importing, Progress
from nextword.history.imports.report import ImportReport
from nextword.ui.explain import explain
from nextword.ui.explain_files import program_name, remark_line, skipped_line
from nextword.ui.theme import GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.page_frame import text_label


class ImportDialog(QDialog):
    """Open it with open(). imported: the conversations that were made, when it ends, however it ends."""

    imported = Signal(object)  # list[ConversationId]

    def __init__(self, history: History, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Import"))
        self._history = history
        self._transfer: Transfer[Progress] | None = None
        self._importing: Importing | None = None
        self.head = text_label(self.tr("Import conversations"), "heading")
        self.words = text_label(
            self.tr(
                "Nextword reads its own JSONL files, exports of ChatGPT (the zip file or conversations.json) and of"
                " Open WebUI, and the conversations of LM Studio, Jan and GPT4All. What is here already is passed over;"
                " what comes is marked as imported."
            ),
            "secondary",
        )
        self.own_prompts = QCheckBox(self.tr("Use the system prompts of Nextword files at once"), self)
        self.own_prompts.setToolTip(
            self.tr("Only for files of your own: a system prompt steers every answer. Others wait for a click.")
        )
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.details = QPlainTextEdit(self)
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(self.tr("What was changed or left out"))
        self.details.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        column.setSpacing(GAP_SMALL)
        for widget in (self.head, self.words, self.own_prompts, self.bar):
            column.addWidget(widget)
        column.addWidget(self.details, 1)
        column.addStretch(0)
        column.addLayout(self._buttons())
        self.setMinimumWidth(500)

    def _buttons(self) -> QHBoxLayout:
        self.close_button = QPushButton(self.tr("Cancel"), self)
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self.reject)
        self.folder = QPushButton(self.tr("A folder…"), self)
        self.folder.setAutoDefault(False)
        self.folder.clicked.connect(self._on_folder)
        self.files = QPushButton(self.tr("Choose files…"), self)
        self.files.setProperty("look", "primary")
        self.files.setDefault(True)
        self.files.clicked.connect(self._on_files)
        line = QHBoxLayout()
        line.setContentsMargins(0, GAP_SMALL, 0, 0)
        line.setSpacing(GAP_SMALL)
        line.addWidget(self.close_button)
        line.addStretch(1)
        line.addWidget(self.folder)
        line.addWidget(self.files)
        return line

    @Slot()
    def _on_files(self) -> None:
        dialog = QFileDialog(self, self.tr("Import"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilters([self.tr("Conversations (*.jsonl *.json *.zip *.chat *.gz)"), self.tr("All files (*)")])
        dialog.filesSelected.connect(self.read)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def _on_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Import"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.filesSelected.connect(self.read)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(object)
    def read(self, paths: Sequence[str]) -> None:
        """Begin to import these files and folders."""
        self._importing = Importing([Path(path) for path in paths], own_prompts=self.own_prompts.isChecked())
        for widget in (self.files, self.folder, self.own_prompts):
            widget.hide()
        self.bar.show()
        self.head.setText(self.tr("Importing"))
        self.words.setText(self.tr("Conversations so far: {count}").format(count="0"))
        self._transfer = Transfer(self._history, self._importing)
        self._transfer.progressed.connect(self._on_progress)
        self._transfer.ended.connect(self._on_ended)
        self._transfer.start()

    def _on_progress(self, progress: Progress) -> None:
        self.words.setText(self.tr("Conversations so far: {count}").format(count=f"{progress.imported:,}"))

    def _on_ended(self, error: NextwordError | None) -> None:
        assert self._importing is not None
        self._transfer = None
        report = self._importing.report
        self.bar.hide()
        self.close_button.setText(self.tr("Close"))
        self.close_button.setDefault(True)
        self.close_button.setFocus()
        if error is None:
            self.head.setText(self.tr("Imported") if report.conversations else self.tr("Nothing new was imported"))
            self.words.setText(self._counts(report))
        else:
            words = explain(error)
            self.head.setText(words.title)
            self.words.setText(" ".join(part for part in (words.text, words.advice, self._counts(report)) if part))
        lines = [remark_line(remark, count) for remark, count in report.remarks.items()]
        lines += [skipped_line(skipped) for skipped in report.skipped]
        if report.skipped_count > len(report.skipped):
            more = report.skipped_count - len(report.skipped)
            lines.append(self.tr("and {count} more").format(count=f"{more:,}"))
        self.details.setPlainText("\n".join(lines))
        self.details.setVisible(bool(lines))
        self._tell_imported()
        self.adjustSize()

    def _counts(self, report: ImportReport) -> str:
        parts = [
            self.tr("Conversations: {count}").format(count=f"{report.conversations:,}"),
            self.tr("messages: {count}").format(count=f"{report.messages:,}"),
        ]
        if report.duplicates:
            parts.append(self.tr("here already: {count}").format(count=f"{report.duplicates:,}"))
        left_out = report.skipped_count - report.duplicates
        if left_out:
            parts.append(self.tr("left out: {count}").format(count=f"{left_out:,}"))
        if report.formats:
            parts.append(self.tr("from {programs}").format(programs=", ".join(map(program_name, report.formats))))
        return ", ".join(parts) + "."

    def _tell_imported(self) -> None:
        if self._importing is not None and self._importing.imported:
            self.imported.emit(list(self._importing.imported))

    def done(self, result: int) -> None:
        """Close; what was imported so far stays."""
        if self._transfer is not None:
            self._transfer.cancel()
            self._transfer = None
            self._tell_imported()
        super().done(result)
