from __future__ import annotations

from nextword.lab import builtin
from nextword.lab.estimate import Speed, estimate
from nextword.lab.examples import draw
from nextword.lab.results import plan_from, plan_text
from nextword.lab.sweep import ModelRef, Plan, Variant, cells, relabelled
from nextword.lab.task import Item, Label, Task, Template

TASK = builtin.task("sentiment")
POOL = builtin.items("sentiment", "examples")
TEST = builtin.items("sentiment", "test")[:20]
BASE = ModelRef("/m/base.gguf", "base", "ab", 1000)


def plan(**changes: object) -> Plan:
    values: dict[str, object] = {"counts": (0, 1, 2, 4), "sets": 5} | changes
    return Plan("sentiment", (Variant("", TASK),), (BASE,), POOL, TEST, **values)  # type: ignore[arg-type]


def test_there_is_one_run_for_each_set_and_one_without_examples() -> None:
    found = cells(plan())
    assert [cell.place for cell in found] == list(range(16))
    assert [cell.count for cell in found] == [0] + [1] * 5 + [2] * 5 + [4] * 5
    assert all(len(cell.examples) == cell.count for cell in found)
    assert found == cells(plan())


def test_the_sets_are_those_that_the_starter_models_are_evaluated_with() -> None:
    found = next(cell for cell in cells(plan()) if (cell.count, cell.set) == (4, 3))
    assert found.examples == draw(POOL, 4, seed="sentiment/4/3")


def test_all_orders_of_four_are_run_and_one_order_of_fewer_than_two() -> None:
    found = cells(plan(counts=(0, 1, 4), sets=1, orders=24))
    assert [cell.count for cell in found] == [0, 1] + [4] * 24
    assert len({cell.examples for cell in found[2:]}) == 24
    assert len({frozenset(cell.examples) for cell in found[2:]}) == 1


def test_models_come_one_after_the_other_and_see_the_same_examples() -> None:
    found = cells(plan(seeds=(0, 7), counts=(0, 2), sets=2))
    two = cells(
        plan(seeds=(0, 7), counts=(0, 2), sets=2).__class__(**_fields(plan(seeds=(0, 7), counts=(0, 2), sets=2)))
    )
    assert len(found) == 5
    assert len(two) == 10
    assert [cell.model for cell in two] == [0] * 5 + [1] * 5
    assert [cell.examples for cell in two[:5]] == [cell.examples for cell in two[5:]] == [c.examples for c in found]


def _fields(one: Plan) -> dict[str, object]:
    values = {name: getattr(one, name) for name in one.__struct_fields__}
    return values | {"models": (BASE, ModelRef("/m/other.gguf"))}


def test_no_item_of_the_test_set_is_ever_an_example() -> None:
    leaking = (*POOL[:3], *(Item(f" {item.text.upper()} ", item.gold, 900) for item in TEST))
    found = cells(Plan("s", (Variant("", TASK),), (BASE,), leaking, TEST, counts=(0, 2, 16), sets=2))
    assert max(cell.count for cell in found) == 3
    assert {item.row for cell in found for item in cell.examples} <= {item.row for item in POOL[:3]}


def test_labels_of_examples_are_drawn_or_turned_round_even_where_one_is_called_nothing_or_0() -> None:
    task = Task("t", "labels", Template("t"), tuple(Label(name, (word,)) for name, word in (("", "n"), ("0", "z"))))
    items = tuple(Item(str(n), ("", "0")[n % 2], n) for n in range(40))
    flipped = relabelled(task, items, "flipped", seed="a")
    assert [item.gold for item in flipped] == ["0", ""] * 20
    drawn = relabelled(task, items, "random", seed="a")
    assert {item.gold for item in drawn} == {"", "0"}
    assert drawn == relabelled(task, items, "random", seed="a") != items
    assert relabelled(task, items, "gold", seed="a") == items


def test_given_examples_are_used_in_their_order_for_every_count() -> None:
    given = POOL[5:9]
    found = cells(plan(examples=given, counts=(0, 2, 4, 8)))
    assert [cell.examples for cell in found] == [(), given[:2], given]


def test_a_plan_is_the_same_after_it_was_kept() -> None:
    one = plan(seeds=(3,), orders=2)
    assert plan_from(plan_text(one)) == one
    assert cells(plan_from(plan_text(one))) == cells(one)


def test_the_estimate_grows_with_runs_and_with_the_size_of_the_model() -> None:
    one = plan(counts=(0, 8), sets=5)
    speed = Speed(1000.0, 0.3, size_bytes=1000)
    whole, first = estimate(one, cells(one), speed), estimate(one, cells(one)[:1], speed)
    assert (whole.runs, first.runs) == (6, 1)
    assert whole.seconds is not None
    assert first.seconds is not None
    assert whole.seconds > 5 * first.seconds > 0
    assert whole.seconds == whole.tokens / 1000 or abs(whole.seconds - whole.tokens / 1000) < 0.01
    slower = estimate(one, cells(one), Speed(1000.0, 0.3, size_bytes=500))
    assert slower.seconds is not None
    assert slower.seconds > 1.9 * whole.seconds
    assert estimate(one, cells(one), None).seconds is None
