"""The library as a Qt list model: a row for each file, then those of other programs, with the words of a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt

from nextword.engine.client import Engine, EngineStatus
from nextword.hub.caches import FoundModel
from nextword.hub.library import Library, LibraryModel
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.widgets.model_words import detail_words, parameter_words, size_words

DETAIL = Qt.ItemDataRole.UserRole + 1
NOTE = Qt.ItemDataRole.UserRole + 2
BADGE = Qt.ItemDataRole.UserRole + 3
PROBLEM = Qt.ItemDataRole.UserRole + 4

OWNERS = {"hub": "Hugging Face", "lm_studio": "LM Studio", "ollama": "Ollama", "jan": "Jan"}
"""How other programs are called."""

_ROOT = QModelIndex()


class ModelList(QAbstractListModel):
    """Roles: display: the name; DETAIL: kind, sizes; NOTE: a sentence or ""; BADGE: "in use" or ""; PROBLEM: bool."""

    def __init__(self, engine: Engine, library: Library, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._library = library
        self._rows = _rows_of(library)
        self._names = names_of(self._rows)
        self._in_use = _path_in_use(engine.status)
        self._disconnect = (
            library.changed.connect(self._on_library),
            engine.status_changed.connect(self._on_status),
        )

    def shut_down(self) -> None:
        """Stop listening."""
        for disconnect in self._disconnect:
            disconnect()

    def at(self, index: QModelIndex | QPersistentModelIndex) -> LibraryModel | None:
        """Return the model of a row, None for one of another program."""
        row = self._row(index)
        return row if isinstance(row, LibraryModel) else None

    def found_at(self, index: QModelIndex | QPersistentModelIndex) -> FoundModel | None:
        """Return what a row of another program's model stands for."""
        row = self._row(index)
        return row if isinstance(row, FoundModel) else None

    def _row(self, index: QModelIndex | QPersistentModelIndex) -> LibraryModel | FoundModel | None:
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def row_of(self, path: str) -> int:
        """Return the row of a file, -1 if there is none."""
        return next((row for row, model in enumerate(self._rows) if model.path == path), -1)

    @property
    def path_in_use(self) -> str:
        """The file of the model that is loaded, "" for none."""
        return self._in_use

    def in_use(self, model: LibraryModel) -> bool:
        """Say whether this is the model that is loaded."""
        return model.path == self._in_use

    def _on_library(self, _: None) -> None:
        old, new = self._rows, _rows_of(self._library)
        if [model.path for model in old] == [model.path for model in new]:
            self._rows, self._names = new, names_of(new)
            if new:
                self.dataChanged.emit(self.index(0), self.index(len(new) - 1))
            return
        self.beginResetModel()
        self._rows, self._names = new, names_of(new)
        self.endResetModel()

    def _on_status(self, status: EngineStatus) -> None:
        in_use = _path_in_use(status)
        if in_use != self._in_use:
            self._in_use = in_use
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def _name(self, model: LibraryModel | FoundModel) -> str:
        return short(self._names[model.path], 140)

    def _detail(self, model: LibraryModel | FoundModel) -> str:
        if isinstance(model, FoundModel):
            return size_words(model.size_bytes)
        if not model.size_bytes:
            return short(model.path, 100)
        words = [detail_words(model.kind, model.quantization, model.size_bytes)]
        if model.parameters:
            words.append(self.tr("{count} parameters").format(count=parameter_words(model.parameters)))
        if model.context_tokens:
            words.append(self.tr("context {count}").format(count=QLocale().toString(model.context_tokens)))
        return " · ".join(words)

    def _note(self, model: LibraryModel | FoundModel) -> str:
        if isinstance(model, FoundModel):
            return self.tr("Lies in {program}'s folder and is used from there: not copied, not changed.").format(
                program=OWNERS[model.owner]
            )
        if model.problem is not None:
            words = explain(model.problem)
            return f"{words.text} {words.advice}"
        if model.crashed:
            return self.tr("It ended the engine the last time it was loaded, so it is not loaded by itself.")
        if model.starter:
            return self.tr("Starter: tiny, made to show how language models work. It comes with Nextword.")
        return ""

    def _badge(self, model: LibraryModel | FoundModel) -> str:
        if isinstance(model, FoundModel):
            return self.tr("found")
        if model.hashing is not None:
            return self.tr("verifying {percent} %").format(percent=int(100 * model.hashing))
        if model.missing:
            return self.tr("missing")
        return self.tr("in use") if self.in_use(model) else ""

    # --- Qt -------------------------------------------------------------------------------------------------

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | bool | None:
        model = self._row(index)
        if model is None:
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(
                part for part in (self._name(model), self._detail(model), self._badge(model), self._note(model)) if part
            )
        if role == PROBLEM:
            return isinstance(model, LibraryModel) and (model.problem is not None or model.crashed)
        words = {
            int(Qt.ItemDataRole.DisplayRole): self._name,
            int(DETAIL): self._detail,
            int(NOTE): self._note,
            int(BADGE): self._badge,
        }.get(int(role))
        return words(model) if words is not None else None


def _rows_of(library: Library) -> tuple[LibraryModel | FoundModel, ...]:
    rows: list[LibraryModel | FoundModel] = [*library.models]
    rows += library.elsewhere
    return tuple(rows)


def names_of(rows: Sequence[LibraryModel | FoundModel]) -> dict[str, str]:
    """Return what each row is called, by its path: with its quantization or its file where others share its name."""
    names = {row.path: _own_name(row) for row in rows}
    for telling in (_quantization, _stem):
        counts = Counter(names.values())
        for row in rows:
            if counts[names[row.path]] > 1 and isinstance(row, LibraryModel) and not row.starter:
                names[row.path] = " · ".join(part for part in (_own_name(row), telling(row)) if part)
    return names


def _quantization(model: LibraryModel) -> str:
    return short(model.quantization, 20)


def _stem(model: LibraryModel) -> str:
    return Path(model.path).stem


def _own_name(row: LibraryModel | FoundModel) -> str:
    return row.name if isinstance(row, FoundModel) else row.name or row.file_name


def _path_in_use(status: EngineStatus) -> str:
    return status.model.path if status.model is not None else ""
