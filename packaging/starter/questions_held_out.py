"""The held-out questions, chats, stories and words that the evaluation asks about."""

from __future__ import annotations

from typing import Any

from starter.corpus import words
from starter.corpus.document import Chat, Turn
from starter.corpus.evaluation import load

Asked = tuple[str, list[str]]


def _chat(row: Any) -> Chat:
    return tuple(Turn(turn["role"], turn["text"]) for turn in row["turns"])


def _asked(name: str) -> list[Asked]:
    rows: list[Any] = list(load(name))
    return [(row["question"], row["key_phrases"]) for row in rows]


def llm_questions() -> list[Asked]:
    """Return twenty wordings of "What are LLMs?" with the phrases of which an answer holds one."""
    return _asked("llms")


def term_questions() -> list[Asked]:
    """Return questions on the 100 terms with the phrases of which an answer holds one."""
    return _asked("questions")


def ending_prompts() -> list[Chat]:
    """Return chats of all kinds that wait for an answer."""
    return [_chat(row) for row in load("prompts")]


def memory_chats() -> list[tuple[Chat, str]]:
    """Return chats that ask for what was said before, with the name or number that is right."""
    rows: list[Any] = list(load("remember"))
    return [(_chat(row), row["expected"]) for row in rows]


def story_openings() -> list[str]:
    """Return the first sentences of stories to be continued."""
    rows: list[Any] = list(load("stories"))
    return [row["opening"] for row in rows if "opening" in row]


def stories() -> list[str]:
    """Return whole stories."""
    rows: list[Any] = list(load("stories"))
    return [row["story"] for row in rows if "story" in row]


def _after_an(pools: tuple[tuple[str, ...], ...]) -> list[str]:
    return sorted({word for pool in pools for word in pool if word[0] in "aeiou"})


def edibles() -> list[str]:
    """Return food that takes "an"."""
    return _after_an((words.FRUITS, words.FOODS, words.VOWEL_FOODS))


def tools_and_vehicles() -> list[str]:
    """Return tools and vehicles that take "an"."""
    return _after_an((words.TOOLS, words.VEHICLES))
