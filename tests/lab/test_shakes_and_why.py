"""What examples do: which one matters, what they teach, and what happens when they are shaken."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from nextword.lab import builtin
from nextword.lab.examples import draw
from nextword.lab.gains import gain_map
from nextword.lab.scores import label_scores
from nextword.lab.scoring import Condition, score_conditions
from nextword.lab.shakes import MADE_UP, SHAKES, formats, is_possible, shaken, with_made_up_labels
from nextword.lab.sweep import ModelRef, Plan, Variant, cells
from nextword.lab.why import leave_one_out
from tests.lab.lab_desk import LabDesk

TASK = builtin.task("sentiment")
POOL = builtin.items("sentiment", "examples")
TEXT = builtin.items("sentiment", "test")[0].text
PLAN = Plan("sentiment", (Variant("", TASK),), (ModelRef("/m"),), POOL, builtin.items("sentiment", "test"))


@pytest.mark.parametrize("rule", ["sum", "ncc"])
def test_the_effect_of_an_example_is_what_is_lost_without_it(starter: LabDesk, rule: str) -> None:
    examples = draw(POOL, 4, seed=2)
    found = starter.run(leave_one_out(TASK, examples, TEXT, rule=rule))  # type: ignore[arg-type]
    assert len(found.effects) == 4
    assert found.label in (0, 1)
    assert all(math.isfinite(effect.change) for effect in found.effects)
    if rule == "sum":
        odds = []
        for shown in (examples, examples[1:]):
            ((one,),) = starter.run(score_conditions([Condition(TASK, shown, (TEXT,))])).texts
            p = label_scores(TASK, one.words, rule="sum").probabilities[found.label]
            odds.append(math.log(p / (1 - p)))
        assert found.log_odds == pytest.approx(odds[0], abs=0.05)
        assert found.effects[0].change == pytest.approx(odds[0] - odds[1], abs=0.1)


def test_what_the_examples_teach_is_told_for_each_token(starter: LabDesk) -> None:
    gains = starter.run(gain_map(TASK, draw(POOL, 8, seed=1), TEXT, "pos"))
    assert b"".join(gain.step.text for gain in gains) == b" pos"
    assert gains[0].nats == pytest.approx(gains[0].with_examples - gains[0].without)
    assert gains[0].nats > 0.5
    assert gains[0].step.logprob == pytest.approx(gains[0].with_examples)
    assert gains[0].before.logprob == pytest.approx(gains[0].without)


def test_each_ready_experiment_is_a_plan_beside_the_same_without_it() -> None:
    plan = replace(PLAN, examples=POOL[:4])
    for shake in SHAKES:
        assert is_possible(plan, shake)
        made = shaken(plan, shake, count=4)
        runs = cells(made)
        assert {cell.count for cell in runs} == {4}
        if shake == "orders":
            assert len(runs) == 24
            assert len(made.variants) == 1
        elif shake == "formats":
            assert len(runs) == len(made.variants) == 5
            assert len({variant.task.template for variant in made.variants}) == 5
        else:
            assert [variant.name for variant in made.variants] == ["own", shake]
            assert len(runs) == 2
    flipped = cells(shaken(plan, "flipped_labels", count=4))
    assert all(a.gold != b.gold for a, b in zip(flipped[0].examples, flipped[1].examples, strict=True))
    assert len(cells(shaken(PLAN, "random_labels", count=4))) == 10


def test_made_up_words_are_new_and_the_labels_keep_their_names() -> None:
    made = with_made_up_labels(builtin.task("foobar"))
    assert [label.name for label in made.labels] == ["foo", "bar"]
    assert [label.words for label in made.labels] == [("baz",), ("qux",)]
    assert set(MADE_UP).isdisjoint(word for label in TASK.labels for word in label.words)


def test_tasks_without_labels_are_shaken_by_order_and_format_alone() -> None:
    plan = replace(PLAN, variants=(Variant("", builtin.task("antonyms")),), examples=POOL[:3])
    assert [shake for shake in SHAKES if is_possible(plan, shake)] == ["orders", "formats"]
    assert not any(is_possible(replace(PLAN, pool=()), shake) for shake in SHAKES)
    assert [variant.name for variant in formats(builtin.task("antonyms"))][0] == "own"
