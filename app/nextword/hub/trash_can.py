"""The trash of a Linux desktop, as freedesktop.org specifies it (Trash 1.0): a file moves there and can come back.

Files are renamed and never copied: a model of many gigabytes goes at once, or there is no trash on its disk.
"""

from __future__ import annotations

import contextlib
import os
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

_MOST_NAMES: Final = 1_000


def put_away(file: Path, data_home: Path) -> Path:
    """Move a file to the trash and return where it is now. data_home: the person's folder for data of programs.

    Raises OSError when there is no trash on the file's disk, or it cannot be written.
    """
    trash, recorded = _trash_for(file, data_home)
    for name in ("files", "info"):
        (trash / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    where, now = quote(os.fsencode(recorded)), datetime.now().isoformat(timespec="seconds")
    note = f"[Trash Info]\nPath={where}\nDeletionDate={now}\n"
    for number in range(1, _MOST_NAMES):
        name = file.name if number == 1 else f"{file.stem} {number}{file.suffix}"
        info = trash / "info" / f"{name}.trashinfo"
        try:
            descriptor = os.open(info, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(note)
        target = trash / "files" / name
        try:
            if target.exists():  # its note was lost
                raise FileExistsError
            os.rename(file, target)
        except FileExistsError:
            info.unlink()
            continue
        except OSError:
            info.unlink()
            raise
        return target
    raise FileExistsError(file.name)


def take_out(trashed: Path, original: Path) -> None:
    """Move a file back to where it was, unless something else is there now. Raises OSError."""
    if original.exists():
        raise FileExistsError(str(original))
    original.parent.mkdir(parents=True, exist_ok=True)
    os.rename(trashed, original)
    with contextlib.suppress(OSError):
        (trashed.parents[1] / "info" / f"{trashed.name}.trashinfo").unlink()


def _trash_for(file: Path, data_home: Path) -> tuple[Path, str]:
    """Return the trash on the disk of a file, and the path that is noted in it: whole at home, else from the disk's
    root on."""
    device = file.parent.stat().st_dev
    home = data_home
    while not home.exists() and home != home.parent:
        home = home.parent
    if home.stat().st_dev == device:
        return data_home / "Trash", str(file)
    top = file.parent
    while top.parent != top and top.parent.stat().st_dev == device:
        top = top.parent
    shared = top / ".Trash"
    if shared.is_dir() and not shared.is_symlink() and shared.stat().st_mode & 0o1000:
        return shared / str(os.getuid()), str(file.relative_to(top))
    return top / f".Trash-{os.getuid()}", str(file.relative_to(top))
