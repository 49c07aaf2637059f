"""Finding models: the short list asks nothing of anybody; a search, a repository, its fit, a download and a twin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QTableView,
)
from pytestqt.qtbot import QtBot

from nextword.errors import ModelNotReadable, NextwordError
from nextword.hub.curated import curated
from nextword.hub.hub_records import HubDetail, HubFile, HubItem, HubModel, SearchPage, SearchQuery
from nextword.hub.memory_now import FreeMemory
from nextword.network_errors import DownloadFailed, NoAnswer, SwitchedOffline
from nextword.ui.explain import explain
from nextword.ui.feature import ShowSettings
from nextword.ui.models.find_filters import Wish
from nextword.ui.models.find_tab import FindTab
from nextword.ui.models.hub_detail import preferred
from nextword.ui.models.hub_files import FILE, FIT, NEEDS
from nextword.ui.models.hub_message import setting_of
from nextword.ui.models.model_list import DETAIL, NOTE, PROBLEM
from nextword.ui.models.page import FIND, ON_THE_WAY, ModelsPage
from nextword.ui.models.twin_search import Sought
from nextword.ui.widgets.link_question import LinkQuestion
from tests.fault_hub import FaultHub, Repo, refused, running
from tests.model_shapes import SHAPES, make_shape
from tests.models import make
from tests.ui.conftest import Desk

CHAT = "maker/Tiny-1B-Instruct-GGUF"
BASE = "maker/Tiny-1B-GGUF"
ALIKE = "maker/Alike-GGUF"


@pytest.fixture(scope="module")
def repos(tmp_path_factory: pytest.TempPathFactory) -> list[Repo]:
    folder = tmp_path_factory.mktemp("repositories")
    eight = make(
        "llama", folder, quantization="Q8_0", template="{{ messages }}", file_name="Tiny-1B-Instruct-Q8_0.gguf"
    )
    sixteen = make("llama", folder, quantization="F16", file_name="Tiny-1B-Instruct-F16.gguf")
    shape = make_shape(SHAPES["SmolLM2-135M"], folder / "Small-Q8_0.gguf")
    files = {path.name: path.read_bytes() for path in (eight, sixteen)}
    alike = {"Small-Q8_0.gguf": shape.read_bytes(), "old/Small-Q8_0.gguf": eight.read_bytes(), "F16.gguf": b"GGUF" * 9}
    names = {"architecture": "nomic-bert", "total": 137_000_000, "context_length": 2048}
    return [
        Repo(CHAT, {"README.md": b"# Tiny\n\nSmall and <b>quick</b>.", **files}),
        Repo(BASE, {"Tiny-1B-Q8_0.gguf": eight.read_bytes()}),
        Repo("maker/Small-GGUF", {"Small-Q8_0.gguf": shape.read_bytes()}),
        Repo(ALIKE, alike),
        Repo("quant/maker_Pico-2B-Instruct-GGUF", {"m.gguf": b"GGUF"}, info={"tags": ["base_model:a/Pico-2B-it"]}),
        Repo("other/Pico-2B-GGUF", {"m.gguf": b"GGUF"}),
        Repo("maker/Gated-GGUF", {"m.gguf": b"GGUF"}, token="hf_0123456789abcdef"),
        Repo("maker/Gated-Open-GGUF", {"m.gguf": eight.read_bytes()}, info={"gated": "manual"}),
        Repo("maker/Embedder-GGUF", {"e.gguf": eight.read_bytes()}, info={"gguf": names}),
        *[Repo(f"many/Model-{number}-GGUF", {"m.gguf": b"GGUF"}) for number in range(45)],
    ]


@pytest.fixture
def hub(repos: list[Repo], desk: Desk) -> Iterator[FaultHub]:
    with running(*repos) as made:
        desk.services.settings.set("network.endpoint", made.url)
        yield made


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, hub: FaultHub) -> Iterator[ModelsPage]:
    made = ModelsPage(desk.services)
    qtbot.addWidget(made)
    made.tabs.setCurrentIndex(FIND)
    made.resize(1200, 760)
    made.show()
    yield made
    made.shut_down()
    desk.services.online.close()
    assert hub.url


@pytest.fixture
def find(page: ModelsPage) -> FindTab:
    tab = page.tab(FIND)
    assert isinstance(tab, FindTab)
    tester = QAbstractItemModelTester.FailureReportingMode.Fatal
    QAbstractItemModelTester(tab.results, tester, tab)
    QAbstractItemModelTester(tab.detail.files, tester, tab)
    return tab


def open_repo(qtbot: QtBot, find: FindTab, repo: str) -> None:
    find.show_repo(repo)
    qtbot.waitUntil(lambda: find.detail.detail is not None and find.detail.detail.model.repo == repo, timeout=30_000)


def test_the_short_list_asks_nothing_of_anybody(find: FindTab, hub: FaultHub) -> None:
    assert len(find.curated.buttons) >= 20
    assert hub.requests == []
    first = curated().families[0]
    assert first.base is not None
    button = find.curated.buttons[first.base.repo]
    assert first.name in button.accessibleName()


def test_the_short_list_warns_of_what_is_larger_than_free_memory(desk: Desk, find: FindTab) -> None:
    desk.services.fitting.free = FreeMemory(2_000_000_000, 8 << 30)
    desk.services.fitting.changed.emit(None)
    warned = {family.name: bool(label.text()) for family, label in find.curated._warnings}
    assert warned["Llama 3.1 8B"]
    assert not warned["SmolLM2 135M"]


def test_a_search_lists_what_the_engine_can_run_and_more_when_scrolled(
    qtbot: QtBot, find: FindTab, hub: FaultHub
) -> None:
    qtbot.keyClicks(find.filters.text, "model")
    qtbot.keyClick(find.filters.text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: find.results.rowCount() >= 20, timeout=30_000)
    find.list.scrollToBottom()
    qtbot.waitUntil(lambda: find.results.rowCount() == 45, timeout=30_000)
    assert hub.asked("list")
    assert "downloads" in find.results.index(0).data(DETAIL)


def test_what_the_engine_cannot_run_is_left_out_or_told(qtbot: QtBot, find: FindTab, hub: FaultHub) -> None:
    find.filters.text.setText("embedder")
    find.search()
    qtbot.waitUntil(lambda: not find.results.asking, timeout=30_000)
    assert find.results.rowCount() == 0
    assert find.results.left_out == 1
    find.filters.runnable.setChecked(False)
    qtbot.waitUntil(lambda: find.results.rowCount() == 1, timeout=30_000)
    index = find.results.index(0)
    assert index.data(PROBLEM) is True
    assert "nomic-bert" in index.data(NOTE)
    assert hub.requests


def test_strict_filters_do_not_ask_for_the_whole_hub(qtbot: QtBot, find: FindTab, hub: FaultHub) -> None:
    find.results.begin(SearchQuery(text="many", page_size=1), lambda _model: False)
    qtbot.waitUntil(lambda: find.results.stuck, timeout=30_000)
    assert find.results.left_out == 5
    assert not find.results.canFetchMore(QModelIndex())
    find.results.look_further()
    qtbot.waitUntil(lambda: find.results.left_out >= 6, timeout=30_000)
    assert hub.requests


def test_every_control_can_be_named(qtbot: QtBot, find: FindTab, hub: FaultHub) -> None:
    open_repo(qtbot, find, CHAT)
    controls = [*find.findChildren(QLineEdit), *find.findChildren(QComboBox), *find.findChildren(QAbstractItemView)]
    controls += [*find.findChildren(QSlider), *find.findChildren(QPlainTextEdit)]
    for control in controls:
        inside = isinstance(control.parentWidget(), QComboBox) or control.window() is not find.window()
        assert control.accessibleName() or inside, control
    assert all(button.text() or button.accessibleName() for button in find.findChildren(QAbstractButton)
               if not isinstance(button.parentWidget(), QTableView))  # fmt: skip
    assert hub.requests


def test_a_repository_says_what_its_files_need_here(qtbot: QtBot, desk: Desk, find: FindTab, hub: FaultHub) -> None:
    desk.services.fitting.free = FreeMemory(350 << 20, 8 << 30)
    open_repo(qtbot, find, "maker/Small-GGUF")
    qtbot.waitUntil(lambda: find.detail.fit.outlook is not None, timeout=30_000)
    desk.services.fitting.free = FreeMemory(350 << 20, 8 << 30)
    desk.services.fitting.changed.emit(None)
    outlook = find.detail.fit.outlook
    assert outlook is not None
    assert 135_000_000 < outlook.needs.weights_bytes < 150_000_000
    assert find.detail.files.index(0, NEEDS).data() != ""
    find.detail.fit.slider.setValue(1)
    small = find.detail.fit.outlook
    find.detail.fit.slider.setValue(find.detail.fit.slider.maximum())
    large = find.detail.fit.outlook
    assert small is not None
    assert large is not None
    assert large.needs.cache_bytes > 10 * small.needs.cache_bytes
    assert large.verdict == "too_large"
    assert "Larger than what is free" in find.detail.fit.verdict.text()
    assert find.detail.files.index(0, FIT).data() == "too large"
    assert find.detail.download_button.isEnabled()  # it is told, not forbidden
    fetched = sum(request.end - request.start for request in hub.asked("bytes") if request.end > 0)
    assert fetched < 5_000_000


def test_the_card_is_plain_text_and_the_button_says_what_it_does(qtbot: QtBot, find: FindTab) -> None:
    open_repo(qtbot, find, CHAT)
    assert "quick" in find.detail.card.toPlainText()
    assert find.detail.download_button.text().startswith("Download ")
    assert find.detail.download_button.text().endswith("kB")
    assert find.detail.files.rowCount() == 2


def test_a_download_ends_in_the_library(qtbot: QtBot, desk: Desk, page: ModelsPage, find: FindTab) -> None:
    open_repo(qtbot, find, CHAT)
    find.detail.download_button.click()
    assert desk.services.online.downloads.items
    qtbot.waitUntil(lambda: any(model.source == CHAT for model in desk.services.library.models), timeout=60_000)
    qtbot.waitUntil(lambda: find.detail.download_button.text() == "Show it, it is here", timeout=30_000)
    find.detail.download_button.click()
    current = page.library_tab.current
    assert current is not None
    assert current.source == CHAT
    assert page.tabs.tabText(ON_THE_WAY) == "Downloads"


def test_the_twin_of_a_model_is_found(
    qtbot: QtBot, desk: Desk, page: ModelsPage, find: FindTab, tmp_path: Path
) -> None:
    open_repo(qtbot, find, CHAT)
    find.detail.twin_button.click()
    qtbot.waitUntil(lambda: find.detail.detail is not None and find.detail.detail.model.repo == BASE, timeout=30_000)
    marked = find.results.at(find.list.currentIndex())
    assert marked is None or marked.repo == BASE, "the list marks what is shown"
    file = make("gpt2", tmp_path, metadata={"general.name": "Tiny 1B", "general.finetune": "base"})
    desk.services.library.add(file)
    qtbot.waitUntil(lambda: desk.services.library.find(str(file)) is not None)
    page.point_at(str(file))
    page.library_tab.detail.twin_button.click()
    assert page.tabs.currentIndex() == FIND
    qtbot.waitUntil(lambda: find.detail.detail is not None and find.detail.detail.model.repo == CHAT, timeout=30_000)


def test_a_twin_whose_repository_is_named_otherwise_is_found_by_what_it_was_made_from(
    qtbot: QtBot, find: FindTab
) -> None:
    open_repo(qtbot, find, "quant/maker_Pico-2B-Instruct-GGUF")
    find.detail.twin_button.click()
    qtbot.waitUntil(
        lambda: find.detail.detail is not None and find.detail.detail.model.repo == "other/Pico-2B-GGUF", timeout=30_000
    )


def test_a_twin_that_is_not_there_is_told(qtbot: QtBot, find: FindTab) -> None:
    open_repo(qtbot, find, "maker/Small-GGUF")
    find._find_twin(Sought("maker/Nobody-9B", "base"))
    qtbot.waitUntil(lambda: "No twin" in find.detail.message.words.text(), timeout=30_000)


def test_a_hub_that_is_not_there_is_told_with_a_way_to_the_settings(qtbot: QtBot, desk: Desk, find: FindTab) -> None:
    desk.services.settings.set("network.offline", True)
    find.search()
    qtbot.waitUntil(lambda: find.settings_button.isVisibleTo(find), timeout=30_000)
    assert find.words.text()
    find.settings_button.click()
    assert desk.went == [ShowSettings("network.offline")]
    find.show_repo(CHAT)
    qtbot.waitUntil(lambda: find.detail.message.words.text().count("\n\n") == 2, timeout=30_000)


def choose(find: FindTab, title: str) -> None:
    """Select the file that is called so."""
    files = find.detail.files
    titles = [str(files.index(row, FILE).data()) for row in range(files.rowCount())]
    find.detail.table.setCurrentIndex(files.index(titles.index(title), FILE))


def test_a_file_whose_header_cannot_be_read_says_so_and_takes_no_numbers_from_another(
    qtbot: QtBot, find: FindTab
) -> None:
    fit = find.detail.fit
    open_repo(qtbot, find, ALIKE)
    choose(find, "Q8_0 · Small-Q8_0")
    qtbot.waitUntil(lambda: fit.bar.isVisibleTo(find), timeout=30_000)
    qtbot.waitUntil(lambda: fit.verdict.property("type") != "secondary", timeout=30_000)  # memory is measured apart
    choose(find, "F16")
    qtbot.waitUntil(lambda: "not known" in fit.verdict.text(), timeout=30_000)
    assert fit.verdict.property("type") == "secondary"
    assert not any(part.isVisibleTo(find) for part in (fit.bar, fit.slider, fit.speed, fit.export))
    choose(find, "Q8_0 · Small-Q8_0")
    assert fit.bar.isVisibleTo(find)
    choose(find, "F16")
    assert "not known" in fit.verdict.text()


def test_a_file_beside_one_whose_header_cannot_be_read_is_judged(qtbot: QtBot, find: FindTab) -> None:
    find.show_repo(ALIKE, "F16")
    qtbot.waitUntil(lambda: "not known" in find.detail.fit.verdict.text(), timeout=30_000)
    choose(find, "Q8_0 · Small-Q8_0")
    qtbot.waitUntil(lambda: find.detail.fit.bar.isVisibleTo(find), timeout=30_000)


def test_files_of_one_quantization_and_name_are_told_apart(qtbot: QtBot, find: FindTab) -> None:
    open_repo(qtbot, find, ALIKE)
    files = find.detail.files
    titles = {str(files.index(row, FILE).data()): row for row in range(files.rowCount())}
    assert titles.keys() == {"F16", "Q8_0 · Small-Q8_0", "Q8_0 · old/Small-Q8_0"}
    choose(find, "Q8_0 · Small-Q8_0")
    qtbot.waitUntil(lambda: find.detail.fit.bar.isVisibleTo(find), timeout=30_000)
    qtbot.waitUntil(lambda: bool(files.index(titles["Q8_0 · Small-Q8_0"], NEEDS).data()), timeout=30_000)
    large, small = (files.index(titles[f"Q8_0 · {name}"], NEEDS).data() for name in ("Small-Q8_0", "old/Small-Q8_0"))
    assert large != small


def test_a_file_that_cannot_be_downloaded_says_why(find: FindTab) -> None:
    part = HubFile("m-00001-of-00002.gguf", 10, "a" * 64)
    item = HubItem("m.gguf", (part,), "Q4_0", (2,), DownloadFailed("split_incomplete", part.path, "1/2"))
    find.detail.show_detail(HubDetail(HubModel("a/b", "0" * 40), (item,), endpoint="http://127.0.0.1:9"))
    assert "lacks some of them" in find.detail.fit.verdict.text()
    assert find.detail.fit.verdict.isVisibleTo(find)
    assert not find.detail.download_button.isEnabled()


def test_the_page_of_a_gated_model_is_opened_after_its_host_was_shown(
    qtbot: QtBot, desk: Desk, find: FindTab, hub: FaultHub
) -> None:
    message = find.detail.message
    find.show_repo("maker/Gated-GGUF")
    qtbot.waitUntil(lambda: message.page_button.isVisibleTo(find), timeout=30_000)
    message.page_button.click()
    question = find.window().findChild(LinkQuestion)
    assert question is not None
    assert question.address == f"{hub.url}/maker/Gated-GGUF"
    assert question.host.text() in hub.url
    question.reject()
    message.settings_button.click()
    assert desk.went == [ShowSettings("network.endpoint")]  # the token stands below it


@pytest.mark.parametrize(
    ("error", "setting"),
    [
        (SwitchedOffline("hub.example"), "network.offline"),
        (NoAnswer("proxy_login", "hub.example"), "network.proxy"),
        (NoAnswer("certificate", "hub.example"), "network.ca_file"),
        (NoAnswer("unknown_host", "hub.example"), "network.endpoint"),
        (ModelNotReadable("m.gguf", "truncated"), ""),
    ],
)
def test_an_error_leads_to_the_setting_that_it_has_to_do_with(error: NextwordError, setting: str) -> None:
    assert setting_of(error) == setting


def test_who_was_let_in_is_not_told_how_to_get_in(qtbot: QtBot, find: FindTab, hub: FaultHub) -> None:
    hub.lie = lambda request, _answer: refused(403, "GatedRepo", "restricted") if request.kind == "head" else None
    open_repo(qtbot, find, "maker/Gated-Open-GGUF")
    qtbot.waitUntil(lambda: "not known" in find.detail.fit.verdict.text(), timeout=30_000)
    assert "Gated" in find.detail.note.text()
    hub.lie = None
    find.show_repo("maker/Gated-Open-GGUF")
    qtbot.waitUntil(lambda: find.detail.fit.bar.isVisibleTo(find), timeout=30_000)
    assert find.detail.note.text() == ""


def test_a_repository_that_was_not_shown_can_be_asked_for_again(qtbot: QtBot, find: FindTab, hub: FaultHub) -> None:
    message = find.detail.message
    hub.lie = lambda _request, _answer: refused(403, "", "not now")
    find.show_repo(BASE)
    qtbot.waitUntil(lambda: message.again_button.isVisibleTo(find), timeout=30_000)
    find.window().activateWindow()
    message.again_button.setFocus()
    qtbot.waitUntil(message.again_button.hasFocus, timeout=30_000)
    asked = len(hub.requests)
    qtbot.keyClick(message.again_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(hub.requests) > asked and message.again_button.hasFocus(), timeout=30_000)
    hub.lie = None
    message.again_button.click()
    qtbot.waitUntil(lambda: find.detail.detail is not None, timeout=30_000)


def test_the_focus_stays_with_the_repository_while_its_twin_is_looked_for(
    qtbot: QtBot, page: ModelsPage, find: FindTab
) -> None:
    open_repo(qtbot, find, CHAT)
    page.activateWindow()
    find.detail.twin_button.setFocus()
    qtbot.waitUntil(find.detail.twin_button.hasFocus, timeout=30_000)
    qtbot.keyClick(find.detail.twin_button, Qt.Key.Key_Space)
    assert find.detail.hasFocus()
    qtbot.waitUntil(lambda: find.detail.detail is not None and find.detail.detail.model.repo == BASE, timeout=30_000)
    assert find.detail.twin_button.hasFocus()


def test_an_error_of_a_repository_is_shown_in_its_place(find: FindTab) -> None:
    error = NoAnswer("timeout", "hub.example")
    find.detail.show_error(error)
    assert explain(error).title in find.detail.message.words.text()


def test_numbers_that_no_server_means_are_shown_all_the_same(find: FindTab) -> None:
    many = 10**30
    item = HubItem("m.gguf", (HubFile("m.gguf", many),), "Q4_0")
    model = HubModel("a/b", "0" * 40, downloads=many, parameters=many, context_tokens=many, architecture="llama")
    find.results._on_page(SearchPage((model,), more=False))
    assert find.results.index(0).data(DETAIL)
    find.detail.show_detail(HubDetail(model, (item,), endpoint="http://127.0.0.1:9"))
    assert find.detail.facts.text()
    assert find.detail.download_button.text()


def test_which_file_is_chosen_first() -> None:
    def item(quantization: str, size: int = 1) -> HubItem:
        return HubItem(f"m-{quantization}.gguf", (HubFile("m", size),), quantization)

    items = (item("F16"), item("Q8_0"), item("Q4_K_M"))
    assert preferred(items) == 2
    assert preferred(items, "q8_0") == 1
    assert preferred((item("IQ3_M", 5), item("IQ2_M", 3))) == 1
    old = HubItem("m.gguf", (HubFile("old/m.gguf", 1),), "Q4_K_M")
    assert preferred((old, *items)) == 3
    assert preferred(()) == -1


@pytest.mark.parametrize(
    ("model", "kept"),
    [
        (HubModel("a/X-Instruct", architecture="llama", parameters=10**9), False),
        (HubModel("a/X-Base", architecture="llama", parameters=10**9), True),
        (HubModel("a/X-Base", architecture="llama", parameters=10**10), False),
        (HubModel("a/X-Base", architecture="unheard-of", parameters=10**9), False),
        (HubModel("a/X"), True),
    ],
)
def test_filters_keep_what_fits_and_what_is_not_told(model: HubModel, kept: bool) -> None:
    wish = Wish(SearchQuery(low_parameters=5 * 10**8, high_parameters=2 * 10**9), kind="base")
    assert wish.keeps(model) is kept
