"""The conversations as a list model: folders, then the pinned, then the others under Today, Yesterday and so on.

It holds the pages that were read so far and asks for more when the end comes into sight.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct
from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from nextword.history.records import ConversationId, ConversationSummary, FolderId, MessageId

Index = QModelIndex | QPersistentModelIndex

SUMMARY = Qt.ItemDataRole.UserRole
"""ConversationSummary, None for a heading or a folder."""
LISTED = Qt.ItemDataRole.UserRole + 1
"""Listed, FolderRow, or the text of a heading."""

MOST_ROWS = 2000
"""Further down the search is the better way, and a longer list would no longer be laid out between two frames."""

_MIME = "application/x-nextword-conversations"


class Listed(Struct, frozen=True):
    """A conversation in a row. Of what a search found: message (None: the title), snippet and its matches.

    matches: (start, end) in characters of the snippet; version: a message in the trash that the row stands for.
    """

    summary: ConversationSummary
    message: MessageId | None = None
    snippet: str = ""
    matches: tuple[tuple[int, int], ...] = ()
    version: MessageId | None = None


class FolderRow(Struct, frozen=True):
    """A folder to go into; up: to go back to, None for all conversations."""

    folder: FolderId | None
    name: str
    up: bool = False


Row: TypeAlias = str | FolderRow | Listed


def key_of(row: Row) -> object:
    """Return what stays the same when a row changes its looks."""
    if isinstance(row, Listed):
        return row.summary.id, row.version
    return (row.folder, row.up, "folder") if isinstance(row, FolderRow) else row


class ConversationList(QAbstractListModel):
    """Rows are headings (text), folders and conversations. more_wanted: the end of what was read is in sight."""

    renamed = Signal(int, str)  # conversation, new title
    folder_renamed = Signal(int, str)  # folder, new name
    moved = Signal(object, object)  # conversations, folder or None
    more_wanted = Signal()
    more_known = Signal()  # whether there is more to read, after every page

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._items: list[Listed] = []
        self._has_more = False

    # --- what is in it --------------------------------------------------------------------------------------

    @property
    def items(self) -> Sequence[Listed]:
        """The conversations in their order."""
        return self._items

    def show(
        self, summaries: Sequence[ConversationSummary], now: datetime.datetime, *, folders: Sequence[FolderRow] = ()
    ) -> None:
        """Replace the rows. summaries: the pinned first, then newest first; now: local time, with its zone."""
        self._items = [Listed(summary) for summary in summaries]
        self._replace([*folders, *self._grouped(self._items, now)])

    def show_plain(self, items: Sequence[Listed], *, groups: Callable[[Listed], str] | None = None) -> None:
        """Replace the rows by these, in this order; groups: the heading that a row stands under."""
        self._items = list(items)
        rows: list[Row] = []
        last = ""
        for item in items:
            heading = groups(item) if groups is not None else ""
            if heading != last:
                rows.append(heading)
                last = heading
            rows.append(item)
        self._replace(rows)

    def set_more(self, has_more: bool) -> None:
        """Say whether there is more to read after the last row."""
        self._has_more = has_more and len(self._items) < MOST_ROWS
        self.more_known.emit()

    def _replace(self, rows: list[Row]) -> None:
        """Change as few rows as the views need to hear of: what is chosen and the place that is seen stay."""
        old_keys, new_keys = [key_of(row) for row in self._rows], [key_of(row) for row in rows]
        before, after = _ends_alike(old_keys, new_keys)
        gone, come = old_keys[before : len(old_keys) - after], new_keys[before : len(new_keys) - after]
        root, last = QModelIndex(), before + len(gone) - 1
        if len(gone) > 1 and come == [gone[-1], *gone[:-1]]:
            self.beginMoveRows(root, last, last, root, before)
            self._rows.insert(before, self._rows.pop(last))
            self.endMoveRows()
        else:
            if gone:
                self.beginRemoveRows(root, before, last)
                del self._rows[before : last + 1]
                self.endRemoveRows()
            if come:
                self.beginInsertRows(root, before, before + len(come) - 1)
                self._rows[before:before] = rows[before : before + len(come)]
                self.endInsertRows()
        changed = [number for number, (was, now) in enumerate(zip(self._rows, rows, strict=True)) if was != now]
        self._rows = rows
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]), [])

    def row_of(self, conversation: ConversationId | None) -> int:
        """Return the row of a conversation, -1 if it is not listed."""
        for number, row in enumerate(self._rows):
            if isinstance(row, Listed) and row.summary.id == conversation and row.version is None:
                return number
        return -1

    def row(self, number: int) -> Row | None:
        """Return what stands in a row, None where there is none."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def listed(self, row: int) -> Listed | None:
        """Return the conversation of a row with what was found in it, None for another row."""
        found = self.row(row)
        return found if isinstance(found, Listed) else None

    def summary(self, row: int) -> ConversationSummary | None:
        """Return the conversation of a row, None for a heading or a folder."""
        found = self.listed(row)
        return found.summary if found is not None else None

    def title(self, summary: ConversationSummary) -> str:
        """Return the title on one line; a conversation without one is called new."""
        return " ".join(summary.title.split()) or self.tr("New chat")

    def _grouped(self, items: Sequence[Listed], now: datetime.datetime) -> Iterator[Row]:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        begins = [(midnight - datetime.timedelta(days=days)).timestamp() for days in (0, 1, 7)]
        words = [self.tr("Today"), self.tr("Yesterday"), self.tr("Previous 7 days"), self.tr("Older")]
        pinned, last = self.tr("Pinned"), ""
        for item in items:
            older = sum(item.summary.updated < begin for begin in begins)
            heading = pinned if item.summary.pinned else words[older]
            if heading != last:
                yield heading
                last = heading
            yield item
        if len(items) >= MOST_ROWS:
            yield self.tr("The search finds older ones")

    # --- as Qt asks for it ----------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._has_more

    def fetchMore(self, _parent: Index) -> None:
        self._has_more = False  # until it has come
        self.more_wanted.emit()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == LISTED:
            return row
        if role == SUMMARY:
            return row.summary if isinstance(row, Listed) else None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            if isinstance(row, Listed):
                return self.title(row.summary)
            return row.name if isinstance(row, FolderRow) else row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._in_words(row)
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, Listed) and row.summary.source:
            return self._imported(row.summary.source)
        return None

    def _imported(self, source: str) -> str:
        from nextword.ui.explain_files import program_name  # the window starts without it

        return self.tr("Imported from {program}").format(program=program_name(source))

    def _in_words(self, row: Row) -> str:
        if isinstance(row, FolderRow):
            words = self.tr("Back to {name}") if row.up else self.tr("Folder {name}")
            return words.format(name=row.name)
        if isinstance(row, str):
            return row
        said = [self.title(row.summary), row.snippet or row.summary.preview]
        if row.summary.pinned:
            said.append(self.tr("Pinned"))
        if row.summary.tags:
            said.append(self.tr("Tags: {tags}").format(tags=", ".join(row.summary.tags)))
        if row.summary.source:
            said.append(self._imported(row.summary.source))
        return ". ".join(part for part in said if part)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row(index.row())
        title = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or not title:
            return False
        if isinstance(row, Listed) and title != self.title(row.summary):
            self.renamed.emit(row.summary.id, title)
        elif isinstance(row, FolderRow) and row.folder is not None and title != row.name:
            self.folder_renamed.emit(row.folder, title)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        row = self.row(index.row()) if index.isValid() else None
        if isinstance(row, Listed):
            live = flag.NoItemFlags if row.summary.deleted else flag.ItemIsEditable | flag.ItemIsDragEnabled
            return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren | live
        if isinstance(row, FolderRow):
            named = flag.NoItemFlags if row.up else flag.ItemIsEditable
            usual = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemNeverHasChildren
            return usual | flag.ItemIsDropEnabled | named
        return flag.NoItemFlags if row is None else flag.ItemNeverHasChildren

    # --- dragging into folders ------------------------------------------------------------------------------

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        dragged = [summary.id for index in indexes if (summary := self.summary(index.row())) is not None]
        data = QMimeData()
        data.setData(_MIME, QByteArray(msgspec.json.encode(dragged)))
        return data

    def canDropMimeData(self, data: QMimeData, _action: Qt.DropAction, row: int, _column: int, parent: Index) -> bool:
        return data.hasFormat(_MIME) and row < 0 and isinstance(self.row(parent.row()), FolderRow)

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        target = self.row(parent.row()) if parent.isValid() else None
        if not isinstance(target, FolderRow) or not self.canDropMimeData(data, action, row, column, parent):
            return False
        dragged = msgspec.json.decode(data.data(_MIME).data(), type=list[int])
        self.moved.emit([ConversationId(key) for key in dragged], target.folder)
        return False  # the view would take the rows away itself


def _ends_alike(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """Return how many rows are the same at the beginning, and how many of the rest at the end."""
    shorter = min(len(old), len(new))
    before = next((number for number in range(shorter) if old[number] != new[number]), shorter)
    rest = shorter - before
    after = next((number for number in range(rest) if old[-1 - number] != new[-1 - number]), rest)
    return before, after
