"""The header of a model that lies at the hub, read by ranges: a few megabytes in place of the file.

Knows no network: somebody gives it bytes of a file. What comes is read under the limits of engine/header.py, and no
more is asked for than `MOST_BYTES` of a file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from nextword.engine.gguf_cursor import Cursor, Refused
from nextword.engine.header import Header, read_header
from nextword.hub.hub_records import HubFile, HubItem

MOST_BYTES: Final = 32 << 20
"""Of one file. Vocabularies of 260,000 tokens with their merges take 16 MB."""
_FIRST_BYTES: Final = 256 << 10
_NEXT_BYTES: Final = 4 << 20

Fetch: TypeAlias = Callable[[HubFile, int, int], bytes]
"""Gives bytes of a file of the hub: where they begin, and how many. Raises the errors of the network."""


def read_remote_header(item: HubItem, fetch: Fetch) -> Header:
    """Return the header of a file, or of all parts of a split one. Waits for the network: not for the window's thread.

    Raises ModelNotReadable, whose path is the file's name, and what `fetch` raises.
    """
    files = {file.name: file for file in item.files}

    def open_part(path: Path) -> Cursor:
        file = files.get(path.name)
        if file is None:
            raise Refused("split_incomplete", f"missing: {path.name}")
        return Cursor(_Blocks(partial(fetch, file), file.size_bytes).read, file.size_bytes)

    return read_header(Path(item.files[0].name), open_part)


class _Blocks:
    """Asks for more than the cursor wants, since a question takes longer than its bytes; keeps the last block."""

    def __init__(self, fetch: Callable[[int, int], bytes], size_bytes: int) -> None:
        self._fetch = fetch
        self._size_bytes = size_bytes
        self._start = 0
        self._block = b""

    def read(self, start: int, count: int) -> bytes:
        """Return up to `count` bytes from `start` on, none at the end of the file."""
        if start >= self._size_bytes:
            return b""
        at = start - self._start
        if not 0 <= at < len(self._block):
            self._load(start)
            at = 0
        return self._block[at : at + count]

    def _load(self, start: int) -> None:
        if start >= MOST_BYTES:
            raise Refused("too_large_header", f"more than {MOST_BYTES} bytes")
        wanted = min(_NEXT_BYTES if start else _FIRST_BYTES, self._size_bytes - start, MOST_BYTES - start)
        self._block = self._fetch(start, wanted)[:wanted]
        self._start = start
