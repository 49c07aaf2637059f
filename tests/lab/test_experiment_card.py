"""An experiment leaves as one file, comes back, is done again, and what does not fit is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from nextword import resources
from nextword.errors import CardNotUsable
from nextword.lab import builtin, card
from nextword.lab.card import Card
from nextword.lab.card_check import CardCheck
from nextword.lab.results import RunResult
from nextword.lab.running import Home, Running, Settled
from nextword.lab.sweep import ModelRef, Plan, Variant
from tests.lab.lab_desk import LabDesk

BASE = ModelRef(str(resources.STARTER_BASE), "starter", "5ha", 7)
TASK = builtin.task("sentiment")
PLAN = Plan(
    "sentiment", (Variant("", TASK),), (BASE,), builtin.items("sentiment", "examples"),
    builtin.items("sentiment", "test")[:10], counts=(0, 2), sets=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def made(starter: LabDesk) -> Card:
    results: list[RunResult] = []

    def take(result: RunResult, settled: Settled) -> None:
        results.append(result)
        settled(None)

    running = Running(starter.engine, PLAN, take)
    running.start(Home(BASE.path, threads=1))
    starter.deliver.until(lambda: running.status.state == "finished")
    return card.make("Zero against two", PLAN, results, created=5.0)


def test_a_card_comes_back_as_it_was_and_names_no_folder(made: Card, tmp_path: Path) -> None:
    path = tmp_path / f"a{card.SUFFIX}"
    card.write(made, path)
    assert card.read(path) == made
    text = path.read_text(encoding="utf-8")
    assert str(resources.MODELS) not in text
    assert json.loads(text)["runs"][0]["result"]["versions"]["llama"]
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_doing_it_again_gives_the_same_within_rounding(made: Card, starter: LabDesk) -> None:
    plan = card.with_models(made, Path("x"), {"5ha": BASE.path}.get)  # type: ignore[arg-type]
    check = CardCheck(starter.engine, made, plan)
    check.start(Home(BASE.path, threads=1))
    starter.deliver.until(lambda: check.status.state == "finished")
    assert [one.place for one in check.differences] == [0, 1]
    assert all(one.compared > 20 and one.other_tokens == 0 for one in check.differences)
    assert card.largest(check.differences) < 0.05


def test_a_difference_is_found_and_told_where(made: Card) -> None:
    before = made.runs[0].result
    item = before.items[4]
    worse = tuple(tuple(value - 2 for value in word) for word in item.logprobs)
    after = replace(before, items=(*before.items[:4], replace(item, logprobs=worse), *before.items[5:]))
    found = card.compared(made.plan, before, after)
    assert (found.item, found.other_tokens) == (4, 0)
    assert found.largest == pytest.approx(2)
    other = replace(before, ids=((1,), (2,)))
    assert card.compared(made.plan, before, other).other_tokens == 13


def _damaged(change: Callable[[dict[str, object]], object]) -> Callable[[str], str]:
    def apply(text: str) -> str:
        content = json.loads(text)
        change(content)
        return json.dumps(content)

    return apply


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text[:500], "damaged"),
        (lambda _text: "[1, 2]", "not_card"),
        (lambda _text: "", "damaged"),
        (_damaged(lambda content: content.update(format="other")), "not_card"),
        (_damaged(lambda content: content.update(version=99)), "newer"),
        (_damaged(lambda content: content.update(runs="none")), "damaged"),
        (_damaged(lambda content: content.update(name="another")), "changed"),
    ],
)
def test_what_is_no_true_card_is_refused(made: Card, tmp_path: Path, damage: Callable[[str], str], reason: str) -> None:
    path = tmp_path / "a.json"
    card.write(made, path)
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(CardNotUsable) as caught:
        card.read(path)
    assert caught.value.reason == reason


def test_another_model_or_no_file_is_refused(made: Card, tmp_path: Path) -> None:
    with pytest.raises(CardNotUsable, match="no_model"):
        card.with_models(made, tmp_path / "a", lambda _sha256: "")
    with pytest.raises(CardNotUsable, match="missing"):
        card.read(tmp_path / "none.json")
