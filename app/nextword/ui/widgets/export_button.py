"""A button that writes a figure, or a table without one, into a file of the form that the person chooses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from nextword.errors import NextwordError
from nextword.history.exports.file_names import file_name
from nextword.tables import Table, to_csv
from nextword.ui.widgets.figure import DRAWINGS, TABLES, Figure, save, save_table


class ExportButton(QToolButton):
    """written: the file (Path). failed: a NextwordError, for the notice bar of the page.

    figure, table: called when something is chosen, so what is written is what is shown then; one of them is given.
    """

    written = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        *,
        figure: Callable[[], Figure] | None = None,
        table: Callable[[], Table] | None = None,
        title: str = "",
    ) -> None:
        super().__init__(parent)
        self._figure = figure
        self._table = table
        self._title = title
        self.setText(self.tr("Export"))
        self.setToolTip(self.tr("Write it into a file, or copy its numbers"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        menu = QMenu(self)
        names = {
            ".svg": self.tr("Drawing as SVG…"),
            ".png": self.tr("Drawing as PNG…"),
            ".pdf": self.tr("Drawing as PDF…"),
            ".csv": self.tr("Numbers as CSV…"),
            ".json": self.tr("Numbers as JSON…"),
            ".jsonl": self.tr("Numbers as JSON Lines…"),
        }
        self.forms: dict[str, QAction] = {}
        for ending in (*(DRAWINGS if figure is not None else ()), *TABLES):
            self.forms[ending] = menu.addAction(names[ending])
            self.forms[ending].triggered.connect(partial(self._ask_where, ending))
        menu.addSeparator()
        self.copy = menu.addAction(self.tr("Copy the numbers"))
        self.copy.triggered.connect(self.copy_numbers)
        self.setMenu(menu)

    def write(self, path: Path) -> None:
        """Write what is shown now; the ending of `path` says how."""
        try:
            if self._figure is not None:
                save(self._figure(), path)
            else:
                save_table(self._numbers(), path)
        except NextwordError as error:
            self.failed.emit(error)
            return
        self.written.emit(path)

    def copy_numbers(self) -> None:
        """Put the table on the clipboard, as CSV."""
        QGuiApplication.clipboard().setText(to_csv(self._numbers()))

    def _numbers(self) -> Table:
        if self._table is not None:
            return self._table()
        assert self._figure is not None
        return self._figure().table()

    def _ask_where(self, ending: str) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        title = self._title or (self._figure().title if self._figure is not None else self.tr("Table"))
        dialog = QFileDialog(self.window(), self.tr("Export"), folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"*{ending}")
        dialog.setDefaultSuffix(ending[1:])
        dialog.selectFile(file_name(title, ending))
        dialog.fileSelected.connect(lambda chosen: self.write(Path(chosen)))
        dialog.open()
