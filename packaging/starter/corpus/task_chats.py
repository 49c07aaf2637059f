"""Chats about the tasks: classify, name the topic, give the opposite or the plural, follow examples."""

from __future__ import annotations

import random
from collections.abc import Sequence

from starter.corpus.document import Chat, ChatGenerator, Turn
from starter.corpus.grammar import fill, pick, sentences
from starter.corpus.items import CATEGORIES, POOLS, without_overlap
from starter.corpus.layout import Row, made_up_labels
from starter.corpus.mappings import MAPPINGS
from starter.corpus.reviews import review, short_phrase
from starter.corpus.topics import EVALUATED_TOPICS, TOPICS, topic_sentence

# A question, and the sentences that may answer it; {l} is the list of labels, {t} the text, {a} the answer.
_SHORT = ("{a}", "{a}", "{a}", "{a}", "{a}.")
_SENTIMENT_QUESTIONS = (
    "is this review {l}?",
    "is this review {l}?",
    "is the review {l}?",
    "is this text {l}?",
    "is the following [review|text|comment|opinion] {l}?",
    "[what is|tell me|name] the sentiment of this [review|text|comment|sentence]: {l}.",
    "what is the sentiment[| of this review]? [answer|say|choose] {l}.",
    "classify [this|the] [review|text|comment] as {l}.",
    "[label|rate|mark] this [review|text] as {l}.",
    "does this sound {l}?",
    "decide if the writer is {l}.",
    "sentiment: {l}?",
    "please [judge|sort] the review: {l}.",
)
_ONE_WORD = ("", "", "", " Answer with one word.", " One word, please.", " Reply with the label only.")
_PLACES = (
    "{q}\n{t}",
    "{q}\n{t}",
    "{q}\n\n{t}",
    "{q} {t}",
    '{q} "{t}"',
    "{t}\n{q}",
    "{t}\n\n{q}",
    "{q}\nText: {t}",
    "{q}\nReview: {t}",
    '"{t}" {q}',
)
_SENTIMENT_SENTENCES = ("The sentiment is {a}.", "This review is {a}.", "It is {a}.", "The review is {a}.")
_SENTIMENT_LABELS = (
    ("positive", "negative"), ("positive", "negative"), ("positive", "negative"), ("positive", "negative"),
    ("good", "bad"), ("happy", "unhappy"), ("pleased", "angry"), ("pos", "neg"), ("Positive", "Negative"),
    ("praise", "a complaint"), ("friendly", "unfriendly"),
)  # fmt: skip


def _listed(rng: random.Random, labels: Sequence[str]) -> str:
    shown = list(labels)
    rng.shuffle(shown)
    joint = ", " if len(shown) > 2 else " or "
    return f"{', '.join(shown[:-1])}{' or ' if len(shown) > 2 else joint}{shown[-1]}"


def _ask(rng: random.Random, question: str, text: str) -> str:
    asked = f"{sentences(question)}{pick(rng, _ONE_WORD)}"
    return pick(rng, _PLACES).format(q=asked, t=text)


def _reply(rng: random.Random, answer: str, long: Sequence[str], asked: str) -> str:
    if "word" in asked or "label only" in asked or rng.random() < 0.75:
        return pick(rng, _SHORT[:4]).format(a=answer)
    return pick(rng, long).format(a=answer)


def _once(rng: random.Random, chat: list[Turn], asked: str, answer: str, long: Sequence[str]) -> None:
    chat += [Turn("user", asked), Turn("assistant", _reply(rng, answer, long, asked))]


def sentiment_chat(rng: random.Random) -> Chat:
    """Ask once or a few times whether a review is positive or negative."""
    chat: list[Turn] = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        labels = rng.choice(_SENTIMENT_LABELS)
        good = rng.random() < 0.5
        text = review(rng, good) if rng.random() < 0.85 else short_phrase(rng, good)
        question = fill(pick(rng, _SENTIMENT_QUESTIONS), rng, {"l": _listed(rng, labels)})
        _once(rng, chat, _ask(rng, question, text), labels[0 if good else 1], _SENTIMENT_SENTENCES)
    return tuple(chat)


