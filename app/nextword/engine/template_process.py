"""The process that renders chat templates: each in a throw-away child with a deadline and little memory.

A loop or a huge text in a template cannot be stopped from inside Python. So a small process is forked before
llama.cpp is loaded and before any thread exists; for every template it forks a child of itself, and the kernel
ends that child at the deadline.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import sys
import time
from collections.abc import Collection
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from nextword.engine import sandbox, template
from nextword.engine.protocol import Message
from nextword.errors import TemplateFailed

DEADLINE_SECONDS: Final = 2.0  # of computing: a busy machine must not fail an honest template
_WALL_SECONDS: Final = 8.0
MEMORY_BYTES: Final = 128 << 20  # address space beyond what the process has when it starts
_PATIENCE_SECONDS: Final = 9.0  # after which the process itself is given up
_HEAD: Final = struct.Struct(">I")
_MAX_FRAME_BYTES: Final = 64 << 20


class Rendered(msgspec.Struct, frozen=True):
    """reason: "" when `text` is the result, else as in TemplateFailed."""

    text: str = ""
    reason: str = ""
    detail: str = ""


class TemplateProcess:
    """Make one first thing in the program: it forks. Where there is no fork it renders in this process."""

    def __init__(self) -> None:
        self._pipe: _Pipe | None = None
        self.pid = 0
        self._lost = False
        if not hasattr(os, "fork"):
            return
        request_end, requests = os.pipe()
        answers, answer_end = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _serve(_Pipe(request_end, answer_end), parent)
        os.close(request_end)
        os.close(answer_end)
        self._pipe = _Pipe(answers, requests, patience_seconds=_PATIENCE_SECONDS)

    def render(self, job: template.Job) -> str:
        """Return what the template makes of the messages. Raises TemplateFailed, when it takes too long too."""
        if self._lost:
            raise TemplateFailed("runtime", "the process that renders templates is gone")
        if self._pipe is None:
            return template.render(job)
        try:
            self._pipe.send(msgspec.msgpack.encode(job))
            rendered = msgspec.msgpack.decode(self._pipe.receive(), type=Rendered)
        except TimeoutError as error:
            self._give_up()
            raise TemplateFailed("too_slow", "the process that renders templates does not answer") from error
        except (OSError, msgspec.MsgspecError) as error:
            self._give_up()
            raise TemplateFailed("runtime", str(error)) from error
        if rendered.reason:
            raise TemplateFailed(rendered.reason, rendered.detail)
        return rendered.text

    def close(self) -> None:
        """End the process and wait for that; without this it ends by itself with the process that made it."""
        self._give_up()
        if self.pid:
            os.waitpid(self.pid, 0)
            self.pid = 0

    def _give_up(self) -> None:
        """Use it no more; it ends when it finds its input closed."""
        self._lost = True
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


class _Pipe:
    """Frames over two descriptors. Not a socket: the sandbox of the engine forbids all that has to do with those.

    patience_seconds: how long `send` and `receive` wait for the other end, each; None for ever.
    """

    def __init__(self, read_end: int, write_end: int, patience_seconds: float | None = None) -> None:
        self.ends = (read_end, write_end)
        self._patience_seconds = patience_seconds
        for end in self.ends:
            os.set_blocking(end, False)

    def send(self, data: bytes) -> None:
        """Raises TimeoutError, or OSError when the other end is gone."""
        deadline = self._deadline()
        rest = memoryview(_HEAD.pack(len(data)) + data)
        while rest:
            _, ready, _ = select.select((), self.ends[1:], (), self._left(deadline))
            if not ready:
                raise TimeoutError
            rest = rest[os.write(self.ends[1], rest[: select.PIPE_BUF]) :]

    def receive(self) -> bytes:
        """Return one frame. Raises TimeoutError, or OSError when the other end is gone."""
        deadline = self._deadline()
        (length,) = _HEAD.unpack(self._read(_HEAD.size, deadline))
        if length > _MAX_FRAME_BYTES:
            raise OSError(f"a frame of {length} bytes")
        return self._read(length, deadline)

    def close(self) -> None:
        for end in self.ends:
            os.close(end)

    def _read(self, count: int, deadline: float | None) -> bytes:
        data = bytearray()
        while len(data) < count:
            ready, _, _ = select.select(self.ends[:1], (), (), self._left(deadline))
            if not ready:
                raise TimeoutError
            piece = os.read(self.ends[0], min(1 << 20, count - len(data)))
            if not piece:
                raise OSError("the other end is gone")
            data += piece
        return bytes(data)

    def _deadline(self) -> float | None:
        return None if self._patience_seconds is None else time.monotonic() + self._patience_seconds

    @staticmethod
    def _left(deadline: float | None) -> float | None:
        return None if deadline is None else max(0.0, deadline - time.monotonic())


# --- the process ----------------------------------------------------------------------------------------------


def _serve(pipe: _Pipe, parent: int) -> NoReturn:
    """Answer requests until the engine is gone."""
    with contextlib.suppress(BaseException):
        sandbox.die_with_parent()
        _leave_other_files(pipe.ends)
        _warm_up()
        # Had the engine died before die_with_parent, the parent would be another process now.
        while os.getppid() == parent:
            pipe.send(_in_child(pipe.receive()))
    os._exit(0)


def _leave_other_files(keep: Collection[int]) -> None:
    """Hold no pipe of the engine open: the window waits for their end when the engine dies."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    for descriptor in range(3, 256):
        if descriptor not in keep:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _warm_up() -> None:
    """Import what a template may need, so that the children find it in memory."""
    text = "{% for m in messages %}{{ m.content | trim | tojson }}{{ strftime_now('%d %B %Y') }}{% endfor %}"
    template.render(template.Job(text, (Message("user", "a"),), "", "", 1000))


def _in_child(request: bytes) -> bytes:
    """Run one request in a child and return its answer, or what ended it."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        with contextlib.suppress(BaseException):
            _confine()
            _write_all(write_end, _answer(request))
        os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as stream:
        answer = stream.read(_MAX_FRAME_BYTES)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        slow = name in ("SIGALRM", "SIGPROF", "SIGXCPU")
        return _encode("too_slow", f"more than {DEADLINE_SECONDS:g} seconds") if slow else _encode("runtime", name)
    return answer or _encode("memory")


def _confine() -> None:
    """The child reads no file, starts nothing, and is ended by the kernel at the deadline."""
    import resource

    for timer, name, seconds in (
        (signal.ITIMER_PROF, signal.SIGPROF, DEADLINE_SECONDS),
        (signal.ITIMER_REAL, signal.SIGALRM, _WALL_SECONDS),
    ):
        signal.signal(name, signal.SIG_DFL)
        signal.setitimer(timer, seconds)
    sandbox.die_with_parent()
    # The timers could be taken back by what runs in the child, this could not.
    resource.setrlimit(resource.RLIMIT_CPU, (int(DEADLINE_SECONDS) + 1, int(DEADLINE_SECONDS) + 1))
    sandbox.enter(())
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _answer(request: bytes) -> bytes:
    try:
        text = template.render(msgspec.msgpack.decode(request, type=template.Job))
        return msgspec.msgpack.encode(Rendered(text))
    except TemplateFailed as error:
        return _encode(error.reason, error.detail)
    except MemoryError:
        return _encode("memory")


def _encode(reason: str, detail: str = "") -> bytes:
    return msgspec.msgpack.encode(Rendered("", reason, detail))


def _write_all(descriptor: int, data: bytes) -> None:
    with open(descriptor, "wb") as stream:
        stream.write(data)
