"""Will it run here: a sentence, the bar, the speed to be expected, and a slider for the context."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from nextword.engine.header import Header
from nextword.hub.fit_desk import FitDesk, Outlook
from nextword.ui.models.fit_bar import FitBar
from nextword.ui.theme import GAP_SMALL, GAP_TINY
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.model_words import size_words
from nextword.ui.widgets.page_frame import text_label

_STEP_TOKENS = 512
_USUAL_TOKENS = 4096
_MOST_TOKENS = 1_048_576  # what the settings allow, whatever a file claims


class FitPanel(QWidget):
    """Shows one model. context_changed: the person moved the slider (tokens). export_failed: a NextwordError."""

    context_changed = Signal(int)
    export_failed = Signal(object)

    def __init__(self, desk: FitDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._header: Header | None = None
        self._weights_bytes = 0
        self._identity = ""
        self._name = ""
        self.outlook: Outlook | None = None
        self.verdict = text_label("", "strong")
        self.speed = text_label("", "secondary")
        self.bar = FitBar(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName(self.tr("Context in tokens"))
        self.slider.setToolTip(self.tr("How much text the model can have before it. More takes more memory."))
        self.slider.valueChanged.connect(self._on_slid)
        self._context = QLabel(self)
        self._context.setProperty("type", "small")
        self.export = ExportButton(self, figure=lambda: self.bar)
        self.export.setProperty("look", "quiet")
        self.export.failed.connect(self.export_failed)
        self._disconnect = desk.changed.connect(self._on_desk_changed)
        self._lay_out()
        self.clear()

    def shut_down(self) -> None:
        """Listen no more."""
        self._disconnect()

    @property
    def context_tokens(self) -> int:
        """The context that the slider stands at; 0 before there is a model."""
        return self.slider.value() * _STEP_TOKENS if self._header is not None else 0

    def clear(self, words: str = "", look: str = "secondary") -> None:
        """Show no model. words: why; look: how a label shows them."""
        self._header = None
        self.outlook = None
        self._say(words, look)
        self.setVisible(bool(words))
        self._show_parts(False)

    def show_model(
        self, header: Header, name: str, *, weights_bytes: int = 0, identity: str = "", context_tokens: int = 0
    ) -> None:
        """Show a model. weights_bytes, identity: as FitDesk.outlook; context_tokens: where the slider stands first."""
        self._header, self._name = header, name
        self._weights_bytes, self._identity = weights_bytes, identity
        trained = min(max(1, header.context_tokens or _USUAL_TOKENS), _MOST_TOKENS)
        wanted = min(context_tokens or _USUAL_TOKENS, trained)
        self.slider.blockSignals(True)
        self.slider.setRange(1, max(1, -(-trained // _STEP_TOKENS)))
        self.slider.setPageStep(max(1, trained // _STEP_TOKENS // 10))
        self.slider.setValue(max(1, -(-wanted // _STEP_TOKENS)))
        self.slider.blockSignals(False)
        self.setVisible(True)
        self._show_parts(True)
        self._show()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.verdict, 1)
        head.addWidget(self.export, 0, Qt.AlignmentFlag.AlignTop)
        context = QHBoxLayout()
        context.setSpacing(GAP_SMALL)
        label = QLabel(self.tr("Context"), self)
        label.setProperty("type", "small")
        label.setBuddy(self.slider)
        self._label = label
        context.addWidget(label)
        context.addWidget(self.slider, 1)
        context.addWidget(self._context)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_TINY)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addLayout(context)
        column.addWidget(self.speed)

    @Slot(int)
    def _on_slid(self, _value: int) -> None:
        self._show()
        self.context_changed.emit(self.context_tokens)

    def _on_desk_changed(self, _none: None) -> None:
        self._show()

    def _show(self) -> None:
        if self._header is None:
            return
        self.outlook = self._desk.outlook(
            self._header, self.context_tokens, weights_bytes=self._weights_bytes, identity=self._identity
        )
        tokens = QLocale().toString(self.outlook.needs.context_tokens)
        self._context.setText(self.tr("{count} tokens").format(count=tokens))
        self.slider.setAccessibleDescription(self._context.text())
        self._say(self._verdict_words(self.outlook), _LOOKS[self.outlook.verdict])
        self.bar.show_outlook(self.outlook, self._name)
        self.speed.setText(self._speed_words(self.outlook))

    def _show_parts(self, visible: bool) -> None:
        for part in (self.bar, self._label, self.slider, self._context, self.speed, self.export):
            part.setVisible(visible)

    def _say(self, words: str, look: str) -> None:
        self.verdict.setText(words)
        self.verdict.setProperty("type", look)
        self.verdict.style().unpolish(self.verdict)
        self.verdict.style().polish(self.verdict)

    def _verdict_words(self, outlook: Outlook) -> str:
        need, free = size_words(outlook.needs.total_bytes), size_words(outlook.available_bytes)
        measured = self.tr(" Measured when it was loaded.") if outlook.needs.measured else ""
        words = {
            "fits": self.tr("Fits: it needs {need} of the {free} that are free now."),
            "tight": self.tr("Fits barely: it needs {need} of the {free} that are free now. Close other programs."),
            "too_large": self.tr(
                "Larger than what is free now: it needs {need}, {free} are free. It may still run, with weights read "
                "from the disk again and again, very slowly. A smaller quantization or context helps."
            ),
            "unknown": self.tr("It needs {need}. How much is free is not known yet."),
        }[outlook.verdict]
        return words.format(need=need, free=free) + measured

    def _speed_words(self, outlook: Outlook) -> str:
        speed = outlook.tokens_per_second
        if speed <= 0:
            return self.tr("How fast it will be is measured with the first answers.")
        number = f"{speed:.1f}" if speed < 10 else f"{speed:.0f}" if speed < 100 else f"{round(speed, -1):.0f}"
        if outlook.speed_measured:
            return self.tr("{number} tokens per second, measured with its last answer.").format(number=number)
        rate = f"{self._desk.bandwidth / 1e9:.0f}"
        return self.tr("About {number} tokens per second, going by memory that reads {rate} GB a second.").format(
            number=number, rate=rate
        )


_LOOKS = {"fits": "good", "tight": "warning", "too_large": "error", "unknown": "secondary"}
