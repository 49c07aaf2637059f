"""How likely a text was at a place of an answer: asked of the real engine, and checked with what was stored."""

from __future__ import annotations

import pytest

from nextword.chat.finding import Finding, Finds
from nextword.errors import NoModelLoaded
from tests.chat.desk import Desk


def find(desk: Desk, index: int, position: int, text: str) -> Finds:
    found: list[Finds] = []
    Finding(desk.session, desk.engine).find(index, position, text, found.append)
    desk.deliver.until(lambda: found)
    return found[0]


def test_a_candidate_is_found_with_the_number_that_was_stored(desk: Desk) -> None:
    desk.settings.set("chat.alternatives", 64)
    desk.say("Hello there")
    steps = desk.say("And once more")
    place = next(i for i, step in enumerate(steps.steps) if i > 2 and step.candidates)
    step = steps.steps[place]
    compared = 0
    for candidate in step.candidates:
        text = candidate.text.decode("utf-8", "replace")
        if candidate.special or not text.isprintable() or not text.strip() or "\ufffd" in text:
            continue
        finds = find(desk, 3, place, text)
        assert finds.same
        first = finds.texts[0]
        if [one.id for one in first.steps] == [candidate.id]:
            assert first.logprob == pytest.approx(candidate.logprob, abs=1e-3)
            compared += 1
        if compared == 3:
            break
    assert compared == 3


def test_a_text_of_several_tokens_is_their_product(desk: Desk) -> None:
    desk.say("Hello there")
    finds = find(desk, 1, 2, "hello to everybody")
    assert [len(text.steps) > 1 for text in finds.texts] == [True, True]
    for text in finds.texts:
        assert text.logprob == pytest.approx(sum(step.logprob for step in text.steps), abs=1e-4)
    assert finds.same


def test_another_prompt_is_noticed(desk: Desk) -> None:
    desk.say("Hello there")
    assert find(desk, 1, 2, "x").same
    desk.settings.set("chat.system_prompt", "Answer in French, with many words about the sea and the mountains.")
    assert not find(desk, 1, 2, "x").same


def test_a_text_that_begins_with_a_space_is_asked_once(desk: Desk) -> None:
    desk.say("Hello there")
    assert len(find(desk, 1, 1, " x").texts) == 1


def test_an_answer_that_is_not_wanted_any_more_is_not_told(desk: Desk) -> None:
    desk.say("Hello there")
    finding, told = Finding(desk.session, desk.engine), list[Finds]()
    finding.find(1, 1, "old", told.append)
    finding.find(1, 1, "new", told.append)
    desk.deliver.until(lambda: told)
    assert b"".join(step.text for step in told[0].texts[0].steps).strip() == b"new"
    finding.find(1, 1, "x", told.append)
    finding.forget()
    find(desk, 1, 1, "y")
    assert len(told) == 1


def test_without_a_model_the_reason_comes_back(desk: Desk) -> None:
    desk.say("Hello there")
    desk.engine.unload()
    desk.deliver.until(lambda: desk.engine.status.model is None)
    assert isinstance(find(desk, 1, 1, "x").error, NoModelLoaded)
