"""The model files on this machine: look at them, use one, add one by dialog or by dropping it, forget one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QListView, QPushButton, QVBoxLayout, QWidget

from nextword.engine.client import Engine
from nextword.hub.library import Library, LibraryModel
from nextword.ui.explanation import short
from nextword.ui.feature import AddModelFile, Place, UseModel
from nextword.ui.models.model_list import ModelList
from nextword.ui.models.model_row import ModelRow
from nextword.ui.theme import GAP, GAP_PAGE, GAP_SMALL, current_theme
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.model_words import kind_hint
from nextword.ui.widgets.page_frame import COLUMN_WIDTH, text_label


class ModelsPage(QWidget):
    """Sends UseModel and AddModelFile to `go`; forgetting a file never deletes it."""

    def __init__(self, engine: Engine, library: Library, go: Callable[[Place], bool]) -> None:
        super().__init__()
        self._library = library
        self._go = go
        self.setAcceptDrops(True)
        self.models = ModelList(engine, library, self)
        self.list = self._make_list()
        self.add_button = QPushButton(self.tr("Add a model file..."))
        set_icon(self.add_button, "file-plus", size=16)
        self.add_button.clicked.connect(self._add)
        self.use_button = self._button(self.tr("Use"), "", self._use)
        self.show_button = self._button(self.tr("Show file"), "folder-open", self._show_file)
        self.forget_button = self._button(self.tr("Forget"), "x", self._forget)
        self.forget_button.setToolTip(self.tr("Takes the file off this list. The file itself stays where it is."))
        self._path = text_label("", "small")
        self._kind = text_label("", "small")
        self._lay_out()
        self.models.modelReset.connect(self._select_something)
        self.models.dataChanged.connect(self._on_data_changed)
        self.list.selectionModel().currentChanged.connect(self._show_current)
        current_theme().changed.connect(self._on_theme_changed)
        self._select_something()

    def point_at(self, path: str) -> None:
        """Select the row of a file; "" leaves the selection."""
        row = self.models.row_of(path)
        if row >= 0:
            self._select(row)

    def shut_down(self) -> None:
        """Stop listening."""
        self.models.shut_down()

    # --- building -------------------------------------------------------------------------------------------

    def _make_list(self) -> QListView:
        view = QListView()
        view.setProperty("look", "card")
        view.setAccessibleName(self.tr("Models on this machine"))
        view.setModel(self.models)
        view.setItemDelegate(ModelRow(view))
        view.setMouseTracking(True)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.activated.connect(self._on_activated)
        return view

    def _button(self, words: str, icon: str, clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        if icon:
            set_icon(button, icon, size=16)
        button.clicked.connect(clicked)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(text_label(self.tr("Models"), "title"), 1)
        head.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignVCenter)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_SMALL)
        for button in (self.use_button, self.show_button, self.forget_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        body = QWidget(self)
        body.setMaximumWidth(COLUMN_WIDTH + 80)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(head)
        introduction = self.tr(
            "The model files that Nextword knows on this machine. To add one, choose a .gguf file or drop it here; "
            "it stays where it is."
        )
        column.addWidget(text_label(introduction, "secondary"))
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        column.addWidget(self._kind)
        column.addWidget(self._path)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP_PAGE)
        row.addStretch(1)
        row.addWidget(body, 100)
        row.addStretch(1)

    # --- what is selected -----------------------------------------------------------------------------------

    @property
    def current(self) -> LibraryModel | None:
        """The model of the selected row."""
        return self.models.at(self.list.currentIndex())

    @Slot()
    def _select_something(self) -> None:
        if self.current is None and self.models.rowCount():
            self._select(0)
        self._show_current()

    def _select(self, row: int) -> None:
        self.list.selectionModel().setCurrentIndex(
            self.models.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    @Slot()
    def _on_data_changed(self) -> None:
        self.list.scheduleDelayedItemsLayout()  # a sentence may have come or gone
        self._show_current()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.list.scheduleDelayedItemsLayout()

    @Slot()
    def _show_current(self) -> None:
        model = self.current
        usable = model is not None and model.problem is None
        in_use = model is not None and self.models.in_use(model)
        self.use_button.setEnabled(usable and not in_use)
        self.use_button.setProperty("look", "primary" if usable and not in_use else "")
        self.use_button.style().unpolish(self.use_button)
        self.use_button.style().polish(self.use_button)
        self.show_button.setEnabled(model is not None)
        self.forget_button.setEnabled(model is not None and not model.starter and not in_use)
        _show_in(self._path, short(model.path, 200) if model is not None else "")
        _show_in(self._kind, kind_hint(model.kind, model.kind_reasons) if model is not None and usable else "")

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _add(self) -> None:
        self._go(AddModelFile())

    @Slot()
    def _use(self) -> None:
        model = self.current
        if model is not None and model.problem is None:
            self._go(UseModel(model.path))

    @Slot(QModelIndex)
    def _on_activated(self, _index: QModelIndex) -> None:
        self._use()

    @Slot()
    def _forget(self) -> None:
        model = self.current
        if model is not None:
            self._library.remove(model.path)

    @Slot()
    def _show_file(self) -> None:
        model = self.current
        if model is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(model.path).parent)))

    # --- Qt -------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Add every file; the last one is loaded."""
        *others, last = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()] or [""]
        for path in others:
            self._library.add(path)
        if last:
            event.acceptProposedAction()
            self._go(AddModelFile(last))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.list.scheduleDelayedItemsLayout()  # sentences wrap differently


def _show_in(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
