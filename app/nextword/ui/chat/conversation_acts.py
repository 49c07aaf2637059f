"""What a person does to conversations from the list; each act can be undone, from its notice or with Ctrl+Z."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.records import ConversationId, Folder, FolderId, MessageId
from nextword.ui.notices import Action, Notice, Notices

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations

T = TypeVar("T")
_UNDONE_AT_MOST = 50
_TITLE_CHARACTERS = 40


class _Undo:
    """How one act is undone."""

    def __init__(self, work: Callable[[Conversations], object], then: Callable[[], None] | None) -> None:
        self.work = work
        self.then = then


class ConversationActs(QObject):
    """deleted: conversations went into the trash; restored: one came out and may be opened.

    versions_restored: versions of messages came out, or went back. made: a folder, which may be given a better name.
    """

    deleted = Signal(object)  # list[ConversationId]
    restored = Signal(object)  # ConversationId
    versions_restored = Signal()
    made = Signal(object)  # FolderId

    def __init__(self, history: History, notices: Notices, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history
        self._notices = notices
        self._undos: list[_Undo] = []

    # --- the trash ------------------------------------------------------------------------------------------

    def delete(self, conversations: Sequence[ConversationId], title: str = "") -> None:
        """Put conversations into the trash. title: of the one, for the notice."""

        def done(gone: list[ConversationId]) -> str:
            self.deleted.emit(gone)
            if len(gone) == 1:
                return self.tr("“{title}” was deleted").format(title=_short(title))
            return self.tr("{count} conversations were deleted").format(count=f"{len(gone):,}")

        def restore(gone: list[ConversationId], rows: Conversations) -> None:
            rows.shelves.restore(gone)

        self._do(
            lambda rows: rows.shelves.delete(conversations),
            told=done,
            undo=restore,
            then=lambda gone: self.restored.emit(gone[0]) if len(gone) == 1 else None,
        )

    def restore(self, conversations: Sequence[ConversationId], versions: Sequence[MessageId] = ()) -> None:
        """Take conversations, and versions of messages, out of the trash."""

        def work(rows: Conversations) -> tuple[list[ConversationId], int]:
            for version in versions:
                rows.trash.restore(version)
            came = rows.shelves.restore(conversations)
            return came, len(came) + len(versions)

        def told(came: tuple[list[ConversationId], int]) -> str:
            if versions:
                self.versions_restored.emit()
            return self.tr("Restored") if came[1] == 1 else self.tr("Restored: {count}").format(count=f"{came[1]:,}")

        def undo(came: tuple[list[ConversationId], int], rows: Conversations) -> None:
            for version in versions:
                rows.trash.delete(version)
            rows.shelves.delete(came[0])

        self._do(work, told=told, undo=undo, then=lambda _came: self.versions_restored.emit() if versions else None)

    # --- pins, archive, titles ------------------------------------------------------------------------------

    def pin(self, conversations: Sequence[ConversationId], *, on: bool) -> None:
        """Put conversations at the top, or back among the others."""
        self._do(
            lambda rows: rows.shelves.pin(conversations) if on else rows.shelves.unpin(conversations),
            told=lambda _changed: "",
            undo=lambda changed, rows: rows.shelves.unpin(changed) if on else rows.shelves.pin(changed),
        )

    def archive(self, conversations: Sequence[ConversationId], *, on: bool) -> None:
        """Put conversations away, or into the list again."""

        def told(changed: list[ConversationId]) -> str:
            if on:
                return self._count(changed, self.tr("Archived"), self.tr("{count} conversations were archived"))
            return self._count(
                changed, self.tr("Back in the list"), self.tr("{count} conversations are back in the list")
            )

        self._do(
            lambda rows: rows.shelves.archive(conversations) if on else rows.shelves.unarchive(conversations),
            told=told,
            undo=lambda changed, rows: rows.shelves.unarchive(changed) if on else rows.shelves.archive(changed),
        )

    def rename(self, conversation: ConversationId, title: str, before: str) -> None:
        """Give a conversation another title."""
        self._do(
            lambda rows: rows.rename(conversation, title),
            told=lambda _none: "",
            undo=lambda _none, rows: rows.rename(conversation, before),
        )

    # --- tags -----------------------------------------------------------------------------------------------

    def tag(self, conversations: Sequence[ConversationId], tag: str, *, on: bool) -> None:
        """Give conversations a tag, or take it from them."""
        self._do(
            lambda rows: rows.shelves.tag(conversations, tag) if on else rows.shelves.untag(conversations, tag),
            told=lambda _changed: "",
            undo=lambda changed, rows: rows.shelves.untag(changed, tag) if on else rows.shelves.tag(changed, tag),
        )

    # --- folders --------------------------------------------------------------------------------------------

    def put(self, conversations: Sequence[ConversationId], folder: FolderId | None, name: str = "") -> None:
        """Put conversations into a folder, None: into none."""

        def told(before: dict[ConversationId, FolderId | None]) -> str:
            if folder is None:
                return self._count(
                    [*before], self.tr("Taken out of its folder"), self.tr("{count} conversations are in no folder")
                )
            words = self._count([*before], self.tr("Moved to “{name}”"), self.tr("{count} moved to “{name}”"))
            return words.format(name=_short(name))

        self._do(
            lambda rows: rows.shelves.put(dict.fromkeys(conversations, folder)),
            told=told,
            undo=lambda before, rows: rows.shelves.put(before),
        )

    def make_folder(self, name: str, parent: FolderId | None, conversations: Sequence[ConversationId] = ()) -> None:
        """Make a folder and put conversations into it."""

        def work(rows: Conversations) -> tuple[FolderId, dict[ConversationId, FolderId | None], bool]:
            known = {folder.id for folder in rows.shelves.folders()}
            made = rows.shelves.make_folder(name, parent)
            return made, rows.shelves.put(dict.fromkeys(conversations, made)), made not in known

        def undo(made: tuple[FolderId, dict[ConversationId, FolderId | None], bool], rows: Conversations) -> None:
            rows.shelves.put(made[1])
            if made[2]:
                rows.shelves.delete_folder(made[0])

        def told(made: tuple[FolderId, dict[ConversationId, FolderId | None], bool]) -> str:
            self.made.emit(made[0])
            return ""

        self._do(work, told=told, undo=undo)

    def rename_folder(self, folder: Folder, name: str) -> None:
        """Give a folder another name."""
        self._do(
            lambda rows: rows.shelves.rename_folder(folder.id, name),
            told=lambda _none: "",
            undo=lambda _none, rows: rows.shelves.rename_folder(folder.id, folder.name),
        )

    def move_folder(self, folder: Folder, parent: FolderId | None) -> None:
        """Put a folder into another, None: to the top."""
        self._do(
            lambda rows: rows.shelves.move_folder(folder.id, parent),
            told=lambda moved: "" if moved else self.tr("A folder cannot be put into itself."),
            undo=lambda _moved, rows: rows.shelves.move_folder(folder.id, folder.parent),
        )

    def delete_folder(self, folder: Folder) -> None:
        """Take a folder away; what was in it stays."""
        words = self.tr("The folder “{name}” was deleted. Its conversations are where it was.")
        self._do(
            lambda rows: rows.shelves.delete_folder(folder.id),
            told=lambda _none: words.format(name=_short(folder.name)),
            undo=lambda _none, rows: rows.shelves.restore_folder(folder.id),
        )

    # --- undo -----------------------------------------------------------------------------------------------

    def undo_last(self) -> None:
        """Undo what was done last and not undone yet."""
        if self._undos:
            self._undo(self._undos[-1])

    def _undo(self, undo: _Undo) -> None:
        if undo in self._undos:
            self._undos.remove(undo)
            self._notices.withdraw("conversation-act")
            then = undo.then
            self._history.run(
                undo.work, done=lambda _result: then() if then is not None else None, failed=self.tell_failed
            )

    def _do(
        self,
        work: Callable[[Conversations], T],
        *,
        told: Callable[[T], str],
        undo: Callable[[T, Conversations], object],
        then: Callable[[T], None] | None = None,
    ) -> None:
        """Do something on the history thread. told: the words of its notice, "" for none; then: after an undo.

        What `work` returns is given on to all of them; something empty means that nothing changed.
        """

        def done(result: T) -> None:
            if result is not None and not result:
                return
            act = _Undo(partial(undo, result), partial(then, result) if then is not None else None)
            self._undos = [*self._undos, act][-_UNDONE_AT_MOST:]
            words = told(result)
            if words:
                actions = (Action(self.tr("Undo"), partial(self._undo, act)),)
                self._notices.add(Notice(text=words, actions=actions, key="conversation-act"))

        self._history.run(work, done=done, failed=self.tell_failed)

    def tell_failed(self, error: NextwordError) -> None:
        """Show why something could not be done."""
        self._notices.add(Notice(error=error, level="error", key="conversation-list"))

    def _count(self, changed: Sequence[object], one: str, several: str) -> str:
        return one if len(changed) == 1 else several.replace("{count}", f"{len(changed):,}")


def _short(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= _TITLE_CHARACTERS else line[: _TITLE_CHARACTERS - 1].rstrip() + "…"
