"""What an import found, kept, changed and left out; nothing is left out without a line in here."""

from __future__ import annotations

from collections import Counter
from typing import Literal, TypeAlias

from msgspec import Struct, field

MOST_SKIPPED_LISTED = 1_000

SkipReason: TypeAlias = Literal[
    "already_here",
    "damaged",
    "no_messages",
    "not_a_conversation",
    "too_deep",
    "too_large",
    "too_many_messages",
    "unsafe_name",
    "unreadable",
    "wrong_shape",
]
"""Why a conversation, a line or a file within an archive was not imported."""

Remark: TypeAlias = Literal[
    "attachments_left_out",
    "broken_characters",
    "cycles_cut",
    "empty_messages",
    "lost_messages",
    "messages_joined",
    "parents_missing",
    "pictures_left_out",
    "roles_as_text",
    "sources_left_out",
    "system_prompts_set_aside",
    "titles_shortened",
    "tools_as_text",
    "unknown_parts_as_text",
]
"""What was changed on the way in; each is counted."""


class Skipped(Struct, frozen=True):
    """Something that was not imported. where: file, line or title it stood at, as a person can find it."""

    where: str
    reason: SkipReason
    detail: str = ""


class ImportReport(Struct):
    """The result of an import; grows while it runs. skipped_count counts also what is no longer listed."""

    formats: list[str] = field(default_factory=list)
    conversations: int = 0
    messages: int = 0
    duplicates: int = 0
    skipped_count: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    remarks: Counter[Remark] = field(default_factory=Counter)

    def skip(self, where: str, reason: SkipReason, detail: str = "") -> None:
        """Note something that is not imported."""
        self.skipped_count += 1
        if reason == "already_here":
            self.duplicates += 1
        if len(self.skipped) < MOST_SKIPPED_LISTED:
            self.skipped.append(Skipped(where[:200], reason, detail[:200]))

    def remark(self, what: Remark, count: int = 1) -> None:
        """Count something that was changed on the way in."""
        if count:
            self.remarks[what] += count

    def found(self, name: str) -> None:
        """Note the format of a file."""
        if name not in self.formats:
            self.formats.append(name)
