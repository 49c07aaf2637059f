"""The list of downloads: one after the other, paused, moved, limited, there again after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from nextword.hub.downloads import Downloads
from nextword.hub.hub_records import Download, HubFile, HubItem, Source
from nextword.hub.item_fetch import SOURCE_FILE
from nextword.network.door import Route
from nextword.network_errors import DownloadFailed, NoAnswer, RateLimited, SwitchedOffline
from tests.deliveries import Deliveries
from tests.fault_hub import COMMIT, Answer, FaultHub, Repo, Request, gguf_bytes, page, refused
from tests.hub.downloading import IMPATIENT, Line, item_of

NAMES = ("a-Q4_0.gguf", "b-Q4_0.gguf", "c-Q4_0.gguf")


@dataclass
class Desk:
    """A list of downloads on a folder; `restart` closes it and opens it again."""

    folder: Path
    hub: FaultHub
    deliver: Deliveries = field(default_factory=Deliveries)
    finished: list[Download] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.line = Line(self.folder, read_seconds=2.0)
        self.downloads = Downloads(
            self.line.models, self.folder / "downloads.json", self.line.network, lambda: self.line.api, self.deliver
        )
        self.downloads.patience = IMPATIENT
        self.downloads.finished.connect(self.finished.append)
        self.downloads.begin()

    def close(self) -> None:
        self.downloads.close()
        self.line.close()

    def restart(self) -> None:
        self.close()
        self.deliver.run_waiting()
        self.open()

    def add(self, name: str) -> Download:
        repo = self.hub.repos["some/model"]
        return self.downloads.add(Source(self.hub.url, "some/model", COMMIT, "mit"), item_of(repo, name))

    def state(self, download: Download) -> str:
        found = self.downloads.find(download.id)
        return found.state if found is not None else "gone"

    def until(self, condition: Callable[[], object]) -> None:
        self.deliver.until(condition, seconds=30)

    def names(self) -> list[str]:
        return self.line.files()


@pytest.fixture
def hub() -> Iterator[FaultHub]:
    made = FaultHub(Repo("some/model", {name: gguf_bytes(2_000_000, n) for n, name in enumerate(NAMES)}))
    yield made
    made.close()


@pytest.fixture
def desk(tmp_path: Path, hub: FaultHub) -> Iterator[Desk]:
    made = Desk(tmp_path, hub)
    yield made
    made.close()


def test_without_downloads_nothing_is_written_imported_or_sent(desk: Desk) -> None:
    assert list(desk.folder.iterdir()) == []
    assert desk.hub.requests == []


def test_they_run_one_after_the_other_and_say_when_they_are_done(desk: Desk) -> None:
    made = [desk.add(name) for name in NAMES]
    assert [desk.state(one) for one in made] == ["running", "queued", "queued"]
    desk.until(lambda: len(desk.finished) == 3)
    assert [one.name for one in desk.finished] == list(NAMES)
    assert desk.names() == list(NAMES)
    path = Path(desk.finished[0].path)
    assert path.stat().st_mode & 0o222 == 0
    note = (path.parent / SOURCE_FILE).read_text()
    assert all(word in note for word in ("some/model", COMMIT, "mit", NAMES[2]))
    desk.downloads.clear_finished()
    assert desk.downloads.items == ()


def test_a_paused_one_stays_paused_over_a_restart_and_keeps_what_it_has(desk: Desk) -> None:
    desk.downloads.limit(1_000_000)
    one = desk.add(NAMES[0])
    desk.until(lambda: (desk.downloads.items[0].done_bytes) > 600_000)
    desk.downloads.pause(one.id)
    assert desk.state(one) == "paused"
    desk.restart()
    assert desk.state(one) == "paused"
    assert desk.downloads.items[0].done_bytes > 500_000
    desk.hub.sent_bytes = 0
    desk.downloads.resume(one.id)
    desk.until(lambda: desk.state(one) == "done")
    assert desk.hub.sent_bytes < 1_500_000


def test_one_that_ran_goes_on_after_a_restart_by_itself(desk: Desk) -> None:
    desk.downloads.limit(1_000_000)
    one, two = desk.add(NAMES[0]), desk.add(NAMES[1])
    desk.until(lambda: desk.downloads.items[0].done_bytes > 300_000)
    desk.restart()
    desk.until(lambda: desk.state(two) == "done")
    assert desk.state(one) == "done"
    desk.restart()
    assert desk.downloads.items == ()


def test_what_is_moved_to_the_front_runs_first(desk: Desk) -> None:
    desk.downloads.limit(500_000)
    made = [desk.add(name) for name in NAMES]
    desk.until(lambda: desk.downloads.items[0].done_bytes > 0)
    desk.downloads.move(made[2].id, 0)
    desk.downloads.limit(0)
    desk.until(lambda: len(desk.finished) == 3)
    assert [one.name for one in desk.finished] == [NAMES[2], NAMES[0], NAMES[1]]


def test_one_that_is_resumed_runs_before_those_below_it(desk: Desk) -> None:
    desk.downloads.limit(500_000)
    first, second = (desk.add(name) for name in NAMES[:2])
    desk.until(lambda: desk.downloads.items[0].done_bytes > 0)
    desk.downloads.pause(first.id)
    desk.until(lambda: desk.downloads.items[1].done_bytes > 0)
    desk.downloads.resume(first.id)
    assert desk.state(second) == "queued"
    desk.downloads.limit(0)
    desk.until(lambda: len(desk.finished) == 2)
    assert [one.name for one in desk.finished] == list(NAMES[:2])


def test_what_is_removed_leaves_nothing_behind(desk: Desk) -> None:
    desk.downloads.limit(500_000)
    one = desk.add(NAMES[0])
    desk.until(lambda: desk.downloads.items[0].done_bytes > 0)
    desk.downloads.remove(one.id)
    desk.until(lambda: not desk.line.models.exists() or not any(desk.line.models.iterdir()))
    two = desk.add(NAMES[1])
    desk.downloads.limit(0)
    desk.until(lambda: desk.state(two) == "done")
    desk.downloads.remove(two.id)
    assert desk.names() == [NAMES[1]]


def test_the_same_item_is_not_added_twice(desk: Desk) -> None:
    assert desk.add(NAMES[0]).id == desk.add(NAMES[0]).id
    assert len(desk.downloads.items) == 1


def test_the_limit_holds(desk: Desk) -> None:
    desk.downloads.limit(4_000_000)
    desk.add(NAMES[0])
    desk.until(lambda: desk.finished)
    fastest = max(entry.received_bytes / max(entry.seconds, 1e-6) for entry in desk.line.network.ledger.entries())
    assert fastest < 40_000_000


def test_offline_it_waits_and_goes_on_when_the_switch_is_put_back(desk: Desk) -> None:
    desk.downloads.limit(500_000)
    one = desk.add(NAMES[0])
    desk.until(lambda: desk.downloads.items[0].done_bytes > 0)
    desk.line.network.use(Route(offline=True))
    desk.until(lambda: isinstance(desk.downloads.items[0].error, SwitchedOffline))
    count = len(desk.hub.requests)
    desk.deliver.run_waiting()
    assert len(desk.hub.requests) == count
    desk.downloads.limit(0)
    desk.line.network.use(Route())
    desk.until(lambda: desk.state(one) == "done")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_server_that_is_busy_is_asked_again(desk: Desk, status: int) -> None:
    left = [3]

    def lie(_request: Request, _answer: Answer) -> Answer | None:
        left[0] -= 1
        return refused(status, "", "busy") if left[0] >= 0 else None

    desk.hub.lie = lie
    one = desk.add(NAMES[0])
    desk.until(lambda: desk.state(one) == "done")


def test_one_that_waits_says_why_and_is_tried_at_once_when_asked(desk: Desk) -> None:
    desk.downloads.patience = replace_patience(first=600.0)
    desk.hub.lie = lambda _request, _answer: refused(429, "", "busy", Retry_After="500")
    one = desk.add(NAMES[0])
    desk.until(lambda: desk.state(one) == "waiting")
    (found,) = desk.downloads.items
    assert isinstance(found.error, RateLimited)
    assert found.retry_seconds > 400
    desk.hub.lie = None
    desk.downloads.resume(one.id)
    desk.until(lambda: desk.state(one) == "done")


def replace_patience(*, first: float) -> object:
    import msgspec

    return msgspec.structs.replace(IMPATIENT, first_seconds=first, longest_seconds=first)


def test_what_failed_stays_failed_with_its_reason_until_it_is_tried_again(desk: Desk) -> None:
    desk.hub.lie = lambda request, _answer: page() if request.kind == "head" else None
    one = desk.add(NAMES[0])
    desk.until(lambda: desk.state(one) == "failed")
    desk.restart()
    (found,) = desk.downloads.items
    assert isinstance(found.error, NoAnswer)
    assert found.error.reason == "login_page"
    desk.hub.lie = None
    desk.downloads.resume(one.id)
    desk.until(lambda: desk.state(one) == "done")


def test_one_that_fails_does_not_hold_up_the_next(desk: Desk) -> None:
    desk.hub.lie = lambda request, _answer: page() if NAMES[0] in request.path else None
    desk.add(NAMES[0])
    desk.add(NAMES[1])
    desk.until(lambda: [item.state for item in desk.downloads.items] == ["failed", "done"])


def test_an_entry_that_somebody_changed_does_not_hold_up_the_next(desk: Desk) -> None:
    desk.add(NAMES[0])
    desk.downloads.pause_all()
    desk.close()
    file = desk.folder / "downloads.json"
    rows = json.loads(file.read_text())
    rows["downloads"][0]["state"] = "queued"
    other = json.loads(json.dumps(rows["downloads"][0]))
    other["id"] = "another"
    other["files"][0]["path"] = "../x.gguf"
    rows["downloads"].insert(0, other)
    file.write_text(json.dumps(rows))
    desk.deliver.run_waiting()
    desk.open()
    desk.until(lambda: [item.state for item in desk.downloads.items] == ["failed", "done"])


def test_what_cannot_be_downloaded_is_refused_before_anything_is_sent(desk: Desk) -> None:
    bad = HubItem("x.gguf", (HubFile("../x.gguf", 1, "a" * 64),))
    with pytest.raises(DownloadFailed):
        desk.downloads.add(Source(desk.hub.url, "some/model", COMMIT), bad)
    assert desk.downloads.items == ()
    assert desk.hub.requests == []


def test_a_disk_without_room_is_seen_before_the_first_byte(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    real = os.statvfs(desk.folder)
    full = os.statvfs_result((*real[:4], 10, *real[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _path: full)
    one = desk.add(NAMES[0])
    desk.until(lambda: desk.state(one) == "failed")
    error = desk.downloads.items[0].error
    assert isinstance(error, DownloadFailed)
    assert error.reason == "no_room"
    assert error.needed_bytes > 2_000_000
    assert not desk.hub.asked("bytes")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"downloads": 5}', '{"downloads": [5, {}, {"id": "x"}]}'])
def test_a_damaged_list_is_an_empty_one(tmp_path: Path, hub: FaultHub, content: str) -> None:
    (tmp_path / "downloads.json").write_text(content)
    desk = Desk(tmp_path, hub)
    assert desk.downloads.items == ()
    desk.close()


def test_a_stalled_server_does_not_hold_up_the_end_of_the_program(desk: Desk) -> None:
    desk.line.network.read_seconds = 300.0
    desk.hub.lie = lambda r, a: replace(a, stall_after=1000) if r.kind == "bytes" else None
    desk.add(NAMES[0])
    desk.until(lambda: desk.hub.asked("bytes"))
    desk.close()  # the fixture that looks for threads left behind says whether it ended
    desk.hub.lie = None
    desk.hub.released.set()
