"""The engine process from inside: read a request, run it, send events, and stay reachable meanwhile.

The main thread computes. `engine-control` reads: it answers Ping and passes on Stop at once, and ends the process
with its input. `engine-heartbeat` says once a second that the process lives.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final, NoReturn, TypeAlias

from nextword.engine import backends, protocol, sandbox, template
from nextword.engine.stops import Stops
from nextword.errors import EngineFault, NextwordError, NoWorkingVariant, OutOfMemory, ProtocolBroken

EXIT_GARBAGE: Final = 2
EXIT_NO_VARIANT: Final = 3

Work: TypeAlias = protocol.Load | protocol.Work


class Channel:
    """Sends events from any thread, one after the other. Ends the process when nobody listens any more."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.stage: protocol.Stage = "starting"  # what the heartbeat tells; set by the main thread

    def send(self, event: protocol.Reply) -> None:
        """Raises ProtocolBroken when the event is too large; then nothing was sent."""
        try:
            with self._lock:
                protocol.write_frame(self._stream, event)
        except OSError:
            os._exit(0)


class Control:
    """The thread that reads requests. It ends itself after a Load: see `go_on`."""

    def __init__(self, stream: IO[bytes], channel: Channel, stops: Stops) -> None:
        self._stream = stream
        self._channel = channel
        self._stops = stops
        self._thread = threading.Thread()
        self._reading = False
        self.work: queue.SimpleQueue[Work] = queue.SimpleQueue()

    def go_on(self) -> None:
        """Read on, if the thread has ended itself: it would be outside of a sandbox that is entered later."""
        if self._reading:
            return
        self._reading = True
        self._thread = threading.Thread(target=self._read, name="engine-control", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait for the thread to end; only after a Load was taken from `work`."""
        self._thread.join()

    def _read(self) -> None:
        while True:
            match self._next():
                case None:
                    _leave(0)
                case protocol.Ping() as ping:
                    self._channel.send(protocol.Pong(ping.job))
                case protocol.Stop() as stop:
                    self._stops.stop(stop.job, stop.lane)
                case protocol.Load() as load:
                    self._reading = False
                    self.work.put(load)
                    return
                case request:
                    self._stops.accept(request.job)
                    self.work.put(request)

    def _next(self) -> protocol.Request | None:
        try:
            return protocol.read_request(self._stream)
        except ProtocolBroken as error:
            _leave(EXIT_GARBAGE, f"request not understood: {error}")
        except OSError as error:
            _leave(0, f"input lost: {error}")


class Heartbeat:
    """The thread that says the process lives."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._end = threading.Event()
        self._thread = threading.Thread()

    def start(self) -> None:
        self._end.clear()
        self._thread = threading.Thread(target=self._beat, name="engine-heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._end.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._end.wait(protocol.HEARTBEAT_SECONDS):
            self._channel.send(protocol.Heartbeat(self._channel.stage))


class EngineProcess:
    """The main thread. render: runs a chat template (TemplateProcess.render)."""

    def __init__(self, requests: IO[bytes], events: IO[bytes], render: Callable[[template.Job], str]) -> None:
        self._channel = Channel(events)
        self._stops = Stops()
        self._control = Control(requests, self._channel, self._stops)
        self._heartbeat = Heartbeat(self._channel)
        self._render = render

    def run(self, cache: Path, *, avoid: str = "") -> NoReturn:
        """Choose the CPU variant, say hello, and do what is asked until the input ends.

        avoid: a variant that passed the check and then died of an illegal instruction with a real model.
        """
        self._heartbeat.start()
        self._control.go_on()
        try:
            if avoid:
                backends.avoid(cache, avoid)
            variant = backends.choose(cache)
            if variant.path is not None:
                backends.load_backend(variant.path)
        except NoWorkingVariant as error:
            self._channel.send(protocol.Failed(0, type(error).__name__, error.to_wire()))
            _leave(EXIT_NO_VARIANT, str(error))
        # Only now: this loads llama.cpp, which has to find the ggml library of the variant.
        from nextword.engine.worker import Worker, llama_version

        worker = Worker(self, self._stops, self._render)
        tried = tuple(map(str, variant.tried))
        self.send(
            protocol.Hello(protocol.VERSION, os.getpid(), variant.name, llama_version(), variant.check_seconds, tried)
        )
        while True:
            self.enter("idle")
            self._do(self._control.work.get(), worker.run)

    def send(self, event: protocol.Reply) -> None:
        """Send an event to the window."""
        self._channel.send(event)

    def enter(self, stage: protocol.Stage) -> None:
        """Tell the window from now on, with every heartbeat, what the main thread does."""
        self._channel.stage = stage

    def confine(self, readable: Sequence[Path]) -> protocol.Isolation:
        """Enter the sandbox with no other thread around; only while a Load is run."""
        self._control.join()
        self._heartbeat.stop()
        try:
            return sandbox.enter(readable)
        finally:
            self._heartbeat.start()
            self._control.go_on()

    def _do(self, request: Work, run: Callable[[Work], None]) -> None:
        try:
            run(request)
        except NextwordError as error:
            self._fail(request, error)
        except MemoryError:
            self._fail(request, OutOfMemory())
        except Exception as error:  # noqa: BLE001 - a fault of ours costs the job, not the model
            traceback.print_exc()
            self._fail(request, EngineFault(detail=f"{type(error).__name__}: {error}"[:500]))
        finally:
            self._stops.end(request.job)
            self._control.go_on()

    def _fail(self, request: Work, error: NextwordError) -> None:
        self.send(protocol.Failed(request.job, type(error).__name__, error.to_wire()))


def _leave(code: int, reason: str = "") -> NoReturn:
    """End the process at once, also in the middle of a computation; the kernel takes everything back."""
    if reason:
        _say(reason)
    os._exit(code)


def _say(text: str) -> None:
    print(f"engine: {text}", file=sys.stderr, flush=True)  # noqa: T201 - standard error is the engine's log
