"""What the hub says of models and files, what is asked of it, and how far a download is: values, no behaviour."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from nextword.errors import NextwordError

Sort: TypeAlias = Literal["downloads", "likes", "last_modified", "trending_score", "created_at"]
Gate: TypeAlias = Literal["", "auto", "manual"]
DownloadState: TypeAlias = Literal["queued", "running", "waiting", "paused", "checking", "done", "failed"]


class SearchQuery(Struct, frozen=True):
    """What is looked for. author: a person or organization, "" for all. tags: all of them must be on the model,
    for example "license:mit" or a language code. low_parameters, high_parameters: 0 for no limit."""

    text: str = ""
    author: str = ""
    gguf_only: bool = True
    sort: Sort = "downloads"
    tags: tuple[str, ...] = ()
    low_parameters: int = 0
    high_parameters: int = 0
    page_size: int = 30


class HubModel(Struct, frozen=True):
    """One model as a list of the hub describes it; what the hub does not say is "", 0 or ().

    repo: "author/name". revision: commit, 40 hex digits. gate: "auto" or "manual" when terms must be accepted first.
    architecture, context_tokens, total_bytes, template: from the header of its GGUF file, as the hub read it.
    parameters: how many weights. modified: seconds since 1970. base_models: repositories that it was made from.
    """

    repo: str
    revision: str = ""
    downloads: int = 0
    likes: int = 0
    modified: float = 0.0
    gate: Gate = ""
    private: bool = False
    tags: tuple[str, ...] = ()
    licence: str = ""
    languages: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    task: str = ""
    architecture: str = ""
    context_tokens: int = 0
    parameters: int = 0
    total_bytes: int = 0
    has_template: bool = False

    @property
    def author(self) -> str:
        return self.repo.partition("/")[0] if "/" in self.repo else ""

    @property
    def name(self) -> str:
        return self.repo.rpartition("/")[2]


class SearchPage(Struct, frozen=True):
    """A piece of the results. more: whether `Catalog.more` has another."""

    models: tuple[HubModel, ...]
    more: bool


class HubFile(Struct, frozen=True):
    """A file of a repository. path: as the repository has it, foreign text. sha256: "" when the hub has none."""

    path: str
    size_bytes: int
    sha256: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class HubItem(Struct, frozen=True):
    """What is downloaded as one: a GGUF file, or all parts of a split one in their order.

    name: of the file without "-00001-of-00003". quantization: as its name says, "" for none. missing: numbers of parts
    that the repository does not have. problem: why it cannot be downloaded, None when it can.
    """

    name: str
    files: tuple[HubFile, ...]
    quantization: str = ""
    missing: tuple[int, ...] = ()
    problem: NextwordError | None = None

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)

    @property
    def path(self) -> str:
        """Where its first file lies in the repository: two items of several folders can share their name."""
        return self.files[0].path


class HubDetail(Struct, frozen=True):
    """A model with its files at one commit. card: its README as plain text, cut at 200,000 characters."""

    model: HubModel
    items: tuple[HubItem, ...]
    card: str = ""
    endpoint: str = ""


class Source(Struct, frozen=True):
    """Where a file comes from: kept with a download and beside the files that it made. endpoint: an origin."""

    endpoint: str
    repo: str
    revision: str
    licence: str = ""
    base_models: tuple[str, ...] = ()


class Download(Struct, frozen=True):
    """How far one item is. bytes_per_second: over the last seconds, 0 when it does not run.

    state: queued (another runs first), waiting (the network; tried again in retry_seconds, error says why), checking
    (all bytes are here, their SHA-256 is worked out), failed (error says why; nothing goes on by itself).
    path: of the first file, where it is or will be. fetched_bytes: that came over the network, repeats included.
    """

    id: str
    source: Source
    item: HubItem
    path: str = ""
    state: DownloadState = "queued"
    done_bytes: int = 0
    bytes_per_second: float = 0.0
    retry_seconds: float = 0.0
    fetched_bytes: int = 0
    error: NextwordError | None = None

    @property
    def name(self) -> str:
        """What tells it apart from the repository's other files: with its folder, where it lies in one."""
        folder = self.item.path.rpartition("/")[0]
        return f"{folder}/{self.item.name}" if folder else self.item.name

    @property
    def total_bytes(self) -> int:
        return self.item.size_bytes

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at the present rate, None when that cannot be said."""
        if self.state != "running" or self.bytes_per_second <= 0:
            return None
        return (self.total_bytes - self.done_bytes) / self.bytes_per_second
