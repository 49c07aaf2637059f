"""Search and details: what the hub says reaches the screen, what it refuses has a reason of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

import pytest

from nextword.errors import NextwordError
from nextword.hub.cards import plain_card
from nextword.hub.catalog import Catalog
from nextword.hub.hub_items import quantization_of
from nextword.hub.hub_records import HubDetail, SearchPage, SearchQuery
from nextword.hub.ranges import RemoteFile
from nextword.network.door import Route
from nextword.network_errors import HubRefused, NoAnswer, RateLimited, SwitchedOffline
from tests.deliveries import Deliveries
from tests.fault_hub import COMMIT, Answer, FaultHub, Lie, Repo, data, gguf_bytes, page, refused
from tests.hub.downloading import Line

CARD = "---\nlicense: mit\n---\n# Title\n\nSome **words** and a [link](https://x.example). <img src=x>\n![a](b)\n"


@dataclass
class Desk:
    """A catalog; `search` and `detail` wait for the answer and raise what was refused."""

    hub: FaultHub
    line: Line
    deliver: Deliveries = field(default_factory=Deliveries)

    def __post_init__(self) -> None:
        self.endpoint = self.hub.url
        self.catalog = Catalog(self.line.network, lambda: self.endpoint, self.deliver, home=self.line.folder / "hub")

    def ask(self, question: Callable[[Callable[[object], None], Callable[[NextwordError], None]], object]) -> object:
        got: list[object] = []
        question(got.append, got.append)
        self.deliver.until(lambda: got, seconds=30)
        if isinstance(got[0], NextwordError):
            raise got[0]
        return got[0]

    def search(self, **query: object) -> SearchPage:
        found = self.ask(lambda done, failed: self.catalog.search(SearchQuery(**query), done, failed))  # type: ignore[arg-type]
        assert isinstance(found, SearchPage)
        return found

    def detail(self, repo: str) -> HubDetail:
        found = self.ask(lambda done, failed: self.catalog.detail(repo, done, failed))
        assert isinstance(found, HubDetail)
        return found


@pytest.fixture(scope="module")
def hub() -> Iterator[FaultHub]:
    files = {
        "README.md": CARD.encode(), "a-Q8_0.gguf": gguf_bytes(900), "a-Q4_K_M.gguf": gguf_bytes(500),
        "config.json": b"{}", "b-F16-00001-of-00002.gguf": gguf_bytes(700),
        "b-F16-00002-of-00002.gguf": gguf_bytes(600),
    }  # fmt: skip
    made = FaultHub(Repo("some/model-GGUF", files), *(Repo(f"many/model-{n:02}", {}) for n in range(45)))
    yield made
    made.close()


@pytest.fixture
def desk(hub: FaultHub, tmp_path: Path) -> Iterator[Desk]:
    hub.lie = None
    hub.requests.clear()
    line = Line(tmp_path, read_seconds=1.0)
    made = Desk(hub, line)
    yield made
    line.close()
    made.catalog.close()


def test_nothing_is_asked_before_somebody_asks(desk: Desk) -> None:
    assert desk.hub.requests == []
    assert desk.line.network.ledger.entries() == ()


def test_what_is_looked_for_reaches_the_hub(desk: Desk) -> None:
    desk.search(text="model", author="some", tags=("license:mit", "en"), sort="likes", low_parameters=10**8,
                high_parameters=8 * 10**9)  # fmt: skip
    (request,) = desk.hub.requests
    assert request.query["search"] == ["model"]
    assert request.query["author"] == ["some"]
    assert request.query["filter"] == ["gguf", "license:mit", "en"]
    assert request.query["sort"] == ["likes"]
    assert request.query["limit"] == ["30"]
    assert request.query["num_parameters"] == ["min:100000000,max:8000000000"]
    assert "gguf" in request.query["expand"]


def test_a_model_is_described_as_the_hub_describes_it(desk: Desk) -> None:
    (model,) = desk.search(text="some/model").models
    assert (model.repo, model.author, model.name) == ("some/model-GGUF", "some", "model-GGUF")
    assert (model.licence, model.languages, model.base_models) == ("mit", ("en",), ("some/base",))
    assert (model.architecture, model.context_tokens, model.parameters) == ("llama", 2048, 135_000_000)


def test_pages_come_when_they_are_wanted(desk: Desk) -> None:
    pages: list[SearchPage] = []
    search = desk.catalog.search(
        SearchQuery("many/", page_size=20), pages.append, lambda error: pytest.fail(str(error))
    )
    desk.deliver.until(lambda: len(pages) == 1)
    assert len(desk.hub.requests) == 1
    for count in (2, 3):
        desk.catalog.more(search, pages.append, lambda error: pytest.fail(str(error)))
        desk.deliver.until(lambda count=count: len(pages) == count)  # type: ignore[misc]
    assert [len(each.models) for each in pages] == [20, 20, 5]
    assert [each.more for each in pages] == [True, True, False]
    assert len({model.repo for each in pages for model in each.models}) == 45


def test_a_search_that_is_cancelled_tells_nothing(desk: Desk) -> None:
    told: list[object] = []
    search = desk.catalog.search(SearchQuery("a"), told.append, told.append)
    search.cancel()
    desk.search(text="model")
    desk.search(text="model")
    assert told == []


def test_the_details_are_the_files_and_the_card_as_plain_text(desk: Desk) -> None:
    detail = desk.detail("some/model-GGUF")
    assert [(item.name, item.quantization, item.size_bytes, len(item.files)) for item in detail.items] == [
        ("a-Q4_K_M.gguf", "Q4_K_M", 500, 1),
        ("a-Q8_0.gguf", "Q8_0", 900, 1),
        ("b-F16.gguf", "F16", 1300, 2),
    ]
    assert detail.model.revision == COMMIT
    assert detail.card == "Title\n\nSome words and a link (https://x.example).\na"
    count = len(desk.hub.requests)
    desk.detail("some/model-GGUF")
    assert len(desk.hub.requests) == count, "it was known"


def _refusal(status: int, code: str = "", message: str = "", **headers: str) -> Lie:
    return lambda _request, _answer: refused(status, code, message, **headers)


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        (_refusal(404, "RepoNotFound"), "missing_repo"),
        (_refusal(401), "missing_repo"),
        (_refusal(401, "GatedRepo"), "gated"),
        (_refusal(403, "GatedRepo"), "gated"),
        (_refusal(404, "RevisionNotFound"), "missing_revision"),
        (_refusal(403, "", "Access to this resource is disabled."), "disabled"),
        (_refusal(401, "", "Invalid credentials in Authorization header"), "bad_token"),
        (_refusal(403, "", "no"), "private"),
        (_refusal(400, "", "what"), "bad_request"),
    ],
)
def test_what_the_hub_refuses_has_a_reason(desk: Desk, lie: Lie, reason: str) -> None:
    desk.hub.lie = lie
    with pytest.raises(HubRefused) as caught:
        desk.detail("some/model-GGUF")
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        (_refusal(500), "server"),
        (_refusal(503), "server"),
        (_refusal(511), "login_page"),
        (_refusal(407), "proxy_login"),
        (lambda _r, _a: page(), "login_page"),
        (lambda _r, _a: page(404), "login_page"),
        (lambda _r, _a: Answer(200, {}, b"not json"), "not_hub"),
        (lambda _r, _a: data({"a": 1}), "not_hub"),
        (lambda _r, _a: data([{"id": 5, "lastModified": "never"}]), "not_hub"),
        (lambda _r, _a: data([5]), "not_hub"),
        (lambda _r, a: Answer(200, {}, a.body, stall_after=0), "timeout"),
        (lambda _r, a: Answer(200, {}, a.body, reset_after=5), "interrupted"),
        (lambda r, _a: Answer(302, {"Location": r.path}), "redirects"),
        (lambda _r, _a: Answer(404, {"Content-Type": "text/plain"}, b"no such page"), "missing"),
    ],
)
def test_what_is_no_answer_of_a_hub_has_a_reason(desk: Desk, lie: Lie, reason: str) -> None:
    desk.hub.lie = lie
    with pytest.raises((NoAnswer, HubRefused)) as caught:
        desk.search(text="model")
    assert caught.value.reason == reason or (reason == "missing" and isinstance(caught.value, HubRefused))
    desk.hub.released.set()
    desk.hub.released.clear()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "55"}, 55),
        ({"Retry-After": "DATE"}, 120),
        ({"ratelimit": '"api";r=0;t=77'}, 77),
        ({"Retry-After": "99999"}, 900),
        ({"Retry-After": "soon"}, 0),
        ({}, 0),
    ],
)
def test_a_rate_limit_says_how_long_and_is_told_at_once(desk: Desk, headers: dict[str, str], seconds: int) -> None:
    sent = {
        name: formatdate(time.time() + 120, usegmt=True) if text == "DATE" else text for name, text in headers.items()
    }
    desk.hub.lie = lambda _request, _answer: Answer(429, sent)
    with pytest.raises(RateLimited) as caught:
        desk.search(text="model")
    assert caught.value.wait_seconds == pytest.approx(seconds, abs=5)
    assert len(desk.hub.requests) == 1, "no library tries again behind a person's back"


def test_what_the_switch_refused_is_noted_with_its_purpose(desk: Desk) -> None:
    desk.line.network.use(Route(offline=True))
    with pytest.raises(SwitchedOffline):
        desk.search(text="model")
    (entry,) = desk.line.network.ledger.entries()
    assert (entry.purpose, entry.outcome, entry.sent_bytes) == ("search", "refused", 0)


def test_offline_nothing_is_asked(desk: Desk) -> None:
    desk.line.network.use(Route(offline=True))
    with pytest.raises(SwitchedOffline):
        desk.search(text="model")
    with pytest.raises(SwitchedOffline):
        desk.detail("some/model-GGUF")
    assert desk.hub.requests == []


@pytest.mark.parametrize("endpoint", ["", "hub", "ftp://x", "http://127.0.0.1:1"])
def test_a_hub_that_is_none_has_a_reason(desk: Desk, endpoint: str) -> None:
    desk.endpoint = endpoint
    with pytest.raises(NoAnswer) as caught:
        desk.search(text="model")
    assert caught.value.reason in ("address", "refused")


def test_a_header_is_read_in_parts_within_its_bound(desk: Desk) -> None:
    content = desk.hub.repos["some/model-GGUF"].files["a-Q8_0.gguf"]
    remote = RemoteFile(desk.catalog.api, desk.line.network, desk.hub.url, limit_bytes=800)
    first = remote.read("some/model-GGUF", COMMIT, "a-Q8_0.gguf", start=0, length=300)
    last = remote.read("some/model-GGUF", COMMIT, "a-Q8_0.gguf", start=700, length=300)
    assert (first, last) == (content[:300], content[700:])
    with pytest.raises(NoAnswer) as caught:
        remote.read("some/model-GGUF", COMMIT, "a-Q8_0.gguf", start=0, length=400)
    assert caught.value.reason == "too_large"
    assert {entry.purpose for entry in desk.line.network.ledger.entries()} == {"file header"}


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        ("Llama-3.2-1B-Instruct-Q4_K_M.gguf", "Q4_K_M"), ("model.IQ3_XXS.gguf", "IQ3_XXS"), ("x-f16.gguf", "F16"),
        ("qwen2.5-0.5b-instruct-q8_0.gguf", "Q8_0"), ("BF16/model-00001-of-00002", "BF16"), ("model.gguf", ""),
        ("UD-Q2_K_XL.gguf", "UD-Q2_K_XL"), ("gpt-oss-20b-MXFP4.gguf", "MXFP4"), ("Qwen3-4B.gguf", ""),
    ],
)  # fmt: skip
def test_the_quantization_is_read_from_the_name(name: str, quantization: str) -> None:
    assert quantization_of(name) == quantization


@pytest.mark.parametrize(
    "text", ["---\nno end", "<" * 50_000, "![" * 20_000, "[a](" * 20_000, "**" * 50_000, "<!--" * 9_000]
)
def test_a_hostile_card_is_plain_text_all_the_same(text: str) -> None:
    assert len(plain_card(text)) <= 200_000
