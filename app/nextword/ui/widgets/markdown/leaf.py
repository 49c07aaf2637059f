"""One leaf of a message as it is painted: its blocks of text, where they stand, and what is drawn around them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from nextword.chat.markup.blocks import Fold, Formula, Heading, Leaf, Paragraph, Run, Style
from nextword.chat.markup.inline import raw_runs, runs_of, task_runs
from nextword.ui.theme import current_theme
from nextword.ui.widgets.markdown.pictures import Picture, pictures
from nextword.ui.widgets.markdown.text_block import BlockLook, TextBlock, line_height_of

if TYPE_CHECKING:
    from nextword.ui.widgets.markdown.view_parts import Measures

_HEADING_SIZES = {1: 1.5, 2: 1.28, 3: 1.12, 4: 1.0, 5: 1.0, 6: 0.92}


class LeafView(ABC):
    """height is known after `lay_out`. blocks: text and the place of its top left corner in the leaf."""

    def __init__(self, leaf: Leaf, source: str) -> None:
        self.leaf = leaf
        self.source = source
        self.height = 0.0
        self.natural_width = 0.0
        self.blocks: list[tuple[TextBlock, QPointF]] = []
        self.waits_for_pictures = False
        self.marks: list[tuple[int, QRectF]] | None = None

    @abstractmethod
    def lay_out(self, width: float, measures: Measures) -> None:
        """Lay the leaf out for a width."""

    @property
    def shift(self) -> float:
        """How far what is wider than the column has been scrolled to the right."""
        return 0.0

    def rects(self, start: int, end: int) -> Iterator[QRectF]:
        """Yield where a range of the message is seen in the leaf."""
        for block, corner in self.blocks:
            for rect in block.rects(start, end):
                yield rect.translated(corner.x() - self.shift, corner.y())

    def narrow_rect(self, place: int) -> QRectF:
        """Return a narrow mark where something that is not shown would stand."""
        found = next(((b, c) for b, c in reversed(self.blocks) if b.runs and b.runs[0].start <= place), None)
        found = found or next(((b, c) for b, c in self.blocks if b.runs), None)
        if found is None:
            return QRectF(0, 0, 5, self.height)
        return found[0].narrow_rect(place).translated(found[1].x() - self.shift, found[1].y())

    def place_at(self, point: QPointF) -> int:
        """Return the place in the message nearest to a point in the leaf."""
        found = self.block_at(point)
        if found is None:
            return self.leaf.start if point.y() < self.height / 2 else self.leaf.end
        block, corner = found
        return block.place_at(point - corner + QPointF(self.shift, 0))

    def run_at(self, point: QPointF) -> Run | None:
        """Return the run under a point."""
        found = self.block_at(point)
        return None if found is None else found[0].run_at(point - found[1] + QPointF(self.shift, 0))

    def block_at(self, point: QPointF) -> tuple[TextBlock, QPointF] | None:
        """Return the block nearest to a point."""
        shown = [(block, corner) for block, corner in self.blocks if block.runs]
        return min(shown, key=lambda one: _distance(one, point), default=None)

    def end_rect(self) -> QRectF:
        """Return where the next character will stand."""
        if not self.blocks:
            return QRectF(0, 0, 8, self.height)
        block, corner = self.blocks[-1]
        return block.end_rect().translated(corner)

    def paint_under(self, painter: QPainter, width: float) -> None:  # noqa: B027 - most leaves have nothing there
        """Paint what lies under tint and text."""

    def clip_rect(self) -> QRectF | None:
        """Return what may be painted on where something is wider than the column."""
        return None

    def paint_over(self, painter: QPainter) -> None:  # noqa: B027 - most leaves have nothing there
        """Paint what lies over a text that is clipped."""

    def paint_text(self, painter: QPainter, selection: tuple[int, int] | None, *, tinted: bool = False) -> None:
        """Paint the text. tinted: on a tint."""
        for block, corner in self.blocks:
            block.paint(painter, corner - QPointF(self.shift, 0), selection, tinted=tinted)


def _distance(one: tuple[TextBlock, QPointF], point: QPointF) -> tuple[float, float]:
    block, corner = one
    below = max(corner.y() - point.y(), point.y() - corner.y() - block.height, 0.0)
    beside = max(corner.x() - point.x(), point.x() - corner.x() - block.natural_width, 0.0)
    return below, beside


def text_look(leaf: Leaf, measures: Measures) -> BlockLook:
    """Return font and height of the lines of a paragraph, a heading or a cell."""
    font = QFont(measures.font)
    colour = "secondary" if any(box.kind == "thinking" for box in leaf.inside) else measures.colour
    if isinstance(leaf, Heading):
        font.setPointSizeF(font.pointSizeF() * _HEADING_SIZES[leaf.level])
        font.setWeight(QFont.Weight.DemiBold)
        return BlockLook(font, line_height_of(font, 1.35), colour)
    return BlockLook(font, line_height_of(font), colour)


def with_pictures(runs: Sequence[Run], look: BlockLook, width: float) -> tuple[dict[int, Picture], bool]:
    """Return the pictures of the formulas among runs by their number, and whether some have yet to be drawn."""
    found: dict[int, Picture] = {}
    waits = False
    size = QFontMetricsF(look.font).height() * 0.86
    for number, run in enumerate(runs):
        if run.style & Style.FORMULA:
            display = bool(run.style & Style.DISPLAY)
            picture = pictures().find(run.text, display=display, size=size * (1.1 if display else 1.0))
            waits = waits or picture is None
            if picture is not None:
                found[number] = picture.narrowed(width)
    return found, waits


class TextLeaf(LeafView):
    """A paragraph, a heading or a formula."""

    def lay_out(self, width: float, measures: Measures) -> None:
        leaf, look = self.leaf, text_look(self.leaf, measures)
        runs = self._runs()
        found, self.waits_for_pictures = with_pictures(runs, look, width)
        block = TextBlock(runs, look, found)
        block.lay_out(width)
        empty = isinstance(leaf, Paragraph) and leaf.raw and not block.text.strip()
        self.height = look.line_height / 2 if empty else block.height  # an empty line parts two paragraphs
        self.natural_width = block.natural_width
        self.blocks = [(block, QPointF(0, 0))]

    def _runs(self) -> list[Run]:
        leaf = self.leaf
        if isinstance(leaf, Formula):
            return [_formula_run(leaf, self.source)]
        if isinstance(leaf, Paragraph) and leaf.raw:
            return raw_runs(self.source, leaf.lines)
        runs = runs_of(self.source, leaf.lines)
        if leaf.inside and leaf.inside[-1].kind == "item":
            return task_runs(runs, self.source, leaf.lines)
        return runs


def _formula_run(leaf: Formula, source: str) -> Run:
    text = source[leaf.start : leaf.end].strip()
    if not leaf.whole:  # until its end is written, the source is what there is to see
        return Run(text.replace("\n", "\u2028"), leaf.start, leaf.end, Style.CODE)
    inner = " ".join(source[first:last] for first, last in leaf.lines)
    for mark in ("\\[", "\\]", "$$"):
        inner = inner.strip().rstrip(".,").removeprefix(mark).removesuffix(mark)
    return Run(inner.strip(), leaf.start, leaf.end, Style.FORMULA | Style.DISPLAY)


class RuleLeaf(LeafView):
    """A line across."""

    def lay_out(self, width: float, _measures: Measures) -> None:
        self.height, self.natural_width = 9.0, width

    def paint_under(self, painter: QPainter, width: float) -> None:
        painter.fillRect(QRectF(0, 4, width, 1), current_theme().colour("line"))


class FoldLeaf(LeafView):
    """The line that stands for thoughts; a click opens and closes them."""

    def __init__(self, leaf: Fold, source: str, *, opened: bool, words: str) -> None:
        super().__init__(leaf, source)
        self.opened = opened
        self.words = words
        self._font = QFont()

    def lay_out(self, _width: float, _measures: Measures) -> None:
        self._font = current_theme().font("text")
        self.height = line_height_of(self._font, 1.9)
        self.natural_width = QFontMetricsF(self._font).horizontalAdvance(self.words) + 34

    def paint_under(self, painter: QPainter, width: float) -> None:
        theme = current_theme()
        box = QRectF(0, 0, min(width, self.natural_width), self.height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("bubble"))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(theme.colour("secondary"))
        painter.setFont(self._font)
        painter.drawText(box.adjusted(12, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, "▾" if self.opened else "▸")
        painter.drawText(box.adjusted(26, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.words)


def fold_words(fold: Fold) -> str:
    """Return the line that stands for thoughts: "Thought, 312 words"."""
    words = QCoreApplication.translate("MarkdownText", "1 word") if fold.words == 1 else (
        QCoreApplication.translate("MarkdownText", "{count} words").format(count=f"{fold.words:,}")
    )  # fmt: skip
    line = "Thought, {words}" if fold.closed else "Thinking, {words}"
    return QCoreApplication.translate("MarkdownText", line).format(words=words)
