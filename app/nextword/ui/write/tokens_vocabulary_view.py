"""A vocabulary in a list that is searched while one types: id, token, bytes, kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nextword.engine.protocol import TokenKind
from nextword.tables import Table
from nextword.ui.theme import GAP_SMALL, current_theme
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.token_text import number, visible
from nextword.write.tokens_vocabulary import VocabularyTable

Index = QModelIndex | QPersistentModelIndex

_SEARCH_MILLISECONDS = 60
_SHOWN_BYTES = 16


class VocabularyModel(QAbstractTableModel):
    """The tokens that were found, by their ids; a cell is made when it is looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table: VocabularyTable | None = None
        self._found: Sequence[int] = ()

    @property
    def found(self) -> Sequence[int]:
        """The ids."""
        return self._found

    def show(self, table: VocabularyTable | None, found: Sequence[int]) -> None:
        """Replace what is shown."""
        self.beginResetModel()
        self.table, self._found = table, found
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._found)

    def columnCount(self, _parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 4

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self.table is None:
            return None
        token = self._found[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(self.table, token, index.column())
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return " · ".join(str(self._cell(self.table, token, column)) for column in (1, 0, 2, 3))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 0:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.FontRole and index.column() in (1, 2):
            return current_theme().font("mono")
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == 0 else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (self.tr("Id"), self.tr("Token"), self.tr("Bytes"), self.tr("Kind"))[section]
        return None

    def export(self) -> Table:
        """Return what was found, all of it."""
        if self.table is None:
            return Table(("id", "token", "bytes", "kind"), ())
        texts, kinds = self.table.texts, self.table.kinds
        rows = tuple(
            (token, texts[token].decode("utf-8", "backslashreplace"), texts[token].hex(" "), self._kind(kinds[token]))
            for token in self._found
        )
        return Table(("id", "token", "bytes", "kind"), rows)

    def _cell(self, table: VocabularyTable, token: int, column: int) -> str:
        match column:
            case 0:
                return str(token)
            case 1:
                return visible(table.texts[token])
            case 2:
                data = table.texts[token]
                return data[:_SHOWN_BYTES].hex(" ").upper() + (" …" if len(data) > _SHOWN_BYTES else "")
            case _:
                return self._kind(table.kinds[token])

    def _kind(self, kind: int) -> str:
        return {
            TokenKind.CONTROL: self.tr("control"),
            TokenKind.USER_DEFINED: self.tr("added"),
            TokenKind.BYTE: self.tr("byte"),
            TokenKind.UNKNOWN: self.tr("unknown"),
            TokenKind.UNUSED: self.tr("unused"),
        }.get(TokenKind(kind), "")


class VocabularyView(QWidget):
    """The search field, how it searches, and what it found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = VocabularyModel(self)
        self._table: VocabularyTable | None = None
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("Search the vocabulary"))
        self.field.setAccessibleName(self.tr("Search the vocabulary"))
        self.field.setClearButtonEnabled(True)
        self.by = QComboBox(self)
        self.by.setAccessibleName(self.tr("How to search"))
        for words, value in (
            (self.tr("Contains"), "contains"),
            (self.tr("Begins with"), "begins"),
            (self.tr("Id"), "id"),
            (self.tr("Bytes (hex)"), "bytes"),
            (self.tr("Special tokens"), "special"),
        ):
            self.by.addItem(words, value)
        self.case = QCheckBox(self.tr("Match case"), self)
        self.count = text_label("", "small")
        self.view = QTableView(self)
        self._set_up_view()
        self.export = ExportButton(self, table=self.model.export, title=self.tr("Vocabulary"))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SEARCH_MILLISECONDS)
        self._soon.timeout.connect(self.search)
        self.field.textChanged.connect(self._soon.start)
        self.by.currentIndexChanged.connect(self.search)
        self.case.toggled.connect(self.search)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP_SMALL)
        grid.addWidget(self.field, 0, 0, 1, 2)
        grid.addWidget(self.by, 1, 0)
        grid.addWidget(self.case, 1, 1)
        grid.addWidget(self.count, 2, 0)
        grid.addWidget(self.export, 2, 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP_SMALL, 0, 0)
        column.addLayout(grid)
        column.addWidget(self.view, 1)
        self.setFocusProxy(self.field)

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setProperty("look", "card")
        view.setAccessibleName(self.tr("Tokens of the vocabulary"))
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)
        view.setWordWrap(False)  # else a long name is cut at its first sign
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 8)
        head = view.horizontalHeader()
        letter = view.fontMetrics().horizontalAdvance("0")
        for column, letters in ((0, 7), (2, 13), (3, 8)):
            head.resizeSection(column, letters * letter + 8)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)  # the text of a token gets what is left
        head.setMinimumSectionSize(5 * letter)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), view)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_chosen)

    def show_vocabulary(self, table: VocabularyTable | None) -> None:
        """Search this vocabulary from now on."""
        if table is not self._table:
            self._table = table
            self.search()

    @Slot()
    def search(self) -> None:
        """Show what fits the field."""
        self._soon.stop()
        if self._table is None:
            self.model.show(None, ())
            self.count.setText("")
            return
        found = self._table.search(self.field.text(), self.by.currentData(), case=self.case.isChecked())
        self.model.show(self._table, found)
        words = self.tr("{count} of {all} tokens")
        self.count.setText(words.format(count=number(len(found)), all=number(self._table.size)))

    @Slot()
    def copy_chosen(self) -> None:
        """Put the chosen rows on the clipboard, a line each."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        lines = ["\t".join(str(self.model.index(row, column).data()) for column in range(4)) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
