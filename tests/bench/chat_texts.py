"""Questions and answers of the kind chats are full of, made by a seeded shuffle."""

from __future__ import annotations

import random

_TEXT = (
    "the model reads every token of a prompt and gives each word that could follow a probability so an answer is a "
    "chain of choices where one early surprise changes what comes after it while temperature and sampling decide how "
    "often something unlikely is taken instead of what it holds most likely"
)
_WORDS = _TEXT.split()


def _sentence(shuffle: random.Random) -> str:
    words = [shuffle.choice(_WORDS) for _ in range(shuffle.randint(7, 18))]
    if shuffle.random() < 0.4:
        at = shuffle.randrange(len(words))
        mark = shuffle.choice(("**", "*", "`"))
        words[at] = f"{mark}{words[at]}{mark}"
    return " ".join(words).capitalize() + "."


def _paragraph(shuffle: random.Random) -> str:
    return " ".join(_sentence(shuffle) for _ in range(shuffle.randint(2, 5)))


def question_text(shuffle: random.Random) -> str:
    """Return what a person writes: some sentences."""
    return " ".join(_sentence(shuffle) for _ in range(shuffle.randint(1, 3)))


def answer_text(shuffle: random.Random) -> str:
    """Return what a model writes: paragraphs, and often a list, code, a table or a quotation."""
    parts = [_paragraph(shuffle)]
    for _ in range(shuffle.randint(0, 3)):
        kind = shuffle.random()
        if kind < 0.3:
            parts.append("\n".join(f"- {_sentence(shuffle)}" for _ in range(shuffle.randint(3, 6))))
        elif kind < 0.45:
            body = "\n".join(
                f"    value_{n} = compute({n}, scale=0.5)  # step {n}" for n in range(shuffle.randint(3, 12))
            )
            parts.append(f"```python\ndef run(scale: float) -> float:\n{body}\n    return value_1\n```")
        elif kind < 0.55:
            rows = "\n".join(f"| {n} | {shuffle.choice(_WORDS)} | {shuffle.random():.3f} |" for n in range(5))
            parts.append(f"| step | word | probability |\n|---|---|---:|\n{rows}")
        elif kind < 0.65:
            parts.append(f"## {_sentence(shuffle)[:40]}")
        elif kind < 0.72:
            parts.append(f"> {_sentence(shuffle)}")
        parts.append(_paragraph(shuffle))
    return "\n\n".join(parts)
