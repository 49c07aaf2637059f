"""The sweep's screen on runs that lie in the history: chart, verdict, items, and the way back into Build."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from nextword.hub.library_model import LibraryModel
from nextword.lab import builtin
from nextword.lab.evaluation import seen
from nextword.lab.results import ItemResult, RunResult, figures, pack, plan_text
from nextword.lab.shakes import formats
from nextword.lab.sweep import Cell, ModelRef, Plan, Variant, cells
from nextword.lab.task import label_index
from nextword.tables import Table
from nextword.ui.feature import OpenExperiment
from nextword.ui.lab.evaluate_items import ROW
from nextword.ui.lab.evaluate_trust import Trust, TrustFigure
from nextword.ui.lab.page import LabPage
from nextword.ui.lab.run_loading import load_run
from nextword.ui.lab.sweep_figure import ChartData, Series
from nextword.ui.lab.sweep_form import Chosen
from nextword.ui.lab.sweep_names import kinds_words, shortage_words
from nextword.ui.lab.sweep_tab import SweepTab
from nextword.ui.lab.sweep_verdict import SweepVerdict
from nextword.ui.widgets.export_button import ExportButton
from tests.ui.conftest import Desk, model_info

TASK = builtin.task("sentiment")
ITEMS = builtin.items("sentiment", "test")[:30]
PLAN = Plan(
    "sentiment", (Variant("own", TASK),), (ModelRef("/models/tiny.gguf", "Tiny"),),
    builtin.items("sentiment", "examples"), ITEMS, counts=(0, 2), sets=2,
)  # fmt: skip
ERRORS = {0: 15, 1: 3, 2: 6}
"""How many items each run of the plan gets wrong: the first ones."""


def run_of(cell: Cell) -> RunResult:
    found = []
    for place, item in enumerate(ITEMS):
        gold = label_index(TASK, item.gold)
        likely = 1 - gold if place < ERRORS[cell.place] else gold
        logs = [math.log(0.1), math.log(0.1)]
        logs[likely] = math.log(0.6 + place / 100)
        found.append(ItemResult(place, tuple((each,) for each in logs), asked=cell.count, used=cell.count))
    free = ItemResult(-1, ((math.log(0.2),), (math.log(0.1),)), text="N/A")
    return RunResult(cell, tuple(found), (free,), ((5,), (6,)), "a prompt")


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[LabPage]:
    history = desk.services.history
    added: list[int] = []

    def fill(kept):  # type: ignore[no-untyped-def]  # the history's own verbs
        key = kept.experiments.add("sweep", "An old sweep", plan_text(PLAN), planned=3)
        for cell in cells(PLAN):
            run = run_of(cell)
            told = (msgspec.json.encode(value).decode() for value in (cell, figures(PLAN, run)))
            texts = dict(zip(("cell", "figures"), told, strict=True))
            kept.experiments.add_run(key, cell.place, results=pack(run), **texts)
        return key

    history.run(fill, done=added.append)
    qtbot.waitUntil(lambda: bool(added))
    made = LabPage(desk.services)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    yield made
    made.shut_down()


@pytest.fixture
def tab(qtbot: QtBot, page: LabPage) -> SweepTab:
    found = page.show_tab("sweep")
    assert isinstance(found, SweepTab)
    qtbot.waitUntil(lambda: len(page.sweeps.runs) == 3 and not page.sweeps.is_reading)
    qtbot.waitUntil(lambda: found.items.model.rowCount() == 30)
    qtbot.waitUntil(lambda: bool(found.verdict.headline.text()))
    return found


def test_the_last_sweep_is_there_when_the_screen_is_opened(tab: SweepTab) -> None:
    assert tab.title.text() == "An old sweep"
    assert tab.bar.state.text() == "3 of 3 runs done"
    assert not tab.bar.again.isVisible()
    assert len(tab.chart.layout_now.dots) == 3
    assert "2 examples: 85.0 % in the mean of 2 runs" in tab.chart.accessibleDescription()


def test_the_verdict_is_said_in_words_with_its_numbers(tab: SweepTab) -> None:
    assert tab.verdict.headline.text() == (
        "Counting what most of the 2 example sets get right, 2-shot answers 9 items correctly that zero-shot does not, "
        "and misses 0 that zero-shot has."
    )
    assert "exact McNemar p = 0.004" in tab.verdict.numbers.text()
    assert "holds over the example sets" in tab.verdict.meaning.text()
    tab.verdict.first.setCurrentIndex(1)
    assert tab.verdict.meaning.text() == "Choose two different conditions."
    assert not tab.verdict.differ.isEnabled()


def test_a_verdict_comes_from_a_thread_and_never_stands_beside_another_pair(qtbot: QtBot, parent: QWidget) -> None:
    waiting: list[Callable[[], None]] = []
    shown = SweepVerdict(waiting.append, parent)
    runs = tuple(seen(PLAN, place, run_of(cell)) for place, cell in enumerate(cells(PLAN)))
    shown.show_runs(PLAN, runs)
    qtbot.waitUntil(lambda: len(waiting) == 1)
    assert shown.headline.text() == ""
    qtbot.waitUntil(lambda: shown.meaning.text() == "Comparing the two…")
    shown.first.setCurrentIndex(1)
    waiting.pop()()
    assert shown.meaning.text() == "Choose two different conditions."
    shown.first.setCurrentIndex(0)
    qtbot.waitUntil(lambda: len(waiting) == 1)
    assert not shown.copy.isEnabled()
    waiting.pop()()
    assert "exact McNemar" in shown.numbers.text()
    assert shown.copy.isEnabled()
    shown.close_work()


def test_of_one_condition_the_range_of_its_runs_is_said(tab: SweepTab, page: LabPage) -> None:
    two_shot = tuple(run for run in page.sweeps.runs if run.cell.count == 2)
    tab.verdict.show_runs(PLAN, two_shot)
    assert tab.verdict.headline.text() == "2-shot: 85.0 % in the mean of 2 runs, from 80.0 to 90.0 %."
    assert tab.verdict.meaning.text() == "A verdict needs runs of two conditions."
    tab.verdict.show_runs(PLAN, two_shot[:1])
    assert tab.verdict.headline.text() == "2-shot: 90.0 %."


def test_the_focus_stays_in_the_lab_when_a_tab_goes(qtbot: QtBot, tab: SweepTab, page: LabPage) -> None:
    page.activateWindow()
    tab.form.sets.setFocus()
    qtbot.waitUntil(tab.form.sets.hasFocus)
    page.show_tab("build")
    assert page.bar.hasFocus()


def test_a_click_on_a_dot_puts_its_prompt_into_build(qtbot: QtBot, tab: SweepTab, page: LabPage) -> None:
    dot = next(dot for dot in tab.chart.layout_now.dots if dot.run.cell.place == 2)
    qtbot.mouseClick(tab.chart, Qt.MouseButton.LeftButton, pos=dot.at.toPoint())
    assert page.builder.ticked == dot.run.cell.examples
    assert "In Build now: 2-shot, set 2" in tab.loaded.text()
    tab.to_build.click()
    assert page.tabs["build"].isVisible()


def test_the_dots_are_walked_through_by_keys(qtbot: QtBot, tab: SweepTab, page: LabPage) -> None:
    tab.chart.setFocus()
    qtbot.keyClick(tab.chart, Qt.Key.Key_Right)
    qtbot.keyClick(tab.chart, Qt.Key.Key_Right)
    assert "2 examples, set" in tab.chart.accessibleDescription()
    qtbot.keyClick(tab.chart, Qt.Key.Key_Return)
    assert len(page.builder.ticked) == 2
    assert tab.chart.layout_now.near(QPointF(-50, -50)) is None


def test_of_several_lines_a_dot_says_whose_it_is(qtbot: QtBot, tab: SweepTab, page: LabPage) -> None:
    (line,) = (series.line for series in tab.chart.data.series)
    tab.chart.show_data(replace(tab.chart.data, series=(Series("Tiny Base", line), Series("Tiny Chat", line))))
    tab.parts.setCurrentIndex(0)
    tab.chart.setFocus()
    qtbot.keyClick(tab.chart, Qt.Key.Key_Right)
    assert tab.chart.accessibleDescription().startswith("Tiny Base: 0 examples")
    assert page.isVisible()


def test_a_sweep_is_begun_by_a_key_wherever_the_focus_is(
    qtbot: QtBot, tab: SweepTab, page: LabPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Plan] = []
    monkeypatch.setattr(page.sweeps, "begin", lambda plan, *_rest, **_more: begun.append(plan))
    monkeypatch.setattr(tab.form, "chosen", lambda: Chosen(PLAN, ""))
    tab.bar.show_cost("")
    with qtbot.waitActive(page):
        page.activateWindow()
    page.bar.setFocus()
    qtbot.keyClick(page.bar, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert begun == [PLAN]
    tab.bar.show_cost("", problem="nothing to ask")
    qtbot.keyClick(page.bar, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert begun == [PLAN]


def test_the_chart_stays_visible_while_the_keys_walk_through_it(qtbot: QtBot, tab: SweepTab) -> None:
    tab.chart.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(tab.chart, Qt.Key.Key_Right)
    image = tab.chart.grab().toImage()
    across = range(image.width() // 2)
    assert len({image.pixel(x, y) for x in across for y in range(0, image.height(), 3)}) > 10


def test_more_examples_than_there_are_to_draw_from_are_named() -> None:
    assert shortage_words(PLAN) == ""
    few = replace(PLAN, pool=(*PLAN.pool[:2], PLAN.test[0]), counts=(0, 2, 4, 8))
    assert {cell.count for cell in cells(few)} == {0, 2}
    assert shortage_words(few) == "2 examples to draw from, so 4, 8 becomes 2"


def test_only_the_errors_and_one_cell_of_the_matrix(tab: SweepTab) -> None:
    items = tab.items
    QAbstractItemModelTester(items.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert items.filter.rowCount() == 30
    items.which.button(1).click()
    assert items.filter.rowCount() == 15
    matrix = items.matrix.model()
    items.matrix.clicked.emit(matrix.index(0, 1))
    wrong = int(matrix.index(0, 1).data())
    assert items.filter.rowCount() == wrong
    assert items.count.text() == f"{wrong} of 30 items"
    items.matrix.clicked.emit(matrix.index(0, 1))
    assert items.filter.rowCount() == 15
    assert items.matrix.matrix.counts[0][1] + items.matrix.matrix.counts[1][0] == 15


def test_items_where_two_conditions_differ(qtbot: QtBot, tab: SweepTab) -> None:
    tab.verdict.differ.click()
    qtbot.waitUntil(lambda: tab.items.filter.rowCount() == 12)
    row = tab.items.current
    assert row is not None
    assert row.is_right
    assert row.other_is_right is False
    assert tab.parts.currentIndex() == 1


def test_the_exact_prompt_of_an_item_is_shown_and_opened_in_build(qtbot: QtBot, tab: SweepTab, page: LabPage) -> None:
    run = next(run for run in page.sweeps.runs if run.cell.place == 1)
    tab.items.show_run(run.id)
    qtbot.waitUntil(lambda: tab.items.matrix.matrix.counts[0][0] > 10)
    tab.items.table.selectRow(4)
    shown = tab.items.prompt.toPlainText()
    assert shown.endswith(f"Review: {ITEMS[4].text}\nSentiment:")
    assert shown.startswith(f"Review: {run.cell.examples[0].text}\nSentiment: ")
    tab.items.open.click()
    assert page.builder.shown.text == ITEMS[4].text
    assert page.builder.prompt.text == shown
    assert page.tabs["build"].isVisible()


def test_items_are_sorted_by_how_sure_the_model_was(tab: SweepTab) -> None:
    tab.items.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    margins = [tab.items.filter.index(row, 0).data(ROW).margin for row in range(30)]
    assert margins == sorted(margins, reverse=True)


def test_another_rule_needs_no_model(qtbot: QtBot, tab: SweepTab, page: LabPage) -> None:
    before = {run.id: run.predicted for run in page.sweeps.runs}
    tab.calibration.setCurrentIndex(tab.calibration.findData("contextual"))
    qtbot.waitUntil(lambda: len(page.sweeps.runs) == 3 and not page.sweeps.is_reading)
    assert page.sweeps.plan is not None
    assert page.sweeps.plan.calibration == "contextual"
    assert {run.id: run.predicted for run in page.sweeps.runs} == before


def test_everything_shown_can_be_written(qtbot: QtBot, tab: SweepTab, tmp_path: Path) -> None:
    def write(button: ExportButton, name: str) -> bytes:
        with qtbot.waitSignal(button.written, timeout=60_000):
            button.write(tmp_path / name)
        return (tmp_path / name).read_bytes()

    for ending in (".svg", ".png", ".pdf", ".csv", ".json", ".jsonl"):
        assert len(write(tab.export_chart, f"chart{ending}")) > 50
    assert b"examples in the prompt" in (tmp_path / "chart.svg").read_bytes()
    assert len(write(tab.export_runs, "runs.csv").splitlines()) == 4
    tab.items.which.button(1).click()
    assert len(write(tab.items.export, "items.jsonl").splitlines()) == 15
    assert b"positive" in write(tab.items.export_matrix, "matrix.svg")
    assert b"probability of the best label" in write(tab.items.export_diagram, "diagram.svg")
    first, *rest = write(tab.items.export_diagram, "diagram.csv").decode().splitlines()
    assert first == "from,to,mean_confidence,share_right,interval_low,interval_high,items"
    assert sum(int(row.split(",")[-1]) for row in rest) == len(ITEMS)


def test_the_numbers_of_a_chart_are_made_beside_the_window_one_file_after_the_other(
    qtbot: QtBot, tab: SweepTab, tmp_path: Path
) -> None:
    made_on: list[str] = []
    makes = threading.Event()

    def numbers() -> Table:
        made_on.append(threading.current_thread().name)
        makes.wait(60)
        return Table(("a",), ((1,),))

    tab.chart.show_data(ChartData("t", (), (), None, numbers))
    written: list[Path] = []
    tab.export_chart.written.connect(written.append)
    tab.export_runs.written.connect(written.append)
    tab.export_chart.write(tmp_path / "chart.csv")
    assert not tab.export_chart.forms[".csv"].isEnabled()
    tab.export_runs.write(tmp_path / "runs.csv")
    assert written == []
    makes.set()
    qtbot.waitUntil(lambda: len(written) == 2, timeout=60_000)
    assert [path.name for path in written] == ["chart.csv", "runs.csv"]
    assert [name.split("_")[0] for name in made_on] == ["lab-export"]
    assert tab.export_chart.forms[".csv"].isEnabled()
    tab.export_chart.copy_numbers()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().startswith("a"), timeout=60_000)
    failed: list[object] = []
    tab.export_runs.failed.connect(failed.append)
    tab.export_runs.write(tmp_path / "no such folder" / "runs.csv")
    qtbot.waitUntil(lambda: bool(failed), timeout=60_000)


def test_the_reliability_diagram_tells_its_bins_by_keys(qtbot: QtBot, tab: SweepTab) -> None:
    tab.parts.setCurrentIndex(1)
    tab.items.parts.setCurrentIndex(1)
    view = tab.items.diagram
    assert view.isVisible()
    assert "Calibration error" in tab.items.trust.text()
    assert sum(each.items for each in view.trust.bins) == len(ITEMS)
    assert all(each.place / 10 <= each.confidence <= (each.place + 1) / 10 for each in view.trust.bins)
    assert all(each.right.low <= each.right.value <= each.right.high for each in view.trust.bins)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.accessibleDescription() == tab.items.trust.text()
    assert tab.items.trust.text().startswith("Probability ")
    view.show_trust(Trust())
    assert TrustFigure(Trust()).table().rows == ()
    assert not view.grab().isNull()


def test_a_sweep_that_ends_while_something_else_is_looked_at_says_so(tab: SweepTab, desk: Desk, page: LabPage) -> None:
    page.sweeps.status = replace(page.sweeps.status, state="running")
    page.sweeps.changed.emit("status")
    assert tab.bar.main.text() == "Pause"
    page.hide()
    page.sweeps.status = replace(page.sweeps.status, state="finished")
    page.sweeps.changed.emit("status")
    notice = desk.told[-1]
    assert notice.text == "The sweep “An old sweep” is finished."
    notice.actions[0].run()
    assert desk.went == [OpenExperiment(1)]


def test_what_the_next_sweep_costs_is_measured_when_one_has_ended(
    tab: SweepTab, page: LabPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Plan] = []
    monkeypatch.setattr(page.sweeps, "measure", lambda plan, _done: asked.append(plan))
    monkeypatch.setattr(tab.form, "chosen", lambda: Chosen(PLAN, ""))
    for state in ("running", "finished"):
        page.sweeps.status = replace(page.sweeps.status, state=state)
        page.sweeps.changed.emit("status")
    assert asked == [PLAN]


def test_what_cannot_be_run_is_said(qtbot: QtBot, tab: SweepTab, desk: Desk) -> None:
    assert "model" in tab.form.chosen().problem
    desk.set_status(state="ready", model=model_info("/models/tiny.gguf", kind="base"), wanted="/models/tiny.gguf")
    chosen = tab.form.chosen()
    assert chosen.problem == ""
    assert chosen.plan is not None
    assert (chosen.plan.counts, chosen.plan.sets, len(chosen.plan.test)) == ((0, 1, 2, 4, 8), 5, 200)
    tab.form.seeds.setText("1, x")
    assert "whole numbers" in tab.form.chosen().problem
    tab.form.seeds.setText("1, 2,2")
    found = tab.form.chosen().plan
    assert found is not None
    assert found.seeds == (1, 2)
    for button in tab.form.counts.values():
        button.setChecked(False)
    assert "number of examples" in tab.form.chosen().problem
    qtbot.waitUntil(lambda: not tab.bar.main.isEnabled())


def test_the_model_that_is_loaded_is_swept_until_a_person_chooses(tab: SweepTab, desk: Desk) -> None:
    for name in ("one", "two"):
        model = model_info(f"/models/{name}.gguf", kind="base", name=name)
        desk.set_status(state="ready", model=model, wanted=model.path)
        plan = tab.form.chosen().plan
        assert plan is not None
        assert [model.path for model in plan.models] == [f"/models/{name}.gguf"]


def test_models_of_both_kinds_are_asked_in_their_own_words_and_that_is_said(tab: SweepTab, desk: Desk) -> None:
    models = {
        kind: LibraryModel(f"/models/{kind}.gguf", name=kind, kind=kind)  # type: ignore[arg-type]
        for kind in ("base", "instruct")
    }
    desk.services.library.models = tuple(models.values())
    desk.set_status(state="ready", model=model_info("/models/instruct.gguf", kind="instruct", name="instruct"))
    tab.form.refresh()
    for action in tab.form.models.menu().actions():
        action.setChecked(True)
    plan = tab.form.chosen().plan
    assert plan is not None
    found = {plan.models[cell.model].kind: plan.task_of(cell) for cell in cells(plan)}
    assert found == {"base": builtin.task("sentiment"), "instruct": builtin.task("sentiment", form="turns")}
    assert "own wording" in kinds_words(plan)
    assert kinds_words(PLAN) == ""


@pytest.mark.usefixtures("tab")
def test_a_visit_to_a_run_in_another_format_leaves_the_kept_task_alone(
    page: LabPage, desk: Desk, tmp_path: Path
) -> None:
    edited: list[object] = []
    page.builder.edited.connect(edited.append)
    other = formats(TASK)[2]
    plan = replace(PLAN, variants=(Variant("own", TASK), other))
    run = replace(page.sweeps.runs[0], cell=replace(page.sweeps.runs[0].cell, variant=1))
    assert load_run(plan, run, None, page.builder, page.desk) is None
    assert page.builder.task == other.task
    assert page.builder.kept_set.built_in == "sentiment"
    load_run(plan, page.sweeps.runs[0], None, page.builder, page.desk)
    assert page.builder.task_set.built_in == "sentiment"
    assert edited == []
    (tmp_path / "chat.gguf").write_bytes(b"")
    chat = ModelRef(str(tmp_path / "chat.gguf"), "Chat", kind="instruct")
    instruct = builtin.task("sentiment", form="turns")
    plan = replace(PLAN, variants=(Variant("own", TASK, instruct=instruct),), models=(chat,))
    assert load_run(plan, page.sweeps.runs[0], None, page.builder, page.desk) == chat
    desk.set_status(state="ready", model=model_info(chat.path, kind="instruct"))
    assert page.builder.task == instruct
    assert load_run(plan, page.sweeps.runs[0], None, page.builder, page.desk) is None


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_of_formats_stays_open_while_several_are_ticked(qtbot: QtBot, tab: SweepTab, desk: Desk) -> None:
    desk.set_status(state="ready", model=model_info("/models/tiny.gguf", kind="base"), wanted="/models/tiny.gguf")
    menu = tab.form.formats.menu()
    menu.popup(tab.mapToGlobal(tab.rect().center()))
    for action in menu.actions()[1:3]:
        qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    menu.setActiveAction(menu.actions()[3])
    qtbot.keyClick(menu, Qt.Key.Key_Space)
    assert menu.isVisible()
    menu.close()
    plan = tab.form.chosen().plan
    assert plan is not None
    assert len(plan.variants) == 4
    assert tab.form.formats.text() == "4 formats"


def test_a_part_of_the_items_is_the_same_each_time(tab: SweepTab, desk: Desk) -> None:
    desk.set_status(state="ready", model=model_info("/models/tiny.gguf", kind="base"), wanted="/models/tiny.gguf")
    tab.form.items.setValue(20)
    first, second = tab.form.chosen().plan, tab.form.chosen().plan
    assert first is not None
    assert second is not None
    assert len(first.test) == 20
    assert first.test == second.test
    assert first.test_hash
