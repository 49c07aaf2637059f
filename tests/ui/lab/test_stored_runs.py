"""The stored experiments: a Shake is run and kept, opened, renamed, deleted with an undo, and written as a card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nextword.errors import ExportFailed
from nextword.lab import card
from nextword.ui.feature import OpenExperiment
from nextword.ui.lab import shaking
from nextword.ui.lab.runs_tab import RunsTab
from tests.ui.lab.conftest import BASE, INSTRUCT, Lab


def _runs(lab: Lab) -> RunsTab:
    tab = lab.page.show_tab("runs")
    assert isinstance(tab, RunsTab)
    return tab


def test_a_shake_is_run_kept_and_written_as_a_card(
    make_lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shaking, "ITEMS", 6)
    lab = make_lab(BASE)
    lab.known()
    lab.build.shake_asked.emit("flipped_labels")
    assert lab.page.tabs["sweep"].isVisible()
    lab.until(lambda: lab.page.sweeps.status.state == "finished")
    runs = _runs(lab)
    lab.until(lambda: runs.model.rowCount() == 1 and runs.current() is not None)
    found = runs.current()
    assert found is not None
    assert found.name == "Sentiment: flipped labels"
    assert runs.model.index(0, 2).data() == "2"
    path = tmp_path / f"flipped{card.SUFFIX}"
    runs.write_card(found, path)
    lab.until(path.exists)
    written = card.read(path)
    assert [run.result.cell.count for run in written.runs] == [4, 4]
    assert len(written.plan.test) == 6
    lab.page.open_experiment(OpenExperiment(found.id))
    lab.until(lambda: lab.page.sweeps.experiment == found.id and lab.page.tabs["sweep"].isVisible())


def test_a_shake_of_nothing_says_what_is_missing(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(BASE)
    lab.known()
    lab.page.desk.open_built_in("antonyms")
    lab.build.shake_asked.emit("flipped_labels")
    assert "nothing to shake" in lab.told[-1].text
    assert lab.page.tabs["build"].isVisible()


def test_an_experiment_is_renamed_and_deleted_with_an_undo(make_lab: Callable[..., Lab]) -> None:
    lab = make_lab(INSTRUCT)
    history = lab.services.history
    history.run(lambda kept: kept.experiments.add("twins", "What are LLMs?", "{}", planned=2))
    runs = _runs(lab)
    lab.until(lambda: runs.model.rowCount() == 1)
    found = runs.current()
    assert found is not None
    assert runs.model.index(0, 2).data() == "0 of 2"
    runs._rename(found.id, "Base and instruct")
    lab.until(lambda: runs.model.index(0, 0).data() == "Base and instruct")
    runs.write_card(found, Path("/nonexistent/x.json"))
    lab.until(lambda: lab.told)
    assert isinstance(lab.told[-1].error, ExportFailed)
    runs.delete.click()
    lab.until(lambda: runs.model.rowCount() == 0)
    assert not runs.open.isEnabled()
    lab.told[-1].actions[0].run()
    lab.until(lambda: runs.model.rowCount() == 1)
