"""A screen in memory: a server of X whose picture is a file that can be looked into while it changes."""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
import tempfile
import time
import zlib
from pathlib import Path

from package_test.tools import PartFailed, run

WIDTH, HEIGHT = 1280, 800
COLOURS_OF_A_WINDOW = 24
"""A black or an empty screen has one or two; letters with soft edges bring many."""


class Screen:
    """Use it as a context. name: what goes into DISPLAY."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="nextword-screen-"))
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
        command += ["-ac", "-noreset", "-fbdir", str(self._folder)]
        self._server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        if not number:
            self.close()
            raise PartFailed("Xvfb did not start")
        self.name = f":{number}"
        self._file = (self._folder / "Xvfb_screen0").open("rb")
        self._picture = mmap.mmap(self._file.fileno(), 0, prot=mmap.PROT_READ)
        head = struct.unpack(">25I", self._picture[:100])
        self._offset, self._row_bytes = head[0] + 12 * head[19], head[12]

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server."""
        self._server.terminate()
        self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def rows(self, step: int = 1) -> list[bytes]:
        """Return rows of pixels, each four bytes: blue, green, red and nothing."""
        starts = range(self._offset, self._offset + HEIGHT * self._row_bytes, self._row_bytes * step)
        return [bytes(self._picture[start : start + WIDTH * 4]) for start in starts]

    def colours(self) -> int:
        """Count the colours on every eighth row."""
        found: set[bytes] = set()
        for row in self.rows(8):
            found |= {row[place : place + 4] for place in range(0, len(row), 4)}
        return len(found)

    def wait_for_window(self, process: subprocess.Popen[bytes], wait_seconds: float = 60) -> float:
        """Return the seconds until something with letters in it is on the screen. Raises PartFailed."""
        began = time.monotonic()
        while time.monotonic() - began < wait_seconds:
            if self.colours() >= COLOURS_OF_A_WINDOW:
                return time.monotonic() - began
            if process.poll() is not None:
                raise PartFailed(f"the program ended with {process.returncode} before there was a window")
            time.sleep(0.01)
        raise PartFailed(f"no window within {wait_seconds:g} s")

    def do(self, *words: str) -> None:
        """Press keys and move the pointer, in the words of xdotool."""
        run("xdotool", *words, environment={**os.environ, "DISPLAY": self.name}, wait_seconds=60)

    def save(self, path: Path) -> None:
        """Write the picture as PNG."""
        lines = b""
        for row in self.rows():
            picture = bytearray(WIDTH * 3)
            picture[0::3], picture[1::3], picture[2::3] = row[2::4], row[1::4], row[0::4]
            lines += b"\0" + bytes(picture)
        head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n"
            + b"".join(
                struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
                for kind, data in chunks
            )
        )
