"""What the set-up says: a line for each step, one line that moves while something runs, and a log of the rest."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PLAIN_LINE_EVERY_SECONDS = 30.0
MOVING_LINE_EVERY_SECONDS = 0.5
LOG_TAIL_LINES = 25


class SetupStopped(Exception):
    """The set-up cannot go on; the message is for the person at the terminal."""


def say(text: str) -> None:
    """Print one line at once, also into a pipe."""
    print(text, flush=True)


def duration(seconds: float) -> str:
    """A time for people: '7 s', '12 min 05 s'."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class StatusLine:
    """One line that is drawn over on a terminal; elsewhere a plain line every 30 seconds."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = time.monotonic()
        self._drawn = self._started
        self._moving = sys.stdout.isatty()
        self.detail = ""

    def elapsed_seconds(self) -> float:
        """Time since the step began."""
        return time.monotonic() - self._started

    def tick(self) -> None:
        """Draw the line again if it is time."""
        now = time.monotonic()
        if now - self._drawn < (MOVING_LINE_EVERY_SECONDS if self._moving else PLAIN_LINE_EVERY_SECONDS):
            return
        self._drawn = now
        text = f"{self._label}: {duration(self.elapsed_seconds())}"
        if self.detail:
            text += f", {self.detail}"
        if self._moving:
            columns = os.get_terminal_size(sys.stdout.fileno()).columns
            print(f"\r\x1b[K  {text[: max(columns - 3, 20)]}", end="", flush=True)
        else:
            say(f"  {text}")

    def finish(self, result: str) -> None:
        """Replace the moving line by what came out of the step."""
        if self._moving:
            print("\r\x1b[K", end="", flush=True)
        say(f"  {self._label}: {result} ({duration(self.elapsed_seconds())})")


def run_logged(
    command: Sequence[str | Path],
    *,
    label: str,
    log_path: Path,
    environment: Mapping[str, str],
    read_detail: Callable[[str], str | None],
) -> None:
    """Run a command with a moving line; its output goes to the log, and `read_detail` picks what to show of a line.

    Raises SetupStopped with the end of the log when the command fails.
    """
    status = StatusLine(label)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        log.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        log.flush()
        # A session of its own, so that whatever the command started ends with it
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
        try:
            _follow(process, log.write, status, read_detail)
            code = process.wait()
        finally:
            _end(process)
    if code != 0:
        status.finish("failed")
        tail = log_path.read_text("utf-8", errors="replace").splitlines()[-LOG_TAIL_LINES:]
        raise SetupStopped("\n".join([*tail, "", f"{label} failed. The whole log: {log_path}"]))
    status.finish("done")


def _follow(
    process: "subprocess.Popen[bytes]",
    write: Callable[[bytes], object],
    status: StatusLine,
    read_detail: Callable[[str], str | None],
) -> None:
    assert process.stdout is not None
    source = process.stdout.fileno()
    rest = b""
    while True:
        if select.select([source], [], [], MOVING_LINE_EVERY_SECONDS)[0]:
            chunk = os.read(source, 65536)
            if not chunk:
                return
            write(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                status.detail = read_detail(line.decode("utf-8", errors="replace")) or status.detail
        status.tick()


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
