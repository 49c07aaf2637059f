"""Sixty names that a repository should not have: nothing is written outside the folder, nothing else is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.errors import NextwordError
from nextword.hub.file_names import address_of, check_repo, folder_of, safe_name
from nextword.hub.hub_items import items_of
from nextword.hub.hub_records import HubFile, HubItem
from nextword.network_errors import DownloadFailed, HubRefused
from tests.fault_hub import COMMIT, Answer, FaultHub, Repo, Request, data, gguf_bytes
from tests.hub.downloading import Line

HOSTILE = [
    "../x.gguf", "../../x.gguf", "../../../../../../tmp/x.gguf", "a/../../x.gguf", "a/../x.gguf", "./x.gguf",
    "/x.gguf", "/etc/x.gguf", "//host/share/x.gguf", "a//x.gguf", "a/./x.gguf", "..", "../", "x/..",
    "..\\x.gguf", "..\\..\\x.gguf", "C:\\x.gguf", "C:/x.gguf", "C:x.gguf", "c:..\\x.gguf", "\\\\host\\share\\x.gguf",
    "\\x.gguf", "a\\b.gguf", "file:///x.gguf", "http://evil.example/x.gguf", "x.gguf:stream", "x.gguf::$DATA.gguf",
    "CON.gguf", "con.gguf", "NUL.gguf", "aux.x.gguf", "COM1.gguf", "LPT9.gguf", "COM¹.gguf", "PRN .gguf",
    "CONIN$.gguf", "x.gguf.", "x.gguf ", " x.gguf", ".x.gguf", ".gguf", "-x.gguf", "~x.gguf", "~/x.gguf",
    "x\x00.gguf", "x\n.gguf", "x\r\nSet-Cookie: a.gguf", "x\x1b[31m.gguf", "x\x7f.gguf", "x\x85.gguf",
    "model\u202eFUGG.gguf", "x\u2066y\u2069.gguf", "x\u200b.gguf", "x\ufeff.gguf", "x\u2028y.gguf", "\ud800.gguf",
    "x" * 300 + ".gguf", "é" * 120 + ".gguf", "a|b.gguf", "a*b.gguf", "what?.gguf", '"quoted".gguf', "<tag>.gguf",
    "．．/x.gguf", "a／b.gguf", "x．gguf", "x.ggu\u212af", "x.exe", "model.gguf.exe", "model.bin", "", "README.md",
]  # fmt: skip

GOOD = [
    "model.gguf", "Model-Q4_K_M.GGUF", "a/b/model.gguf", "modèle 日本 (1).gguf", "a+b=c&d%2e%2e.gguf", "x#y.gguf",
    "100%.gguf", "it's [1].gguf",
]  # fmt: skip


def test_there_are_sixty_hostile_names() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_hostile_name_is_not_taken(name: str) -> None:
    with pytest.raises(DownloadFailed) as caught:
        safe_name(name)
    assert caught.value.reason == "bad_name"


@pytest.mark.parametrize("name", GOOD)
def test_an_ordinary_name_is_taken(name: str) -> None:
    taken = safe_name(name)
    assert "/" not in taken
    address = address_of("https://hub.example", "a/b", COMMIT, name)
    assert address.startswith(f"https://hub.example/a/b/resolve/{COMMIT}/")
    assert "?" not in address
    assert "#" not in address


@pytest.mark.parametrize(
    "repo", ["../x", "a/..", "a/b/c", "/a/b", "a b/c", "a/b?x", "a/b#x", "", "a/", "a/b%2e", "a\\b", "a/b\n", "é/b"]
)
def test_a_hostile_repository_is_not_asked_for(repo: str, tmp_path: Path) -> None:
    for ask in (lambda: check_repo(repo), lambda: folder_of(tmp_path, repo, COMMIT)):
        with pytest.raises(HubRefused):
            ask()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path / "line")
    yield made
    made.close()


def _all_files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_hostile_names_from_a_hub_write_nothing_and_ask_for_nothing_else(line: Line, tmp_path: Path) -> None:
    """The hub lists all of them with a size and a hash; each is tried, past the list and past the screen."""
    content = gguf_bytes(5_000)
    repo = Repo("some/model", {"model.gguf": content})
    digest = repo.size_and_hash("model.gguf")[1]
    rows = [
        {"type": "file", "path": name, "size": len(content), "oid": "a" * 40,
         "lfs": {"oid": digest, "size": len(content), "pointerSize": 134}}
        for name in HOSTILE
    ]  # fmt: skip

    def lie(request: Request, answer: Answer) -> Answer | None:
        if request.kind == "tree":
            return data(rows)
        if request.kind in ("head", "bytes"):
            headers = {"X-Repo-Commit": COMMIT, "X-Linked-Size": str(len(content)), "X-Linked-Etag": digest}
            return Answer(200, {**headers, **answer.headers, "Content-Length": str(len(content))}, content)
        return None

    hub = FaultHub(repo, lie=lie)
    try:
        before = _all_files(tmp_path)
        detail = line.api.detail(hub.url, "some/model")
        assert all(item.problem is not None for item in detail.items)
        for name in HOSTILE:
            with pytest.raises(NextwordError):
                line.fetch(hub, HubItem(name, (HubFile(name, len(content), digest),)))
        assert {request.file for request in hub.requests if request.kind == "bytes"} <= {"README.md"}  # the card
        assert all(
            request.path.startswith(("/api/models/some/model", "/some/model/resolve/")) for request in hub.requests
        )
        written = {name for name in _all_files(tmp_path) - before if not name.startswith("line/network.jsonl")}
        assert {name for name in written if name not in ("line", "line/hub")} == set()
    finally:
        hub.close()


def test_names_that_differ_in_capitals_alone_are_one_file_on_some_disks() -> None:
    files = [HubFile(name, 10, "a" * 64) for name in ("Model.gguf", "model.gguf", "other.gguf")]
    problems = {item.files[0].path: getattr(item.problem, "reason", "") for item in items_of(files)}
    assert sorted(problems.values()) == ["", "", "same_name"]


@pytest.mark.parametrize("planted", ["file", "folder", "fifo", "dangling", "loop"])
def test_a_link_that_somebody_planted_is_not_followed(line: Line, tmp_path: Path, planted: str) -> None:
    import os

    repo = Repo("some/model", {"model.gguf": gguf_bytes(5_000)})
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    folder = folder_of(line.models, "some/model", COMMIT)
    folder.mkdir(parents=True)
    part = folder / "model.gguf.part"
    target = {"file": victim, "folder": tmp_path, "dangling": tmp_path / "new", "loop": part}.get(planted)
    os.mkfifo(part) if target is None else part.symlink_to(target)
    hub = FaultHub(repo)
    try:
        from tests.hub.downloading import item_of

        error = line.fetch(hub, item_of(repo))
    finally:
        hub.close()
    assert isinstance(error, DownloadFailed)
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "new").exists()
