"""A repository of the hub: its files with what they need here, a button that downloads one, and its card."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NextwordError
from nextword.hub.curated import can_run
from nextword.hub.fit_desk import FitDesk, Outlook
from nextword.hub.hub_records import HubDetail, HubItem
from nextword.hub.twins import kind_of_hub_model
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.models.fit_panel import FitPanel
from nextword.ui.models.focus import hold_focus, show_focus
from nextword.ui.models.hub_files import FILE, HubFiles
from nextword.ui.models.hub_message import HubMessage
from nextword.ui.models.hub_reading import HubReading
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.link_question import LinkQuestion
from nextword.ui.widgets.model_words import count_words, kind_words, parameter_words, size_words
from nextword.ui.widgets.page_frame import text_label

_MOST_ROWS = 9
_CARD_LINES = 16


class HubDetailView(QScrollArea):
    """download_wanted: the chosen item is to be fetched. twin_wanted: its sibling is to be shown. here_wanted: the
    file is here or on its way, and is to be shown there."""

    download_wanted = Signal()
    twin_wanted = Signal()
    here_wanted = Signal()

    def __init__(self, desk: FitDesk, reading: HubReading, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reading = reading
        self.detail: HubDetail | None = None
        self.state: Callable[[HubItem], str] = lambda _item: ""
        """Says what is known of an item here: "", "here" or "on_the_way"."""
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("About the repository"))
        show_focus(self)
        self.title = text_label("", "heading")
        self.facts = text_label("", "secondary")
        self.note = text_label("", "warning")
        self.message = HubMessage(self)
        for label in (self.title, self.facts):
            label.setMinimumWidth(1)
        self.fit = FitPanel(desk, self)
        self.fit.context_changed.connect(self._on_context)
        self.files = HubFiles(self)
        self.files.outlook = self._outlook
        self.table = self._make_table()
        self.card = QPlainTextEdit()
        self.card.setReadOnly(True)
        self.card.setAccessibleName(self.tr("Model card"))
        self.card.setMinimumHeight(self.card.fontMetrics().lineSpacing() * _CARD_LINES)
        self.download_button = self._button(self.tr("Download"), "download-simple", self._on_download)
        self.twin_button = self._button(self.tr("Get the twin"), "", self.twin_wanted.emit)
        self.twin_button.setToolTip(self.tr("The sibling of this model: base for instruct, instruct for base"))
        self.page_button = self._button(self.tr("Open its page..."), "", self._open_page)
        self.page_button.setToolTip(self.tr("In your browser; where it leads is shown first"))
        self._disconnect = desk.changed.connect(self._on_desk_changed)
        self._lay_out()
        self.show_message("")

    def shut_down(self) -> None:
        """Listen no more."""
        self._disconnect()
        self.fit.shut_down()

    @property
    def chosen(self) -> HubItem | None:
        """The item of the selected row."""
        return self.files.at(self.table.currentIndex().row())

    def show_message(self, words: str) -> None:
        """Show a sentence in place of a repository."""
        hold_focus(self, self.viewport())
        self.detail = None
        self.message.show_words(words)
        self.message.setVisible(True)
        self._inner.setVisible(False)

    def show_error(self, error: NextwordError) -> None:
        """Show why a repository cannot be shown, and what can be done about it."""
        self.show_message("")
        self.message.show_error(error)
        if self.hasFocus():  # it was held while the hub was asked
            self.message.again_button.setFocus()

    def show_detail(self, detail: HubDetail, quantization: str = "") -> None:
        """Show a repository; quantization: which file is chosen first, "" for a sensible one."""
        self.detail = detail
        model = detail.model
        self.message.setVisible(False)
        self._inner.setVisible(True)
        self.title.setText(short(model.repo, 200))
        self.facts.setText(self._facts(detail))
        self._show_note(detail)
        self.files.show_items(detail.items, model.parameters)
        rows = min(len(detail.items), _MOST_ROWS)
        height = self.table.verticalHeader().defaultSectionSize() * rows + self.table.horizontalHeader().height() + 4
        self.table.setFixedHeight(height)
        self.table.setVisible(bool(detail.items))
        self.card.setPlainText(detail.card or self.tr("The repository has no card."))
        self.fit.clear()
        row = preferred(detail.items, quantization)
        if detail.items:
            row = max(0, row)  # where none can be used, the first says why
            index = self.files.index(row, FILE)
            flags = QItemSelectionModel.SelectionFlag
            self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        kind = kind_of_hub_model(model)
        self.twin_button.setVisible(kind is not None)
        if kind is not None:
            other = kind_words("base" if kind == "instruct" else "instruct")
            self.twin_button.setText(self.tr("Get the {kind} twin").format(kind=other))
        self.show_states()
        self.verticalScrollBar().setValue(0)
        if self.hasFocus():  # it was held while the hub was asked
            (self.page_button if kind is None else self.twin_button).setFocus()

    @Slot()
    def show_states(self) -> None:
        """Say on the button what can be done with the chosen item now."""
        item = self.chosen
        button = self.download_button
        button.setEnabled(item is not None and item.problem is None)
        if item is None:
            button.setText(self.tr("Download"))
            return
        words = {
            "here": self.tr("Show it, it is here"),
            "on_the_way": self.tr("Show its download"),
        }.get(self.state(item), self.tr("Download {size}").format(size=size_words(item.size_bytes)))
        button.setText(words)
        button.setAccessibleName(f"{words}: {short(item.name, 120)}")

    # --- building -------------------------------------------------------------------------------------------

    def _make_table(self) -> QTableView:
        table = QTableView(self)
        table.setProperty("look", "card")
        table.setAccessibleName(self.tr("Files of the repository"))
        table.setModel(self.files)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().setVisible(False)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(FILE, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        for side in (header, table.verticalHeader()):
            side.setAccessibleName(self.tr("Headings of the files"))
        table.selectionModel().currentRowChanged.connect(self._on_chosen)
        table.activated.connect(self._on_activated)
        return table

    def _button(self, words: str, icon: str, clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton(words, self)
        if icon:
            button.setProperty("look", "primary")
            set_icon(button, icon, colour="on_accent", size=16)
        button.clicked.connect(clicked)
        return button

    def _lay_out(self) -> None:
        body = QWidget()
        body.setObjectName("page_content")
        outer = QVBoxLayout(body)
        outer.setContentsMargins(GAP, GAP_TINY, GAP, GAP)
        outer.addWidget(self.message)
        self._inner = QWidget(body)
        outer.addWidget(self._inner)
        outer.addStretch(1)
        actions = QWidget(body)
        flow = FlowLayout(actions)
        flow.setSpacing(GAP_SMALL)
        for each in (self.download_button, self.twin_button, self.page_button):
            flow.addWidget(each)
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        for widget in (self.title, self.facts, self.note, actions, self.fit, self.table, self.card):
            column.addWidget(widget)
        self.setWidget(body)

    # --- words ----------------------------------------------------------------------------------------------

    def _facts(self, detail: HubDetail) -> str:
        model = detail.model
        kind = kind_of_hub_model(model)
        origins, no_licence = short(", ".join(model.base_models), 120), self.tr("no licence named")
        words = [
            kind_words(kind) if kind is not None else "",
            self.tr("{count} parameters").format(count=parameter_words(model.parameters)) if model.parameters else "",
            short(model.architecture, 40),
            self.tr("context {count}").format(count=count_words(model.context_tokens)) if model.context_tokens else "",
            self.tr("licence {name}").format(name=short(model.licence, 60)) if model.licence else no_licence,
            self.tr("{count} downloads").format(count=count_words(model.downloads)),
            self.tr("made from {names}").format(names=origins) if origins else "",
        ]  # fmt: skip
        return " · ".join(word for word in words if word)

    def _show_note(self, detail: HubDetail, *, let_in: bool = False) -> None:
        """let_in: a file was read, so whatever gate there is stands open."""
        model = detail.model
        words = ""
        if not detail.items:
            words = self.tr("This repository has no GGUF file. Look for one of the same name that ends in GGUF.")
        elif can_run(model.architecture) is False:
            words = self.tr(
                "The engine cannot write text with this architecture ({name}). It can be downloaded, not used."
            ).format(name=short(model.architecture, 40))
        elif model.gate and not let_in:
            words = self.tr(
                "Gated: open its page, accept its terms with your account, and put a token of that account into the "
                "settings."
            )
        _show_in(self.note, words)

    # --- fit ------------------------------------------------------------------------------------------------

    def _outlook(self, item: HubItem) -> Outlook | None:
        return self._reading.outlook(self.detail, item, self.fit.context_tokens) if self.detail is not None else None

    def _on_header(self, detail: HubDetail) -> None:
        if self.detail is detail:
            self._show_note(detail, let_in=True)
            self._show_fit()
            self.files.judge_again()

    def _on_no_header(self, item: HubItem, detail: HubDetail, error: NextwordError) -> None:
        if self.detail is detail:
            self.files.judge_again()
            if self.chosen is item:
                self._show_no_fit(error)

    def _show_no_fit(self, error: NextwordError) -> None:
        self.fit.clear(self.tr("What it needs here is not known. {why}").format(why=explain(error).text))

    def _show_fit(self) -> None:
        """Show what the chosen file needs; its header is read when nothing is known of it."""
        item, detail = self.chosen, self.detail
        if item is None or detail is None:
            return
        header, problem = self._reading.header(detail, item), self._reading.problem(detail, item)
        if item.problem is not None:
            said = explain(item.problem)
            self.fit.clear(f"{said.text} {said.advice}", "warning")
        elif header is not None:
            self.fit.show_model(
                header, short(item.name, 80), weights_bytes=self._reading.weights_bytes(detail, item),
                context_tokens=self.fit.context_tokens,
            )  # fmt: skip
        elif problem is not None:
            self._show_no_fit(problem)
        else:
            self.fit.clear(self.tr("Reading the header of the file to see what it needs here..."))
            self._reading.read(detail, item, self._on_header, partial(self._on_no_header, item))

    def _on_desk_changed(self, _none: None) -> None:
        self.files.judge_again()

    @Slot(int)
    def _on_context(self, _tokens: int) -> None:
        self.files.judge_again()

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _on_chosen(self) -> None:
        self._show_fit()
        self.show_states()

    @Slot(QModelIndex)
    def _on_activated(self, _index: QModelIndex) -> None:
        self._on_download()

    def _on_download(self) -> None:
        item = self.chosen
        if item is None or not self.download_button.isEnabled():
            return
        if self.state(item):
            self.here_wanted.emit()
        else:
            self.download_wanted.emit()

    def _open_page(self) -> None:
        if self.detail is not None:
            LinkQuestion(f"{self.detail.endpoint.rstrip('/')}/{quote(self.detail.model.repo)}", self.window()).open()


def preferred(items: tuple[HubItem, ...], quantization: str = "") -> int:
    """Return the row of the item that is chosen first, -1 without any: what was asked for, else four bits or so.

    What lies in no folder goes before: old files and other variants are put into folders.
    """
    usable = [row for row, item in enumerate(items) if item.problem is None]
    usable.sort(key=lambda row: items[row].path.count("/"))
    for wanted in (quantization, "Q4_K_M", "Q4_K_S", "Q4_0", "Q5_K_M", "Q8_0"):
        for row in usable:
            if wanted and items[row].quantization.upper() == wanted.upper():
                return row
    return min(usable, key=lambda row: items[row].size_bytes, default=-1)


def _show_in(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
