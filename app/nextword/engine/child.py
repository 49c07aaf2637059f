"""One engine process and the threads that read, write and watch it (window side; knows no model and no job).

What it finds out is delivered: every message, and at last one `Ended`. The thread that calls never waits.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol, TypeAlias

from nextword.engine import protocol
from nextword.engine.snapshots import Snapshots, StateFile
from nextword.errors import EngineFault, NextwordError, ProtocolBroken, RequestTooLarge
from nextword.frozen import NO_CONSOLE

Deliver: TypeAlias = Callable[[Callable[[], None]], None]

LOG_LINES = 200
LOG_FILE_BYTES = 2_000_000
_LONGEST_LINE_BYTES = 65_536

# Only these variables reach the engine: it needs no home, no token, no search path for libraries.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "SYSTEMROOT", "OMP_NUM_THREADS", "TZ")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the process may be silent, in seconds.

    hello: until it is ready for requests (the engine check tries processor variants). silence: without a
    heartbeat. A stopped job is asked politely, then SIGTERM after `term`, SIGKILL after `kill`.
    """

    hello_seconds: float = 120.0
    silence_seconds: float = 8.0
    term_seconds: float = 1.5
    kill_seconds: float = 3.5
    close_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """The process is gone. broken: it sent what could not be understood. silent_seconds > 0: it was ended for
    being silent. forced: it was ended because a stopped job did not stop."""

    exit_code: int
    log: tuple[str, ...]
    broken: ProtocolBroken | None
    silent_seconds: float
    forced: bool

    @property
    def signal_name(self) -> str:
        """SIGSEGV and the like, "" for an exit by itself."""
        if self.exit_code >= 0:
            return ""
        try:
            return signal.Signals(-self.exit_code).name
        except ValueError:
            return f"signal {-self.exit_code}"


def default_command(cache: Path) -> list[str]:
    """Return how the engine is started: its own program beside a frozen window, else a module of this Python."""
    if getattr(sys, "frozen", False):
        name = "nextword-engine.exe" if sys.platform == "win32" else "nextword-engine"
        return [str(Path(sys.executable).parent / name), "--cache", str(cache)]
    return [sys.executable, "-I", "-m", "nextword.engine", "--cache", str(cache)]


def _send(stream: IO[bytes], request: protocol.Request) -> NextwordError | None:
    """Write a request; return why it cannot be one. Raises OSError when the pipe is gone."""
    try:
        data = protocol.encode(request)
    except UnicodeEncodeError as error:  # half a character
        return EngineFault(detail=str(error)[:200])
    if len(data) > protocol.MAX_FRAME_BYTES:
        return RequestTooLarge(len(data), protocol.MAX_FRAME_BYTES)
    protocol.write_data(stream, data)
    return None


class Owner(Protocol):
    """Who hears of a child, on the thread that `deliver` delivers to."""

    def child_replied(self, child: Child, reply: protocol.Reply) -> None:
        """Take a message of the process; heartbeats are not passed on."""

    def child_ended(self, child: Child, ended: Ended) -> None:
        """Take the last thing that is ever heard of the process."""


