"""What narrows the list of conversations: chosen from a menu, shown as chips, each taken away with a click."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from nextword.history.records import Filters, Folder, FolderId, Place
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations

SHOWN = Filters(place="shown")
_PERIODS = {"day": (1, 0), "week": (7, 0), "month": (30, 0), "year": (365, 0), "older": (0, 365)}
"""Days ago from, and until; 0: no limit."""
_ROUND_A_NAME = 44
"""Pixels of a chip that are not its name: the cross and the rounding."""


class Choices(Struct, frozen=True):
    """What there is to filter by. tags: with the number of conversations."""

    tags: dict[str, int]
    models: tuple[str, ...]
    folders: tuple[Folder, ...]


def read_choices(conversations: Conversations) -> Choices:
    """Return what there is to filter by."""
    shelves = conversations.shelves
    return Choices(shelves.tags(), tuple(conversations.search.models()), tuple(shelves.folders()))


class FilterChips(QWidget):
    """changed: other filters are wanted. Hidden while there are none."""

    changed = Signal(object)  # Filters

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.filters = SHOWN
        self._period = ""
        self._folder_name = ""
        self._layout = FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    # --- what is chosen -------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Take all filters away."""
        self._set(SHOWN)

    def set_place(self, place: Place) -> None:
        """Show another place: the list, the archive, the trash."""
        keeps_folder = place in ("shown", "anywhere")
        self._set(replace(self.filters, place=place, folder=self.filters.folder if keeps_folder else None))

    def set_folder(self, folder: FolderId | None, name: str = "") -> None:
        """Go into a folder; None: out of all of them."""
        self._folder_name = name
        self._set(replace(self.filters, folder=folder))

    def set_model(self, model: str) -> None:
        """Show what this model answered in; "": any."""
        self._set(replace(self.filters, model=model))

    def set_tag(self, tag: str, *, on: bool) -> None:
        """Show only what has this tag, or not only that."""
        others = tuple(other for other in self.filters.tags if other != tag)
        self._set(replace(self.filters, tags=(*others, tag) if on else others))

    def set_period(self, period: str) -> None:
        """Show what was used last in this time, "": ever."""
        self._period = period
        first, last = _PERIODS.get(period, (0, 0))
        midnight = datetime.datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        since = (midnight - datetime.timedelta(days=first - 1)).timestamp() if first else None
        until = (midnight - datetime.timedelta(days=last - 1)).timestamp() if last else None
        self._set(replace(self.filters, since=since, until=until))

    def _set(self, filters: Filters) -> None:
        if filters == SHOWN:
            self._period = self._folder_name = ""
        if filters != self.filters:
            self.filters = filters
            self._show()
            self.changed.emit(filters)

    # --- chips ----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        while self._layout.count():
            widget = self._layout.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        filters = self.filters
        if filters.place != "shown":
            self._add(self.place_words(filters.place), partial(self.set_place, "shown"))
        if filters.folder is not None:
            self._add(self._folder_name, partial(self.set_folder, None))
        for tag in filters.tags:
            self._add(f"#{tag}", partial(self.set_tag, tag, on=False))
        if filters.model:
            self._add(filters.model, partial(self.set_model, ""))
        if filters.since is not None or filters.until is not None:
            self._add(self.period_words(self._period), partial(self.set_period, ""))
        self.setVisible(self._layout.count() > 0)
        self.updateGeometry()

    def _add(self, words: str, remove: Callable[[], None]) -> None:
        parent = self.parentWidget()
        width = max(120, parent.width() - 24) if parent is not None else 120
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, width - _ROUND_A_NAME)
        chip = QPushButton(_plain(shown), self)
        chip.setProperty("look", "chip")
        chip.setToolTip(self.tr("Show all again"))
        chip.setAccessibleName(self.tr("Filter {name}: take it away").format(name=words))
        set_icon(chip, "x", colour="secondary", size=11)
        chip.setMaximumWidth(width)
        chip.clicked.connect(lambda _checked=False: remove())
        self._layout.addWidget(chip)
        chip.show()

    def place_words(self, place: Place) -> str:
        """Return what a place is called."""
        words: dict[Place, str] = {
            "shown": self.tr("Conversations"),
            "archive": self.tr("Archive"),
            "anywhere": self.tr("With the archive"),
            "trash": self.tr("Trash"),
        }
        return words[place]

    def period_words(self, period: str) -> str:
        """Return what a time is called."""
        return {
            "day": self.tr("Today"),
            "week": self.tr("Last 7 days"),
            "month": self.tr("Last 30 days"),
            "year": self.tr("Last 365 days"),
            "older": self.tr("Older than a year"),
        }.get(period, self.tr("Any time"))


class FilterMenu(QObject):
    """Fills a menu with what there is to filter by."""

    def __init__(self, chips: FilterChips) -> None:
        super().__init__(chips)
        self._chips = chips

    def fill(self, menu: QMenu, choices: Choices) -> None:
        """Add the entries; what is chosen is checked."""
        chips, filters = self._chips, self._chips.filters
        places: tuple[Place, ...] = ("shown", "archive", "anywhere", "trash")
        where = menu.addMenu(self.tr("Where"))
        self._add_group(where, {chips.place_words(place): partial(chips.set_place, place) for place in places},
                        chips.place_words(filters.place))  # fmt: skip
        periods = {chips.period_words(period): partial(chips.set_period, period) for period in ("", *_PERIODS)}
        self._add_group(menu.addMenu(self.tr("Last used")), periods, chips.period_words(chips._period))
        models = {self.tr("Any model"): partial(chips.set_model, "")}
        models |= {_plain(model): partial(chips.set_model, model) for model in choices.models}
        self._add_group(menu.addMenu(self.tr("Model")), models, _plain(filters.model) or self.tr("Any model"))
        tags = menu.addMenu(self.tr("Tag"))
        tags.setEnabled(bool(choices.tags))
        for tag, count in choices.tags.items():
            action = tags.addAction(f"{_plain(tag)}  ({count:,})")
            action.setCheckable(True)
            action.setChecked(tag in filters.tags)
            action.toggled.connect(lambda on, tag=tag: chips.set_tag(tag, on=on))
        folders = menu.addMenu(self.tr("Folder"))
        folders.setEnabled(bool(choices.folders))
        for depth, folder in in_order(choices.folders):
            words = "    " * depth + _plain(folder.name)
            folders.addAction(words, partial(chips.set_folder, folder.id, folder.name))
        menu.addSeparator()
        menu.addAction(self.tr("No filters"), chips.clear).setEnabled(filters != SHOWN)

    def _add_group(self, menu: QMenu, entries: Mapping[str, Callable[[], None]], checked: str) -> None:
        group = QActionGroup(menu)
        for words, choose in entries.items():
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(words == checked)
            group.addAction(action)
            action.triggered.connect(lambda _checked=False, choose=choose: choose())


def in_order(folders: tuple[Folder, ...] | list[Folder], parent: FolderId | None = None) -> list[tuple[int, Folder]]:
    """Return folders as a tree is read, each with its depth."""
    found: list[tuple[int, Folder]] = []
    for folder in folders:
        if folder.parent == parent:
            below = [other for other in folders if other.id != folder.id]
            found.append((0, folder))
            found += [(depth + 1, other) for depth, other in in_order(below, folder.id)]
    return found


def _plain(text: str) -> str:
    """Return a name as a menu and a button show it: "&" would be a key."""
    return text.replace("&", "&&")
