"""The short list that ships with the program: siblings side by side, each a button that opens its repository."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nextword.hub.curated import Family, Member, curated
from nextword.hub.fit_desk import FitDesk
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY
from nextword.ui.widgets.model_words import kind_words, parameter_words, size_words
from nextword.ui.widgets.page_frame import text_label


class CuratedView(QScrollArea):
    """chosen: a repository and the quantization that is a good first choice. Nothing is asked of the hub to show it."""

    chosen = Signal(str, str)

    def __init__(self, desk: FitDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._warnings: list[tuple[Family, QLabel]] = []
        self._disconnect = desk.changed.connect(self._warn)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Models to begin with"))
        self.buttons: dict[str, QPushButton] = {}
        body = QWidget()
        body.setObjectName("page_content")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, GAP_SMALL, 0)
        column.setSpacing(GAP_SMALL)
        listed = curated()
        column.addWidget(text_label(self.tr("To begin with"), "strong"))
        words = self.tr(
            "Base and instruct siblings side by side. Sizes and licences as of {date}; nothing is asked of the hub "
            "before you open one or search."
        ).format(date=_month(listed.as_of))
        column.addWidget(text_label(words, "small"))
        for family in listed.families:
            column.addWidget(self._card(family))
        column.addStretch(1)
        self.setWidget(body)
        self._warn(None)

    def shut_down(self) -> None:
        """Listen no more."""
        self._disconnect()

    def _warn(self, _none: None) -> None:
        """Say which weights alone are more than what is free; what else is needed is said once a model is opened."""
        free = self._desk.available_bytes
        for family, label in self._warnings:
            least = min(member.size_bytes for member in (family.base, family.instruct) if member is not None)
            label.setVisible(0 < free < least)
            label.setText(
                self.tr("Larger than the {free} of memory that are free now.").format(free=size_words(free))
                if 0 < free < least
                else ""
            )

    def _card(self, family: Family) -> QFrame:
        card = QFrame(self)
        card.setProperty("look", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(GAP, GAP_SMALL, GAP, GAP_SMALL)
        column.setSpacing(GAP_TINY)
        column.addWidget(text_label(family.name, "strong"))
        facts = (
            self.tr("{count} parameters").format(count=parameter_words(family.parameters)),
            self._purpose(family),
            family.licence,
            self.tr("context {count}").format(count=QLocale().toString(family.context_tokens)),
        )
        column.addWidget(text_label(" · ".join(fact for fact in facts if fact), "small"))
        column.addWidget(text_label(family.words, "small"))
        warning = text_label("", "warning")
        column.addWidget(warning)
        self._warnings.append((family, warning))
        row = QHBoxLayout()
        row.setSpacing(GAP_SMALL)
        for kind, member in (("base", family.base), ("instruct", family.instruct)):
            if member is not None:
                row.addWidget(self._button(family, kind, member))
        row.addStretch(1)
        column.addLayout(row)
        return card

    def _button(self, family: Family, kind: str, member: Member) -> QPushButton:
        words = self.tr("{kind}, {size}").format(kind=kind_words(kind), size=size_words(member.size_bytes))
        button = QPushButton(words[:1].upper() + words[1:], self)
        button.setAccessibleName(f"{family.name} {words}")
        button.setToolTip(f"{member.repo}, {member.quantization}")
        button.clicked.connect(partial(self._choose, member))
        self.buttons[member.repo] = button
        return button

    def _choose(self, member: Member, _checked: bool = False) -> None:
        self.chosen.emit(member.repo, member.quantization)

    def _purpose(self, family: Family) -> str:
        return {
            "code": self.tr("for code"),
            "multilingual": self.tr("many languages"),
            "embedding": self.tr("for embeddings"),
        }.get(family.purpose, self.tr("many languages") if "multi" in family.languages else "")


def _month(as_of: str) -> str:
    year, _, month = as_of.partition("-")
    return f"{QLocale().standaloneMonthName(int(month or 1))} {year}"
