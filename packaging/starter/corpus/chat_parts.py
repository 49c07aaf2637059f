"""What every chat is made of: an exchange of a message and its answer, casual spelling, a system prompt."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from starter.corpus.document import Chat, Turn
from starter.corpus.grammar import pick
from starter.corpus.wordings import kept_back

Exchange = tuple[str, str]
ExchangeMaker = Callable[[random.Random], Exchange]

_SYSTEM_PROMPTS = (
    "You are a helpful assistant.", "You are a friendly assistant.", "You are the starter model of Nextword.",
    "Answer briefly.", "Give short and clear answers.", "You are a small language model.", "Be polite.",
    "You are a patient teacher.", "Answer in plain English.", "You help people who learn about language models.",
    "You are a helpful assistant. Keep your answers short.", "Be brief and honest.", "You answer questions.",
    "If you do not know something, say so.", "You are Nextword, a tiny assistant.", "Use simple words.",
)  # fmt: skip
_CASUAL_SHARE = 0.22
_SYSTEM_SHARE = 0.15


def casual(rng: random.Random, message: str) -> str:
    """Now and then drop the capital letter and the last mark, as people do in chats."""
    if rng.random() >= _CASUAL_SHARE or "\n" in message or ":" in message:
        return message
    words = message.rstrip("?.!").split(" ")
    return " ".join([words[0].lower() if words[0][1:].islower() or len(words[0]) == 1 else words[0], *words[1:]])


def allowed(maker: ExchangeMaker, rng: random.Random) -> Exchange:
    """Draw an exchange whose message is not reserved for evaluation."""
    message, answer = maker(rng)
    while kept_back(message):
        message, answer = maker(rng)
    return message, answer


def with_system(rng: random.Random, turns: Sequence[Turn]) -> Chat:
    """Put a system prompt before some chats."""
    if rng.random() < _SYSTEM_SHARE:
        return (Turn("system", pick(rng, _SYSTEM_PROMPTS)), *turns)
    return tuple(turns)


def turns_of(exchanges: Sequence[Exchange]) -> list[Turn]:
    """Turn exchanges into the messages of a chat."""
    return [turn for message, answer in exchanges for turn in (Turn("user", message), Turn("assistant", answer))]


def capital(text: str) -> str:
    """Return the text with a capital first letter."""
    return text[0].upper() + text[1:]


def joined(names: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
