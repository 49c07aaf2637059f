"""Runs of a message laid out in lines: fonts, where each place of the message stands, and painting."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontInfo,
    QFontMetricsF,
    QPainter,
    QTextCharFormat,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from nextword.chat.markup.blocks import Run, Style
from nextword.ui.theme import current_theme
from nextword.ui.widgets.markdown.pictures import Picture
from nextword.ui.widgets.text_lines import cursor_x, extents, runs_both_ways

LINE_HEIGHT = 1.5
"""In sizes of the font."""

_NARROWEST_MARK = 5.0  # px; what is not shown has no width of its own
_CODE_SIZE = 0.92
_OBJECT = "\u00a0"

Format = QTextLayout.FormatRange


@dataclass(frozen=True, slots=True)
class BlockLook:
    """Font of plain runs; line_height in px; wraps: lines are broken at the width; colour: a name of Colours."""

    font: QFont
    line_height: float
    colour: str = "text"
    wraps: bool = True
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeading


def line_height_of(font: QFont, factor: float = LINE_HEIGHT) -> float:
    """Return the height of a line of a font, in whole px."""
    return float(round(QFontInfo(font).pixelSize() * factor))


class TextBlock:
    """height and natural_width are known after `lay_out`. Places are places in the message."""

    def __init__(self, runs: Sequence[Run], look: BlockLook, pictures: dict[int, Picture] | None = None) -> None:
        self.runs = runs
        self.look = look
        self.height = 0.0
        self.natural_width = 0.0
        self._pictures = pictures or {}  # by number of the run
        texts = [_OBJECT if number in self._pictures else run.text for number, run in enumerate(runs)]
        self.text = "".join(texts)
        self._mixed = runs_both_ways(self.text)
        self._painted: list[int] = [0]
        for text in texts:
            self._painted.append(self._painted[-1] + len(text))
        self._starts = [run.start for run in runs]
        self._tops: list[float] = []
        self._pen = current_theme().colour(look.colour)  # laid out anew when the theme changes
        self._layout = QTextLayout(self.text, look.font)

    def lay_out(self, width: float, extra: Sequence[Format] = ()) -> None:
        """Break the text into lines. extra: formats on top of those of the runs, in places of the painted text."""
        layout = self._layout
        option = QTextOption()
        wrap = QTextOption.WrapMode
        option.setWrapMode(wrap.WrapAtWordBoundaryOrAnywhere if self.look.wraps else wrap.ManualWrap)
        option.setAlignment(self.look.align)
        if not self.look.wraps:
            option.setTabStopDistance(4 * _space_width(self.look.font))
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        formats = [*self._formats(), *extra]
        if formats:
            layout.setFormats(formats)
        self._tops = []
        layout.beginLayout()
        y, widest = 0.0, 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1.0, width) if self.look.wraps else 1e6)
            self._tops.append(y)
            y += self._place_line(line, y)
            widest = max(widest, line.naturalTextWidth())
        layout.endLayout()
        self.height = y or self.look.line_height
        self.natural_width = widest

    def _place_line(self, line: QTextLine, y: float) -> float:
        """Put a line at a height, with room for its formulas; return how high it is."""
        height = self.look.line_height
        above = (height - line.height()) / 2
        if self._pictures:
            start, end = line.textStart(), line.textStart() + line.textLength()
            for number, picture in self._pictures.items():
                if start <= self._painted[number] < end:
                    above = max(above, picture.ascent - line.ascent() + 3)
                    height = max(height, above + line.ascent() + picture.descent + 3)
        line.setPosition(QPointF(0, y + above))
        return float(max(height, above + line.height() if height > self.look.line_height else height))

    def _formats(self) -> Iterator[Format]:
        for number, run in enumerate(self.runs):
            picture = self._pictures.get(number)
            if picture is None and not run.style and not run.href:
                continue
            made = Format()
            made.start, made.length = self._painted[number], self._painted[number + 1] - self._painted[number]
            made.format = _object_format(self.look, picture) if picture is not None else _format(self.look, run)
            yield made

    # --- from places to where they are seen -----------------------------------------------------------------

    def painted_ranges(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the parts of the painted text that stand for a range of the message."""
        number = max(0, bisect_right(self._starts, start) - 1)
        while number < len(self.runs) and self.runs[number].start < end:
            run = self.runs[number]
            first, last = max(start, run.start), min(end, run.end)
            if first < last:
                at = self._painted[number]
                if run.verbatim and number not in self._pictures:
                    yield at + first - run.start, at + last - run.start
                else:
                    yield at, self._painted[number + 1]
            number += 1

    def rects(self, start: int, end: int) -> Iterator[QRectF]:
        """Yield where a range of the message is seen; nothing where it is not shown.

        A part of a formula or an entity is the same part of its width: so each of its tokens can be pointed at.
        """
        for first, last in self.painted_ranges(start, end):
            number = bisect_right(self._painted, first) - 1
            run = self.runs[number]
            if (run.verbatim and number not in self._pictures) or run.end <= run.start:
                yield from self._rects(first, last)
                continue
            for rect in self._rects(first, last):
                left = max(0, start - run.start) / (run.end - run.start)
                right = min(1.0, (end - run.start) / (run.end - run.start))
                yield QRectF(rect.x() + left * rect.width(), rect.y(), (right - left) * rect.width(), rect.height())

    def narrow_rect(self, place: int) -> QRectF:
        """Return a narrow mark where something of the message would stand that is not shown."""
        number = bisect_left(self._starts, place)
        return self._narrow(self._painted[min(number, len(self._painted) - 1)])

    def place_at(self, point: QPointF) -> int:
        """Return the place in the message nearest to a point."""
        if not self.runs or not self._tops:
            return self.runs[0].start if self.runs else 0
        line = self._layout.lineAt(max(0, bisect_right(self._tops, point.y()) - 1))
        return self._message_place(line.xToCursor(point.x()) if line.isValid() else 0)

    def run_at(self, point: QPointF) -> Run | None:
        """Return the run under a point, None beside the words."""
        number = bisect_right(self._tops, point.y()) - 1
        if not 0 <= number < self._layout.lineCount() or point.y() >= self.height:
            return None
        line = self._layout.lineAt(number)
        if not line.naturalTextRect().left() <= point.x() <= line.naturalTextRect().right():
            return None
        painted = line.xToCursor(point.x(), QTextLine.CursorPosition.CursorOnCharacter)
        found = bisect_right(self._painted, painted) - 1
        return self.runs[found] if 0 <= found < len(self.runs) else None

    def end_rect(self) -> QRectF:
        """Return where the next character will stand; width is that of a caret."""
        height = self.look.line_height
        line = self._layout.lineAt(self._layout.lineCount() - 1)
        x = cursor_x(line, len(self.text)) if line.isValid() else 0.0
        return QRectF(x + 2, self.height - height, 8, height)

    def _message_place(self, painted: int) -> int:
        number = min(bisect_right(self._painted, painted) - 1, len(self.runs) - 1)
        run, inside = self.runs[number], painted - self._painted[number]
        if run.verbatim and number not in self._pictures:
            return run.start + min(inside, run.end - run.start)
        return run.end if inside * 2 > self._painted[number + 1] - self._painted[number] else run.start

    def _rects(self, start: int, end: int) -> Iterator[QRectF]:
        if start >= end:
            return
        number = self._layout.lineForTextPosition(start).lineNumber()
        while start < end and 0 <= number < self._layout.lineCount():
            line = self._layout.lineAt(number)
            line_end = min(end, line.textStart() + line.textLength())
            if self.text[start] == "\u2028":
                yield self._narrow(start)
            elif line_end > start:
                visible_end = line_end - 1 if self.text[line_end - 1] == "\u2028" else line_end
                for left, right in extents(line, start, visible_end, mixed=self._mixed):
                    yield QRectF(left, self._tops[number], max(1.0, right - left), self._height(number))
            start, number = max(line_end, start + 1), number + 1

    def _height(self, number: int) -> float:
        return (self._tops[number + 1] if number + 1 < len(self._tops) else self.height) - self._tops[number]

    def _narrow(self, painted: int) -> QRectF:
        line = self._layout.lineForTextPosition(min(painted, len(self.text)))
        if not line.isValid():
            return QRectF(0, 0, _NARROWEST_MARK, self.height)
        number = line.lineNumber()
        return QRectF(cursor_x(line, painted) + 1, self._tops[number], _NARROWEST_MARK, self._height(number))

    # --- painting -------------------------------------------------------------------------------------------

    def paint(
        self, painter: QPainter, origin: QPointF, selection: tuple[int, int] | None, *, tinted: bool = False
    ) -> None:
        """Paint at `origin`. selection: a range of the message. tinted: there is a tint behind, on which only the
        colour of plain text can be read."""
        painter.setPen(current_theme().colour("text") if tinted else self._pen)
        chosen = [] if selection is None else self._selected(*selection)
        if tinted and self._layout.formats():
            chosen.insert(0, _plain_format(len(self.text)))
        self._layout.draw(painter, origin, chosen)
        for number, picture in self._pictures.items():
            line = self._layout.lineForTextPosition(self._painted[number])
            at = QPointF(cursor_x(line, self._painted[number]), line.y() + line.ascent())
            theme = current_theme()
            inked = any(first <= self._painted[number] < last for first, last in self._ranges(selection))
            picture.paint(painter, origin + at, theme.colour("on_accent" if inked else self.look.colour))

    def _ranges(self, selection: tuple[int, int] | None) -> list[tuple[int, int]]:
        return [] if selection is None else list(self.painted_ranges(*selection))

    def _selected(self, start: int, end: int) -> list[Format]:
        found = []
        for first, last in self.painted_ranges(start, end):
            made = Format()
            made.start, made.length = first, last - first
            made.format = _selection_format()
            found.append(made)
        return found


