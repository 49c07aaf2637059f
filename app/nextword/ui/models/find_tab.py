"""Find models: the short list first, then what the hub answers to a search, and beside it the chosen repository."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QListView, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from nextword.errors import NextwordError
from nextword.hub.curated import sibling_in_list
from nextword.hub.hub_records import HubDetail, HubItem, HubModel, Source
from nextword.hub.library import LibraryModel
from nextword.hub.twins import kind_of_hub_model, twin_query
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.feature import ShowSettings
from nextword.ui.models.curated_view import CuratedView
from nextword.ui.models.find_filters import FindFilters, Wish
from nextword.ui.models.find_results import FindResults
from nextword.ui.models.hub_detail import HubDetailView
from nextword.ui.models.hub_message import setting_of
from nextword.ui.models.hub_reading import HubReading
from nextword.ui.models.model_row import ModelRow
from nextword.ui.models.twin_search import Sought, TwinSearch
from nextword.ui.models.two_sides import two_sides
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_SMALL
from nextword.ui.widgets.page_frame import text_label


class FindTab(QWidget):
    """downloads_wanted: the downloads are to be seen; library_wanted: a file of the library (its path) is."""

    downloads_wanted = Signal()
    library_wanted = Signal(str)

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._online = services.online
        self._asked_repo = ""
        self._twins = TwinSearch(self._online.catalog)
        self._again: Callable[[], None] = lambda: None  # what was asked for last
        self._show_first = False  # of what is found, unless something is asked for meanwhile
        self._marking = False
        self._failed_setting = ""
        self._wish: Wish | None = None
        self.filters = FindFilters(self)
        self.results = FindResults(self._online.catalog, self)
        self.curated = CuratedView(services.fitting, self)
        self.list = self._make_list()
        self.words = text_label("", "small")
        self.back_button = QPushButton(self.tr("Back to the short list"), self)
        self.back_button.setProperty("look", "link")
        self.further_button = QPushButton(self.tr("Look further"), self)
        self.further_button.setProperty("look", "link")
        self.settings_button = QPushButton(self.tr("Network settings"), self)
        self.settings_button.setProperty("look", "link")
        self.detail = HubDetailView(services.fitting, HubReading(self._online, services.fitting), self)
        self.detail.state = self._state
        self._lay_out()
        self._connect()
        self._disconnect = (
            self._online.downloads.changed.connect(self._on_downloads),
            services.library.changed.connect(self._on_downloads),
        )
        self.detail.show_message(self.tr("Choose a model to see its files, and whether they will run here."))

    def shut_down(self) -> None:
        """Stop asking and listening."""
        self.results.stop()
        for disconnect in self._disconnect:
            disconnect()
        self.curated.shut_down()
        self.detail.shut_down()

    def show_repo(self, repo: str, quantization: str = "") -> None:
        """Ask for a repository and show it."""
        self._asked_repo = repo
        self._twins.stop()
        self._again = partial(self.show_repo, repo, quantization)
        self._show_first = False
        self._mark(repo)
        self.detail.show_message(self.tr("Asking the hub about {repo}...").format(repo=short(repo, 120)))
        self._services.fitting.refresh()
        self._online.catalog.detail(
            repo, partial(self._on_detail, repo, quantization), partial(self._on_no_detail, repo)
        )

    def find_twin(self, model: LibraryModel) -> None:
        """Look for the sibling of a model of this machine: in the short list, then at the hub."""
        name = model.source or model.own_name or model.name
        self._find_twin(Sought(name, model.kind, model.base_models))

    # --- building -------------------------------------------------------------------------------------------

    def _make_list(self) -> QListView:
        view = QListView()
        view.setProperty("look", "card")
        view.setAccessibleName(self.tr("Models found at the hub"))
        view.setModel(self.results)
        view.setItemDelegate(ModelRow(view))
        view.setMouseTracking(True)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        return view

    def _lay_out(self) -> None:
        self._sides = QStackedWidget(self)
        self._sides.addWidget(self.curated)
        self._sides.addWidget(self.list)
        links = QHBoxLayout()
        links.addWidget(self.back_button)
        links.addWidget(self.further_button)
        links.addWidget(self.settings_button)
        links.addStretch(1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self._sides, 1)
        column.addWidget(self.words)
        column.addLayout(links)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, GAP, 0, 0)
        outer.setSpacing(GAP)
        outer.addWidget(self.filters)
        outer.addWidget(two_sides(left, self.detail), 1)
        self._show_foot("", searched=False)

    def _connect(self) -> None:
        self.filters.wished.connect(self.search)
        self.filters.changed.connect(self._on_filter)
        self.results.ended.connect(self._on_ended)
        self.curated.chosen.connect(self.show_repo)
        self.list.selectionModel().currentChanged.connect(self._on_selected)
        self.back_button.clicked.connect(self._show_curated)
        self.settings_button.clicked.connect(self._show_setting_of_failure)
        self.further_button.clicked.connect(self.results.look_further)
        self.detail.download_wanted.connect(self._download)
        self.detail.here_wanted.connect(self._show_here)
        self.detail.twin_wanted.connect(self._on_twin)
        self.detail.message.again_wanted.connect(self._ask_again)
        self.detail.message.settings_wanted.connect(self._show_setting)
        self.detail.fit.export_failed.connect(self._on_error)

    # --- searching ------------------------------------------------------------------------------------------

    @Slot()
    def search(self) -> None:
        """Ask the hub for what the fields say."""
        self._wish = wish = self.filters.wish
        self._sides.setCurrentWidget(self.list)
        self._show_foot(self.tr("Asking the hub..."), searched=True)
        self._show_first = True
        self.results.begin(wish.query, wish.keeps)

    @Slot()
    def _on_filter(self) -> None:
        if self._wish is not None and self._sides.currentWidget() is self.list:
            self.search()

    @Slot(object)
    def _on_ended(self, error: NextwordError | None) -> None:
        if error is not None:
            said = explain(error)
            self._failed_setting = setting_of(error)
            self._show_foot(f"{said.title}. {said.text} {said.advice}", searched=True, failed=True)
            return
        count = self.results.rowCount()
        if not count and self.results.canFetchMore(QModelIndex()):  # a page on which nothing was to be listed
            self.results.fetchMore(QModelIndex())
            return
        words = self.tr("Listed so far: {count}.") if self.results.has_more else self.tr("Listed: {count}.")
        words = words.format(count=count)
        if not count and not self.results.has_more:
            words = self.tr("Nothing was found. Try fewer words or filters.")
        if self.results.left_out:
            words += " " + self.tr("Left out by the filters: {count}.").format(count=self.results.left_out)
        self._show_foot(words, searched=True)
        if count and self._show_first:
            self.list.selectionModel().setCurrentIndex(
                self.results.index(0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    @Slot()
    def _show_curated(self) -> None:
        self.results.stop()
        self._wish = None
        self._sides.setCurrentWidget(self.curated)
        self._show_foot("", searched=False)

    def _show_foot(self, words: str, *, searched: bool, failed: bool = False) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.words.setProperty("type", "error" if failed else "small")
        self.words.style().unpolish(self.words)
        self.words.style().polish(self.words)
        self.back_button.setVisible(searched)
        self.settings_button.setVisible(failed)
        self.further_button.setVisible(searched and self.results.stuck)

    @Slot()
    def _on_selected(self) -> None:
        model = self.results.at(self.list.currentIndex())
        if model is not None and not self._marking:
            self.show_repo(model.repo)

    def _mark(self, repo: str) -> None:
        """Let the list mark what is shown, and nothing where that is not in it."""
        row = next((row for row, model in enumerate(self.results.models()) if model.repo == repo), -1)
        self._marking = True
        self.list.setCurrentIndex(self.results.index(row, 0))
        self._marking = False

    # --- one repository -------------------------------------------------------------------------------------

    def _on_detail(self, repo: str, quantization: str, detail: HubDetail) -> None:
        if repo == self._asked_repo:
            self.detail.show_detail(detail, quantization)

    def _on_no_detail(self, repo: str, error: NextwordError) -> None:
        if repo == self._asked_repo:
            self.detail.show_error(error)

    @Slot()
    def _download(self) -> None:
        detail, item = self.detail.detail, self.detail.chosen
        if detail is None or item is None:
            return
        model = detail.model
        source = Source(detail.endpoint, model.repo, model.revision, model.licence, model.base_models)
        try:
            self._online.downloads.add(source, item)
        except NextwordError as error:
            self._on_error(error)
            return
        self.detail.show_states()

    def _state(self, item: HubItem) -> str:
        if self._path_here(item):
            return "here"
        detail = self.detail.detail
        for download in self._online.downloads.items:
            same = detail is not None and download.source.repo == detail.model.repo
            if same and download.item.path == item.path and download.state not in ("done", "failed"):
                return "on_the_way"
        return ""

    def _path_here(self, item: HubItem) -> str:
        here = [model for model in self._services.library.models if not model.missing]
        if len(item.files) == 1:
            return next((model.path for model in here if model.sha256 and model.sha256 == item.files[0].sha256), "")
        repo = self.detail.detail.model.repo if self.detail.detail is not None else ""
        wanted = (repo, item.files[0].name, item.size_bytes)  # a split model is hashed as a whole
        return next((one.path for one in here if (one.source, one.file_name, one.size_bytes) == wanted), "")

    @Slot()
    def _show_here(self) -> None:
        item = self.detail.chosen
        path = self._path_here(item) if item is not None else ""
        if path:
            self.library_wanted.emit(path)
        else:
            self.downloads_wanted.emit()

    def _on_downloads(self, _none: None) -> None:
        if self.detail.detail is not None:
            self.detail.show_states()

    # --- twins ----------------------------------------------------------------------------------------------

    @Slot()
    def _on_twin(self) -> None:
        if self.detail.detail is not None:
            model = self.detail.detail.model
            self._find_twin(Sought(model.repo, kind_of_hub_model(model), model.base_models))

    def _find_twin(self, sought: Sought) -> None:
        listed = sibling_in_list(sought.name)
        if listed is not None:
            self.show_repo(listed.repo, listed.quantization)
            return
        self.detail.show_message(self.tr("Looking for the twin of {name}...").format(name=short(sought.name, 120)))
        self._asked_repo = ""
        self._again = partial(self._find_twin, sought)
        self._twins.begin(sought, partial(self._on_twin_found, sought.name), self.detail.show_error)

    def _on_twin_found(self, name: str, twin: HubModel | None) -> None:
        if twin is not None:
            self.show_repo(twin.repo)
            return
        self.filters.text.setText(twin_query(name))
        self.detail.show_message(
            self.tr(
                "No twin of {name} was found at the hub. Its name is in the search field: search with other words."
            ).format(name=short(name, 120))
        )

    @Slot()
    def _ask_again(self) -> None:
        self._again()

    @Slot()
    def _show_setting_of_failure(self) -> None:
        self._show_setting(self._failed_setting)

    @Slot(str)
    def _show_setting(self, name: str) -> None:
        self._services.go(ShowSettings(name))

    @Slot(object)
    def _on_error(self, error: NextwordError) -> None:
        self._services.notices.add(Notice(error=error, level="error", key="models"))
