"""The page of Write: the documents, the text with its tokens, what can be done with it, and panes that look closer."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QPushButton, QSplitter, QVBoxLayout, QWidget

from nextword.engine.client import EngineStatus
from nextword.engine.tokens import TokenStep
from nextword.errors import EngineDied, EngineGaveUp, EngineNotResponding, EngineNotStarted, NextwordError
from nextword.history.records import ConversationId
from nextword.settings import SettingsChange
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.setting_change import change
from nextword.ui.theme import GAP_PAGE, GAP_SMALL, current_theme
from nextword.ui.widgets.keyed_action import keyed_action
from nextword.ui.widgets.side_panes import SidePanes
from nextword.ui.widgets.tint import Tint
from nextword.ui.widgets.token_text import number
from nextword.ui.write.bottom_bar import BottomBar, Figures
from nextword.ui.write.canvas import Canvas
from nextword.ui.write.document_column import DocumentColumn
from nextword.ui.write.document_export import DocumentExport
from nextword.ui.write.inspecting import Inspecting
from nextword.ui.write.instruments import add_instruments
from nextword.ui.write.next_token import NextToken
from nextword.ui.write.panes import add_panes
from nextword.ui.write.remarks import remark_words, rule_words, totals_words
from nextword.ui.write.top_bar import TopBar
from nextword.write.judging import Totals
from nextword.write.lints import ENDINGS, Lint
from nextword.write.session import WriteSession

_NARROW = 680
_BARS_MILLISECONDS, _SLOW_MILLISECONDS = 60, 250
_TOLD_TOKENS = 256  # of fewer it is not told how far they are read
_TOLD_BY_ENGINE = (EngineDied, EngineGaveUp, EngineNotResponding, EngineNotStarted)
"""Errors for which the program shows a notice of its own, with a button that starts the engine again."""


class WritePage(QWidget):
    """Owns the session. The window calls `shut_down` before it goes."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.session = WriteSession(
            services.engine,
            services.history,
            settings=services.settings,
            library=services.library,
            later=self._later,
        )
        self._last_tint = "surprisal"  # that Ctrl+T brings back
        self._bars: tuple[TokenStep, ...] = ()
        self._model_path = ""  # of the model that the sums are of
        self._bars_due = QTimer(self)
        self._bars_due.setSingleShot(True)
        self._bars_due.setInterval(_BARS_MILLISECONDS)
        self._bars_due.timeout.connect(self._show_bars)
        self._build()
        self.export = DocumentExport(self.session, services.history, self)
        self.inspecting = Inspecting(self.session, self.canvas, side=self.side, services=services, page=self)
        add_panes(self)
        add_instruments(self, services)
        self._add_actions()
        self._connect()
        self._show_look()
        self._on_status(services.engine.status)

    def _later(self, seconds: float, function: Callable[[], None]) -> None:
        # WORKAROUND: PySide6 6.11 does not keep the object of a bound method alive here and crashes when it is gone;
        # a function that holds it is kept.
        QTimer.singleShot(int(seconds * 1000), self, lambda: function())

    def _build(self) -> None:
        services = self.services
        self.column = DocumentColumn(services.history, services.notices, self)
        self.top = TopBar(services.engine, services.library, services.go, self)
        self.canvas = Canvas(self.session.board, self)
        self.side = SidePanes(self)
        self.bar = BottomBar(self)
        self.figures = Figures(self)
        self._build_remark()
        self._lay_out()

    def _build_remark(self) -> None:
        self.remark = QLabel(self)
        self.remark.setProperty("type", "warning")
        self.remark.setWordWrap(True)
        self.remark.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remark.hide()
        self.back_off = QPushButton(self.tr("Back off one token"), self)
        self.back_off.setProperty("look", "link")
        self.back_off.setToolTip(self.tr("Takes the last token away: the model chooses itself how the word ends"))
        self.back_off.hide()

    def _lay_out(self) -> None:
        middle = QWidget(self)
        below = QVBoxLayout()
        below.setContentsMargins(GAP_PAGE, 0, GAP_PAGE, 0)
        below.setSpacing(0)
        below.addWidget(self.remark)
        below.addWidget(self.back_off, 0, Qt.AlignmentFlag.AlignLeft)
        below.addWidget(self.figures)
        centre = QVBoxLayout(middle)
        centre.setContentsMargins(0, GAP_SMALL, 0, 0)
        centre.setSpacing(0)
        centre.addWidget(self.canvas, 1)
        centre.addLayout(below)
        centre.addWidget(self.bar)
        splitter = QSplitter(self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(middle)
        splitter.addWidget(self.side)
        splitter.setStretchFactor(0, 1)
        line = QHBoxLayout()
        line.setSpacing(0)
        line.addWidget(self.column)
        line.addWidget(splitter, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addLayout(line, 1)
        self.setFocusProxy(self.canvas)
        self.more = self.top.menu
        self.panes: dict[str, QAbstractButton] = {}

    def add_pane(self, name: str, title: str, *, keys: str, build: Callable[[QWidget], QWidget]) -> None:
        """Know a pane at the right: a line in the menu, a key, and for some a button (see the two bars)."""
        self.side.add(name, title, build)
        action = keyed_action(self, title, keys)
        action.triggered.connect(self.side.toggling(name))
        tip = f"{title} ({keys})" if keys else title
        button = self.top.pane_button(name) or self.bar.pane_button(name, title)
        if button is not None:
            button.setAccessibleName(title)
            button.setToolTip(tip)
            button.clicked.connect(self.side.toggling(name))
            self.panes[name] = button
        self.more.insertAction(self.top.after_panes, action)

    def _add_actions(self) -> None:
        keyed_action(self, self.tr("Continue at the cursor"), "Ctrl+Return").triggered.connect(self._on_continue)
        keyed_action(self, self.tr("One token at a time"), "Ctrl+.").triggered.connect(self._on_one)
        keyed_action(self, self.tr("Score this text"), "Ctrl+Shift+Return").triggered.connect(self._on_score)
        self.fill_action = keyed_action(self, self.tr("Fill in at the cursor"), "Ctrl+Shift+I")
        self.fill_action.triggered.connect(self._on_fill)
        keyed_action(self, self.tr("Colour the tokens, or not"), "Ctrl+T").triggered.connect(self._on_tint_toggled)
        keyed_action(self, self.tr("New document"), "Ctrl+Alt+N").triggered.connect(self._on_new)
        keyed_action(self, self.tr("Search the documents"), "Ctrl+F").triggered.connect(self._on_search)
        self.setProperty(
            "shortcut_notes",
            [
                ["Esc", self.tr("Stop the model; let go of a token; close a pane")],
                ["Alt+Left · Alt+Right", self.tr("Previous, next token of the text")],
                ["Alt+U · Alt+F", self.tr("Next token where the model was undecided; that was not its first choice")],
                ["U · F · Left · Right · S", self.tr("The same in the Inspector; S: model, or after the sampler")],
                ["1 to 9", self.tr("One token at a time: choose the token in that row")],
                ["Ctrl+Z · Ctrl+Shift+Z", self.tr("Undo, redo: tokens keep their numbers")],
                ["E · Enter · Space", self.tr("In the tree: expand a token, use it as prompt, fold it or look closer")],
                ["F2 · Delete", self.tr("In the list: rename a document, put it into the trash")],
            ],
        )

    def _connect(self) -> None:
        session, canvas = self.session, self.canvas
        self._disconnect = [
            session.text_changed.connect(canvas.apply),
            session.tokens_changed.connect(self._on_tokens),
            session.pinned_changed.connect(self._mark_bar),
            session.busy_changed.connect(self._on_busy),
            session.scored.connect(self._on_scored),
            session.progressed.connect(self._on_progressed),
            session.remarked.connect(self._on_remarked),
            session.failed.connect(self._on_failed),
            session.document_changed.connect(self._on_document),
            session.sampling_changed.connect(self._on_sampling),
            self.services.engine.status_changed.connect(self._on_status),
            self.services.settings.changed.connect(self._on_settings),
        ]
        canvas.edited.connect(self._on_edited)
        canvas.caret_moved.connect(self._on_caret)
        canvas.undo_requested.connect(self._on_undo)
        canvas.redo_requested.connect(self._on_redo)
        self.figures.strip.token_chosen.connect(self._on_bar)
        self.bar.continue_requested.connect(self._on_continue)
        self.bar.stop_requested.connect(session.stop)
        self.bar.one_requested.connect(self._on_one)
        self.bar.score_requested.connect(self._on_score)
        self.bar.fill_requested.connect(self._on_fill)
        self.bar.tint_chosen.connect(self._on_tint)
        self.bar.shown_toggled.connect(self._on_shown)
        self.back_off.clicked.connect(self._on_back_off)
        self.column.opened.connect(self.open_document)
        self.column.deleted.connect(self._on_deleted)
        self.column.export_requested.connect(self.export.ask)
        self.export.written.connect(self._on_written)
        self.export.failed.connect(self._on_failed)
        self.top.list_toggled.connect(self._share_room)
        self.top.export_requested.connect(self._on_export)
        self.top.rename_requested.connect(self._on_rename)
        self.top.delete_requested.connect(self._on_delete)
        self.side.resized.connect(self._share_room)
        self.side.shown_changed.connect(self._on_side)
        self.side.left.connect(self.canvas.setFocus)

    # --- the document as a whole ----------------------------------------------------------------------------

    @Slot(object)
    def open_document(self, document: ConversationId | None) -> None:
        """Show a document; None: a new one."""
        self.side.flush()
        if document is None or document != self.session.document:
            self.figures.totals.setText("")
            self.remark.hide()
            self.back_off.hide()
            self.session.open(document)
        self.canvas.setFocus()

    def write_text(self, text: str) -> None:
        """Begin a new document with a text."""
        self.open_document(None)
        self.canvas.insert(text)

    def shut_down(self) -> None:
        """Keep everything and listen no more."""
        for disconnect in self._disconnect:
            disconnect()
        self.inspecting.stop()
        self.side.shut_down()
        self.column.close_column()
        self.session.close()

    @Slot()
    def _on_new(self) -> None:
        self.open_document(None)

    @Slot()
    def _on_search(self) -> None:
        self.column.show()
        self.column.search.setFocus()
        self.column.search.selectAll()

    def _on_document(self, document: ConversationId | None) -> None:
        self.column.show_current(document)
        self.top.show_document(document is not None)
        if not self.session.busy:
            self._show_totals()

    @Slot(object)
    def _on_deleted(self, document: ConversationId) -> None:
        if document == self.session.document:
            self.open_document(None)

    @Slot()
    def _on_export(self) -> None:
        self.session.keeping.flush()
        document = self.session.document
        if document is not None:
            summary = self.column.rows.summary(self.column.rows.row_of(document))
            self.export.ask(document, self.column.rows.title(summary) if summary is not None else self.tr("Document"))

    @Slot(object)
    def _on_written(self, path: object) -> None:
        self.services.notices.add(Notice(text=self.tr("Written: {path}").format(path=path), key="export"))

    @Slot()
    def _on_rename(self) -> None:
        if self.session.document is not None:
            self.column.show()
            self.column.rename(self.session.document)

    @Slot()
    def _on_delete(self) -> None:
        if self.session.document is not None:
            self.column.delete(self.session.document)

    # --- the text -------------------------------------------------------------------------------------------

    @Slot(int, int, str, int)
    def _on_edited(self, start: int, end: int, text: str, before: int) -> None:
        self.session.edit(start, end, text, caret_before=before)
        self.session.caret = self.canvas.caret
        self.figures.totals.setText("")
        self.remark.hide()
        self.back_off.hide()

    @Slot(int)
    def _on_caret(self, place: int) -> None:
        if not self.session.busy:
            self.session.caret = place

    @Slot()
    def _on_undo(self) -> None:
        self._go_back(self.session.undo)

    @Slot()
    def _on_redo(self) -> None:
        self._go_back(self.session.redo)

    def _go_back(self, act: Callable[[], None]) -> None:
        """Tell of the text that stands there then, for the tokens come back with their numbers."""
        if not self.session.busy:
            act()
            self.remark.hide()
            self.back_off.hide()
            self._show_totals()

    def _on_tokens(self, _what: object) -> None:
        # while a text is scored numbers come thirty times a second, and the engine needs the processor
        scoring = self.session.task in ("reading", "scoring")
        self.canvas.tokens_changed(paint=not scoring)
        self._bars_due.setInterval(_SLOW_MILLISECONDS if scoring else _BARS_MILLISECONDS)
        if not self._bars_due.isActive():
            self._bars_due.start()

    @Slot()
    def _show_bars(self) -> None:
        self.canvas.viewport().update()
        tint = self.services.settings.value.write.tint
        shown = cast(Tint, tint if tint != "off" else "surprisal")
        # a copy: the tokens change in place, and the strip looks at what was added alone
        self._bars = self.session.board.own_steps()
        self.figures.strip.show_steps(self._bars, self.session.pinned, shown)

    def _mark_bar(self, token: int | None) -> None:
        tint = self.services.settings.value.write.tint
        self.figures.strip.show_steps(self._bars, token, cast(Tint, tint if tint != "off" else "surprisal"))

    @Slot(int)
    def _on_bar(self, token: int) -> None:
        self.session.pin(token)
        self.canvas.show_pinned(token, visible=True)

    @Slot()
    def _on_continue(self) -> None:
        self._ask(self.session.continue_text)

    @Slot()
    def _on_score(self) -> None:
        self._ask(self.session.score)

    @Slot()
    def _on_fill(self) -> None:
        self._ask(self.session.fill_in)

    @Slot()
    def _on_back_off(self) -> None:
        self.canvas.setFocus()  # the button goes
        self._ask(self.session.back_off)

    def _ask(self, act: Callable[[], None]) -> None:
        if not self.session.busy:
            self.session.caret = self.canvas.caret
        self.remark.hide()
        self.back_off.hide()
        act()

    @Slot()
    def _on_one(self) -> None:
        self.session.caret = self.canvas.caret
        self.remark.hide()
        self.back_off.hide()
        pane = self.side.show_pane("next")
        pane.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if isinstance(pane, NextToken):
            pane.look()

    def _on_busy(self, task: str) -> None:
        self.canvas.setReadOnly(bool(task))
        self.bar.show_task(self.session.task)
        if not task:
            self.canvas.set_caret(self.session.caret, visible=False)
            self._show_totals()

    def _show_totals(self) -> None:
        totals = self.session.totals()
        if totals is not None:
            self._on_scored(totals)
        else:
            self.figures.totals.setText("")

    def _on_scored(self, totals: Totals) -> None:
        self.figures.totals.setText(totals_words(totals))
        self.figures.totals.setToolTip(rule_words(totals))
        self.figures.totals.setAccessibleDescription(rule_words(totals))

    def _on_progressed(self, progress: tuple[int, int]) -> None:
        done, total = progress
        if total >= _TOLD_TOKENS:
            words = self.tr("The model reads: {done} of {total} tokens") if done < total else ""
            self.figures.totals.setText(words.format(done=number(done), total=number(total)))

    def _on_remarked(self, lints: tuple[Lint, ...]) -> None:
        self.remark.setText("\n".join(remark_words(lint) for lint in lints))
        self.remark.setProperty("type", "small" if all(lint.kind in ENDINGS for lint in lints) else "warning")
        self.remark.style().unpolish(self.remark)
        self.remark.style().polish(self.remark)
        self.remark.setVisible(bool(lints))
        self.back_off.setVisible(any(lint.kind == "inside_token" for lint in lints))

    def _on_failed(self, error: NextwordError) -> None:
        if not isinstance(error, _TOLD_BY_ENGINE):
            self.services.notices.add(Notice(error=error, level="error", key="write"))

    # --- what is shown --------------------------------------------------------------------------------------

    def _on_status(self, status: EngineStatus) -> None:
        self.bar.show_can_fill(self.session.can_fill)
        self.fill_action.setEnabled(self.session.can_fill)
        if status.model is not None and status.model.path != self._model_path:  # the sums are of another one
            self._model_path = status.model.path
            self.figures.totals.setText("")
        self.top.show_kind(status.model.kind if status.model is not None else None)
        self._on_sampling(None)

    def _on_sampling(self, _none: None) -> None:
        model = self.session.model
        self.top.show_sampling(self.session.sampling, model.context_tokens if model is not None else 0)

    def _on_settings(self, changed: SettingsChange) -> None:
        if changed.old.write != changed.new.write:
            self._show_look()

    def _show_look(self) -> None:
        look = self.services.settings.value.write
        self.canvas.set_look(tint=cast(Tint, look.tint), authors=look.authors, spaces=look.spaces)
        self.bar.show_look(look.tint, authors=look.authors, spaces=look.spaces)
        self.figures.show_tint(look.tint)
        self._on_tokens(None)

    @Slot()
    def _on_tint_toggled(self) -> None:
        tint = self.services.settings.value.write.tint
        self._on_tint("off" if tint != "off" else self._last_tint)
        self._last_tint = tint if tint != "off" else self._last_tint

    @Slot(str)
    def _on_tint(self, value: str) -> None:
        change(self.services.settings, self.services.notices, "write.tint", value)

    @Slot(str, bool)
    def _on_shown(self, name: str, on: bool) -> None:
        change(self.services.settings, self.services.notices, f"write.{name}", on)

    @Slot(str)
    def _on_side(self, shown: str) -> None:
        for name, button in self.panes.items():
            button.setChecked(name == shown)
        self._share_room()

    @Slot()
    def _share_room(self) -> None:
        side = 0 if self.side.isHidden() else max(self.side.width(), self.side.minimumSizeHint().width())
        narrow = self.width() - side < _NARROW * max(1.0, current_theme().scale)
        self.top.list_button.setVisible(narrow)
        self.column.setVisible(not narrow or self.top.list_button.isChecked())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.session.busy:
            self.session.stop()
        else:
            self.session.pin(None)
            self.canvas.show_pinned(None)