_formats: dict[object, QTextCharFormat] = {}


def _format(look: BlockLook, run: Run) -> QTextCharFormat:
    """Return how a run looks; made once for each look."""
    theme = current_theme()
    key = (id(theme.colours), look.font.key(), look.colour, run.style, bool(run.href))
    found = _formats.get(key)
    if found is None:
        if len(_formats) > 200:
            _formats.clear()
        found = _formats[key] = _make_format(look, run)
    return found


def _make_format(look: BlockLook, run: Run) -> QTextCharFormat:
    theme, made = current_theme(), QTextCharFormat()
    font = QFont(look.font)
    if run.style & (Style.CODE | Style.FORMULA):
        font = theme.font("mono")
        font.setPointSizeF(look.font.pointSizeF() * _CODE_SIZE)
        made.setBackground(theme.colour("pressed" if look.colour == "text" else "hover"))
    if run.style & Style.STRONG:
        font.setWeight(QFont.Weight.Bold)
    font.setItalic(bool(run.style & Style.EMPHASIS))
    font.setStrikeOut(bool(run.style & Style.STRUCK))
    if run.href:
        made.setForeground(theme.colour("accent"))
        font.setUnderline(True)
    elif run.style & Style.FAINT:
        made.setForeground(theme.colour("secondary"))
    made.setFont(font)
    return made


def _object_format(look: BlockLook, picture: Picture) -> QTextCharFormat:
    """Give the sign that stands for a picture the picture's width."""
    font = QFont(look.font)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0)
    made = QTextCharFormat()
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, picture.width - _space_width(look.font))
    made.setFont(font)
    return made


def _space_width(font: QFont) -> float:
    return QFontMetricsF(font).horizontalAdvance(_OBJECT)


def _plain_format(length: int) -> Format:
    """Return a format that takes the colours from the painted text."""
    made = coloured_format(0, length, current_theme().colour("text"))
    made.format.setBackground(Qt.BrushStyle.NoBrush)
    return made


def _selection_format() -> QTextCharFormat:
    theme, made = current_theme(), QTextCharFormat()
    made.setBackground(theme.colour("accent"))
    made.setForeground(theme.colour("on_accent"))
    return made


def coloured_format(start: int, length: int, colour: QColor) -> Format:
    """Return a format that gives a part of the painted text a colour."""
    made = Format()
    made.start, made.length = start, length
    made.format = QTextCharFormat()
    made.format.setForeground(colour)
    return made
