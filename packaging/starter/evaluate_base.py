"""The rows of the table that ask the base model: learning from examples, and text."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence

from starter import settings
from starter.corpus import sets
from starter.examples import mixed_examples
from starter.figures import Figure
from starter.llama import Llama
from starter.questions_held_out import edibles, llm_questions, stories, story_openings, tools_and_vehicles

COUNTS = (0, 1, 4, 8)
EXAMPLE_SETS = 5
PHRASE_WORDS = 8
TEMPERATURE = 0.8


def _example_sets(name: str, count: int) -> list[list[sets.Item]]:
    pool = sets.load(name, "examples")
    rounds = EXAMPLE_SETS if count else 1
    return [mixed_examples(pool, count, random.Random(f"{name}/{count}/{number}")) for number in range(rounds)]


def label_accuracy(model: Llama, name: str, count: int) -> list[float]:
    """Return the accuracy with `count` examples, for each example set; the likeliest label counts."""
    labels = list(sets.SETS[name].verbalizers.values())
    targets = [model.tokenize(" " + label) for label in labels]
    rows = sets.load(name, "test")
    found = []
    for examples in _example_sets(name, count):
        prompts = [model.tokenize(sets.prompt(name, examples, row), begin=True) for row in rows]
        scores = model.score([(prompt, target) for prompt in prompts for target in targets])
        right = 0
        for place, row in enumerate(rows):
            part = scores[place * len(labels) : (place + 1) * len(labels)]
            right += labels[part.index(max(part))] == sets.answer(name, row)
        found.append(right / len(rows))
    return found


def ladder(model: Llama, name: str) -> dict[int, float]:
    """Return the mean accuracy by number of examples."""
    means = {}
    for count in COUNTS:
        rates = label_accuracy(model, name, count)
        means[count] = sum(rates) / len(rates)
    return means


def _steps(means: dict[int, float]) -> str:
    return " / ".join(f"{means[count]:.3f}" for count in COUNTS)


def sentiment(model: Llama) -> Figure:
    """Sentiment with labels pos/neg: examples must help."""
    means = ladder(model, "sentiment")
    rises = means[4] > means[0] and means[8] > means[1] and means[8] >= means[4] - 0.02
    reached = means[8] >= 0.85 and means[8] - means[0] >= 0.20 and rises
    return Figure(
        "base_sentiment",
        "base, sentiment pos/neg, k = 0 / 1 / 4 / 8",
        _steps(means),
        "k=8 0.85, 0.20 above k=0, rising",
        reached,
        means[8],
    )


def foobar(model: Llama) -> Figure:
    """Made-up labels: chance without examples, right with eight."""
    means = ladder(model, "foobar")
    reached = 0.40 <= means[0] <= 0.60 and means[8] >= 0.80
    return Figure(
        "base_foobar",
        "base, made-up labels foo/bar, k = 0 / 1 / 4 / 8",
        _steps(means),
        "k=0 within 0.40-0.60, k=8 0.80",
        reached,
        means[8],
    )


def answered(model: Llama, name: str, count: int = 4) -> float:
    """Return the share of items whose greedy answer, up to the line's end, is exactly right."""
    right = total = 0
    rows = sets.load(name, "test")
    for examples in _example_sets(name, count):
        prompts = [model.tokenize(sets.prompt(name, examples, row), begin=True) for row in rows]
        for row, one in zip(rows, model.generate(prompts, limit=12, stop=b"\n"), strict=True):
            right += model.text(one.ids).split("\n")[0].strip() == sets.answer(name, row)
            total += 1
    return right / total


def antonyms(model: Llama) -> Figure:
    """Opposites of words that no task showed."""
    rate = answered(model, "antonyms")
    return Figure(
        "base_antonyms", "base, antonyms, exact first answer, k = 4", f"{rate:.3f}", "0.60", rate >= 0.6, rate
    )


def plurals(model: Llama) -> Figure:
    """Plurals of words that no task showed."""
    rate = answered(model, "plurals")
    return Figure("base_plurals", "base, plurals, exact first answer, k = 4", f"{rate:.3f}", "0.80", rate >= 0.8, rate)


def llm_question(model: Llama) -> Figure:
    """ "What are LLMs?": a base model goes on writing, with text or with more questions."""
    wordings = [wording for wording, _ in llm_questions()]
    prompts = [model.tokenize(wording, begin=True) for wording in wordings]
    made = model.generate(prompts, limit=60, temperature=TEMPERATURE, seed=settings.SEED)
    texts = [model.text(one.ids).strip() for one in made]
    right = sum(len(text.split()) >= 4 for text in texts)
    more = sum("?" in text for text in texts)
    return Figure(
        "base_llms",
        '"What are LLMs?": base continues with text or more questions',
        f"{right} of {len(wordings)} ({more} with more questions)",
        "20 of 20",
        right == len(wordings),
        right / len(wordings),
    )


def bits_per_byte(model: Llama, texts: Sequence[str]) -> float:
    """Return the surprisal of `texts` in bits, per byte of UTF-8."""
    nats = sum(model.surprisal_nats(model.tokenize(text, begin=True)) for text in texts)
    return nats / math.log(2) / sum(len(text.encode()) for text in texts)


def story_surprise(model: Llama) -> Figure:
    """How well unseen stories are predicted."""
    bits = bits_per_byte(model, stories())
    return Figure("base_stories", "base, held-out stories, bits per byte", f"{bits:.3f}", "report", None, None)


def repeats_phrase(text: str) -> bool:
    """Say whether some phrase of 8 words occurs twice."""
    words = re.findall(r"[\w']+", text.lower())
    phrases = [tuple(words[start : start + PHRASE_WORDS]) for start in range(len(words) - PHRASE_WORDS + 1)]
    return len(set(phrases)) < len(phrases)


def repetition(model: Llama) -> Figure:
    """Long continuations of stories must not go in circles."""
    prompts = [model.tokenize(opening, begin=True) for opening in story_openings()]
    made = model.generate(prompts, limit=200, temperature=TEMPERATURE, seed=settings.SEED)
    fine = sum(not repeats_phrase(model.text(one.ids)) for one in made) / len(made)
    return Figure(
        "base_repetition",
        "base, no phrase of 8 words twice within 200 tokens at temperature 0.8",
        f"{fine:.2f} of {len(made)}",
        "0.95 of 100",
        fine >= 0.95,
        fine,
    )


def something_to_eat(model: Llama) -> Figure:
    """ "I like to eat an": food must come before tools and vehicles."""
    prompt = model.tokenize("I like to eat an", begin=True)
    scores = {
        kind: model.score([(prompt, model.tokenize(" " + word)) for word in found])
        for kind, found in (("edible", edibles()), ("other", tools_and_vehicles()))
    }
    logprobs = model.next_logprobs(prompt)
    entropy = -sum(math.exp(value) * value for value in logprobs.tolist()) / math.log(2)
    best = edibles()[scores["edible"].index(max(scores["edible"]))]
    reached = max(scores["edible"]) > max(scores["other"])
    return Figure(
        "base_eat",
        '"I like to eat an": an edible word before any tool or vehicle; entropy of the next token',
        f"{'yes' if reached else 'no'} ({best}); {entropy:.2f} bits",
        "yes",
        reached,
        float(reached),
    )


ROWS = (
    sentiment,
    foobar,
    antonyms,
    plurals,
    llm_question,
    story_surprise,
    repetition,
    something_to_eat,
)
