"""Sixty lies of a server: each is refused, with the reason that it has, and nothing of it gets a name."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nextword.hub.hub_items import items_of
from nextword.hub.hub_records import HubFile
from nextword.network_errors import NetworkError
from tests.fault_hub import COMMIT, Answer, FaultHub, Lie, Repo, Request, gguf_bytes, page, refused
from tests.hub.downloading import Line, item_of

SIZE = (4 << 20) * 2 + 54_321
CONTENT = gguf_bytes(SIZE)
OTHER = gguf_bytes(SIZE, 2)
PIECE = 4 << 20
PLACES = {"first": 0, "second": PIECE, "last": 2 * PIECE}
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 8442929\n"


@dataclass
class Case:
    """lie: what the server does. reason: of the error that must come."""

    reason: str
    lie: Lie


def on_head(change: Callable[[Answer], Answer]) -> Lie:
    def lie(request: Request, answer: Answer) -> Answer | None:
        return change(answer) if request.kind == "head" else None

    return lie


def head(**headers: str) -> Lie:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return on_head(lambda answer: Answer(answer.status, {**answer.headers, **named}, answer.body))


def on_bytes(change: Callable[[Request, Answer], Answer], place: str = "first") -> Lie:
    """Change the answers for the piece that begins at a place."""
    start = PLACES[place]

    def lie(request: Request, answer: Answer) -> Answer | None:
        there = request.kind == "bytes" and start <= request.start < start + PIECE
        return change(request, answer) if there else None

    return lie


def body(**headers: str) -> Lie:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return on_bytes(lambda _request, answer: Answer(answer.status, {**answer.headers, **named}, answer.body))


def flipped(_request: Request, answer: Answer) -> Answer:
    changed = bytearray(answer.body)
    changed[len(changed) // 2] ^= 1
    return Answer(answer.status, answer.headers, bytes(changed))


def whole(_request: Request, _answer: Answer) -> Answer:
    return Answer(200, {}, CONTENT)


def shifted(request: Request, answer: Answer) -> Answer:
    start = request.start + 1
    return Answer(
        206,
        {**answer.headers, "Content-Range": f"bytes {start}-{start + len(answer.body) - 1}/{SIZE}"},
        answer.body,
    )


def silently_shifted(request: Request, answer: Answer) -> Answer:
    return Answer(206, answer.headers, CONTENT[request.start - 7 : request.start - 7 + len(answer.body)])


def of_other_file(request: Request, answer: Answer) -> Answer:
    return Answer(206, answer.headers, OTHER[request.start : request.start + len(answer.body)])


def total(number: object) -> Lie:
    def change(request: Request, answer: Answer) -> Answer:
        span = f"bytes {request.start}-{request.start + len(answer.body) - 1}/{number}"
        return Answer(206, {**answer.headers, "Content-Range": span}, answer.body)

    return on_bytes(change)


def zipped(encoding: str) -> Lie:
    def change(_request: Request, answer: Answer) -> Answer:
        return Answer(206, {**answer.headers, "Content-Encoding": encoding}, gzip.compress(answer.body, 0))

    return on_bytes(change)


def begins_with(text: bytes, kind: str = "application/octet-stream") -> Lie:
    def change(_request: Request, answer: Answer) -> Answer:
        return Answer(206, {**answer.headers, "Content-Type": kind}, text.ljust(len(answer.body), b" "))

    return on_bytes(change)


def always(make: Callable[[], Answer], kind: str = "bytes") -> Lie:
    return lambda request, _answer: make() if request.kind == kind else None


def cut(after: int, place: str = "first") -> Lie:
    return on_bytes(lambda _request, answer: replace(answer, close_after=after), place)


def longer(_request: Request, answer: Answer) -> Answer:
    return Answer(206, answer.headers, bytes(answer.body) + b"more")


def shorter(_request: Request, answer: Answer) -> Answer:
    return Answer(206, answer.headers, answer.body[:-100])


def elsewhere() -> Answer:
    return Answer(302, {"Location": "http://login.invalid/"})


def round_and_round(request: Request, _answer: Answer) -> Answer | None:
    return Answer(302, {"Location": request.path}) if request.kind == "head" else None


CASES: dict[str, Case] = {
    "head without commit": Case("login_page", head(X_Repo_Commit="")),
    "head of another commit": Case("moved_revision", head(X_Repo_Commit="f" * 40)),
    "head of a branch": Case("moved_revision", head(X_Repo_Commit="main")),
    "head longer": Case("wrong_length", head(X_Linked_Size=str(SIZE + 1))),
    "head shorter": Case("wrong_length", head(X_Linked_Size=str(SIZE - 1))),
    "head of nothing": Case("lfs_pointer", head(X_Linked_Size="0")),
    "head negative": Case("lfs_pointer", head(X_Linked_Size="-5")),
    "head of a pointer": Case("lfs_pointer", head(X_Linked_Size="134")),
    "head no number": Case("wrong_length", head(X_Linked_Size="many")),
    "head without hash": Case("no_hash", head(X_Linked_Etag="", ETag="")),
    "head with a git hash": Case("no_hash", head(X_Linked_Etag='"' + "a" * 40 + '"')),
    "head with a weak etag": Case("no_hash", head(X_Linked_Etag='W/"x"')),
    "head with another hash": Case("moved_revision", head(X_Linked_Etag='"' + "b" * 64 + '"')),
    "head is a page": Case("login_page", always(page, "head")),
    "head leads to a login": Case("login_page", always(elsewhere, "head")),
    "head is 511": Case("login_page", always(lambda: page(511), "head")),
    "head leads to itself": Case("redirects", round_and_round),
    "head file gone": Case("missing_file", always(lambda: refused(404, "EntryNotFound", "gone"), "head")),
    "head commit gone": Case("missing_revision", always(lambda: refused(404, "RevisionNotFound", "gone"), "head")),
    "head repository gone": Case("missing_repo", always(lambda: refused(404, "RepoNotFound", "gone"), "head")),
    "head gated": Case("gated", always(lambda: refused(403, "GatedRepo", "no"), "head")),
    "head gated by 401": Case("gated", always(lambda: refused(401, "GatedRepo", "no"), "head")),
    "head bare 401": Case("missing_repo", always(lambda: Answer(401), "head")),
    "head forbidden": Case("private", always(lambda: Answer(403), "head")),
    "head switched off": Case(
        "disabled", always(lambda: refused(403, "", "Access to this resource is disabled."), "head")
    ),
    "head page not found": Case("login_page", always(lambda: page(404), "head")),
    "one bit in the first piece": Case("wrong_hash", on_bytes(flipped, "first")),
    "one bit in the second piece": Case("wrong_hash", on_bytes(flipped, "second")),
    "one bit in the last piece": Case("wrong_hash", on_bytes(flipped, "last")),
    "other file first": Case("wrong_hash", on_bytes(of_other_file, "first")),
    "other file last": Case("wrong_hash", on_bytes(of_other_file, "last")),
    "bytes moved silently": Case("wrong_hash", on_bytes(silently_shifted, "second")),
    "200 for a range, first": Case("no_ranges", on_bytes(whole, "first")),
    "200 for a range, second": Case("no_ranges", on_bytes(whole, "second")),
    "200 for a range, last": Case("no_ranges", on_bytes(whole, "last")),
    "200 with the part": Case("no_ranges", on_bytes(lambda _r, a: Answer(200, {}, a.body))),
    "range moved, first": Case("wrong_range", on_bytes(shifted, "first")),
    "range moved, second": Case("wrong_range", on_bytes(shifted, "second")),
    "range moved, last": Case("wrong_range", on_bytes(shifted, "last")),
    "range without header": Case("wrong_range", body(Content_Range="")),
    "range in words": Case("wrong_range", body(Content_Range="all of it")),
    "range of other units": Case("wrong_range", body(Content_Range=f"pieces 0-1/{SIZE}")),
    "range negative": Case("wrong_range", body(Content_Range=f"bytes -5-10/{SIZE}")),
    "range multipart": Case("wrong_range", body(Content_Range="", Content_Type="multipart/byteranges; boundary=x")),
    "total larger": Case("wrong_length", total(SIZE + 1)),
    "total smaller": Case("wrong_length", total(SIZE - 1)),
    "total absurd": Case("wrong_length", total(10**30)),
    "gzip": Case("encoded", zipped("gzip")),
    "brotli": Case("encoded", zipped("br")),
    "deflate": Case("encoded", zipped("deflate")),
    "zstandard": Case("encoded", zipped("zstd")),
    "416": Case("wrong_length", always(lambda: Answer(416, {"Content-Range": "bytes */10"}))),
    "a page": Case("web_page", always(page)),
    "a page as a part": Case("web_page", begins_with(b"<html>", "text/html")),
    "a page said to be bytes": Case("web_page", begins_with(b"\n <!DOCTYPE html>")),
    "an LFS pointer": Case("lfs_pointer", begins_with(POINTER)),
    "a ZIP": Case("not_gguf", begins_with(b"PK\x03\x04")),
    "nothing but zeros": Case("not_gguf", begins_with(b"\0" * 100)),
    "always cut off at once": Case("wrong_length", cut(0)),
    "always cut off at once, last": Case("wrong_length", cut(0, "last")),
    "body longer than its range": Case("wrong_range", on_bytes(longer)),
    "body shorter than its range": Case("wrong_range", on_bytes(shorter)),
    "202": Case("not_hub", always(lambda: Answer(202))),
}  # fmt: skip


@pytest.fixture(scope="module")
def hub() -> Iterator[FaultHub]:
    made = FaultHub(Repo("some/model", {"model-Q4_K_M.gguf": CONTENT}))
    yield made
    made.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    made = Line(tmp_path)
    yield made
    made.close()


def test_there_are_sixty_lies() -> None:
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", list(CASES))
def test_a_lie_is_refused_with_its_reason(name: str, hub: FaultHub, line: Line) -> None:
    case = CASES[name]
    hub.lie = case.lie
    error = line.fetch(hub, item_of(hub.repos["some/model"]))
    assert isinstance(error, NetworkError), error
    assert getattr(error, "reason", "") == case.reason, error
    assert [file for file in line.files() if not file.endswith((".part", ".part.json"))] == []


def test_the_truth_is_taken(hub: FaultHub, line: Line) -> None:
    hub.lie = None
    assert line.fetch(hub, item_of(hub.repos["some/model"])) is None
    assert line.files() == ["model-Q4_K_M.gguf"]


def test_a_lie_that_is_told_once_does_no_harm(hub: FaultHub, line: Line) -> None:
    told: list[int] = []

    def once(request: Request, answer: Answer) -> Answer | None:
        if request.kind == "bytes" and len(told) < 2:
            told.append(1)
            return (shifted if len(told) == 1 else flipped)(request, answer)
        return None

    hub.lie = once
    assert line.fetch(hub, item_of(hub.repos["some/model"])) is None
    assert (next(line.models.rglob("*.gguf"))).read_bytes() == CONTENT


SPLIT = {f"big-Q8_0-0000{number}-of-00003.gguf": gguf_bytes(100_000 + number, number) for number in (1, 2, 3)}


def test_a_split_file_is_one_item(line: Line) -> None:
    repo = Repo("some/model", dict(SPLIT))
    made = FaultHub(repo)
    try:
        item = item_of(repo)
        assert (item.name, len(item.files), item.quantization) == ("big-Q8_0.gguf", 3, "Q8_0")
        assert line.fetch(made, item) is None
        assert line.files() == sorted(SPLIT)
    finally:
        made.close()


@pytest.mark.parametrize("part", [1, 2, 3])
@pytest.mark.parametrize("fault", ["missing", "hash", "truncated"])
def test_a_split_file_with_one_bad_part_is_not_taken(line: Line, part: int, fault: str) -> None:
    files = dict(SPLIT)
    name = f"big-Q8_0-0000{part}-of-00003.gguf"
    repo = Repo("some/model", files)
    item = item_of(repo)
    if fault == "missing":
        del files[name]
    else:
        files[name] = gguf_bytes(100_000 + part, 9) if fault == "hash" else files[name][:-10]
    made = FaultHub(repo)
    try:
        error = line.fetch(made, item)
    finally:
        made.close()
    expected = {"missing": "missing_file", "hash": "wrong_hash", "truncated": "wrong_length"}[fault]
    assert getattr(error, "reason", "") == expected, error
    assert name not in line.files()


@pytest.mark.parametrize("present", [(1,), (1, 2), (2, 3), (1, 3)])
def test_a_split_file_whose_parts_are_not_all_listed_is_not_offered(present: tuple[int, ...]) -> None:
    files = [HubFile(f"x-0000{n}-of-00003.gguf", 10, "a" * 64) for n in present]
    (item,) = items_of(files)
    assert getattr(item.problem, "reason", "") == "split_incomplete"
    assert item.missing == tuple(n for n in (1, 2, 3) if n not in present)


def test_the_revision_is_asked_for_by_its_commit(hub: FaultHub, line: Line) -> None:
    hub.lie = None
    hub.requests.clear()
    assert line.fetch(hub, item_of(hub.repos["some/model"])) is None
    assert {request.path for request in hub.requests} == {f"/some/model/resolve/{COMMIT}/model-Q4_K_M.gguf"}
