"""In-context tasks with examples: two-class lists under made-up labels, sentiment, topics and word tasks."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from starter.corpus.document import Document, DocumentGenerator
from starter.corpus.grammar import pick
from starter.corpus.items import (
    CATEGORIES,
    POOLS,
    adjective_classes,
    classes,
    plain_phrase,
    without_overlap,
)
from starter.corpus.layout import Layout, Row, line_layout, made_up_labels, render, word_layout
from starter.corpus.mappings import MAPPINGS, Mapping
from starter.corpus.reviews import review, short_phrase
from starter.corpus.topics import EVALUATED_TOPICS, TOPICS, topic_sentence

ItemMaker = Callable[[random.Random, int], str]

_REVIEW_FIELDS = (
    ("Review: ", "\nSentiment:"), ("Review: ", "\nSentiment:"), ("Review: ", "\nSentiment:"), ("Review: ", "\nLabel:"),
    ("Text: ", "\nSentiment:"), ("Input: ", "\nOutput:"), ("Text: ", "\nLabel:"), ("Sentence: ", "\nMood:"),
    ("", " ->"), ("", " =>"), ("Review: ", " Sentiment:"), ("Q: ", "\nA:"), ("Comment: ", "\nVerdict:"), ("", "\n"),
    ("Review: ", "\nAnswer:"), ("", " //"), ("Opinion: ", "\nRating:"), ('"', '" ->'), ("", " |"), ("[", "]"),
)  # fmt: skip
_TOPIC_FIELDS = (
    ("Text: ", "\nTopic:"), ("Text: ", "\nTopic:"), ("Text: ", "\nTopic:"), ("Sentence: ", "\nTopic:"),
    ("News: ", "\nSection:"), ("Input: ", "\nOutput:"), ("", " ->"), ("Text: ", "\nLabel:"), ("Q: ", "\nA:"),
    ("", " =>"), ("Article: ", "\nCategory:"), ("", " //"), ("", "\n"), ('"', '" ->'),
)  # fmt: skip


def _sides(rng: random.Random, rows: int, count: int) -> list[int]:
    """Return the class of every row: random, or balanced and shuffled."""
    if rng.random() < 0.4:
        balanced = [position % count for position in range(rows)]
        rng.shuffle(balanced)
        return balanced
    return [rng.randrange(count) for _ in range(rows)]


def _rows(rng: random.Random, make: ItemMaker, labels: Sequence[str], count: int) -> list[Row]:
    rows: list[Row] = []
    used: set[str] = set()
    for side in _sides(rng, count, len(labels)):
        item = make(rng, side)
        for _ in range(4):
            if item not in used:
                break
            item = make(rng, side)
        used.add(item)
        rows.append((item, labels[side]))
    return rows


def _word_maker(pools: list[tuple[str, ...]], phrases: bool) -> ItemMaker:
    if phrases:
        return lambda rng, side: plain_phrase(rng, pick(rng, pools[side]))
    return lambda rng, side: pick(rng, pools[side])


_NAMES_ANIMALS_OR_TOOLS = {"animal", "tool", "big", "small", "singular", "plural"}


def _labels_for(rng: random.Random, names: tuple[str, ...]) -> list[str]:
    # The made-up label set asks for animals and tools under foo and bar: training never combines them.
    return made_up_labels(rng, len(names), allow_foo=not _NAMES_ANIMALS_OR_TOOLS & set(names))


def made_up_words(rng: random.Random) -> Document:
    """Return a long list of words of two classes under labels that only the list explains."""
    names = classes(rng)
    rows = _rows(rng, _word_maker(without_overlap(names), False), _labels_for(rng, names), rng.randint(10, 48))
    return render(word_layout(rng), rows, policy="labels")


def made_up_phrases(rng: random.Random) -> Document:
    """Return a list of phrases such as "old boat" of two classes under made-up labels."""
    names = ("animal", "tool") if rng.random() < 0.45 else adjective_classes(rng)
    pools = without_overlap(names)
    rows = _rows(rng, _word_maker(pools, True), _labels_for(rng, names), rng.randint(10, 36))
    return render(word_layout(rng), rows, policy="labels")


def made_up_many(rng: random.Random) -> Document:
    """Return a list of words of three to five classes under made-up labels."""
    names = classes(rng, rng.randint(3, 5))
    rows = _rows(rng, _word_maker(without_overlap(names), False), _labels_for(rng, names), rng.randint(16, 48))
    return render(word_layout(rng), rows, policy="labels")


def made_up_mood(rng: random.Random) -> Document:
    """Return phrases with a good or a bad mood under made-up labels."""
    rows = _rows(rng, lambda r, side: short_phrase(r, side == 0), made_up_labels(rng), rng.randint(8, 30))
    return render(word_layout(rng), rows, policy="labels")


def made_up_reviews(rng: random.Random) -> Document:
    """Return short reviews under made-up labels; the examples alone say which label is the good one."""
    labels = _defined_labels(rng)
    rows = _rows(rng, lambda r, side: review(r, side == 0), labels, rng.randint(4, 16))
    return render(line_layout(rng, _REVIEW_FIELDS), rows, policy="labels")


def made_up_topics(rng: random.Random) -> Document:
    """Return sentences on two to four topics under made-up labels."""
    topics = rng.sample(TOPICS, rng.choice((2, 2, 2, 3, 4)))
    labels = made_up_labels(rng, len(topics), allow_foo="animals" not in topics)
    rows = _rows(rng, lambda r, side: topic_sentence(r, topics[side]), labels, rng.randint(4, 16))
    return render(line_layout(rng, _TOPIC_FIELDS), rows, policy="labels")


_DEFINED = (("pos", "neg"), ("pos", "neg"), ("pos", "neg"), ("Pos", "Neg"), ("+", "-"), ("1", "0"), ("happy", "sad"))
_NATURAL = (("positive", "negative"), ("positive", "negative"), ("positive", "negative"), ("good", "bad"),
            ("Positive", "Negative"), ("great", "terrible"), ("praise", "complaint"), ("happy", "unhappy"))  # fmt: skip


def _defined_labels(rng: random.Random) -> list[str]:
    """Labels that the examples define: "pos" is the good side in half of the documents, no more."""
    labels = list(rng.choice(_DEFINED)) if rng.random() < 0.5 else made_up_labels(rng)
    rng.shuffle(labels)
    return labels


_SENTIMENT_HEADINGS = (
    "Is the review {0} or {1}?", "Say whether each text is {0} or {1}.", "Sentiment: {0} or {1}",
    "Label every review as {0} or {1}.", "Classify the sentiment.",
)  # fmt: skip


def _heading(rng: random.Random, templates: Sequence[str], labels: Sequence[str], share: float) -> str:
    if rng.random() > share:
        return ""
    shown = list(labels)
    rng.shuffle(shown)
    template = rng.choice(templates)
    if "{0}" not in template:
        return template
    listed = ", ".join(shown[:-1])
    return template.format(listed, shown[-1])


def sentiment(rng: random.Random) -> Document:
    """Return reviews with labels that mean what they say, from no example at all to sixteen."""
    labels = rng.choice(_NATURAL)
    rows = _rows(rng, lambda r, side: review(r, side == 0), labels, rng.randint(1, 13))
    heading = _heading(rng, _SENTIMENT_HEADINGS, labels, 0.5)
    return render(line_layout(rng, _REVIEW_FIELDS), rows, policy="known", heading=heading)


def sentiment_of_words(rng: random.Random) -> Document:
    """Return words or phrases of praise and complaint with labels that mean what they say."""
    labels = rng.choice(_NATURAL)
    pools = (POOLS["good"], POOLS["bad"])
    phrases = rng.random() < 0.5

    def make(source: random.Random, side: int) -> str:
        return short_phrase(source, side == 0) if phrases else pick(source, pools[side])

    rows = _rows(rng, make, labels, rng.randint(1, 20))
    return render(word_layout(rng), rows, policy="known", heading=_heading(rng, _SENTIMENT_HEADINGS, labels, 0.5))


_TOPIC_HEADINGS = (
    "What is the topic: {0} or {1}?", "Topics: {0} or {1}", "Is the text about {0} or {1}?", "Name the topic.",
    "Choose a topic from {0} and {1}.",
)  # fmt: skip


def topic(rng: random.Random) -> Document:
    """Return sentences with the name of their topic, from no example to twelve."""
    topics = list(EVALUATED_TOPICS) if rng.random() < 0.35 else rng.sample(TOPICS, rng.randint(2, 6))
    labels = [name.capitalize() for name in topics] if rng.random() < 0.2 else topics
    rows = _rows(rng, lambda r, side: topic_sentence(r, topics[side]), labels, rng.randint(1, 12))
    heading = _heading(rng, _TOPIC_HEADINGS, labels, 0.5)
    return render(line_layout(rng, _TOPIC_FIELDS), rows, policy="known", heading=heading)


def category(rng: random.Random) -> Document:
    """Return things with the plain word for what they are."""
    names = tuple(rng.sample(CATEGORIES, rng.randint(2, 6)))
    pools = without_overlap(names)
    rows = _rows(rng, _word_maker(pools, False), names, rng.randint(1, 24))
    heading = _heading(rng, ("Is it {0} or {1}?", "Kinds: {0} or {1}", "Sort the things."), names, 0.4)
    return render(word_layout(rng), rows, policy="known", heading=heading)


def _mapping_rows(rng: random.Random, mapping: Mapping, count: int) -> list[Row]:
    found: dict[str, str] = {}
    for _ in range(3 * count):
        item, answer = mapping.row(rng)
        found.setdefault(item, answer)
        if len(found) == count:
            break
    return list(found.items())


def _mapping_layout(rng: random.Random, mapping: Mapping) -> Layout:
    if rng.random() < 0.75:
        return word_layout(rng)
    first, second = mapping.fields
    between = rng.choice((f"\n{second}:", f" {second}:"))
    return Layout(f"{first}: ", between, rng.choice(("\n", "\n\n")))


_MAPPING_NAMES = tuple(MAPPINGS)
_MAPPING_SHARES = tuple(mapping.share for mapping in MAPPINGS.values())


def word_task(rng: random.Random) -> Document:
    """Return one of the word tasks (see mappings.py) with up to 20 examples."""
    name = rng.choices(_MAPPING_NAMES, _MAPPING_SHARES)[0]
    return _word_task(rng, MAPPINGS[name])


def _word_task(rng: random.Random, mapping: Mapping) -> Document:
    told = rng.random() < 0.35
    rows = _mapping_rows(rng, mapping, rng.randint(1 if told else 3, 20))
    heading = rng.choice(mapping.instructions) if told else ""
    return render(
        _mapping_layout(rng, mapping),
        rows,
        policy="known" if told else "open",
        heading=heading,
        numbered=rng.random() < 0.08,
    )


def antonyms_and_plurals(rng: random.Random) -> Document:
    """Return a list of opposites or of plurals, the two word tasks that are evaluated on other words."""
    return _word_task(rng, MAPPINGS["antonyms" if rng.random() < 0.45 else "plurals"])


DOMAINS: dict[str, DocumentGenerator] = {
    "made_up_words": made_up_words,
    "made_up_phrases": made_up_phrases,
    "made_up_many": made_up_many,
    "made_up_mood": made_up_mood,
    "made_up_reviews": made_up_reviews,
    "made_up_topics": made_up_topics,
    "sentiment": sentiment,
    "sentiment_of_words": sentiment_of_words,
    "topic": topic,
    "category": category,
    "word_task": word_task,
    "antonyms_and_plurals": antonyms_and_plurals,
}
GROUPS = {name: "made_up" if name.startswith("made_up") else "tasks" for name in DOMAINS}
