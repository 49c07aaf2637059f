"""Foreign values to ours: texts without half characters, times in seconds, titles in one short line."""

from __future__ import annotations

import datetime
import json
import math
import re
from typing import Any

from nextword.history.imports.report import ImportReport

TITLE_CHARACTERS = 80
LATEST_SECONDS = 253_402_300_799.0  # the end of the year 9999
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str, report: ImportReport) -> str:
    """Return `text` fit for storing: halves of characters are joined, or replaced by a sign where one is missing."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "\ufffd" in joined:
        report.remark("broken_characters")
    return joined


def as_text(value: Any) -> str:
    """Return `value` when it is text, else nothing."""
    return value if isinstance(value, str) else ""


def as_list(value: Any) -> list[Any]:
    """Return `value` when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_dict(value: Any) -> dict[str, Any]:
    """Return `value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def quoted(label: str, value: Any) -> str:
    """Return something this program has no form for as text that can be read: a label and its JSON."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1, default=str)
    fence = "```"
    while fence in written:
        fence += "`"
    return f"[{label}]\n{fence}\n{written}\n{fence}"


def title_of(value: Any, report: ImportReport) -> str:
    """Return a title in one short line."""
    line = " ".join(clean(as_text(value), report).split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    report.remark("titles_shortened")
    return line[: TITLE_CHARACTERS - 1] + "…"


def seconds(value: Any) -> float | None:
    """Return a time in seconds since 1970 from seconds, milliseconds or ISO 8601; None when it is none of these."""
    if isinstance(value, str):
        return _from_words(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    if not math.isfinite(found) or found <= 0:
        return None
    if found > 1e11:  # milliseconds; as seconds it would be the year 5138
        found /= 1000
    return found if found <= LATEST_SECONDS else None


def _from_words(value: str) -> float | None:
    try:
        moment = datetime.datetime.fromisoformat(value.strip()[:40])
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        found = moment.timestamp()
    except (ValueError, OverflowError):
        return None
    return found if 0 < found <= LATEST_SECONDS else None
