"""Talks to a real engine process over its pipes, one event after the other."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self, TypeVar

from nextword.engine import protocol

Event = TypeVar("Event")
WAIT_SECONDS = 60.0  # after which a process that says nothing is killed, so that a test fails instead of hanging


class Driver:
    """One engine process. Its standard error is in `log` after `end`.

    before: Python statements that the process runs first.
    """

    def __init__(self, cache: Path, before: str = "") -> None:
        self.events: list[protocol.Reply] = []
        self.log = ""
        program = f"{before}\nfrom nextword.engine.__main__ import main\nmain()"
        self._process = subprocess.Popen(
            [sys.executable, "-I", *(("-c", program) if before else ("-m", "nextword.engine")), "--cache", str(cache)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.pid = self._process.pid
        assert self._process.stdin
        assert self._process.stdout
        assert self._process.stderr
        self.input = self._process.stdin
        self._output = self._process.stdout
        self._errors = self._process.stderr
        self._job = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self.end()

    def send(self, request: protocol.Request) -> None:
        protocol.write_frame(self.input, request)

    def job(self) -> int:
        """A number for the next request."""
        self._job += 1
        return self._job

    def next(self) -> protocol.Reply | None:
        """The next event, heartbeats too; None when the process has closed its output."""
        watchdog = threading.Timer(WAIT_SECONDS, self._process.kill)
        watchdog.start()
        try:
            event = protocol.read_reply(self._output)
        finally:
            watchdog.cancel()
        if event is not None:
            self.events.append(event)
        return event

    def wait(self, kind: type[Event]) -> Event:
        """The next event of that kind; fails when the process ends, or when a job failed instead."""
        while (event := self.next()) is not None:
            if isinstance(event, kind):
                return event
            if isinstance(event, protocol.Failed):
                raise AssertionError(f"{event}\n{self.end()}")
        raise AssertionError(f"the engine ended: {self.end()}")

    def load(self, path: Path, **options: int) -> protocol.Loaded:
        self.send(protocol.Load(self.job(), str(path), **options))
        return self.wait(protocol.Loaded)

    def generate(self, prompt: protocol.Prompt, max_tokens: int = 16, **sampling: object) -> list[protocol.TokenChosen]:
        """Generate and return the tokens; Finished is the last of `events`."""
        wish = protocol.Sampling(**sampling)  # type: ignore[arg-type]
        first = len(self.events)
        self.send(protocol.Generate(self.job(), prompt, wish, protocol.Until(max_tokens), 10))
        self.wait(protocol.Finished)
        return [event for event in self.events[first:] if isinstance(event, protocol.TokenChosen)]

    def end(self) -> str:
        """Close the input, wait for the end and return what the process said on standard error."""
        if self._errors.closed:
            return self.log
        with contextlib.suppress(BrokenPipeError):
            self.input.close()
        self.log += self._errors.read().decode("utf-8", "replace")
        self._errors.close()
        self._output.close()
        self._process.wait(WAIT_SECONDS)
        return self.log

    @property
    def exit_code(self) -> int:
        return self._process.wait(WAIT_SECONDS)
