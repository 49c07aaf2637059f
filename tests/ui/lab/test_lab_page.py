"""The lab's page: tabs that are built when they are first shown, places that lead to it, the model it begins with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from nextword import resources
from nextword.ui.feature import OpenExperiment
from nextword.ui.lab import FEATURE
from nextword.ui.lab.page import LabPage
from tests.ui.conftest import Desk
from tests.ui.lab.conftest import Lab


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[LabPage]:
    made = LabPage(desk.services)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.shut_down()


def test_a_tab_is_built_when_it_is_first_shown(page: LabPage) -> None:
    assert list(page.tabs) == ["build"]
    page.bar.setCurrentIndex(4)
    assert list(page.tabs) == ["build", "runs"]
    assert page.tabs["runs"].isVisible()


def test_a_built_in_set_is_opened_by_its_place(page: LabPage) -> None:
    assert FEATURE.owns(OpenExperiment())
    page.show_tab("runs")
    assert FEATURE.open(page, OpenExperiment(data_set="topic"))
    assert page.tabs["build"].isVisible()
    assert page.builder.task_set.built_in == "topic"


def test_a_place_that_names_no_set_changes_nothing(page: LabPage) -> None:
    assert FEATURE.open(page, OpenExperiment(data_set="no such set"))
    assert page.builder.task_set.built_in == "sentiment"


def test_without_a_model_the_page_says_what_is_missing(page: LabPage) -> None:
    build = page.tabs["build"]
    assert "model" in build.labels.message.text()  # type: ignore[attr-defined]
    assert page.builder.prompt.text.endswith("Sentiment:")


def test_the_lab_begins_with_the_base_model_and_gives_the_chat_its_model_back(lab: Lab) -> None:
    engine = lab.services.engine
    lab.until(lambda: engine.status.state == "ready" and engine.status.wanted == str(resources.STARTER_BASE))
    lab.page.hide()
    lab.until(lambda: engine.status.wanted == str(resources.STARTER_INSTRUCT) and engine.status.state == "ready")
    lab.page.show()
    lab.until(lambda: engine.status.state == "ready" and engine.status.wanted == str(resources.STARTER_BASE))
    engine.use(str(resources.STARTER_INSTRUCT))  # chosen by the person, in the lab
    lab.until(lambda: engine.status.state == "ready")
    lab.page.hide()
    lab.page.show()
    assert engine.status.wanted == str(resources.STARTER_INSTRUCT)
