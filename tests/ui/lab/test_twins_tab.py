"""Twins on screen: the built-in example in one click, what parts the columns, and that it is kept."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from nextword import resources
from nextword.history.experiments import ExperimentSummary
from nextword.tables import to_csv
from nextword.ui.lab.twins_tab import TwinsTab
from tests.ui.lab.conftest import Lab


def _tab(lab: Lab) -> TwinsTab:
    tab = lab.page.show_tab("twins")
    assert isinstance(tab, TwinsTab)
    lab.until(lambda: lab.services.engine.status.state == "ready")
    library = lab.services.library
    for path in (resources.STARTER_INSTRUCT, resources.STARTER_BASE):
        library.add(path)
    lab.until(lambda: len(library.models) == 2 and all(model.name for model in library.models))
    tab.use_pair()
    return tab


def _kept(lab: Lab) -> list[ExperimentSummary]:
    found: list[list[ExperimentSummary]] = []
    lab.services.history.run(lambda kept: kept.experiments.list("twins"), done=found.append)
    lab.until(lambda: found)
    return found[0]


def test_the_built_in_example_shows_how_twins_differ_and_is_kept(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    tab = _tab(lab)
    assert [(c.model.currentData(), c.form.currentData()) for c in tab.columns] == [
        (str(resources.STARTER_BASE), "raw"),
        (str(resources.STARTER_INSTRUCT), "raw"),
        (str(resources.STARTER_INSTRUCT), "templated"),
    ]
    lab.until(lambda: lab.services.engine.status.wanted == str(resources.STARTER_BASE))
    tab.run_button.click()
    assert tab.run_button.text() == "Stop"
    lab.until(lambda: tab.run_button.text() == "Run")
    lab.until(lambda: lab.services.engine.status.state == "ready")
    assert lab.services.engine.status.wanted == str(resources.STARTER_BASE)
    base, _, chat = tab.columns
    assert base.text.toPlainText().startswith("What are LLMs?")
    assert chat.text.toPlainText().startswith("LLMs are large language models")
    assert chat.parting is not None
    assert chat.here.text().startswith("Where they part")
    assert "ended by itself" in chat.state.text()
    marks = len(chat.text.extraSelections())
    tab.words.click()
    assert len(chat.text.extraSelections()) > marks
    tab.show_parting()
    table = tab.table()
    assert len(table.rows) == 3
    assert "What are LLMs?" in to_csv(table)
    (kept,) = _kept(lab)
    assert (kept.name, kept.planned, kept.finished) == ("What are LLMs?", 3, 3)
    texts = [column.text.toPlainText() for column in tab.columns]
    tab.use_pair()
    assert tab.columns[0].text.toPlainText() == ""
    tab.open_experiment(kept.id)
    lab.until(lambda: [column.text.toPlainText() for column in tab.columns] == texts)
    tab.open_experiment(kept.id)
    tab.prompt.setPlainText("Something else")
    tab.run_button.click()  # before they are read
    lab.until(lambda: tab.run_button.text() == "Run")
    assert tab.prompt.toPlainText() == "Something else"
    lab.page.hide()  # no person chose a model: the chat gets its own back
    assert lab.services.engine.status.wanted == str(resources.STARTER_INSTRUCT)


def test_repeats_are_folded_with_their_counts_and_columns_come_and_go(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    tab = _tab(lab)
    for column in tab.columns[1:]:
        column.remove.click()
    (column,) = tab.columns
    assert not column.remove.isEnabled()
    fields = column.settings.open()
    fields.temperature.setValue(1.0)  # type: ignore[attr-defined]
    fields.repeats.setValue(5)  # type: ignore[attr-defined]
    fields.tokens.setValue(1)  # type: ignore[attr-defined]
    tab.prompt.setPlainText("Review: I adored it.\nSentiment: pos\n\nReview: I hated it.\nSentiment:")
    tab.run_button.click()
    lab.until(lambda: tab.run_button.text() == "Run")
    chips = [button.text() for button in column.folds.findChildren(QPushButton)]
    assert sum(int(chip.rsplit("(", 1)[1].rstrip(")")) for chip in chips) == 5
    for _ in range(3):
        tab.add.click()
    assert len(tab.columns) == 4
    assert not tab.add.isEnabled()
    assert tab.columns[3].settings.open().repeats.value() == 5  # type: ignore[attr-defined]


def test_a_prompt_that_is_empty_is_not_asked(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    tab = _tab(lab)
    tab.prompt.setPlainText("  ")
    tab.run_button.click()
    assert tab.message.text() == "Write a prompt first."
    assert tab.run_button.text() == "Run"
