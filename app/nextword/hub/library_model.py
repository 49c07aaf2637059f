"""What is known of one model file, and how a header becomes that."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from nextword import resources
from nextword.errors import ModelNotReadable, NextwordError

if TYPE_CHECKING:
    from nextword.engine.header import Header

Verified: TypeAlias = Literal["", "same", "changed"]
NOT_KEPT = frozenset({"problem", "hashing"})


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """A model file. sha256 is "" until the file was hashed; problem: why it cannot be used, None if it can.

    identity: device, inode, size and time of change; another identity means that the file was replaced.
    kind_reasons: as engine/kind.py gives them.
    crashed: it ended the engine while it was loaded, so it is not loaded by itself any more.
    name: what a person called it, else what the file calls itself (own_name). parts: how many files it has.
    tokenizer: kind and way of splitting, for example "gpt2, qwen2". base_models: what it was made from, "author/name".
    verified: whether the file still has the SHA-256 that it had at first, when that was asked; verified_at: seconds
    since 1970. hashing: how far that is, 0 to 1, None when it does not run. source: "author/name" at the hub, "" if it
    did not come from there by this program.
    """

    path: str
    name: str = ""
    kind: Literal["base", "instruct"] = "base"
    kind_reasons: tuple[str, ...] = ()
    architecture: str = ""
    quantization: str = ""
    size_bytes: int = 0
    parameters: int = 0
    context_tokens: int = 0
    sha256: str = ""
    identity: str = ""
    crashed: bool = False
    problem: NextwordError | None = None
    own_name: str = ""
    notes: str = ""
    parts: int = 1
    vocabulary: int = 0
    tokenizer: str = ""
    has_template: bool = False
    licence: str = ""
    base_models: tuple[str, ...] = ()
    source: str = ""
    verified: Verified = ""
    verified_at: float = 0.0
    hashing: float | None = None

    @property
    def file_name(self) -> str:
        return Path(self.path).name

    @property
    def starter(self) -> bool:
        """Whether it is one of the two models that come with the program."""
        return Path(self.path).parent == resources.MODELS

    @property
    def missing(self) -> bool:
        """Whether the file was not there when it was last looked for."""
        return isinstance(self.problem, ModelNotReadable) and self.problem.reason == "missing"


def to_row(model: LibraryModel) -> dict[str, Any]:
    """Return what is kept of a model from one run to the next."""
    names = (field.name for field in dataclasses.fields(model))
    return {name: getattr(model, name) for name in names if name not in NOT_KEPT}


def from_row(row: dict[str, Any]) -> LibraryModel:
    """Return what `to_row` gave; keys that are not known are left out. Raises TypeError for no row."""
    names = {field.name for field in dataclasses.fields(LibraryModel)} - NOT_KEPT
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items() if key in names
    }
    return LibraryModel(**values)


def keep_known(read: LibraryModel, known: LibraryModel) -> LibraryModel:
    """Return what was read of a file, with what a person and earlier looks know of it.

    What is known of its content holds only for the same file, not for another in its place.
    """
    called = known.name if known.own_name and known.name != known.own_name else read.name
    merged = dataclasses.replace(read, name=called, notes=known.notes, source=known.source or read.source)
    if known.identity in ("", read.identity):
        merged = dataclasses.replace(
            merged, sha256=known.sha256, crashed=known.crashed, verified=known.verified, verified_at=known.verified_at,
            hashing=known.hashing,
        )  # fmt: skip
    return merged


def describe(path: str) -> LibraryModel:
    """Return what the header says. Raises ModelNotReadable."""
    from nextword.engine.header import read_header  # on the library's thread: the window need not wait for it
    from nextword.engine.kind import judge_kind

    try:
        path.encode()
    except UnicodeEncodeError as error:  # bytes that are no letters; the engine takes text
        raise ModelNotReadable(path, "name_is_no_text") from error
    header = read_header(Path(path))
    judged = judge_kind(header)
    own_name = header.name or Path(path).stem
    try:
        identity = ",".join(_identity(part) for part in header.parts)
    except OSError as error:  # it was there a moment ago
        raise ModelNotReadable(path, "missing", str(error)) from error
    return LibraryModel(
        path=path,
        name=own_name,
        own_name=own_name,
        kind=judged.kind,
        kind_reasons=judged.reasons,
        architecture=header.architecture,
        quantization=header.quantization,
        size_bytes=header.file_size_bytes,
        parameters=header.parameter_count,
        context_tokens=header.context_tokens or 0,
        identity=identity,
        parts=len(header.parts),
        vocabulary=header.vocabulary_size,
        tokenizer=_tokenizer(header),
        has_template=header.chat_template is not None,
        licence=(header.text("general.license") or "")[:100],
        base_models=base_models(header),
    )


def base_models(header: Header) -> tuple[str, ...]:
    """Return the models that a file says it was made from, as "author/name"."""
    found = []
    for index in range(min(header.number("general.base_model.count") or 0, 8)):
        address = header.text(f"general.base_model.{index}.repo_url") or ""
        parts = address.rstrip("/").split("/")
        if "huggingface.co" in address and len(parts) >= 2:
            found.append("/".join(parts[-2:])[:200])
            continue
        author = header.text(f"general.base_model.{index}.organization") or ""
        name = header.text(f"general.base_model.{index}.name") or ""
        if name:
            found.append("/".join(part for part in (author, name.replace(" ", "-")) if part)[:200])
    return tuple(found)


def _tokenizer(header: Header) -> str:
    said = (header.text("tokenizer.ggml.model"), header.text("tokenizer.ggml.pre"))
    return ", ".join(part[:40] for part in said if part)


def _identity(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_dev}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"
