"""Grammars in the real llama.cpp: what they allow, how the sampler follows them, and what they survive."""

from __future__ import annotations

import json
import math
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from nextword.engine import distribution, gbnf
from nextword.engine.requests import Sampling
from nextword.engine.sampler import Sampler
from nextword.engine.tokens import Cut
from nextword.errors import GrammarNotFollowed, GrammarNotUnderstood, NoCandidates
from tests import models
from tests.engine.test_gbnf import BAD, GOOD

if TYPE_CHECKING:
    from nextword.engine.grammar import Grammar
    from nextword.engine.vocabulary import Vocabulary
    from tests.engine.conftest import OpenModel

Logits = NDArray[np.float32]
PURE: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}


@pytest.fixture
def vocabulary(open_model: OpenModel, tmp_path: Path) -> Vocabulary:
    return open_model(models.make("llama-bpe", tmp_path)).vocabulary


def made(vocabulary: Vocabulary, **sampling: Any) -> Grammar:
    from nextword.engine import grammar

    found = grammar.make(Sampling(**sampling), vocabulary)
    assert found is not None
    return found


def sampler(vocabulary: Vocabulary, **sampling: Any) -> Sampler:
    return Sampler(Sampling(**sampling), vocabulary, made(vocabulary, **sampling))


def some_logits(vocabulary: Vocabulary, seed: int, scale: float = 3.0) -> Logits:
    return np.random.default_rng(seed).normal(0, scale, vocabulary.size).astype(np.float32)


def token(vocabulary: Vocabulary, text: str) -> int:
    (found,) = vocabulary.tokenize(text, special=False)
    return found


def allowed(grammar: Grammar, vocabulary: Vocabulary) -> set[bytes]:
    tokens = np.arange(vocabulary.size)
    return {vocabulary.piece(int(t)) for t in tokens[np.array(grammar.allowed(tokens))]}


def text_of(vocabulary: Vocabulary, wish: dict[str, Any], seed: int, tokens: int = 400) -> str:
    """Return a text drawn from random logits; they lean towards the end, so that it comes."""
    drawing, text = sampler(vocabulary, **wish, seed=seed), b""
    for step in range(tokens):
        logits = some_logits(vocabulary, seed * 1000 + step)
        logits[vocabulary.eos] += 4
        chosen = drawing.sample(logits).id
        if vocabulary.is_end(chosen):
            return text.decode()
        text += vocabulary.piece(chosen)
        drawing.accept(chosen)
    return text.decode("utf-8", "replace")


def test_a_grammar_says_which_tokens_may_come_and_when_the_end_may(vocabulary: Vocabulary) -> None:
    grammar = made(vocabulary, grammar='root ::= "a" [b-d]? "e"')
    assert allowed(grammar, vocabulary) == {b"a"}
    grammar.accept(token(vocabulary, "a"))
    assert allowed(grammar, vocabulary) == {b"b", b"c", b"d", b"e"}
    grammar.accept(token(vocabulary, "e"))
    ends = {vocabulary.piece(t) for t in range(vocabulary.size) if vocabulary.is_end(t)}
    assert allowed(grammar, vocabulary) == ends
    grammar.accept(vocabulary.eos or 0)
    assert allowed(grammar, vocabulary) == set()


def test_half_characters_are_followed_byte_by_byte(vocabulary: Vocabulary) -> None:
    grammar = made(vocabulary, grammar="root ::= [ä-ü]")
    data = vocabulary.tokenize("ö", special=False)
    assert len(data) == 2  # bytes
    grammar.accept(data[0])
    with pytest.raises(GrammarNotFollowed):
        grammar.accept(token(vocabulary, "a"))
    grammar.accept(data[1])
    assert grammar.allowed(np.array([vocabulary.eos]))[0]


def test_a_token_that_is_refused_changes_nothing(vocabulary: Vocabulary) -> None:
    grammar = made(vocabulary, grammar='root ::= "a" "b"')
    for _ in range(3):
        with pytest.raises(GrammarNotFollowed) as caught:
            grammar.accept(token(vocabulary, "b"))
        assert caught.value.text == "b"
    with pytest.raises(GrammarNotFollowed):
        grammar.accept(vocabulary.eos or 0)
    grammar.accept(token(vocabulary, "a"))
    assert allowed(grammar, vocabulary) == {b"b"}


