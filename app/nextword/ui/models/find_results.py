"""Models of the hub as a Qt list model: a page of results at a time, more when the end is seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from nextword.errors import NextwordError
from nextword.hub.catalog import Catalog, Search
from nextword.hub.curated import can_run
from nextword.hub.hub_records import HubModel, SearchPage, SearchQuery
from nextword.hub.twins import kind_of_hub_model
from nextword.ui.explanation import short
from nextword.ui.models.model_list import BADGE, DETAIL, NOTE, PROBLEM
from nextword.ui.widgets.model_words import count_words, kind_words, parameter_words

_ROOT = QModelIndex()
_MOST_BARREN = 5  # then a person is asked whether to go on: strict filters would ask for the whole hub


class FindResults(QAbstractListModel):
    """Roles as model_list.py. keep: which of the models that come are listed. ended: a page came, or none will (the
    error, or None)."""

    ended = Signal(object)

    def __init__(self, catalog: Catalog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalog = catalog
        self._search: Search | None = None
        self._rows: list[HubModel] = []
        self._more = False
        self._asking = False
        self._barren = 0  # pages in a row of which nothing was listed
        self.keep: Callable[[HubModel], bool] = lambda _model: True
        self.left_out = 0
        """How many models came and were not listed."""

    def begin(self, query: SearchQuery, keep: Callable[[HubModel], bool]) -> None:
        """Ask for the first page; an older search is heard no more."""
        self.stop()
        self.beginResetModel()
        self._rows = []
        self._more = False
        self.left_out = 0
        self._barren = 0
        self.keep = keep
        self.endResetModel()
        self._asking = True
        self._search = self._catalog.search(query, self._on_page, self._on_failed)

    def stop(self) -> None:
        """Hear no more of what was asked."""
        if self._search is not None:
            self._search.cancel()
            self._search = None
        self._asking = False

    @property
    def has_more(self) -> bool:
        """Whether the hub has more than was asked for."""
        return self._more

    @property
    def stuck(self) -> bool:
        """Whether the hub has more, but nothing of the last pages was to be listed."""
        return self._more and self._barren >= _MOST_BARREN

    def look_further(self) -> None:
        """Ask for more pages after all."""
        self._barren = 0
        self.fetchMore(_ROOT)

    @property
    def asking(self) -> bool:
        """Whether a page is on its way."""
        return self._asking

    def at(self, index: QModelIndex | QPersistentModelIndex) -> HubModel | None:
        """Return the model of a row."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def models(self) -> tuple[HubModel, ...]:
        """Return what is listed."""
        return tuple(self._rows)

    def _on_page(self, page: SearchPage) -> None:
        self._asking = False
        self._more = page.more
        kept = [model for model in page.models if self.keep(model)]
        self.left_out += len(page.models) - len(kept)
        self._barren = 0 if kept else self._barren + 1
        if kept:
            first = len(self._rows)
            self.beginInsertRows(_ROOT, first, first + len(kept) - 1)
            self._rows += kept
            self.endInsertRows()
        self.ended.emit(None)

    def _on_failed(self, error: NextwordError) -> None:
        self._asking = False
        self._more = False
        self.ended.emit(error)

    # --- words ----------------------------------------------------------------------------------------------

    def _detail(self, model: HubModel) -> str:
        kind = kind_of_hub_model(model)
        words = [
            kind_words(kind) if kind is not None else "",
            self.tr("{count} parameters").format(count=parameter_words(model.parameters)) if model.parameters else "",
            short(model.licence, 40),
            self.tr("{count} downloads").format(count=count_words(model.downloads)),
        ]
        return " · ".join(word for word in words if word)

    def _note(self, model: HubModel) -> str:
        if can_run(model.architecture) is False:
            return self.tr("The engine cannot run this architecture ({name}).").format(
                name=short(model.architecture, 40)
            )
        if model.gate:
            return self.tr("Gated: its terms are accepted on its page first, with an account.")
        return ""

    # --- Qt -------------------------------------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: QModelIndex | QPersistentModelIndex) -> bool:
        return not parent.isValid() and self._more and not self._asking and self._barren < _MOST_BARREN

    def fetchMore(self, parent: QModelIndex | QPersistentModelIndex) -> None:
        if self.canFetchMore(parent) and self._search is not None:
            self._asking = True
            self._catalog.more(self._search, self._on_page, self._on_failed)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | bool | None:
        model = self.at(index)
        if model is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return short(model.repo, 120)
        if role == DETAIL:
            return self._detail(model)
        if role == NOTE:
            return self._note(model)
        if role == BADGE:
            return self.tr("gated") if model.gate else ""
        if role == PROBLEM:
            return can_run(model.architecture) is False
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (short(model.repo, 120), self._detail(model), self._note(model)) if part)
        return None
