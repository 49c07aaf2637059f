"""A task that base and instruction-tuned models are asked in different words: edited, kept, and swept."""

from __future__ import annotations

from msgspec.structs import replace

from nextword.lab import builtin
from nextword.lab.evaluation import item_rows, seen
from nextword.lab.prompts import label_continuations
from nextword.lab.results import ItemResult, RunResult
from nextword.lab.shakes import formats, formats_of_both
from nextword.lab.sweep import ModelRef, Plan, cells
from nextword.lab.task import Label
from nextword.lab.task_set import TaskSet, built_in_set, changed, decoded, encoded, task_for, with_form

SENTIMENT = built_in_set("sentiment")
MODELS = (ModelRef("/m/base.gguf", "Base", kind="base"), ModelRef("/m/chat.gguf", "Chat", kind="instruct"))


def test_a_change_for_one_kind_of_model_leaves_the_wording_of_the_other() -> None:
    base, instruct = task_for(SENTIMENT, "base"), task_for(SENTIMENT, "instruct")
    assert (base.form, instruct.form) == ("text", "turns")
    assert (base.template.output_prefix, instruct.template.output_prefix) == ("\nSentiment:", "")
    shorter = replace(base, template=replace(base.template, separator="\n"))
    own = changed(SENTIMENT, shorter, "base")
    assert own.built_in == ""
    assert (task_for(own, "base"), task_for(own, "instruct")) == (shorter, instruct)
    worded = replace(instruct, labels=(Label("positive", ("good",)), Label("negative", ("bad",))))
    both = changed(own, worded, "instruct")
    assert (task_for(both, "base"), task_for(both, "instruct")) == (shorter, worded)
    assert decoded(encoded(both)) == both


def test_a_form_that_was_chosen_keeps_both_wordings_and_gives_way_to_the_kind_again() -> None:
    chosen = with_form(SENTIMENT, "one_turn")
    for kind in ("base", "instruct"):
        assert task_for(chosen, kind).form == "one_turn"
        assert task_for(chosen, kind).template == task_for(SENTIMENT, kind).template
        assert task_for(with_form(chosen, None), kind) == task_for(SENTIMENT, kind)


def test_a_set_of_ones_own_has_one_wording_for_all_models() -> None:
    own = TaskSet(builtin.task("topic"), SENTIMENT.splits)
    edited = replace(own.task, prefill="Topic:")
    for kind in ("base", "instruct"):
        assert task_for(changed(own, edited, kind), "instruct") == replace(edited, form="turns")


def test_a_set_that_an_older_version_kept_is_read() -> None:
    older = encoded(replace(SENTIMENT, instruct=None)).replace(',"instruct":null', "")
    assert '"instruct"' not in older
    assert decoded(older) == replace(SENTIMENT, instruct=None)


def test_a_sweep_over_both_kinds_asks_each_model_in_its_own_wording() -> None:
    base, instruct = task_for(SENTIMENT, "base"), task_for(SENTIMENT, "instruct")
    variants = tuple(formats_of_both(base, instruct))
    assert [variant.name for variant in variants] == [variant.name for variant in formats(base)]
    pool, test = SENTIMENT.splits.pool, SENTIMENT.splits.test[:3]
    plan = Plan("sentiment", variants[:1], MODELS, pool, test, counts=(0,))
    first, second = cells(plan)
    assert (plan.task_of(first), plan.task_of(second)) == (base, instruct)
    words = {cell.model: label_continuations(plan.task_of(cell)) for cell in (first, second)}
    assert [word.word for word in words[0]] == ["pos", "neg"]
    assert [word.word for word in words[1]] == ["positive", "negative"]
    logs = ((-0.1, -0.1), (-3.0, -0.1)), ((-0.1,), (-3.0,))
    for cell, each in zip((first, second), logs, strict=True):
        items = tuple(ItemResult(place, each) for place in range(len(test)))
        run = RunResult(cell, items, ids=tuple(tuple(range(len(word))) for word in each))
        assert seen(plan, 1, run).predicted == (0, 0, 0)
        assert [row.predicted for row in item_rows(plan, run, None)] == ["positive"] * 3


def test_kinds_that_are_worded_alike_are_one_variant() -> None:
    task = builtin.task("topic")
    assert formats_of_both(task, task) == formats(task)
