"""How a task lay on the builder's desk: ticked examples in their order, the input and the rules, to be put back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from nextword.lab.builder import Builder, Example, Rules, Shown
from nextword.lab.task import Item
from nextword.lab.task_set import TaskSet, json_text

MOST_PLACES = 5_000
"""Of a larger pool the order of the examples that are not ticked is not kept."""


class DeskState(Struct, frozen=True, omit_defaults=True):
    """ticked: the examples of the prompt. places: the row of the list that each stands in. others: the examples that
    are not ticked, as places in the pool, where they are not in the order of the pool."""

    ticked: tuple[Item, ...]
    places: tuple[int, ...]
    others: tuple[int, ...] = ()
    shown: Shown = Shown("")
    rules: Rules = Rules()
    seed: int = 1


def state_text(builder: Builder) -> str:
    """Return how things lie now, as JSON."""
    rows = builder.examples
    return json_text(
        DeskState(
            builder.ticked,
            tuple(place for place, row in enumerate(rows) if row.ticked),
            _others([row.item for row in rows if not row.ticked], builder.ticked, builder.task_set.splits.pool),
            builder.shown,
            builder.rules,
            builder.seed,
        )
    )


def put_back(builder: Builder, text: str) -> bool:
    """Lay things as `state_text` told; False if it says nothing that this version understands.

    Examples and inputs that are gone from the data since are still those that were ticked and asked about.
    """
    try:
        state = msgspec.json.decode(text, type=DeskState)
    except (msgspec.DecodeError, UnicodeError):
        return False
    builder.lay_out(examples_of(state, builder.task_set), _shown(state.shown, builder), state.rules, seed=state.seed)
    return True


def examples_of(state: DeskState, task_set: TaskSet) -> tuple[Example, ...]:
    """Return the list: what was ticked stands where it stood, all else of the pool around it."""
    pool = task_set.splits.pool
    rest = _rest(state.ticked, pool)
    order = state.others if sorted(state.others) == rest else rest
    rows = [Example(pool[place]) for place in order]
    for place, item in sorted(zip(state.places, state.ticked, strict=False), key=lambda pair: pair[0]):
        rows.insert(min(max(0, place), len(rows)), Example(item, True))
    return tuple(rows)


def _rest(ticked: Sequence[Item], pool: Sequence[Item]) -> list[int]:
    """Return the places of the items of the pool that are not ticked."""
    left = list(ticked)
    rest: list[int] = []
    for place, item in enumerate(pool):
        if left and item in left:
            left.remove(item)
        else:
            rest.append(place)
    return rest


def _others(items: Sequence[Item], ticked: Sequence[Item], pool: Sequence[Item]) -> tuple[int, ...]:
    """Return the places of the items in the pool; nothing where they are in its order, or too many."""
    if len(pool) > MOST_PLACES:
        return ()
    places: dict[Item, list[int]] = {}
    for place in reversed(_rest(ticked, pool)):
        places.setdefault(pool[place], []).append(place)
    found = [places[item].pop() for item in items if places.get(item)]
    return () if found == sorted(found) else tuple(found)


def _shown(shown: Shown, builder: Builder) -> Shown:
    """Return the input as the data names it now."""
    items = builder.part(shown.part)
    if 0 <= shown.index < len(items) and items[shown.index].text == shown.text:
        return shown
    return Shown(shown.text)
