"""One prompt through several models: they come one after the other, equal answers are counted, partings are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword import resources
from nextword.lab.columns import (
    QUESTION,
    Column,
    changed_words,
    columns_from,
    columns_text,
    folded,
    pack_column,
    parting,
    step_at,
    unpack_column,
)
from nextword.lab.running import Home
from nextword.lab.sweep import ModelRef
from nextword.lab.twins import TwinsRun
from tests.lab.lab_desk import LabDesk

BASE, INSTRUCT = (ModelRef(str(path), path.stem, "a") for path in (resources.STARTER_BASE, resources.STARTER_INSTRUCT))


def test_twins_answer_one_after_the_other_and_the_chosen_model_comes_back(lab_cache: Path) -> None:
    desk = LabDesk(lab_cache, resources.STARTER_INSTRUCT)
    columns = [
        Column(BASE, "raw", QUESTION, max_tokens=30),
        Column(INSTRUCT, "templated", QUESTION, max_tokens=60),
        Column(BASE, "raw", QUESTION, max_tokens=12, temperature=1.0, repeats=4, seed=5),
    ]
    run = TwinsRun(desk.engine, columns)
    loads: list[str] = []
    desk.engine.status_changed.connect(lambda s: loads.append(s.wanted) if s.state == "loading" else None)
    try:
        run.start(Home(INSTRUCT.path, threads=1))
        desk.deliver.until(lambda: run.state != "running")
        desk.deliver.until(lambda: desk.engine.status.state == "ready")
        assert (run.state, run.error) == ("finished", None)
        assert desk.engine.status.wanted == INSTRUCT.path
        assert list(dict.fromkeys(loads)) == [BASE.path, INSTRUCT.path]
        base, instruct, repeated = run.results
        assert "language model" in instruct.answers[0].text
        assert instruct.answers[0].reason == "end"
        assert base.answers[0].reason == "limit"
        assert base.answers[0].text != instruct.answers[0].text
        assert len(repeated.answers) == 4
        assert len({answer.text for answer in repeated.answers}) > 1
        assert all(result.versions.context_tokens for result in run.results)
        assert base.answers[0].bits_per_token >= 0
        again = unpack_column(pack_column(repeated))
        assert again.column == repeated.column
        assert [answer.text for answer in again.answers] == [answer.text for answer in repeated.answers]
        place = parting(base.answers[0].text, instruct.answers[0].text)
        assert place is not None
        assert step_at(instruct.answers[0].steps, place) is not None
    finally:
        run.close()
        desk.close()


def test_equal_answers_are_counted() -> None:
    found = folded(["Positive", " Neutral", "Positive\n", "Positive", "Positive"])
    assert [(one.text, one.count, one.answers[0]) for one in found] == [("Positive", 4, 0), ("Neutral", 1, 1)]
    assert folded([]) == ()


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [("same", "same", None), ("abc", "abd", 2), ("ab", "abc", 2), ("", "x", 0), ("\U0001f600a", "\U0001f600b", 1)],
)
def test_the_place_where_two_texts_part(one: str, other: str, place: int | None) -> None:
    assert parting(one, other) == parting(other, one) == place


def test_words_that_are_not_in_the_other_text_are_told() -> None:
    one, other = "The cat sat on the mat.", "The dog sat on a big mat."
    left, right = changed_words(one, other)
    assert [one[start:end] for start, end in left] == ["cat", "the"]
    assert [other[start:end] for start, end in right] == ["dog", "a big"]
    assert changed_words("a b", "a b") == ((), ())
    assert changed_words("", "a") == ((), ((0, 1),))


def test_columns_are_the_same_after_they_were_kept() -> None:
    columns = (Column(BASE, "raw", "a"), Column(INSTRUCT, "templated", "b", "Be brief.", 0.7, 10, 3, 5))
    assert columns_from(columns_text(columns)) == columns
    with pytest.raises(ValueError, match=r"."):
        unpack_column(b"none")
