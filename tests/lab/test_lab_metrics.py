"""Answers are judged as the libraries of the field judge them, and no pattern holds the program up."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
import sacrebleu
from rouge_score import rouge_scorer

from nextword.errors import PatternNotUsable
from nextword.lab.metrics import Metric, judge

WRITTEN = ("The cat sat on the mat.", "a dog", "")
RIGHTS = (("The cat is sitting on the mat.", "There is a cat on the mat."), ("A dog!",), ("something",))


def test_exact_match_looks_at_neither_case_nor_punctuation() -> None:
    found = judge("exact", ["Cold.", "“cold”", "cold water", "warm"], [("cold",)] * 4)
    assert found.each == (1.0, 1.0, 0.0, 0.0)
    assert found.value == 0.5


def test_the_best_of_several_right_answers_counts() -> None:
    assert judge("exact", ["chilly"], [("cold", "chilly")]).value == 1.0


def test_contains_wants_whole_words() -> None:
    found = judge(
        "contains",
        ["It is cold.", "scolding", "the New  York times", "x"],
        [("cold",), ("cold",), ("new york",), ("",)],
    )
    assert found.each == (1.0, 0.0, 1.0, 0.0)


def test_a_pattern_is_found_or_its_group_is_the_answer() -> None:
    answers = ["Answer: cold", "It is cold", "Answer: warm"]
    assert judge("regex", answers, [("cold",)] * 3, pattern=r"Answer: (\w+)").each == (1.0, 0.0, 0.0)
    assert judge("regex", answers, [("cold",)] * 3, pattern=r"^Answer:").each == (1.0, 0.0, 1.0)
    assert judge("regex", ["1+1", "11"], [("1+1",)] * 2, pattern="^{gold}$").each == (1.0, 0.0)


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(PatternNotUsable) as caught:
        judge("regex", ["a"], [("a",)], pattern="(a")
    assert caught.value.reason == "syntax"


def test_a_pattern_that_takes_for_ever_is_stopped() -> None:
    with pytest.raises(PatternNotUsable) as caught:
        judge("regex", ["a" * 60 + "b"], [("a",)], pattern=r"^(a|a|aa)+$")
    assert caught.value.reason == "too_slow"


def test_bleu_is_that_of_sacrebleu_and_says_how() -> None:
    found = judge("bleu", WRITTEN, RIGHTS)
    references = [["The cat is sitting on the mat.", "A dog!", "something"], ["There is a cat on the mat.", None, None]]
    expected = sacrebleu.corpus_bleu(list(WRITTEN), references)  # type: ignore[arg-type]
    assert found.value == pytest.approx(expected.score / 100)
    assert found.each[0] == pytest.approx(sacrebleu.sentence_bleu(WRITTEN[0], list(RIGHTS[0])).score / 100)
    assert "tok:13a" in found.how
    assert "version:" in found.how


@pytest.mark.parametrize("variant", ["rouge1", "rouge2", "rougeL"])
def test_rouge_is_that_of_rouge_score_and_says_how(variant: Metric) -> None:
    found = judge(variant, WRITTEN, RIGHTS)
    scorer = rouge_scorer.RougeScorer([variant], use_stemmer=True)
    expected = max(scorer.score(right, WRITTEN[0])[variant].fmeasure for right in RIGHTS[0])
    assert found.each[0] == pytest.approx(expected)
    assert "Porter" in found.how


@pytest.mark.parametrize("metric", ["exact", "contains", "bleu", "rougeL"])
def test_what_has_no_right_answer_is_not_judged(metric: Metric) -> None:
    found = judge(metric, ["a word of five letters", "b"], [("a word of five letters",), ()])
    assert math.isnan(found.each[1])
    assert found.value > 0.1
    assert math.isnan(judge(metric, ["a"], [()]).value)
    assert judge(metric, [], []).each == ()


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="answers"):
        judge("exact", ["a"], [])


def test_nothing_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys, nextword.lab.metrics, nextword.lab.verdict, nextword.lab.dataset, nextword.lab.lints\n"
        "print(*[n for n in ('numpy', 'sacrebleu', 'rouge_score', 'nltk', 'regex', 'scipy') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == []
