"""The card of an experiment: done again from its file, refused where it does not fit, kept where a person wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword import resources
from nextword.history.experiments import ExperimentSummary
from nextword.lab import builtin, card
from nextword.lab.card import Card
from nextword.lab.results import RunResult
from nextword.lab.running import Home, Running, Settled
from nextword.lab.sweep import ModelRef, Plan, Variant
from nextword.ui.lab.card_dialog import CardDialog
from nextword.ui.lab.runs_tab import RunsTab
from nextword.ui.lab.twins_tab import TwinsTab
from tests.ui.lab.conftest import Lab


def _made(lab: Lab) -> Card:
    library = lab.services.library
    lab.until(lambda: lab.services.engine.status.wanted == str(resources.STARTER_BASE))
    library.add(resources.STARTER_BASE)
    lab.until(lambda: library.models and library.models[-1].sha256)
    known = library.models[-1]
    plan = Plan(
        "sentiment", (Variant("own", builtin.task("sentiment")),), (ModelRef(known.path, known.name, known.sha256),),
        builtin.items("sentiment", "examples"), builtin.items("sentiment", "test")[:8], counts=(0, 2), sets=1,
    )  # fmt: skip
    results: list[RunResult] = []

    def take(result: RunResult, settled: Settled) -> None:
        results.append(result)
        settled(None)

    running = Running(lab.services.engine, plan, take)
    running.start(Home(known.path, threads=1))
    lab.until(lambda: running.status.state == "finished")
    return card.make("Zero against two", plan, results, created=1.7e9)


def test_a_card_is_done_again_and_kept(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "a.experiment.json"
    card.write(_made(lab), path)
    dialog = CardDialog(lab.services, path, lab.page)
    dialog.open()
    assert dialog.title.text() == "Zero against two"
    assert "2 runs of 8 items" in dialog.about.text()
    dialog.again.click()
    assert dialog.again.text() == "Stop"
    lab.until(lambda: dialog.again.text() == "Run again" and "Largest difference" in dialog.verdict.text())
    assert "No prediction changed." in dialog.verdict.text()
    lab.until(lambda: dialog.verdict.height() >= dialog.verdict.heightForWidth(dialog.verdict.width()))
    dialog.keep.click()
    lab.until(lambda: dialog.keep.text() == "Kept")
    found: list[list[ExperimentSummary]] = []
    lab.services.history.run(lambda kept: kept.experiments.list(), done=found.append)
    lab.until(lambda: found)
    assert [(one.name, one.planned, one.finished) for one in found[0]] == [("Zero against two", 2, 2)]
    dialog.reject()


def test_a_card_that_is_closed_before_it_is_kept_is_kept_all_the_same(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "a.experiment.json"
    card.write(_made(lab), path)
    dialog = CardDialog(lab.services, path, lab.page)
    dialog.open()
    said: list[str] = []
    dialog.keep.click()
    dialog.keep.setText = said.append  # type: ignore[method-assign]
    dialog.reject()
    found: list[list[ExperimentSummary]] = []
    lab.services.history.run(lambda kept: kept.experiments.list(), done=found.append)
    lab.until(lambda: found)
    assert [one.name for one in found[0]] == ["Zero against two"]
    assert said == [], "the dialog is gone"


@pytest.mark.parametrize(
    ("text", "said"), [("{}", "is no experiment"), ("", "missing or not what"), (None, "not there")]
)
def test_a_file_that_is_no_card_is_refused_in_words(lab: Lab, tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "b.json"
    if text is not None:
        path.write_text(text)
    dialog = CardDialog(lab.services, path, lab.page)
    dialog.open()
    assert said in dialog.verdict.text()
    assert not dialog.again.isEnabled()
    assert not dialog.keep.isEnabled()
    dialog.reject()


def test_a_card_of_a_model_that_is_not_here_can_be_read_but_not_done_again(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    made = _made(lab)
    other = ModelRef("other.gguf", "Other", "0" * 64)
    plan = Plan(made.plan.name, made.plan.variants, (other,), made.plan.pool, made.plan.test, counts=(0, 2), sets=1)
    card.write(card.make("Other", plan, [run.result for run in made.runs], created=0), path)
    dialog = CardDialog(lab.services, path, lab.page)
    dialog.open()
    assert "Other" in dialog.verdict.text()
    assert not dialog.again.isEnabled()
    assert dialog.keep.isEnabled()
    dialog.reject()


def test_twins_leave_as_a_card_and_are_done_again_from_it(lab: Lab, tmp_path: Path) -> None:
    library = lab.services.library
    lab.until(lambda: lab.services.engine.status.wanted == str(resources.STARTER_BASE))
    library.add(resources.STARTER_BASE)
    lab.until(lambda: library.models and library.models[-1].sha256)
    tab = lab.page.show_tab("twins")
    assert isinstance(tab, TwinsTab)
    tab.columns[2].remove.click()
    tab.columns[1].remove.click()
    tab.columns[0].fill_models(library.models[-1].path)
    tab.run_button.click()
    lab.until(lambda: tab.run_button.text() == "Run" and tab.columns[0].answer is not None)
    runs = lab.page.show_tab("runs")
    assert isinstance(runs, RunsTab)
    lab.until(lambda: runs.current() is not None)
    kept = runs.current()
    assert kept is not None
    path = tmp_path / "twins.experiment.json"
    runs.write_card(kept, path)
    lab.until(path.exists)
    dialog = CardDialog(lab.services, path, lab.page)
    dialog.open()
    assert "1 columns" in dialog.about.text()
    dialog.again.click()
    lab.until(lambda: dialog.again.text() == "Run again" and "Largest difference" in dialog.verdict.text())
    dialog.reject()
