"""The tokens pane takes a text apart with two models, counts it, and searches whole vocabularies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester

from nextword.engine.client import Engine
from nextword.ui.write.tokens_pane import TokensPane
from tests import models
from tests.ui.write.instruments.conftest import TEXT, Instruments


@pytest.fixture
def pane(instruments: Instruments, tmp_path: Path) -> Iterator[TokensPane]:
    instruments.write(2)

    def make_engine() -> Engine:
        return Engine(instruments.bridge.deliver, cache=tmp_path)

    made = TokensPane(
        instruments.session, instruments.vocabulary, instruments.library, make_engine=make_engine,
        parent=instruments.window,
    )  # fmt: skip
    instruments.show(made)
    instruments.until(lambda: made.desk.first.shown.tokens)
    yield made
    made.shut_down()


def test_the_text_of_the_document_is_shown_as_tokens_and_counted(pane: TokensPane, instruments: Instruments) -> None:
    text = instruments.session.written.text
    assert text.startswith(TEXT)
    tokens = pane.chips.tokens
    assert b"".join(token.text for token in tokens if not token.control).decode().strip() == text
    assert tokens[0].control
    assert f"Words: {len(text.split())}" in pane.bars.accessibleName()
    counts = pane.desk.first.shown.counts
    assert counts is not None
    assert counts.added == 1
    assert pane._figure().table().columns == ("measure", counts.model)


def test_two_models_take_a_text_apart_one_above_the_other(
    pane: TokensPane, instruments: Instruments, tmp_path: Path
) -> None:
    second = models.make("qwen2", tmp_path / "other")
    pane.show_text("the word é 🦊")
    pane.choose_second(str(second))
    instruments.until(lambda: pane.desk.second is not None and pane.desk.second.shown.tokens)
    one, two = pane.chips.sections
    assert one.title != two.title
    assert one.chips[0].token.control
    assert not two.chips[0].token.control
    assert [c.token.text for c in two.chips][-2:] == [b"\xa6", b"\x8a"]
    assert len(pane._figure().table().columns) == 3
    pane.window().hide()
    assert pane.desk.second is None
    pane.window().show()
    instruments.until(lambda: pane.desk.second is not None and pane.desk.second.shown.tokens)
    pane.tabs.setCurrentIndex(1)
    pane.which.setCurrentIndex(1)
    pane.which.activated.emit(1)
    instruments.until(lambda: pane.vocabulary.model.table is not None)
    pane.choose_second("")
    assert len(pane.chips.sections) == 1


def test_a_second_model_that_cannot_be_opened_says_why(
    pane: TokensPane, instruments: Instruments, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF nothing")
    pane.choose_second(str(broken))
    instruments.until(lambda: pane.desk.second is not None and pane.desk.second.shown.error is not None)
    assert pane.chips.sections[1].text


def test_the_vocabulary_is_searched_while_one_types(pane: TokensPane, instruments: Instruments) -> None:
    pane.tabs.setCurrentIndex(1)
    view = pane.vocabulary
    instruments.until(lambda: view.model.rowCount() > 0)
    QAbstractItemModelTester(view.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    view.field.setText("word")
    instruments.until(lambda: 0 < view.model.rowCount() < 10)
    assert "of" in view.count.text()
    assert all("wor" in str(view.model.index(row, 1).data()) for row in range(view.model.rowCount()))
    view.field.clear()
    view.by.setCurrentIndex(view.by.findData("special"))
    kinds = {str(view.model.index(row, 3).data()) for row in range(view.model.rowCount())}
    assert "control" in kinds
    view.view.selectRow(0)
    view.copy_chosen()
    assert str(view.model.index(0, 1).data()) in QGuiApplication.clipboard().text()
    assert len(view.model.export().rows) == view.model.rowCount()


def test_what_is_typed_here_stays_until_the_document_is_asked_for_again(
    pane: TokensPane, instruments: Instruments
) -> None:
    pane.show_text("by hand")
    instruments.session.edit(0, 0, "x", caret_before=0)
    instruments.until(lambda: b"".join(t.text for t in pane.chips.tokens if not t.control).strip() == b"by hand")
    pane.follow_document()
    assert pane.text.toPlainText() == instruments.session.written.text
