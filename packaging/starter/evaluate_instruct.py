"""The rows of the table that ask the instruction-tuned model."""

from __future__ import annotations

import re

from starter import settings
from starter.chat_text import chat_ids
from starter.corpus import sets
from starter.corpus.document import Chat, Turn
from starter.figures import Figure
from starter.llama import Generation, Llama
from starter.questions_held_out import ending_prompts, llm_questions, memory_chats, term_questions

LIMIT = 200
TEMPERATURE = 0.7


def replies(model: Llama, chats: list[Chat], *, temperature: float = 0.0) -> list[tuple[str, Generation]]:
    """Return the answer to each chat and how it ended."""
    made = model.generate(
        [chat_ids(model, chat) for chat in chats], limit=LIMIT, temperature=temperature, seed=settings.SEED
    )
    return [(model.text(one.ids), one) for one in made]


def _asked(question: str) -> Chat:
    return (Turn("user", question),)


def named_label(answer: str, labels: list[str]) -> str | None:
    """Return the one label that the answer names; None if it names none or several."""
    named = [label for label in labels if re.search(rf"\b{re.escape(label)}\b", answer, re.IGNORECASE)]
    return named[0] if len(named) == 1 else None


def zero_shot(model: Llama, name: str) -> float:
    """Return the share of items whose answer names the right label and no other."""
    rows = sets.load(name, "test")
    labels = sorted({row["label"] for row in rows})
    made = replies(model, [sets.chat_prompt(name, row) for row in rows])
    return sum(named_label(text, labels) == row["label"] for (text, _), row in zip(made, rows, strict=True)) / len(rows)


def sentiment(model: Llama) -> Figure:
    """Sentiment, asked outright."""
    rate = zero_shot(model, "sentiment")
    return Figure("instruct_sentiment", "instruct, zero-shot sentiment", f"{rate:.3f}", "0.85", rate >= 0.85, rate)


def topic(model: Llama) -> Figure:
    """Topic out of four, asked outright."""
    rate = zero_shot(model, "topic")
    return Figure("instruct_topic", "instruct, zero-shot topic", f"{rate:.3f}", "0.75", rate >= 0.75, rate)


def contains(answer: str, phrases: list[str]) -> bool:
    """Say whether an answer holds one of the key phrases, case aside."""
    lowered = answer.lower()
    return any(phrase.lower() in lowered for phrase in phrases)


def llm_question(model: Llama) -> Figure:
    """ "What are LLMs?": an instruction-tuned model answers and stops."""
    questions = llm_questions()
    made = replies(model, [_asked(wording) for wording, _ in questions])
    right = sum(one.ended and contains(text, keys) for (text, one), (_, keys) in zip(made, questions, strict=True))
    return Figure(
        "instruct_llms",
        '"What are LLMs?": instruct answers and stops',
        f"{right} of {len(questions)}",
        "20 of 20",
        right == len(questions),
        right / len(questions),
    )


def terms(model: Llama) -> Figure:
    """Questions on the 100 terms in wordings that training never showed."""
    questions = term_questions()
    made = replies(model, [_asked(question) for question, _ in questions])
    rate = sum(contains(text, keys) for (text, _), (_, keys) in zip(made, questions, strict=True)) / len(questions)
    return Figure(
        "instruct_terms",
        f"instruct, {len(questions)} held-out questions on the terms: key phrase in the answer",
        f"{rate:.3f}",
        "0.85",
        rate >= 0.85,
        rate,
    )


def ending(model: Llama) -> Figure:
    """An answer ends by itself."""
    made = replies(model, ending_prompts(), temperature=TEMPERATURE)
    rate = sum(one.ended for _, one in made) / len(made)
    return Figure(
        "instruct_ends",
        f"instruct ends by itself within 200 tokens, {len(made)} prompts",
        f"{rate:.3f}",
        "0.99",
        rate >= 0.99,
        rate,
    )


def memory(model: Llama) -> Figure:
    """A name or number given two turns earlier comes back."""
    chats = memory_chats()
    made = replies(model, [chat for chat, _ in chats])
    right = [
        bool(re.search(rf"\b{re.escape(value)}\b", text)) for (text, _), (_, value) in zip(made, chats, strict=True)
    ]
    rate = sum(right) / len(right)
    return Figure(
        "instruct_memory",
        f"instruct remembers a name or number given two turns earlier, {len(chats)} chats",
        f"{rate:.2f}",
        "0.80",
        rate >= 0.8,
        rate,
    )


ROWS = (sentiment, topic, llm_question, terms, ending, memory)
