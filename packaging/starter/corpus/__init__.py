"""The corpus generators by name: documents for the base model, chats for its instruction-tuned sibling."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from starter.corpus.document import ChatGenerator, DocumentGenerator

_DOCUMENT_MODULES = (
    "lookup", "tasks", "reviews", "topics", "plain_words", "stories", "moods", "facts", "terms", "questions",
)  # fmt: skip
_CHAT_MODULES = ("task_chats", "chats")


def _modules(names: tuple[str, ...]) -> list[ModuleType]:
    full_names = [f"{__name__}.{name}" for name in names]
    return [importlib.import_module(name) for name in full_names if importlib.util.find_spec(name)]


def domains() -> dict[str, DocumentGenerator]:
    """Return every document generator by the name of its domain."""
    found: dict[str, DocumentGenerator] = {}
    for module in _modules(_DOCUMENT_MODULES):
        found.update(module.DOMAINS)
    return found


def groups() -> dict[str, str]:
    """Return the group of every domain: "lookup", "made_up", "tasks" or "text"."""
    found: dict[str, str] = {}
    for module in _modules(_DOCUMENT_MODULES):
        found.update(dict.fromkeys(module.DOMAINS, "text"))
        found.update(getattr(module, "GROUPS", {}))
    return found


def chat_generators() -> dict[str, ChatGenerator]:
    """Return every chat generator by the name of its domain."""
    found: dict[str, ChatGenerator] = {}
    for module in _modules(_CHAT_MODULES):
        found.update(module.CHATS)
    return found
