"""What the forms of the lab say is there again after a restart: Sweep, Generation, Twins."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nextword.ui.lab.form_states import generation_text, put_generation_back, put_sweep_back, sweep_text, twins_from
from nextword.ui.lab.generation_tab import GenerationTab
from nextword.ui.lab.sweep_tab import SweepTab
from nextword.ui.lab.twins_tab import TwinsTab
from tests.ui.lab.conftest import BASE, INSTRUCT, Lab


def _tabs(lab: Lab) -> tuple[SweepTab, GenerationTab, TwinsTab]:
    found = tuple(lab.page.show_tab(name) for name in ("sweep", "generation", "twins"))
    sweep, generation, twins = found
    assert isinstance(sweep, SweepTab)
    assert isinstance(generation, GenerationTab)
    assert isinstance(twins, TwinsTab)
    lab.until(lambda: all(tab.kept.is_known for tab in (sweep, generation, twins)))
    return sweep, generation, twins


def _fill(lab: Lab) -> None:
    """Let both starters be listed and one be loaded."""
    library = lab.services.library
    for path in (INSTRUCT, BASE):
        library.add(path)
    lab.until(lambda: len(library.models) == 2 and all(model.name for model in library.models))
    lab.until(lambda: lab.page.builder.model is not None)


def test_what_was_chosen_is_there_after_a_restart(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab()
    _fill(lab)
    sweep, generation, twins = _tabs(lab)
    sweep.form.counts[16].setChecked(True)
    sweep.form.sets.setValue(3)
    sweep.form.seeds.setText("4, 5")
    sweep.form.items.setValue(30)
    sweep.form.formats.menu().actions()[2].setChecked(True)
    for action in sweep.form.models.menu().actions():
        action.setChecked(True)
    chosen = sweep_text(sweep.form)
    generation.form.tokens.setValue(77)
    generation.form.measure.setCurrentIndex(generation.form.measure.findData("bleu"))
    written = generation_text(generation.form)
    twins.prompt.setPlainText("Mine, and two columns")
    twins.columns[2].remove.click()
    lab = make_lab()
    sweep, generation, twins = _tabs(lab)
    lab.until(lambda: lab.page.builder.model is not None)
    assert sweep_text(sweep.form) == chosen
    assert sweep.form.models.text() == "2 models"
    assert generation_text(generation.form) == written
    assert twins.prompt.toPlainText() == "Mine, and two columns"
    assert [column.form.currentData() for column in twins.columns] == ["raw", "raw"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"counts": "all"}'])
def test_what_is_none_of_ours_changes_no_form(lab: Lab, text: str) -> None:
    sweep, generation, _twins = _tabs(lab)
    before = sweep_text(sweep.form), generation_text(generation.form)
    put_sweep_back(sweep.form, text)
    put_generation_back(generation.form, text)
    assert (sweep_text(sweep.form), generation_text(generation.form)) == before
    assert twins_from(text) is None


def test_a_model_that_is_gone_leaves_the_loaded_one(lab: Lab) -> None:
    _fill(lab)
    sweep, _generation, _twins = _tabs(lab)
    sweep.form.check_models(["/models/gone.gguf"])
    plan = sweep.form.chosen().plan
    assert plan is not None
    assert lab.page.builder.model is not None
    assert [model.path for model in plan.models] == [lab.page.builder.model.path]
