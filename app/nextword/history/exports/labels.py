"""The few words that a document for people has beside the conversation itself; the window brings its own language."""

from __future__ import annotations

import datetime

from msgspec import Struct

from nextword.history.trees import TreeMessage


class Labels(Struct, frozen=True):
    """language: as HTML names it."""

    user: str = "You"
    assistant: str = "Model"
    system: str = "System"
    thinking: str = "Thinking"
    untitled: str = "Conversation"
    language: str = "en"

    def speaker(self, message: TreeMessage) -> str:
        """Return who speaks: a model by its name, without the folder it lay in."""
        if message.role == "assistant":
            name = message.origin.model_name if message.origin is not None else ""
            return " ".join(bare_name(name).split()) or self.assistant
        return self.user if message.role == "user" else self.system


def bare_name(path: str) -> str:
    """Return the last part of a path of any system: the rest names folders and people."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def day(seconds: float) -> str:
    """Return a moment as a date that reads the same everywhere, "" when it is none."""
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        return ""
