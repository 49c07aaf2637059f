"""The scale of the tint: from the colour of the expected to that of the very surprising, in bits or by rank."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nextword.ui.colours import FULL_TINT_BITS, TINTED_RANKS, rank_fraction, tint_fraction
from nextword.ui.theme import GAP_SMALL, current_theme
from nextword.ui.widgets.tint import Tint
from nextword.ui.widgets.token_text import number

_BAR_WIDTH, _NARROW_BAR_WIDTH, _BAR_HEIGHT = 120, 44, 6


class TintLegend(QWidget):
    """Paints what no tint means, the scale, and what the strongest means; hidden while the tint is off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tint: Tint = "surprisal"
        self._low = self._short_low = self._high = ""
        self._caution = self.tr("likely is not the same as correct")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Scale of the tint"))
        current_theme().changed.connect(self._on_theme_changed)
        self.show_tint("surprisal")

    def show_tint(self, tint: Tint) -> None:
        """Show the scale of a tint."""
        self._tint = tint
        full = f"{FULL_TINT_BITS:g}"
        caution = self.tr("It says how well a word fits the pattern of the text, not whether it is correct.")
        match tint:
            case "entropy":
                self._low, self._short_low = self.tr("decided 0"), "0"
                self._high = self.tr("{bits}+ bits").format(bits=full)
                meaning = self.tr("Entropy: how undecided the model was there, whichever word it took.")
                scale = self.tr(
                    "No tint: it saw one way on. Strongest tint: {bits} bits or more, like {count} even choices."
                )
                scale = scale.format(bits=full, count=f"{2**FULL_TINT_BITS:g}")
            case "rank":
                self._low, self._short_low = self.tr("rank 1"), "1"
                self._high = self.tr("{rank}+").format(rank=number(TINTED_RANKS[-1] + 1))
                meaning = self.tr("Rank: 1 is the word that the model held most likely.")
                steps = ", ".join(f"{number(low + 1)}–{number(high)}" for low, high in pairwise(TINTED_RANKS))
                scale = self.tr("No tint: the first choice. Stronger in steps: {steps}, {more} and beyond.").format(
                    steps=steps, more=number(TINTED_RANKS[-1] + 1)
                )
            case _:
                self._low, self._short_low = self.tr("fits the pattern"), self.tr("fits")
                self._high = self.tr("{bits}+ bits").format(bits=full)
                meaning = self.tr(
                    "Surprisal: how unexpected a word was. Each bit halves its probability; 0 bits is certainty."
                )
                scale = self.tr("No tint: the word was expected. Strongest tint: {bits} bits of surprise or more.")
                scale = scale.format(bits=full)
        self.setAccessibleDescription(f"{scale} {caution}")
        self.setToolTip(f"{meaning}\n{scale}\n{caution}")
        self.setVisible(tint != "off")
        self._on_theme_changed()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._width_of(self._low, _BAR_WIDTH), QFontMetrics(current_theme().font("small")).height() + 4)

    def _width_of(self, low: str, bar_width: int) -> int:
        metrics = QFontMetrics(current_theme().font("small"))
        words = metrics.horizontalAdvance(low) + metrics.horizontalAdvance(self._high)
        return words + bar_width + 2 * GAP_SMALL

    def _form(self) -> tuple[str, int] | None:
        """Return the words of the low end and the width of the bar that there is room for."""
        forms = ((self._low, _BAR_WIDTH), (self._low, _NARROW_BAR_WIDTH), (self._short_low, _NARROW_BAR_WIDTH))
        return next((form for form in forms if self._width_of(*form) <= self.width()), None)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = current_theme()
        font = theme.font("small")
        metrics = QFontMetrics(font)
        form = self._form()
        if form is None:
            return  # half a scale says something wrong; the button beside it still says what the tint shows
        low, bar_width = form
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        painter.setPen(theme.colour("secondary"))
        rect = QRectF(self.rect())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, low)
        left = metrics.horizontalAdvance(low) + GAP_SMALL
        bar = QRectF(left, rect.center().y() - _BAR_HEIGHT / 2, bar_width, _BAR_HEIGHT)
        painter.drawText(
            rect.adjusted(bar.right() + GAP_SMALL, 0, 0, 0),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            self._high,
        )
        behind = self._width_of(low, bar_width) + 2 * GAP_SMALL
        if behind + metrics.horizontalAdvance(self._caution) <= self.width():
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._caution)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._tint == "rank":
            self._paint_steps(painter, bar)
        else:
            self._paint_ramp(painter, bar)

    def _paint_ramp(self, painter: QPainter, bar: QRectF) -> None:
        from PySide6.QtGui import QLinearGradient  # brings 200 names: not before the tint is on

        scale = QLinearGradient(bar.topLeft(), bar.topRight())
        for step in range(17):
            scale.setColorAt(step / 16, current_theme().tint(tint_fraction(step / 16 * FULL_TINT_BITS)))
        painter.setBrush(scale)
        painter.drawRoundedRect(bar, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)

    def _paint_steps(self, painter: QPainter, bar: QRectF) -> None:
        theme = current_theme()
        fractions = [rank_fraction(limit + 1) for limit in TINTED_RANKS]
        width = bar.width() / (len(fractions) + 1)
        painter.fillRect(QRectF(bar.left(), bar.bottom() - 1, width - 2, 1), theme.colour("line"))
        for place, fraction in enumerate(fractions, 1):
            painter.setBrush(theme.tint(fraction))
            painter.drawRoundedRect(QRectF(bar.left() + place * width, bar.top(), width - 2, bar.height()), 2, 2)
