"""The real widgets that lie over the painted messages: a bar per visible row, the bars of surprise, the editor."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QApplication

from nextword.ui.chat.message_bar import BarContent, MessageBar
from nextword.ui.chat.message_editor import MessageEditor
from nextword.ui.chat.message_view import MessageView
from nextword.ui.widgets.entropy_strip import EntropyStrip


class MessageOverlays(QObject):
    """Keeps the widgets where their rows are. busy: an answer is being written."""

    version_requested = Signal(int, int)  # row, -1 or +1
    action_requested = Signal(int, str)  # row, action of MessageBar
    edited = Signal(int, str)  # row, text

    def __init__(self, view: MessageView) -> None:
        super().__init__(view)
        self._view = view
        self._messages = view.messages
        self._bars: list[MessageBar] = []
        self._busy = False
        self._placing = False
        self.editor: MessageEditor | None = None
        self.strip = EntropyStrip(view.viewport())
        self.strip.hide()
        self.strip.token_chosen.connect(self._on_strip_token)
        view.placed.connect(self._on_placed)
        view.hovered.connect(self._on_placed)
        view.focus_changed.connect(self._on_placed)
        view.token_selected.connect(self._on_placed)
        view.selectionModel().currentChanged.connect(self._on_placed)
        self._messages.modelAboutToBeReset.connect(self.close_editor)

    def set_busy(self, busy: bool) -> None:
        """Take away what cannot be done while an answer is being written, or give it back."""
        self._busy = busy
        self._place()

    def bar(self, row: int) -> MessageBar | None:
        """Return the bar of a row that is in view."""
        return next((bar for bar in self._bars if bar.row == row and not bar.isHidden()), None)

    def open_editor(self, row: int) -> None:
        """Put a field in the place of a message."""
        self.close_editor()
        message = self._messages.message(row)
        self.editor = MessageEditor(self._view.viewport(), message.text, of_person=message.role == "user")
        self.editor.saved.connect(self._on_saved)
        self.editor.cancelled.connect(self._on_cancelled)
        self.editor.height_changed.connect(self._on_editor_height)
        self._view.editor_row = row
        self._view.editor_height = self._editor_height
        self._view.remeasure(row)
        self.editor.show()
        self.editor.edit.setFocus()

    @Slot()
    def close_editor(self) -> None:
        """Take the field away; what was written in it is dropped."""
        row = self._view.editor_row
        self._view.editor_row = None
        if self.editor is not None:
            self.editor.hide()
            self.editor.deleteLater()
            self.editor = None
        if row is not None:
            self._view.remeasure(row)

    def _editor_height(self) -> float:
        return float(self.editor.sizeHint().height()) if self.editor is not None else 0.0

    @Slot()
    def _on_editor_height(self) -> None:
        if self._view.editor_row is not None:
            self._view.remeasure(self._view.editor_row)

    @Slot(str)
    def _on_saved(self, text: str) -> None:
        row = self._view.editor_row
        self.close_editor()
        self._view.setFocus()
        if row is not None:
            self.edited.emit(row, text)

    @Slot()
    def _on_cancelled(self) -> None:
        self.close_editor()
        self._view.setFocus()

    @Slot(int)
    def _on_strip_token(self, token: int) -> None:
        row = self._view.strip_row()
        if row >= 0:
            self._view.select_token(row, token)
            self._view.setFocus()

    @Slot()
    def _on_placed(self) -> None:
        self._place()

    def _place(self) -> None:
        if self._placing:
            return
        self._placing = True
        try:
            self._place_bars()
            self._place_strip()
            if self.editor is not None:
                self.editor.setGeometry(self._view.editor_rect())
        finally:
            self._placing = False

    def _place_bars(self) -> None:
        rows = [row for row in self._view.visible_rows() if row != self._view.editor_row]
        while len(self._bars) < len(rows):
            self._bars.append(self._make_bar())
        owners = {bar.row: bar for bar in self._bars if bar.row in rows}  # a row keeps its bar, and so the focus
        free = [bar for bar in self._bars if bar.row not in rows or owners[bar.row] is not bar]
        for row in rows:
            bar = owners.get(row) or free.pop()
            bar.show_content(row, self._content(row))
            bar.setGeometry(self._view.part_rect(row, "bar"))
            bar.show()
        for bar in free:
            bar.row = -1
            bar.hide()

    def _make_bar(self) -> MessageBar:
        bar = MessageBar(self._view.viewport())
        bar.version_requested.connect(self.version_requested)
        bar.action_requested.connect(self.action_requested)
        return bar

    def _content(self, row: int) -> BarContent:
        message = self._messages.message(row)
        current = self._view.currentIndex().row()
        focus = QApplication.focusWidget()
        bar = next((bar for bar in self._bars if bar.row == row), None)
        within = focus is not None and bar is not None and bar.isAncestorOf(focus)
        focused = row == current and (self._view.hasFocus() or within)
        is_last = row == self._messages.rowCount() - 1
        writing = message.state == "generating"
        answer = message.role == "assistant"
        actions: tuple[str, ...] = ("copy",) if message.text else ()
        if message.role != "system" and not writing:
            actions += ("edit",)
        if answer and not writing:
            actions += ("continue", "regenerate")
        elif is_last and message.id is not None:
            actions += ("regenerate",)  # a question that got no answer
        return BarContent(
            of_person=message.role == "user",
            version=message.sibling_index,
            versions=message.sibling_count,
            figures=self._messages.figures(row) if answer else "",
            actions=actions,
            busy=self._busy,
            active=(is_last and not writing and not (self._busy and not answer))
            or row == self._view.hovered_row
            or focused,
            focused=row == current or (current < 0 and is_last),
        )

    def _place_strip(self) -> None:
        row = self._view.strip_row()
        if row < 0 or row not in self._view.visible_rows() or row == self._view.editor_row:
            self.strip.hide()
            return
        token = self._view.token
        chosen = token[1] if token is not None and token[0] == row else None
        self.strip.setGeometry(self._view.part_rect(row, "strip"))
        self.strip.show_steps(self._messages.message(row).steps, chosen, self._view.tint)
        self.strip.show()
