"""How the messages of a path become a prompt: by the model's chat template, or as a text for a base model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from nextword.chat.preferences import BaseWay, Preferences
from nextword.chat.quoting import with_attachments
from nextword.engine import protocol
from nextword.engine.protocol import SCAFFOLD
from nextword.history.records import Attachment, Role

Way: TypeAlias = Literal["chat", "plain", "question", "few_shot"]

BASE_WAYS: tuple[BaseWay, ...] = ("plain", "question", "few_shot")
SYSTEM = -3
"""Whose a token of the system prompt is; SCAFFOLD: the template's, or words that this program puts in."""

_QUESTION, _ANSWER = "Question:", "Answer:"


class Said(Struct, frozen=True):
    """A message of the path as far as a model is concerned."""

    role: Role
    text: str
    attachments: tuple[Attachment, ...] = ()

    @property
    def whole(self) -> str:
        """The text with what is attached to it."""
        return with_attachments(self.text, self.attachments)


class Form(Struct, frozen=True):
    """A way to put messages. chat: the template decides (a base model that has none: one message after the other);
    plain: one text; question, few_shot: questions and answers, few_shot with examples before."""

    way: Way = "chat"
    system_prompt: str = ""
    examples: tuple[tuple[str, str], ...] = ()

    @property
    def stop_texts(self) -> tuple[str, ...]:
        """What ends an answer in this form: a base model goes on with a question of its own."""
        return (f"\n{_QUESTION}",) if self.way in ("question", "few_shot") else ()

    def prompt(
        self, messages: Sequence[Said], *, answer_start: tuple[int, ...] = (), answer_text: str = ""
    ) -> protocol.ChatPrompt | protocol.TextPrompt:
        """Return the prompt. answer_text: what the answer begins with, as a text."""
        if self.way == "chat":
            return protocol.ChatPrompt(self._chat(messages), answer_start, answer_text)
        text = "".join(piece for piece, _ in self._pieces(messages))
        return protocol.TextPrompt(text + answer_text, answer_start)

    def owners(self, messages: Sequence[Said], reply: protocol.Tokenized) -> tuple[int, ...]:
        """Return for each token of the prompt the index of its message, or SYSTEM, SCAFFOLD, ANSWER.

        Empty where a template does not let that be told.
        """
        if self.way != "chat":
            return _owners_by_bytes(self._pieces(messages), reply.tokens)
        has_system = bool(self.system_prompt.strip())
        found: list[int] = []
        for source, count in reply.spans:
            owner = source
            if has_system and source >= 0:
                owner = SYSTEM if source == 0 else source - 1
            found += [owner] * count
        return tuple(found)

    def counts(self, messages: Sequence[Said], reply: protocol.Tokenized) -> tuple[int, tuple[int, ...]]:
        """Return how many tokens the system prompt has, and how many each message."""
        if self.way == "chat":
            has_system = bool(self.system_prompt.strip())
            return (sum(reply.per_message[:1]) if has_system else 0), reply.per_message[has_system:]
        owners = self.owners(messages, reply)
        counts = [0] * len(messages)
        for owner in owners:
            if owner >= 0:
                counts[owner] += 1
        return owners.count(SYSTEM), tuple(counts)

    def _chat(self, messages: Sequence[Said]) -> tuple[protocol.Message, ...]:
        first = (protocol.Message("system", self.system_prompt),) if self.system_prompt.strip() else ()
        return first + tuple(protocol.Message(message.role, message.whole) for message in messages)

    def _pieces(self, messages: Sequence[Said]) -> list[tuple[str, int]]:
        """Return the prompt as texts, each with whose it is."""
        pieces = [(self.system_prompt, SYSTEM), ("\n\n", SCAFFOLD)] if self.system_prompt.strip() else []
        if self.way == "plain":
            return pieces + _as_one_text(messages)
        for question, answer in self.examples if self.way == "few_shot" else ():
            pieces.append((f"{_QUESTION} {question.strip()}\n{_ANSWER} {answer.strip()}\n\n", SCAFFOLD))
        for index, message in enumerate(messages):
            asks = message.role != "assistant"
            pieces += [
                (f"{_QUESTION} " if asks else f"{_ANSWER} ", SCAFFOLD),
                (message.whole.strip(), index),
                ("\n" if asks else "\n\n", SCAFFOLD),
            ]
        return [*pieces, (_ANSWER, SCAFFOLD)]


def form_of(preferences: Preferences, kind: protocol.Kind | None) -> Form:
    """Return the form for a model of that kind; the ways of a base model are for base models alone."""
    way: Way = preferences.base_way if kind == "base" and preferences.base_way else "chat"
    return Form(way, preferences.system_prompt, preferences.examples)


def _as_one_text(messages: Sequence[Said]) -> list[tuple[str, int]]:
    """Return the messages as one text: an answer follows what it continues at once, the next begins a line."""
    pieces: list[tuple[str, int]] = []
    for index, message in enumerate(messages):
        text = message.whole
        before = pieces[-1][0] if pieces else ""
        if message.role != "assistant" and before and not before[-1].isspace() and not text[:1].isspace():
            pieces.append(("\n", SCAFFOLD))
        pieces.append((text, index))
    return pieces


def _owners_by_bytes(pieces: Sequence[tuple[str, int]], tokens: Sequence[protocol.PromptToken]) -> tuple[int, ...]:
    """Return whose each token is: of the piece in which it ends. What comes after the pieces begins the answer."""
    ends: list[tuple[int, int]] = []
    end = 0
    for text, owner in pieces:
        end += len(text.encode())
        ends.append((end, owner))
    begins = "".join(text for text, _ in pieces).encode()[:64]
    spelled = b"".join(token.text for token in tokens[:80] if not token.control)
    puts_space = spelled.startswith(b" " + begins) and not spelled.startswith(begins)
    at = -1 if puts_space else 0  # some vocabularies put a space before a text
    piece = 0
    owners: list[int] = []
    for token in tokens:
        if token.control:
            owners.append(SCAFFOLD)
            continue
        at += len(token.text)
        while piece < len(ends) and ends[piece][0] < at:
            piece += 1
        owners.append(ends[piece][1] if piece < len(ends) else protocol.ANSWER)
    return tuple(owners)
