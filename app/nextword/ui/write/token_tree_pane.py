"""The token tree in a pane: continuations of a place of the text, as a list and drawn, kept with the document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.errors import NextwordError
from nextword.ui.explain import explain
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, GAP_WIDE
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.figure import Figure
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.token_text import number, percent, visible
from nextword.ui.write.pane_room import PaneRoom
from nextword.ui.write.token_tree_icicle import Icicle, IcicleFigure
from nextword.ui.write.token_tree_list import TokenTreeList, TreeListFigure
from nextword.ui.write.token_tree_model import TokenTreeModel
from nextword.ui.write.token_tree_plan import PlanFields
from nextword.write.session import WriteSession
from nextword.write.token_tree import ROOT, TokenTree
from nextword.write.token_tree_growing import TreeGrowing
from nextword.write.token_tree_keeping import TreeKeeping
from nextword.write.token_tree_using import use_path
from nextword.write.tokens_vocabulary import VocabularyReader, VocabularyTable

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.token_trees import TokenTreeId, TokenTreeSummary

_REFRESH_MILLISECONDS = 120
_BEFORE_CHARACTERS = 80
_WIDTH = 440


class TokenTreePane(QWidget):
    """Grows trees before the pinned token, or behind the end of the text."""

    def __init__(self, session: WriteSession, vocabulary: VocabularyReader, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._vocabulary = vocabulary
        self._growing = TreeGrowing(session.engine)
        self.keeping = TreeKeeping(session)
        self.tree: TokenTree | None = None
        self.model = TokenTreeModel(self)
        self._build()
        PaneRoom(self, _WIDTH)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._disconnect = [
            session.pinned_changed.connect(self._on_changed),
            session.tokens_changed.connect(self._on_changed),
            session.busy_changed.connect(self._on_changed),
            self._growing.grown.connect(self._on_grown),
            self._growing.failed.connect(self._show_error),
            self.keeping.opened.connect(self._on_opened),
            self.keeping.listed.connect(self._on_listed),
            self.keeping.failed.connect(self._show_error),
            self.keeping.unreadable.connect(self._on_unreadable),
            self.keeping.leaving.connect(self._on_leaving),
        ]
        self._show_tree(None)

    # --- building -------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.place = text_label("", "strong")
        self.plan = PlanFields(self)
        self.grow = QPushButton(self.tr("Grow"), self)
        self.grow.setProperty("look", "primary")
        self.grow.clicked.connect(self.grow_tree)
        self.stop = QPushButton(self.tr("Stop"), self)
        self.stop.clicked.connect(self._growing.stop)
        self.score = QPushButton(self.tr("Score the text"), self)
        self.score.clicked.connect(self._session.score)
        self.ribbon = text_label("", "")
        self.note = text_label("", "small")
        self._make_tabs()
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP_SMALL)
        buttons.addWidget(self.grow)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.score)
        buttons.addLayout(self._make_shelf(), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_WIDE, GAP_SMALL, GAP_WIDE, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.place)
        column.addWidget(self.plan)
        column.addLayout(buttons)
        column.addWidget(self.ribbon)
        column.addWidget(self.note)
        column.addWidget(self.tabs, 1000)
        column.addStretch(1)
        column.addWidget(self._make_acts())
        self.setFocusProxy(self.grow)

    def _make_tabs(self) -> None:
        self.list = TokenTreeList(self.model, self)
        self.icicle = Icicle(self.model.in_words, self)
        self.list.chosen.connect(self._on_chosen)
        self.list.taken.connect(self.use)
        self.list.expansion_wanted.connect(self.expand_current)
        self.icicle.chosen.connect(self.list.choose)
        self.icicle.taken.connect(self.use)
        self.icicle.expansion_wanted.connect(self.expand_current)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(self.list, self.tr("List"))
        drawing = QScrollArea(self)
        drawing.setWidgetResizable(True)
        drawing.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        drawing.setWidget(self.icicle)
        self.tabs.addTab(drawing, self.tr("Drawing"))

    def _make_shelf(self) -> QHBoxLayout:
        """The trees that are kept with the document."""
        self.kept = QComboBox(self)
        self.kept.setAccessibleName(self.tr("Trees of this document"))
        self.kept.setToolTip(self.tr("Trees of this document"))
        self.kept.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kept.setMinimumContentsLength(12)
        self.kept.activated.connect(self._on_kept_chosen)
        self.delete = QToolButton(self)
        self.delete.setProperty("look", "quiet")
        set_icon(self.delete, "trash", colour="secondary", size=16)
        self.delete.setAccessibleName(self.tr("Delete this tree"))
        self.delete.setToolTip(self.tr("Delete this tree"))
        self.delete.clicked.connect(self.delete_tree)
        self.restore = QPushButton(self.tr("Undo"), self)
        self.restore.setProperty("look", "link")
        self.restore.setAccessibleName(self.tr("Bring the deleted tree back"))
        self.restore.hide()
        line = QHBoxLayout()
        line.setSpacing(GAP_TINY)
        line.addStretch(0)
        line.addWidget(self.kept, 1)
        line.addWidget(self.delete)
        line.addWidget(self.restore)
        return line

    def _make_acts(self) -> QWidget:
        """What can be done with the node that is the current one."""
        self.expand = QPushButton(self.tr("Expand"), self)
        self.expand.setToolTip(self.tr("Grow the tree from here (E)"))
        self.expand.clicked.connect(self.expand_current)
        self.take = QPushButton(self.tr("Use as prompt"), self)
        self.take.setToolTip(self.tr("Put these tokens into the text, by their ids (Enter)"))
        self.take.clicked.connect(lambda: self.use(self.list.current))
        self.fold = QPushButton(self.tr("Fold"), self)
        self.fold.clicked.connect(self._on_fold)
        self.tabs.currentChanged.connect(self._on_tab)
        self.export = ExportButton(self, figure=self._figure)
        self.export.failed.connect(self._show_error)
        self._on_tab(0)
        row = QWidget(self)
        flow = FlowLayout(row)
        flow.setSpacing(GAP_SMALL)
        for button in (self.expand, self.take, self.fold, self.export):
            flow.addWidget(button)
        return row

    @Slot(int)
    def _on_tab(self, tab: int) -> None:
        if tab == 0:
            self.fold.setText(self.tr("Fold"))
            self.fold.setToolTip(self.tr("Hide or show what comes after it (Space)"))
        else:
            self.fold.setText(self.tr("Look closer"))
            self.fold.setToolTip(self.tr("Give it the whole width, or show all again (Space)"))

    @Slot()
    def _on_fold(self) -> None:
        if self.tabs.currentIndex() == 0:
            self.list.fold(self.list.current)
        else:
            self.icicle.look_closer(ROOT if self.icicle.top == self.icicle.current else self.icicle.current)

    def _figure(self) -> Figure:
        assert self.tree is not None
        title = self.tr("Continuations of “{text}”").format(text=self.tree.before)
        kind = TreeListFigure if self.tabs.currentIndex() == 0 else IcicleFigure
        return kind(self.tree, title, self.ribbon.text())

    def shut_down(self) -> None:
        """Stop, and listen no more."""
        self._timer.stop()
        self._growing.stop()
        self.keeping.close()
        for disconnect in self._disconnect:
            disconnect()

    # --- the place ------------------------------------------------------------------------------------------

    def _on_changed(self, _what: object) -> None:
        if self.isVisible():
            self._timer.start()

    def _place(self) -> int | None:
        pinned = self._session.pinned
        return pinned if pinned is not None and pinned < len(self._session.steps) else None

    @Slot()
    def refresh(self) -> None:
        """Say from where a tree would grow, and whether it can."""
        place = self._place()
        ids = self._session.ids_before(place)
        if place is None:
            self.place.setText(self.tr("From the end of the text"))
        else:
            token = visible(self._session.steps[place].text)
            words = self.tr("In the place of token {place}: “{token}”")
            self.place.setText(words.format(place=number(place + 1), token=token))
        if self._session.model is None:
            self.place.setText(self.tr("No model is loaded."))
        elif ids is None:
            self.place.setText(
                self.tr("Some of the text before this place has no tokens yet: they come with its score.")
            )
        elif not ids:
            self.place.setText(self.tr("Write something first: this model has no token to begin with."))
        self.score.setVisible(ids is None and self._session.model is not None)
        self.grow.setEnabled(bool(ids) and not self._session.busy and not self._growing.busy)
        if not self._growing.busy and self.stop.hasFocus():
            (self.list if self.tabs.isVisible() else self.grow).setFocus()
        self.stop.setVisible(self._growing.busy)

    # --- growing --------------------------------------------------------------------------------------------

    @Slot()
    def grow_tree(self) -> None:
        """Grow a tree from the place that is looked at, by the plan."""
        model, place = self._session.model, self._place()
        ids = self._session.ids_before(place)
        if model is None or not ids or self._growing.busy:
            return
        written = self._session.written
        end = len(written.text) if place is None else written.starts[place]
        before = written.text[max(0, end - _BEFORE_CHARACTERS) : end]
        tree = TokenTree(ids, before, model.name, model.path, self.plan.value())
        self.keeping.begin()
        self.kept.setCurrentIndex(-1)
        self._show_tree(tree)
        self._with_ends(lambda ends: self._growing.begin(tree, ends))

    @Slot()
    def expand_current(self) -> None:
        """Let the tree grow below the current node."""
        tree, current = self.tree, self.list.current
        if tree is None or current == ROOT or self._growing.busy or not self._of_this_model(tree):
            return
        if tree.nodes[current].ends:
            self._say(self.tr("The model ends its text with this token: nothing comes after it."))
            return
        self._with_ends(lambda ends: self._growing.expand(tree, current, ends))

    def _of_this_model(self, tree: TokenTree) -> bool:
        model = self._session.model
        if model is not None and model.path == tree.model_file:
            return True
        self._say(self.tr("This tree was grown with {model}: load it to go on.").format(model=tree.model))
        return False

    def _with_ends(self, go_on: Callable[[frozenset[int]], None]) -> None:
        """Read the vocabulary, which says with which tokens a text ends, and go on."""
        if self.grow.hasFocus():  # it cannot be pressed while a tree grows
            self.stop.show()
            self.stop.setFocus()

        tree = self.tree

        def on_read(table: VocabularyTable | NextwordError) -> None:
            if not isinstance(table, VocabularyTable):
                self._show_error(table)
            elif self.tree is tree:  # else another document or tree is shown by now
                go_on(table.ends)
                self.refresh()

        self._vocabulary.read(on_read)

    def _on_grown(self, tree: TokenTree) -> None:
        self._show_tree(tree, grown=True)
        if tree.ended and tree.nodes:
            self.keeping.keep(tree)
        self.refresh()

    # --- showing --------------------------------------------------------------------------------------------

    def _show_tree(self, tree: TokenTree | None, *, grown: bool = False) -> None:
        self.tree = tree
        self.list.show_tree(tree, grown=grown)
        self.icicle.show_tree(tree)
        there = tree is not None and bool(tree.nodes)
        self.tabs.setVisible(there)
        for button in (self.expand, self.take, self.fold, self.export):
            button.setVisible(there)
        self.ribbon.setVisible(there)
        if tree is not None and there:
            self.ribbon.setText(f"{self._covered_words(tree)} {self._ended_words(tree)}")
        self._say("")
        self._on_chosen(self.list.current)

    def _covered_words(self, tree: TokenTree) -> str:
        share = percent(tree.covered(tree.plan.depth))
        if tree.plan.depth == 1:
            return self.tr("The tokens shown cover {share} of all that could come next.").format(share=share)
        words = self.tr("The paths shown cover {share} of all continuations of {count} tokens.")
        return words.format(share=share, count=number(tree.plan.depth))

    def _ended_words(self, tree: TokenTree) -> str:
        nodes = self.tr("{count} tokens in the tree").format(count=number(len(tree.nodes)))
        match tree.ended:
            case "":
                return self.tr("{nodes}, and growing.").format(nodes=nodes)
            case "nodes":
                return self.tr("{nodes}. It ended at the limit of tokens.").format(nodes=nodes)
            case "time":
                return self.tr("{nodes}. It ended at the limit of time.").format(nodes=nodes)
            case "stopped":
                return self.tr("{nodes}. It was stopped.").format(nodes=nodes)
            case "exhausted":
                return self.tr("{nodes}. The 64 likeliest tokens at each place reach no further.").format(nodes=nodes)
            case _:
                return f"{nodes}."

    @Slot(int)
    def _on_chosen(self, current: int) -> None:
        self.icicle.choose(current)
        there = current != ROOT
        for button in (self.expand, self.take, self.fold):
            button.setEnabled(there)

    def _say(self, words: str) -> None:
        self.note.setText(words)
        self.note.setVisible(bool(words))

    @Slot(object)
    def _show_error(self, error: NextwordError) -> None:
        words = explain(error)
        self._say(f"{words.title} {words.text} {words.advice}".strip())
        self.refresh()

    @Slot(int)
    def use(self, current: int) -> None:
        """Put the path to a node into the text, by its ids."""
        tree = self.tree
        if tree is None or current == ROOT or self._session.busy or not self._of_this_model(tree):
            return
        table = self._vocabulary.table
        if table is None:
            self._vocabulary.read(lambda read: self.use(current) if isinstance(read, VocabularyTable) else None)
            return
        if not use_path(self._session, tree, current, table):
            self._say(self.tr("The tree's place is in the text no more: the path stands in a new document."))

    # --- kept trees -----------------------------------------------------------------------------------------

    def _on_listed(self, trees: Sequence[TokenTreeSummary]) -> None:
        self.kept.clear()
        for one in trees:
            self.kept.addItem(one.name.strip() or self.tr("The beginning"), one.id)
        self.kept.setCurrentIndex(self.kept.findData(self.keeping.current))
        self.kept.setPlaceholderText(self.tr("Trees of this document ({count})").format(count=len(trees)))
        self.kept.setVisible(bool(trees))
        self.delete.setVisible(bool(trees))
        self.delete.setEnabled(self.kept.currentIndex() >= 0)

    @Slot(int)
    def _on_kept_chosen(self, index: int) -> None:
        self._growing.stop()
        self.restore.hide()
        self.keeping.open(self.kept.itemData(index))
        self.delete.setEnabled(True)

    def _on_opened(self, tree: TokenTree) -> None:
        self._show_tree(tree)

    def _on_leaving(self, _nothing: None) -> None:
        """Another document takes the place of this one: what has grown so far stays with this one."""
        if self._growing.busy and self.tree is not None and self.tree.nodes:
            self.keeping.keep(replace(self.tree, ended="stopped"))
        self._growing.drop()
        self.restore.hide()
        self._show_tree(None)

    def _on_unreadable(self, _detail: str) -> None:
        self._show_tree(None)
        self._say(self.tr("This tree is damaged or was written by a later version of Nextword. It stays where it is."))

    @Slot()
    def delete_tree(self) -> None:
        """Put the kept tree that is shown into the trash; "Undo" brings it back."""
        tree = self.kept.currentData()
        if tree is None:
            return
        self.keeping.delete(tree)
        self._show_tree(None)
        self.restore.show()
        self.restore.clicked.connect(lambda: self._bring_back(tree), Qt.ConnectionType.SingleShotConnection)

    def _bring_back(self, tree: TokenTreeId) -> None:
        self.restore.hide()
        self.keeping.restore(tree)
        self.keeping.open(tree)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.keeping.list()
