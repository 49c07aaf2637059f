"""Files become texts that go with a message: by the button, by dropping them on the page, by pasting them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QObject, Slot
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QToolButton, QWidget

from nextword.chat.session import ChatSession, Visit
from nextword.engine.client import EngineStatus
from nextword.errors import AttachmentNotReadable
from nextword.history.records import Attachment
from nextword.ui.chat.message_box import MessageBox
from nextword.ui.explanation import short
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.widgets.icons import set_icon

if TYPE_CHECKING:  # it brings processes and threads, which the window need not wait for
    from nextword.chat.attached_files import AttachedFile, AttachedFiles

_COUNTED_CHARACTERS = 200_000
"""A longer text is not counted by the engine: its tokens would be more than any context."""

_BYTES_PER_TOKEN = 4  # about so many, for those


class Attaching(QObject):
    """page: where files can be dropped."""

    def __init__(self, services: Services, session: ChatSession, *, box: MessageBox, page: QWidget) -> None:
        super().__init__(box)
        self._services = services
        self._session = session
        self._box = box
        self._page = page
        self._files: AttachedFiles | None = None
        self._counts: dict[Attachment, int] = {}
        self._model = ""
        self.button = QToolButton(box)
        set_icon(self.button, "paperclip", size=16)
        self.button.setAccessibleName(self.tr("Attach files"))
        self.button.setToolTip(
            self.tr("Attach text, Markdown, CSV, JSON, code or the text of a PDF (Ctrl+Shift+A); or drop files here")
        )
        self.button.clicked.connect(self.ask_for_files)
        box.add_first(self.button)
        box.tray.changed.connect(self._count_all)
        box.edit.files_pasted.connect(self.attach)
        page.setAcceptDrops(True)
        page.installEventFilter(self)
        self._disconnect = services.engine.status_changed.connect(self._on_status)

    def close(self) -> None:
        """End what is being read, and the thread that reads."""
        self._disconnect()
        self._page.removeEventFilter(self)
        if self._files is not None:
            self._files.close()

    @Slot()
    def ask_for_files(self) -> None:
        """Let a person choose files."""
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self._page.window(), self.tr("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.attach)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(list)
    def attach(self, paths: Iterable[str]) -> None:
        """Read files and put them into the tray, each as soon as it is read."""
        if self._files is None:
            from nextword.chat.attached_files import AttachedFiles

            self._files = AttachedFiles(self._services.deliver)
        for path in paths:
            self._files.read(Path(path), partial(self._on_read, self._session.visit), self._on_failed)

    def _on_read(self, visit: Visit, file: AttachedFile) -> None:
        """A long PDF takes half a minute: it stays with the conversation that it was chosen in."""
        if visit.over and visit.temporary:
            return
        name = short(file.attachment.name, 60)
        if file.is_guessed:
            self._tell(self.tr("{name} does not say how its letters are written; they were read as Latin-1. Look at it "
                               "before you send it.").format(name=name), name)  # fmt: skip
        if file.is_cut:
            self._tell(self.tr("Of {name}, {read} of {all} pages were read: the others took too long.").format(
                name=name, read=file.read_pages, all=file.pages), name)  # fmt: skip
        if visit.over and (visit.conversation != self._session.conversation or self._session.temporary):
            self._session.add_to_draft(visit.conversation, [file.attachment])
            return
        self._box.tray.add([file.attachment])
        self._box.edit.setFocus()

    def _tell(self, words: str, name: str) -> None:
        self._services.notices.add(Notice(text=words, level="warning", key=f"attached {name}"))

    def _on_failed(self, error: AttachmentNotReadable) -> None:
        self._services.notices.add(Notice(error=error, level="error", key=f"attached {error.path}"))

    # --- tokens ---------------------------------------------------------------------------------------------

    def _on_status(self, status: EngineStatus) -> None:
        model = status.model.path if status.model is not None else ""
        if model and model != self._model:
            self._model = model
            self._counts.clear()
            self._count_all()

    @Slot()
    def _count_all(self) -> None:
        self._counts = {file: self._counts[file] for file in self._box.tray.files if file in self._counts}
        for file in self._box.tray.files:
            if file in self._counts:
                self._box.tray.show_tokens(file, self._counts[file])
            elif len(file.text) > _COUNTED_CHARACTERS:
                tokens = len(file.text.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN
                self._box.tray.show_tokens(file, tokens, about=True)
            else:
                self._session.count_attachment(file, partial(self._on_counted, file))

    def _on_counted(self, file: Attachment, tokens: int) -> None:
        self._counts[file] = tokens
        self._box.tray.show_tokens(file, tokens)

    # --- dropping -------------------------------------------------------------------------------------------

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DragEnter, QEvent.Type.Drop) and isinstance(event, QDropEvent):
            paths = local_files(event.mimeData())
            if paths:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.attach(paths)
                return True
        return False


def local_files(data: QMimeData) -> list[str]:
    """Return the paths of files that are dragged or on the clipboard; nothing is fetched from elsewhere."""
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
