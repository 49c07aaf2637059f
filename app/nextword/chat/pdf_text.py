"""The window's side of reading a PDF: starts the process that does it, and ends it when it takes too long."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import msgspec

from nextword.chat.pdf_process import LONGEST_ANSWER_BYTES, PdfAnswer
from nextword.errors import AttachmentNotReadable
from nextword.frozen import NO_CONSOLE

WAIT_SECONDS = 60.0
"""Far more than the process gives itself: it counts what it computes, and a busy machine makes it wait."""
_NEEDED = ("SYSTEMROOT",)
"""Without it Python does not start on Windows; nothing else of the environment is the process's business."""


class PdfReader:
    """Reads one PDF at a time, in a process that is gone afterwards. `close` may come from another thread."""

    def __init__(self, command: list[str] | None = None, wait_seconds: float = WAIT_SECONDS) -> None:
        self._command = command or _default_command()
        self._wait_seconds = wait_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()

    def read(self, path: Path, data: bytes) -> PdfAnswer:
        """Return the text of a PDF whose bytes are `data`. Raises AttachmentNotReadable."""
        with self._lock:
            if self._closed:
                raise AttachmentNotReadable(str(path), "unreadable")
            try:
                process = self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={name: os.environ[name] for name in _NEEDED if name in os.environ},
                    creationflags=NO_CONSOLE,
                )
            except OSError as error:
                raise AttachmentNotReadable(str(path), "unreadable", str(error)) from error
        timer = threading.Timer(self._wait_seconds, process.kill)
        timer.start()
        try:
            output = _talk(process, data)
        finally:
            timer.cancel()
            timer.join()
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)
            with self._lock:
                self._process = None
        return _answer_of(path, output)

    def close(self) -> None:
        """End what is being read; nothing is read after."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()


def _talk(process: subprocess.Popen[bytes], data: bytes) -> bytes:
    """Give the process the file and return what it says; it reads everything before it says anything."""
    assert process.stdin is not None, "a pipe"
    assert process.stdout is not None, "a pipe"
    with contextlib.suppress(OSError):  # it is gone; what it said tells why
        process.stdin.write(data)
        process.stdin.close()
    return process.stdout.read(LONGEST_ANSWER_BYTES + 1)


def _answer_of(path: Path, output: bytes) -> PdfAnswer:
    if not output:  # it was ended: by the kernel for time or memory, or by our patience
        raise AttachmentNotReadable(str(path), "pdf_too_hard")
    try:
        answer = msgspec.json.decode(output, type=PdfAnswer)
    except msgspec.MsgspecError as error:
        raise AttachmentNotReadable(str(path), "pdf_damaged", str(error)[:200]) from error
    if answer.reason:
        raise AttachmentNotReadable(str(path), answer.reason, answer.detail)
    return answer


def _close(pipe: IO[bytes]) -> None:
    with contextlib.suppress(OSError):  # what was not written yet has nobody to go to
        pipe.close()


def _default_command() -> list[str]:
    """Return how the process is started: its own program beside a frozen window, else a module of this Python."""
    if getattr(sys, "frozen", False):
        name = "nextword-pdf.exe" if sys.platform == "win32" else "nextword-pdf"
        return [str(Path(sys.executable).parent / name)]
    return [sys.executable, "-I", "-m", "nextword.chat.pdf_process"]
