"""Downloads on screen: each state in words, the buttons do what they say, the status line follows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from nextword.hub.hub_records import Download, DownloadState, HubFile, HubItem, Source
from nextword.network_errors import DownloadFailed, HubRefused, NoAnswer
from nextword.ui.download_status import DownloadStatus
from nextword.ui.feature import ShowModels, UseModel
from nextword.ui.models.download_pane import DownloadPane
from nextword.ui.models.download_row import DownloadRow
from nextword.ui.widgets.download_words import progress_words, time_words, trouble_words
from nextword.ui.widgets.link_question import LinkQuestion
from tests.fault_hub import COMMIT, FaultHub, Repo, gguf_bytes
from tests.hub.downloading import item_of
from tests.ui.conftest import Desk

GB = 10**9
STARTER = Path(__file__).parents[2] / "resources" / "models" / "nextword-starter-base.gguf"


def _download(state: DownloadState, **changes: object) -> Download:
    item = HubItem("model-Q4_K_M.gguf", (HubFile("model-Q4_K_M.gguf", 2 * GB, "a" * 64),), "Q4_K_M")
    made = Download("1", Source("https://hub.example", "some/model", COMMIT), item, "/m/x.gguf", state, GB)
    return msgspec.structs.replace(made, **changes)


def test_a_running_download_says_rate_and_time_left() -> None:
    words = progress_words(_download("running", bytes_per_second=10_000_000.0))
    assert words == "1.00 GB of 2.00 GB · 10.0 MB per second · 2 min left"


@pytest.mark.parametrize(
    ("state", "part"),
    [("queued", "waits for its turn"), ("paused", "paused"), ("checking", "SHA-256"), ("done", "in your library")],
)
def test_each_state_has_words(state: DownloadState, part: str) -> None:
    assert part in progress_words(_download(state))


def test_a_download_that_waits_says_why_and_until_when() -> None:
    words = trouble_words(_download("waiting", error=NoAnswer("timeout", "hub.example"), retry_seconds=40.0))
    assert "hub.example" in words
    assert "40 s" in words
    assert "SHA-256" in trouble_words(_download("failed", error=DownloadFailed("no_hash", "x.gguf")))


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (89, "89 s"), (100, "2 min"), (7500, "2 h 5 min"), (400_000, "5 days")]
)
def test_times_are_written_as_people_say_them(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


@pytest.fixture
def hub() -> Iterator[FaultHub]:
    repos = [Repo("some/model", {"model-Q4_K_M.gguf": gguf_bytes(3_000_000)}), Repo("some/other", {"o.gguf": b"GGUF"})]
    made = FaultHub(*repos)
    yield made
    made.close()


def test_a_download_is_paused_resumed_finished_and_used(desk: Desk, hub: FaultHub, qtbot: QtBot) -> None:
    online = desk.services.online
    hub.repos["some/model"] = Repo("some/model", {"model-Q4_K_M.gguf": STARTER.read_bytes()})
    pane = DownloadPane(online.downloads, desk.services.go)
    qtbot.addWidget(pane)
    status = DownloadStatus(online.downloads, desk.services.notices, desk.services.go)
    qtbot.addWidget(status)
    pane.show()
    assert "Nothing is on its way" in pane.words.text()
    online.downloads.limit(1_500_000)
    source = Source(hub.url, "some/model", COMMIT)
    made = online.downloads.add(source, item_of(hub.repos["some/model"]))
    row = pane.rows[made.id]
    qtbot.waitUntil(lambda: (online.downloads.items[0].done_bytes) > 0, timeout=20_000)
    assert status.isVisibleTo(None)
    assert row.go_button.text() == "Pause"
    row.go_button.click()
    assert row.go_button.text() == "Resume"
    assert "paused" in status.text()
    online.downloads.limit(0)
    row.go_button.click()
    qtbot.waitUntil(lambda: online.downloads.items[0].state == "done", timeout=20_000)
    assert row.go_button.text() == "Use"
    assert not status.isVisibleTo(None)
    assert "downloaded and checked" in desk.told[-1].text
    row.go_button.click()
    status.click()
    assert desk.went == [UseModel(made.path), ShowModels(downloads=True)]
    pane.clear.click()
    assert pane.rows == {}
    pane.shut_down()
    status.shut_down()


def test_the_page_of_a_gated_model_is_opened_from_its_download_after_its_host_was_shown(qtbot: QtBot) -> None:
    page = "https://hub.example/some/model"
    row = DownloadRow(_download("failed", error=HubRefused("gated", "some/model", "", page)))
    qtbot.addWidget(row)
    row.show()
    row.page_button.click()
    question = row.findChild(LinkQuestion)
    assert question is not None
    assert (question.address, question.host.text()) == (page, "hub.example")
    question.reject()
    row.show_download(_download("running"))
    assert not row.page_button.isVisible()


def test_much_of_a_download_is_not_deleted_without_a_question(qtbot: QtBot) -> None:
    row = DownloadRow(_download("paused"))
    wanted: list[str] = []
    row.wanted.connect(wanted.append)
    qtbot.addWidget(row)
    row.show()
    row.remove_button.click()
    assert wanted == []
    assert row.delete_button.isVisible()
    row.keep_button.click()
    assert not row.delete_button.isVisible()
    row.remove_button.click()
    row.delete_button.click()
    assert wanted == ["remove"]
    row.show_download(_download("done"))
    assert not row.delete_button.isVisible()
    row.remove_button.click()
    row.show_download(_download("paused", done_bytes=1000))
    row.remove_button.click()
    assert wanted == ["remove"] * 3


def test_a_key_that_moved_a_download_up_does_not_move_it_down_again(desk: Desk, hub: FaultHub, qtbot: QtBot) -> None:
    downloads = desk.services.online.downloads
    desk.services.settings.set("network.offline", True)
    pane = DownloadPane(downloads, desk.services.go)
    qtbot.addWidget(pane)
    pane.show()
    pane.activateWindow()
    made = [downloads.add(Source(hub.url, name, COMMIT), item_of(repo)) for name, repo in hub.repos.items()]
    button = pane.rows[made[1].id].up_button
    button.setFocus()
    qtbot.waitUntil(button.hasFocus, timeout=20_000)
    for _ in range(3):
        qtbot.keyClick(button, Qt.Key.Key_Space)
        assert [one.id for one in downloads.items] == [made[1].id, made[0].id]
        assert button.hasFocus()
    pane.shut_down()


def test_a_file_in_a_folder_of_the_repository_says_so() -> None:
    file = HubFile("old/model-Q4_K_M.gguf", GB, "a" * 64)
    item = HubItem("model-Q4_K_M.gguf", (file,), "Q4_K_M")
    assert [_download("paused").name, _download("paused", item=item).name] == [
        "model-Q4_K_M.gguf",
        "old/model-Q4_K_M.gguf",
    ]


def test_the_focus_stays_with_the_downloads_when_one_is_taken_off(desk: Desk, hub: FaultHub, qtbot: QtBot) -> None:
    downloads = desk.services.online.downloads
    desk.services.settings.set("network.offline", True)
    pane = DownloadPane(downloads, desk.services.go)
    qtbot.addWidget(pane)
    pane.show()
    pane.activateWindow()
    made = downloads.add(Source(hub.url, "some/model", COMMIT), item_of(hub.repos["some/model"]))
    button = pane.rows[made.id].remove_button
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setFocus()
    qtbot.waitUntil(button.hasFocus, timeout=20_000)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert pane.rows == {}
    assert pane.hasFocus()
    pane.shut_down()


def test_what_is_no_model_is_not_called_one(desk: Desk, hub: FaultHub, qtbot: QtBot) -> None:
    downloads = desk.services.online.downloads
    pane = DownloadPane(downloads, desk.services.go)
    qtbot.addWidget(pane)
    status = DownloadStatus(downloads, desk.services.notices, desk.services.go)
    qtbot.addWidget(status)
    made = downloads.add(Source(hub.url, "some/other", COMMIT), item_of(hub.repos["some/other"]))
    qtbot.waitUntil(lambda: downloads.items[0].state == "failed", timeout=20_000)
    assert [notice.key for notice in desk.told] == [f"download {made.id}"] * 2  # the second replaces the first
    assert desk.told[-1].error is downloads.items[0].error
    status.shut_down()
    assert pane.rows[made.id].go_button.text() == "Try again"
    assert "cannot be used" in trouble_words(downloads.items[0])
    pane.shut_down()


def test_downloads_change_places_and_are_removed(desk: Desk, hub: FaultHub, qtbot: QtBot) -> None:
    downloads = desk.services.online.downloads
    desk.services.settings.set("network.offline", True)
    pane = DownloadPane(downloads, desk.services.go)
    qtbot.addWidget(pane)
    first = downloads.add(Source(hub.url, "some/model", COMMIT), item_of(hub.repos["some/model"]))
    second = downloads.add(Source(hub.url, "some/other", COMMIT), item_of(hub.repos["some/other"]))
    pane.show()
    assert not pane.rows[first.id].up_button.isEnabled()
    pane.rows[second.id].up_button.click()
    assert [item.id for item in downloads.items] == [second.id, first.id]
    assert not pane.rows[second.id].up_button.isEnabled()
    pane.pause_all.click()
    assert {item.state for item in downloads.items} == {"paused"}
    for key in (first.id, second.id):
        pane.rows[key].remove_button.click()
    assert downloads.items == ()
    assert hub.requests == []
    pane.shut_down()
