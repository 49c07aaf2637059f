"""Model files in folders: what is there, which files are one model, and which links are not followed."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MOST_FILES: Final = 5_000
MOST_ENTRIES: Final = 50_000
DEEPEST: Final = 6
_LATER_PART: Final = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$")
_PART: Final = re.compile(r"^(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf$", re.DOTALL)
_SIDE_FILES: Final = ("mmproj", "imatrix", "ggml-vocab")  # no models by themselves


def models_in(folder: Path) -> Iterator[Path]:
    """Yield the .gguf files below a folder, of a split model its first part; links to folders are not followed.

    What cannot be read is left out. Bounded in depth and count: somebody may add the root of a disk.
    """
    entries, files = 0, 0
    waiting: list[tuple[Path, int]] = [(folder, 0)]
    while waiting:
        where, depth = waiting.pop(0)
        try:
            found = sorted(os.scandir(where), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in found:
            entries += 1
            if entries > MOST_ENTRIES or files >= MOST_FILES:
                return
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    if depth < DEEPEST and not entry.name.startswith("."):
                        waiting.append((Path(entry.path), depth + 1))
                elif is_model_name(entry.name) and entry.is_file():
                    files += 1
                    yield Path(entry.path)


def is_model_name(name: str) -> bool:
    """Say whether a file of that name is a model, or the first part of one."""
    low = name.lower()
    return low.endswith(".gguf") and not _LATER_PART.search(low) and not low.startswith(_SIDE_FILES)


def parts_of(path: Path) -> tuple[Path, ...]:
    """Return all files of the model whose first file is `path`, also those that are not there."""
    match = _PART.match(path.name)
    if match is None:
        return (path,)
    count = min(int(match["count"]), 512)
    return tuple(
        path.with_name(f"{match['stem']}-{number:05d}-of-{match['count']}.gguf") for number in range(1, count + 1)
    )


def is_safe_link(path: Path, within: Path) -> bool:
    """Say whether a file of somebody else's cache may be offered.

    It, or what it links to, must be a regular file inside the cache, that belongs to this person or to the system, and
    that nobody else may write to.
    """
    try:
        target = path.resolve(strict=True)
        if not target.is_relative_to(within.resolve(strict=True)):
            return False
        status = target.stat()
    except (OSError, RuntimeError, ValueError):  # gone, a loop of links, an impossible name
        return False
    if not stat.S_ISREG(status.st_mode):
        return False
    return not hasattr(os, "getuid") or (_is_ours(status.st_uid) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _is_ours(user: int) -> bool:
    """Say whether a file's owner is this person, or a program of the system, such as Ollama's service."""
    return user == os.getuid() or user < 1000
