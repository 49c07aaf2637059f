"""Versions that begin with the words of another: continued, branched, also when another model is loaded by now."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword.chat.beginnings import has_tokens_of, text_before
from nextword.engine.protocol import ModelInfo
from nextword.engine.tokens import Candidate, TokenStep, text_of
from nextword.history.records import Origin
from tests import models
from tests.chat.desk import Desk


def load(desk: Desk, path: Path) -> None:
    desk.engine.use(str(path))
    desk.deliver.until(lambda: desk.engine.status.model is not None and desk.engine.status.model.path == str(path))


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A model whose vocabulary is of another kind, and of other numbers."""
    return models.make("llama", tmp_path, n_ctx=2048, endless=True)


def test_an_answer_of_another_model_is_continued_from_its_words(desk: Desk, other: Path) -> None:
    first = desk.say("one")
    load(desk, other)
    desk.session.continue_answer(1)
    desk.deliver.until(lambda: desk.session.shown[1].sibling_count == 2)
    desk.until_idle()
    second = desk.session.shown[1]
    assert second.text.startswith(first.text)
    assert second.text == text_of(second.steps)
    assert len(second.text) > len(first.text)
    ours = [step.id for step in second.steps][: len(first.steps)]
    assert ours != [step.id for step in first.steps]
    assert second.origin is not None
    assert second.origin.model_file == str(other)


def test_a_branch_from_an_answer_of_another_model_begins_with_the_same_words(desk: Desk, other: Path) -> None:
    first = desk.say("one")
    chosen = next(c for c in first.steps[3].candidates if c.id != first.steps[3].id and c.text.isascii())
    words = text_of(first.steps[:3]) + chosen.text.decode()
    load(desk, other)
    desk.session.branch(1, 3, chosen.id)
    desk.deliver.until(lambda: desk.session.shown[1].sibling_count == 2)
    desk.until_idle()
    assert desk.session.shown[1].text.startswith(words)
    assert len(desk.session.shown[1].text) > len(words)


def not_taken_ends(steps: list[TokenStep]) -> list[tuple[int, Candidate]]:
    return [(at, c) for at, step in enumerate(steps) for c in step.candidates if c.special and c.id != step.id]


def test_a_branch_to_the_end_of_the_turn_ends_the_answer_there(desk: Desk, tmp_path: Path) -> None:
    load(desk, models.make("chatml", tmp_path, file_name="ends.gguf", n_ctx=2048, end_logit=1.0))
    desk.settings.set("sampling.temperature", 5.0)
    first = desk.say("one")
    while not (ends := not_taken_ends(first.steps)):  # it ended at once: that draw leaves no other end to take
        desk.session.regenerate(1)
        desk.until_idle()
        first = desk.session.shown[1]
    at, end = ends[0]
    desk.session.branch(1, at, end.id)
    desk.until_idle()
    second = desk.session.shown[1]
    assert (second.text, second.state) == (text_of(first.steps[:at]), "complete")
    assert second.steps[-1].special
    assert len(second.steps) == at + 1
    assert second.outcome is not None
    assert second.outcome.reason == "end"


def info(path: str = "/m.gguf", name: str = "m", template: str = "t") -> ModelInfo:
    return ModelInfo(path, name, "llama", "F16", "instruct", 1, 1, 1, 64, 64, False, template)


def origin(sha256: str = "") -> Origin:
    return Origin("/m.gguf", sha256, "m", "t", {}, 1, "", "", "")


def test_only_the_same_file_has_the_same_tokens() -> None:
    assert has_tokens_of(origin("aa"), info(), "aa")
    assert has_tokens_of(origin("aa"), info(path="/moved.gguf"), "aa")
    assert not has_tokens_of(origin("aa"), info(), "bb")  # replaced by another file
    assert has_tokens_of(origin(), info(), "bb")
    assert not has_tokens_of(origin("aa"), info(name="n"), "")
    assert not has_tokens_of(origin(), info(template="u"), "")
    assert not has_tokens_of(origin(), info(path="/n.gguf"), "")
    assert not has_tokens_of(None, info(), "aa")


def test_words_taken_over_end_with_a_whole_character() -> None:
    steps = [TokenStep(i, text, 0.0, 1, 0.0, 0.0, 1) for i, text in enumerate((b"caf\xc3", b"\xa9 ", b"\xe2\x82"))]
    end = TokenStep(9, b"<|im_end|>", 0.0, 1, 0.0, 0.0, 1, special=True)
    assert text_before([*steps, end]) == "caf\u00e9 "
