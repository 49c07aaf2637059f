"""A report is read by the person before it is saved: every part of it, as it will be in the file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NextwordError
from nextword.history.exports.file_writing import to_export_failed
from nextword.report import Part, save
from nextword.ui.about.background import Background

FILE_NAME = "nextword-report.zip"


class ReportDialog(QDialog):
    """saved: the file (Path). failed: a NextwordError; the dialog stays, so that another folder can be chosen."""

    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, background: Background, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Save a report"))
        self.resize(820, 560)
        self._background = background
        self._parts: list[Part] = []
        words = QLabel(
            self.tr(
                "For the people who mend Nextword. It holds what you can read here and nothing else: no conversations, "
                "no tokens, no paths of your home folder. It is saved as a file and sent nowhere."
            ),
            self,
        )
        words.setWordWrap(True)
        self.part = QComboBox(self)
        self.part.setAccessibleName(self.tr("Part of the report"))
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.tr("Text of this part"))
        self.text.setPlainText(self.tr("Reading…"))
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.problem.setVisible(False)
        self._buttons = QDialogButtonBox(self)
        self.save = self._buttons.addButton(self.tr("Save…"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.save.setEnabled(False)
        self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self._ask_where)
        self._buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (words, self.part, self.text, self.problem, self._buttons):
            column.addWidget(widget, 1 if widget is self.text else 0)
        self.part.currentIndexChanged.connect(self._show_part)

    def show_parts(self, parts: list[Part]) -> None:
        """Take what was collected."""
        self._parts = parts
        for part in parts:
            self.part.addItem(part.name)
        self.save.setEnabled(True)
        self.save.setFocus()

    def write(self, path: Path) -> None:
        """Save the report at `path`."""
        self.save.setEnabled(False)
        written = partial(self._on_saved, path)
        self._background.run(self, partial(save, self._parts, path), written, partial(self._on_failed, path))

    @Slot(int)
    def _show_part(self, row: int) -> None:
        if 0 <= row < len(self._parts):
            self.text.setPlainText(self._parts[row].text)

    @Slot()
    def _ask_where(self) -> None:
        folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DesktopLocation))
        if not folder.is_dir():
            folder = Path.home()
        dialog = QFileDialog(self, self.tr("Save a report"), str(folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("*.zip")
        dialog.setDefaultSuffix("zip")
        dialog.selectFile(FILE_NAME)
        dialog.fileSelected.connect(lambda chosen: self.write(Path(chosen)))
        dialog.open()

    def _on_saved(self, path: Path, _none: None) -> None:
        self.saved.emit(path)
        self.accept()

    def _on_failed(self, path: Path, error: OSError) -> None:
        from nextword.ui.explain import explain

        failure: NextwordError = to_export_failed(path, error)
        words = explain(failure)
        self.problem.setText(f"{words.title}. {words.text} {words.advice}")
        self.problem.setVisible(True)
        self.save.setEnabled(True)
        self.failed.emit(failure)
