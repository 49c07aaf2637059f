"""The X-ray pane shows what the sampler does at a place and follows its sliders without asking the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from nextword.engine import protocol
from nextword.settings import listed_in
from nextword.ui.widgets.figure import rendered
from nextword.ui.write.xray_figure import XrayFigure
from nextword.ui.write.xray_pane import XrayPane
from tests.ui.write.instruments.conftest import Instruments


@pytest.fixture
def pane(instruments: Instruments) -> Iterator[XrayPane]:
    made = XrayPane(instruments.session, instruments.vocabulary, instruments.window)
    instruments.show(made)
    instruments.write()
    instruments.session.pin(6)
    instruments.until(lambda: made.xray is not None and made.xray.place.chosen == instruments.session.steps[6].id)
    instruments.until(lambda: instruments.vocabulary.table is not None)
    yield made
    made.shut_down()


def left(pane: XrayPane) -> dict[str, int]:
    return {column.stage: column.left for column in pane.columns.picture.columns}


def test_the_columns_stand_in_the_order_of_the_sampler_with_the_counts_that_were_left(
    pane: XrayPane, instruments: Instruments
) -> None:
    step = instruments.session.steps[6]
    assert list(left(pane)) == ["logits", "top_k", "top_p", "min_p", "temperature", "draw"]
    assert left(pane)["draw"] == step.kept
    assert pane.counts.text().startswith(f"{left(pane)['logits']:,} → 40")
    picture = pane.columns.picture
    chosen = [token for token, _ in picture.listed].index(step.id)
    assert picture.columns[-1].probabilities[chosen] == pytest.approx(2.718281828**step.sampled_logprob, abs=1e-4)
    assert "Token 7" in pane.place.text()


def test_a_slider_redraws_from_the_row_and_asks_the_model_nothing(
    pane: XrayPane, instruments: Instruments, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[protocol.Work] = []
    monkeypatch.setattr(instruments.engine, "ask", lambda request, _listener: asked.append(request) or 0)
    slider = pane.columns.heads["top_k"].slider
    assert slider is not None
    slider.setValue(3)
    assert left(pane)["top_k"] == 3
    field = pane.columns.heads["top_k"].field
    assert field is not None
    assert field.text() == "3"
    assert asked == []
    assert pane.use.isEnabled()


def test_a_value_that_is_refused_says_why_and_changes_nothing(pane: XrayPane, instruments: Instruments) -> None:
    field = pane.columns.heads["top_p"].field
    assert field is not None
    field.setText("7")
    field.flush()
    assert field.text() == "0.95"
    pane.columns.stage_chosen.emit("top_p")
    row = pane.stage.rows[0]
    row.field.entered.emit(7.0)
    instruments.until(row.error.isVisible)


def test_settings_that_were_tried_are_used_by_the_document_or_given_back(
    pane: XrayPane, instruments: Instruments
) -> None:
    pane.columns.changed.emit("temperature", 1.5)
    pane.go_back()
    assert instruments.session.sampling.temperature == 0.7
    assert not pane.use.isEnabled()
    pane.columns.changed.emit("temperature", 1.5)
    pane.use_settings()
    assert instruments.session.sampling.temperature == 1.5
    assert not pane.use.isEnabled()


def test_another_order_is_an_experiment_and_says_so(pane: XrayPane, instruments: Instruments) -> None:
    head = pane.columns.heads["temperature"]
    head.setFocus()
    QTest.keyClick(head, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert list(left(pane)) == ["logits", "top_k", "top_p", "temperature", "min_p", "draw"]
    assert "experiment" in pane.note.text()
    pane.columns.heads["temperature"].dropped.emit(pane.columns.heads["top_k"].mapToGlobal(QPoint(2, 2)))
    assert next(iter(left(pane))) == "logits"
    assert list(left(pane))[1] == "temperature"
    pane.go_back()
    assert "experiment" not in pane.note.text()
    assert listed_in(instruments.session.sampling.stages)[-1] == "temperature"


def test_draws_fall_as_often_as_they_are_expected_and_are_in_the_table(pane: XrayPane) -> None:
    pane.draw_tokens()
    draws = pane.columns.picture.draws
    assert draws is not None
    assert sum(draws.counts) + draws.others == 100
    table = pane.columns.picture.table()
    assert table.columns[-2:] == ("of 100 draws", "expected")
    assert sum(row[-2] for row in table.rows if isinstance(row[-2], int)) == 100
    pane.draw_tokens()
    assert pane.columns.picture.draws is not None
    assert pane.columns.picture.draws.count == 200


def test_behind_draws_the_last_column_is_what_they_can_expect_also_with_xtc(pane: XrayPane) -> None:
    pane.columns.changed.emit("temperature", 5.0)
    pane.columns.changed.emit("xtc_threshold", 0.001)
    pane.turn_on("xtc")
    pane.draw_tokens()
    picture = pane.columns.picture
    assert picture.draws is not None
    last = len(picture.columns) - 1
    shown = [picture.shown_share(last, row) for row in range(len(picture.listed))]
    assert shown == [expected / 100 or None for expected in picture.draws.expected]
    assert 0 < picture.draws.with_xtc < 100
    assert None not in [picture.shown_share(0, row) for row in range(len(picture.listed))]


def test_a_stage_that_is_off_can_be_added(pane: XrayPane) -> None:
    for stage in ("penalties", "dry", "typical", "xtc", "top_n_sigma"):
        pane.turn_on(stage)
        assert stage in pane.columns.heads
    assert "XTC" in pane.note.text()
    pane.turn_on("mirostat")
    assert "top_k" not in pane.columns.heads
    assert "Mirostat" in pane.note.text()


def test_the_numbers_stand_in_a_table_and_in_files(pane: XrayPane, tmp_path: Path) -> None:
    pane.numbers.open()
    rows = pane.table.rowCount()
    assert rows == len(pane.columns.picture.listed) + 1
    assert pane.table.index(0, 2).data().endswith("%")
    figure = XrayFigure(pane.columns.picture)
    assert not QImage.fromData(rendered(figure, ".png")).isNull()
    assert b"base64" not in rendered(figure, ".svg")
    pane.export.write(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").startswith("token,id,logits,top_k")


def test_the_next_token_is_looked_at_where_none_is_pinned(pane: XrayPane, instruments: Instruments) -> None:
    instruments.session.pin(None)
    instruments.until(lambda: pane.xray is not None and pane.xray.place.chosen is None)
    assert pane.xray is not None
    assert pane.xray.place.ids == instruments.session.ids_before(None)
    assert "next token" in pane.place.text()


def test_text_without_tokens_is_scored_first(pane: XrayPane, instruments: Instruments) -> None:
    instruments.session.pin(None)
    instruments.session.edit(0, 0, "can you ", caret_before=0)
    instruments.until(lambda: pane.score.isVisible())
    assert pane.xray is None
    pane.score.click()
    instruments.until(lambda: pane.xray is not None)
    assert not pane.score.isVisible()


def test_the_pane_follows_the_settings_of_the_document_unless_something_is_tried(
    pane: XrayPane, instruments: Instruments
) -> None:
    instruments.session.set_sampling(dataclasses.replace(instruments.session.sampling, top_k=5))
    assert left(pane)["top_k"] == 5
    pane.columns.changed.emit("top_k", 7)
    instruments.session.set_sampling(dataclasses.replace(instruments.session.sampling, top_k=9))
    assert left(pane)["top_k"] == 7


def test_a_grammar_is_a_stage_with_the_tokens_that_it_cut(pane: XrayPane, instruments: Instruments) -> None:
    session = instruments.session
    session.change_sampling(grammar='root ::= (" word" | " of")+')
    instruments.until(lambda: "does not follow the grammar" in pane.note.text())  # it was written without one
    assert list(left(pane))[:3] == ["logits", "grammar", "top_k"]
    session.pin(None)
    instruments.until(lambda: pane.place.text() == "The next token" and "does not follow" not in pane.note.text())
    assert 1 < left(pane)["grammar"] < 40
    assert "drawn without the grammar first" in pane.note.text()
    picture = pane.columns.picture
    cut = next(row for row, (_, text) in enumerate(picture.listed) if text not in (b" word", b" of"))
    assert "grammar" in pane.columns.token_words(cut, 1)
    session.change_sampling(stages="top_k, temperature")
    assert "grammar" not in left(pane)
    assert "it is not followed" in pane.note.text()


def test_a_grammar_that_cannot_be_read_is_told_and_the_other_stages_are_shown(
    pane: XrayPane, instruments: Instruments
) -> None:
    instruments.session.change_sampling(grammar="root ::= [")
    instruments.until(lambda: "grammar" in pane.note.text().lower())
    assert list(left(pane)) == ["logits", "top_k", "top_p", "min_p", "temperature", "draw"]
    instruments.session.change_sampling(grammar="")
    instruments.until(lambda: not pane.note.text())
