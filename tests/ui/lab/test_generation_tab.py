"""Generation tasks on screen: written, judged by any measure, rated blind with keys, and kept."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from nextword import resources
from nextword.history.experiments import ExperimentSummary
from nextword.lab.task_set import built_in_set
from nextword.ui.lab.generation_tab import GenerationTab
from tests.ui.lab.conftest import Lab


def _tab(lab: Lab) -> GenerationTab:
    lab.until(lambda: lab.services.engine.status.wanted == str(resources.STARTER_BASE))
    lab.until(lambda: lab.services.engine.status.state == "ready")
    lab.page.builder.open(built_in_set("antonyms"))
    lab.page.builder.draw(4, seed=3)
    tab = lab.page.show_tab("generation")
    assert isinstance(tab, GenerationTab)
    tab.form.items.setValue(16)
    tab.form.tokens.setValue(8)
    return tab


def _write(lab: Lab, tab: GenerationTab) -> None:
    tab.run_button.click()
    lab.until(lambda: len(tab.runs) == 2 and tab.run_button.text() == "Write answers" and tab.export.isEnabled())


def test_answers_are_written_judged_and_kept(lab: Lab) -> None:
    tab = _tab(lab)
    assert "4 ticked" in tab.task.text()
    _write(lab, tab)
    lab.until(lambda: "perplexity" in tab.figures.text().split("\n")[-1])
    zero, few = tab.figures.text().split("\n")
    assert zero.startswith("Zero-shot: exact match ")
    assert few.startswith("4-shot: exact match ")
    assert "16" in tab.verdict.text() or "items" in tab.verdict.text()
    assert tab.items.rowCount() == 16
    answers = [tab.items.index(row, 3).data() for row in range(16)]
    assert sum(answer.startswith("✓") for answer in answers) >= 8
    tab.form.measure.setCurrentIndex(tab.form.measure.findData("rougeL"))
    lab.until(lambda: "Porter stemming" in tab.verdict.text())
    assert tab.items.index(0, 3).data()[0] in "01"
    found: list[list[ExperimentSummary]] = []
    lab.services.history.run(lambda kept: kept.experiments.list("generation"), done=found.append)
    lab.until(lambda: found)
    ((kept,),) = found
    assert (kept.planned, kept.finished) == (2, 2)
    table = tab.table()
    assert table.columns[:3] == ("row", "input", "right")
    assert len(table.rows) == 16
    before = [item.answer for item in tab.runs[1].items]
    tab.open_experiment(kept.id)
    lab.until(lambda: len(tab.runs) == 2)
    lab.until(tab.export.isEnabled)
    assert [item.answer for item in tab.runs[1].items] == before
    assert tab.state.text() == ""
    lab.page.builder.open(built_in_set("sentiment"))
    assert tab.state.text() == "These are answers to Opposites."


def test_a_pattern_that_is_none_is_told_and_loses_nothing(lab: Lab) -> None:
    tab = _tab(lab)
    tab.form.items.setValue(3)
    _write(lab, tab)
    tab.form.measure.setCurrentIndex(tab.form.measure.findData("regex"))
    tab.form.pattern.setText("(")
    tab.form.judged_otherwise.emit()
    lab.until(lambda: [type(notice.error).__name__ for notice in lab.told] == ["PatternNotUsable"])
    assert len(tab.runs) == 2
    tab.form.pattern.setText("{gold}")
    tab.form.judged_otherwise.emit()
    lab.until(lambda: tab.figures.text().startswith("Zero-shot: pattern"))


def test_answers_are_rated_blind_with_keys_and_the_ratings_are_there_again(lab: Lab, qtbot: QtBot) -> None:
    tab = _tab(lab)
    tab.form.items.setValue(12)
    _write(lab, tab)
    tab.rate.click()
    pane = tab.rating
    lab.until(pane.isVisible)
    assert "shot" not in pane.progress.text() + pane.left.text() + pane.question.text()
    count = len(pane.pairs)
    assert count >= 2
    for key in "1" * count:
        qtbot.keyClick(pane, key)
    lab.until(lambda: pane.verdict.isVisible())
    assert "Zero-shot was better" in pane.verdict.text()
    qtbot.keyClick(pane, "\b")
    assert len(pane.ratings) == count - 1
    qtbot.keyClick(pane, "0")
    kept = dict(pane.ratings)
    assert sorted(rating.better for rating in kept.values())[0] == 0
    pane.leave.click()
    assert tab.view.isVisible()
    tab.rate.click()
    lab.until(pane.isVisible)
    lab.until(lambda: pane.ratings == kept)
    pane.leave.click()
    tab.rate.click()
    tab.form.items.setValue(2)
    tab.run_button.click()  # other answers, before the ratings of these are read
    lab.until(lambda: len(tab.runs) == 2 and not tab.is_running)
    assert not pane.isVisible()


def test_answers_that_were_cut_off_are_gone_on_with_after_they_are_opened_again(lab: Lab) -> None:
    tab = _tab(lab)
    tab.form.items.setValue(40)
    tab.form.tokens.setValue(24)
    tab.form.one_line.setChecked(False)
    tab.run_button.click()
    lab.until(lambda: len(tab.runs) == 1)
    tab.run_button.click()
    lab.until(lambda: tab.run_button.text() == "Go on")
    found: list[list[ExperimentSummary]] = []
    lab.services.history.run(lambda kept: kept.experiments.list("generation"), done=found.append)
    lab.until(lambda: found)
    tab.open_experiment(found[0][0].id)
    assert tab.run_button.text() == "Write answers"
    lab.until(lambda: tab.run_button.text() == "Go on" and len(tab.runs) == 1)
    tab.run_button.click()
    lab.until(lambda: len(tab.runs) == 2 and tab.run_button.text() == "Write answers")
