"""Kills, resets and stalls: the file comes right, little is fetched again, nothing is left lying about.

The whole matrix, 500 faults over 100 MB, is `python -m tests.bench download-faults`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nextword.network_errors import DownloadFailed
from tests.fault_hub import Answer, FaultHub, Repo, Request, gguf_bytes, running
from tests.hub.broken_downloads import break_downloads, kept_bytes
from tests.hub.downloading import item_of, online

NAME = "model-Q4_K_M.gguf"


def test_kills_resets_and_stalls_cost_little_and_harm_nothing(tmp_path: Path) -> None:
    tally = break_downloads(tmp_path, 16_000_000, faults=9)
    assert (tally.downloads, tally.right, tally.orphans) == (3, 3, 0)
    assert min(tally.kills, tally.resets, tally.stalls) >= 2
    assert max(tally.per_kill) <= 8_000_000
    assert max(tally.per_reset) <= 4_000_000


def test_a_signed_address_that_ends_is_asked_for_again(tmp_path: Path) -> None:
    repo = Repo("some/model", {NAME: gguf_bytes(20_000_000)})

    def changes(request: Request, _answer: Answer) -> Answer | None:
        if request.kind == "bytes" and cdn.sent_bytes > 6_000_000 and cdn.signature == "first":
            cdn.signature = "second"
        return None

    with running(repo, lie=changes) as cdn, running(repo, elsewhere=cdn) as hub, online(tmp_path) as line:
        assert line.fetch(hub, item_of(repo)) is None
        assert len(hub.asked("head")) >= 2
        assert line.files() == [NAME]


def test_bytes_that_changed_on_the_disk_are_fetched_again_and_no_others(tmp_path: Path) -> None:
    repo = Repo("some/model", {NAME: gguf_bytes(24_000_000)})
    with running(repo) as hub, online(tmp_path) as line:

        def ends_late(request: Request, answer: Answer) -> Answer | None:
            late = request.kind == "bytes" and request.start >= 20 << 20
            return replace(answer, close_after=0) if late else None

        hub.lie = ends_late
        assert isinstance(line.fetch(hub, item_of(repo)), DownloadFailed)
        (part,) = line.models.rglob("*.part")
        with part.open("r+b") as file:
            file.seek(9_000_000)
            file.write(b"harmed")
        kept = kept_bytes(tmp_path, 24_000_000, repo.size_and_hash(NAME)[1])
        hub.lie, hub.sent_bytes = None, 0
        assert line.fetch(hub, item_of(repo)) is None
        assert next(line.models.rglob(NAME)).read_bytes() == repo.files[NAME]
        assert hub.sent_bytes <= 24_000_000 - kept + (4 << 20)


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "other file", "link"])
def test_a_journal_that_cannot_be_believed_costs_time_and_nothing_else(tmp_path: Path, damage: str) -> None:
    repo = Repo("some/model", {NAME: gguf_bytes(9_000_000)})
    with running(repo) as hub, online(tmp_path) as line:
        _stop_half_way(hub, line, repo)
        (journal,) = line.models.rglob("*.part.json")
        text = journal.read_bytes()
        if damage == "link":
            elsewhere = tmp_path / "elsewhere"
            elsewhere.write_bytes(text)
            journal.unlink()
            journal.symlink_to(elsewhere)
        else:
            journal.write_bytes(
                {
                    "cut": text[:-20],
                    "garbage": text.replace(b"0", b"\xff"),
                    "empty": b"",
                    "other file": text.replace(b"9000000", b"9000001"),
                }[damage]
            )
        hub.lie = None
        assert line.fetch(hub, item_of(repo)) is None
        assert line.files() == [NAME]
        assert next(line.models.rglob(NAME)).read_bytes() == repo.files[NAME]


def _stop_half_way(hub: FaultHub, line: object, repo: Repo) -> None:
    def lie(request: Request, answer: Answer) -> Answer | None:
        return replace(answer, close_after=0) if request.kind == "bytes" and request.start >= 4 << 20 else None

    hub.lie = lie
    assert isinstance(line.fetch(hub, item_of(repo)), DownloadFailed)  # type: ignore[attr-defined]


def test_a_file_of_the_same_name_is_never_replaced(tmp_path: Path) -> None:
    repo = Repo("some/model", {NAME: gguf_bytes(300_000)})
    with running(repo) as hub, online(tmp_path) as line:
        assert line.fetch(hub, item_of(repo)) is None
        target = next(line.models.rglob(NAME))
        target.chmod(0o600)
        target.write_bytes(b"mine")
        assert getattr(line.fetch(hub, item_of(repo)), "reason", "") == "exists"
        assert target.read_bytes() == b"mine"
