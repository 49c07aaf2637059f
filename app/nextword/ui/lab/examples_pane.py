"""The left side of the builder: the examples, what can be done with them, and what each of them does."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSignalBlocker, Slot
from PySide6.QtWidgets import QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from nextword.lab.builder import Builder, Change, Kept
from nextword.lab.examples import is_balanced
from nextword.lab.task import Item, label_index
from nextword.ui.lab.example_dialog import ExampleDialog
from nextword.ui.lab.examples_list import ExamplesList
from nextword.ui.lab.examples_model import ExamplesModel
from nextword.ui.lab.lab_words import label_name
from nextword.ui.notices import Action, Notice, Notices
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon

_MOST_DRAWN = 64
_LARGEST_SEED = 2_000_000_000


class ExamplesPane(QWidget):
    """Shows builder.examples; below them there is room for `add_below`. flow: the buttons."""

    def __init__(self, builder: Builder, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._notices = notices
        self._mixed = 0
        self.model = ExamplesModel(builder, self)
        self.list = ExamplesList(self.model, self)
        self._summary = QLabel(self)
        self.draw = QPushButton(self.tr("Draw"), self)
        self.count = QSpinBox(self)
        self.shuffle = QPushButton(self.tr("Shuffle"), self)
        self.add = QPushButton(self.tr("Add"), self)
        self.seed = QSpinBox(self)
        self._lay_out()
        self._connect()
        self._disconnect = builder.changed.connect(self._on_changed)
        self._describe()

    def _lay_out(self) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(GAP, GAP, GAP, GAP_SMALL)
        head.setSpacing(0)
        title = QLabel(self.tr("Examples"), self)
        title.setProperty("type", "strong")
        self._summary.setProperty("type", "small")
        self._summary.setWordWrap(True)
        head.addWidget(title)
        head.addWidget(self._summary)
        buttons = QWidget(self)
        self.flow = flow = FlowLayout(buttons)
        flow.setSpacing(GAP_SMALL)
        below = QVBoxLayout()
        below.setContentsMargins(GAP, GAP_SMALL, GAP, GAP)
        below.addWidget(buttons)
        for button, icon in ((self.draw, "dice-five"), (self.shuffle, "shuffle"), (self.add, "plus")):
            set_icon(button, icon, size=14)
        self.draw.setToolTip(
            self.tr("Tick so many at random: labels balanced, none of the test set, last label drawn too")
        )
        self.shuffle.setToolTip(self.tr("Put the ticked examples in another order"))
        self.add.setToolTip(self.tr("Write an example of your own"))
        self.count.setRange(0, _MOST_DRAWN)
        self.count.setValue(4)
        self.count.setAccessibleName(self.tr("How many are drawn"))
        self.seed.setRange(0, _LARGEST_SEED)
        self.seed.setPrefix(self.tr("seed "))
        letters = self.fontMetrics().averageCharWidth()
        self.count.setFixedWidth(letters * 4 + 34)
        self.seed.setFixedWidth(letters * 12 + 34)
        self.seed.setAccessibleName(self.tr("Seed of the draw"))
        self.seed.setToolTip(self.tr("The same seed draws the same examples. Another one draws at once."))
        for spin in (self.count, self.seed):
            spin.lineEdit().setTextMargins(GAP_TINY, 0, 0, 0)
            spin.lineEdit().setAccessibleName(spin.accessibleName())
        for widget in (self.draw, self.count, self.shuffle, self.seed, self.add):
            flow.addWidget(widget)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self._column.addWidget(self.list, 1)
        self._column.addLayout(below)

    def _connect(self) -> None:
        self.draw.clicked.connect(self._on_draw)
        self.seed.valueChanged.connect(self._on_draw)
        self.shuffle.clicked.connect(self._on_shuffle)
        self.add.clicked.connect(self._on_add)
        self.list.moved.connect(self._builder.move)
        self.list.edit_asked.connect(self._on_edit)
        self.list.remove_asked.connect(self._on_remove)

    def add_below(self, widget: QWidget) -> None:
        """Put a widget under the buttons."""
        self._column.addWidget(widget)

    def close_pane(self) -> None:
        """Listen no more."""
        self._disconnect()
        self.model.close_model()

    @property
    def summary(self) -> str:
        """What is said of the ticked examples."""
        return self._summary.text()

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _on_draw(self) -> None:
        self._builder.draw(self.count.value(), self.seed.value())
        self.list.scrollToTop()

    @Slot()
    def _on_shuffle(self) -> None:
        self._mixed += 1
        self._builder.shuffle(self.seed.value() + self._mixed)

    @Slot()
    def _on_add(self) -> None:
        dialog = ExampleDialog(self._builder.task, None, self.window())
        dialog.chosen.connect(self._builder.add)
        dialog.open()

    @Slot(int)
    def _on_edit(self, row: int) -> None:
        before = self._builder.examples[row].item
        dialog = ExampleDialog(self._builder.task, before, self.window())

        def put(item: Item) -> None:
            at = next((at for at, each in enumerate(self._builder.examples) if each.item is before), -1)
            if at >= 0:
                self._builder.edit(at, item)

        dialog.chosen.connect(put)
        dialog.open()

    @Slot(int)
    def _on_remove(self, row: int) -> None:
        kept = self._builder.remove(row)
        self.list.setCurrentIndex(self.model.index(min(row, self.model.rowCount() - 1)))
        undo = Action(self.tr("Undo"), lambda: self._put_back(kept))
        self._notices.add(Notice(text=self.tr("The example was removed."), actions=(undo,), key="lab example"))

    def _put_back(self, kept: Kept) -> None:
        if kept.task_set.name == self._builder.task_set.name:
            self._builder.put_back(kept)

    # --- what is shown --------------------------------------------------------------------------------------

    def _on_changed(self, change: Change) -> None:
        if change in ("examples", "set", "task", "model"):
            self._describe()
        if change == "set":
            self.list.setCurrentIndex(QModelIndex())
            self.list.scrollToTop()

    def _describe(self) -> None:
        with QSignalBlocker(self.seed):
            self.seed.setValue(self._builder.seed)
        ticked, task = self._builder.ticked, self._builder.task
        parts = [self.tr("{count} ticked").format(count=len(ticked))]
        if task.kind == "labels" and ticked:
            balanced = is_balanced(ticked, [label.name for label in task.labels])
            parts.append(self.tr("balanced") if balanced else self.tr("not balanced"))
            if label_index(task, ticked[-1].gold) >= 0:
                parts.append(self.tr("last: {label}").format(label=label_name(ticked[-1].gold)))
        self._summary.setText(" · ".join(parts))
