"""The built-in tasks are asked in exactly the words that the starter models are evaluated with."""

from __future__ import annotations

import pytest

from nextword.engine.protocol import ChatPrompt
from nextword.lab import builtin
from nextword.lab.builtin import BuiltIn
from nextword.lab.prompts import build, label_continuations
from nextword.lab.task import shown_word
from starter.corpus import sets


@pytest.mark.parametrize("name", builtin.NAMES)
def test_prompts_are_those_of_the_evaluation_of_the_starter(name: BuiltIn) -> None:
    task = builtin.task(name)
    rows = sets.load(name, "test")
    items = builtin.items(name, "test")
    examples = builtin.items(name, "examples")
    shown = sets.load(name, "examples")
    assert [item.text for item in items] == [row["input"] for row in rows]
    assert [item.text for item in examples] == [row["input"] for row in shown]
    for count in (0, 1, 4):
        built = build(task, examples[:count], items[0].text)
        assert built.text == sets.prompt(name, shown[:count], rows[0])
    assert [shown_word(task, item.gold) for item in items] == [sets.answer(name, row) for row in rows]
    if task.kind == "labels":
        words = [" " + word for word in sets.SETS[name].verbalizers.values()]
        assert [word.continuation for word in label_continuations(task)] == words


@pytest.mark.parametrize("name", builtin.NAMES)
def test_chats_are_those_of_the_evaluation_of_the_starter(name: BuiltIn) -> None:
    task = builtin.task(name, form="turns")
    row = sets.load(name, "test")[0]
    prompt = build(task, (), row["input"]).prompt
    assert isinstance(prompt, ChatPrompt)
    assert [message.text for message in prompt.messages] == [turn.text for turn in sets.chat_prompt(name, row)]


@pytest.mark.parametrize("name", builtin.NAMES)
def test_every_label_of_a_set_is_known_and_rows_are_lines_of_the_file(name: BuiltIn) -> None:
    task = builtin.task(name)
    items = [*builtin.items(name, "test"), *builtin.items(name, "examples")]
    assert {item.row for item in items} == set(range(1, len(items) + 1))
    if task.kind == "labels":
        assert {item.gold for item in items} == {label.name for label in task.labels}


def test_a_set_comes_in_three_parts_with_its_test_items_frozen() -> None:
    splits = builtin.splits("sentiment")
    assert (len(splits.pool), len(splits.tuning), len(splits.test)) == (40, 20, 200)
    assert splits.is_frozen
    assert not splits.is_changed
    assert builtin.splits("sentiment", seed=1).test_hash == splits.test_hash