@pytest.mark.parametrize("kind", ["llama", "llama-bpe", "qwen2"])
def test_to_ask_for_all_tokens_at_once_is_to_ask_for_each(
    kind: str, open_model: OpenModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nextword.engine import grammar

    vocabulary = open_model(models.make(kind, tmp_path)).vocabulary
    everything = np.arange(vocabulary.size)
    chance = random.Random(2)
    for text in (
        *GOOD.values(),
        'root ::= [^"]* "the" .*',
        "root ::= [ä-ü😀]+",
        'root ::= ("the" | " the " | "there")+',
    ):
        followed = grammar.Grammar(text, vocabulary)
        for _ in range(12):
            monkeypatch.setattr(grammar, "_MANY", 1)
            together = followed.allowed(everything)
            monkeypatch.setattr(grammar, "_MANY", 10**9)
            assert together.tolist() == followed.allowed(everything).tolist()
            going_on = [t for t in everything[together].tolist() if not vocabulary.is_end(t)]
            if not going_on:
                break
            followed.accept(chance.choice(going_on))


def test_a_text_that_can_be_read_in_ever_more_ways_is_given_up(
    vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nextword.engine import grammar

    monkeypatch.setattr(grammar, "_SLOW_SECONDS", 0.05)
    followed = made(vocabulary, grammar='root ::= s\ns ::= "a" s s "a" | ""')

    def go_on() -> None:
        for _ in range(60):
            followed.accept(token(vocabulary, "a"))

    with pytest.raises(GrammarNotUnderstood) as caught:
        go_on()
    assert caught.value.reason == "too_slow"


# --- with the sampler ---------------------------------------------------------------------------------------


def test_a_draw_that_is_allowed_is_kept_and_the_others_are_known_to_be_refused(vocabulary: Vocabulary) -> None:
    logits = np.full(vocabulary.size, -20.0, np.float32)
    a, b, c = (token(vocabulary, sign) for sign in "abc")
    logits[[a, b, c]] = np.log([0.5, 0.3, 0.2])
    for seed in range(30):
        free = Sampler(Sampling(**{**PURE, "top_k": 3}, seed=seed), vocabulary).sample(logits)
        draw = sampler(vocabulary, **{**PURE, "top_k": 3}, seed=seed, grammar="root ::= [ac]").sample(logits)
        choice = distribution.describe(logits, draw, 3)
        assert [cut for *_, cut in choice.candidates] == [Cut.KEPT, Cut.GRAMMAR, Cut.KEPT]
        assert [after for _, _, after, _ in choice.candidates] == pytest.approx(
            [math.log(5 / 7), None, math.log(2 / 7)]
        )
        assert (choice.kept, draw.id in (a, c)) == (2, True)
        if free.id in (a, c):
            assert draw.id == free.id


def test_when_the_draw_is_refused_the_best_that_is_allowed_comes_from_the_whole_vocabulary(
    vocabulary: Vocabulary,
) -> None:
    logits = some_logits(vocabulary, 1)
    z = token(vocabulary, "z")
    logits[z] = logits.min() - 5  # far behind the best 40
    draw = sampler(vocabulary, grammar='root ::= "z"').sample(logits)
    choice = distribution.describe(logits, draw, 10)
    assert (draw.id, draw.kept, draw.logprob) == (z, 1, 0.0)
    assert choice.rank == vocabulary.size
    assert {cut for *_, cut in choice.candidates} == {Cut.GRAMMAR}
    # In its own place behind top-k nothing would be left for it; then it comes first.
    late = sampler(vocabulary, grammar='root ::= "z"', stages=("top_k", "grammar", "temperature"))
    assert late.sample(logits).id == z


def test_the_grammar_is_not_applied_when_its_stage_is_left_out(vocabulary: Vocabulary) -> None:
    logits = some_logits(vocabulary, 2)
    free = sampler(vocabulary, grammar='root ::= "z"', stages=("temperature",), temperature=0.0)
    assert free.sample(logits).id == int(logits.argmax())
    free.accept(int(logits.argmax()))


def test_a_grammar_does_not_cost_the_seed_a_number(vocabulary: Vocabulary) -> None:
    chances = np.random.Generator(np.random.PCG64(5)).random(6)
    drawing = sampler(vocabulary, **PURE, grammar="root ::= [a-e]*", seed=5)
    for step in range(6):
        draw = drawing.sample(some_logits(vocabulary, step))
        drawing.accept(draw.id)
    assert Sampler(Sampling(seed=5), vocabulary).sample(some_logits(vocabulary, 0)).chance == chances[0]
    again = [sampler(vocabulary, **PURE, grammar="root ::= [a-e]*", seed=5) for _ in range(2)]
    assert again[0].sample(some_logits(vocabulary, 9)).id == again[1].sample(some_logits(vocabulary, 9)).id


@pytest.mark.parametrize(
    "stages", [("grammar", "top_k", "temperature"), ("top_k", "min_p", "temperature", "grammar"), ("grammar",)], ids=str
)
def test_texts_follow_the_grammar_in_every_order(stages: tuple[str, ...], vocabulary: Vocabulary) -> None:
    wish = {"grammar": 'root ::= item ("," item)*\nitem ::= [a-c]{1,3} | "(" root ")"', "stages": stages}
    for seed in range(8):
        text = text_of(vocabulary, wish, seed)
        assert set(text) <= set("abc,()")
        assert text.count("(") >= text.count(")")


@pytest.mark.parametrize("mirostat", [0, 1, 2])
def test_texts_of_a_json_schema_are_json(mirostat: int, vocabulary: Vocabulary) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "integer", "maximum": 50}, "b": {"enum": ["x", None]}},
        "required": ["a", "b"],
    }
    for seed in range(5):
        value = json.loads(text_of(vocabulary, {"json_schema": json.dumps(schema), "mirostat": mirostat}, seed))
        assert set(value) == {"a", "b"}
        assert value["a"] <= 50
        assert value["b"] in ("x", None)


