"""Pictures of formulas: drawn one at a time while the window has nothing else to do, and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import cast

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QApplication

from nextword.chat.markup import formula_drawing
from nextword.chat.markup.formula_drawing import Drawing, Step

_KEPT = 600
_LOOK_AGAIN_MILLISECONDS = 20

Key = tuple[str, bool, int]  # TeX, display, size in px


class Picture:
    """A formula that can be painted in any colour; sizes in px."""

    def __init__(self, drawing: Drawing, scale: float = 1.0) -> None:
        self.width = drawing.width * scale
        self.ascent = drawing.ascent * scale
        self.descent = drawing.descent * scale
        self._drawing = drawing
        self._scale = scale
        self._filled: QPainterPath | None = None
        self._lines: list[tuple[QPainterPath, float]] = []

    def narrowed(self, width: float) -> Picture:
        """Return the picture no wider than `width`."""
        return self if self.width <= width else Picture(self._drawing, width / self._drawing.width)

    def paint(self, painter: QPainter, origin: QPointF, colour: QColor) -> None:
        """Paint with the start of the baseline at `origin`."""
        if self._filled is None:
            self._filled = QPainterPath()
            self._filled.setFillRule(Qt.FillRule.WindingFill)
            for steps in self._drawing.outlines:
                _add(self._filled, steps)
            for x, y, width, height in self._drawing.boxes:
                self._filled.addRect(QRectF(x, y, width, height))
            for steps, width in self._drawing.stroked:
                line = QPainterPath()
                _add(line, steps)
                self._lines.append((line, width))
        painter.save()
        painter.translate(origin)
        painter.scale(self._scale, self._scale)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(self._filled, colour)
        for line, width in self._lines:
            painter.strokePath(line, QPen(colour, width))
        painter.restore()


def _add(path: QPainterPath, steps: tuple[Step, ...]) -> None:
    for letter, numbers in steps:
        match letter:
            case "M":
                path.moveTo(*numbers)
            case "L":
                path.lineTo(*numbers)
            case "Q":
                path.quadTo(*numbers)
            case "C":
                path.cubicTo(*numbers)
            case "Z":
                path.closeSubpath()


class Pictures(QObject):
    """Asked for a picture it has not yet, it draws it and says so. What cannot be drawn stays text."""

    drawn = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._known: OrderedDict[Key, Picture | None] = OrderedDict()
        self._waiting: deque[Key] = deque()
        self._loading: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_timer)

    def find(self, tex: str, *, display: bool, size: float) -> Picture | None:
        """Return a picture, None if there is none (yet)."""
        key = (tex, display, round(size))
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        if key not in self._waiting:
            self._waiting.append(key)
            if not self._timer.isActive():
                self._timer.start(0)
        return None

    @property
    def waiting(self) -> int:
        """How many pictures have yet to be drawn."""
        return len(self._waiting)

    @Slot()
    def _on_timer(self) -> None:
        if self._loading is None:
            # a thread of its own only for the import, which would hold the window for an eighth of a second
            self._loading = threading.Thread(target=formula_drawing.prepare, name="formula-import", daemon=True)
            self._loading.start()
        if self._loading.is_alive():
            self._timer.start(_LOOK_AGAIN_MILLISECONDS)
            return
        tex, display, size = key = self._waiting.popleft()
        drawing = formula_drawing.draw(tex, size, display=display)
        self._known[key] = None if drawing is None else Picture(drawing)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        if self._waiting:
            self._timer.start(1)
        if not self._waiting or len(self._waiting) % 8 == 0:
            self.drawn.emit()


def pictures() -> Pictures:
    """Return the pictures of the running application; a first call makes the place for them."""
    application = cast(QApplication, QApplication.instance())
    found = application.findChild(Pictures, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return found if found is not None else Pictures(application)
