"""Figures and tables as files: what is drawn is in them, and a file is there whole or not at all."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QByteArray, QRectF, QSizeF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from nextword.errors import ExportFailed
from nextword.tables import Table
from nextword.ui.colours import LIGHT, Colours
from nextword.ui.widgets.export_button import ExportButton
from nextword.ui.widgets.figure import rendered, save

pytestmark = pytest.mark.usefixtures("qapp")  # text is drawn

TABLE = Table(("label", "p"), (("=positive", 0.75), ("negative", 0.25)))


class Bars:
    """Two bars: the left half in the accent, the right half neutral."""

    title = "Two bars"

    def figure_size(self) -> QSizeF:
        return QSizeF(200, 100)

    def paint_figure(self, painter: QPainter, size: QSizeF, look: Colours) -> None:
        painter.fillRect(QRectF(0, 0, size.width() / 2, size.height() / 2), QColor(look.accent))
        painter.drawText(QRectF(0, 50, 200, 50), "p = 0.75")

    def table(self) -> Table:
        return TABLE


def _colours(image: QImage) -> tuple[str, str]:
    width, height = image.width(), image.height()
    return image.pixelColor(width // 4, height // 4).name(), image.pixelColor(3 * width // 4, height // 4).name()


def test_a_png_is_light_and_sharp() -> None:
    image = QImage.fromData(rendered(Bars(), ".png"))
    assert (image.width(), image.height()) == (400, 200)
    assert _colours(image) == (LIGHT.accent.lower(), LIGHT.surface.lower())
    assert image.text("Title") == "Two bars"


def test_an_svg_shows_the_same_and_holds_no_pixels() -> None:
    data = rendered(Bars(), ".svg")
    assert b"<title>Two bars</title>" in data
    assert b"base64" not in data
    renderer = QSvgRenderer(QByteArray(data))
    assert renderer.isValid()
    image = QImage(400, 200, QImage.Format.Format_ARGB32)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    assert _colours(image) == (LIGHT.accent.lower(), LIGHT.surface.lower())


def test_a_pdf_has_the_size_of_the_figure() -> None:
    page = PdfReader(io.BytesIO(rendered(Bars(), ".pdf"))).pages[0]
    assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx((150, 75), abs=1)
    assert "0.75" in page.extract_text()


def test_the_numbers_go_with_it(tmp_path: Path) -> None:
    save(Bars(), tmp_path / "bars.csv")
    save(Bars(), tmp_path / "bars.json")
    assert (tmp_path / "bars.csv").read_bytes() == b"label,p\r\n'=positive,0.75\r\nnegative,0.25\r\n"
    assert json.loads((tmp_path / "bars.json").read_text("utf-8"))[0] == {"label": "=positive", "p": 0.75}


def test_a_file_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "bars.svg").mkdir()
    with pytest.raises(ExportFailed):
        save(Bars(), tmp_path / "bars.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["bars.svg"]


def test_an_ending_that_is_not_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="bmp"):
        rendered(Bars(), ".bmp")


def test_the_button_writes_copies_and_tells(qtbot: QtBot, tmp_path: Path) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    button = ExportButton(page, figure=Bars)
    assert list(button.forms) == [".svg", ".png", ".pdf", ".csv", ".json", ".jsonl"]
    with qtbot.waitSignal(button.written) as told:
        button.write(tmp_path / "bars.svg")
    assert told.args == [tmp_path / "bars.svg"]
    with qtbot.waitSignal(button.failed) as refused:
        button.write(tmp_path / "no folder" / "bars.svg")
    assert isinstance(refused.args[0], ExportFailed)
    button.copy.trigger()
    assert QGuiApplication.clipboard().text().splitlines()[1] == "'=positive,0.75"
    tables = ExportButton(page, table=lambda: TABLE, title="Labels")
    assert list(tables.forms) == [".csv", ".json", ".jsonl"]
    tables.write(tmp_path / "labels.csv")
    assert (tmp_path / "labels.csv").is_file()
