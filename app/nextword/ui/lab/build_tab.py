"""The builder: examples at the left, the prompt in the middle, the label distributions at the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from nextword.errors import NextwordError
from nextword.lab.asides import Asides
from nextword.lab.builder import Builder
from nextword.ui.feature import WriteText
from nextword.ui.lab.answers_pane import AnswersPane
from nextword.ui.lab.build_bar import BuildBar
from nextword.ui.lab.examples_pane import ExamplesPane
from nextword.ui.lab.input_row import InputRow
from nextword.ui.lab.labels_pane import LabelsPane
from nextword.ui.lab.prompt_pane import PromptPane
from nextword.ui.lab.task_desk import TaskDesk
from nextword.ui.lab.why_pane import WhyPane
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from nextword.ui.theme import GAP, GAP_WIDE, current_theme

_WIDTHS = (302, 540, 324)
_NARROW_WIDTHS = (216, 380, 236)
_LARGE_TEXT_WIDTHS = (270, 470, 410)
_LARGE_TEXT = 1.3
_NARROW = 1000
_DATA = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
_LOW = 640  # px: below this the examples need the room that Why would take


class BuildTab(QWidget):
    """Asks the engine while it is seen. shake_asked: a ready experiment on what lies here."""

    shake_asked = Signal(str)

    def __init__(self, builder: Builder, desk: TaskDesk, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._builder = builder
        self._services = services
        self.examples = ExamplesPane(builder, services.notices, self)
        self.bar = BuildBar(builder, desk, self)
        self.prompt = PromptPane(builder, self)
        self.prompt.write_wanted.connect(lambda text: services.go(WriteText(text)))
        self.input = InputRow(builder, self)
        self.labels = LabelsPane(builder, self)
        self.labels.failed.connect(self._on_failed)
        self.asides = Asides(services.engine, builder)
        self.why = WhyPane(builder, self.asides, self)
        self.why.shake_asked.connect(self.shake_asked)
        self.examples.add_below(self.why)
        self.examples.flow.addWidget(self.why.shake)
        self.answers = AnswersPane(builder, self.asides, self)
        self.labels.add_below(self.answers)
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(GAP_WIDE, GAP, GAP_WIDE, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.bar)
        column.addWidget(self.prompt, 1)
        column.addWidget(self.input)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setChildrenCollapsible(False)
        for number, widget in enumerate((self.examples, middle, self.labels)):
            self.splitter.addWidget(widget)
            self.splitter.setStretchFactor(number, int(number == 1))
        self.examples.setMinimumWidth(180)
        middle.setMinimumWidth(300)
        self.labels.setMinimumWidth(220)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.splitter)
        self._was_shown = False
        self.setAcceptDrops(True)

    def shut_down(self) -> None:
        """Listen no more."""
        self.examples.close_pane()
        self.prompt.close_pane()
        self.input.close_row()
        self.labels.close_pane()
        self.bar.close_bar()
        self.why.close_pane()
        self.answers.close_pane()
        self.asides.close()

    def _widths(self) -> tuple[int, int, int]:
        """Return how the width is shared; the splitter scales it to what there is."""
        if current_theme().scale > _LARGE_TEXT:
            return _LARGE_TEXT_WIDTHS
        return _WIDTHS if self.width() >= _NARROW else _NARROW_WIDTHS

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _data_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _data_file(event)
        if path is not None:
            event.acceptProposedAction()
            self.bar.import_data(path=path)

    def _on_failed(self, error: NextwordError) -> None:
        self._services.notices.add(Notice(error=error, level="error", key="lab"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            self.splitter.setSizes(list(self._widths()))
            if self.height() >= _LOW * current_theme().scale:
                self.why.fold.open()
            else:
                self.asides.want(why=False)
        self._builder.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._builder.pause()


def _data_file(event: QDropEvent) -> Path | None:
    """Return the data file that is dragged, None for anything else: the window takes models."""
    paths = (Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
    return next((path for path in paths if path.suffix.casefold() in _DATA), None)
