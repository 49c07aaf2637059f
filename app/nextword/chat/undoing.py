"""What a person can take back in the conversations of this run, the last first."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from nextword.history.records import ConversationId, MessageId

StepKind: TypeAlias = Literal["delete", "edit", "answer", "switch"]
_LONGEST = 200


class Step(Struct, frozen=True):
    """One act. end: of the path that was shown before it. message: the version that went into the trash by it."""

    kind: StepKind
    end: MessageId | None
    message: MessageId | None = None


class Steps:
    """The acts in each conversation; what was done in another one is not taken back from here."""

    def __init__(self) -> None:
        self._steps: dict[ConversationId, list[Step]] = {}

    def add(self, conversation: ConversationId | None, step: Step) -> None:
        """Remember an act."""
        if conversation is not None:
            steps = self._steps.setdefault(conversation, [])
            steps.append(step)
            del steps[:-_LONGEST]

    def last(self, conversation: ConversationId | None) -> Step | None:
        """Return the last act that was not taken back."""
        steps = self._steps.get(conversation, []) if conversation is not None else []
        return steps[-1] if steps else None

    def take(self, conversation: ConversationId | None) -> Step | None:
        """Return the last act and forget it."""
        step = self.last(conversation)
        if step is not None and conversation is not None:
            self._steps[conversation].pop()
        return step

    def forget(self, conversation: ConversationId | None) -> None:
        """Forget what was done in a conversation that is gone."""
        if conversation is not None:
            self._steps.pop(conversation, None)
