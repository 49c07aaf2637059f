"""The model files that this profile knows: registered, looked into, hashed; never deleted from here.

Headers are read and files hashed on one thread of its own; `changed` and the callbacks are delivered.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from nextword import resources
from nextword.errors import ModelNotReadable, NextwordError
from nextword.events import Event

Deliver: TypeAlias = Callable[[Callable[[], None]], None]

HASH_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """A model file. sha256 is "" until the file was hashed; problem: why it cannot be used, None if it can.

    identity: device, inode, size and time of change; another identity means that the file was replaced.
    kind_reasons: as engine/kind.py gives them.
    crashed: it ended the engine while it was loaded, so it is not loaded by itself any more.
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

    @property
    def file_name(self) -> str:
        return Path(self.path).name

    @property
    def starter(self) -> bool:
        """Whether it is one of the two models that come with the program."""
        return Path(self.path).parent == resources.MODELS


class Library:
    """See the module. models: the starters first, then what was added, in that order.

    held: no file is touched before `look_again`: the window is to be seen first.
    """

    def __init__(self, path: Path, deliver: Deliver, *, held: bool = False) -> None:
        self.models: tuple[LibraryModel, ...] = ()
        self.changed: Event[None] = Event()
        self._path = path
        self._deliver = deliver
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="library")
        self._closing = threading.Event()
        stored = self._load()
        starters = [str(file) for file in (resources.STARTER_INSTRUCT, resources.STARTER_BASE) if file.is_file()]
        known = {model.path: model for model in stored}
        order = starters + [model.path for model in stored if model.path not in starters and not _is_old_starter(model)]
        self.models = tuple(known.get(name, LibraryModel(name)) for name in order)
        if not held:
            self.look_again()

    def look_again(self) -> None:
        """Read the headers of all files that are known, and hash those that were never hashed."""
        for model in self.models:
            self._executor.submit(self._look, model.path, None, None, added=False)

    def find(self, path: str) -> LibraryModel | None:
        """Return the entry of a file, None if it is not registered."""
        return next((model for model in self.models if model.path == path), None)

    def add(
        self,
        path: str | Path,
        *,
        done: Callable[[LibraryModel], None] | None = None,
        failed: Callable[[NextwordError], None] | None = None,
    ) -> None:
        """Register a model file; one that is no model is not registered and reported to `failed`."""
        if not self._closing.is_set():
            self._executor.submit(self._look, str(Path(path).expanduser().absolute()), done, failed)

    def remove(self, path: str) -> None:
        """Forget a file; the file itself stays where it is. The starters cannot be forgotten."""
        model = self.find(path)
        if model is not None and not model.starter:
            self.models = tuple(other for other in self.models if other.path != path)
            self._save()
            self.changed.emit(None)

    def mark_crashed(self, path: str, crashed: bool) -> None:
        """Note that a file ended the engine while it was loaded (or, False, that it was loaded all right)."""
        model = self.find(path)
        if model is not None and model.crashed != crashed:
            self._put(dataclasses.replace(model, crashed=crashed))

    def close(self) -> None:
        """Stop hashing and join the thread. Nothing is delivered after."""
        self._closing.set()
        self._executor.shutdown(wait=True, cancel_futures=True)

    # --- on the library's thread ----------------------------------------------------------------------------

    def _look(
        self,
        path: str,
        done: Callable[[LibraryModel], None] | None,
        failed: Callable[[NextwordError], None] | None,
        *,
        added: bool = True,
    ) -> None:
        """Read a file's header, tell, then hash it if that was not done for this very file.

        added: register it; else it may have been forgotten meanwhile, and stays so.
        """
        if self._closing.is_set():
            return
        try:
            model = _describe(path)
        except ModelNotReadable as error:
            self._tell(partial(self._on_unreadable, path, error, failed))
            return
        known = self.find(path)
        self._tell(partial(self._on_read, model, done, added=added))
        if known is None or known.identity != model.identity or not known.sha256:
            digest = self._hash(path)
            if digest:
                self._tell(partial(self._on_hashed, model, digest))

    def _hash(self, path: str) -> str:
        import hashlib  # brings OpenSSL, which the window need not wait for

        digest = hashlib.sha256()
        try:
            with Path(path).open("rb") as file:
                while chunk := file.read(HASH_CHUNK_BYTES):
                    if self._closing.is_set():
                        return ""
                    digest.update(chunk)
        except OSError:  # gone or unreadable meanwhile: the next look says so
            return ""
        return digest.hexdigest()

    def _tell(self, function: Callable[[], None]) -> None:
        self._deliver(partial(self._hear, function))

    # --- delivered ------------------------------------------------------------------------------------------

    def _hear(self, function: Callable[[], None]) -> None:
        if not self._closing.is_set():
            function()

    def _on_read(self, model: LibraryModel, done: Callable[[LibraryModel], None] | None, *, added: bool) -> None:
        known = self.find(model.path)
        if known is None and not added:
            return
        if known is not None and known.identity in ("", model.identity):  # what became known while it was read
            model = dataclasses.replace(model, sha256=known.sha256, crashed=known.crashed)
        self._put(model)
        if done is not None:
            done(model)

    def _on_unreadable(
        self, path: str, error: ModelNotReadable, failed: Callable[[NextwordError], None] | None
    ) -> None:
        known = self.find(path)
        if known is not None:
            self._put(dataclasses.replace(known, problem=error))
        if failed is not None:
            failed(error)

    def _on_hashed(self, model: LibraryModel, sha256: str) -> None:
        known = self.find(model.path)
        if known is not None and known.identity == model.identity:
            self._put(dataclasses.replace(known, sha256=sha256))

    def _put(self, model: LibraryModel) -> None:
        if self.find(model.path) is None:
            self.models = (*self.models, model)
        else:
            self.models = tuple(model if other.path == model.path else other for other in self.models)
        self._save()
        self.changed.emit(None)

    # --- the file -------------------------------------------------------------------------------------------

    def _load(self) -> list[LibraryModel]:
        names = {field.name for field in dataclasses.fields(LibraryModel)} - {"problem"}
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            rows = cast(list[dict[str, Any]], content["models"])
            return [_from_row({key: value for key, value in row.items() if key in names}) for row in rows]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []  # the list of files can be made again, the files are not touched

    def _save(self) -> None:
        rows = []
        for model in self.models:
            row = {field.name: getattr(model, field.name) for field in dataclasses.fields(model)}
            del row["problem"]
            rows.append(row)
        new = self._path.with_suffix(".new.json")
        with contextlib.suppress(OSError):  # read-only profile: the list holds for this run
            new.write_text(json.dumps({"models": rows}, indent=1, ensure_ascii=False), encoding="utf-8")
            os.replace(new, self._path)


def _from_row(row: dict[str, Any]) -> LibraryModel:
    return LibraryModel(**{**row, "kind_reasons": tuple(row.get("kind_reasons", ()))})


def _is_old_starter(model: LibraryModel) -> bool:
    """Whether an entry is a starter of a program that lies (or lay) in another folder."""
    return model.file_name in (resources.STARTER_BASE.name, resources.STARTER_INSTRUCT.name)


def _describe(path: str) -> LibraryModel:
    """Return what the header says. Raises ModelNotReadable."""
    from nextword.engine.header import read_header  # on the library's thread: the window need not wait for it
    from nextword.engine.kind import judge_kind

    header = read_header(Path(path))
    judged = judge_kind(header)
    try:
        stat = Path(path).stat()
    except OSError as error:  # it was there a moment ago
        raise ModelNotReadable(path, "missing", str(error)) from error
    return LibraryModel(
        path=path,
        name=header.name or Path(path).stem,
        kind=judged.kind,
        kind_reasons=judged.reasons,
        architecture=header.architecture,
        quantization=header.quantization,
        size_bytes=header.file_size_bytes,
        parameters=header.parameter_count,
        context_tokens=header.context_tokens or 0,
        identity=f"{stat.st_dev}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}",
    )
