"""The hub by huggingface_hub: search, what is in a repository, the metadata of a file; blocking, on any thread."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from nextword.hub.cards import plain_card
from nextword.hub.file_names import address_of, check_repo, is_commit
from nextword.hub.hub_items import items_of
from nextword.hub.hub_records import Gate, HubDetail, HubFile, HubModel, SearchQuery
from nextword.network.door import DETAIL, DOWNLOAD, SEARCH, TEST, UNNAMED, Errand, Network, current_errand, errand
from nextword.network.hub_environment import environment
from nextword.network.origins import host_of, may_have_token, origin_of
from nextword.network_errors import DownloadFailed, HubRefused, NetworkError, NoAnswer

if TYPE_CHECKING:
    from huggingface_hub import HfApi, ModelInfo

_EXPANDED = (
    "author", "baseModels", "downloads", "gated", "gguf", "lastModified", "likes", "pipeline_tag", "private",
    "safetensors", "sha", "tags",
)  # fmt: skip
_SORTS = {"last_modified": "lastModified", "trending_score": "trendingScore", "created_at": "createdAt"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CARD_BYTES = 1_000_000
MOST_FILES = 20_000
_bound = threading.Lock()


class FileHead(Struct, frozen=True):
    """What the hub says of one file. location: where its bytes are, an address that may be signed and end soon."""

    commit: str
    sha256: str
    size_bytes: int
    location: str


class HubApi:
    """Asks one endpoint. home: a folder that huggingface_hub may use. Raises NetworkError from every method."""

    def __init__(self, network: Network, home: Path) -> None:
        self._network = network
        self._home = home
        self._library: HfApi | None = None

    # --- asking ---------------------------------------------------------------------------------------------

    def search(self, endpoint: str, query: SearchQuery) -> Iterator[tuple[HubModel, ...]]:
        """Yield the results in pages; each page is asked for when it is wanted."""
        origin, token = self._whom(endpoint, SEARCH)
        host = host_of(origin)
        models = iter(self._ask(host, "", lambda: self._listing(origin, query, token)))
        while True:
            with errand(Errand(SEARCH, origin)):
                page = self._ask(host, "", lambda: tuple(_model(row) for row in islice(models, query.page_size)))
            yield page
            if len(page) < query.page_size:
                return

    def _listing(self, origin: str, query: SearchQuery, token: str) -> Iterator[ModelInfo]:
        """Yield what is found. HfApi.list_models can ask for small pages only when it is to end after the first."""
        self._api(origin)
        from huggingface_hub import ModelInfo
        from huggingface_hub.utils._headers import build_hf_headers
        from huggingface_hub.utils._pagination import paginate

        tags = (("gguf",) if query.gguf_only else ()) + query.tags
        bounds = [f"{side}:{n}" for side, n in (("min", query.low_parameters), ("max", query.high_parameters)) if n]
        said = {
            "search": query.text.strip(),
            "author": query.author.strip(),
            "filter": list(tags),
            "sort": _SORTS.get(query.sort, query.sort),
            "num_parameters": ",".join(bounds),
            "limit": query.page_size,
            "expand": list(_EXPANDED),
        }
        headers = build_hf_headers(token=token or False)
        params = {name: value for name, value in said.items() if value}
        for row in paginate(f"{origin}/api/models", params=params, headers=headers):
            yield ModelInfo(**{"siblings": None, **row})  # type: ignore[no-untyped-call]

    def detail(self, endpoint: str, repo: str, revision: str = "") -> HubDetail:
        """Return a model with its files at one commit and its card; revision "": what is newest now."""
        origin, token = self._whom(endpoint, DETAIL)
        host, api = host_of(origin), self._api(origin)
        check_repo(repo)
        with errand(Errand(DETAIL, origin)):
            info = self._ask(
                host, repo, lambda: api.model_info(repo, revision=revision or None, timeout=30, token=token or False)
            )
            model = self._ask(host, repo, lambda: _model(info))
            if not is_commit(model.revision):
                raise NoAnswer("not_hub", host)
            tree = self._ask(
                host, repo,
                lambda: list(islice(api.list_repo_tree(
                    repo, recursive=True, revision=model.revision, token=token or False), MOST_FILES)),
            )  # fmt: skip
            files = self._ask(host, repo, lambda: _files(tree))
            card = self._card(origin, model, token) if any(row.path == "README.md" for row in tree) else ""
        return HubDetail(model, items_of(files), card, origin)

    def _card(self, origin: str, model: HubModel, token: str) -> str:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        address = address_of(origin, model.repo, model.revision, "README.md")
        with errand(Errand(DETAIL, origin, _CARD_BYTES)):
            try:
                response = self._ask(
                    host_of(origin), model.repo, lambda: self._network.client().get(address, headers=headers)
                )
            except (NoAnswer, HubRefused):  # the files are what matters
                return ""
        return plain_card(response.text) if response.status_code == 200 else ""

    def head(self, endpoint: str, repo: str, revision: str, path: str) -> FileHead:
        """Return what the hub says of one file at a commit, and where its bytes are now."""
        from huggingface_hub.file_download import get_hf_file_metadata

        self._api(endpoint)
        origin, token = self._whom(endpoint)
        address = address_of(origin, repo, revision, path)
        going = current_errand().purpose  # the head of a file is asked for to read its header, too
        with errand(Errand(DOWNLOAD if going == UNNAMED else going, origin)):
            found = self._ask(
                host_of(origin), repo,
                lambda: get_hf_file_metadata(address, token=token or False, timeout=30, endpoint=origin),
            )  # fmt: skip
        if not found.commit_hash:  # how a network that asks to log in first is known
            raise NoAnswer("login_page", host_of(origin))
        etag = (found.etag or "").lower()
        sha256 = etag if _SHA256.fullmatch(etag) else ""
        if found.size is None:
            raise DownloadFailed("wrong_length", path.rpartition("/")[2])
        return FileHead(found.commit_hash, sha256, found.size, found.location)

    def test(self, endpoint: str) -> str:
        """Ask the hub for one model, and with a token whose it is; return the account's name, "" without a token."""
        origin, token = self._whom(endpoint, TEST)
        host, api = host_of(origin), self._api(origin)
        with errand(Errand(TEST, origin)):
            query = SearchQuery(page_size=1)
            self._ask(host, "", lambda: [_model(row) for row in islice(self._listing(origin, query, token), 1)])
            if not token:
                return ""
            who = self._ask(host, "", lambda: api.whoami(token=token))
        return str(who.get("name", ""))[:100]

    def token_for(self, origin: str) -> str:
        """Return the token that may be sent to an origin, "" for none."""
        return self._network.secrets.get(origin) if may_have_token(origin) else ""

    # --- inside ---------------------------------------------------------------------------------------------

    def _whom(self, endpoint: str, purpose: str = "") -> tuple[str, str]:
        """Return whom to ask and with which token. purpose: "" for that of the errand that is on its way."""
        origin = origin_of(endpoint)
        if self._network.offline:
            with errand(Errand(purpose or current_errand().purpose, origin)):
                self._network.admit(host_of(origin), "GET", "/", 0)
        return origin, self.token_for(origin)

    def _ask(self, host: str, repo: str, question: Any) -> Any:
        from nextword.hub.refusals import asked

        return asked(host, repo, question)

    def _api(self, endpoint: str) -> HfApi:
        """Return huggingface_hub's client for an endpoint; the first call imports it, set up to keep to itself."""
        with environment(self._home):
            import huggingface_hub.constants

        with _bound:
            if self._library is None:
                # In one process there is one factory: the clients of tests take turns.
                huggingface_hub.set_client_factory(self._network.make_client)
                self._library = huggingface_hub.HfApi(library_name="nextword")
        return huggingface_hub.HfApi(endpoint=endpoint, library_name="nextword")


