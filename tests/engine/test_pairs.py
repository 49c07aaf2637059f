"""Where a continuation begins among the tokens of a text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nextword.engine.requests import ChatPrompt, Group, Message, TextPrompt, TokenPrompt
from nextword.errors import EngineFault
from tests import models
from tests.engine.test_prompt import builder_of

if TYPE_CHECKING:
    from nextword.engine.pairs import Pair
    from nextword.engine.prompt import PromptBuilder
    from nextword.engine.vocabulary import Vocabulary
    from tests.engine.conftest import OpenModel

CHAT = ChatPrompt((Message("user", "the time of day"),))


class Maker:
    """Pairs for one model."""

    def __init__(self, builder: PromptBuilder, vocabulary: Vocabulary) -> None:
        self.builder = builder
        self.vocabulary = vocabulary

    def pairs(self, group: Group) -> list[Pair]:
        from nextword.engine import pairs

        return pairs.build(self.builder, self.vocabulary, group)

    def pair(self, prompt: str, continuation: str | tuple[int, ...]) -> Pair:
        return self.pairs(Group(TextPrompt(prompt), (continuation,)))[0]

    def spelled(self, pair: Pair) -> str:
        """What the continuation's tokens spell."""
        return b"".join(map(self.vocabulary.piece, pair.ids[pair.start :])).decode()

    def ids(self, text: str) -> list[int]:
        return self.builder.build(TextPrompt(text)).ids


@pytest.fixture(params=models.KINDS)
def maker(request: pytest.FixtureRequest, open_model: OpenModel, tmp_path: Path) -> Maker:
    return Maker(*builder_of(models.make(request.param, tmp_path), open_model))


@pytest.fixture
def without_bos(open_model: OpenModel, tmp_path: Path) -> Maker:
    return Maker(*builder_of(models.make("qwen2", tmp_path), open_model))


def test_both_are_tokenized_together(maker: Maker) -> None:
    pair = maker.pair("the time of", " day and number")
    assert pair.ids == maker.ids("the time of day and number")
    assert pair.ids[: pair.start] == maker.ids("the time of")
    assert maker.spelled(pair) == " day and number"
    assert not pair.merged


@pytest.mark.parametrize("space", [" ", "  ", "\n", " \n\t"])
def test_space_at_the_end_of_the_prompt_goes_over_to_the_continuation(maker: Maker, space: str) -> None:
    assert maker.pair(f"the time of{space}", "day") == maker.pair("the time of", f"{space}day")
    assert maker.spelled(maker.pair(f"the time of{space}", "day")) == f"{space}day"


@pytest.mark.parametrize("label", ["0", "False", "None", "🙂", "日本", "é", " ", "\n", "<s>", "<|endoftext|>"])
def test_every_text_is_a_label_like_any_other(maker: Maker, label: str) -> None:
    pair = maker.pair("the time of", label)
    assert pair.ids == maker.ids("the time of" + label)
    assert maker.spelled(pair) == label
    assert not any(maker.vocabulary.is_control(token) for token in pair.ids[pair.start :])


def test_nothing_stays_nothing(maker: Maker) -> None:
    pair = maker.pair("the time of ", "")
    assert pair.ids == maker.ids("the time of ")
    assert pair.start == len(pair.ids)
    assert not pair.merged


@pytest.mark.parametrize("prompt", ["", " ", "\n "])
def test_without_a_prompt_a_text_begins_like_a_document(maker: Maker, prompt: str) -> None:
    pair = maker.pair(prompt, "the time")
    assert pair.start == 1
    assert pair.ids[:1] == maker.ids("")
    own_space = " " if maker.vocabulary.puts_space else ""
    assert maker.spelled(pair) == f"{own_space}{prompt}the time"


def test_a_border_inside_a_token_is_told_and_the_token_counts(maker: Maker) -> None:
    pair = maker.pair("and the t", "ime of day")
    assert pair.merged
    assert pair.ids == maker.ids("and the time of day")
    assert maker.spelled(pair) == " time of day"


def test_a_border_inside_the_first_token_of_all_keeps_the_prompt_apart(without_bos: Maker) -> None:
    maker = without_bos
    pair = maker.pair(" t", "ime")
    assert len(maker.ids(" time")) == 1
    assert pair.merged
    assert pair.ids[: pair.start] == maker.ids(" t")
    assert maker.spelled(pair) == "ime"


def test_tokens_stay_as_they_are(maker: Maker) -> None:
    assert maker.pair("the time of ", (5, 9)).ids == [*maker.ids("the time of "), 5, 9]
    assert maker.pair("the time of ", (5, 9)).start == len(maker.ids("the time of "))
    given = TokenPrompt((20, 21))
    pairs = maker.pairs(Group(given, ((), (22,), "the")))
    assert [pair.ids[:2] for pair in pairs] == [[20, 21]] * 3
    assert [pair.start for pair in pairs] == [2] * 3
    assert [len(pair.ids) > 2 for pair in pairs] == [False, True, True]


@pytest.mark.parametrize("token", [-1, 1_000_000])
def test_a_token_that_does_not_exist_is_refused(maker: Maker, token: int) -> None:
    with pytest.raises(EngineFault):
        maker.pair("the time", (3, token))


@pytest.mark.parametrize("family", ["chatml", "gemma", "mistral"])
def test_after_a_chat_the_answer_begins_where_a_generated_one_would(
    family: str, open_model: OpenModel, tmp_path: Path
) -> None:
    maker = Maker(*builder_of(models.make(family, tmp_path), open_model))
    prompt = maker.builder.build(CHAT).ids
    yes, chosen = maker.pairs(Group(CHAT, ("the <|im_end|> number", (7,))))
    assert yes.ids[: yes.start] == chosen.ids[: chosen.start] == prompt
    assert maker.spelled(yes).strip() == "the <|im_end|> number"
    assert not any(maker.vocabulary.is_control(token) for token in yes.ids[yes.start :])
    begun = maker.builder.build(ChatPrompt(CHAT.messages, answer_text="the")).ids
    assert begun == maker.pairs(Group(CHAT, ("the",)))[0].ids
