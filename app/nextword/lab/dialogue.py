"""Several requests to the engine, one after the other, written as one function that yields them.

A script is a generator: it yields a request, gets back all that was said of it, and returns its result. An error of
the engine is raised where the request was yielded. So what needs three questions reads like what needs one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Generic, TypeAlias, TypeVar

from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.errors import NextwordError

T = TypeVar("T")
Said: TypeAlias = list[protocol.JobReply]
Script: TypeAlias = Generator[protocol.Work, Said, T]


class Dialogue(Generic[T]):
    """Runs a script; exactly one of `done`, `failed` and `cut_off` is called, none of them after `stop`.

    cut_off: the engine ended the work because another model was asked for. Set `heard` to hear what is said at once.
    """

    def __init__(
        self,
        engine: Engine,
        script: Script[T],
        *,
        done: Callable[[T], None],
        failed: Callable[[NextwordError], None],
        cut_off: Callable[[], None] | None = None,
    ) -> None:
        self._engine = engine
        self._script = script
        self._done = done
        self._failed = failed
        self._cut_off = cut_off
        self.heard: Callable[[protocol.JobReply], None] | None = None
        self._said: Said = []
        self._job = 0
        self._over = False

    @property
    def running(self) -> bool:
        return not self._over

    def start(self) -> Dialogue[T]:
        """Ask the first question."""
        self._go_on(lambda: next(self._script))
        return self

    def stop(self) -> None:
        """End it now; nothing more is told."""
        if not self._over:
            self._over = True
            self._script.close()
            self._engine.stop(self._job)

    def _go_on(self, step: Callable[[], protocol.Work]) -> None:
        self._said = []
        try:
            request = step()
        except StopIteration as end:
            self._over = True
            self._done(end.value)
        except NextwordError as error:
            self._over = True
            self._failed(error)
        else:
            self._job = self._engine.ask(request, self._hear)

    def _hear(self, event: JobEvent) -> None:
        if self._over:
            return
        if isinstance(event, JobFailed):
            error = event.error
            self._go_on(lambda: self._script.throw(error))
            return
        self._said.append(event)
        if self.heard is not None:
            self.heard(event)
        if isinstance(event, protocol.Finished) and event.reason == "stopped":
            self._over = True
            self._script.close()
            if self._cut_off is not None:
                self._cut_off()
        elif isinstance(event, protocol.LAST):
            said = self._said
            self._go_on(lambda: self._script.send(said))
