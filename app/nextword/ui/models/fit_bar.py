"""What a model needs as a bar of parts, against the memory that is free now; the same as a table and as a sentence."""

from __future__ import annotations

from msgspec import Struct
from PySide6.QtCore import QCoreApplication, QRectF, QSize, QSizeF, Qt, Slot
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nextword.hub.fit_desk import Outlook
from nextword.tables import Table
from nextword.ui.colours import Colours
from nextword.ui.theme import GAP, GAP_SMALL, GAP_TINY, current_theme
from nextword.ui.widgets.model_words import size_words

_BAR_PX = 18
_FIGURE = QSizeF(640, 110)
_BEYOND = 1.04  # a little room behind the larger of need and supply
translate = QCoreApplication.translate


class Part(Struct, frozen=True):
    """A piece of the bar. share: how strong its colour is, 0 to 1; dotted: a pattern that tells it without colour."""

    label: str
    size_bytes: int
    share: float
    dotted: bool = False


def parts_of(outlook: Outlook) -> tuple[Part, ...]:
    """Return the parts in the order in which they stand in the bar."""
    needs = outlook.needs
    cache = (
        translate("FitBar", "Keys and values ({type})").format(type=needs.cache_type)
        if needs.cache_type
        else translate("FitBar", "State")
    )
    return (
        Part(translate("FitBar", "Weights"), needs.weights_bytes, 1.0),
        Part(cache, needs.cache_bytes, 0.55, dotted=True),
        Part(translate("FitBar", "Computing"), needs.compute_bytes, 0.3),
        Part(translate("FitBar", "Engine"), needs.program_bytes, 0.0),
    )


class FitBar(QWidget):
    """Paints an outlook; also a Figure (ui/widgets/figure.py)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.outlook: Outlook | None = None
        self.name = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        current_theme().changed.connect(self._on_theme_changed)

    def show_outlook(self, outlook: Outlook | None, name: str) -> None:
        """Paint another one. name: of the model, for the title of the figure."""
        self.outlook = outlook
        self.name = name
        self.setAccessibleName(self.tr("Memory that the model needs"))
        self.setAccessibleDescription(self.words())
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        """Return the bar as a sentence."""
        if self.outlook is None:
            return ""
        parts = ", ".join(f"{part.label} {size_words(part.size_bytes)}" for part in parts_of(self.outlook))
        total = size_words(self.outlook.needs.total_bytes)
        free = size_words(self.outlook.available_bytes) if self.outlook.available_bytes else self.tr("not known")
        return self.tr("{parts}; together {total}. Free now: {free}.").format(parts=parts, total=total, free=free)

    # --- Figure ---------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        return self.tr("Memory for {name}").format(name=self.name)

    def figure_size(self) -> QSizeF:
        return _FIGURE

    def table(self) -> Table:
        if self.outlook is None:
            return Table(("part", "bytes"), ())
        rows = [(part.label, part.size_bytes) for part in parts_of(self.outlook)]
        ends = [("total", self.outlook.needs.total_bytes), ("free", self.outlook.available_bytes)]
        return Table(("part", "bytes"), (*rows, *ends))

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        painter.setFont(current_theme().font("strong"))
        painter.setPen(QColor(look.text))
        painter.drawText(QRectF(GAP, GAP, size.width() - 2 * GAP, 24), self.title)
        self._paint(painter, QRectF(GAP, 40, size.width() - 2 * GAP, size.height() - 40 - GAP), look)

    # --- Qt -------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(320, _BAR_PX + GAP_SMALL + self._legend_rows(self.width()) * self._line_px())

    def minimumSizeHint(self) -> QSize:
        return QSize(160, self.sizeHint().height())

    def resizeEvent(self, _event: object) -> None:
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint(painter, QRectF(self.rect()), current_theme().colours)
        painter.end()

    def _paint(self, painter: QPainter, room: QRectF, look: Colours) -> None:
        if self.outlook is None:
            return
        bar = QRectF(room.left(), room.top(), room.width(), _BAR_PX)
        total, free = self.outlook.needs.total_bytes, self.outlook.available_bytes
        whole = max(total, free, 1) * _BEYOND
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.line))
        painter.drawRoundedRect(bar, 4, 4)
        left = bar.left()
        for part in parts_of(self.outlook):
            width = bar.width() * part.size_bytes / whole
            _fill(painter, QRectF(left, bar.top(), width, bar.height()), part, look)
            left += width
        if free:
            at = bar.left() + bar.width() * free / whole
            painter.setPen(QPen(QColor(look.error if total > free else look.text), 2))
            painter.drawLine(int(at), int(bar.top()) - 1, int(at), int(bar.bottom()) + 3)
        self._paint_legend(painter, QRectF(room.left(), bar.bottom() + GAP_SMALL, room.width(), room.height()), look)

    def _paint_legend(self, painter: QPainter, room: QRectF, look: Colours) -> None:
        painter.setFont(current_theme().font("small"))
        for place, part, words in self._legend(room.width()):
            swatch = QRectF(room.left() + place.left(), room.top() + place.top() + 3, 10, 10)
            _fill(painter, swatch, part, look)
            painter.setPen(QColor(look.secondary))
            text = place.translated(room.left() + 14, room.top())
            painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _legend(self, width: float) -> list[tuple[QRectF, Part, str]]:
        """Return where each entry of the legend goes, from (0, 0)."""
        if self.outlook is None:
            return []
        metrics = QFontMetrics(current_theme().font("small"))
        found, x, y = [], 0.0, 0.0
        for part in parts_of(self.outlook):
            words = f"{part.label} {size_words(part.size_bytes)}"
            wide = metrics.horizontalAdvance(words) + 14 + GAP
            if x and x + wide > width:
                x, y = 0.0, y + self._line_px()
            found.append((QRectF(x, y, wide, self._line_px()), part, words))
            x += wide + GAP_TINY
        return found

    def _legend_rows(self, width: float) -> int:
        places = self._legend(max(width, 200))
        return round(places[-1][0].top() / self._line_px()) + 1 if places else 1

    def _line_px(self) -> int:
        return QFontMetrics(current_theme().font("small")).height() + 2

    @Slot()
    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


def _fill(painter: QPainter, room: QRectF, part: Part, look: Colours) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    colour = QColor(look.accent) if part.share else QColor(look.bar)
    if part.share:
        colour.setAlphaF(part.share)
    painter.setBrush(QColor(look.surface))
    painter.drawRect(room)
    painter.setBrush(colour)
    painter.drawRect(room)
    if part.dotted:
        painter.setBrush(QColor(look.surface))
        pattern = painter.brush()
        pattern.setStyle(Qt.BrushStyle.BDiagPattern)
        painter.setBrush(pattern)
        painter.drawRect(room)