_TOPIC_QUESTIONS = (
    "what is the topic of this [sentence|text]: {l}?",
    "what is the topic of this [sentence|text]: {l}?",
    "what is the topic of [the sentence|the text|this]: {l}?",
    "what is this [sentence|text] about: {l}?",
    "is this [sentence|text] about {l}?",
    "which topic fits [this|the] [sentence|text]: {l}?",
    "choose the topic: {l}.",
    "classify this [sentence|text] as {l}.",
    "[name|tell me] the topic: {l}.",
    "topic ({l})?",
)
_TOPIC_SENTENCES = ("The topic is {a}.", "It is about {a}.", "The sentence is about {a}.", "This is about {a}.")


def topic_chat(rng: random.Random) -> Chat:
    """Ask for the topic of a sentence, with the choices in any order."""
    chat: list[Turn] = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        topics = list(EVALUATED_TOPICS) if rng.random() < 0.4 else rng.sample(TOPICS, rng.randint(2, 5))
        topic = pick(rng, topics)
        question = fill(pick(rng, _TOPIC_QUESTIONS), rng, {"l": _listed(rng, topics)})
        _once(rng, chat, _ask(rng, question, topic_sentence(rng, topic)), topic, _TOPIC_SENTENCES)
    return tuple(chat)


_WORD_QUESTIONS: dict[str, tuple[tuple[str, ...], str]] = {
    "antonyms": (
        ("what is the opposite of {w}?", "the opposite of {w}?", "give me the opposite of [|the word ]{w}.",
         "[which|what] word is the opposite of {w}?", 'what is an antonym of "{w}"?'),
        "The opposite of {w} is {a}.",
    ),
    "plurals": (
        ("what is the plural of {w}?", "[give me|write] the plural of {w}.", "one {w}, two ...?",
         'what is the plural of "{w}"?', "how do you write the plural of {w}?"),
        "The plural of {w} is {a}.",
    ),
    "past_tense": (
        ("what is the past tense of {w}?", "[give me|write] the past tense of {w}.", "today I {w}, yesterday I ...?"),
        "The past tense of {w} is {a}.",
    ),
    "upper_case": (("write {w} in capital letters.", "put {w} in capitals[| please]."), "{a}"),
    "first_letter": (("what is the first letter of {w}?", "which letter does {w} begin with?"), "It is {a}."),
    "capital_city": (("what is the capital of {w}?", "name the capital of {w}."), "The capital of {w} is {a}."),
    "category": (("what kind of thing is {w}?", "what is {w}: an animal, a tool or something else?"), "It is {a}."),
    "number_word": (("write {w} as a word.", "how do you spell the number {w}?"), "It is {a}."),
    "copy": (("repeat after me: {w}", "say {w}", "please copy this: {w}"), "{a}"),
    "young_animal": (("what is a young {w} called?", "what do we call a young {w}?"), "It is called a {a}."),
    "comparative": (("what is the comparative of {w}?", "{w}, ...? give the next form."), "It is {a}."),
}  # fmt: skip
_WORD_SHARES = tuple(3 if name in ("antonyms", "plurals") else 1 for name in _WORD_QUESTIONS)


def word_chat(rng: random.Random) -> Chat:
    """Ask for opposites, plurals, capitals and the like, once or a few times."""
    chat: list[Turn] = []
    for _ in range(rng.choice((1, 1, 2, 3))):
        name = rng.choices(tuple(_WORD_QUESTIONS), _WORD_SHARES)[0]
        questions, sentence = _WORD_QUESTIONS[name]
        word, answer = MAPPINGS[name].row(rng)
        asked = sentences(fill(pick(rng, questions), rng, {"w": word})) + pick(rng, ("", "", "", _ONE_WORD[3]))
        long = sentences(sentence.format(w=word, a=answer))
        _once(rng, chat, asked, answer, (long if name != "copy" else answer,))
    return tuple(chat)


