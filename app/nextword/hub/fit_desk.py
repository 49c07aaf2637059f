"""Answers whether a model will run here: what it needs, what is free, how fast it will be; and learns from loads.

Everything that reads a disk or takes time runs on a thread of its own; `changed` is delivered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from nextword.errors import NextwordError
from nextword.events import Event
from nextword.hub.bandwidth import EFFICIENCY, expected_speed, measure_bandwidth
from nextword.hub.fit_measured import Load, Measured
from nextword.hub.memory_now import FreeMemory, free_memory
from nextword.thread_faults import tell_fault

if TYPE_CHECKING:
    from nextword.engine.header import Header
    from nextword.hub.fit import Needs, Verdict

Deliver: TypeAlias = Callable[[Callable[[], None]], None]


class Taken(Struct, frozen=True):
    """What llama.cpp took for the model that is loaded, bytes, as the engine reports it."""

    path: str
    context_tokens: int
    weights_bytes: int
    cache_bytes: int
    compute_bytes: int
    private_bytes: int  # of all that, what comes back when the model is closed


class Outlook(Struct, frozen=True):
    """The answer. available: what is free now, with what the model that is loaded would give back.

    tokens_per_second: 0 when it cannot be said; speed_measured: an answer of this very model had it.
    """

    needs: Needs
    verdict: Verdict
    available_bytes: int
    tokens_per_second: float = 0.0
    speed_measured: bool = False


class FitDesk:
    """See the module. free: what was free when it was last looked, None before."""

    def __init__(self, file: Path, deliver: Deliver) -> None:
        self.free: FreeMemory | None = None
        self.taken: Taken | None = None
        self.changed: Event[None] = Event()
        self._file = file
        self._deliver = deliver
        self._measured: Measured | None = None
        self._lock = threading.Lock()  # the measurements are read by the window and noted by the thread
        self._headers: dict[str, Header] = {}
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fit")
        self._closing = threading.Event()

    def refresh(self) -> None:
        """Look how much memory is free now; the first time, measure how fast it is as well."""
        self._submit(self._look)

    def header(
        self, path: str, done: Callable[[Header], None], failed: Callable[[NextwordError], None] | None = None
    ) -> None:
        """Read the header of a file on this machine; one that was read before is known."""
        self._submit(self._read, path, done, failed)

    def outlook(
        self, header: Header, context_tokens: int = 0, *, weights_bytes: int = 0, identity: str = ""
    ) -> Outlook:
        """Return what is to be expected. weights_bytes: of another quantization, 0 for those of the header. identity:
        of the file in the library, so that what was measured of it replaces the estimate; "" for none."""
        from nextword.hub.fit import Needs, bytes_per_token, foretell, judge, tensor_bytes

        with self._lock:
            measured = self._known()
            needs = foretell(header, context_tokens, weights_bytes=weights_bytes, correction=measured.correction)
            load = measured.find(identity, needs.context_tokens) if identity else None
            if load is not None:
                needs = Needs(
                    load.weights_bytes, load.cache_bytes, load.compute_bytes, needs.program_bytes,
                    needs.context_tokens, needs.cache_type, measured=True,
                )  # fmt: skip
            speed = measured.speed(identity) if identity else 0.0
            each = bytes_per_token(header) * (weights_bytes / max(1, tensor_bytes(header)) if weights_bytes else 1.0)
            expected = expected_speed(int(each), measured.bandwidth, measured.efficiency or EFFICIENCY)
        available = self.available_bytes
        return Outlook(needs, judge(needs, available), available, speed or expected, speed > 0)

    @property
    def available_bytes(self) -> int:
        """What a model can have: what is free, and what the one that is loaded gives back. 0: not known."""
        if self.free is None or not self.free.available_bytes:
            return 0
        return self.free.available_bytes + (self.taken.private_bytes if self.taken is not None else 0)

    @property
    def bandwidth(self) -> float:
        """How fast the memory was read, bytes per second; 0 before it was measured."""
        with self._lock:
            return self._known().bandwidth

    def note_loaded(self, taken: Taken | None, identity: str) -> None:
        """Keep what llama.cpp took for a model; None: no model is loaded."""
        if taken != self.taken and self.free is not None:
            self.refresh()  # what was free before would be counted together with what the model gives back
        self.taken = taken
        if taken is not None and identity and taken.weights_bytes:
            self._submit(self._note, taken, identity)

    def note_speed(self, identity: str, tokens_per_second: float) -> None:
        """Keep how fast an answer of the model that is loaded was."""
        if self.taken is not None and identity and tokens_per_second > 0:
            self._submit(self._note, self.taken, identity, tokens_per_second)

    def close(self) -> None:
        """Join the thread. Nothing is delivered after."""
        self._closing.set()
        self._executor.shutdown(wait=True, cancel_futures=True)

    # --- on the thread --------------------------------------------------------------------------------------

    def _submit(self, function: Callable[..., None], *arguments: object) -> None:
        if not self._closing.is_set():
            self._executor.submit(function, *arguments).add_done_callback(tell_fault)

    def _known(self) -> Measured:
        """Return the measurements, read when first wanted. The lock must be held."""
        if self._measured is None:
            self._measured = Measured(self._file)
        return self._measured

    def _look(self) -> None:
        free = free_memory()
        with self._lock:
            known = self._known().bandwidth
        if not known and (found := measure_bandwidth(free.available_bytes)):
            with self._lock:
                self._known().bandwidth = found
        self._tell(partial(self._on_looked, free))

    def _read(self, path: str, done: Callable[[Header], None], failed: Callable[[NextwordError], None] | None) -> None:
        try:
            header = self._header(path)
        except NextwordError as error:
            if failed is not None:
                self._tell(partial(failed, error))
            return
        self._tell(partial(done, header))

    def _header(self, path: str) -> Header:
        from nextword.engine.header import read_header
        from nextword.errors import ModelNotReadable

        try:
            stat = Path(path).stat()
        except OSError as error:
            raise ModelNotReadable(path, "missing", error.strerror or "") from error
        key = f"{path}\0{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"
        if key not in self._headers:
            if len(self._headers) >= 50:
                self._headers.clear()
            self._headers[key] = read_header(Path(path))
        return self._headers[key]

    def _note(self, taken: Taken, identity: str, tokens_per_second: float = 0.0) -> None:
        from nextword.hub.fit import bytes_per_token, foretell

        try:
            header = self._header(taken.path)
        except NextwordError:
            return
        foretold = foretell(header, taken.context_tokens)
        with self._lock:
            known = self._known().find(identity, taken.context_tokens)
            speed = tokens_per_second or (known.tokens_per_second if known is not None else 0.0)
            self._known().note(
                Load(
                    identity, taken.context_tokens, taken.weights_bytes, taken.cache_bytes, taken.compute_bytes,
                    foretold.compute_bytes, bytes_per_token(header), speed,
                )
            )  # fmt: skip
        self._tell(partial(self.changed.emit, None))

    def _tell(self, function: Callable[[], None]) -> None:
        self._deliver(partial(self._hear, function))

    def _hear(self, function: Callable[[], None]) -> None:
        if not self._closing.is_set():
            function()

    def _on_looked(self, free: FreeMemory) -> None:
        self.free = free
        self.changed.emit(None)
