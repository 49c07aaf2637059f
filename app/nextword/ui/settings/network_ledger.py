"""The ledger of the network as a table: to whom, what for, how much, when; requests of one errand on one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from PySide6.QtCore import QAbstractTableModel, QDateTime, QLocale, QModelIndex, QPersistentModelIndex, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QTableView, QVBoxLayout, QWidget

from nextword.network.ledger import Entry, Ledger
from nextword.tables import Table
from nextword.ui.explanation import short
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.download_words import bytes_words
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.page_frame import text_label

_LOOK_MS = 1000
_Index = QModelIndex | QPersistentModelIndex


class Line(Struct):
    """Requests to one host for one purpose, one after the other. when: of the first, seconds since 1970."""

    when: float
    host: str
    purpose: str
    requests: int
    received_bytes: int
    sent_bytes: int
    outcome: str


def together(entries: Iterable[Entry]) -> list[Line]:
    """Return the newest first; neighbours of the same host, purpose and end on one line."""
    lines: list[Line] = []
    for entry in entries:
        last = lines[-1] if lines else None
        if last is not None and (last.host, last.purpose, last.outcome) == (entry.host, entry.purpose, entry.outcome):
            last.requests += 1
            last.received_bytes += entry.received_bytes
            last.sent_bytes += entry.sent_bytes
        else:
            lines.append(
                Line(
                    entry.when, entry.host, entry.purpose, 1, entry.received_bytes, entry.sent_bytes, entry.outcome
                )  # fmt: skip
            )
    return lines[::-1]


class LedgerModel(QAbstractTableModel):
    """Rows of `together`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def show_lines(self, lines: list[Line]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 6

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in (3, 4) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (
            self.tr("When"), self.tr("To"), self.tr("For"), self.tr("Requests"), self.tr("Received"), self.tr("End"),
        )[section]  # fmt: skip

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (3, 4):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        moment = QDateTime.fromSecsSinceEpoch(int(line.when))
        return (
            QLocale().toString(moment, QLocale.FormatType.ShortFormat),
            short(line.host, 80),
            self._purpose(line.purpose),
            QLocale().toString(line.requests),
            bytes_words(line.received_bytes),
            self._outcome(line.outcome),
        )[index.column()]

    def _purpose(self, purpose: str) -> str:
        return {
            "search": self.tr("search"),
            "details": self.tr("details of a model"),
            "download": self.tr("download"),
            "file header": self.tr("header of a file"),
            "connection test": self.tr("connection test"),
        }.get(purpose, short(purpose, 40))

    def _outcome(self, outcome: str) -> str:
        return {
            "answered": self.tr("answered"),
            "broken": self.tr("broken off"),
            "refused": self.tr("not sent: offline"),
            "under_way": self.tr("under way"),
        }.get(outcome, "")


class LedgerView(QWidget):
    """Looks again every second while it is seen."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self._ledger = ledger
        self._version = -1
        self.model = LedgerModel(self)
        self.table = QTableView()
        self.table.setProperty("look", "card")
        self.table.setAccessibleName(self.tr("Requests that left this machine"))
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setMinimumHeight(240)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.words = text_label("", "small")
        self.export = ExportButton(self, table=self._table, title=self.tr("Network ledger"))
        self.clear = QPushButton(self.tr("Clear"))
        self.clear.setToolTip(self.tr("Forgets this list, in its file as well"))
        self.clear.clicked.connect(self._on_clear)
        foot = QHBoxLayout()
        foot.setSpacing(GAP_SMALL)
        foot.addWidget(self.words, 1)
        foot.addWidget(self.export)
        foot.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.table)
        column.addLayout(foot)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self.look)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    @Slot()
    def look(self) -> None:
        """Show what changed."""
        if self._ledger.version == self._version and self._version >= 0:
            return
        entries = self._ledger.entries()
        self._version = self._ledger.version
        self.model.show_lines(together(entries))
        sent = [entry for entry in entries if entry.outcome != "refused"]
        if not sent:
            self.words.setText(self.tr("Nothing has left this machine."))
            return
        locale = QLocale()
        self.words.setText(
            self.tr("{requests} requests to {hosts} hosts; {received} received.").format(
                requests=locale.toString(len(sent)),
                hosts=locale.toString(len({entry.host for entry in sent})),
                received=bytes_words(sum(entry.received_bytes for entry in sent)),
            )
        )

    @Slot()
    def _on_clear(self) -> None:
        self._ledger.clear()
        self.look()

    def _table(self) -> Table:
        """Return every request by itself."""
        names = Entry.__struct_fields__
        rows = tuple(tuple(getattr(entry, name) for name in names) for entry in self._ledger.entries())
        return Table(names, rows)
