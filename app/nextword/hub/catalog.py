"""Search and details of the hub without waiting: asked on threads of its own, answered by `deliver`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from nextword.errors import NextwordError
from nextword.hub.hub_records import HubDetail, HubModel, SearchPage, SearchQuery
from nextword.hub.worker_threads import WorkerThreads
from nextword.network.door import Network

if TYPE_CHECKING:
    from nextword.hub.hub_api import HubApi

Deliver: TypeAlias = Callable[[Callable[[], None]], None]
Failed: TypeAlias = Callable[[NextwordError], None]
T = TypeVar("T")

KEPT_SECONDS = 300.0


class Search:
    """One search. Cancelled, it tells nothing more."""

    def __init__(self, query: SearchQuery) -> None:
        self.query = query
        self.cancelled = False
        self.pages: Iterator[tuple[HubModel, ...]] | None = None

    def cancel(self) -> None:
        """Hear no more of it."""
        self.cancelled = True


class Catalog:
    """See the module. endpoint: what the settings say now. Nothing is imported or sent before the first question."""

    def __init__(self, network: Network, endpoint: Callable[[], str], deliver: Deliver, *, home: Path) -> None:
        self._network = network
        self._endpoint = endpoint
        self._deliver = deliver
        self._home = home
        self._threads = WorkerThreads("hub", 2)
        self._closed = False
        self._api: HubApi | None = None
        self._details: dict[tuple[str, str, str], tuple[float, HubDetail]] = {}

    def search(self, query: SearchQuery, done: Callable[[SearchPage], None], failed: Failed) -> Search:
        """Ask for the first page of results."""
        search = Search(query)
        self.more(search, done, failed)
        return search

    def more(self, search: Search, done: Callable[[SearchPage], None], failed: Failed) -> None:
        """Ask for the next page; one at a time."""
        endpoint = self._endpoint()
        self._run(lambda: self._next_page(search, endpoint), done, failed, wanted=lambda: not search.cancelled)

    def detail(self, repo: str, done: Callable[[HubDetail], None], failed: Failed, *, revision: str = "") -> None:
        """Ask for the files and the card of a model; what was asked in the last five minutes is known."""
        endpoint = self._endpoint()
        kept = self._details.get((endpoint, repo, revision))
        if kept is not None and time.monotonic() - kept[0] < KEPT_SECONDS:
            self._deliver(partial(self._tell, partial(done, kept[1])))
            return

        def ask() -> HubDetail:
            detail = self.api.detail(endpoint, repo, revision)
            self._details[(endpoint, repo, revision)] = (time.monotonic(), detail)
            return detail

        self._run(ask, done, failed)

    def test(self, done: Callable[[str], None], failed: Failed) -> None:
        """Ask the hub for one model; the name of the token's account comes back, "" without a token."""
        endpoint = self._endpoint()
        self._run(lambda: self.api.test(endpoint), done, failed)

    def run(self, question: Callable[[], T], done: Callable[[T], None], failed: Failed) -> None:
        """Ask anything else that may take a while; `question` raises NextwordError and nothing else."""
        self._run(question, done, failed)

    def forget(self) -> None:
        """Ask everything anew: the hub or the token is another."""
        self._details.clear()

    @property
    def api(self) -> HubApi:
        """The blocking questions, for functions given to `run`."""
        from nextword.hub.hub_api import HubApi

        if self._api is None:
            self._api = HubApi(self._network, self._home)
        return self._api

    def close(self) -> None:
        """End what is asked. Nothing is told after."""
        self._closed = True
        self._threads.close()

    def _next_page(self, search: Search, endpoint: str) -> SearchPage:
        if search.pages is None:
            search.pages = self.api.search(endpoint, search.query)
        models = next(search.pages, ())
        return SearchPage(models, len(models) == search.query.page_size)

    def _run(
        self,
        question: Callable[[], T],
        done: Callable[[T], None],
        failed: Failed,
        *,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        def work() -> None:
            try:
                answer = question()
            except NextwordError as error:
                if wanted():
                    self._deliver(partial(self._tell, partial(failed, error), wanted))
            else:
                self._deliver(partial(self._tell, partial(done, answer), wanted))

        self._threads.submit(work)

    def _tell(self, function: Callable[[], None], wanted: Callable[[], bool] = lambda: True) -> None:
        if not self._closed and wanted():
            function()
