"""Hostile messages are shown, grow, are asked and copied: nothing is opened, nobody is called, nothing fails."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from nextword.chat.markup.copying import as_html, as_markdown, as_text
from nextword.chat.markup.wide_text import wide
from nextword.ui.theme import current_theme
from nextword.ui.widgets.markdown.view import MarkdownText
from nextword.ui.widgets.token_view import TokenLook
from tests.ui.chat.scripted_engine import step
from tests.ui.widgets.hostile_messages import hostile_messages
from tests.ui.widgets.opening_watch import Watch

COUNT = 120


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    folder = tmp_path / "canary"
    folder.mkdir()
    made = Watch(folder)
    yield made
    made.noticed()


def test_the_watch_notices(watch: Watch) -> None:
    watch.file.read_bytes()
    socket.create_connection(tuple(watch.address.split(":"))).close()  # type: ignore[arg-type]
    assert len(watch.noticed()) >= 3


@pytest.mark.usefixtures("qtbot")
def test_hostile_messages_open_nothing_and_never_fail(watch: Watch) -> None:
    messages = hostile_messages(str(watch.file), watch.address)
    assert len(messages) >= COUNT
    current_theme().apply("light", 100)
    image = QImage(600, 800, QImage.Format.Format_RGB32)
    for text in messages:
        view = MarkdownText(current_theme().font("message"))
        for share in (0.3, 0.6, 0.9):
            view.lay_out(text[: int(len(text) * share)], 520.0, growing=True)
            view.ensure(0, 800)
        view.lay_out(text, 520.0)
        view.ensure(0, 800)
        view.set_steps([step(text[at : at + 7].encode("utf-8", "replace")) for at in range(0, min(len(text), 3000), 7)])
        for top in (0.0, view.height / 2, max(0.0, view.height - 700)):
            view.ensure(top, top + 800)
            painter = QPainter(image)
            look = TokenLook(tint="surprisal", selection=(0, 500), token=1)
            view.paint(painter, QPointF(0, -top), look, QRectF(0, 0, 600, 800))
            painter.end()
            for y in range(0, 800, 80):
                view.token_at(QPointF(30, top + y))
                view.touched(QPointF(30, top + y))
        assert view.links() == [
            link for link in view.links() if link.split(":")[0].lower() in ("http", "https", "mailto")
        ]
        size = len(wide(text))
        assert as_markdown(view.document, (0, size)).replace("\ufffd", "") == text.encode(
            "utf-16-le", "surrogatepass"
        ).decode("utf-16-le", "replace").replace("\ufffd", "")
        as_text(view.document, (0, size))
        as_html(view.document, (0, min(size, 20_000)))
    assert watch.noticed() == []
