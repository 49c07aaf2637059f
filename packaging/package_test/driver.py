"""Starts the installed program in a clean system, asks its starter a question, and looks whether an answer is kept."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from package_test.roots import HOME, Root
from package_test.screen import HEIGHT, WIDTH, Screen
from package_test.tools import PartFailed

PROGRAM = "/opt/nextword/nextword"
ENGINE = "/opt/nextword/nextword-engine"
PROFILE = ".local/share/nextword"
QUESTION = "What is a token?"
WAIT_SECONDS = 120.0


@dataclass(frozen=True)
class Answered:
    """Seconds since the program was started."""

    window_seconds: float
    answer_seconds: float


class Run:
    """One run of the window in a system, on a screen of its own; ended by `quit`."""

    def __init__(
        self,
        root: Root,
        screen: Screen,
        environment: Mapping[str, str] | None = None,
        *,
        folder: str = HOME,
        watched_by: Sequence[str] = (),
    ) -> None:
        self.root = root
        self.screen = screen
        self.log = Path(tempfile.mkdtemp(prefix="nextword-run-")) / "output.txt"
        variables = {"DISPLAY": screen.name, "QT_QPA_PLATFORM": "xcb", **(environment or {})}
        self._began = time.monotonic()
        self._process = root.start(["nextword"], variables, folder=folder, log=self.log, watched_by=watched_by)

    @property
    def seconds(self) -> float:
        """How long ago the program was started."""
        return time.monotonic() - self._began

    def wait_for_window(self) -> float:
        """Return the seconds from the start until there was something to see."""
        try:
            self.screen.wait_for_window(self._process)
        except PartFailed as failed:
            raise PartFailed(f"{failed}\n{self.log.read_text('utf-8', 'replace')[-3000:]}") from failed
        return self.seconds

    def ask(self, question: str = QUESTION) -> float:
        """Type a question and send it; return the seconds from the start until the answer was kept whole."""
        before = finished_answers(self.root)
        self.screen.do("mousemove", str(WIDTH * 6 // 10), str(HEIGHT - 90), "click", "1")
        self.screen.do("type", "--delay", "5", question)
        self.screen.do("key", "Return")
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            if finished_answers(self.root) > before:
                return self.seconds
            time.sleep(0.02)
        raise PartFailed(f"no answer within {WAIT_SECONDS:g} s; the screen: {self.picture('no-answer')}")

    def picture(self, name: str) -> Path:
        """Keep what is on the screen; return the file."""
        path = Path(tempfile.gettempdir()) / f"nextword-{self.root.release}-{name}.png"
        self.screen.save(path)
        return path

    def processes(self) -> dict[str, list[int]]:
        """Return the processes of the window and of the engine."""
        return {program: self.root.processes(program) for program in (PROGRAM, ENGINE)}

    def quit(self) -> None:
        """Close the program as a logout does. Raises PartFailed when it does not end by itself.

        It is asked again and again: here it is the first process of its space, which the kernel keeps from a signal
        that it does not listen to yet.
        """
        end = time.monotonic() + 30
        while time.monotonic() < end:
            for pid in self.root.processes(PROGRAM):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
                break
        else:
            self._process.kill()
            self._process.wait()
            raise PartFailed("the program did not end when it was asked to")
        shutil.rmtree(self.log.parent, ignore_errors=True)


def finished_answers(root: Root) -> int:
    """Count the answers that are kept whole, in a copy: the program holds the database for itself."""
    folder = Path(tempfile.mkdtemp(prefix="nextword-history-"))
    try:
        for name in ("history.db", "history.db-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(root.home / PROFILE / name, folder / name)
        if not (folder / "history.db").is_file():
            return 0
        database = sqlite3.connect(folder / "history.db")
        try:
            found = database.execute("select count(*) from messages where role = 'assistant' and state = 'complete'")
            return int(found.fetchone()[0])
        except sqlite3.Error:  # copied in the middle of a write
            return 0
        finally:
            database.close()
    finally:
        shutil.rmtree(folder)


def drop_cached(folder: Path) -> None:
    """Have the system forget what it has read of the files in a folder, so that they come from the disk."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
