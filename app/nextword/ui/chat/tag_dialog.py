"""The tags of chosen conversations: chips to take away, a field that completes what there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nextword.ui.chat.conversation_delegate import tag_colour
from nextword.ui.theme import GAP_SMALL, GAP_WIDE, current_theme
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon


class TagDialog(QDialog):
    """Open it with open(). added, removed: a tag, for all that was chosen; each is done at once, and can be undone."""

    added = Signal(str)
    removed = Signal(str)

    def __init__(self, tags: Sequence[str], known: Sequence[str], words: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Tags"))
        self.tags = list(tags)
        title = QLabel(words, self)
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setProperty("type", "heading")
        title.setWordWrap(True)
        self._chips = QWidget(self)
        self._flow = FlowLayout(self._chips)
        self._none = QLabel(self.tr("No tags yet."), self)
        self._none.setProperty("type", "secondary")
        self.edit = QLineEdit(self)
        self.edit.setPlaceholderText(self.tr("Add a tag"))
        self.edit.setAccessibleName(self.tr("Add a tag"))
        self.edit.setMaxLength(80)
        completer = QCompleter(QStringListModel(list(known), self), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.edit.setCompleter(completer)
        self.edit.returnPressed.connect(self._on_add)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP_WIDE, GAP_WIDE, GAP_WIDE)
        column.setSpacing(GAP_SMALL)
        for widget in (title, self._none, self._chips, self.edit):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(buttons)
        self.setMinimumWidth(380)
        self._show()
        self.edit.setFocus()

    def _show(self) -> None:
        while self._flow.count():
            widget = self._flow.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for tag in self.tags:
            self._flow.addWidget(tag_chip(tag, self.tr("Take the tag {name} away").format(name=tag), self._remove))
        self._chips.setVisible(bool(self.tags))
        self._none.setVisible(not self.tags)
        self._chips.updateGeometry()

    @Slot()
    def _on_add(self) -> None:
        tag = " ".join(self.edit.text().split())
        self.edit.clear()
        if tag and tag.casefold() not in {known.casefold() for known in self.tags}:
            self.tags.append(tag)
            self._show()
            self.added.emit(tag)

    def _remove(self, tag: str) -> None:
        self.tags.remove(tag)
        self._show()
        self.removed.emit(tag)
        self.edit.setFocus()


def tag_chip(tag: str, words: str, remove: Callable[[str], None]) -> QPushButton:
    """Return a chip in the colour of a tag; a click takes it away."""
    chip = QPushButton(tag.replace("&", "&&"))
    chip.setProperty("look", "chip")
    chip.setAutoDefault(False)
    chip.setAccessibleName(words)
    chip.setToolTip(words)
    set_icon(chip, "x", colour="secondary", size=11)
    colour = tag_colour(tag)
    focus = current_theme().colours.accent
    chip.setStyleSheet(
        f"QPushButton {{ background: {colour.name(colour.NameFormat.HexArgb)}; border-color: transparent; }}"
        f"QPushButton:focus {{ border: 2px solid {focus}; }}"
    )
    chip.clicked.connect(lambda _checked=False: remove(tag))
    return chip
