"""A row is read once for a place; another question takes the place of the last."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nextword.engine.tokens import TokenStep
from nextword.errors import EngineFault, GrammarNotUnderstood, NextwordError
from nextword.write.xray_looking import RowReader, Rule, SeenRow, surprises_of
from tests.write.instruments import PROMPT, Bench


def test_a_row_is_that_of_the_model_and_is_kept(bench: Bench) -> None:
    reader = RowReader(bench.engine)
    seen: list[SeenRow | NextwordError] = []
    ids = bench.ids_of(PROMPT)
    reader.read(ids, seen.append)
    bench.deliver.until(lambda: seen)
    reader.read(ids, seen.append)
    assert len(seen) == 2
    assert seen[0] is seen[1]
    assert isinstance(seen[0], SeenRow)
    row = np.frombuffer(seen[0].row, np.float32)
    best = bench.look(ids).candidates[0]
    assert int(row.argmax()) == best.id
    assert seen[0].texts[best.id] == best.text


def test_the_last_question_alone_is_answered(bench: Bench) -> None:
    reader = RowReader(bench.engine)
    told: list[str] = []
    ids = bench.ids_of(PROMPT)
    reader.read(ids[:2], lambda _seen: told.append("first"))
    reader.read(ids[:3], lambda _seen: told.append("second"))
    bench.deliver.until(lambda: told)
    bench.look(ids)
    assert told == ["second"]


def test_what_goes_wrong_is_told(bench: Bench) -> None:
    seen: list[SeenRow | NextwordError] = []
    RowReader(bench.engine).read((99_999,), seen.append)
    bench.deliver.until(lambda: seen)
    assert isinstance(seen[0], EngineFault)


def test_what_the_rule_lets_come_next_comes_with_the_row(bench: Bench) -> None:
    reader = RowReader(bench.engine)
    seen: list[SeenRow | NextwordError] = []
    ids = bench.ids_of(PROMPT)
    for rule in (Rule('root ::= " word"'), Rule(), Rule('root ::= " word"'), Rule("root ::= [")):
        count = len(seen)
        reader.read(ids, seen.append, rule=rule)
        bench.deliver.until(lambda: len(seen) > count)  # noqa: B023
    with_rule, without, again, wrong = seen
    assert isinstance(with_rule, SeenRow)
    assert isinstance(without, SeenRow)
    assert again is with_rule
    assert without.allowed == b""
    assert isinstance(wrong, GrammarNotUnderstood)
    allowed = np.flatnonzero(np.unpackbits(np.frombuffer(with_rule.allowed, np.uint8)))
    best = next(c for c in bench.look(ids).candidates if c.text == b" word")
    assert best.id in allowed
    assert len(allowed) < 40


def test_the_surprise_of_drawn_tokens_is_that_behind_the_sampler() -> None:
    steps = [TokenStep(i, b"x", -1.0, 1, 1.0, -i * math.log(2), 5) for i in range(5)]
    assert surprises_of(steps[2:4]) == pytest.approx((2.0, 3.0))
    assert surprises_of([]) == ()
