"""A verdict is said as the paper on the science words it, for every finding."""

from __future__ import annotations

from nextword.lab.verdict import adjusted, verdict
from nextword.ui.lab.verdict_words import p_words, verdict_words


def rows(both: int, only_first: int, only_second: int, neither: int) -> tuple[list[list[bool]], list[list[bool]]]:
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return [first], [second]


def test_an_undecided_verdict_says_how_many_more_items_would_decide() -> None:
    said = verdict_words(verdict(*rows(30, 5, 14, 11)), "Zero-shot", "2-shot")
    assert (
        said.headline == "2-shot answers 14 items correctly that zero-shot does not, and misses 5 that zero-shot has."
    )
    assert "73.3 % [61.0, 82.9] against 58.3 % [45.7, 69.9], n = 60; exact McNemar p = 0.064." in said.numbers
    assert said.meaning == "Not enough to decide. If it goes on like this, about 49 more items would decide it."
    assert said.whole.count("2-shot") == 1


def test_every_finding_has_its_words() -> None:
    assert "real on these items" in verdict_words(verdict(*rows(100, 7, 71, 22)), "a", "b").meaning
    assert "5 items are too few" in verdict_words(verdict(*rows(1, 1, 2, 1)), "a", "b").meaning
    assert "1 item is too few" in verdict_words(verdict(*rows(1, 0, 0, 0)), "a", "b").meaning
    assert verdict_words(verdict(*rows(10, 0, 0, 10)), "A", "B").headline == "B and a get the same items right."
    assert "even so far" in verdict_words(verdict(*rows(10, 5, 5, 10)), "a", "b").meaning


def test_many_comparisons_and_several_sets_are_named() -> None:
    first, second = rows(30, 1, 12, 20)
    found = adjusted([verdict(first, second), verdict(first, first), verdict(first, second * 3)])
    assert "among 3 comparisons (Benjamini-Hochberg)" in verdict_words(found[0], "a", "b", comparisons=3).numbers
    said = verdict_words(found[2], "a", "b", comparisons=3)
    assert said.headline.startswith("Counting what most of the 3 example sets get right, b answers 12 items")
    assert "bootstrap" in said.numbers
    assert "holds over the example sets" in said.meaning


def test_p_values_are_written_as_in_papers() -> None:
    assert [p_words(p) for p in (0.00001, 0.0312, 0.064, 0.109, 1.0)] == [
        "p < 0.001", "p = 0.031", "p = 0.064", "p = 0.11", "p = 1.00",
    ]  # fmt: skip
