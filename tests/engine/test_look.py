"""The distribution of the token after a prompt."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nextword.errors import ContextTooSmall, EngineFault, GrammarNotFollowed, GrammarNotUnderstood
from tests import models
from tests.engine.test_score import EVERY_KIND, run, tokens, tolerance
from tests.engine.texts import long_text

if TYPE_CHECKING:
    from nextword.engine.look import Seen
    from nextword.engine.model import Model
    from tests.engine.conftest import OpenModel


def look(model: Model, ids: list[int], **wish: object) -> Seen:
    from nextword.engine import look

    return look.run(model, ids, look.Wish(**wish), progress=lambda _at, _of: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_it_is_what_the_text_itself_is_scored_with(kind: str, open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make(kind, tmp_path))
    ids = tokens(model, long_text(20))
    scored = run(model, ids, alternatives=20)
    lead = int(model.vocabulary.add_bos)
    for position in (0, 1, 7, len(ids) - 2):
        following = ids[position + 1]
        seen = look(model, ids, position=position, named=(following, 0))
        step = scored.steps[position + 1 - lead]
        assert seen.position == position
        assert seen.named[0] == pytest.approx(step.logprob, abs=tolerance(kind))
        assert seen.entropy_bits == pytest.approx(step.entropy_bits, abs=1e-3)
        assert [c.id for c in seen.candidates[:5]] == [c.id for c in step.candidates[:5]]
        assert len(seen.candidates) == 20


def test_the_row_is_all_of_it(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path))
    ids = tokens(model, "the time of")
    everything = tuple(range(model.vocabulary.size))
    seen = look(model, ids, alternatives=64, named=everything, row=True)
    assert seen.position == len(ids) - 1
    row = np.frombuffer(seen.row, np.float32).astype(np.float64)
    assert row.shape == (model.vocabulary.size,)
    logprobs = row - np.log(np.exp(row - row.max()).sum()) - row.max()
    assert list(seen.named) == pytest.approx(list(logprobs), abs=1e-5)
    assert math.fsum(map(math.exp, seen.named)) == pytest.approx(1, abs=1e-4)
    assert [c.id for c in seen.candidates] == list(np.argsort(-row, kind="stable")[:64])
    assert look(model, ids).row == b""


def test_only_what_is_new_is_evaluated(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path))
    ids = tokens(model, long_text(20))
    first, again, back = look(model, ids), look(model, [*ids, 50]), look(model, ids, position=3)
    assert (first.cached_tokens, first.evaluated_tokens) == (0, len(ids))
    assert (again.cached_tokens, again.evaluated_tokens) == (len(ids), 1)
    assert (back.cached_tokens, back.evaluated_tokens) == (3, 1)


def test_what_does_not_exist_is_refused(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("qwen2", tmp_path, n_ctx=64))
    with pytest.raises(EngineFault):
        look(model, [5, 6], position=2)
    with pytest.raises(EngineFault):
        look(model, [5, 6], named=(model.vocabulary.size,))
    assert look(model, [5] * 64).evaluated_tokens == 64
    with pytest.raises(ContextTooSmall) as failed:
        look(model, [5] * 65)
    assert (failed.value.needed, failed.value.available) == (65, 64)
    assert look(model, [5] * 65, position=63).position == 63


def test_what_a_grammar_lets_come_next_is_told_of_the_whole_vocabulary(open_model: OpenModel, tmp_path: Path) -> None:
    model = open_model(models.make("llama", tmp_path))
    vocabulary = model.vocabulary

    def allowed(text: str, **wish: object) -> set[str]:
        seen = look(model, tokens(model, text), grammar='root ::= " word" " of"?', **wish)
        bits = np.unpackbits(np.frombuffer(seen.allowed, np.uint8), count=vocabulary.size)
        return {"" if vocabulary.is_end(int(t)) else vocabulary.text(int(t)) for t in np.flatnonzero(bits)}

    assert " word" in allowed("the")
    assert "" not in allowed("the")
    last = len(tokens(model, "the word")) - len(tokens(model, "the"))
    assert {"", " of"} <= allowed("the word", given=last)
    assert " word" not in allowed("the word", given=last)
    assert look(model, tokens(model, "the")).allowed == b""
    assert allowed("the", given=0) == allowed("the", json_schema="  ")
    with pytest.raises(GrammarNotFollowed):
        allowed("the word", given=last + 1)
    with pytest.raises(GrammarNotUnderstood):
        look(model, tokens(model, "the"), grammar="root ::= nothing")
