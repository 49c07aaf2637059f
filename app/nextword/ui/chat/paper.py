"""A conversation as a PDF: laid out message by message, so that the window is never busy for long."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
)

from nextword.ui.theme import current_theme

_DOTS_PER_INCH = 300
_MARGIN_MILLIMETRES = 20.0
_BETWEEN_INCHES = 0.16
_STYLE = """
h1 { font-weight: 600; } p, li, td, th { font-size: 11pt; } .date, .who { font-size: 9pt; color: #5b5b62; }
pre { font-size: 9.5pt; background-color: #f4f4f6; white-space: pre-wrap; } code { font-size: 10pt; }
blockquote { color: #5b5b62; } a { color: #1a5fb4; }
"""


class Paper:
    """add: a part of the document, in HTML; finish: the bytes of the file. Belongs to the thread of the window."""

    def __init__(self, title: str, application: str) -> None:
        self.pages = 1
        self._buffer = QBuffer()
        self._buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        self._writer = QPdfWriter(self._buffer)
        self._writer.setTitle(title)
        self._writer.setCreator(application)
        self._writer.setResolution(_DOTS_PER_INCH)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        margin = _MARGIN_MILLIMETRES
        self._writer.setPageMargins(QMarginsF(margin, margin, margin, margin), QPageLayout.Unit.Millimeter)
        sheet = self._writer.pageLayout().paintRectPixels(_DOTS_PER_INCH)
        self._width, self._height = float(sheet.width()), float(sheet.height())
        self._painter = QPainter(self._writer)
        self._below = 0.0

    def add(self, html: str) -> None:
        """Print a part below what is there; it goes on over as many pages as it needs."""
        if self._below:
            self._below += _BETWEEN_INCHES * _DOTS_PER_INCH
        if self._below > self._height * 0.92:  # a heading would stand alone
            self._turn()
        document = QTextDocument()
        document.setDefaultStyleSheet(_STYLE)
        font = current_theme().font("text")
        font.setPointSizeF(11)
        document.setDefaultFont(font)
        document.setDocumentMargin(0)
        document.documentLayout().setPaintDevice(self._writer)
        document.setHtml(html)
        document.setTextWidth(self._width)
        end = document.size().height()
        start, cuts = 0.0, [*_cuts(document, self._height - self._below, self._height), end]
        for number, cut in enumerate(cuts):
            if number:
                self._turn()
            self._draw(document.documentLayout(), start, cut)
            self._below += cut - start
            start = cut

    def finish(self) -> bytes:
        """End the document; nothing is added after."""
        self._number()
        self._painter.end()
        self._buffer.close()
        return bytes(self._buffer.data().data())

    def close(self) -> None:
        """Give it up."""
        if self._painter.isActive():
            self._painter.end()

    def _draw(self, layout: QAbstractTextDocumentLayout, start: float, end: float) -> None:
        """Draw what lies between two heights of a part."""
        seen = QRectF(0, start, self._width, end - start)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = seen
        palette = context.palette
        palette.setColor(QPalette.ColorRole.Text, QColor("#1c1c1e"))  # on paper, whatever the window looks like
        context.palette = palette
        self._painter.save()
        self._painter.translate(0, self._below - start)
        self._painter.setClipRect(seen)
        layout.draw(self._painter, context)
        self._painter.restore()

    def _turn(self) -> None:
        """Go on with a new page."""
        self._number()
        self._writer.newPage()
        self.pages += 1
        self._below = 0.0

    def _number(self) -> None:
        font = current_theme().font("small")
        font.setPointSizeF(9)
        self._painter.setFont(font)
        self._painter.setPen(QColor("#5b5b62"))
        line = QRectF(0, self._height + 0.2 * _DOTS_PER_INCH, self._width, 0.25 * _DOTS_PER_INCH)
        self._painter.drawText(line, 0x0002 | 0x0020, str(self.pages))  # right, top


def _cuts(document: QTextDocument, room: float, height: float) -> list[float]:
    """Return the heights at which a part is cut so that no line is. room: on the first page; height: of a page."""
    lines: list[tuple[float, float]] = []
    block = document.begin()
    while block.isValid():
        top, laid_out = document.documentLayout().blockBoundingRect(block).top(), block.layout()
        for number in range(laid_out.lineCount()):
            line = laid_out.lineAt(number)
            lines.append((top + line.y(), top + line.y() + line.height()))
        block = block.next()
    cuts: list[float] = []
    start = 0.0
    for top, bottom in sorted(lines):
        while bottom > start + room + 1:
            start = top if top > start or room < height else start + room  # a line may be higher than a page
            cuts.append(start)
            room = height
    return cuts
