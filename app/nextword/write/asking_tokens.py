"""What a stretch of the document is as tokens, asked of the engine, and how much of it fits into the context."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.client import JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.write.board import Board

MOST_CHARACTERS = 400_000
"""So much of a text is made into tokens at once; of a longer one the end, or for scoring the beginning."""


class Sent(Struct, frozen=True):
    """The exact tokens of a text. lead: how many of them, at the beginning, the vocabulary put there.

    begins: the place in the document where the text begins. characters: of all that was to be sent.
    """

    tokens: tuple[protocol.PromptToken, ...]
    lead: int = 0
    begins: int = 0
    ends: int = 0
    characters: int = 0
    used: int = -1

    @property
    def ids(self) -> tuple[int, ...]:
        """All ids, or with `used` the beginning token and the last ones that fit."""
        found = tuple(token.id for token in self.tokens)
        if self.used < 0 or self.used >= len(found):
            return found
        return found[: self.lead] + found[len(found) - self.used + self.lead :]

    @property
    def is_cut(self) -> bool:
        """Whether less is sent than there is."""
        return self.begins > 0 or 0 <= self.used < len(self.tokens) or self.ends - self.begins < self.characters

    def steps(self) -> list[TokenStep]:
        """Return the tokens of the text, without numbers."""
        return [bare_step(token) for token in self.tokens[self.lead :]]


Done = Callable[[Sent], None]
Failed = Callable[[NextwordError], None]


def bare_step(token: protocol.PromptToken) -> TokenStep:
    """Return a token of which nothing is known but what it is."""
    return TokenStep(token.id, token.text, 0.0, 1, 0.0, 0.0, 0, (), token.control)


def ask_tokens(board: Board, end: int, done: Done, failed: Failed, *, from_end: bool = True) -> int:
    """Ask for the tokens of the text before `end`; return the job. from_end: of a very long text the end is taken."""
    begins = max(0, end - MOST_CHARACTERS) if from_end else 0
    stop = end if from_end else min(end, MOST_CHARACTERS)
    prompt = protocol.MixedPrompt(board.parts(begins, stop))

    def on_event(event: JobEvent) -> None:
        match event:
            case protocol.Tokenized():
                done(Sent(event.tokens, lead_of(board, event.tokens), begins, stop, end))
            case JobFailed():
                failed(event.error)
            case protocol.Finished():  # it was stopped
                done(Sent(()))
            case _:
                pass

    return board.engine.ask(protocol.Tokenize(0, prompt), on_event)


def lead_of(board: Board, tokens: tuple[protocol.PromptToken, ...]) -> int:
    """Return how many tokens at the beginning are not of the text."""
    model = board.engine.status.model
    if model is None or not tokens or not tokens[0].control:
        return 0
    return 1 if tokens[0].id in (model.tokens.bos, model.tokens.eos) else 0


def fitted(sent: Sent, room: int) -> Sent:
    """Return what is sent when only `room` tokens fit: the beginning token and the last of the text."""
    used = min(len(sent.tokens), max(1 + sent.lead, room))
    return Sent(sent.tokens, sent.lead, sent.begins, sent.ends, sent.characters, used)


FILLED, SENT_TOKENS = "filled_in", "sent_tokens"
"""Among what is kept of a run: the model wrote it into a gap; of the text before it only so many tokens were sent."""


def manner_of(prompt: protocol.Prompt, sent: Sent | None) -> dict[str, int]:
    """Return what is to be kept of how a run was asked for, besides its settings: nothing when all the text before its
    place was sent, and nothing else."""
    match prompt:
        case protocol.MixedPrompt():
            return {FILLED: 1}
        case protocol.TokenPrompt() if sent is not None and sent.is_cut:
            return {SENT_TOKENS: len(prompt.ids)}
        case _:
            return {}
