"""A finished database takes the place of the one in use, which is kept under another name; a kill at any moment
leaves either the one or the other, never the pages of one with the log of the other."""

from __future__ import annotations

import contextlib
import os
import time
from glob import escape
from pathlib import Path

_SIDES = ("-wal", "-shm", "-journal")


def new_stamp(path: Path) -> str:
    """Return a name part that no kept file beside `path` has yet."""
    moment = time.strftime("%Y%m%d-%H%M%S")
    taken = {found.name for found in path.parent.iterdir()}
    number, stamp = 1, moment
    while any(stamp in name for name in taken):
        number += 1
        stamp = f"{moment}-{number}"
    return stamp


def making(path: Path, stamp: str) -> Path:
    """Return where a database is made that is to take the place of `path`; left over, it is of no use."""
    return path.with_name(f"{path.stem}.making-{stamp}{path.suffix}")


def kept_name(path: Path, why: str, stamp: str) -> Path:
    """Return where the database in use is kept. why: damaged, replaced."""
    return path.with_name(f"{path.stem}.{why}-{stamp}{path.suffix}")


def swap_in(path: Path, made: Path, why: str, stamp: str) -> Path:
    """Put the closed database `made` in the place of `path`; return where that is kept now.

    From the first rename on, `finish_swap` brings it to its end, whenever that is.
    """
    sync(made)
    os.replace(made, path.with_name(f"{path.stem}.next-{why}-{stamp}{path.suffix}"))
    sync(path.parent)
    finish_swap(path)
    return kept_name(path, why, stamp)


def finish_swap(path: Path) -> None:
    """Finish what a kill interrupted: a database that is ready is put in its place, one half made is removed."""
    for next_one in sorted(path.parent.glob(f"{escape(path.stem)}.next-*{path.suffix}")):
        why, _, stamp = next_one.name[len(f"{path.stem}.next-") : -len(path.suffix)].partition("-")
        kept = kept_name(path, why, stamp)
        if path.exists() and kept.exists():  # an older program began anew in between
            kept = kept_name(path, why, new_stamp(path))
        for side in ("", *_SIDES):  # the log goes before its database's place is taken
            with contextlib.suppress(FileNotFoundError):
                os.replace(f"{path}{side}", f"{kept}{side}")
        sync(path.parent)
        os.replace(next_one, path)
        sync(path.parent)
    for half in path.parent.glob(f"{escape(path.stem)}.making-*"):
        remove(half)


def copy_database(source: Path, target: Path) -> None:
    """Copy a closed database with its log."""
    import shutil  # brings three libraries for archives

    shutil.copyfile(source, target)
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(f"{source}-wal", f"{target}-wal")


def remove(path: Path) -> None:
    """Remove a database that is of no use, with what belongs to it."""
    for side in ("", *_SIDES):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{path}{side}")


def sync(path: Path) -> None:
    """Have a file or a folder on disk; a folder cannot be asked for that on every system."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        if not path.is_dir():
            raise
    finally:
        os.close(handle)
