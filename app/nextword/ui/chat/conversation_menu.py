"""The menu of a conversation, of several, or of a folder in the list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from nextword.history.records import ConversationId, Folder, FolderId, MessageId
from nextword.ui.chat.conversation_acts import ConversationActs
from nextword.ui.chat.conversation_filters import in_order
from nextword.ui.chat.conversation_list import Listed


class ConversationMenu(QObject):
    """Fills menus; what needs more than a click is told by a signal, with the conversations it is for."""

    rename_wanted = Signal(object)  # ConversationId
    tags_wanted = Signal(object)  # list[ConversationId]
    export_wanted = Signal(object)  # list[Listed]
    folder_wanted = Signal(object, object)  # conversations to put into a new folder, FolderId of the one around it
    folder_rename_wanted = Signal(object)  # FolderId
    delete_wanted = Signal(object)  # list[Listed]
    restore_wanted = Signal(object)  # list[Listed]

    def __init__(self, acts: ConversationActs, parent: QObject) -> None:
        super().__init__(parent)
        self._acts = acts

    def fill(self, menu: QMenu, items: Sequence[Listed], folders: Sequence[Folder]) -> None:
        """Add what can be done with these conversations."""
        if any(item.summary.deleted for item in items):
            menu.addAction(self.tr("Restore"), lambda: self.restore_wanted.emit(list(items)))
            return
        chosen = [item.summary.id for item in items]
        pinned = all(item.summary.pinned for item in items)
        archived = all(item.summary.archived for item in items)
        if len(items) == 1:
            menu.addAction(self.tr("Rename") + "\tF2", lambda: self.rename_wanted.emit(chosen[0]))
        words = self.tr("Unpin") if pinned else self.tr("Pin")
        menu.addAction(words + "\t" + self.tr("Ctrl+D"), partial(self._acts.pin, chosen, on=not pinned))
        menu.addAction(self.tr("Tags…") + "\t" + self.tr("Ctrl+G"), lambda: self.tags_wanted.emit(chosen))
        self._fill_folders(menu.addMenu(self.tr("Move to folder")), items, folders)
        words = self.tr("Put back into the list") if archived else self.tr("Archive")
        menu.addAction(words + "\t" + self.tr("Ctrl+E"), partial(self._acts.archive, chosen, on=not archived))
        menu.addSeparator()
        menu.addAction(self.tr("Export…"), lambda: self.export_wanted.emit(list(items)))
        menu.addSeparator()
        menu.addAction(self.tr("Delete") + "\t" + self.tr("Del"), lambda: self.delete_wanted.emit(list(items)))

    def _fill_folders(self, menu: QMenu, items: Sequence[Listed], folders: Sequence[Folder]) -> None:
        chosen: list[ConversationId] = [item.summary.id for item in items]
        now = {item.summary.folder for item in items}
        for depth, folder in in_order(list(folders)):
            action = menu.addAction(
                "    " * depth + folder.name.replace("&", "&&"), partial(self._acts.put, chosen, folder.id, folder.name)
            )
            action.setEnabled(now != {folder.id})
        if folders:
            menu.addSeparator()
        menu.addAction(self.tr("New folder…"), lambda: self.folder_wanted.emit(chosen, None))
        menu.addAction(self.tr("No folder"), partial(self._acts.put, chosen, None)).setEnabled(now != {None})

    def fill_for_folder(self, menu: QMenu, folder: Folder, folders: Sequence[Folder]) -> None:
        """Add what can be done with a folder."""
        menu.addAction(self.tr("Rename") + "\tF2", lambda: self.folder_rename_wanted.emit(folder.id))
        menu.addAction(self.tr("New folder in it…"), lambda: self.folder_wanted.emit([], folder.id))
        move = menu.addMenu(self.tr("Move to folder"))
        below = self._below(folder.id, folders)
        for depth, other in in_order(list(folders)):
            if other.id not in below:
                words = "    " * depth + other.name.replace("&", "&&")
                move.addAction(words, partial(self._acts.move_folder, folder, other.id)).setEnabled(
                    other.id != folder.parent
                )
        move.addSeparator()
        move.addAction(self.tr("To the top"), partial(self._acts.move_folder, folder, None)).setEnabled(
            folder.parent is not None
        )
        menu.addSeparator()
        menu.addAction(self.tr("Delete the folder"), partial(self._acts.delete_folder, folder))

    def _below(self, folder: FolderId, folders: Sequence[Folder]) -> set[FolderId]:
        """Return the folder and all in it."""
        return {folder, *(other.id for _, other in in_order(list(folders), folder))}


def versions_of(items: Sequence[Listed]) -> list[MessageId]:
    """Return the versions of messages among rows of the trash."""
    return [item.version for item in items if item.version is not None]
