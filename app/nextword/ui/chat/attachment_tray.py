"""The texts that go with the message that is being written: a chip each, with name, size and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QWidget

from nextword.history.records import Attachment
from nextword.ui.explanation import short
from nextword.ui.theme import GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.model_words import size_words

_REMOVING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


_MOST_LINES = 3  # more are scrolled to


class AttachmentTray(QScrollArea):
    """Hidden while it is empty. changed: a file came or went. opened: a person wants to read one."""

    changed = Signal()
    opened = Signal(object)  # Attachment
    emptied = Signal()  # the focus has nowhere to go

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Attached texts"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self._chips: list[AttachmentChip] = []
        self._content = QWidget(self)
        self._content.setObjectName("page_content")
        self._line = FlowLayout(self._content)
        self.setWidget(self._content)
        self.hide()

    @property
    def files(self) -> tuple[Attachment, ...]:
        """What is attached, in order."""
        return tuple(chip.file for chip in self._chips)

    @property
    def chips(self) -> tuple[AttachmentChip, ...]:
        return tuple(self._chips)

    def set_files(self, files: Sequence[Attachment]) -> None:
        """Show these in the place of what is there; tells nobody."""
        for chip in self._chips:
            self._take_out(chip)
        self._chips = []
        for file in files:
            self._put_in(file)
        self._fit()

    def add(self, files: Sequence[Attachment]) -> None:
        """Attach more; one that is there already is not attached twice."""
        known = set(self.files)
        new = [file for file in dict.fromkeys(files) if file not in known]
        for file in new:
            self._put_in(file)
        self._fit()
        if new:
            self.ensureWidgetVisible(self._chips[-1])
            self.changed.emit()

    def show_tokens(self, file: Attachment, tokens: int, *, about: bool = False) -> None:
        """Say how many tokens a file takes. about: not counted."""
        for chip in self._chips:
            if chip.file == file:
                chip.show_tokens(tokens, about=about)
        self._fit()

    def _put_in(self, file: Attachment) -> None:
        chip = AttachmentChip(file, self._content)
        chip.removed.connect(partial(self._on_removed, chip))
        chip.opened.connect(partial(self.opened.emit, file))
        self._chips.append(chip)
        self._line.addWidget(chip)
        chip.show()

    def _take_out(self, chip: AttachmentChip) -> None:
        self._line.removeWidget(chip)
        chip.hide()
        chip.deleteLater()

    def _fit(self) -> None:
        """Be as high as the chips need, up to some lines."""
        self.setVisible(bool(self._chips))
        if self._chips:
            self._line.invalidate()
            line = self._chips[0].sizeHint().height() + self._line.spacing()
            needed = self._line.heightForWidth(self.width())
            self.setFixedHeight(min(needed, _MOST_LINES * line - self._line.spacing()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _on_removed(self, chip: AttachmentChip) -> None:
        at = self._chips.index(chip)
        self._chips.remove(chip)
        self._take_out(chip)
        self._fit()
        if self._chips:
            self._chips[min(at, len(self._chips) - 1)].remove.setFocus()
        else:
            self.emptied.emit()
        self.changed.emit()


class AttachmentChip(QFrame):
    """One attached text. Delete on it takes it away, Enter shows it."""

    removed = Signal()
    opened = Signal()

    def __init__(self, file: Attachment, parent: QWidget) -> None:
        super().__init__(parent)
        self.file = file
        self.setProperty("look", "attachment")
        self._size = size_words(len(file.text.encode("utf-8", "surrogatepass")))
        name = short(file.name, 40)
        self.name = QToolButton(self)
        self.name.setProperty("look", "quiet")
        self.name.setText(name.replace("&", "&&"))
        self.name.setToolTip(self.tr("Show the text that is attached"))
        self.name.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self.name, "file-text", colour="secondary", size=14)
        self.name.clicked.connect(self.opened)
        self._detail = QLabel(self)
        self._detail.setProperty("type", "small")
        self.remove = QToolButton(self)
        self.remove.setProperty("look", "quiet")
        self.remove.setAccessibleName(self.tr("Remove {name}").format(name=name))
        self.remove.setToolTip(self.tr("Remove (Delete)"))
        set_icon(self.remove, "x", colour="secondary", size=12)
        self.remove.clicked.connect(self.removed)
        line = QHBoxLayout(self)
        line.setContentsMargins(2, 1, 2, 1)
        line.setSpacing(GAP_TINY)
        for widget in (self.name, self._detail, self.remove):
            line.addWidget(widget)
        self._say(self._size)

    def show_tokens(self, tokens: int, *, about: bool = False) -> None:
        """Say how many tokens it takes."""
        count = self.tr("1 token") if tokens == 1 else self.tr("{count} tokens").format(count=f"{tokens:,}")
        if about:
            count = self.tr("about {tokens}").format(tokens=count)
        self._say(f"{self._size} · {count}")

    def _say(self, detail: str) -> None:
        self._detail.setText(detail)
        self.name.setAccessibleName(f"{self.name.text()}, {detail}")
        self.updateGeometry()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _REMOVING:
            self.removed.emit()
        else:
            super().keyPressEvent(event)
