"""The logs of this profile, to look through: the end of each, the lines with a word in them, to copy."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nextword.paths import Profile
from nextword.report import log_files, read_end
from nextword.ui.about.background import Background

SHOWN_BYTES = 500_000


class LogDialog(QDialog):
    """file: which log is shown. text: its end, or those of its lines that have the words of `wanted` in them."""

    def __init__(self, profile: Profile, background: Background, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Logs"))
        self.resize(900, 560)
        self._profile = profile
        self._background = background
        self._whole = ""
        self._asked: Path | None = None
        self.file = QComboBox(self)
        self.file.setAccessibleName(self.tr("Log"))
        self.file.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.wanted = QLineEdit(self)
        self.wanted.setPlaceholderText(self.tr("Only lines with"))
        self.wanted.setAccessibleName(self.tr("Only lines with"))
        self.wanted.setClearButtonEnabled(True)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.tr("Text of the log"))
        self.count = QLabel(self)
        self.count.setProperty("type", "secondary")
        self._lay_out()
        self.file.currentIndexChanged.connect(self._read)
        self.wanted.textChanged.connect(self._show)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.wanted.setFocus)
        QShortcut(QKeySequence.StandardKey.Refresh, self).activated.connect(self.look_again)
        self.look_again()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.file)
        top.addWidget(self.wanted, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self.count, 1)
        for words, act in (
            (self.tr("Read again"), self.look_again),
            (self.tr("Copy"), self._copy),
            (self.tr("Open the folder"), self._open_folder),
            (self.tr("Close"), self.close),
        ):
            button = QPushButton(words, self)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            bottom.addWidget(button)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.text, 1)
        column.addLayout(bottom)

    @Slot()
    def look_again(self) -> None:
        """List the logs and read the chosen one anew."""
        self._background.run(self, partial(_newest_first, self._profile), self._list)

    def _list(self, files: list[Path]) -> None:
        chosen = self.file.currentData()
        self.file.blockSignals(True)
        self.file.clear()
        for path in files:
            self.file.addItem(path.name, str(path))
        self.file.setCurrentIndex(max(self.file.findData(chosen), 0) if files else -1)
        self.file.blockSignals(False)
        self.file.setEnabled(bool(files))
        self._read()

    @Slot()
    def _read(self) -> None:
        chosen = self.file.currentData()
        if not chosen:
            self._whole = ""
            self._show()
            return
        self._asked = Path(str(chosen))
        self._background.run(self, partial(read_end, self._asked, SHOWN_BYTES), partial(self._take, self._asked))

    def _take(self, path: Path, text: str) -> None:
        if path == self._asked:
            self._whole = text
            self._show()

    @Slot()
    def _show(self) -> None:
        wanted = self.wanted.text().strip().casefold()
        lines = self._whole.splitlines()
        found = [line for line in lines if wanted in line.casefold()] if wanted else lines
        self.text.setPlainText("\n".join(found))
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        if not self.file.count():
            self.count.setText(self.tr("No log has anything in it."))
        elif wanted:
            self.count.setText(self.tr("{found} of {all} lines").format(found=f"{len(found):,}", all=f"{len(lines):,}"))
        else:
            self.count.setText(self.tr("{all} lines").format(all=f"{len(lines):,}"))

    @Slot()
    def _copy(self) -> None:
        selected = self.text.textCursor().selectedText().replace("\u2029", "\n")
        QGuiApplication.clipboard().setText(selected or self.text.toPlainText())

    @Slot()
    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._profile.logs)))


def _newest_first(profile: Profile) -> list[Path]:
    return sorted(log_files(profile), key=lambda path: path.stat().st_mtime, reverse=True)
