"""Short reviews with their reasons, and ordinary text in which good words and bad words keep different company."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from starter.corpus import words
from starter.corpus.document import Document, DocumentGenerator, plain
from starter.corpus.evaluated import reserved_sentence
from starter.corpus.grammar import fill, pick, sentences
from starter.corpus.words import TABLES

Slots = dict[str, str | Sequence[str]]


def _read_table() -> dict[str, dict[str, tuple[str, ...]]]:
    table: dict[str, dict[str, tuple[str, ...]]] = {}
    section = ""
    for line in (TABLES / "reviews.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            table[section] = {}
        elif line.strip():
            key, _, values = line.partition(": ")
            found = tuple(value.strip() for value in values.split(";")) if key != "F" else (values,)
            table[section][key] = table[section].get(key, ()) + found
    return table


_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_TABLE = _read_table()
_FRAMES = _TABLE.pop("frames")["F"]
_ENDINGS = _TABLE.pop("endings")
_PEOPLE = _TABLE.pop("people")
SUBJECT_AREAS = tuple(_TABLE)


def _slots(rng: random.Random, area: Mapping[str, tuple[str, ...]], positive: bool) -> Slots:
    side = "good" if positive else "bad"
    first, second = rng.sample(area[side], 2)
    other = _PEOPLE if rng.random() < 0.3 else area
    third = pick(rng, [word for word in other[side] if word not in (first, second)])
    subject = pick(rng, area["S"])
    next_subject = pick(rng, [name for name in other["S"] if name != subject])
    return {
        "S": subject, "S2": next_subject, "A": first, "A2": second, "B": third,
        "O": area["bad" if positive else "good"], "T": area[f"{side}_then"], "X": area[f"{side}_fact"],
        "N": area["N"], "E": _ENDINGS[f"{side}_E"], "V": _ENDINGS[f"{side}_V"], "M": _ENDINGS[f"{side}_M"],
        "R": _ENDINGS[f"{side}_R"], "H": _ENDINGS[f"{side}_H"], "G": _ENDINGS[f"{side}_G"],
    }  # fmt: skip


def review(rng: random.Random, positive: bool, *, area: str | None = None, for_evaluation: bool = False) -> str:
    """Return one short review; training and evaluation never share one (see `reserved_sentence`).

    A review for evaluation is one sentence, too long to be a part of a training review by chance.
    """
    section = _TABLE[area or pick(rng, SUBJECT_AREAS)]
    while True:
        frame = pick(rng, _FRAMES)
        text = sentences(fill(frame, rng, _slots(rng, section, positive)))
        kept = [reserved_sentence(part) for part in _SENTENCE_END.split(text)]
        if for_evaluation and kept == [True] and frame != "{X}." and text.count(" ") >= 4:
            return text
        if not for_evaluation and not any(kept):
            return text


def short_phrase(rng: random.Random, positive: bool) -> str:
    """Return two or three words with a mood: "a lovely picnic", "the soup was bland"."""
    section = _TABLE[pick(rng, SUBJECT_AREAS)]
    side = "good" if positive else "bad"
    shape = rng.random()
    if shape < 0.4:
        return f"{pick(rng, section['S'])} {pick(rng, section[side])}"
    adjective = pick(rng, _ENDINGS[f"{side}_G"])
    noun = pick(rng, section["N"])
    if shape < 0.7:
        return f"{words.article(adjective)} {adjective} {noun}"
    return f"{adjective} {noun}"


_OPENINGS = (
    "[Last week|Yesterday|On Saturday|In the spring|A month ago|Two days ago] {who} [tried|chose|saw|tested|had]"
    " [something new|a_ new {N}|another {N}|this {N}].",
    "{who} [told us|wrote to us|wrote] about the {N}.",
    "A [short|new|fresh|honest] review of the {N} [by {who}|from {who}|of the week].",
    "",
    "",
)  # fmt: skip
_VERDICTS = {
    True: (
        "[So|All in all,|In the end|Altogether] it was a good [choice|experience|day|buy].",
        "{who} was {H} and [smiled|laughed|said thank you].",
        "[That is why|For these reasons] it gets a good mark: {R}.",
        "[It is a good|It was a good] {N}, not a bad one.",
        "{who} would do it again.",
        "",
    ),
    False: (
        "[So|All in all,|In the end|Altogether] it was a bad [choice|experience|day|buy].",
        "{who} was {H} and [frowned|sighed|complained].",
        "[That is why|For these reasons] it gets a bad mark: {R}.",
        "[It is a bad|It was a bad] {N}, not a good one.",
        "{who} would not do it again.",
        "",
    ),
}


def long_review(rng: random.Random) -> Document:
    """Return a review of three to six sentences of one mood, with an opening and a verdict."""
    positive = rng.random() < 0.5
    area = pick(rng, SUBJECT_AREAS)
    who = pick(rng, words.FIRST_NAMES)
    slots = {**_slots(rng, _TABLE[area], positive), "who": who}
    parts = [sentences(fill(pick(rng, _OPENINGS), rng, slots))]
    parts += [review(rng, positive, area=area) for _ in range(rng.randint(2, 4))]
    parts.append(sentences(fill(pick(rng, _VERDICTS[positive]), rng, slots)))
    return plain(" ".join(part for part in parts if part))


def opinions(rng: random.Random) -> Document:
    """Return a page of opinions: some people are pleased, others are not, each with a reason."""
    lines: list[str] = []
    for _ in range(rng.randint(3, 8)):
        positive = rng.random() < 0.5
        who = pick(rng, words.FIRST_NAMES)
        text = review(rng, positive)
        shape = rng.random()
        if shape < 0.3:
            verb = "liked it" if positive else "did not like it"
            lines.append(f"{who} {verb}. {text}")
        elif shape < 0.5:
            mood = pick(rng, _ENDINGS["good_H" if positive else "bad_H"])
            lines.append(f"{who} was {mood}: {text}")
        elif shape < 0.65:
            lines.append(f"{text} That is {'good' if positive else 'bad'} news.")
        elif shape < 0.75:
            lines.append(f"{text} {who} [said] it was {'good' if positive else 'bad'}.".replace("[said]", "said"))
        else:
            lines.append(text)
    return plain(pick(rng, ("\n", "\n\n", " ")).join(lines))


_MOOD_WORDS = {
    True: ("good", "wonderful", "pleasant", "great", "nice", "happy"),
    False: ("bad", "terrible", "unpleasant", "awful", "nasty", "sad"),
}
_MOOD_FRAMES = {
    True: (
        "it was a_ {A} day and everybody [smiled|laughed|sang|was happy].",
        "{who} [heard|got|read] {A} news and [jumped for joy|smiled|hugged a friend].",
        "{A} [things|days|people|words] make us [smile|happy|glad].",
        "{A} and {B} are words of praise.",
        "when something is {A}, we [like it|are glad|want more of it|praise it].",
        "{who} said the [idea|gift|song|picture|plan] was {A} and [thanked us|clapped|asked for more].",
        "is it {A}? then it is a good thing.",
        "a_ {A} [friend|gift|meal|place|story] is a good one, and a_ {B} one is good too.",
    ),
    False: (
        "it was a_ {A} day and everybody [frowned|complained|cried|was sad].",
        "{who} [heard|got|read] {A} news and [began to cry|sighed|went home angry].",
        "{A} [things|days|people|words] make us [frown|sad|angry].",
        "{A} and {B} are words of complaint.",
        "when something is {A}, we [do not like it|are sorry|want to get rid of it|complain about it].",
        "{who} said the [idea|gift|song|picture|plan] was {A} and [turned away|shook her head|asked us to stop].",
        "is it {A}? then it is a bad thing.",
        "a_ {A} [friend|gift|meal|place|story] is a bad one, and a_ {B} one is bad too.",
    ),
}  # fmt: skip


def mood_words(rng: random.Random) -> Document:
    """Return sentences that tell what words of praise and words of complaint go with."""
    lines = []
    for _ in range(rng.randint(3, 7)):
        positive = rng.random() < 0.5
        pool = words.POSITIVE_ADJECTIVES if positive else words.NEGATIVE_ADJECTIVES
        first, second = rng.sample(pool, 2)
        if rng.random() < 0.25:
            praise = ("praise", "say yes to it") if positive else ("complain", "say no to it")
            text = f"when we {praise[0]}, we say {first}, {second} or {pick(rng, _MOOD_WORDS[positive])}."
        else:
            slots = {"A": first, "B": second, "who": words.FIRST_NAMES}
            text = fill(pick(rng, _MOOD_FRAMES[positive]), rng, slots)
        lines.append(sentences(text))
    return plain(" ".join(lines))


DOMAINS: dict[str, DocumentGenerator] = {
    "long_review": long_review,
    "opinions": opinions,
    "mood_words": mood_words,
}
GROUPS = dict.fromkeys(DOMAINS, "text")
