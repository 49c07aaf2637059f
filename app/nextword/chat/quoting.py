"""Attached texts as a model reads them: quoted, each under its name, so that they cannot pass for the message."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nextword.history.records import Attachment

_FENCE = re.compile(r"`{3,}")
_LANGUAGE = re.compile(r"[A-Za-z0-9+#_-]{1,20}")


def with_attachments(text: str, attachments: Sequence[Attachment]) -> str:
    """Return a message with what is attached to it before it, in the order of the attachments."""
    return "\n\n".join([*(quoted(file) for file in attachments), *([text] if text or not attachments else [])])


def quoted(file: Attachment) -> str:
    """Return an attached text between fences that are longer than any in it."""
    longest = max((len(found) for found in _FENCE.findall(file.text)), default=2)
    fence = "`" * (longest + 1)
    name = " ".join(file.name.split())
    language = file.kind if _LANGUAGE.fullmatch(file.kind) else ""
    end = "" if file.text.endswith("\n") else "\n"
    return f"{name}:\n{fence}{language}\n{file.text}{end}{fence}"