_EXAMPLE_FIELDS = (("", " -> "), ("Input: ", "\nOutput: "), ("", ": "), ("", " = "), ("Q: ", "\nA: "))


def _example_rows(rng: random.Random) -> list[Row]:
    count = rng.randint(3, 9)
    shape = rng.random()
    if shape < 0.35:
        row = MAPPINGS[rng.choice(tuple(MAPPINGS))].row
        return list(dict(row(rng) for _ in range(count + 2)).items())
    if shape < 0.7:
        labels = made_up_labels(rng) if rng.random() < 0.6 else ["positive", "negative"]
        sides = [rng.randrange(2) for _ in range(count + 2)]
        return [(review(rng, side == 0), labels[side]) for side in sides]
    names = tuple(rng.sample(CATEGORIES, 2))
    labels = made_up_labels(rng, allow_foo=not {"animal", "tool"} & set(names))
    pools = without_overlap(names)
    sides = [rng.randrange(2) for _ in range(count + 3)]
    return [(pick(rng, pools[side]), labels[side]) for side in sides]


def few_shot_chat(rng: random.Random) -> Chat:
    """Give examples in one turn or as a chat, and let the assistant answer the last one as they do."""
    rows = _example_rows(rng)
    if rng.random() < 0.5:
        before, between = rng.choice(_EXAMPLE_FIELDS)
        shown = "\n".join(f"{before}{item}{between}{label}" for item, label in rows[:-1])
        opening = pick(rng, ("", "", "Follow the examples.\n", "Go on like this:\n", "Do the same.\n"))
        last, answer = rows[-1]
        return (Turn("user", f"{opening}{shown}\n{before}{last}{between}".rstrip()), Turn("assistant", answer))
    chat: list[Turn] = []
    for item, label in rows:
        chat += [Turn("user", item), Turn("assistant", label)]
    return tuple(chat)


def choose_class_chat(rng: random.Random) -> Chat:
    """Ask to which of the given classes a thing belongs."""
    names = tuple(rng.sample(CATEGORIES, rng.randint(2, 4)))
    side = rng.randrange(len(names))
    thing = pick(rng, without_overlap(names)[side])
    question = fill(
        pick(rng, ("is {w} {l}?", "what is {w}: {l}?", "classify {w} as {l}.", "which is right for {w}: {l}?")),
        rng, {"w": f'"{thing}"' if rng.random() < 0.3 else thing, "l": _listed(rng, names)},
    )  # fmt: skip
    chat: list[Turn] = []
    _once(rng, chat, sentences(question) + pick(rng, _ONE_WORD), names[side], ("The answer is {a}.", "It is {a}."))
    return tuple(chat)


def mood_of_words(rng: random.Random) -> Chat:
    """Ask whether a word is a word of praise."""
    good = rng.random() < 0.5
    word = pick(rng, POOLS["good" if good else "bad"])
    labels = ("positive", "negative") if rng.random() < 0.7 else ("good", "bad")
    question = fill(pick(rng, ('is the word "{w}" {l}?', "is {w} {l}?")), rng, {"w": word, "l": _listed(rng, labels)})
    chat: list[Turn] = []
    _once(rng, chat, sentences(question), labels[0 if good else 1], (f"The word {word} is {{a}}.", "It is {a}."))
    return tuple(chat)


CHATS: dict[str, ChatGenerator] = {
    "sentiment_chat": sentiment_chat,
    "topic_chat": topic_chat,
    "word_chat": word_chat,
    "few_shot_chat": few_shot_chat,
    "choose_class_chat": choose_class_chat,
    "mood_of_words": mood_of_words,
}
