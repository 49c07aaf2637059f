"""The dialogs of the list: tags, export and import, and what is told when they are done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QDialog, QWidget

from nextword.history.database import History
from nextword.history.records import ConversationId
from nextword.ui.chat.conversation_acts import ConversationActs
from nextword.ui.notices import Action, Notice, Notices


class ConversationDesk(QObject):
    """Opens one dialog at a time over `window`. Close it before the history: half-written files are removed then."""

    def __init__(self, history: History, notices: Notices, acts: ConversationActs, window: QWidget) -> None:
        super().__init__(window)
        self._history = history
        self._notices = notices
        self._acts = acts
        self._window = window
        self._dialog: QDialog | None = None

    def close_desk(self) -> None:
        """Give up what is being written or read."""
        if self._dialog is not None:
            self._dialog.reject()

    def export_some(self, conversations: Sequence[ConversationId], title: str = "") -> None:
        """Ask how these conversations are to be written; none: all that are not in the trash."""
        from nextword.ui.chat.export_dialog import ExportDialog  # not before it is asked for

        if not title:
            count = f"{len(conversations):,}"
            title = (
                self.tr("{count} conversations").format(count=count) if conversations else self.tr("All conversations")
            )
        dialog = ExportDialog(self._history, list(conversations) or None, title, self._window)
        dialog.written.connect(self._on_written)
        self._open(dialog)

    def tag_some(self, conversations: Sequence[ConversationId], tags: Collection[str], title: str = "") -> None:
        """Ask for the tags of these conversations. tags: those they have; title: of the one."""
        done = partial(self._show_tags, list(conversations), sorted(tags, key=str.casefold), title)
        self._history.run(lambda rows: [*rows.shelves.tags()], done=done, failed=self._acts.tell_failed)

    def _show_tags(self, chosen: list[ConversationId], tags: list[str], title: str, known: list[str]) -> None:
        from nextword.ui.chat.tag_dialog import TagDialog  # not before it is asked for

        words = title or self.tr("{count} conversations").format(count=f"{len(chosen):,}")
        dialog = TagDialog(tags, known, words, self._window)
        dialog.added.connect(lambda tag: self._acts.tag(chosen, tag, on=True))
        dialog.removed.connect(lambda tag: self._acts.tag(chosen, tag, on=False))
        self._open(dialog)

    @Slot()
    def import_some(self) -> None:
        """Ask what is to be imported."""
        from nextword.ui.chat.import_dialog import ImportDialog  # not before it is asked for

        dialog = ImportDialog(self._history, self._window)
        dialog.imported.connect(self._on_imported)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        self.close_desk()
        self._dialog = dialog
        dialog.finished.connect(self._on_finished)
        dialog.open()

    @Slot(int)
    def _on_finished(self, _result: int) -> None:
        self._dialog = None

    @Slot(object)
    def _on_written(self, files: Sequence[Path]) -> None:
        if len(files) == 1:
            words = self.tr("Written: {path}").format(path=files[0])
        elif files:
            words = self.tr("{count} files were written to {path}").format(
                count=f"{len(files):,}", path=files[0].parent
            )
        else:
            words = self.tr("There is nothing to export.")
        self._notices.add(Notice(text=words, key="export"))

    @Slot(object)
    def _on_imported(self, conversations: Sequence[ConversationId]) -> None:
        words = self.tr("Imported conversations: {count}").format(count=f"{len(conversations):,}")
        undo = Action(self.tr("Put them into the trash"), lambda: self._acts.delete(conversations))
        self._notices.add(Notice(text=words, actions=(undo,), key="import"))
