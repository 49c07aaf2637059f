"""Drawings that leave the program: any figure as SVG, PNG or PDF, its numbers as CSV, JSON or JSON Lines."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QColor, QImage, QPageSize, QPainter, QPdfWriter

from nextword.history.exports.file_writing import FileToBe
from nextword.tables import Table, to_csv, to_json, to_json_lines
from nextword.ui import colours
from nextword.ui.colours import Colours

DRAWINGS = (".svg", ".png", ".pdf")
TABLES = (".csv", ".json", ".jsonl")

_PNG_SCALE = 2.0  # a figure of 800 px is 1,600 px wide: sharp in a paper and on a dense screen
_DOTS_PER_INCH = 96
_POINTS_PER_INCH = 72


class Figure(Protocol):
    """Something drawn from numbers. What a widget draws on the screen and what is exported come from the same call."""

    @property
    def title(self) -> str:
        """What it shows, for the file's name and its description."""

    def figure_size(self) -> QSizeF:
        """Return the size in px at 96 dots per inch that the figure wants on paper."""

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        """Draw all of it into `size`, from (0, 0), in the colours of `look`; the ground is there already."""

    def table(self) -> Table:
        """Return the numbers that are drawn, all of them."""


def save(figure: Figure, path: Path) -> None:
    """Write `figure` in the form that the ending of `path` says; see DRAWINGS, TABLES. Drawings are light, for paper.

    The file appears whole or not at all.

    Raises:
        ExportFailed: with the reason of the system; what was there before is still there.
        ValueError: the ending is none of ours.
    """
    _write(path, rendered(figure, path.suffix.lower()))


def save_table(table: Table, path: Path) -> None:
    """Write a table without a drawing; as `save`."""
    _write(path, _table_bytes(table, path.suffix.lower()))


def rendered(figure: Figure, ending: str) -> bytes:
    """Return the contents of a file with `ending`."""
    match ending:
        case ".svg":
            return _svg(figure)
        case ".png":
            return _png(figure)
        case ".pdf":
            return _pdf(figure)
        case _:
            return _table_bytes(figure.table(), ending)


def _table_bytes(table: Table, ending: str) -> bytes:
    if ending not in TABLES:
        raise ValueError(f"no form for {ending!r}")
    write = {".csv": to_csv, ".json": to_json, ".jsonl": to_json_lines}[ending]
    return write(table).encode()


def _svg(figure: Figure) -> bytes:
    from PySide6.QtSvg import QSvgGenerator  # another library, which the start of the window does not need

    buffer = QBuffer()
    generator = QSvgGenerator()
    size = figure.figure_size()
    generator.setOutputDevice(buffer)
    generator.setResolution(_DOTS_PER_INCH)
    generator.setSize(size.toSize())
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(figure.title)
    generator.setDescription("Nextword")
    _paint(figure, QPainter(generator), size)
    return bytes(buffer.data().data())


def _png(figure: Figure) -> bytes:
    size = figure.figure_size()
    image = QImage(_pixels(size), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(_PNG_SCALE)
    image.setText("Title", figure.title)
    _paint(figure, QPainter(image), size)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt wants str
    return bytes(buffer.data().data())


def _pixels(size: QSizeF) -> QSize:
    return (size * _PNG_SCALE).toSize()


def _pdf(figure: Figure) -> bytes:
    size = figure.figure_size()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(figure.title)
    writer.setCreator("Nextword")
    writer.setResolution(_DOTS_PER_INCH)
    points = size * (_POINTS_PER_INCH / _DOTS_PER_INCH)
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    _paint(figure, QPainter(writer), size)
    return bytes(buffer.data().data())


def _paint(figure: Figure, painter: QPainter, size: QSizeF) -> None:
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(colours.LIGHT.surface))
        figure.paint_figure(painter, size, colours.LIGHT)
    finally:
        painter.end()


def _write(path: Path, data: bytes) -> None:
    file = FileToBe(path)
    file.write(data)
    file.finish()
