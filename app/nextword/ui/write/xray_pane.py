"""The sampler X-ray in a pane: one place of the text, every stage with what it leaves, sliders that redraw at once."""

from __future__ import annotations

import dataclasses

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nextword.engine.client import EngineStatus
from nextword.errors import GrammarNotFollowed, GrammarNotUnderstood, NextwordError, SettingsError
from nextword.settings import SamplingSettings, check, listed_in
from nextword.ui.explain import explain
from nextword.ui.theme import GAP, GAP_SMALL, GAP_WIDE
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.fold import Fold
from nextword.ui.widgets.page_frame import text_label
from nextword.ui.widgets.stage_names import stage_words
from nextword.ui.widgets.token_text import number, visible
from nextword.ui.write.pane_room import PaneRoom
from nextword.ui.write.xray_columns import XrayColumns
from nextword.ui.write.xray_figure import XrayFigure, XrayPicture
from nextword.ui.write.xray_notes import xray_notes
from nextword.ui.write.xray_stage import StageSettings
from nextword.ui.write.xray_table import XrayTable
from nextword.write.runs import is_filled, run_begins
from nextword.write.session import WriteSession
from nextword.write.tokens_vocabulary import VocabularyReader, VocabularyTable
from nextword.write.xray import DRAW, LOGITS, Place, Xray, is_off, moved
from nextword.write.xray_looking import RowReader, Rule, SeenRow, surprises_of

_REFRESH_MILLISECONDS = 120
_DRAWS = 100
_WIDTH = 756
_TURNED_ON: dict[str, dict[str, object]] = {
    "penalties": {"repeat_penalty": 1.1}, "dry": {"dry_multiplier": 0.8}, "top_n_sigma": {"top_n_sigma": 2.0},
    "top_k": {"top_k": 40}, "typical": {"typical_p": 0.95}, "top_p": {"top_p": 0.95}, "min_p": {"min_p": 0.05},
    "xtc": {"xtc_probability": 0.5}, "temperature": {"temperature": 0.7}, "mirostat": {"mirostat": 2},
}  # fmt: skip
"""What a stage is set to when it is switched on here."""


class _NoPieces:
    """A vocabulary of which only the size is known: enough for every stage but DRY."""

    suppressed = ()

    def __init__(self, size: int) -> None:
        self.size = size

    def piece(self, _token: int) -> bytes:
        return b""

    def tokenize(self, _text: str, *, special: bool) -> list[int]:  # noqa: ARG002
        return []


