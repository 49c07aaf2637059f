"""The vocabulary of language models: what each term means, as glossary, textbook and passing remark."""

from __future__ import annotations

import random
from dataclasses import dataclass

from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.grammar import PHRASES, fill, pick, section_table


@dataclass(frozen=True, slots=True)
class Term:
    """A term: `forms` are its noun phrases (singular first, then plural and other names), `key` is in each of
    its `definitions`, `example` is a sentence that follows any of them.
    """

    one: str
    many: str
    others: tuple[str, ...]
    key: str
    definitions: tuple[str, ...]
    example: str

    @property
    def name(self) -> str:
        """The term without its article: "context window"."""
        return bare(self.one)

    @property
    def forms(self) -> tuple[str, ...]:
        """All noun phrases for it."""
        return tuple(form for form in (self.one, self.many, *self.others) if form)


def bare(phrase: str) -> str:
    """Return a noun phrase without its article."""
    first, _, rest = phrase.partition(" ")
    return rest if first in ("a", "an", "the") else phrase


def capital(text: str) -> str:
    """Return the text with a capital first letter; names such as llama.cpp stay as they are."""
    return text if text.startswith("llama.cpp") else text[0].upper() + text[1:]


def _read() -> tuple[Term, ...]:
    terms = []
    for heading, lines in section_table("terms.txt").items():
        one, many, *others = heading.split(" / ")
        key = lines[0].removeprefix("key: ")
        terms.append(Term(one, "" if many == "-" else many, tuple(others), key, tuple(lines[1:-1]), lines[-1][2:]))
    return tuple(terms)


TERMS = _read()
_HEADINGS = ("Glossary", "Words about language models", "Terms", "Small dictionary of language models",
             "What the words mean", "Notes on language models", "Vocabulary")  # fmt: skip
_LEADS = PHRASES["terms leads"]
_BRIDGES = PHRASES["terms bridges"]


def paragraph(rng: random.Random, term: Term) -> str:
    """Explain one term in one to four sentences."""
    other = rng.choice(TERMS)
    slots = {"one": term.one, "name": term.name, "other": other.one}
    definitions = list(term.definitions)
    rng.shuffle(definitions)
    text = f"{fill(pick(rng, _LEADS), rng, slots)} {definitions[0]}".strip()
    if rng.random() < 0.3:
        text += " " + definitions[1]
    if rng.random() < 0.6:
        text += " " + term.example
    bridge = fill(pick(rng, _BRIDGES), rng, slots)
    return f"{text} {bridge}".strip()


def glossary(rng: random.Random) -> str:
    """Write a list of terms, each with a colon or a dash and its meaning."""
    chosen = rng.sample(TERMS, rng.randint(3, 7))
    if rng.random() < 0.5:
        chosen.sort(key=lambda term: term.name.lower())
    mark = rng.choice((": ", " - ", "\n", " = "))
    lines = [f"{capital(term.name)}{mark}{pick(rng, term.definitions)}" for term in chosen]
    if rng.random() < 0.3:
        lines = [f"{n}. {line}" for n, line in enumerate(lines, 1)]
    gap = "\n\n" if mark == "\n" else "\n"
    heading = rng.choice(_HEADINGS) + "\n\n" if rng.random() < 0.5 else ""
    return heading + gap.join(lines)


def textbook(rng: random.Random) -> str:
    """Write a page with paragraphs on several terms, now and then with headings."""
    chosen = rng.sample(TERMS, rng.randint(2, 4))
    parts = []
    headed = rng.random() < 0.3
    head = rng.choice(("{n}. {t}\n", "{t}\n", "Chapter {n}: {t}\n", "## {t}\n")) if headed else ""
    for number, term in enumerate(chosen, 1):
        parts.append(head.format(n=number, t=capital(term.name)) + paragraph(rng, term))
    return "\n\n".join(parts) if headed or rng.random() < 0.5 else " ".join(parts)


def terms(rng: random.Random) -> Document:
    """Write a glossary, a textbook page or a paragraph about the words of language models."""
    maker = rng.choice((glossary, textbook, textbook))
    return plain(maker(rng) + "\n")


DOMAINS: dict[str, DocumentGenerator] = {"terms": terms}
