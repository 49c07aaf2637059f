"""What the tests of downloads share: a network on loopback, and one item fetched to its end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nextword.hub.fetching import Patience
from nextword.hub.hub_api import HubApi
from nextword.hub.hub_items import items_of
from nextword.hub.hub_records import HubFile, HubItem, Source
from nextword.hub.item_fetch import ItemFetch, Progress, Way, targets_of
from nextword.hub.pace import Limit
from nextword.network.door import Network
from nextword.network.ledger import Ledger
from nextword.network.secrets import Secrets
from tests.fault_hub import COMMIT, FaultHub, Repo

IMPATIENT = Patience(first_seconds=0.01, longest_seconds=0.02, lies=3, silent_tries=3)


class Line:
    """A network whose key ring is a file and whose servers may be silent for half a second."""

    def __init__(self, folder: Path, read_seconds: float = 20.0) -> None:
        self.folder = folder
        self.models = folder / "models"
        self.network = Network(
            Ledger(folder / "network.jsonl"), Secrets(folder / "tokens.json"), read_seconds=read_seconds
        )
        self.api = HubApi(self.network, folder / "hub")

    def fetch(self, hub: FaultHub, item: HubItem) -> Exception | None:
        """Fetch an item to its end; return what went wrong."""
        return self.fetch_from(hub.url, item)

    def fetch_from(self, url: str, item: HubItem, *, patience: Patience = IMPATIENT) -> Exception | None:
        """Fetch an item of some/model from a hub in any process."""
        source = Source(url, "some/model", COMMIT)
        ended = threading.Event()
        results: list[Exception | None] = []
        self.reports: list[Progress] = []

        def end(result: Exception | None) -> None:
            results.append(result)
            ended.set()

        way = Way(self.network, lambda: self.api, Limit(), 4, patience)
        fetch = ItemFetch(source, item, targets_of(self.models, source, item), way, (self.reports.append, end))
        fetch.start()
        assert ended.wait(300)
        fetch.join(10)
        return results[0]

    def files(self) -> list[str]:
        """Return the names of all files in the folder of models, without the note of where they come from."""
        return sorted(path.name for path in self.models.rglob("*") if path.is_file() and path.name != "source.json")

    def close(self) -> None:
        """End all connections."""
        self.network.close()


@contextmanager
def online(folder: Path, read_seconds: float = 20.0) -> Iterator[Line]:
    """A line while the block runs."""
    line = Line(folder, read_seconds)
    try:
        yield line
    finally:
        line.close()


def item_of(repo: Repo, name: str = "") -> HubItem:
    """Return an item as the hub lists it; the only one, or the one of this name."""
    files = []
    for path in repo.files:
        size, sha256 = repo.size_and_hash(path)
        files.append(HubFile(path, size, sha256 if path.endswith(".gguf") else ""))
    return next(item for item in items_of(files) if name in ("", item.name))
