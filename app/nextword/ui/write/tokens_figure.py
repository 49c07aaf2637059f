"""The counts of a text as a drawing: words, characters, bytes and tokens beside each other, a bar each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen

from nextword.tables import Table
from nextword.ui.colours import Colours
from nextword.ui.theme import current_theme
from nextword.ui.widgets.token_text import number
from nextword.write.tokens_counts import TextCounts, TokenCounts, counts_table, per_token

_WIDTH, _LABELS = 640.0, 200.0
_PATTERNS = (Qt.BrushStyle.SolidPattern, Qt.BrushStyle.Dense4Pattern)


class CountsFigure:
    """The drawing for the screen and for a file; see figure.Figure."""

    def __init__(self, text: TextCounts, models: Sequence[TokenCounts]) -> None:
        self.title = _tr("Words, characters, bytes and tokens")
        self._text = text
        self._models = tuple(models)

    def figure_size(self) -> QSizeF:
        return QSizeF(_WIDTH, (len(self._bars()) + 1.5) * row_height())

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        painter.setFont(current_theme().font("strong"))
        painter.setPen(QColor(look.text))
        painter.drawText(
            QRectF(8, 4, size.width(), row_height()),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            self.title,
        )
        self.paint_bars(painter, QRectF(8, 4 + row_height(), size.width() - 16, size.height()), look)

    def paint_bars(self, painter: QPainter, room: QRectF, look: Colours) -> None:
        """Paint the bars alone."""
        bars = self._bars()
        most = max((count for _, count, _, _ in bars), default=0)
        font = current_theme().font("small")
        metrics = QFontMetricsF(font)
        labels = min(_LABELS, room.width() * 0.5)
        numbers = max((metrics.horizontalAdvance(words) for _, _, words, _ in bars), default=0.0) + 8
        painter.setFont(font)
        for row, (label, count, words, kind) in enumerate(bars):
            line = QRectF(room.left(), room.top() + row * row_height(), room.width(), row_height())
            painter.setPen(QColor(look.text))
            name = metrics.elidedText(label, Qt.TextElideMode.ElideMiddle, labels - 8)
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
            width = (line.width() - labels - numbers) * (count / most if most else 0.0)
            bar = QRectF(line.left() + labels, line.center().y() - 5, max(1.0, width) if count else 0.0, 10)
            colour = QColor(look.bar if kind is None else look.accent)
            painter.setPen(QPen(colour, 1) if kind else Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(colour, _PATTERNS[min(kind or 0, 1)]))
            painter.drawRect(bar)

    def bars_height(self) -> float:
        """Return the height that the bars want."""
        return len(self._bars()) * row_height()

    def in_words(self) -> str:
        """Return all bars as one sentence."""
        return " · ".join(f"{label}: {words}" for label, _, words, _ in self._bars())

    def table(self) -> Table:
        return counts_table(self._text, self._models)

    def _bars(self) -> list[tuple[str, int, str, int | None]]:
        """Return label, count, the count in words and the number of the model (None for none) of every bar."""
        text = self._text
        found: list[tuple[str, int, str, int | None]] = [
            (_tr("Words"), text.words, number(text.words), None),
            (_tr("Characters"), text.characters, number(text.characters), None),
            (_tr("Bytes"), text.size_bytes, number(text.size_bytes), None),
        ]
        for place, model in enumerate(self._models):
            label = _tr("Tokens of {model}").format(model=model.model or _tr("the model"))
            found.append((label, model.tokens, number(model.tokens), place))
        averages = [per_token(text.characters, model.tokens) for model in self._models]
        known = [f"{average:.2f}" for average in averages if average is not None]
        if known:
            found.append((_tr("Characters per token"), 0, " · ".join(known), None))
        return found


def row_height() -> float:
    """Return the height of a bar's row in px."""
    return QFontMetricsF(current_theme().font("small")).height() + 8


def _tr(text: str) -> str:
    return QCoreApplication.translate("tokens", text)
