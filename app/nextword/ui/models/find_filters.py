"""What is looked for at the hub: text, author, order, and filters for kind, size, licence, language and engine."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nextword.hub.curated import can_run
from nextword.hub.hub_records import HubModel, SearchQuery, Sort
from nextword.hub.twins import kind_of_hub_model
from nextword.ui.theme import GAP_SMALL
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon

_SIZES = ((0, 0), (0, 500), (500, 1_500), (1_500, 4_000), (4_000, 9_000), (9_000, 0))  # millions of parameters
_LICENCES = ("apache-2.0", "mit", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "llama3.2", "gemma", "openrail")
_LANGUAGES = (
    ("en", "English"), ("ar", "Arabic"), ("zh", "Chinese"), ("cs", "Czech"), ("nl", "Dutch"), ("fi", "Finnish"),
    ("fr", "French"), ("de", "German"), ("el", "Greek"), ("he", "Hebrew"), ("hi", "Hindi"), ("id", "Indonesian"),
    ("it", "Italian"), ("ja", "Japanese"), ("ko", "Korean"), ("fa", "Persian"), ("pl", "Polish"),
    ("pt", "Portuguese"), ("ro", "Romanian"), ("ru", "Russian"), ("es", "Spanish"), ("sv", "Swedish"),
    ("th", "Thai"), ("tr", "Turkish"), ("uk", "Ukrainian"), ("vi", "Vietnamese"),
)  # fmt: skip


class Wish(Struct, frozen=True):
    """query: what the hub is asked. kind, runnable: what of its answers is listed; "" for both kinds."""

    query: SearchQuery
    kind: str = ""
    runnable: bool = True

    def keeps(self, model: HubModel) -> bool:
        """Say whether a model of the answer is listed: what the hub does not say does not exclude it."""
        if self.runnable and can_run(model.architecture) is False:
            return False
        kind = kind_of_hub_model(model) if self.kind else None
        if kind is not None and kind != self.kind:
            return False
        low, high = self.query.low_parameters, self.query.high_parameters
        return not model.parameters or (model.parameters >= low and (not high or model.parameters <= high))


class FindFilters(QWidget):
    """wished: the person asks for a search. changed: a filter is another, so an older search is to be asked anew."""

    wished = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = QLineEdit(self)
        self.text.setPlaceholderText(self.tr("Search the hub, for example: SmolLM2 135M"))
        self.text.setAccessibleName(self.tr("Search the hub"))
        self.text.returnPressed.connect(self.wished)
        self.go_button = QPushButton(self.tr("Search"), self)
        set_icon(self.go_button, "magnifying-glass", size=16)
        self.go_button.clicked.connect(self.wished)
        self.author = QLineEdit(self)
        self.author.setPlaceholderText(self.tr("Any author"))
        self.author.setAccessibleName(self.tr("Author or organization"))
        self.author.setMaximumWidth(150)
        self.author.returnPressed.connect(self.wished)
        self.kind = self._choice(self.tr("Kind"), self._kinds())
        self.size_choice = self._choice(self.tr("Size"), self._sizes())
        self.licence = self._choice(
            self.tr("Licence"), ((self.tr("Any licence"), ""), *((name, name) for name in _LICENCES))
        )
        self.language = self._choice(
            self.tr("Language"), ((self.tr("Any language"), ""), *((name, code) for code, name in _LANGUAGES))
        )
        self.sort = self._choice(self.tr("Order"), self._sorts())
        self.gguf = self._switch(self.tr("GGUF only"), self.tr("Only repositories with files that the engine reads"))
        self.runnable = self._switch(
            self.tr("The engine can run it"), self.tr("Only architectures that the llama.cpp of this program knows")
        )
        self._lay_out()

    @property
    def wish(self) -> Wish:
        """What the fields say now."""
        low, high = self.size_choice.currentData()
        licence, language = self.licence.currentData(), self.language.currentData()
        tags = ((f"license:{licence}",) if licence else ()) + ((language,) if language else ())
        sort: Sort = self.sort.currentData()
        query = SearchQuery(
            text=self.text.text().strip(),
            author=self.author.text().strip(),
            gguf_only=self.gguf.isChecked(),
            sort=sort,
            tags=tags,
            low_parameters=low * 1_000_000,
            high_parameters=high * 1_000_000,
        )
        return Wish(query, self.kind.currentData(), self.runnable.isChecked())

    def _kinds(self) -> tuple[tuple[str, object], ...]:
        return ((self.tr("Base and instruct"), ""), (self.tr("Base"), "base"), (self.tr("Instruct"), "instruct"))

    def _sizes(self) -> tuple[tuple[str, object], ...]:
        words = (
            self.tr("Any size"), self.tr("Up to 0.5 B"), self.tr("0.5 to 1.5 B"), self.tr("1.5 to 4 B"),
            self.tr("4 to 9 B"), self.tr("From 9 B"),
        )  # fmt: skip
        return tuple(zip(words, _SIZES, strict=True))

    def _sorts(self) -> tuple[tuple[str, object], ...]:
        return (
            (self.tr("Most downloads"), "downloads"),
            (self.tr("Most likes"), "likes"),
            (self.tr("Trending"), "trending_score"),
            (self.tr("Newest change"), "last_modified"),
            (self.tr("Newest"), "created_at"),
        )

    def _choice(self, name: str, entries: tuple[tuple[str, object], ...]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setToolTip(name)
        for words, value in entries:
            box.addItem(words, value)
        box.currentIndexChanged.connect(self._on_changed)
        return box

    def _switch(self, words: str, tip: str) -> QCheckBox:
        box = QCheckBox(words, self)
        box.setToolTip(tip)
        box.setChecked(True)
        box.toggled.connect(self._on_changed)
        return box

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(GAP_SMALL)
        first.addWidget(self.text, 1)
        first.addWidget(self.author)
        first.addWidget(self.go_button)
        below = QWidget(self)
        flow = FlowLayout(below)
        flow.setSpacing(GAP_SMALL)
        for switch in (self.gguf, self.runnable):
            switch.setMinimumHeight(self.kind.sizeHint().height())
        for each in (self.kind, self.size_choice, self.licence, self.language, self.sort, self.gguf, self.runnable):
            flow.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addLayout(first)
        column.addWidget(below)
        self.setFocusProxy(self.text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @Slot()
    def _on_changed(self) -> None:
        self.changed.emit()
