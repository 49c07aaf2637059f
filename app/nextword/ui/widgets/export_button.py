"""A button that writes a figure, or a table without one, into a file of the form that the person chooses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from nextword.errors import NextwordError
from nextword.history.exports.file_names import file_name
from nextword.tables import Table, to_csv
from nextword.ui.widgets.figure import DRAWINGS, TABLES, Figure, save, save_table

T = TypeVar("T")


class Beside(Protocol):
    """Does `work` beside the window and tells its result to `done` on the window's thread."""

    def __call__(self, work: Callable[[], T], done: Callable[[T], None]) -> None: ...


class ExportButton(QToolButton):
    """written: the file (Path). failed: a NextwordError, for the notice bar of the page.

    figure, table: called when something is chosen, so what is written is what is shown then; one of them is given.
    beside: for numbers that take long: a figure's table is made, and any table written, where the window does not wait.
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
        beside: Beside | None = None,
    ) -> None:
        super().__init__(parent)
        self._beside: Beside = beside or _at_once
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
        self._set_busy(True)
        if self._figure is not None and path.suffix.lower() in DRAWINGS:
            self._on_written(path, _problem(partial(save, self._figure(), path)))
            return
        make = self._numbers()
        self._beside(
            lambda: _problem(lambda: save_table(make(), path)), lambda problem: self._on_written(path, problem)
        )

    def copy_numbers(self) -> None:
        """Put the table on the clipboard, as CSV."""
        self._set_busy(True)
        make = self._numbers()
        self._beside(lambda: to_csv(make()), self._on_copied)

    def _numbers(self) -> Callable[[], Table]:
        """Return what makes the table of that which is shown now."""
        if self._figure is not None:
            return self._figure().table
        assert self._table is not None
        shown = self._table()
        return lambda: shown

    def _set_busy(self, busy: bool) -> None:
        """One file at a time: a second one would take the place of the first."""
        for action in (*self.forms.values(), self.copy):
            action.setEnabled(not busy)

    def _on_written(self, path: Path, problem: NextwordError | None) -> None:
        self._set_busy(False)
        if problem is not None:
            self.failed.emit(problem)
        else:
            self.written.emit(path)

    def _on_copied(self, text: str) -> None:
        self._set_busy(False)
        QGuiApplication.clipboard().setText(text)

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


def _at_once(work: Callable[[], T], done: Callable[[T], None]) -> None:
    done(work())


def _problem(act: Callable[[], None]) -> NextwordError | None:
    """Do it; return what went wrong."""
    try:
        act()
    except NextwordError as error:
        return error
    return None
