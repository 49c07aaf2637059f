"""The lab's page with a real engine on the starter models, and a real history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from nextword import resources
from nextword.engine.client import Engine
from nextword.ui.lab.build_tab import BuildTab
from nextword.ui.lab.page import LabPage
from nextword.ui.notices import Notice
from nextword.ui.services import Services
from tests.ui.conftest import Desk

BASE, INSTRUCT = resources.STARTER_BASE, resources.STARTER_INSTRUCT


@dataclass
class Lab:
    """A page on screen and what stands behind it."""

    page: LabPage
    services: Services
    qtbot: QtBot
    told: list[Notice] = field(default_factory=list)

    @property
    def build(self) -> BuildTab:
        tab = self.page.show_tab("build")
        assert isinstance(tab, BuildTab)
        return tab

    def until(self, condition: Callable[[], object]) -> None:
        """Let Qt, the engine and the history work until something holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=60_000)

    def known(self) -> None:
        """Wait until the bars are those of what is on the desk."""
        builder = self.page.builder
        self.until(lambda: builder.is_known and builder.looked is not None and builder.looked.complete)


@pytest.fixture(scope="session")
def lab_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine-check")


@pytest.fixture
def make_lab(
    desk: Desk, qtbot: QtBot, lab_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Path], Lab]]:
    """Makes pages on one profile, one after the other: a second call is the next look at the lab."""
    monkeypatch.setattr(resources, "STARTER_BASE", BASE)
    monkeypatch.setattr(resources, "STARTER_INSTRUCT", INSTRUCT)
    open_ones: list[Lab] = []

    def close() -> None:
        while open_ones:
            lab = open_ones.pop()
            lab.page.shut_down()
            lab.services.engine.close()
            lab.page.hide()

    def make(model: Path = INSTRUCT) -> Lab:
        close()
        engine = Engine(desk.bridge.deliver, cache=lab_cache)
        services = msgspec.structs.replace(desk.services, engine=engine)
        engine.use(str(model), threads=1)
        page = LabPage(services)
        qtbot.addWidget(page)
        page.resize(1216, 774)
        with qtbot.waitExposed(page):
            page.show()
        lab = Lab(page, services, qtbot, desk.told)
        open_ones.append(lab)
        return lab

    yield make
    close()


@pytest.fixture
def lab(make_lab: Callable[..., Lab]) -> Lab:
    return make_lab()
