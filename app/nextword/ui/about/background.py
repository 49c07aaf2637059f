"""Reads and writes files of the About screen on a thread of its own; results are delivered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject
from shiboken6 import isValid

T = TypeVar("T")


class Background:
    """One thread, started with the first piece of work and joined by `close`; nothing is delivered after that."""

    def __init__(self, deliver: Callable[[Callable[[], None]], None]) -> None:
        self._deliver = deliver
        self._executor: ThreadPoolExecutor | None = None
        self._closed = False

    def run(
        self,
        owner: QObject,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[OSError], None] | None = None,
    ) -> None:
        """Do `work`; hand what it returns to `done`, or the OSError that it raised to `failed`, while there is an
        `owner` to show it."""
        if self._closed:
            return
        if self._executor is None:
            self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="about")
        future = self._executor.submit(work)
        future.add_done_callback(lambda ended: self._deliver(partial(self._tell, owner, ended, done, failed)))

    def close(self) -> None:
        """Wait for what is being done; its result is dropped."""
        self._closed = True
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _tell(
        self,
        owner: QObject,
        ended: Future[T],
        done: Callable[[T], None],
        failed: Callable[[OSError], None] | None,
    ) -> None:
        if self._closed or ended.cancelled() or not isValid(owner):
            return
        error = ended.exception()
        if error is None:
            done(ended.result())
        elif isinstance(error, OSError) and failed is not None:
            failed(error)
        else:
            raise error
