"""What to mind about a task is found, and a sound task has nothing but its last label."""

from __future__ import annotations

from msgspec.structs import replace

from nextword.lab import builtin
from nextword.lab.examples import draw
from nextword.lab.lints import LintKind, lints
from nextword.lab.scores import WordScore
from nextword.lab.task import Item, Label, Task, Template

TASK = builtin.task("sentiment")
EXAMPLES = draw(builtin.items("sentiment", "examples"), 4, seed=1)


def kinds(task: Task, examples: tuple[Item, ...] = (), text: str = "", **more: object) -> set[LintKind]:
    return {lint.kind for lint in lints(task, examples, text, **more)}  # type: ignore[arg-type]


def labels(*pairs: tuple[str, tuple[str, ...]]) -> Task:
    return replace(TASK, labels=tuple(Label(name, words) for name, words in pairs))


def test_a_sound_task_is_told_its_last_label_alone() -> None:
    words = (WordScore(0, "pos", (1,), (-1.0,)), WordScore(1, "neg", (2,), (-1.0,)))
    found = lints(TASK, EXAMPLES, "a new text", words=words, model_kind="base")
    assert [(lint.kind, lint.is_warning, lint.values) for lint in found] == [
        ("last_label", False, (EXAMPLES[-1].gold,))
    ]
    assert lints(TASK, ()) == ()


def test_labels_are_looked_over() -> None:
    assert kinds(labels(("a", ()), ("b", ("  ",)))) >= {"no_word"}
    assert kinds(labels(("a", ("x", "y")), ("b", ("y",)))) == {"same_word"}
    assert kinds(labels(("a", (" x",)), ("b", ("y",)))) == {"blank_around"}
    assert kinds(labels(("Good ", ("x",)), ("good", ("y",)))) == {"alike_names"}
    assert kinds(labels(("a", ("x",)))) == {"one_label"}
    assert kinds(builtin.task("plurals")) == set()


def test_tokens_of_label_words_are_looked_over() -> None:
    def words(*ids: tuple[int, ...], merged: bool = False) -> tuple[WordScore, ...]:
        return tuple(WordScore(index, f"w{index}", each, (), merged) for index, each in enumerate(ids))

    assert kinds(TASK, words=words((1,), (1,))) == {"same_tokens"}
    assert kinds(TASK, words=words((1,), (1, 2))) == {"begins_another", "several_tokens"}
    assert kinds(TASK, words=words((1, 3), (1, 2))) == {"same_start", "several_tokens"}
    assert kinds(TASK, words=words((1,), (2,), merged=True)) == {"cut_token"}
    same_label = (WordScore(0, "a", (1,), ()), WordScore(0, "b", (1, 2), ()))
    assert kinds(TASK, words=same_label) == {"several_tokens"}


def test_the_template_is_looked_over() -> None:
    assert kinds(replace(TASK, template=Template("t", output_prefix="Label: "))) == {"ends_with_space"}
    assert kinds(replace(TASK, template=Template("t", output_prefix="Label:", joint=""))) == {"glued"}
    assert kinds(replace(TASK, form="turns"), model_kind="base") == {"base_as_chat"}
    assert kinds(TASK, model_kind="instruct") == {"instruct_as_text"}
    assert kinds(replace(TASK, form="turns", prefill="Answer:"), model_kind="instruct") == set()
    assert "separator_inside" in kinds(TASK, EXAMPLES, "two\n\nparagraphs")
    assert "separator_inside" not in kinds(replace(TASK, form="turns"), EXAMPLES, "two\n\nparagraphs")


def test_examples_are_looked_over() -> None:
    good = EXAMPLES[0]
    assert "no_gold" in kinds(TASK, (replace(good, gold=None),))
    assert "unknown_label" in kinds(TASK, (replace(good, gold="neutral"),))
    assert "repeated_example" in kinds(TASK, (good, replace(good, text=good.text.upper())))
    assert "asked_example" in kinds(TASK, EXAMPLES, f" {good.text} ")
    positive = tuple(item for item in builtin.items("sentiment", "examples") if item.gold == "positive")
    negative = next(item for item in builtin.items("sentiment", "examples") if item.gold == "negative")
    assert kinds(TASK, positive[:3]) == {"label_not_shown", "last_label"}
    found = lints(TASK, (*positive[:3], negative))
    assert [(lint.kind, lint.values, lint.count) for lint in found] == [
        ("unbalanced", ("positive", "negative"), 2),
        ("last_label", ("negative",), 0),
    ]


def test_labels_that_are_false_to_python_are_labels_here_too() -> None:
    odd = labels(("0", ("zero",)), ("", ("none",)))
    examples = (Item("a", "0"), Item("b", "0"), Item("c", ""))
    assert kinds(odd, examples) == {"last_label"}
    assert kinds(odd, examples[:2]) == {"label_not_shown", "last_label"}