class XrayPane(QWidget):
    """Follows the session while it is on screen."""

    def __init__(self, session: WriteSession, vocabulary: VocabularyReader, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._vocabulary = vocabulary
        self._rows = RowReader(session.engine)
        self._xray: Xray | None = None
        self._texts: dict[int, bytes] = {}
        self._settings = session.sampling
        self._mine = False  # whether the settings here are others than the document's on purpose
        self._drawn = 0
        self._path = ""  # of the model that the row is from
        self._ruled_by = ("", "")  # grammar and schema that the row was asked for with
        self._rule_words = ""  # why the grammar is not the one of the settings, or not shown
        self._shown_stages: set[str] = set()
        self.columns = XrayColumns(self)
        self.table = XrayTable(self)
        self._build()
        PaneRoom(self, _WIDTH)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._disconnect = [
            session.pinned_changed.connect(self._on_changed),
            session.tokens_changed.connect(self._on_changed),
            session.sampling_changed.connect(self._on_sampling_changed),
            session.busy_changed.connect(self._on_changed),
            session.engine.status_changed.connect(self._on_status),
        ]

    # --- building -------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.place = text_label("", "strong")
        self.counts = text_label("", "")
        self.note = text_label("", "small")
        self.stage = StageSettings(self._change, self)
        self.columns.changed.connect(self._change)
        self.columns.moved.connect(self._on_moved)
        self.columns.stage_chosen.connect(self._on_stage_chosen)
        content = QWidget(self)
        content.setObjectName("page_content")
        column = QVBoxLayout(content)
        column.setContentsMargins(GAP_WIDE, GAP_SMALL, GAP_SMALL, GAP)
        column.setSpacing(GAP_SMALL)
        column.addWidget(self.place)
        self.score = QPushButton(self.tr("Score the text"), self)
        self.score.clicked.connect(self._session.score)
        self.score.hide()
        column.addWidget(self.score, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.counts)
        column.addWidget(self.columns)
        column.addWidget(self._make_buttons())
        column.addWidget(self.note)
        column.addWidget(self.stage)
        self.numbers = Fold(self.tr("Numbers"), self._make_table)
        column.addWidget(self.numbers)
        column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addLayout(self._make_foot())
        self.setFocusProxy(self.draw)

    def _make_buttons(self) -> QWidget:
        self.draw = QPushButton(self.tr("Draw {count}").format(count=_DRAWS), self)
        self.draw.setToolTip(self.tr("Draw {count} tokens with the seed: a dot each").format(count=_DRAWS))
        self.draw.clicked.connect(self.draw_tokens)
        self.add = QToolButton(self)
        self.add.setText(self.tr("Add a stage"))
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._add_menu = QMenu(self.add)
        self._add_menu.aboutToShow.connect(self._fill_add_menu)
        self.add.setMenu(self._add_menu)
        self.export = ExportButton(self, figure=lambda: XrayFigure(self.columns.picture))
        self.export.failed.connect(self._show_error)
        row = QWidget(self)
        flow = FlowLayout(row)
        flow.setSpacing(GAP_SMALL)
        for button in (self.draw, self.add, self.export):
            flow.addWidget(button)
        return row

    def _make_foot(self) -> QHBoxLayout:
        self.use = QPushButton(self.tr("Use these settings"), self)
        self.use.setProperty("look", "primary")
        self.use.setToolTip(self.tr("From now on the document is continued with them"))
        self.use.clicked.connect(self.use_settings)
        self.back = QPushButton(self.tr("Back"), self)
        self.back.setToolTip(self.tr("Settings and order of the document again"))
        self.back.clicked.connect(self.go_back)
        line = QHBoxLayout()
        line.setContentsMargins(GAP_WIDE, GAP_SMALL, GAP_WIDE, GAP)
        line.setSpacing(GAP_SMALL)
        line.addWidget(self.use, 1)
        line.addWidget(self.back)
        return line

    def _make_table(self) -> QWidget:
        self.table.show(self.columns.picture)
        view = QTableView(self)
        view.setProperty("look", "card")
        view.setModel(self.table)
        view.setAccessibleName(self.tr("Numbers of the X-ray"))
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.setMinimumHeight(260)
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        return view

    def shut_down(self) -> None:
        """Listen to the session no more."""
        self._timer.stop()
        self._rows.forget()
        for disconnect in self._disconnect:
            disconnect()

    # --- the place that is looked at ------------------------------------------------------------------------

    @property
    def xray(self) -> Xray | None:
        """What is shown, None while there is no row."""
        return self._xray

    def _on_changed(self, _what: object) -> None:
        if self.isVisible():
            self._timer.start()

    def _on_status(self, status: EngineStatus) -> None:
        path = status.model.path if status.model is not None else ""
        if path != self._path:
            self._path = path
            self._on_changed(None)

    def _on_sampling_changed(self, _what: object) -> None:
        if not self._mine:
            self._settings = self._session.sampling
            self._shown_stages.clear()
            self._apply()
        usual = self._session.sampling
        if (usual.grammar, usual.json_schema) != self._ruled_by:
            self._on_changed(None)

    @Slot()
    def refresh(self) -> None:
        """Read the row of the place that is looked at: before the pinned token, or behind the end."""
        if not self.isVisible() or self._session.busy:
            return  # it is read when the engine has nothing else to do for the document
        if self._session.model is None:
            self._show_nothing(self.tr("No model is loaded."))
            return
        pinned = self._session.pinned
        if pinned is not None and pinned >= len(self._session.steps):
            pinned = None
        ids = self._session.ids_before(pinned)
        if ids is None:
            words = self.tr("Some of the text before this place has no tokens yet: they come with its score.")
            self._show_nothing(words, score=True)
        elif not ids:
            self._show_nothing(
                self.tr("Nothing stands before the first token, and this model has no token to begin with.")
            )
        else:
            usual = self._session.sampling
            end = len(self._session.steps) if pinned is None else pinned
            given = end - run_begins(self._session, pinned)
            rule = Rule(usual.grammar, usual.json_schema, given)
            self._rule_words, self._ruled_by = "", (usual.grammar, usual.json_schema)
            self._read(pinned, ids, rule if not is_off("grammar", usual) else Rule())

    def _read(self, pinned: int | None, ids: tuple[int, ...], rule: Rule) -> None:
        def on_read(seen: SeenRow | NextwordError) -> None:
            match seen:
                case GrammarNotFollowed() if rule.given:
                    self._rule_words = self.tr(
                        "What the model wrote before does not follow the grammar: it is shown as it begins here."
                    )
                    self._read(pinned, ids, replace(rule, given=0))
                case GrammarNotUnderstood() if rule != Rule():
                    words = explain(seen)
                    self._rule_words = f"{words.title} {words.text} {words.advice}".strip()
                    self._read(pinned, ids, Rule())
                case _:
                    self._on_row(pinned, seen)

        self._rows.read(ids, on_read, rule=rule)

    def _on_row(self, pinned: int | None, seen: SeenRow | NextwordError) -> None:
        if isinstance(seen, NextwordError):
            why = explain(seen)
            self._show_nothing(f"{why.title} {why.text}".strip())
            return
        steps = self._session.steps
        chosen = steps[pinned] if pinned is not None and pinned < len(steps) else None
        end = pinned if pinned is not None else len(steps)
        self._texts = dict(seen.texts)
        if chosen is not None:
            self._texts[chosen.id] = chosen.text
        row = np.frombuffer(seen.row, np.float32)
        bits_of = np.frombuffer(seen.allowed, np.uint8)
        place = Place(
            row,
            seen.ids,
            chosen.id if chosen is not None else None,
            surprises_of(steps[run_begins(self._session, pinned) : end]),
            np.unpackbits(bits_of, count=row.size).astype(bool) if seen.allowed else None,
        )
        known = self._vocabulary.table
        pieces = known if known is not None and known.size == place.row.size else _NoPieces(place.row.size)
        self._xray = Xray(place, self._settings, pieces, seed=self._seed())
        self._drawn = 0
        if chosen is not None:
            words = self.tr("Token {place} of {count}: “{token}”").format(
                place=number(end + 1), count=number(len(steps)), token=visible(chosen.text)
            )
        else:
            words = self.tr("The next token")
        self.place.setText(words)
        if known is None:
            self._vocabulary.read(self._on_vocabulary)
        self._apply()

    def _on_vocabulary(self, table: VocabularyTable | NextwordError) -> None:
        xray = self._xray
        if isinstance(table, VocabularyTable) and xray is not None and table.size == xray.place.row.size:
            self._xray = Xray(xray.place, self._settings, table, seed=xray.seed)
            self._apply()

    def _seed(self) -> int:
        if self._session.sampling.seed >= 0:
            return self._session.sampling.seed
        return self._session.engine.status.seed or 0

    def _show_nothing(self, words: str, *, score: bool = False) -> None:
        self._xray = None
        self.place.setText(words)
        self._show(False)
        self.score.setVisible(score)

    def _show(self, there: bool) -> None:
        for widget in (self.counts, self.columns, self.draw, self.add, self.export, self.stage, self.numbers):
            widget.setVisible(there)
        self.score.hide()
        self.note.setVisible(there and bool(self.note.text()))
        changed = self._settings != self._session.sampling
        self.use.setEnabled(changed)
        self.back.setEnabled(changed)

    # --- settings -------------------------------------------------------------------------------------------

    def _change(self, name: str, value: object) -> SettingsError | None:
        """Take another value of "top_k" or "sampling.top_k"; return why it is refused."""
        name = name.removeprefix("sampling.")
        try:
            value = check(f"sampling.{name}", value)
        except SettingsError as error:
            self.columns.show_picture(self.columns.picture, self._settings)
            return error
        self._take(dataclasses.replace(self._settings, **{name: value}))  # type: ignore[arg-type]
        return None

    def _take(self, settings: SamplingSettings) -> None:
        self._settings = settings
        self._mine = settings != self._session.sampling
        self._apply()

    @Slot(str, int)
    def _on_moved(self, stage: str, place: int) -> None:
        """Put a stage before the one that is shown at `place` among the shown ones."""
        order = listed_in(self._settings.stages)
        shown = [name for name in order if name in self.columns.heads and name != stage]
        to = len(order) if place >= len(shown) else [name for name in order if name != stage].index(shown[place])
        self._take(dataclasses.replace(self._settings, stages=", ".join(moved(order, stage, to))))
        if stage in self.columns.heads:
            self.columns.heads[stage].setFocus()

    @Slot(str)
    def _on_stage_chosen(self, stage: str) -> None:
        self.stage.show_stage(stage, self._settings)

    @Slot()
    def _fill_add_menu(self) -> None:
        self._add_menu.clear()
        shown = set(self.columns.heads)
        for stage, values in _TURNED_ON.items():
            if stage not in shown:
                action = self._add_menu.addAction(stage_words(stage))
                action.triggered.connect(lambda _=False, stage=stage, values=values: self.turn_on(stage, values))

    def turn_on(self, stage: str, values: dict[str, object] | None = None) -> None:
        """Let a stage act that is switched off, or is not in the order at all."""
        settings = self._settings
        order = listed_in(settings.stages)
        if stage not in order and stage != "mirostat":
            settings = dataclasses.replace(settings, stages=", ".join((*order, stage)))
        if stage == "mirostat" or is_off(stage, settings):
            settings = dataclasses.replace(settings, **(values or _TURNED_ON[stage]))  # type: ignore[arg-type]
        self._shown_stages.add(stage)
        self._take(settings)

    @Slot()
    def use_settings(self) -> None:
        """Have the document continued with what is tried here."""
        self._mine = False
        self._session.set_sampling(self._settings)
        self._apply()

    @Slot()
    def go_back(self) -> None:
        """Take the settings and the order of the document again."""
        self._mine = False
        self._settings = self._session.sampling
        self._shown_stages.clear()
        self._apply()

    @Slot()
    def draw_tokens(self) -> None:
        """Draw with the numbers of the seed; each press draws as many more."""
        self._drawn += _DRAWS
        self._apply()

    # --- showing --------------------------------------------------------------------------------------------

    def _apply(self) -> None:
        """Work out the columns again, and show them."""
        xray = self._xray
        if xray is None:
            self._show(False)
            return
        xray.change(self._settings)
        try:
            columns = xray.columns()
            draws = xray.draws(self._drawn) if self._drawn else None
        except NextwordError as error:
            self._show_error(error)
            return
        for column in columns:
            if column.stage not in (LOGITS, DRAW) and not is_off(column.stage, self._settings):
                self._shown_stages.add(column.stage)
        shown = tuple(one for one in columns if one.stage in (LOGITS, DRAW) or self._is_shown(one.stage, one.acts))
        picture = XrayPicture(
            title=self.place.text(),
            listed=tuple((token, self._text_of(token)) for token in xray.listed),
            columns=shown,
            chosen=xray.place.chosen,
            draws=draws,
        )
        self.columns.show_picture(picture, self._settings)
        if self.numbers.content is not None:
            self.table.show(picture)
        self.counts.setText(picture.counts)
        self.stage.refresh(self._settings)
        notes = xray_notes(xray, self._session.sampling, drawn=self._drawn)
        if xray.place.chosen is not None and is_filled(self._session, self._session.pinned):
            notes.append(self.tr("This token was filled in; here it is looked at after the text before it alone."))
        self.note.setText("\n".join([*notes, *([self._rule_words] if self._rule_words else [])]))
        self._show(True)

    def _text_of(self, token: int) -> bytes:
        if token in self._texts:
            return self._texts[token]
        table = self._vocabulary.table
        return table.piece(token) if table is not None else b""

    def _is_shown(self, stage: str, acts: bool) -> bool:
        return acts or stage in self._shown_stages

    @Slot(object)
    def _show_error(self, error: NextwordError) -> None:
        words = explain(error)
        self.note.setText(f"{words.title} {words.text} {words.advice}".strip())
        self.note.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
