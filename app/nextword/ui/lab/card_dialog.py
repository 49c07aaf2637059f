"""The file of an experiment: what it says, its runs done again with this machine's model, the largest difference."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QProgressBar, QPushButton, QVBoxLayout, QWidget

from nextword.errors import CardNotUsable, NextwordError
from nextword.history.experiments import ExperimentId, ExperimentKind
from nextword.lab import card as cards
from nextword.lab.card import Card, Difference
from nextword.lab.card_check import CardCheck
from nextword.lab.columns import Column
from nextword.lab.results import pack, plan_text
from nextword.lab.sweep import Plan, cells
from nextword.lab.sweep_run import SweepStatus
from nextword.lab.twins_card import TwinsCard, TwinsCheck, columns_here, read_twins
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.lab.shaking import home_of
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_PAGE
from nextword.ui.widgets.page_frame import text_label

if TYPE_CHECKING:
    from nextword.history.conversations import Conversations

_ROUNDING_NATS = 0.1
"""Below this, two machines or two sizes of batch can differ by rounding alone: a quantized model rounds what it
multiplies to eight bits, and single tokens of the starters differ by up to 0.05."""
_WIDTH = 520


class CardDialog(QDialog):
    """card: None where the file holds none. check: what runs, None before it was begun or where it does not fit.

    hold: called with whether models are changed by it.
    """

    def __init__(
        self, services: Services, path: Path, parent: QWidget, *, hold: Callable[[bool], None] | None = None
    ) -> None:
        super().__init__(parent)
        self._hold = hold or (lambda _running: None)
        self._services = services
        self._path = path
        self._closed = False
        self.check: CardCheck | TwinsCheck | None = None
        self.card: Card | TwinsCard | None = None
        self._plan: Plan | None = None
        self._columns: tuple[Column, ...] = ()
        self.setWindowTitle(self.tr("Experiment from a file"))
        self.setMinimumWidth(_WIDTH)
        self.title = text_label("", "heading")
        self.about = text_label("", "secondary")
        self.verdict = text_label("", "message")
        self.bar = QProgressBar(self)
        self.bar.setAccessibleName(self.tr("Runs done again"))
        self.bar.hide()
        self.again = QPushButton(self.tr("Run again"), self)
        self.again.setProperty("look", "primary")
        self.again.clicked.connect(self._on_again)
        self.keep = QPushButton(self.tr("Keep among the runs"), self)
        self.keep.clicked.connect(self._on_keep)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.addButton(self.again, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.keep, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_PAGE, GAP_PAGE, GAP_PAGE, GAP)
        column.setSpacing(GAP)
        for widget in (self.title, self.about, self.verdict, self.bar):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(buttons)
        self.finished.connect(self._on_closed)
        self._read()

    # --- what the file says ---------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            self.card = _read(self._path)
        except CardNotUsable as error:
            self._refuse(error)
            self.keep.setEnabled(False)
            return
        card = self.card
        self.title.setText(short(card.name, 100))
        self.keep.setVisible(isinstance(card, Card))
        self.about.setText(self._about(card))
        try:
            if isinstance(card, TwinsCard):
                self._columns = columns_here(card, self._path, self._find)
            else:
                self._plan = cards.with_models(card, self._path, self._find)
        except CardNotUsable as error:
            words = explain(error)
            self._say(f"{words.text} {words.advice}")
            self.again.setEnabled(False)
            return
        self._say(self.tr("The same model is here: the runs can be done again and compared."))

    def _say(self, words: str) -> None:
        """Show what is found, and make room for it."""
        self.verdict.setText(words)
        layout = self.layout()
        needed = layout.totalHeightForWidth(self.width()) if layout is not None else 0
        if needed > self.height():
            self.resize(self.width(), needed)

    def _find(self, sha256: str) -> str:
        models = self._services.library.models
        return next((model.path for model in models if model.sha256 == sha256 and model.problem is None), "")

    def _about(self, card: Card | TwinsCard) -> str:
        locale = QLocale()
        when = locale.toString(QDateTime.fromSecsSinceEpoch(int(card.created)), QLocale.FormatType.ShortFormat)
        if isinstance(card, TwinsCard):
            models = [each.column.model for each in card.columns]
            versions = card.columns[0].versions if card.columns else None
            said = self.tr("{runs} columns, made {when} with Nextword {version}.").format(
                runs=len(card.columns), when=when, version=card.app_version
            )
        else:
            models = list(card.plan.models)
            versions = card.runs[0].result.versions if card.runs else None
            said = self.tr("{runs} runs of {items} items, made {when} with Nextword {version}.").format(
                runs=len(card.runs), items=len(card.plan.test), when=when, version=card.app_version
            )
        names = ", ".join(dict.fromkeys(f"{model.name or model.path} ({model.sha256[:12]}…)" for model in models))
        lines = [said, self.tr("Model: {models}").format(models=short(names, 200))]
        if versions is not None:
            lines.append(
                self.tr("Engine: {llama}, {variant}").format(llama=short(versions.llama, 80), variant=versions.variant)
            )
        return "\n".join(lines)

    def _refuse(self, error: NextwordError) -> None:
        words = explain(error)
        self.title.setText(words.title)
        self._say(f"{words.text} {words.advice}")
        self.again.setEnabled(False)

    # --- doing it again -------------------------------------------------------------------------------------

    @Slot()
    def _on_again(self) -> None:
        if self.card is None or (self._plan is None and not self._columns):
            return
        if self.check is not None and self.check.status.state == "running":
            self.check.pause()
            return
        if self.check is None or self.check.status.state == "finished":
            self.check = self._made()
            self.check.status_changed.connect(self._on_status)
        self.bar.setRange(0, self.check.status.planned)
        self.bar.show()
        self._hold(True)
        self.check.start(home_of(self._services.engine, self._services.settings))
        self._on_status(self.check.status)

    def _made(self) -> CardCheck | TwinsCheck:
        card = self.card
        if isinstance(card, TwinsCard):
            return TwinsCheck(self._services.engine, card, self._columns)
        assert card is not None
        assert self._plan is not None
        return CardCheck(self._services.engine, card, self._plan)

    def _on_status(self, status: SweepStatus) -> None:
        running = status.state == "running"
        self._hold(running)
        self.again.setText(self.tr("Stop") if running else self.tr("Run again"))
        self.bar.setValue(status.done)
        self.bar.setVisible(running)
        if status.error is not None and not running:
            self._refuse(status.error)
            self.again.setEnabled(True)
        elif self.check is not None and (status.state == "finished" or self.check.differences):
            self._say(self._difference(self.check.differences, running=running))

    def _difference(self, found: list[Difference], *, running: bool) -> str:
        locale = QLocale()
        largest = cards.largest(found)
        numbers = sum(one.compared for one in found)
        size = "∞" if math.isinf(largest) else locale.toString(largest, "f", 6)
        lines = [
            self.tr(
                "Largest difference of a log-probability: {size} nats, among {numbers} numbers of {runs} runs."
            ).format(size=size, numbers=locale.toString(numbers), runs=len(found))
        ]
        if running:
            return lines[0]
        others = sum(one.other_tokens for one in found)
        changed = sum(one.changed for one in found)
        if others:
            lines.append(self.tr("{count} inputs gave other tokens and cannot be compared.").format(count=others))
        if largest == 0 and not others:
            lines.append(self.tr("The numbers are the same to the bit."))
        elif largest <= _ROUNDING_NATS and not others:
            lines.append(self.tr("No more than rounding makes: the experiment is confirmed."))
        elif not others:
            lines.append(self.tr("That is more than rounding: another processor, build or setting computes otherwise."))
        if changed:
            lines.append(self.tr("{n} predictions changed.").format(n=changed))
        elif isinstance(self.card, Card):
            lines.append(self.tr("No prediction changed."))
        return " ".join(lines)

    @Slot()
    def _on_keep(self) -> None:
        """Put the experiment with its results among those of this machine."""
        card = self.card
        if not isinstance(card, Card):
            return
        plan = self._plan or card.plan
        kind: ExperimentKind = "generation" if plan.asking == "generate" else "sweep"

        def write(kept: Conversations) -> ExperimentId:
            key = kept.experiments.add(kind, card.name, plan_text(plan), planned=len(cells(plan)))
            for run in card.runs:
                cell, figures = (msgspec.json.encode(each).decode() for each in (run.result.cell, run.figures))
                place, results = run.result.cell.place, pack(run.result)
                kept.experiments.add_run(key, place, cell=cell, figures=figures, results=results)
            return key

        self.keep.setEnabled(False)
        self._services.history.keep(write, done=self._on_kept, failed=self._on_not_kept)

    def _on_kept(self, _key: ExperimentId) -> None:
        if not self._closed:
            self.keep.setText(self.tr("Kept"))

    def _on_not_kept(self, error: NextwordError) -> None:
        if self._closed:
            self._services.notices.add(Notice(error=error, level="error", key="lab run"))
        else:
            self._refuse(error)

    @Slot()
    def _on_closed(self) -> None:
        self._closed = True
        if self.check is not None:
            if self.check.status.state == "running":
                self.check.pause()  # brings the person's model back
            self.check.close()
        self.deleteLater()


def _read(path: Path) -> Card | TwinsCard:
    """Return the card in a file, of whichever kind it is. Raises CardNotUsable."""
    try:
        return cards.read(path)
    except CardNotUsable as error:
        if error.reason != "not_card":
            raise
    return read_twins(path)


def open_card(services: Services, parent: QWidget, path: str, hold: Callable[[bool], None]) -> None:
    """Open the card at `path`; "": ask which. hold: as of CardDialog."""
    if path:
        CardDialog(services, Path(path), parent, hold=hold).open()
        return
    dialog = QFileDialog(parent, QCoreApplication.translate("CardDialog", "Open a card"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([f"*{cards.SUFFIX}", "*.json", "*"])
    dialog.fileSelected.connect(lambda chosen: CardDialog(services, Path(chosen), parent, hold=hold).open())
    dialog.open()
