"""The list of downloads as a file: what was asked for, in its order, and what was paused or failed."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import msgspec

from nextword.errors import NextwordError, from_wire
from nextword.hub.hub_records import Download, DownloadState, HubFile, HubItem, Source
from nextword.whole_files import write_json

VERSION = 1


def load(file: Path) -> tuple[Download, ...]:
    """Return the downloads of the last run: what was under way is queued again, the rest as it was."""
    for path in (file, _previous(file)):
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))["downloads"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if isinstance(rows, list):
            return tuple(found for row in rows if (found := _of(row)) is not None)
    return ()


def save(file: Path, downloads: tuple[Download, ...]) -> None:
    """Write the list; on a disk that takes nothing it holds for this run alone."""
    rows = [_row(download) for download in downloads if download.state != "done"]
    if not rows and not file.exists():
        return
    with contextlib.suppress(OSError):
        write_json(file, {"version": VERSION, "downloads": rows}, previous=_previous(file))


def _previous(file: Path) -> Path:
    return file.with_suffix(".previous.json")


def _row(download: Download) -> dict[str, Any]:
    state = download.state if download.state in ("paused", "failed") else "queued"
    error = download.error if state == "failed" else None
    return {
        "id": download.id,
        "source": msgspec.to_builtins(download.source),
        "name": download.item.name,
        "quantization": download.item.quantization,
        "files": [msgspec.to_builtins(file) for file in download.item.files],
        "path": download.path,
        "state": state,
        "done_bytes": download.done_bytes,
        "error": [type(error).__name__, error.to_wire()] if error is not None else None,
    }


def _of(row: Any) -> Download | None:
    try:
        files = msgspec.convert(row["files"], tuple[HubFile, ...])
        item = HubItem(str(row["name"]), files, str(row["quantization"]))
        state: DownloadState = row["state"] if row["state"] in ("paused", "failed") else "queued"
        error: NextwordError | None = from_wire(*row["error"]) if row.get("error") else None
        done = max(0, min(int(row["done_bytes"]), item.size_bytes))
        source = msgspec.convert(row["source"], Source)
        if not files or not all(file.sha256 for file in files):
            return None
        return Download(str(row["id"]), source, item, str(row["path"]), state, done, error=error)
    except (KeyError, TypeError, ValueError, msgspec.ValidationError):
        return None  # the part on the disk stays, and is found again when it is asked for anew
