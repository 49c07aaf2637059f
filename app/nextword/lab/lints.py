"""What to mind about a task and its examples before anything is measured, as data; the words are the window's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from nextword.engine.protocol import Kind
from nextword.lab.prompts import answer_joint
from nextword.lab.scores import WordScore
from nextword.lab.splits import leak_key
from nextword.lab.task import Item, Task, label_index

LintKind: TypeAlias = Literal[
    "no_word",
    "one_label",
    "same_word",
    "same_tokens",
    "begins_another",
    "same_start",
    "several_tokens",
    "cut_token",
    "blank_around",
    "alike_names",
    "ends_with_space",
    "glued",
    "base_as_chat",
    "instruct_as_text",
    "no_gold",
    "unknown_label",
    "repeated_example",
    "asked_example",
    "separator_inside",
    "label_not_shown",
    "unbalanced",
    "last_label",
]
"""Values of each: no_word, unknown_label, label_not_shown, last_label: the label. same_word: the word. same_tokens,
begins_another, same_start, alike_names: the two words or names. several_tokens, cut_token, blank_around: the words.
ends_with_space, glued, separator_inside: the text. unbalanced: the label shown most and the one shown least; count is
by how many. repeated_example, asked_example, no_gold: count is how many examples."""


class Lint(Struct, frozen=True):
    """is_warning: the numbers can mislead; else something to know."""

    kind: LintKind
    is_warning: bool
    values: tuple[str, ...] = ()
    count: int = 0


def lints(
    task: Task,
    examples: Sequence[Item],
    text: str = "",
    *,
    words: Sequence[WordScore] = (),
    model_kind: Kind | None = None,
) -> tuple[Lint, ...]:
    """Return what to mind, warnings first. words: as the model's tokens, where they are known. text: the input."""
    found = [
        *_labels(task),
        *_tokens(words),
        *_template(task, examples, text, model_kind),
        *_examples(task, examples, text),
        *_balance(task, examples),
    ]
    return tuple(sorted(found, key=lambda lint: not lint.is_warning))


def _labels(task: Task) -> Iterator[Lint]:
    if task.kind != "labels":
        return
    if len(task.labels) == 1:
        yield Lint("one_label", True, (task.labels[0].name,))
    for label in task.labels:
        if not any(word.strip() for word in label.words):
            yield Lint("no_word", True, (label.name,))
    counts = Counter(word for label in task.labels for word in set(label.words))
    for word, count in counts.items():
        if count > 1:
            yield Lint("same_word", True, (word,), count)
    blank = tuple(word for label in task.labels for word in label.words if word != word.strip())
    if blank:
        yield Lint("blank_around", True, blank)
    seen: dict[str, str] = {}
    for label in task.labels:
        key = leak_key(label.name)
        if key in seen:
            yield Lint("alike_names", True, (seen[key], label.name))
        seen.setdefault(key, label.name)


def _tokens(words: Sequence[WordScore]) -> Iterator[Lint]:
    for index, first in enumerate(words):
        for second in words[index + 1 :]:
            if first.label == second.label or first.word == second.word:
                continue
            short, long = sorted((first, second), key=lambda word: len(word.ids))
            if short.ids == long.ids:
                yield Lint("same_tokens", True, (first.word, second.word))
            elif long.ids[: len(short.ids)] == short.ids:
                yield Lint("begins_another", True, (short.word, long.word))
            elif first.ids[:1] == second.ids[:1]:
                yield Lint("same_start", False, (first.word, second.word))
    several = tuple(dict.fromkeys(word.word for word in words if len(word.ids) > 1))
    if several:
        yield Lint("several_tokens", False, several)
    cut = tuple(dict.fromkeys(word.word for word in words if word.merged))
    if cut:
        yield Lint("cut_token", True, cut)


def _template(task: Task, examples: Sequence[Item], text: str, model_kind: Kind | None) -> Iterator[Lint]:
    template = task.template
    before = template.output_prefix if task.form == "text" else task.prefill
    if before[-1:] in (" ", "\t"):
        yield Lint("ends_with_space", False, (before,))
    elif before and not before[-1].isspace() and not answer_joint(task)[:1].isspace():
        yield Lint("glued", True, (before,))
    if model_kind == "base" and task.form != "text":
        yield Lint("base_as_chat", True)
    if model_kind == "instruct" and task.form == "text":
        yield Lint("instruct_as_text", False)
    separator = template.separator
    if task.form != "turns" and separator.strip(" ") and examples:
        inside = [each for each in (*(item.text for item in examples), text) if separator in each]
        if inside:
            yield Lint("separator_inside", True, (inside[0],), len(inside))


def _examples(task: Task, examples: Sequence[Item], text: str) -> Iterator[Lint]:
    without = sum(item.gold is None for item in examples)
    if without:
        yield Lint("no_gold", True, count=without)
    if task.kind == "labels":
        golds = dict.fromkeys(item.gold for item in examples if item.gold is not None)
        for gold in golds:
            if label_index(task, gold) < 0:
                yield Lint("unknown_label", True, (gold,))
    keys = Counter(leak_key(item.text) for item in examples)
    if repeated := sum(count - 1 for count in keys.values()):
        yield Lint("repeated_example", True, count=repeated)
    if text and (asked := keys[leak_key(text)]):
        yield Lint("asked_example", True, count=asked)


def _balance(task: Task, examples: Sequence[Item]) -> Iterator[Lint]:
    names = [label.name for label in task.labels] if task.kind == "labels" else []
    if not examples or len(names) < 2:
        return
    golds = Counter(item.gold for item in examples)
    shown = sorted(names, key=lambda name: -golds[name])
    if len(examples) >= len(names):
        for name in names:
            if not golds[name]:
                yield Lint("label_not_shown", True, (name,))
    if golds[shown[-1]] and golds[shown[0]] - golds[shown[-1]] > 1:
        yield Lint("unbalanced", True, (shown[0], shown[-1]), golds[shown[0]] - golds[shown[-1]])
    last = examples[-1].gold
    if last in names:
        yield Lint("last_label", False, (last or "",))
