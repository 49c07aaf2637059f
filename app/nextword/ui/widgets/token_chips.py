"""Tokens as chips, line by line under headings; only what can be seen is painted, so 30,000 of them scroll."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from nextword.engine.replies import PromptToken
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, GAP_WIDE, current_theme
from nextword.ui.widgets.token_text import number, visible

_PADDING, _BETWEEN = 4, 3  # px within a chip at its sides, between chips
_CORNER = 4.0
_SHOWN_BYTES = 24


class Chip(Struct, frozen=True):
    """A token to be shown. scaffold: it was written by the template, not by a person or a model."""

    token: PromptToken
    scaffold: bool = False


class ChipSection(Struct, frozen=True):
    """Tokens under a heading. text: shown in their place where there are none; faint: it is not sent."""

    title: str
    note: str = ""
    chips: tuple[Chip, ...] = ()
    text: str = ""
    faint: bool = False


class _Line(Struct, frozen=True):
    """A line on screen. first, end: its chips among all; in a heading and in a line of words there are none."""

    top: float
    section: int
    first: int
    end: int
    heading: bool = False


def _alike(first: Sequence[Chip], second: Sequence[Chip]) -> int:
    """Return how many chips both begin with."""
    return next(
        (at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other),
        min(len(first), len(second)),
    )


class TokenChips(QAbstractScrollArea):
    """token_chosen: the number of the token that is the current one now, -1 for none."""

    token_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.current = -1
        self._sections: tuple[ChipSection, ...] = ()
        self._chips: list[Chip] = []
        self._lines: list[_Line] = []
        self._tops: list[float] = []
        self._height = 0.0
        self._ids = False
        self._seen: dict[tuple[bytes, bool], tuple[str, float]] = {}
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Tokens"))
        self.viewport().setAutoFillBackground(False)
        current_theme().changed.connect(self._on_theme_changed)
        self._take_fonts()

    # --- what is shown --------------------------------------------------------------------------------------

    @property
    def sections(self) -> tuple[ChipSection, ...]:
        """What is shown."""
        return self._sections

    @property
    def tokens(self) -> list[PromptToken]:
        """The tokens of all sections in their order."""
        return [chip.token for chip in self._chips]

    def show_sections(self, sections: Sequence[ChipSection]) -> None:
        """Show these; the reader stays where the text is the same."""
        before = self._chips
        self._sections = tuple(sections)
        self._chips = [chip for section in sections for chip in section.chips]
        same = _alike(before, self._chips)
        value = self.verticalScrollBar().value()
        self._lay_out()
        self.verticalScrollBar().setValue(value if 2 * same >= len(before) else 0)
        if self.current >= same:
            self.choose(-1)

    def set_ids(self, shown: bool) -> None:
        """Write the number of each token under it, or not."""
        if shown != self._ids:
            self._ids = shown
            self._lay_out()
            if self.current >= 0:
                self._bring_into_view()

    def choose(self, token: int) -> None:
        """Make a token the current one; -1: none."""
        self.current = token if 0 <= token < len(self._chips) else -1
        if self.current >= 0:
            self._bring_into_view()
        self.setAccessibleDescription(self.in_words(self.current) if self.current >= 0 else "")
        self.token_chosen.emit(self.current)
        self.viewport().update()

    def in_words(self, token: int) -> str:
        """Return everything that is known of a token."""
        chip = self._chips[token]
        data = chip.token.text
        spelled = data[:_SHOWN_BYTES].hex(" ").upper() + (" …" if len(data) > _SHOWN_BYTES else "")
        parts = [
            self.tr("Token {number} of {count}").format(number=number(token + 1), count=number(len(self._chips))),
            visible(data) or self.tr("no text"),
            self.tr("id {id}").format(id=chip.token.id),
        ]
        if chip.token.control:
            parts.append(self.tr("control token"))
        else:
            parts.append(self.tr("bytes {bytes}").format(bytes=spelled))
            if chip.scaffold:
                parts.append(self.tr("written by the template"))
        return " · ".join(parts)

    def token_rect(self, token: int) -> QRectF:
        """Return where a token is in the viewport."""
        line = self._lines[self._line_of(token)]
        for index, rect in self._rects(line):
            if index == token:
                return rect
        return QRectF()

    def token_at(self, x: float, y: float) -> int:
        """Return the token at a place in the viewport, -1 for none."""
        for line in self._lines_between(y, y):
            for index, rect in self._rects(line):
                if rect.adjusted(-_BETWEEN, 0, 0, 0).contains(x, y):
                    return index
        return -1

    # --- layout ---------------------------------------------------------------------------------------------

    @Slot()
    def _on_theme_changed(self) -> None:
        self._take_fonts()
        self._lay_out()

    def _take_fonts(self) -> None:
        theme = current_theme()
        self._fonts: dict[str, QFont] = {"chip": theme.font("mono"), "head": theme.font("strong")}
        self._fonts["chip"].setPointSizeF(theme.points("small"))
        self._fonts["small"] = theme.font("small")
        self._metrics = {name: QFontMetricsF(font) for name, font in self._fonts.items()}
        self._seen.clear()

    def _chip_height(self) -> float:
        one = self._metrics["chip"].height()
        return round(one * (2 if self._ids else 1) + 4)

    def _seen_as(self, token: PromptToken) -> tuple[str, float]:
        """Return what is written for a token and how wide that is."""
        key = (token.text, token.control)
        found = self._seen.get(key)
        if found is None:
            words = visible(token.text) or "∅"
            found = self._seen[key] = (words, self._metrics["chip"].horizontalAdvance(words))
        return found

    def _chip_width(self, chip: Chip, id_letter: float) -> float:
        width = self._seen_as(chip.token)[1]
        if self._ids:
            width = max(width, id_letter * len(str(chip.token.id)))
        return width + 2 * _PADDING + (4 if chip.token.control else 0)

    def _lay_out(self) -> None:
        """Break everything into lines."""
        room = float(max(60, self.viewport().width() - 2 * GAP_WIDE))
        letter = self._metrics["chip"].horizontalAdvance("0")
        step = self._chip_height() + _BETWEEN
        head = self._metrics["head"].height() + GAP_SMALL
        words = self._metrics["small"].height() + GAP_TINY
        lines: list[_Line] = []
        top, at = float(GAP_TINY), 0
        for place, section in enumerate(self._sections):
            lines.append(_Line(top, place, at, at, heading=True))
            top += head
            if section.text:
                lines.append(_Line(top, place, at, at))
                top += words
            end = at + len(section.chips)
            while at < end:
                first, x = at, 0.0
                while at < end:
                    chip = self._chips[at]
                    width = self._chip_width(chip, letter)
                    if at > first and x + width > room:
                        break
                    x += width + _BETWEEN
                    at += 1
                    if chip.token.text.endswith(b"\n") and not chip.token.control:
                        break
                lines.append(_Line(top, place, first, at))
                top += step
            top += GAP
        self._lines, self._tops, self._height = lines, [line.top for line in lines], top
        self._set_scroll_bar()
        self.viewport().update()

    def _set_scroll_bar(self) -> None:
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, int(self._height) - height))
        bar.setPageStep(height)
        bar.setSingleStep(int(self._chip_height() + _BETWEEN))

    def _line_of(self, token: int) -> int:
        line = bisect_right(self._lines, token, key=lambda line: line.first) - 1
        while line > 0 and self._lines[line].end <= token:  # a heading
            line -= 1
        return max(0, line)

    def _lines_between(self, top: float, bottom: float) -> list[_Line]:
        offset = self.verticalScrollBar().value()
        first = max(0, bisect_right(self._tops, top + offset) - 1)
        return self._lines[first : bisect_right(self._tops, bottom + offset)]

    def _rects(self, line: _Line) -> list[tuple[int, QRectF]]:
        """Return the tokens of a line and where they are in the viewport."""
        x, y = float(GAP_WIDE), line.top - self.verticalScrollBar().value()
        letter, height = self._metrics["chip"].horizontalAdvance("0"), self._chip_height()
        room = self.viewport().width() - GAP_WIDE
        found = []
        for index in range(line.first, line.end):
            width = self._chip_width(self._chips[index], letter)
            found.append((index, QRectF(x, y, min(width, room - x), height)))
            x += width + _BETWEEN
        return found

    def _bring_into_view(self) -> None:
        rect, bar = self.token_rect(self.current), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + int(rect.top()) - GAP)
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + int(rect.bottom()) - self.viewport().height() + GAP)

    # --- painting -------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = event.rect()
        for line in self._lines_between(rect.top(), rect.bottom()):
            section = self._sections[line.section]
            if line.end > line.first:
                for index, place in self._rects(line):
                    self._paint_chip(painter, index, place)
            elif line.heading:
                self._paint_heading(painter, section, line.top)
            else:
                self._paint_words(painter, section.text, line.top)

    def _paint_heading(self, painter: QPainter, section: ChipSection, top: float) -> None:
        theme = current_theme()
        y = top - self.verticalScrollBar().value()
        place = QRectF(GAP_WIDE, y, self.viewport().width() - 2 * GAP_WIDE, self._metrics["head"].height())
        painter.setFont(self._fonts["small"])
        painter.setPen(theme.colour("secondary"))
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, section.note)
        painter.setFont(self._fonts["head"])
        painter.setPen(theme.colour("secondary" if section.faint else "text"))
        left = place.width() - self._metrics["small"].horizontalAdvance(section.note) - GAP
        title = self._metrics["head"].elidedText(section.title, Qt.TextElideMode.ElideRight, left)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_words(self, painter: QPainter, text: str, top: float) -> None:
        metrics = self._metrics["small"]
        y, width = top - self.verticalScrollBar().value(), self.viewport().width() - 2 * GAP_WIDE
        place = QRectF(GAP_WIDE, y, width, metrics.height())
        painter.setFont(self._fonts["small"])
        painter.setPen(current_theme().colour("secondary"))
        line = metrics.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line)

    def _paint_chip(self, painter: QPainter, index: int, place: QRectF) -> None:
        theme, chip = current_theme(), self._chips[index]
        ink, edge, fill = "text", Qt.PenStyle.NoPen, "bubble" if index % 2 else "pressed"
        corner = _CORNER
        if chip.token.control:
            ink, edge, fill = "accent", Qt.PenStyle.SolidLine, "surface"
            corner = place.height() / (4 if self._ids else 2)
        elif chip.scaffold:
            ink, edge, fill = "secondary", Qt.PenStyle.DotLine, "window"
        painter.setPen(QPen(theme.colour(ink), 1, edge) if edge != Qt.PenStyle.NoPen else Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(fill))
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
        if index == self.current:
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(-1, -1, 1, 1), corner, corner)
        words = self._seen_as(chip.token)[0]
        metrics = self._metrics["chip"]
        inner = place.adjusted(_PADDING - 1, 2, 1 - _PADDING, 0)
        if metrics.horizontalAdvance(words) > inner.width() + 1:
            words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, inner.width())
        painter.setFont(self._fonts["chip"])
        painter.setPen(theme.colour(ink))
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(inner, centre, words)
        if self._ids:
            painter.setPen(theme.colour("secondary"))
            painter.drawText(inner.adjusted(-2, metrics.height(), 2, 0), centre, str(chip.token.id))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._lay_out()
        else:
            self._set_scroll_bar()

    # --- pointer and keys -----------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self.token_at(event.position().x(), event.position().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            token = self.token_at(event.x(), event.y())
            if token >= 0:
                QToolTip.showText(event.globalPos(), self.in_words(token), self.viewport())
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moved = self._moved_by(event)
        if moved is not None:
            self.choose(moved)
        elif event.key() == Qt.Key.Key_Escape and self.current >= 0:
            self.choose(-1)
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _moved_by(self, event: QKeyEvent) -> int | None:
        """Return the token a key leads to, None for a key that leads nowhere."""
        last = len(self._chips) - 1
        if last < 0:
            return None
        if event.matches(QKeySequence.StandardKey.MoveToStartOfDocument) or event.key() == Qt.Key.Key_Home:
            return 0
        if event.matches(QKeySequence.StandardKey.MoveToEndOfDocument) or event.key() == Qt.Key.Key_End:
            return last
        match event.key():
            case Qt.Key.Key_Right:
                return min(last, self.current + 1)
            case Qt.Key.Key_Left:
                return max(0, self.current - 1)
            case Qt.Key.Key_Down:
                return self._above_or_below(1)
            case Qt.Key.Key_Up:
                return self._above_or_below(-1)
        return None

    def _above_or_below(self, step: int) -> int:
        """Return the token on the next line with tokens, nearest to the current one."""
        if self.current < 0:
            return 0
        line = self._line_of(self.current) + step
        x = self.token_rect(self.current).center().x()
        while 0 <= line < len(self._lines):
            if self._lines[line].end > self._lines[line].first:
                return min(self._rects(self._lines[line]), key=lambda found: abs(found[1].center().x() - x))[0]
            line += step
        return self.current
