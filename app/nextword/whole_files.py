"""Files that are whole: a kill or a power cut leaves what was there before, or all that is new."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path


def write_whole(path: Path, data: bytes, *, previous: Path | None = None) -> None:
    """Put `data` in the place of what a file holds. previous: where that is kept. Raises OSError: it is as it was."""
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if previous is not None:
            with contextlib.suppress(FileNotFoundError):
                os.replace(path, previous)
        os.replace(new, path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: object, *, previous: Path | None = None) -> None:
    """As `write_whole`, with JSON that a person can read."""
    try:
        data = json.dumps(content, indent=1, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character, or the name of a file that is no text
        data = json.dumps(content, indent=1).encode()
    write_whole(path, data + b"\n", previous=previous)
