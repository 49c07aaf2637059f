"""The model files that this profile knows: registered, found in folders, looked into, hashed; never deleted from here.

Headers are read on one thread of its own and files hashed on another; `changed` and the callbacks are delivered.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from nextword import resources
from nextword.errors import ModelNotReadable, NextwordError
from nextword.events import Event
from nextword.hub.caches import FoundModel, belongs_elsewhere, find_elsewhere
from nextword.hub.library_model import LibraryModel as LibraryModel
from nextword.hub.library_model import describe, from_row, keep_known, to_row
from nextword.hub.model_files import models_in, parts_of
from nextword.thread_faults import tell_fault
from nextword.whole_files import write_json

Deliver: TypeAlias = Callable[[Callable[[], None]], None]
Done: TypeAlias = Callable[[LibraryModel], None] | None
Failed: TypeAlias = Callable[[NextwordError], None] | None

HASH_CHUNK_BYTES = 1 << 20
_PROGRESS_SECONDS = 0.2


class Library:
    """See the module. models: the starters first, then what was added, in that order.

    folders: those that a person added; models in them, and in `own_folder`, are listed by themselves. elsewhere: what
    other programs have and is not listed here. held: no file is touched before `look_again`: the window is to be seen
    first.
    """

    def __init__(self, path: Path, deliver: Deliver, *, held: bool = False) -> None:
        self.models: tuple[LibraryModel, ...] = ()
        self.folders: tuple[str, ...] = ()
        self.elsewhere: tuple[FoundModel, ...] = ()
        self.changed: Event[None] = Event()
        self.own_folder = path.parent / "models"
        self._hidden: frozenset[str] = frozenset()  # forgotten, though they lie in a folder that is looked through
        self._path = path
        self._deliver = deliver
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="library")
        self._hashing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="library-hash")
        self._closing = threading.Event()
        stored = self._load()
        starters = [str(file) for file in (resources.STARTER_INSTRUCT, resources.STARTER_BASE) if file.is_file()]
        known = {model.path: model for model in stored}
        order = starters + [model.path for model in stored if model.path not in starters and not _is_old_starter(model)]
        self.models = tuple(known.get(name, LibraryModel(name)) for name in order)
        if not held:
            self.look_again()

    # --- what a person does ---------------------------------------------------------------------------------

    def look_again(self) -> None:
        """Read the headers of all files that are known, list what came into the folders, and hash what was never
        hashed."""
        for model in self.models:
            self._submit(self._look, model.path, None, None, added=False)
        self._submit(self._look_through, (str(self.own_folder), *self.folders))

    def look_elsewhere(self, home: Path | None = None) -> None:
        """Look for models of other programs; `elsewhere` tells. home: the person's folder."""
        self._submit(self._find_elsewhere, home)

    def find(self, path: str) -> LibraryModel | None:
        """Return the entry of a file, None if it is not registered."""
        return next((model for model in self.models if model.path == path), None)

    def add(self, path: str | Path, *, done: Done = None, failed: Failed = None) -> None:
        """Register a model file; one that is no model is not registered and reported to `failed`."""
        absolute = str(Path(path).expanduser().absolute())
        self._hidden -= {absolute}
        self._submit(self._look, absolute, done, failed)

    def add_downloaded(
        self, path: str | Path, *, sha256: str, source: str, failed: Callable[[NextwordError], None] | None = None
    ) -> None:
        """Register a file whose SHA-256 was checked as it came. source: "author/name" at the hub."""

        def note(model: LibraryModel) -> None:
            known = self.find(model.path) or model
            self._put(dataclasses.replace(known, sha256=sha256 or known.sha256, source=source))

        self.add(path, done=note, failed=failed)

    def add_folder(self, folder: str | Path) -> None:
        """List the models below a folder, now and at every start."""
        absolute = str(Path(folder).expanduser().absolute())
        if absolute not in self.folders:
            self.folders = (*self.folders, absolute)
        self._hidden = frozenset(path for path in self._hidden if not Path(path).is_relative_to(absolute))
        self._save()
        self.changed.emit(None)
        self._submit(self._look_through, (absolute,))

    def remove_folder(self, folder: str) -> None:
        """Look through a folder no more, and forget the models below it; the files stay."""
        self.folders = tuple(other for other in self.folders if other != folder)
        others = (str(self.own_folder), *self.folders)
        self.models = tuple(
            model for model in self.models
            if model.starter or not _is_below(model.path, (folder,)) or _is_below(model.path, others)
        )  # fmt: skip
        self._save()
        self.changed.emit(None)

    def remove(self, path: str, *, gone: bool = False) -> None:
        """Forget a file; the file itself stays where it is. The starters cannot be forgotten.

        gone: it is in the trash; when it comes back into a folder that is looked through, it is listed again.
        """
        model = self.find(path)
        if model is not None and not model.starter:
            self.models = tuple(other for other in self.models if other.path != path)
            if not gone and _is_below(path, (self.own_folder, *self.folders)):
                self._hidden |= {path}
            self._save()
            self.changed.emit(None)

    def restore(self, model: LibraryModel) -> None:
        """Take back that an entry was forgotten."""
        self._hidden -= {model.path}
        self._put(dataclasses.replace(model, hashing=None))
        self._submit(self._look, model.path, None, None, added=False)

    def rename(self, path: str, name: str) -> None:
        """Call a model something else in the program; "": what the file calls itself. The file keeps its name."""
        if (model := self.find(path)) is not None:
            called = " ".join(name.split())[:200] or model.own_name or Path(path).stem
            self._put(dataclasses.replace(model, name=called))

    def annotate(self, path: str, notes: str) -> None:
        """Keep a person's own words about a model."""
        if (model := self.find(path)) is not None and model.notes != notes:
            self._put(dataclasses.replace(model, notes=notes[:20_000]))

    def verify(self, path: str) -> None:
        """Hash a file again and compare with what it was at first; `verified` and `hashing` tell."""
        model = self.find(path)
        if model is not None and model.hashing is None and not self._closing.is_set():
            self._put(dataclasses.replace(model, hashing=0.0))
            self._hashing.submit(self._verify, model).add_done_callback(tell_fault)

    def mark_crashed(self, path: str, crashed: bool) -> None:
        """Note that a file ended the engine while it was loaded (or, False, that it was loaded all right)."""
        model = self.find(path)
        if model is not None and model.crashed != crashed:
            self._put(dataclasses.replace(model, crashed=crashed))

    def belongs_elsewhere(self, path: str) -> bool:
        """Say whether a file is another program's, which this one never deletes."""
        return belongs_elsewhere(Path(path), Path.home())

    def close(self) -> None:
        """Stop hashing and join the threads. Nothing is delivered after."""
        self._closing.set()
        for executor in (self._executor, self._hashing):
            executor.shutdown(wait=True, cancel_futures=True)

    # --- on the library's threads ---------------------------------------------------------------------------

    def _submit(self, function: Callable[..., None], *arguments: object, **named: object) -> None:
        if not self._closing.is_set():
            self._executor.submit(function, *arguments, **named).add_done_callback(tell_fault)

    def _look(self, path: str, done: Done, failed: Failed, *, added: bool = True) -> None:
        """Read a file's header, tell, then have it hashed if that was not done for this very file.

        added: register it; else it may have been forgotten meanwhile, and stays so.
        """
        if self._closing.is_set():
            return
        try:
            model = describe(path)
        except ModelNotReadable as error:
            self._tell(partial(self._on_unreadable, path, error, failed))
            return
        self._tell(partial(self._on_read, model, done, added=added))

    def _look_through(self, folders: Iterable[str]) -> None:
        """List what is in the folders and was not listed yet; what is no model is passed over."""
        for folder in folders:
            for path in models_in(Path(folder)):
                name = str(path)
                if self._closing.is_set():
                    return
                if self.find(name) is None and name not in self._hidden:
                    self._look(name, None, None)

    def _find_elsewhere(self, home: Path | None) -> None:
        found = find_elsewhere(home or Path.home())
        self._tell(partial(self._on_found, found))

    def _hash(self, path: str, told: Callable[[float], None]) -> str:
        """Return the SHA-256 of a model, of all its parts one behind the other; "" when it could not be read."""
        import hashlib  # brings OpenSSL, which the window need not wait for

        digest = hashlib.sha256()
        files = parts_of(Path(path))
        try:
            total = sum(file.stat().st_size for file in files) or 1
            done, next_told = 0, time.monotonic() + _PROGRESS_SECONDS
            for part in files:
                with part.open("rb") as file:
                    while chunk := file.read(HASH_CHUNK_BYTES):
                        if self._closing.is_set():
                            return ""
                        digest.update(chunk)
                        done += len(chunk)
                        if time.monotonic() >= next_told:
                            told(done / total)
                            next_told = time.monotonic() + _PROGRESS_SECONDS
        except OSError:  # gone or unreadable meanwhile: the next look says so
            return ""
        return digest.hexdigest()

    def _hash_first(self, model: LibraryModel) -> None:
        digest = self._hash(model.path, lambda _fraction: None)
        if digest:
            self._tell(partial(self._on_hashed, model, digest))

    def _verify(self, model: LibraryModel) -> None:
        def told(fraction: float) -> None:
            self._tell(partial(self._on_progress, model.path, fraction))

        digest = self._hash(model.path, told)
        self._tell(partial(self._on_verified, model, digest))

    def _tell(self, function: Callable[[], None]) -> None:
        self._deliver(partial(self._hear, function))

    # --- delivered ------------------------------------------------------------------------------------------

    def _hear(self, function: Callable[[], None]) -> None:
        if not self._closing.is_set():
            function()

    def _on_read(self, model: LibraryModel, done: Done, *, added: bool) -> None:
        known = self.find(model.path)
        if known is None and not added:
            return
        if known is not None:
            model = keep_known(model, known)
        self._put(model)
        if done is not None:
            done(model)
        now = self.find(model.path)
        if now is not None and not now.sha256 and not self._closing.is_set():
            self._hashing.submit(self._hash_first, model).add_done_callback(tell_fault)

    def _on_unreadable(self, path: str, error: ModelNotReadable, failed: Failed) -> None:
        known = self.find(path)
        if known is not None:
            self._put(dataclasses.replace(known, problem=error))
        if failed is not None:
            failed(error)

    def _on_hashed(self, model: LibraryModel, sha256: str) -> None:
        known = self.find(model.path)
        if known is not None and known.identity == model.identity:
            self._put(dataclasses.replace(known, sha256=sha256))

    def _on_progress(self, path: str, fraction: float) -> None:
        known = self.find(path)
        if known is not None and known.hashing is not None:
            self._put(dataclasses.replace(known, hashing=fraction), kept=False)

    def _on_verified(self, model: LibraryModel, digest: str) -> None:
        known = self.find(model.path)
        if known is None:
            return
        known = dataclasses.replace(known, hashing=None)
        if digest:
            same = digest == (model.sha256 or digest)
            known = dataclasses.replace(
                known, sha256=model.sha256 or digest, verified="same" if same else "changed", verified_at=time.time()
            )
        self._put(known)
        if not digest:  # it could not be read: the header says why
            self._submit(self._look, model.path, None, None, added=False)

    def _on_found(self, found: tuple[FoundModel, ...]) -> None:
        listed = {model.path for model in self.models}
        self.elsewhere = tuple(model for model in found if model.path not in listed)
        self.changed.emit(None)

    def _put(self, model: LibraryModel, *, kept: bool = True) -> None:
        if self.find(model.path) is None:
            self.models = (*self.models, model)
            self.elsewhere = tuple(found for found in self.elsewhere if found.path != model.path)
        else:
            self.models = tuple(model if other.path == model.path else other for other in self.models)
        if kept:
            self._save()
        self.changed.emit(None)

    # --- the file -------------------------------------------------------------------------------------------

    def _load(self) -> list[LibraryModel]:
        for path in (self._path, _previous(self._path)):
            try:
                content: Any = json.loads(path.read_text(encoding="utf-8"))
                models = [from_row(row) for row in content["models"]]
                self.folders = tuple(str(folder) for folder in content.get("folders", ()))
                self._hidden = frozenset(str(path) for path in content.get("hidden", ()))
                return models
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue
        return []  # the list of files can be made again, the files are not touched

    def _save(self) -> None:
        content = {
            "models": [to_row(model) for model in self.models],
            "folders": self.folders,
            "hidden": sorted(self._hidden),
        }
        with contextlib.suppress(OSError):  # read-only profile: the list holds for this run
            write_json(self._path, content, previous=_previous(self._path))


def _previous(path: Path) -> Path:
    return path.with_suffix(".previous.json")


def _is_below(path: str, folders: Iterable[str | Path]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _is_old_starter(model: LibraryModel) -> bool:
    """Whether an entry is a starter of a program that lies (or lay) in another folder."""
    return model.file_name in (resources.STARTER_BASE.name, resources.STARTER_INSTRUCT.name)
