"""A message as it is read, and every token of it where it is seen.

Not a widget: a list of messages owns many of these and paints those that can be seen. Leaves are laid out when they
come into view (`ensure`), the others have an estimated height; a message that grows keeps the leaves that are final.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from nextword.chat.markup.blocks import Box, Code, Fold, Heading, Leaf, Paragraph, Rule, Table
from nextword.chat.markup.copying import leaf_runs
from nextword.chat.markup.document import MarkupDocument
from nextword.chat.markup.wide_text import narrow
from nextword.engine.tokens import TokenStep
from nextword.ui.theme import current_theme
from nextword.ui.widgets.markdown.code_leaf import CodeLeaf
from nextword.ui.widgets.markdown.leaf import FoldLeaf, LeafView, RuleLeaf, TextLeaf, fold_words
from nextword.ui.widgets.markdown.marks import MARK_WIDTH, marks_of, paint_mark
from nextword.ui.widgets.markdown.sideways import Sideways
from nextword.ui.widgets.markdown.table_leaf import TableLeaf, column_widths
from nextword.ui.widgets.markdown.text_block import line_height_of
from nextword.ui.widgets.markdown.view_parts import Measures
from nextword.ui.widgets.row_heights import RowHeights
from nextword.ui.widgets.tint import strength_of
from nextword.ui.widgets.token_spans import TokensInText
from nextword.ui.widgets.token_view import TokenLook

_QUOTE_INDENT = 18.0
_KEPT_VIEWS = 400
_BAR_REACH = 10.0  # px from the lower edge of code and tables in which the bar is taken hold of

Part: TypeAlias = Literal["link", "copy", "fold"]


@dataclass(frozen=True, slots=True)
class Touched:
    """What is under the pointer that does something. value: an address, a place, or code to copy."""

    part: Part
    value: str
    place: int


class MarkdownText:
    """One message at one width. raw: shown as it was written. height is estimated until all leaves were seen."""

    def __init__(self, font: QFont, *, raw: bool = False, colour: str = "text") -> None:
        self.text = ""
        self.steps: Sequence[TokenStep] = ()
        self.width = 0.0
        self.raw = raw
        self._document = MarkupDocument(raw=raw)
        self._measures = Measures(font, colour)
        self._line_height = line_height_of(font)
        self._leaves: list[Leaf] = []  # those that are shown
        self._views: dict[int, LeafView] = {}
        self._heights = RowHeights()  # of each leaf with the gap above it
        self._zones: list[int] = []  # where in the message the part of each leaf begins
        self._opened: set[int] = set()
        self._tokens = TokensInText()
        self._per_line = 1.0

    # --- laying out -----------------------------------------------------------------------------------------

    @property
    def height(self) -> float:
        return self._heights.total() if self._leaves else (0.0 if not self.text else self._line_height)

    @property
    def line_height(self) -> float:
        return self._line_height

    @property
    def waits_for_pictures(self) -> bool:
        """Whether a leaf that was laid out shows TeX in place of a formula that is being drawn."""
        return any(view.waits_for_pictures for view in self._views.values())

    def lay_out(self, text: str, width: float, *, growing: bool = False) -> float:
        """Take the text; what did not change stays as it was laid out. Return from which height on it is new."""
        same_width = width == self.width
        if not same_width:
            self.width = width
            self._per_line = max(8.0, width / (QFontMetricsF(self._measures.font).averageCharWidth() * 0.98))
        kept = self._document.update(text, open_end=growing)
        self.text = text
        return self._take_leaves(kept if same_width else 0)

    def _take_leaves(self, kept: int) -> float:
        """Follow the document, whose first `kept` leaves are as before."""
        leaves = self._document.leaves
        if leaves and isinstance(leaves[0], Fold):
            if self._leaves and self._leaves[0] != leaves[0]:  # the line of the thoughts counts their words
                self._views.pop(0, None)
                self._heights.invalidate(0)
            shown = [leaf for leaf in leaves if not self._folded(leaf)]
            same = 1 if kept else 0
            while kept and same < min(len(shown), len(self._leaves)) and shown[same] is self._leaves[same]:
                same += 1
            kept, leaves = min(same, len(self._leaves)), shown
        kept = self._measure_tables(leaves, min(kept, len(self._leaves)))
        for number in [number for number in self._views if number >= kept]:
            del self._views[number]
        self._leaves = leaves
        self._heights.replace_from(kept, (self._estimate(number) for number in range(kept, len(leaves))))
        source = self._document.source
        self._zones[kept:] = []
        for number in range(kept, len(leaves)):
            line = source.rfind("\n", 0, leaves[number].start) + 1
            before = max(leaves[number - 1].end, self._zones[-1]) if number else 0
            self._zones.append(max(line, before) if number else 0)
        return self._heights.top(kept) if kept else 0.0

    def _folded(self, leaf: Leaf) -> bool:
        return any(box.kind == "thinking" and box.start not in self._opened for box in leaf.inside)

    def _measure_tables(self, leaves: list[Leaf], kept: int) -> int:
        """Measure the tables that are new or have grown; return how many leaves stay as they were laid out."""
        touched = {leaf.table for leaf in leaves[kept:] if isinstance(leaf, Table)}
        tables: dict[int, list[tuple[int, Table]]] = {table: [] for table in touched}
        for at, leaf in enumerate(leaves if touched else ()):
            if isinstance(leaf, Table) and leaf.table in touched:
                tables[leaf.table].append((at, leaf))
        for table, parts in tables.items():
            width = self._room(parts[0][1])
            widths = column_widths([leaf for _, leaf in parts], self._document.source, width, self._measures.font)
            if widths != self._measures.columns.get(table):
                self._measures.columns[table] = widths
                self._measures.sideways.pop(table, None)
                kept = min(kept, parts[0][0])
        return kept

    def ensure(self, top: float, bottom: float) -> bool:
        """Lay out what lies between two heights; say whether the height of anything changed by it."""
        changed = False
        for _ in range(40):
            before = self._heights.total() if self._leaves else 0.0
            for number in self._heights.rows_between(top, bottom):
                self._view(number)
            if not self._leaves or self._heights.total() == before:
                break
            changed = True
        if len(self._views) > _KEPT_VIEWS:
            seen = self._heights.rows_between(top - 2_000, bottom + 2_000)
            for number in [number for number in self._views if number not in seen]:
                del self._views[number]
        return changed

    def natural_width(self) -> float:
        """Return the width the text needs; lays all of it out, unless it is long."""
        if len(self._leaves) > 200:
            return self.width
        views = [self._view(number) for number in range(len(self._leaves))]
        return max((view.natural_width + self._indent(view.leaf) for view in views), default=0.0)

    def redraw_pictures(self) -> bool:
        """Lay out again the leaves that waited for a formula; say whether there were any."""
        waiting = [number for number, view in self._views.items() if view.waits_for_pictures]
        for number in waiting:
            del self._views[number]
            self._view(number)
        return bool(waiting)

    def _view(self, number: int) -> LeafView:
        found = self._views.get(number)
        if found is None:
            leaf = self._leaves[number]
            found = self._make_view(leaf)
            found.lay_out(max(40.0, self._room(leaf)), self._measures)
            self._views[number] = found
            self._heights.set(number, self._gap(number) + found.height)
        return found

    def _make_view(self, leaf: Leaf) -> LeafView:
        source = self._document.source
        match leaf:
            case Code():
                return CodeLeaf(leaf, source, self._measures.sideways_of(leaf.block[0]))
            case Table():
                return TableLeaf(leaf, source, self._measures.sideways_of(leaf.table))
            case Rule():
                return RuleLeaf(leaf, source)
            case Fold():
                return FoldLeaf(leaf, source, opened=leaf.start in self._opened, words=fold_words(leaf))
        return TextLeaf(leaf, source)

    def _estimate(self, number: int) -> float:
        leaf = self._leaves[number]
        match leaf:
            case Code():
                height = len(leaf.lines) * self._line_height * 0.9 + (30 if leaf.first else 0)
            case Table():
                height = len(leaf.lines) * (self._line_height + 8)
            case Rule() | Fold():
                height = self._line_height
            case _:
                length = leaf.end - leaf.start
                height = (int(length / self._per_line) + max(1, len(leaf.lines))) * self._line_height
        return float(height + self._gap(number))

    def _gap(self, number: int) -> float:
        """Return the space above a leaf."""
        if number == 0:
            return 0.0
        leaf, before = self._leaves[number], self._leaves[number - 1]
        if leaf.close:
            return 0.0
        if isinstance(leaf, Heading):
            return self._line_height * (0.9 if leaf.level < 3 else 0.7)
        if isinstance(leaf, Paragraph) and leaf.tight and any(box.kind == "item" for box in before.inside):
            return self._line_height * 0.16
        return self._line_height * (0.35 if isinstance(before, Heading) else 0.55)

    # --- boxes ----------------------------------------------------------------------------------------------

    def _indent_of(self, box: Box) -> float:
        if box.kind != "item":
            return _QUOTE_INDENT
        metrics = QFontMetricsF(self._measures.font)
        return max(22.0, metrics.horizontalAdvance(box.marker + " ") + 4)

    def _indent(self, leaf: Leaf) -> float:
        # a hostile text nests without end: the words keep a third of the width
        return min(sum(self._indent_of(box) for box in leaf.inside), self.width * 2 / 3)

    def _room(self, leaf: Leaf) -> float:
        return self.width - self._indent(leaf)

    def _corner(self, number: int) -> QPointF:
        """Return where a leaf's own top left corner is."""
        return QPointF(self._indent(self._leaves[number]), self._heights.top(number) + self._gap(number))

    # --- tokens ---------------------------------------------------------------------------------------------

    def set_steps(self, steps: Sequence[TokenStep]) -> None:
        """Take the tokens that make up the text (after `lay_out`); tokens added at the end are cheap."""
        changed_from = self._tokens.take(steps, self.text)
        self.steps = steps
        first = max(0, bisect_right(self._zones, changed_from) - 1)
        for number, view in self._views.items():
            if number >= first:
                view.marks = None

    def token_count(self) -> int:
        """Return how many tokens can be pointed at."""
        return 0 if self._tokens.offset is None else len(self._tokens.spans)

    def token_at(self, point: QPointF) -> int | None:
        """Return the token under a point, None beside the words."""
        number = self._leaf_at(point.y())
        if number is None:
            return None
        inside = point - self._corner(number)
        marks = self._marks(number)
        narrow = (t for t, mark in marks if mark.width() <= MARK_WIDTH and mark.contains(inside))
        found = next((t for t, mark in marks if mark.width() > MARK_WIDTH and mark.contains(inside)), None)
        return found if found is not None else next(narrow, None)

    def token_rect(self, token: int) -> QRectF:
        """Return where a token begins to be seen (its first line); an empty rectangle if it is nowhere."""
        if self._tokens.offset is None or not 0 <= token < len(self._tokens.spans) or not self._leaves:
            return QRectF()
        place = self._tokens.spans[token].start + self._tokens.offset
        first = max(0, bisect_right(self._zones, place) - 1)
        for number in range(first, min(first + 3, len(self._leaves))):
            self.ensure(self._heights.top(number), self._heights.top(number) + 1)
            for index, mark in self._marks(number):
                if index == token:
                    return mark.translated(self._corner(number))
        return QRectF()

    def _marks(self, number: int) -> list[tuple[int, QRectF]]:
        view = self._view(number)
        if view.marks is None:
            view.marks = list(self._find_marks(number, view))
        return view.marks

    def _find_marks(self, number: int, view: LeafView) -> Iterator[tuple[int, QRectF]]:
        if self._tokens.offset is None:
            return iter(())
        behind = number + 1
        end = self._zones[behind] if behind < len(self._leaves) else len(self._document.source) + 1
        return marks_of(view, self._tokens.spans, self._tokens.offset, (self._zones[number], end))

    def token_start(self, token: int) -> int:
        """Return the place in the message where a token begins."""
        return self._tokens.spans[token].start + (self._tokens.offset or 0) if token < len(self._tokens.spans) else 0

    def next_line(self, place: int, step: int) -> int:
        """Return the place a line below (step 1) or above (-1) another one, for selecting by keys."""
        if not self._leaves:
            return place
        number = max(0, bisect_right(self._zones, place) - 1)
        self.ensure(self._heights.top(number), self._heights.top(number) + 1)
        view = self._view(number)
        rect = next(view.rects(place, place + 1), None) or view.narrow_rect(place)
        point = QPointF(rect.left(), rect.center().y()) + self._corner(number)
        y = point.y() + step * max(self._line_height, rect.height())
        if y < 0:
            return 0
        if y >= self.height:
            return len(self._document.source)
        self.ensure(y, y + 1)
        found = self.place_at(QPointF(point.x(), y))
        return max(found, place + 1) if step > 0 else min(found, max(0, place - 1))

    # --- places, links, buttons -----------------------------------------------------------------------------

    def _leaf_at(self, y: float) -> int | None:
        if not self._leaves or not 0 <= y < self._heights.total():
            return None
        return self._heights.row_at(y)

    def place_at(self, point: QPointF) -> int:
        """Return the place in the message nearest to a point, for selecting."""
        if not self._leaves:
            return 0
        number = self._heights.row_at(point.y())
        self._view(number)
        return self._view(number).place_at(point - self._corner(number))

    def touched(self, point: QPointF) -> Touched | None:
        """Return the link or button under a point."""
        number = self._leaf_at(point.y())
        if number is None:
            return None
        view, inside = self._view(number), point - self._corner(number)
        if isinstance(view, FoldLeaf) and inside.y() >= 0 and 0 <= inside.x() <= view.natural_width:
            return Touched("fold", "", view.leaf.start)
        if isinstance(view, CodeLeaf) and view.copy_rect.contains(inside):
            return Touched("copy", narrow(self.code_of(view.leaf)), view.leaf.block[0])
        run = view.run_at(inside)
        return Touched("link", run.href, run.start) if run is not None and run.href else None

    def code_of(self, leaf: Code) -> str:
        """Return the code of the block a leaf is a piece of."""
        parts = [one for one in self._document.leaves if isinstance(one, Code) and one.block[0] == leaf.block[0]]
        lines = [self._document.source[first:last] for one in parts for first, last in one.lines]
        return "\n".join(lines)

    def codes(self) -> list[str]:
        """Return the code of every block of code, narrow."""
        return [narrow(self.code_of(leaf)) for leaf in self._document.leaves if isinstance(leaf, Code) and leaf.first]

    def links(self) -> list[str]:
        """Return the addresses the message links to, each once."""
        source = self._document.source
        if "://" not in source and "mailto:" not in source:
            return []
        runs = (
            run
            for leaf in self._document.leaves
            if isinstance(leaf, Paragraph | Heading)
            for run in leaf_runs(source, leaf)
        )
        return list(dict.fromkeys(run.href for run in runs if run.href))

    def toggle_fold(self, place: int) -> None:
        """Open or close the thoughts that begin at a place."""
        self._opened ^= {place}
        self._take_leaves(0)

    def sideways_at(self, point: QPointF) -> Sideways | None:
        """Return what can be scrolled sideways at a point, None where everything fits."""
        number = self._leaf_at(point.y())
        view = None if number is None else self._view(number)
        found = view.sideways if isinstance(view, CodeLeaf | TableLeaf) else None
        return found if found is not None and found.most > 0 else None

    def sideways_bar_at(self, point: QPointF) -> Sideways | None:
        """Return what the thin bar under a point scrolls, None where there is no bar."""
        number = self._leaf_at(point.y())
        leaf = None if number is None else self._leaves[number]
        if number is None or not isinstance(leaf, Code | Table) or not leaf.last:
            return None
        near = self._heights.top(number + 1) - _BAR_REACH <= point.y()
        return self.sideways_at(point) if near else None

    def forget_marks(self) -> None:
        """Find the places of tokens anew: something was scrolled sideways."""
        for view in self._views.values():
            view.marks = None

    @property
    def document(self) -> MarkupDocument:
        return self._document

    def anchor_at(self, y: float) -> tuple[int, float]:
        """Return the leaf at a height and how far below its top that is."""
        if not self._leaves:
            return 0, y
        number = self._heights.row_at(y)
        return number, y - self._heights.top(number)

    def height_of(self, anchor: tuple[int, float]) -> float:
        """Return the height that `anchor_at` was asked for, after leaves above it were laid out."""
        number, below = anchor
        return below + (self._heights.top(number) if number < len(self._leaves) else 0.0)

    def end_rect(self) -> QRectF:
        """Return where the next character will stand; width is that of a caret."""
        if not self._leaves:
            return QRectF(0, 0, 8, self._line_height)
        number = len(self._leaves) - 1
        return self._view(number).end_rect().translated(self._corner(number))

    # --- painting -------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, origin: QPointF, look: TokenLook, clip: QRectF) -> None:
        """Paint at `origin` what lies within `clip` (both in the painter's coordinates)."""
        painter.save()
        painter.translate(origin)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = clip.translated(-origin)
        for number in self._heights.rows_between(area.top(), area.bottom()):
            self._paint_boxes(painter, number)
            corner = self._corner(number)
            painter.translate(corner)
            self._paint_leaf(painter, number, look, (area.top() - corner.y(), area.bottom() - corner.y()))
            painter.translate(-corner)
        painter.restore()

    def _paint_leaf(self, painter: QPainter, number: int, look: TokenLook, seen: tuple[float, float]) -> None:
        """Paint a leaf at its own corner. seen: from which height to which it is wanted."""
        theme, view = current_theme(), self._view(number)
        view.paint_under(painter, self._room(view.leaf))
        clip = view.clip_rect()
        if clip is not None:
            painter.save()
            painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
        tinted = look.tint != "off" and not isinstance(view, FoldLeaf) and bool(self.steps)
        if tinted:
            painter.setPen(Qt.PenStyle.NoPen)
            first, last = seen
            for token, mark in self._marks(number):
                if mark.bottom() < first or mark.top() > last:
                    continue
                strength = strength_of(self.steps[token], look.tint)
                if strength:
                    painter.setBrush(theme.tint(strength))
                    paint_mark(painter, mark)
        selection = look.selection and (min(look.selection), max(look.selection))
        view.paint_text(painter, selection, tinted=tinted)
        if look.token is not None:
            painter.setPen(QPen(theme.colour("accent"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for token, mark in self._marks(number):
                if token == look.token:
                    paint_mark(painter, mark)
        if clip is not None:
            painter.restore()
            view.paint_over(painter)

    def _paint_boxes(self, painter: QPainter, number: int) -> None:
        theme, leaf = current_theme(), self._leaves[number]
        if not leaf.inside:
            return
        before = self._leaves[number - 1].inside if number else ()
        top, gap = self._heights.top(number), self._gap(number)
        bottom = self._heights.top(number + 1)
        x = 0.0
        for box in leaf.inside:
            continued = box in before
            if box.kind == "item":
                if not continued:
                    self._paint_marker(painter, number, box, QPointF(x, top + gap))
            else:
                bar = QRectF(x + 2, top if continued else top + gap, 2, bottom - (top if continued else top + gap))
                painter.fillRect(bar, theme.colour("line" if box.kind == "thinking" else "bar"))
            x += self._indent_of(box)
            if x > self.width * 2 / 3:
                break

    def _paint_marker(self, painter: QPainter, number: int, box: Box, corner: QPointF) -> None:
        theme, view = current_theme(), self._view(number)
        line = view.blocks[0][0].look.line_height if view.blocks else self._line_height
        room = QRectF(corner.x(), corner.y(), self._indent_of(box) - 7, line)
        painter.setFont(self._measures.font)
        painter.setPen(theme.colour("secondary"))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, box.marker)
