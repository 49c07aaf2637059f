"""Label words are scored as one call for each item and word would score them, whatever is shared and left out."""

from __future__ import annotations

import math

import pytest

from nextword.engine import protocol
from nextword.errors import NextwordError
from nextword.lab import builtin
from nextword.lab.dialogue import Said, Script
from nextword.lab.examples import draw
from nextword.lab.prompts import build, label_continuations
from nextword.lab.scores import label_scores
from nextword.lab.scoring import Compared, Condition, Scorer, compare, score_conditions
from nextword.lab.task import Item, Label, Task, Template
from tests.lab.lab_desk import LabDesk

TWO_WORDS = Task(
    "t",
    "labels",
    Template("t", input_prefix="Text: ", output_prefix="\nLabel:"),
    (Label("", ("none",)), Label("0", ("0", "zero point")), Label("False", ("False", "False\U0001f600"))),
)


def one_by_one(task: Task, examples: tuple[Item, ...], text: str) -> Script[list[tuple[float, ...]]]:
    """The straightforward way: each word by itself, its tokens one after the other by looking at what comes next."""
    found = []
    for word in label_continuations(task):
        prompt = build(task, examples, text).prompt
        assert isinstance(prompt, protocol.TextPrompt)
        before = _ids((yield protocol.Tokenize(0, prompt)))
        whole = _ids((yield protocol.Tokenize(0, protocol.TextPrompt(prompt.text + word.continuation))))
        assert whole[: len(before)] == before
        logprobs = []
        for place in range(len(before), len(whole)):
            said = yield protocol.Look(0, protocol.TokenPrompt(whole[:place]), 0, named=(whole[place],))
            (seen,) = (reply for reply in said if isinstance(reply, protocol.Distribution))
            logprobs += seen.named
        found.append(tuple(logprobs))
    return found


def _ids(said: Said) -> tuple[int, ...]:
    return tuple(token.id for reply in said if isinstance(reply, protocol.Tokenized) for token in reply.tokens)


def _examples(task: Task, texts: tuple[str, ...]) -> tuple[Item, ...]:
    names = [label.name for label in task.labels]
    return tuple(Item(text, names[n % len(names)], n) for n, text in enumerate(texts))


@pytest.mark.parametrize("task", [builtin.task("sentiment"), TWO_WORDS], ids=["sentiment", "odd labels"])
def test_scores_are_those_of_one_call_for_each_item_and_word(tiny: LabDesk, task: Task) -> None:
    examples = _examples(task, ("this was good", "we could not say", "the first of all"))
    texts = ("there is no time", "there is no water", "she said it")
    scored = tiny.run(score_conditions([Condition(task, (), texts), Condition(task, examples, texts)]))
    for shown, found in zip(((), examples), scored.texts, strict=True):
        for text, one in zip(texts, found, strict=True):
            reference = tiny.run(one_by_one(task, shown, text))
            for word, logprobs in zip(one.words, reference, strict=True):
                assert word.logprobs == pytest.approx(logprobs, abs=1e-4)
    assert scored.cost.evaluated < scored.cost.tokens / 2


def test_scores_of_a_quantized_model_differ_by_rounding_alone(starter: LabDesk) -> None:
    task = builtin.task("sentiment")
    examples = builtin.items("sentiment", "examples")[:2]
    text = builtin.items("sentiment", "test")[0].text
    ((one,),) = starter.run(score_conditions([Condition(task, examples, (text,))])).texts
    for word, logprobs in zip(one.words, starter.run(one_by_one(task, examples, text)), strict=True):
        assert word.logprobs == pytest.approx(logprobs, abs=0.05)  # activations of eight bits, other batch, other sums


def test_labels_that_begin_with_another_share_its_probability_and_nothing_is_counted_twice(starter: LabDesk) -> None:
    scored = starter.run(score_conditions([Condition(TWO_WORDS, (), ("It was fine.",))]))
    words = scored.texts[0][0].words
    assert [word.label for word in words] == [0, 1, 1, 2, 2]
    whole = label_scores(TWO_WORDS, words, rule="sum")
    assert sum(whole.probabilities) == pytest.approx(1)
    assert sum(whole.masses) + whole.off_label == pytest.approx(1, abs=1e-9)


def test_zero_and_few_shot_come_together_with_what_the_model_says_for_nothing(starter: LabDesk) -> None:
    task = builtin.task("sentiment")
    examples = draw(builtin.items("sentiment", "examples"), 4, seed=1)
    found = starter.run(compare(task, examples, "I adored it."))
    assert len(found.zero.content_free) == len(found.few.content_free) == 3
    assert (found.few.shown.asked, found.few.shown.used) == (4, 4)
    candidates = found.few.shown.candidates
    assert len(candidates) == 30
    best = label_scores(task, found.few.shown.words, rule="sum")
    assert sum(c.probability for c in candidates) + 1e-6 >= max(best.masses)
    assert best.off_label < label_scores(task, found.zero.shown.words, rule="sum").off_label


def test_examples_that_do_not_fit_are_left_out_and_it_is_said(tiny: LabDesk) -> None:
    task = builtin.task("sentiment")
    examples = tuple(Item(f"number {n} " + "the and of to a in is it " * 8, "positive", n) for n in range(8))
    texts = ("short", "the and of to a in is it " * 12, "the and of to a in is it " * 200)
    (found,) = tiny.run(score_conditions([Condition(task, examples, texts)])).texts
    assert [one.asked for one in found] == [8, 8, 8]
    short, long, impossible = found
    assert 0 < long.used < short.used < 8
    assert (impossible.fits, impossible.words, impossible.used) == (False, (), 0)
    for one, text in ((short, texts[0]), (long, texts[1])):
        alone = tiny.run(score_conditions([Condition(task, examples[: one.used], (text,))])).texts[0][0]
        assert alone.words[0].logprob == pytest.approx(one.words[0].logprob, abs=1e-4)
        assert not math.isnan(alone.words[1].logprob)
        more = tiny.run(score_conditions([Condition(task, examples[: one.used + 1], (text,))])).texts[0][0]
        assert more.used <= one.used + 1  # at most a few tokens are kept free


def test_the_answer_to_an_older_question_is_never_told(starter: LabDesk) -> None:
    scorer = Scorer(starter.engine)
    task = builtin.task("sentiment")
    pool = builtin.items("sentiment", "examples")
    told: list[tuple[int, Compared]] = []
    errors: list[NextwordError] = []
    for count in range(8):
        scorer.compare(
            task,
            pool[:count],
            "Fine.",
            done=lambda found, count=count: told.append((count, found)),
            failed=errors.append,
        )
    starter.deliver.until(lambda: told)
    starter.deliver.run_waiting()
    assert [(count, found.few.shown.used) for count, found in told] == [(7, 7)]
    assert errors == []


def test_an_error_of_the_engine_is_raised_where_it_was_asked(starter: LabDesk) -> None:
    def script() -> Script[str]:
        try:
            yield protocol.Look(0, protocol.TokenPrompt((10**6,)))
        except NextwordError as error:
            return type(error).__name__
        return ""

    assert starter.run(script()) == "EngineFault"
