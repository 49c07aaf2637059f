"""What is shown of one token, and how it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication

from nextword.engine.tokens import TokenStep
from nextword.ui.widgets.token_text import visible


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """position: 0 for the first of `count`. vocabulary: 0 when it is not known. sampling: what it was drawn with."""

    step: TokenStep
    position: int
    count: int
    vocabulary: int = 0
    sampling: Mapping[str, object] = field(default_factory=dict)
    can_branch: bool = True

    @property
    def offered(self) -> frozenset[int]:
        """The tokens from which there can be a branch: a chosen one beyond the candidates is in the text already."""
        if not self.can_branch or self.step.is_remote:
            return frozenset()
        return frozenset(candidate.id for candidate in self.step.candidates)


def without_numbers(step: TokenStep) -> str:
    """Return why there is nothing to be read from the numbers of a token, "" when there is."""
    if step.candidates:
        return ""
    if step.is_remote:
        return QCoreApplication.translate("token_facts", "the server gave no probabilities")
    return QCoreApplication.translate("token_facts", "written by hand")


def token_name(step: TokenStep) -> str:
    """Return a token as it is shown, in quotes; a control token says so."""
    text = visible(step.text) or "∅"
    if step.special:
        return QCoreApplication.translate("token_facts", "{token} (control token)").format(token=text)
    return f"“{text}”"
