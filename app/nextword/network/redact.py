"""Takes tokens, passwords and the signatures of addresses out of a text before it is shown or written."""

from __future__ import annotations

import logging
import re

_PATTERNS = (
    (re.compile(r"\b(hf|sk|api_org|key)[_-][A-Za-z0-9_-]{10,}"), r"\1_…"),
    (re.compile(r"(?i)(authorization[\"']?\s*[:=,]\s*[\"']?)((?:bearer|basic|token)\s+)?[^\s\"',;)]+"), r"\1…"),
    (re.compile(r"(?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 …"),
    (re.compile(r"(?i)((?:https?|socks5h?)://)[^/\s@]+@"), r"\1…@"),
    (re.compile(r"(https?://[^\s\"'<>?]+)\?[^\s\"'<>)]*"), r"\1?…"),
)
_known: set[str] = set()


def remember(secret: str) -> None:
    """Take this very text out from now on, whatever it looks like."""
    if len(secret) >= 6:
        _known.add(secret)


def redact(text: str) -> str:
    """Return `text` without what opens a door."""
    for secret in tuple(_known):
        text = text.replace(secret, "…")
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Writes log lines and tracebacks without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