def test_the_beginning_of_an_answer_has_to_follow_the_grammar(vocabulary: Vocabulary) -> None:
    before, a, b = token(vocabulary, "x"), token(vocabulary, "a"), token(vocabulary, "b")
    drawing = sampler(vocabulary, grammar='root ::= "ab"')
    drawing.begin([before, a], given=1)
    assert drawing.sample(some_logits(vocabulary, 3)).id == b
    with pytest.raises(GrammarNotFollowed) as caught:
        sampler(vocabulary, grammar='root ::= "ab"').begin([before, a, before], given=2)
    assert (caught.value.token, caught.value.text) == (before, "x")


def test_a_grammar_that_is_at_its_end_leaves_the_end_alone(vocabulary: Vocabulary) -> None:
    drawing = sampler(vocabulary, grammar='root ::= "a"')
    drawing.begin([token(vocabulary, "a")], given=1)
    draw = drawing.sample(some_logits(vocabulary, 4))
    assert vocabulary.is_end(draw.id)
    drawing.accept(draw.id)
    with pytest.raises(NoCandidates) as caught:
        drawing.sample(some_logits(vocabulary, 5))
    assert caught.value.stage == "grammar"


def test_nothing_but_what_is_allowed_is_ever_drawn_from_a_large_pool(vocabulary: Vocabulary) -> None:
    drawing = sampler(vocabulary, **PURE, grammar="root ::= [^aeiou]*")
    for step in range(60):
        chosen = drawing.sample(some_logits(vocabulary, step, 0.5)).id
        assert not set(vocabulary.piece(chosen)) & set(b"aeiou") or vocabulary.is_control(chosen)
        if vocabulary.is_end(chosen):
            break
        drawing.accept(chosen)


# --- what cannot be a grammar -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GOOD)
def test_llama_takes_every_grammar_that_is_let_through(name: str, vocabulary: Vocabulary) -> None:
    allowed(made(vocabulary, grammar=GOOD[name]), vocabulary)


@pytest.mark.parametrize("text", [bad[0] for bad in BAD if bad[0]], ids=[bad[1] for bad in BAD if bad[0]])
def test_a_wrong_grammar_is_an_error_and_not_the_end_of_the_process(text: str, vocabulary: Vocabulary) -> None:
    with pytest.raises(GrammarNotUnderstood):
        made(vocabulary, grammar=text)


def test_two_grammars_at_once_are_refused(vocabulary: Vocabulary) -> None:
    with pytest.raises(GrammarNotUnderstood) as caught:
        made(vocabulary, grammar='root ::= "a"', json_schema="{}")
    assert caught.value.reason == "two"


def test_no_grammar_is_no_grammar(vocabulary: Vocabulary) -> None:
    from nextword.engine import grammar

    assert grammar.make(Sampling(grammar=" \n"), vocabulary) is None


PARTS = '* + ? {2} {1,3} {,} {0,} | ( ) " [ ] a root ws ::= \\ - ^ . x? \\x41 # {5,2} _ é ""'.split(" ")  # noqa: SIM905 - the parts are to be read


def damaged(chance: random.Random) -> str:
    text = chance.choice(list(GOOD.values()))[:400]
    for _ in range(chance.randrange(1, 3)):
        start = chance.randrange(len(text) + 1)
        text = text[:start] + chance.choice([*PARTS, "\n", " "]) + text[start + chance.randrange(6) :]
    return text


def test_of_100_damaged_grammars_llama_refuses_those_that_we_refuse_and_dies_of_none(vocabulary: Vocabulary) -> None:
    import llama_cpp

    chance = random.Random(1)
    tried = taken = 0
    while tried < 100:
        text = damaged(chance)
        try:
            gbnf.check(text)
            ours = True
        except GrammarNotUnderstood as error:
            if error.reason in ("count_order", "too_often", "twice", "set_empty", "set_order", "code_point", "token"):
                continue  # llama.cpp takes it: for something else than it says, or never comes to an end
            ours = False
        tried += 1
        process = os.fork()
        if process == 0:
            theirs = bool(llama_cpp.llama_sampler_init_grammar(vocabulary.handle, text.encode(), b"root"))
            os._exit(0 if theirs == ours or (not ours and not text.strip()) else 1)
        _, status = os.waitpid(process, 0)
        assert status == 0, text
        taken += ours
    assert 5 < taken < 95
