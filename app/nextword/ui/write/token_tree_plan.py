"""The fields that say how a token tree is to grow."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSpinBox, QWidget

from nextword.ui.theme import GAP_SMALL, GAP_TINY
from nextword.ui.widgets.fold import Fold
from nextword.write.token_tree import TreePlan
from nextword.write.token_tree_growing import MOST_ALTERNATIVES

_USUAL = TreePlan()
_MOST_NODES, _MOST_SECONDS, _DEEPEST = 20_000, 3600, 64


class PlanFields(QWidget):
    """Depth, and either a number of tokens at every place or a share of the probability; limits below a fold."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.depth_field = _number(1, _DEEPEST, _USUAL.depth, self.tr("Tokens of a path"))
        self.by_field = QComboBox(self)
        self.by_field.addItem(self.tr("Tokens at each place"), "width")
        self.by_field.addItem(self.tr("Share to be covered"), "cover")
        self.by_field.setAccessibleName(self.tr("What the tree holds"))
        self.by_field.currentIndexChanged.connect(self._on_kind)
        self.width_field = _number(1, MOST_ALTERNATIVES, _USUAL.width, self.tr("Tokens at each place"))
        self.cover_field = _number(1, 99, 60, self.tr("Share to be covered, in percent"))
        self.cover_field.setSuffix(" %")
        self.nodes = _number(10, _MOST_NODES, _USUAL.most_nodes, self.tr("Most tokens of the tree"))
        self.seconds = _number(1, _MOST_SECONDS, int(_USUAL.most_seconds), self.tr("Most seconds"))
        self.seconds.setSuffix(" s")
        depth = QLabel(self.tr("Depth"), self)
        depth.setBuddy(self.depth_field)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP_SMALL)
        grid.setVerticalSpacing(GAP_TINY)
        grid.addWidget(depth, 0, 0)
        grid.addWidget(self.depth_field, 0, 1)
        grid.addWidget(self.by_field, 1, 0)
        grid.addWidget(self.width_field, 1, 1)
        grid.addWidget(self.cover_field, 1, 1)
        grid.addWidget(Fold(self.tr("Limits"), self._make_limits, self), 2, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self._on_kind()

    def value(self) -> TreePlan:
        """Return the plan as it is entered."""
        cover = self.cover_field.value() / 100 if self.by_field.currentData() == "cover" else 0.0
        return TreePlan(
            self.depth_field.value(), self.width_field.value(), cover, self.nodes.value(), float(self.seconds.value())
        )

    def _make_limits(self) -> QWidget:
        limits = QWidget(self)
        grid = QGridLayout(limits)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(GAP_TINY)
        for row, field in enumerate((self.nodes, self.seconds)):
            label = QLabel(field.accessibleName(), limits)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(0, 1)
        return limits

    @Slot()
    def _on_kind(self) -> None:
        by_cover = self.by_field.currentData() == "cover"
        self.width_field.setVisible(not by_cover)
        self.cover_field.setVisible(by_cover)


def _number(low: int, high: int, value: int, name: str) -> QSpinBox:
    field = QSpinBox()
    field.setRange(low, high)
    field.setValue(value)
    field.setAccessibleName(name)
    field.setToolTip(name)
    field.setMinimumWidth(84)
    field.lineEdit().setTextMargins(6, 0, 0, 0)
    return field
