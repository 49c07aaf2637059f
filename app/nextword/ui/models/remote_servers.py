"""The servers whose models are used: a list, and what is to be known of the chosen one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NotSaved
from nextword.remote.endpoints import Endpoint
from nextword.remote.remote import Remote
from nextword.ui.explanation import short
from nextword.ui.feature import Place, UseModel
from nextword.ui.models.remote_form import RemoteForm
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL, GAP_TINY
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import text_label

_LIST_WIDTH = 220


class RemoteServers(QWidget):
    """Nothing is sent before a connection is tested or a model is asked."""

    def __init__(
        self, remote: Remote, notices: Notices, go: Callable[[Place], bool], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._remote = remote
        self._notices = notices
        self._go = go
        self.add = QPushButton(self.tr("Add a server"))
        set_icon(self.add, "plus", size=16)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Servers"))
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.setProperty("look", "card")
        self.list.setSpacing(GAP_TINY)
        self.form = RemoteForm(remote)
        self._stack = QStackedWidget()
        self._lay_out()
        self.add.clicked.connect(self._on_add)
        self.list.currentItemChanged.connect(lambda *_: self._show_current())
        self.form.kept.connect(self._keep)
        self.form.removed.connect(self._on_remove)
        self.form.use_wanted.connect(self._on_use)
        self._disconnect = remote.endpoints.changed.connect(lambda _none: self._fill())
        self._fill()

    def shut_down(self) -> None:
        """Listen no more."""
        self._disconnect()

    def _lay_out(self) -> None:
        words = self.tr(
            "A program that speaks OpenAI's language: llama-server, Ollama, vLLM, LM Studio, OpenAI, Gemini. What you "
            "write to its models leaves this machine, and its probabilities are those that it tells: the likeliest few."
        )
        left = QVBoxLayout()
        left.setSpacing(GAP_SMALL)
        left.addWidget(self.list, 1)
        left.addWidget(self.add)
        empty = text_label(self.tr("No server is named. Everything runs on this machine."), "secondary")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(empty)
        self._stack.addWidget(self.form)
        row = QHBoxLayout()
        row.setSpacing(GAP_PAGE)
        row.addLayout(left)
        row.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP_SMALL, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(text_label(words, "secondary"))
        column.addLayout(row, 1)

    def _fill(self) -> None:
        shown = self._current()
        self.list.blockSignals(True)
        self.list.clear()
        for endpoint in self._remote.endpoints.all:
            item = QListWidgetItem(short(endpoint.name, 40))
            item.setData(Qt.ItemDataRole.UserRole, endpoint.id)
            item.setToolTip(short(endpoint.url, 200))
            item.setSizeHint(QSize(0, self.list.fontMetrics().lineSpacing() + GAP))
            self.list.addItem(item)
            if endpoint.id == shown:
                self.list.setCurrentItem(item)
        if self.list.currentItem() is None and self.list.count():
            self.list.setCurrentRow(0)
        self.list.blockSignals(False)
        self._show_current()

    def _current(self) -> str:
        item = self.list.currentItem()
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def _show_current(self) -> None:
        shown = self._current()
        for endpoint in self._remote.endpoints.all:
            if endpoint.id == shown:
                self._stack.setCurrentIndex(1)
                self.form.show_endpoint(endpoint)
                return
        self._stack.setCurrentIndex(0)

    @Slot()
    def _on_add(self) -> None:
        """Begin with llama-server's address; nothing is asked there before the person says so."""
        made = self._remote.endpoints.make("", "http://localhost:8080/v1")
        self._keep(made)
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == made.id:
                self.list.setCurrentRow(row)
        self.form.address.setFocus()
        self.form.address.selectAll()

    @Slot(object)
    def _keep(self, endpoint: Endpoint) -> None:
        try:
            self._remote.endpoints.put(endpoint)
        except OSError as error:
            self._notices.add(Notice(error=NotSaved("io", str(error)), level="error", key="remote"))

    @Slot(str)
    def _on_use(self, path: str) -> None:
        if self._go(UseModel(path)):
            self.form.tell_used()

    @Slot(object)
    def _on_remove(self, endpoint: Endpoint) -> None:
        try:
            self._remote.endpoints.remove(endpoint)
        except OSError as error:
            self._notices.add(Notice(error=NotSaved("io", str(error)), level="error", key="remote"))
            return
        words = self.tr("{name} was removed. If it had a key, that is still kept.").format(
            name=short(endpoint.name, 60)
        )
        actions = (
            Action(self.tr("Undo"), partial(self._keep, endpoint)),
            Action(self.tr("Forget its key"), partial(self._remote.keep_key, endpoint, "", lambda _place: None)),
        )
        self._notices.add(Notice(text=words, actions=actions, key="remote"))
