"""A thin bar beside the message box: what a prompt takes of the context before it is sent, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QBrush, QColor, QEnterEvent, QFocusEvent, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from nextword.chat.answer import ShownMessage
from nextword.chat.context import ContextUse
from nextword.ui.theme import GAP_SMALL, RADIUS, current_theme
from nextword.ui.widgets.token_text import number

TIGHT = 0.85
"""From this share of the room on the meter has the colour of a warning."""

_BAR_WIDTH, _BAR_HEIGHT = 96, 6
_MOST_NAMED = 5
_WORDS = 40


def first_words(left_out: Sequence[int], shown: Sequence[ShownMessage]) -> Iterator[str]:
    """Yield a line for each message that is left out, up to a few, and how many more there are."""
    for index in left_out[:_MOST_NAMED]:
        if index < len(shown):
            text = " ".join(shown[index].text[:200].split())
            yield "· " + (text if len(text) <= _WORDS else text[: _WORDS - 1].rstrip() + "…")
    if len(left_out) > _MOST_NAMED:
        more = number(len(left_out) - _MOST_NAMED)
        yield QCoreApplication.translate("context_meter", "· and {count} more").format(count=more)


class ContextMeter(QAbstractButton):
    """Hidden while nothing is measured. A click is for the page: it shows what the model sees."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.use: ContextUse | None = None
        self._shown: Sequence[ShownMessage] = ()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        current_theme().changed.connect(self._on_theme_changed)
        self.hide()

    def show_use(self, use: ContextUse | None, shown: Sequence[ShownMessage] = ()) -> None:
        """Show what was measured (None: nothing). shown: the messages of the path, for what is left out."""
        self.use, self._shown = use, tuple(shown)
        self.setVisible(use is not None)
        if use is not None:
            self.setAccessibleName(self.tr("Context: {words}").format(words=self.words()))
            self.setAccessibleDescription(self.details())
            self.setToolTip(self.details())
            self.updateGeometry()
            self.update()

    def words(self) -> str:
        """Return what stands beside the bar."""
        use = self.use
        if use is None:
            return ""
        return self.tr("{used} of {room}").format(used=number(use.total_tokens), room=number(use.context_tokens))

    def details(self) -> str:
        """Return everything the bar shows, as sentences."""
        use = self.use
        if use is None:
            return ""
        lines = [
            self.tr("What would be sent takes {used} of the {room} tokens of the context.").format(
                used=number(use.total_tokens), room=number(use.context_tokens)
            ),
            self.tr("{count} are kept free for the answer.").format(count=number(use.reserve_tokens)),
        ]
        if use.too_large:
            lines.append(
                self.tr("Even the last message alone does not fit. Shorten it, or load with a longer context.")
            )
        elif use.left_out:
            lines += self._left_out_lines(use)
        if use.estimated:
            lines.append(self.tr("What is far from fitting was not counted exactly."))
        return "\n".join(lines)

    def _left_out_lines(self, use: ContextUse) -> Iterator[str]:
        gone = len(use.left_out)
        if use.needs_decision:
            yield self.tr("Not everything fits: you will be asked what to leave out.")
        elif gone == 1:
            yield self.tr("1 message does not fit and will be left out:")
        else:
            yield self.tr("{count} messages do not fit and will be left out:").format(count=number(gone))
        yield from first_words(use.left_out, self._shown)

    def level(self) -> str:
        """Return the name of the colour: "accent", "warning" when it gets tight, "error" when not everything fits."""
        use = self.use
        if use is None:
            return "accent"
        if use.left_out or use.needs_decision or use.too_large:
            return "error"
        return "warning" if use.total_tokens > TIGHT * use.room_tokens else "accent"

    # --- drawing --------------------------------------------------------------------------------------------

    def _note(self) -> str:
        use = self.use
        if use is None or not (use.left_out or use.too_large):
            return ""
        if use.too_large:
            return self.tr("too long")
        if use.needs_decision:
            return self.tr("does not fit")
        return self.tr("{count} left out").format(count=number(len(use.left_out)))

    def _text(self) -> str:
        note = self._note()
        return f"{self.words()} · {note}" if note else self.words()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(current_theme().font("small"))
        width = _BAR_WIDTH + GAP_SMALL + metrics.horizontalAdvance(self._text()) + 2 * GAP_SMALL
        return QSize(width, metrics.height() + GAP_SMALL)

    def minimumSizeHint(self) -> QSize:
        return QSize(_BAR_WIDTH // 2 + 2 * GAP_SMALL, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        use, theme = self.use, current_theme()
        if use is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("hover") if self.underMouse() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        metrics = QFontMetrics(theme.font("small"))
        words = metrics.horizontalAdvance(self._text())
        left = float(self.width() - GAP_SMALL - words)
        bar = QRectF(GAP_SMALL, (self.height() - _BAR_HEIGHT) / 2, left - 2 * GAP_SMALL, _BAR_HEIGHT)
        if left - 2 * GAP_SMALL < _BAR_WIDTH / 2:  # no room for words
            bar.setWidth(self.width() - 2 * GAP_SMALL)
            words = 0
        self._paint_bar(painter, bar, use)
        if words:
            painter.setFont(theme.font("small"))
            level = self.level()
            painter.setPen(theme.colour("secondary" if level == "accent" else level))
            place = QRectF(left, 0, words + 1, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self._text())

    def _paint_bar(self, painter: QPainter, bar: QRectF, use: ContextUse) -> None:
        theme = current_theme()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("line"))
        painter.drawRoundedRect(bar, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)
        whole = max(use.context_tokens, use.total_tokens + use.reserve_tokens, 1)
        scale = bar.width() / whole
        ink = theme.colour(self.level())
        x = bar.left()
        for at, (tokens, left_out) in enumerate(_segments(use)):
            width = tokens * scale
            shown = QRectF(x, bar.top(), width - (1 if width > 3 else 0), bar.height())
            x += width
            painter.fillRect(shown, _brush(ink, faint=left_out, odd=bool(at % 2)))
        reserve = QRectF(bar.right() - use.reserve_tokens * scale, bar.top(), use.reserve_tokens * scale, bar.height())
        painter.fillRect(reserve, QBrush(theme.colour("secondary"), Qt.BrushStyle.BDiagPattern))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def _segments(use: ContextUse) -> list[tuple[float, bool]]:
    """Return the tokens of the system prompt and of each message, and whether it is left out; what the template
    writes is shared among them."""
    counted = [use.system_tokens, *use.counts] if use.system_tokens else list(use.counts)
    shift = 1 if use.system_tokens else 0
    around = max(0, use.total_tokens - sum(counted)) / max(1, sum(count > 0 for count in counted))
    gone = {index + shift for index in use.left_out}
    return [(count + around if count else 0.0, at in gone) for at, count in enumerate(counted)]


def _brush(ink: QColor, *, faint: bool, odd: bool) -> QBrush:
    colour = QColor(ink)
    if faint:
        return QBrush(colour, Qt.BrushStyle.Dense5Pattern)
    colour.setAlphaF(0.7 if odd else 1.0)
    return QBrush(colour)
