"""Two texts side by side: the document and another one, token by token and in all."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.settings import SettingsChange
from nextword.tables import Table
from nextword.ui.explain import explain
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.tint import Tint
from nextword.ui.widgets.token_text import bits, visible
from nextword.ui.write.canvas import Canvas
from nextword.write.comparing import Comparing, Comparison
from nextword.write.session import WriteSession

_COLUMNS = 4
_MOST_ROWS = 2_000


class ComparePane(QWidget):
    """The other text is written here; "Compare" scores both and shows the difference."""

    def __init__(self, session: WriteSession, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self.comparing = Comparing(session)
        self._comparison: Comparison | None = None
        self.other = Canvas(self.comparing.board, self, compact=True)
        self.other.setPlaceholderText(self.tr("The other text"))
        self.other.setAccessibleName(self.tr("The other text"))
        self.other.setMaximumHeight(180)
        self.other.edited.connect(self.comparing.edit)
        self.other.undo_requested.connect(self.comparing.undoing.undo)
        self.other.redo_requested.connect(self.comparing.undoing.redo)
        self.go = QPushButton(self.tr("Compare"), self)
        self.go.setProperty("look", "primary")
        self.go.clicked.connect(self._on_go)
        self.copy = QPushButton(self.tr("Copy here"), self)
        self.copy.setToolTip(self.tr("Put the text of the document here, to change a word of it"))
        self.copy.clicked.connect(self._on_copy)
        self.result = text_label("", "strong")
        self.details = text_label("", "secondary")
        self._build_table()
        self.export = ExportButton(self, table=self._numbers, title=self.tr("Comparison"))
        self.export.setEnabled(False)
        line = QHBoxLayout()
        line.addWidget(self.go)
        line.addWidget(self.copy)
        line.addStretch(1)
        line.addWidget(self.export)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, 0, GAP_WIDE, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(
            text_label(self.tr("Which of two texts does the model hold likelier? Change a word and see."), "small")
        )
        column.addWidget(self.other)
        column.addLayout(line)
        column.addWidget(self.result)
        column.addWidget(self.details)
        column.addWidget(self.table, 1)
        self.setFocusProxy(self.other)
        self._show_look()
        self._disconnect = [
            services.settings.changed.connect(self._on_settings),
            self.comparing.board.text_changed.connect(self.other.apply),
            self.comparing.board.tokens_changed.connect(lambda _none: self.other.tokens_changed()),
            self.comparing.compared.connect(self._show),
            self.comparing.failed.connect(self._on_failed),
            self.comparing.stopped.connect(lambda _none: self.result.setText("")),
        ]

    def _build_table(self) -> None:
        self.table = QTableWidget(0, _COLUMNS, self)
        self.table.setHorizontalHeaderLabels([self.tr("Document"), self.tr("bits"), self.tr("Other"), self.tr("bits")])
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(self.tr("Both texts, token by token"))
        header = self.table.horizontalHeader()
        for column in range(_COLUMNS):
            mode = QHeaderView.ResizeMode.ResizeToContents if column % 2 else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)

    def _on_settings(self, changed: SettingsChange) -> None:
        if changed.old.write != changed.new.write:
            self._show_look()

    def _show_look(self) -> None:
        look = self._services.settings.value.write
        self.other.set_look(tint=cast(Tint, look.tint), authors=look.authors, spaces=look.spaces)

    def shut_down(self) -> None:
        """Listen no more."""
        self.comparing.close()
        for disconnect in self._disconnect:
            disconnect()

    @Slot()
    def _on_copy(self) -> None:
        self.comparing.take_document()

    @Slot()
    def _on_go(self) -> None:
        if self.comparing.compare():
            self.result.setText(self.tr("The model reads both texts …"))
        else:
            self.result.setText(self.tr("There are no two texts to compare, or the model is at work."))

    def _on_failed(self, error: NextwordError) -> None:
        self.result.setText(explain(error).title)

    def _show(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.export.setEnabled(True)
        one, other = comparison.document, comparison.other
        difference = other.bits - one.bits
        if abs(difference) < 0.05:
            words = self.tr("The model holds both for equally likely.")
        else:
            likelier = self.tr("The document") if difference > 0 else self.tr("The other text")
            words = self.tr("{text} is likelier by {bits} bits: {times} times as likely.").format(
                text=likelier, bits=f"{abs(difference):,.1f}", times=_times(abs(difference))
            )
        lines = []
        for name, totals in ((self.tr("Document"), one), (self.tr("Other"), other)):
            lines.append(
                self.tr("{name}: {bits} bits, {tokens} tokens, {byte} bits per byte, perplexity {perplexity}").format(
                    name=name, bits=f"{totals.bits:,.1f}", tokens=f"{totals.scored:,}",
                    byte=f"{totals.bits_per_byte:.3f}", perplexity=f"{totals.perplexity:,.2f}",
                )
            )  # fmt: skip
        self.result.setText(words)
        self.details.setText("\n".join(lines))
        self.table.setRowCount(0)
        self.table.setRowCount(min(_MOST_ROWS, len(comparison.rows)))
        for row, (left, right) in enumerate(comparison.rows[:_MOST_ROWS]):
            for column, text in enumerate((*_cells(left), *_cells(right))):
                self.table.setItem(row, column, QTableWidgetItem(text))

    def _numbers(self) -> Table:
        rows: list[tuple[str | float | int | None, ...]] = []
        if self._comparison is not None:
            for left, right in self._comparison.rows:
                rows.append((*_values(left), *_values(right)))
        return Table(("document", "document_bits", "other", "other_bits"), tuple(rows))


def _cells(step: TokenStep | None) -> tuple[str, str]:
    if step is None:
        return "", ""
    return visible(step.text), bits(step.surprisal_bits) if step.candidates else "–"


def _values(step: TokenStep | None) -> tuple[str | None, float | None]:
    if step is None:
        return None, None
    return step.text.decode("utf-8", "replace"), step.surprisal_bits if step.candidates else None


def _times(difference_bits: float) -> str:
    if difference_bits > 40:
        return f"10^{difference_bits * 0.30103:.0f}"
    times = 2.0**difference_bits
    return f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