class Child:
    """A running engine process. Raises OSError from the constructor when it cannot be started."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        deliver: Deliver,
        owner: Owner,
        limits: Limits,
        log_file: Path | None = None,
    ) -> None:
        self._deliver = deliver
        self._owner = owner
        self._limits = limits
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._log_file = log_file
        self._requests: queue.SimpleQueue[protocol.Request | None] = queue.SimpleQueue()
        self._broken: ProtocolBroken | None = None
        self._silent_seconds = 0.0
        self._forced = False
        self._stop_since: float | None = None
        self._gone = threading.Event()
        self._state_file: StateFile | None = None
        self.state_saved = threading.Event()  # also set when there is none
        self._last_sign = time.monotonic()
        self._said_hello = False
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            close_fds=True,
            creationflags=NO_CONSOLE,
        )
        self.pid = self._process.pid
        bodies = {
            "engine-reader": self._read,
            "engine-writer": self._write,
            "engine-stderr": self._read_log,
            "engine-watch": self._watch,
        }
        self._threads = [threading.Thread(target=body, name=name, daemon=True) for name, body in bodies.items()]
        for thread in self._threads:
            thread.start()

    @property
    def log(self) -> tuple[str, ...]:
        """The last lines of the process's standard error."""
        return tuple(self._log)

    def send(self, request: protocol.Request) -> None:
        """Queue `request`; a process that is gone is told about by `child_ended`, not here."""
        self._requests.put(request)

    def expect_stop(self, expected: bool) -> None:
        """Begin, or call off, the count-down to SIGTERM and SIGKILL."""
        self._stop_since = time.monotonic() if expected else None

    def takes_state_to(self, snapshots: Snapshots, model: protocol.ModelInfo) -> bool:
        """Write what comes of a SaveState to a file of `snapshots`; False when none is to be made."""
        self._state_file = snapshots.new(model.path)
        return self._state_file is not None

    def kill(self) -> None:
        """End the process at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def close(self) -> None:
        """Close its input, wait, kill if need be, and join every thread. Blocks for at most a few seconds."""
        self._requests.put(None)
        try:
            self._process.wait(self._limits.close_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self.join()

    def join(self) -> None:
        """Wait for the threads; only after the process has ended."""
        self._process.wait()
        self._requests.put(None)
        self._gone.set()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    # --- the threads ----------------------------------------------------------------------------------------

    def _read(self) -> None:
        stream = self._pipe(self._process.stdout)
        try:
            while (reply := protocol.read_reply(stream)) is not None:
                self._last_sign = time.monotonic()
                if isinstance(reply, protocol.Heartbeat):
                    continue
                if isinstance(reply, protocol.Hello):
                    self._said_hello = True
                if self._take_state(reply):
                    continue
                self._deliver(partial(self._owner.child_replied, self, reply))
        except ProtocolBroken as error:
            self._broken = error
            self.kill()
        except (OSError, ValueError):  # the pipe was closed under the read
            self.kill()
        exit_code = self._wait_for_end()
        self._gone.set()
        self._requests.put(None)
        stream.close()
        self._drop_state()
        ended = Ended(exit_code, self.log, self._broken, self._silent_seconds, self._forced)
        self._deliver(partial(self._owner.child_ended, self, ended))

    def _take_state(self, reply: protocol.Reply) -> bool:
        """Write a piece of a snapshot; done here because the window may wait for it in `close`."""
        if isinstance(reply, protocol.StatePart):
            if self._state_file is not None:
                self._state_file.write(reply.data)
            return True
        if isinstance(reply, protocol.StateSaved) and self._state_file is not None:
            self._state_file.finish(reply.tokens)
            self._state_file = None
            self.state_saved.set()
        return False

    def _drop_state(self) -> None:
        if self._state_file is not None:
            self._state_file.finish(0)
            self._state_file = None
        self.state_saved.set()

    def _wait_for_end(self) -> int:
        """Return the exit code; a process that closed its output but lives on is ended."""
        try:
            return self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()

    def _write(self) -> None:
        stream = self._pipe(self._process.stdin)
        with contextlib.suppress(OSError, ValueError):
            while (request := self._requests.get()) is not None:
                error = _send(stream, request)
                if error is not None:
                    failed = protocol.Failed(request.job, type(error).__name__, error.to_wire())
                    self._deliver(partial(self._owner.child_replied, self, failed))
        with contextlib.suppress(OSError):
            stream.close()

    def _read_log(self) -> None:
        stream = self._pipe(self._process.stderr)
        with contextlib.ExitStack() as stack:
            stack.callback(stream.close)
            file = self._open_log(stack)
            while raw := stream.readline(_LONGEST_LINE_BYTES):
                line = raw.decode("utf-8", "replace").rstrip()
                self._log.append(line[:2000])
                if file is not None:
                    with contextlib.suppress(OSError):
                        file.write(line + "\n")
                        file.flush()

    def _open_log(self, stack: contextlib.ExitStack) -> IO[str] | None:
        if self._log_file is None:
            return None
        try:
            full = self._log_file.exists() and self._log_file.stat().st_size > LOG_FILE_BYTES
            return stack.enter_context(self._log_file.open("w" if full else "a", encoding="utf-8"))
        except OSError:  # a full disk costs the log, not the engine
            return None

    def _watch(self) -> None:
        """Look every half second whether the process is silent or a stopped job goes on."""
        while not self._gone.wait(0.5 if self._stop_since is None else 0.1):
            now = time.monotonic()
            limit = self._limits.silence_seconds if self._said_hello else self._limits.hello_seconds
            silent = now - self._last_sign
            if silent > limit:
                self._silent_seconds = silent
                self.kill()
            self._watch_stop(now)

    def _watch_stop(self, now: float) -> None:
        since = self._stop_since
        if since is None:
            return
        if now - since > self._limits.kill_seconds:
            self._forced = True
            self.kill()
        elif now - since > self._limits.term_seconds:
            self._forced = True
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    @staticmethod
    def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None
        return stream