def _files(tree: Iterable[Any]) -> tuple[HubFile, ...]:
    found = []
    for row in tree:
        if hasattr(row, "size") and isinstance(row.size, int) and row.size >= 0:
            sha256 = str(row.lfs.sha256).lower() if row.lfs is not None else ""
            size = int(row.lfs.size) if row.lfs is not None else row.size
            found.append(HubFile(str(row.path), size, sha256 if _SHA256.fullmatch(sha256) else ""))
    return tuple(found)


def _model(info: ModelInfo) -> HubModel:
    tags = tuple(str(tag) for tag in info.tags or ())[:500]
    gguf = info.gguf if isinstance(info.gguf, dict) else {}
    card = info.card_data
    return HubModel(
        repo=str(info.id),
        revision=str(info.sha or ""),
        downloads=int(info.downloads or 0),
        likes=int(info.likes or 0),
        modified=info.last_modified.timestamp() if info.last_modified else 0.0,
        gate=_gate(info.gated),
        private=bool(info.private),
        tags=tags,
        licence=_tagged(tags, "license:"),
        languages=_languages(tags, card.get("language") if card is not None else None),
        base_models=_bases(info, tags),
        task=str(info.pipeline_tag or ""),
        architecture=str(gguf.get("architecture") or ""),
        context_tokens=_whole(gguf.get("context_length")),
        parameters=_whole(gguf.get("total")) or _whole(getattr(info.safetensors, "total", 0)),
        total_bytes=_whole(gguf.get("totalFileSize")),
        has_template=bool(gguf.get("chat_template")),
    )


def _gate(value: object) -> Gate:
    return "manual" if value == "manual" else "auto" if value else ""


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else 0


def _tagged(tags: tuple[str, ...], prefix: str) -> str:
    return next((tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix)), "")


def _languages(tags: tuple[str, ...], said: object) -> tuple[str, ...]:
    if isinstance(said, str):
        return (said,)
    if isinstance(said, list):
        return tuple(str(one) for one in said)[:100]
    return tuple(tag for tag in tags if re.fullmatch(r"[a-z]{2}", tag))[:100]


def _bases(info: ModelInfo, tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the repositories that a model was made from; the tags also name how, as in base_model:quantized:x/y."""
    found = [tag.rpartition(":")[2] for tag in tags if tag.startswith("base_model:")]
    said = getattr(info, "base_models", None)
    if isinstance(said, dict):
        found += [str(one.get("id", "")) for one in said.get("models", ()) if isinstance(one, dict)]
    return tuple(dict.fromkeys(name for name in found if "/" in name))[:20]


def failure_of(error: NetworkError) -> bool:
    """Say whether asking again later may help: the network or the server, not what was asked for."""
    from nextword.network_errors import RateLimited

    again = ("unknown_host", "refused", "unreachable", "timeout", "interrupted", "proxy", "server")
    return isinstance(error, RateLimited) or (isinstance(error, NoAnswer) and error.reason in again)
