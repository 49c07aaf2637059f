"""The lab's page: tabs that are built when they are first shown, and the places that lead to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from nextword.ui.feature import OpenExperiment
from nextword.ui.lab import FEATURE
from nextword.ui.lab.page import LabPage
from tests.ui.conftest import Desk


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> Iterator[LabPage]:
    made = LabPage(desk.services)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.shut_down()


def test_a_tab_is_built_when_it_is_first_shown(page: LabPage) -> None:
    assert list(page.tabs) == ["build"]
    page.bar.setCurrentIndex(1)
    assert list(page.tabs) == ["build", "sweep"]
    assert page.tabs["sweep"].isVisible()


def test_a_stored_experiment_is_shown_among_the_runs(page: LabPage) -> None:
    assert FEATURE.owns(OpenExperiment(3))
    assert FEATURE.open(page, OpenExperiment(3))
    assert page.tabs["runs"].isVisible()
