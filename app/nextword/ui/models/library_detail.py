"""What is known of one model on this machine, and everything that can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QDateTime, QLocale, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nextword.engine.header import Header
from nextword.hub.fit_desk import FitDesk
from nextword.hub.library import LibraryModel
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.models.fit_panel import FitPanel
from nextword.ui.models.focus import hold_focus, show_focus
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY
from nextword.ui.widgets.flow_layout import FlowLayout
from nextword.ui.widgets.icons import set_icon
from nextword.ui.widgets.model_words import count_words, kind_hint, kind_words, parameter_words, size_words
from nextword.ui.widgets.page_frame import text_label

_NOTES_LINES = 3
_NOTES_MS = 600  # after the last key the notes are kept


class LibraryDetail(QScrollArea):
    """One model. Signals say what the person wants of `model`; annotated: path and notes."""

    use_wanted = Signal()
    twin_wanted = Signal()
    verify_wanted = Signal()
    show_wanted = Signal()
    forget_wanted = Signal()
    delete_wanted = Signal()
    renamed = Signal(str)
    annotated = Signal(str, str)

    def __init__(self, desk: FitDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model: LibraryModel | None = None
        self.context_tokens: Callable[[], int] = lambda: 0
        """Says which context the engine is told to take, 0 for the usual one."""
        self._desk = desk
        self._asked = ""  # the file whose header was asked for
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("About the model"))
        show_focus(self)
        self.title = text_label("", "heading")
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("New name"))
        self.name.setMaxLength(200)
        self.name.editingFinished.connect(self._on_name_edited)
        self.name.setVisible(False)
        self.note = text_label("", "error")
        self.kind = text_label("", "small")
        self.path = text_label("", "small")
        for label in (self.title, self.path, self.kind):
            label.setMinimumWidth(1)
        self.fit = FitPanel(desk, self)
        self.notes = QPlainTextEdit()
        self.notes.setPlaceholderText(self.tr("Notes of your own about this model"))
        self.notes.setAccessibleName(self.tr("Notes"))
        self.notes.setTabChangesFocus(True)
        self.notes.setFixedHeight(self.notes.fontMetrics().lineSpacing() * _NOTES_LINES + 2 * GAP)
        self.notes.textChanged.connect(self._on_notes_changed)
        self._unkept = False  # something was written that is not kept yet
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_NOTES_MS)
        self._soon.timeout.connect(self._keep_notes)
        self._facts = QGridLayout()
        self._facts.setHorizontalSpacing(GAP)
        self._facts.setVerticalSpacing(GAP_TINY)
        self._facts.setColumnStretch(1, 1)
        self._make_buttons()
        self._lay_out()

    def shut_down(self) -> None:
        """Keep what was just written, and listen no more."""
        self._keep_notes()
        self.fit.shut_down()

    def show_model(self, model: LibraryModel | None, *, in_use: bool, twin: LibraryModel | None) -> None:
        """Show a model, or nothing. twin: its sibling on this machine, None when there is none."""
        fresh = model is not None and (self.model is None or self.model.path != model.path)
        if fresh or model is None:
            self._keep_notes()
        if fresh:
            self.name.setVisible(False)
            self.title.setVisible(True)
        self.model = model
        self._body.setVisible(model is not None)
        if model is None:
            return
        self.title.setText(short(model.name or model.file_name, 200))
        self._show_note(model)
        usable = model.problem is None
        _show_in(self.kind, kind_hint(model.kind, model.kind_reasons) if usable and model.size_bytes else "")
        _show_in(self.path, short(model.path, 300))
        self._show_facts(model)
        if fresh or not (self._unkept or self.notes.hasFocus()):
            self._put_notes(model.notes)
        self._show_buttons(model, in_use=in_use, twin=twin)
        self._ask_for_fit(model, fresh=fresh)

    # --- building -------------------------------------------------------------------------------------------

    def _make_buttons(self) -> None:
        def button(words: str, icon: str, clicked: Callable[[], None], tip: str = "") -> QPushButton:
            made = QPushButton(words, self)
            if icon:
                set_icon(made, icon, size=16)
            made.setToolTip(tip)
            made.clicked.connect(clicked)
            return made

        self.use_button = button(self.tr("Use"), "", self.use_wanted.emit)
        self.twin_button = button(self.tr("Get the twin"), "", self.twin_wanted.emit)
        self.verify_button = button(
            self.tr("Verify"), "check", self.verify_wanted.emit,
            self.tr("Reads the whole file and compares its SHA-256 with what it was at first"),
        )  # fmt: skip
        self.rename_button = button(
            self.tr("Rename"), "pencil-simple", self._rename, self.tr("Only here; the file keeps its name (F2)")
        )
        self.show_button = button(self.tr("Show file"), "folder-open", self.show_wanted.emit)
        self.forget_button = button(
            self.tr("Forget"), "x", self.forget_wanted.emit,
            self.tr("Takes the file off this list. The file itself stays where it is."),
        )  # fmt: skip
        self.delete_button = button(
            self.tr("Delete"),
            "trash",
            self.delete_wanted.emit,
            self.tr("Moves the file to the trash of the system (Del)"),
        )

    def _lay_out(self) -> None:
        self._body = body = QWidget()
        body.setObjectName("page_content")
        actions = QWidget(body)
        buttons = FlowLayout(actions)
        buttons.setSpacing(GAP_SMALL)
        for each in (
            self.use_button, self.twin_button, self.verify_button, self.rename_button, self.show_button,
            self.forget_button, self.delete_button,
        ):  # fmt: skip
            buttons.addWidget(each)
        column = QVBoxLayout(body)
        column.setContentsMargins(GAP, GAP_TINY, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.title)
        column.addWidget(self.name)
        column.addWidget(self.note)
        column.addWidget(actions)
        column.addWidget(self.fit)
        column.addLayout(self._facts)
        column.addWidget(self.kind)
        column.addWidget(self.notes)
        column.addWidget(self.path)
        column.addStretch(1)
        self.setWidget(body)
        body.setVisible(False)

    # --- showing --------------------------------------------------------------------------------------------

    def _show_note(self, model: LibraryModel) -> None:
        words = ""
        if model.problem is not None:
            said = explain(model.problem)
            words = f"{said.text} {said.advice}"
        elif model.verified == "changed":
            words = self.tr(
                "The file is not what it was: its SHA-256 is another one. Get it again, and do not trust this one."
            )
        elif model.crashed:
            words = self.tr("It ended the engine the last time it was loaded, so it is not loaded by itself.")
        _show_in(self.note, words)

    def _show_facts(self, model: LibraryModel) -> None:
        while (item := self._facts.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        for row, (label, value) in enumerate(fact for fact in self._facts_of(model) if fact[1]):
            left = text_label(label, "small")
            left.setWordWrap(False)
            self._facts.addWidget(left, row, 0, Qt.AlignmentFlag.AlignTop)
            right = text_label(value)
            right.setMinimumWidth(1)  # a long name must not push the page wider than its window
            right.setAccessibleName(f"{label}: {value}")
            self._facts.addWidget(right, row, 1)

    def _facts_of(self, model: LibraryModel) -> list[tuple[str, str]]:
        size = size_words(model.size_bytes) if model.size_bytes else ""
        if model.parts > 1:
            size = self.tr("{size} in {count} files").format(size=size, count=model.parts)
        known = bool(model.size_bytes)
        return [
            (self.tr("Kind"), kind_words(model.kind) if known else ""),
            (self.tr("Architecture"), short(model.architecture, 60)),
            (self.tr("Parameters"), parameter_words(model.parameters)),
            (self.tr("Quantization"), self._quantization(model)),
            (self.tr("On the disk"), size),
            (self.tr("Context"), self._tokens(model.context_tokens)),
            (self.tr("Vocabulary"), self._tokens(model.vocabulary)),
            (self.tr("Tokenizer"), short(model.tokenizer, 90)),
            (self.tr("Chat template"), (self.tr("yes") if model.has_template else self.tr("none")) if known else ""),
            (self.tr("Licence"), short(model.licence, 90)),
            (self.tr("Made from"), short(", ".join(model.base_models), 200)),
            (self.tr("From"), short(model.source, 200)),
            ("SHA-256", self._hash_words(model)),
        ]

    def _quantization(self, model: LibraryModel) -> str:
        if not model.parameters or not model.size_bytes:
            return short(model.quantization, 40)
        bits = f"{8 * model.size_bytes / model.parameters:.1f}"
        return self.tr("{name}, {bits} bits a weight").format(name=short(model.quantization, 40), bits=bits)

    def _tokens(self, count: int) -> str:
        return self.tr("{count} tokens").format(count=count_words(count)) if count else ""

    def _hash_words(self, model: LibraryModel) -> str:
        if model.hashing is not None:
            return self.tr("is being worked out: {percent} %").format(percent=int(100 * model.hashing))
        if not model.sha256:
            return self.tr("not worked out yet") if model.size_bytes else ""
        shown = f"{model.sha256[:32]}\n{model.sha256[32:]}"  # it has no place to break at, and a narrow window
        if model.verified != "same":
            return shown
        when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(model.verified_at)), QLocale.FormatType.ShortFormat)
        return self.tr("{sha256} (verified {when})").format(sha256=shown, when=when)

    def _show_buttons(self, model: LibraryModel, *, in_use: bool, twin: LibraryModel | None) -> None:
        usable = model.problem is None and not in_use
        self._enable(self.use_button, usable)
        self.use_button.setText(self.tr("In use") if in_use else self.tr("Use"))
        self.use_button.setProperty("look", "primary" if usable else "")
        self.use_button.style().unpolish(self.use_button)
        self.use_button.style().polish(self.use_button)
        other = kind_words("base" if model.kind == "instruct" else "instruct")
        self.twin_button.setVisible(model.problem is None and bool(model.size_bytes))
        if twin is not None:
            self.twin_button.setText(self.tr("Use the {kind} twin").format(kind=other))
            self.twin_button.setToolTip(short(twin.name or twin.file_name, 100))
        else:
            self.twin_button.setText(self.tr("Get the {kind} twin").format(kind=other))
            self.twin_button.setToolTip(self.tr("Looks for the sibling of this model at the hub"))
        self.twin_button.setVisible(self.twin_button.isVisibleTo(self) and not (model.starter and twin is None))
        self._enable(self.verify_button, model.hashing is None and not model.missing)
        self._enable(self.forget_button, not model.starter and not in_use)
        self._enable(self.delete_button, not model.starter and not in_use and not model.missing)

    def _enable(self, button: QPushButton, on: bool) -> None:
        if not on:
            hold_focus(self, button)  # else the next button has it, and the next key presses that one
        button.setEnabled(on)

    def _ask_for_fit(self, model: LibraryModel, *, fresh: bool) -> None:
        if model.problem is not None:
            self._asked = ""
            self.fit.clear()
            return
        key = f"{model.path}\0{model.identity}"
        if key == self._asked:
            return
        self._asked = key
        if fresh:
            self.fit.clear()

        def show(header: Header) -> None:
            if self.model is not None and self._asked == key:
                context = self.context_tokens()
                self.fit.show_model(header, self.model.name, identity=self.model.identity, context_tokens=context)

        self._desk.header(model.path, show)

    # --- what a person does ---------------------------------------------------------------------------------

    @Slot()
    def _rename(self) -> None:
        if self.model is not None:
            self.name.setText(self.model.name)
            self.title.setVisible(False)
            self.name.setVisible(True)
            self.name.setFocus()
            self.name.selectAll()

    @Slot()
    def _on_name_edited(self) -> None:
        if self.name.isVisibleTo(self):
            with QSignalBlocker(self.name):  # to leave the field is to finish once more
                hold_focus(self.rename_button, self.name)
            self.name.setVisible(False)
            self.title.setVisible(True)
            self.renamed.emit(self.name.text())

    @Slot()
    def _on_notes_changed(self) -> None:
        self._unkept = True
        self._soon.start()

    @Slot()
    def _keep_notes(self) -> None:
        waiting, self._unkept = self._unkept, False
        self._soon.stop()
        if self.model is not None and waiting:
            self.annotated.emit(self.model.path, self.notes.toPlainText())

    def _put_notes(self, text: str) -> None:
        if self.notes.toPlainText() != text:
            self.notes.blockSignals(True)
            self.notes.setPlainText(text)
            self.notes.blockSignals(False)


def _show_in(label: QLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))
