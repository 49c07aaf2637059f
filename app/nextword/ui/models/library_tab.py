"""The model files on this machine: a list with those of other programs at its end, and beside it the chosen one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.hub.caches import FoundModel
from nextword.hub.fit_desk import FitDesk
from nextword.hub.library import Library, LibraryModel
from nextword.hub.twins import twin_of
from nextword.ui.explanation import short
from nextword.ui.feature import AddModelFile, Place, UseModel
from nextword.ui.models.found_detail import FoundDetail
from nextword.ui.models.library_detail import LibraryDetail
from nextword.ui.models.model_list import ModelList
from nextword.ui.models.model_row import ModelRow
from nextword.ui.models.trashing import take_back, to_trash
from nextword.ui.models.two_sides import two_sides
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.theme import GAP, GAP_SMALL, current_theme
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.model_words import size_words
from nextword.ui.widgets.page_frame import text_label


class LibraryTab(QWidget):
    """Sends UseModel and AddModelFile to `go`. twin_wanted: the sibling of a model (LibraryModel) is to be looked for
    at the hub, since there is none here."""

    twin_wanted = Signal(object)

    def __init__(
        self, engine: Engine, library: Library, desk: FitDesk, notices: Notices, go: Callable[[Place], bool]
    ) -> None:
        super().__init__()
        self._library = library
        self._notices = notices
        self._desk = desk
        self._go = go
        self._row = 0
        self.models = ModelList(engine, library, self)
        self.list = self._make_list()
        self.detail = LibraryDetail(desk, self)
        self.found = FoundDetail(self)
        self.add_button = self._make_add_button()
        self.folders_button = self._make_folders_button()
        self.summary = text_label("", "small")
        self.setProperty("shortcut_notes", self._shortcut_notes())
        self._lay_out()
        self._connect_detail()
        self._disconnect = library.changed.connect(self._on_library)
        self.models.modelReset.connect(self._select_something)
        self.models.dataChanged.connect(self._on_data_changed)
        self.list.selectionModel().currentChanged.connect(self._show_current)
        current_theme().changed.connect(self._on_theme_changed)
        self._select_something()
        self._show_summary()

    def begin(self) -> None:
        """Look at what takes a moment: folders, other programs, free memory. Called when the page is first seen."""
        if self.list.currentIndex().row() <= 0:  # nothing was chosen yet
            self.point_at(self.models.path_in_use)
        self._look()

    def _look(self) -> None:
        self._library.look_elsewhere()
        self._desk.refresh()

    def point_at(self, path: str) -> None:
        """Select the row of a file; "" leaves the selection."""
        row = self.models.row_of(path)
        if row >= 0:
            self._select(row)

    def shut_down(self) -> None:
        """Stop listening."""
        self._disconnect()
        self.models.shut_down()
        self.detail.shut_down()

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
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), view)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete)
        rename = QShortcut(QKeySequence(Qt.Key.Key_F2), self)
        rename.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        rename.activated.connect(self._rename)
        return view

    def _shortcut_notes(self) -> list[tuple[str, str]]:
        """Return the keys that the list of shortcuts names."""
        return [
            (self.tr("Enter"), self.tr("Use the chosen model")),
            ("F2", self.tr("Rename the chosen model")),
            (self.tr("Del"), self.tr("Move the chosen model to the trash")),
        ]

    def _make_add_button(self) -> QPushButton:
        button = QPushButton(self.tr("Add a model file..."))
        set_icon(button, "file-plus", size=16)
        button.clicked.connect(self._add)
        return button

    def _make_folders_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText(self.tr("Folders"))
        button.setToolTip(self.tr("Folders whose models are listed by themselves"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(button, "folder", size=16)
        menu = QMenu(button)
        menu.aboutToShow.connect(self._fill_folders)
        button.setMenu(menu)
        return button

    def _lay_out(self) -> None:
        self._sides = QStackedWidget()
        self._sides.addWidget(self.detail)
        self._sides.addWidget(self.found)
        head = QHBoxLayout()
        head.setSpacing(GAP_SMALL)
        head.addWidget(self.add_button)
        head.addWidget(self.folders_button)
        head.addStretch(1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_SMALL)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        column.addWidget(self.summary)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, GAP, 0, 0)
        row.addWidget(two_sides(left, self._sides))
        self.setTabOrder(self.add_button, self.folders_button)
        self.setTabOrder(self.folders_button, self.list)

    def _connect_detail(self) -> None:
        detail = self.detail
        self.use_button, self.forget_button = detail.use_button, detail.forget_button
        detail.use_wanted.connect(self._use)
        detail.twin_wanted.connect(self._on_twin)
        detail.verify_wanted.connect(self._verify)
        detail.show_wanted.connect(self._show_file)
        detail.forget_wanted.connect(self._forget)
        detail.delete_wanted.connect(self._delete)
        detail.renamed.connect(self._on_renamed)
        detail.annotated.connect(self._on_annotated)
        detail.fit.export_failed.connect(self._on_error)
        self.found.use_wanted.connect(self._use)
        self.found.add_wanted.connect(self._add_found)

    # --- what is selected -----------------------------------------------------------------------------------

    @property
    def current(self) -> LibraryModel | None:
        """The model of the selected row, None for one of another program."""
        return self.models.at(self.list.currentIndex())

    @property
    def current_found(self) -> FoundModel | None:
        """The model of another program that is selected."""
        return self.models.found_at(self.list.currentIndex())

    @Slot()
    def _select_something(self) -> None:
        if not self.list.currentIndex().isValid() and self.models.rowCount():
            path = self.detail.model.path if self.detail.model is not None else ""
            row = self.models.row_of(path)
            self._select(row if row >= 0 else min(self._row, self.models.rowCount() - 1))
        self._show_current()

    def _select(self, row: int) -> None:
        self.list.selectionModel().setCurrentIndex(
            self.models.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )

    def _on_library(self, _none: None) -> None:
        self._show_summary()

    @Slot()
    def _on_data_changed(self) -> None:
        self.list.scheduleDelayedItemsLayout()  # a sentence may have come or gone
        self._show_current()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.list.scheduleDelayedItemsLayout()

    @Slot()
    def _show_current(self) -> None:
        if self.list.currentIndex().isValid():
            self._row = self.list.currentIndex().row()  # where the next is chosen when this one goes
        found = self.current_found
        self._sides.setCurrentWidget(self.found if found is not None else self.detail)
        if found is not None:
            self.found.show_model(found)
            return
        model = self.current
        twin = twin_of(model, self._library.models) if model is not None else None
        self.detail.show_model(model, in_use=model is not None and self.models.in_use(model), twin=twin)

    def _show_summary(self) -> None:
        own = sum(model.size_bytes for model in self._library.models if not model.missing)
        count = len(self._library.models)
        self.summary.setText(
            self.tr("Models: {count}, {size} on the disk. A .gguf file dropped here is added.").format(
                count=count, size=size_words(own)
            )
        )

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _add(self) -> None:
        self._go(AddModelFile())

    @Slot()
    def _fill_folders(self) -> None:
        menu = self.folders_button.menu()
        menu.clear()
        menu.addAction(self.tr("Add a folder...")).triggered.connect(self._ask_for_folder)
        menu.addAction(self.tr("Look again")).triggered.connect(self._look_again)
        menu.addSeparator()
        own = menu.addAction(self.tr("{folder} (downloads)").format(folder=short(str(self._library.own_folder), 80)))
        own.setEnabled(False)
        for folder in self._library.folders:
            words = self.tr("Look no more into {folder}").format(folder=short(folder, 80))
            menu.addAction(words).triggered.connect(partial(self._remove_folder, folder))

    @Slot()
    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Add a folder with models"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._library.add_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _remove_folder(self, folder: str, _checked: bool = False) -> None:
        self._library.remove_folder(folder)

    @Slot()
    def _look_again(self) -> None:
        self._library.look_again()
        self._look()

    @Slot()
    def _use(self) -> None:
        found, model = self.current_found, self.current
        if found is not None:
            self._go(AddModelFile(found.path))
        elif model is not None and model.problem is None:
            self._go(UseModel(model.path))

    @Slot()
    def _add_found(self) -> None:
        found = self.current_found
        if found is not None:
            self._library.add(found.path, done=partial(self._name_found, found), failed=self._on_error)

    def _name_found(self, found: FoundModel, model: LibraryModel) -> None:
        if found.owner == "ollama":  # its files are called by their hashes
            self._library.rename(model.path, found.name)
        self.point_at(model.path)

    @Slot()
    def _on_twin(self) -> None:
        model = self.current
        if model is None:
            return
        twin = twin_of(model, self._library.models)
        if twin is not None:
            self._go(UseModel(twin.path))
            self.point_at(twin.path)
        else:
            self.twin_wanted.emit(model)

    @Slot(QModelIndex)
    def _on_activated(self, _index: QModelIndex) -> None:
        self._use()

    @Slot()
    def _verify(self) -> None:
        if (model := self.current) is not None:
            self._library.verify(model.path)

    @Slot()
    def _rename(self) -> None:
        if self.current is not None:
            self.detail.rename_button.click()

    @Slot(str)
    def _on_renamed(self, name: str) -> None:
        if (model := self.current) is not None:
            self._library.rename(model.path, name)

    @Slot(str, str)
    def _on_annotated(self, path: str, notes: str) -> None:
        self._library.annotate(path, notes)

    @Slot()
    def _forget(self) -> None:
        if (model := self.current) is not None and self.detail.forget_button.isEnabled():
            self._library.remove(model.path)
            self.list.setFocus()
            undo = Action(self.tr("Undo"), partial(self._library.restore, model))
            words = self.tr("{name} was forgotten. The file is where it was.").format(name=short(model.name, 80))
            self._notices.add(Notice(text=words, actions=(undo,), key="model gone"))

    @Slot()
    def _delete(self) -> None:
        model = self.current
        if model is None or not self.detail.delete_button.isEnabled():
            return
        if self._library.belongs_elsewhere(model.path):
            words = self.tr("This file belongs to another program. Delete it there, or forget it here.")
            self._notices.add(Notice(text=words, level="warning", key="model gone"))
            return
        try:
            moved = to_trash(model.path)
        except NextwordError as error:
            self._on_error(error)
            return
        self._library.remove(model.path, gone=True)
        self.list.setFocus()
        words = self.tr("{name} is in the trash ({size}).").format(
            name=short(model.name, 80), size=size_words(model.size_bytes)
        )
        undo = Action(self.tr("Undo"), partial(self._undelete, model, moved))
        self._notices.add(Notice(text=words, actions=(undo,), key="model gone"))

    def _undelete(self, model: LibraryModel, moved: tuple[tuple[str, str], ...]) -> None:
        try:
            take_back(moved)
        except NextwordError as error:
            self._on_error(error)
            return
        self._library.restore(model)
        self.point_at(model.path)

    @Slot()
    def _show_file(self) -> None:
        if (model := self.current) is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(model.path).parent)))

    @Slot(object)
    def _on_error(self, error: NextwordError) -> None:
        self._notices.add(Notice(error=error, level="error", key="models"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.list.scheduleDelayedItemsLayout()  # sentences wrap differently
