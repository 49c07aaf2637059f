"""One server: its name, address and key, a test of the connection, and which of its models are offered."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NextwordError
from nextword.remote.endpoints import Endpoint, RemoteModel, Way
from nextword.remote.remote import Remote
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.page_frame import COLUMN_WIDTH, text_label

_WAYS: tuple[Way, ...] = ("chat", "completion")


class RemoteForm(QWidget):
    """kept: the endpoint as it is now, whenever something was changed. use_wanted: the "path" of a model.

    testing: the answer of a server is waited for.
    """

    kept = Signal(object)
    use_wanted = Signal(str)
    removed = Signal(object)

    def __init__(self, remote: Remote, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._remote = remote
        self._endpoint: Endpoint | None = None
        self._listed: tuple[RemoteModel, ...] = ()
        self._names: list[str] = []  # of the rows
        self._asked = 0
        self.testing = False
        self.name, self.address, self.key = QLineEdit(), QLineEdit(), QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key_note = text_label("", "small")
        self.test = QPushButton(self.tr("Test connection"))
        self.remove = QPushButton(self.tr("Remove"))
        self.use = QPushButton(self.tr("Use"))
        self.outcome = text_label("", "small")
        self.models = QTreeWidget()
        self._lay_out()
        self.name.editingFinished.connect(self._keep_fields)
        self.address.editingFinished.connect(self._keep_fields)
        self.key.editingFinished.connect(self._keep_key)
        self.test.clicked.connect(self._on_test)
        self.remove.clicked.connect(lambda: self.removed.emit(self._endpoint))
        self.use.clicked.connect(self._on_use)
        self.models.itemChanged.connect(self._on_ticked)
        self.models.currentItemChanged.connect(lambda *_: self._show_use())
        self.models.itemActivated.connect(lambda *_: self._on_use())

    def _lay_out(self) -> None:
        form = QGridLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(GAP)
        form.setVerticalSpacing(GAP_SMALL)
        for words, field in (
            (self.tr("Name"), self.name), (self.tr("Address"), self.address), (self.tr("Key"), self.key),
        ):  # fmt: skip
            field.setAccessibleName(words)
            label = QLabel(words)
            label.setBuddy(field)
            row = form.rowCount()
            form.addWidget(label, row, 0)
            form.addWidget(field, row, 1)
        self.address.setPlaceholderText("http://localhost:8080/v1")
        form.addWidget(self.key_note, form.rowCount(), 1)
        self.models.setHeaderLabels([self.tr("Model"), self.tr("Asked for")])
        self.models.setAccessibleName(self.tr("Models of the server"))
        self.models.setAccessibleDescription(self.tr("Ticked models are offered in the list of models"))
        self.models.setRootIsDecorated(False)
        self.models.setProperty("look", "card")
        self.setMaximumWidth(COLUMN_WIDTH)
        self.models.header().setStretchLastSection(False)
        self.models.header().setSectionResizeMode(0, self.models.header().ResizeMode.Stretch)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_SMALL)
        for button in (self.test, self.use, self.remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(form)
        column.addLayout(buttons)
        column.addWidget(self.outcome)
        column.addWidget(text_label(self.tr("Ticked models are offered wherever a model is chosen."), "secondary"))
        column.addWidget(self.models, 1)

    # --- showing --------------------------------------------------------------------------------------------

    def show_endpoint(self, endpoint: Endpoint) -> None:
        """Show a server; nothing is sent."""
        if self._endpoint is None or endpoint.id != self._endpoint.id:
            self._asked += 1
            self.testing = False
            self._say("")
            self.key.clear()
            self._listed = endpoint.models
        self._endpoint = endpoint
        for field, text in ((self.name, endpoint.name), (self.address, endpoint.url)):
            if not field.hasFocus():
                field.setText(text)
        self._show_models()
        self._remote.find_key(endpoint, partial(self._on_key_place, endpoint.id))

    def _show_models(self) -> None:
        """Show what the server has and which of it is offered; rows that are there stay, one may be at work."""
        assert self._endpoint is not None
        offered = {model.name: model for model in self._endpoint.models}
        names = [model.name for model in self._listed]
        names += [name for name in offered if name not in names]
        if names != self._names:
            self._make_rows(names)
        with QSignalBlocker(self.models):
            for row, name in enumerate(names):
                item = self.models.topLevelItem(row)
                if item is not None:
                    self._show_row(item, offered.get(name))
        self._show_use()

    def _make_rows(self, names: list[str]) -> None:
        self._names = names
        with QSignalBlocker(self.models):
            self.models.clear()
            for name in names:
                item = QTreeWidgetItem([name, ""])
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                self.models.addTopLevelItem(item)
                self.models.setItemWidget(item, 1, self._way_field(name))
            first = self.models.topLevelItem(0)
            if first is not None:
                self.models.setCurrentItem(first)

    def _show_row(self, item: QTreeWidgetItem, offered: RemoteModel | None) -> None:
        item.setCheckState(0, Qt.CheckState.Unchecked if offered is None else Qt.CheckState.Checked)
        field = self.models.itemWidget(item, 1)
        assert isinstance(field, QComboBox)
        field.setEnabled(offered is not None)
        if offered is not None:
            with QSignalBlocker(field):
                field.setCurrentIndex(_WAYS.index(offered.way))

    def _way_field(self, name: str) -> QComboBox:
        field = QComboBox()
        field.addItems([self.tr("chat"), self.tr("continuing text")])
        field.setAccessibleName(self.tr("How {name} is asked").format(name=name))
        field.setToolTip(self.tr("Chat for instruction-tuned models; continuing text for base models, where offered"))
        field.currentIndexChanged.connect(partial(self._on_way, name))
        return field

    def _show_use(self) -> None:
        item = self.models.currentItem()
        self.use.setEnabled(item is not None and item.checkState(0) == Qt.CheckState.Checked)

    def _on_key_place(self, shown: str, place: str) -> None:
        if self._endpoint is None or self._endpoint.id != shown:
            return
        words = {
            "keyring": self.tr("A key is kept in the key ring of the system."),
            "file": self.tr("A key is kept in a file that only you can read; this system has no key ring."),
        }
        self.key_note.setText(words.get(place, self.tr("No key is kept. Programs on this machine mostly need none.")))
        self.key.setPlaceholderText("••••••••" if place else "")

    def _say(self, words: str, look: str = "small") -> None:
        self.outcome.setText(words)
        self.outcome.setProperty("type", look)
        self.outcome.style().unpolish(self.outcome)
        self.outcome.style().polish(self.outcome)
        self.outcome.setVisible(bool(words))

    def tell_used(self) -> None:
        """Say that the chosen model is the one in use from now on."""
        item = self.models.currentItem()
        if item is not None:
            self._say(self.tr("{name} is in use now.").format(name=short(item.text(0), 80)), "good")

    # --- acts -----------------------------------------------------------------------------------------------

    @Slot()
    def _keep_fields(self) -> None:
        endpoint = self._endpoint
        if endpoint is None or (self.name.text(), self.address.text()) == (endpoint.name, endpoint.url):
            return
        try:
            name = "" if self.name.text() == endpoint.host else self.name.text()  # it was never named: the new host
            checked = self._remote.endpoints.make(name, self.address.text())
        except NextwordError as error:
            self._tell(error)
            return
        self.name.setText(checked.name)
        self._put(replace(endpoint, name=checked.name, url=checked.url))

    def _put(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._say("")
        self.kept.emit(endpoint)

    @Slot()
    def _keep_key(self) -> None:
        if self._endpoint is not None and self.key.text():
            shown = self._endpoint.id
            self._remote.keep_key(self._endpoint, self.key.text(), partial(self._on_key_kept, shown))
            self.key.clear()

    def _on_key_kept(self, shown: str, place: str | OSError) -> None:
        if isinstance(place, OSError):
            self.key_note.setText(self.tr("The key could not be kept: {why}").format(why=short(str(place))))
        else:
            self._on_key_place(shown, place)

    @Slot()
    def _on_test(self) -> None:
        self._keep_fields()
        self._keep_key()
        if self._endpoint is None or self.testing:  # the button stays as it is: a disabled one loses the focus
            return
        self._asked += 1
        self.testing = True
        self._say(self.tr("Asking {host}…").format(host=self._endpoint.host))
        asked = self._asked
        self._remote.look(self._endpoint, None, partial(self._on_listed, asked), partial(self._on_failed, asked))

    def _on_listed(self, asked: int, models: tuple[RemoteModel, ...]) -> None:
        if asked != self._asked or self._endpoint is None:
            return
        self.testing = False
        self._listed = models
        words = self.tr("{host} answers. It has 1 model.") if len(models) == 1 else self.tr(
            "{host} answers. It has {count} models.")  # fmt: skip
        self._say(words.format(host=self._endpoint.host, count=len(models)), "good")
        if len(models) == 1 and not self._endpoint.models:
            self._put(replace(self._endpoint, models=models))
            self._say(words.format(host=self._endpoint.host, count=1), "good")
        self._show_models()

    def _on_failed(self, asked: int, error: NextwordError) -> None:
        if asked == self._asked:
            self.testing = False
            self._tell(error)

    def _tell(self, error: NextwordError) -> None:
        words = explain(error)
        self._say(f"{words.title}. {words.text} {words.advice}", "error")

    @Slot(QTreeWidgetItem, int)
    def _on_ticked(self, item: QTreeWidgetItem, column: int) -> None:
        endpoint = self._endpoint
        if endpoint is None or column != 0:
            return
        name, ticked = item.text(0), item.checkState(0) == Qt.CheckState.Checked
        found = next((model for model in self._listed if model.name == name), RemoteModel(name))
        others = tuple(model for model in endpoint.models if model.name != name)
        self._put(replace(endpoint, models=(*others, found) if ticked else others))
        self._show_models()

    def _on_way(self, name: str, index: int) -> None:
        if self._endpoint is not None:
            models = tuple(
                replace(model, way=_WAYS[index]) if model.name == name else model for model in self._endpoint.models
            )
            self._put(replace(self._endpoint, models=models))

    @Slot()
    def _on_use(self) -> None:
        item, endpoint = self.models.currentItem(), self._endpoint
        if item is None or endpoint is None:
            return
        for model in endpoint.models:
            if model.name == item.text(0):
                self.use_wanted.emit(endpoint.path_of(model))
