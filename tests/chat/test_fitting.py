"""A chat that outgrows the context of its model: what fits is counted by the engine, the rest is asked about."""

from __future__ import annotations

from msgspec.structs import replace

from nextword.chat import fitting
from nextword.chat.context import ContextUse, left_out_of
from nextword.chat.preferences import ContextPolicy
from nextword.engine import protocol
from nextword.engine.client import JobEvent
from tests.chat.desk import Desk

LONG = "The time was a time of time. " * 45


def set_policy(desk: Desk, policy: ContextPolicy) -> None:
    desk.session.set_preferences(replace(desk.session.preferences, context_policy=policy))


def tokens_of(desk: Desk, texts: list[str]) -> int:
    """What the engine says of a chat of these questions and answers in turn."""
    roles = [protocol.Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts)]
    found: list[JobEvent] = []
    desk.engine.ask(protocol.Tokenize(0, protocol.ChatPrompt(tuple(roles))), found.append)
    desk.deliver.until(lambda: found)
    assert isinstance(found[0], protocol.Tokenized)
    return len(found[0].tokens)


def measured(desk: Desk, draft: str) -> ContextUse:
    found: list[ContextUse] = []
    disconnect = desk.session.measured.connect(found.append)
    desk.session.measure(draft)
    desk.deliver.until(lambda: found)
    disconnect()
    return found[0]


def fill(desk: Desk, policy: ContextPolicy = "drop_oldest", turns: int = 8) -> None:
    """Talk until the context is more than full."""
    set_policy(desk, policy)
    for number in range(turns):
        desk.say(f"{number}. {LONG}")


def test_what_is_measured_is_what_the_engine_counts(desk: Desk) -> None:
    desk.say("What is a token?")
    desk.say("And a byte?")
    use = measured(desk, "And a bit?")
    texts = [message.text for message in desk.session.shown]
    assert use.total_tokens == use.sent_tokens == tokens_of(desk, [*texts, "And a bit?"])
    assert use.context_tokens == 2048
    assert use.reserve_tokens == 8
    assert len(use.counts) == 5
    assert all(use.counts)
    assert (use.left_out, use.needs_decision) == ((), False)
    assert measured(desk, "").counts[-1] == 0


def test_the_system_prompt_is_counted_apart(desk: Desk) -> None:
    before = measured(desk, "one")
    desk.session.set_preferences(replace(desk.session.preferences, system_prompt="Answer in few words."))
    use = measured(desk, "one")
    assert use.system_tokens > 0
    assert use.counts == before.counts
    assert use.total_tokens > before.total_tokens + use.system_tokens


def test_the_oldest_are_left_out_only_when_the_chat_says_so_and_the_answer_tells_it(desk: Desk) -> None:
    fill(desk)
    use = measured(desk, "more")
    assert use.left_out
    assert not use.needs_decision
    assert use.left_out[0] == 0
    answer = desk.say("more")
    left_out = left_out_of(answer.origin)
    assert left_out == use.left_out
    kept = [m.text for at, m in enumerate(desk.session.shown[:-1]) if at not in left_out]
    assert answer.outcome
    assert answer.outcome.prompt_tokens == tokens_of(desk, kept) == use.sent_tokens
    assert answer.outcome.prompt_tokens <= use.room_tokens
    one_turn_more = [m.text for at, m in enumerate(desk.session.shown[:-1]) if at not in left_out[:-2]]
    assert tokens_of(desk, one_turn_more) > use.room_tokens
    stored = desk.stored()
    assert left_out_of(stored.messages[-1].origin) == left_out


def test_beginning_and_end_are_kept(desk: Desk) -> None:
    fill(desk, "keep_ends")
    answer = desk.say("more")
    left_out = left_out_of(answer.origin)
    assert left_out
    assert left_out[0] == 2
    assert len(desk.session.shown) - 2 not in left_out


def test_what_does_not_fit_is_asked_about_before_it_is_sent(desk: Desk) -> None:
    fill(desk)
    set_policy(desk, "ask")
    asked: list[ContextUse] = []
    desk.session.needs_decision.connect(asked.append)
    count = len(desk.session.shown)
    desk.session.send("more")
    desk.until_idle()
    assert len(asked) == 1
    assert asked[0].needs_decision
    assert asked[0].left_out
    assert desk.drafts == ["more"]
    assert len(desk.session.shown) == len(desk.stored().messages) == count
    assert not desk.failures
    desk.session.send_with_policy("drop_oldest")
    desk.until_idle()
    assert desk.session.shown[-2].text == "more"
    assert left_out_of(desk.session.shown[-1].origin) == asked[0].left_out
    assert desk.session.preferences.context_policy == "ask"
    desk.session.send_with_policy("drop_oldest")  # nothing waits any more
    assert not desk.session.busy


def test_a_new_answer_that_does_not_fit_is_asked_about_and_the_old_one_stays(desk: Desk) -> None:
    fill(desk)
    first = desk.session.shown[-1]
    set_policy(desk, "ask")
    asked: list[ContextUse] = []
    desk.session.needs_decision.connect(asked.append)
    desk.session.regenerate(len(desk.session.shown) - 1)
    desk.deliver.until(lambda: asked)
    assert desk.session.shown[-1].id == first.id
    assert not desk.session.busy
    desk.session.send_with_policy("keep_ends")
    desk.until_idle()
    assert desk.session.shown[-1].sibling_count == 2
    assert left_out_of(desk.session.shown[-1].origin)


def test_a_very_long_chat_is_counted_from_its_ends(desk: Desk) -> None:
    fill(desk)
    exact = measured(desk, "more")
    whole, fitting.WHOLE_CHARACTERS = fitting.WHOLE_CHARACTERS, 3000
    try:
        desk.session._seeing._counts = fitting.Counts(desk.engine)
        use = measured(desk, "more")
    finally:
        fitting.WHOLE_CHARACTERS = whole
    assert use.left_out == exact.left_out
    assert use.sent_tokens == exact.sent_tokens
    assert abs(use.total_tokens - exact.total_tokens) < exact.total_tokens / 10


def test_what_the_engine_finds_too_long_is_counted_and_asked_about(desk: Desk) -> None:
    fill(desk)
    set_policy(desk, "ask")
    asked: list[ContextUse] = []
    desk.session.needs_decision.connect(asked.append)
    desk.session._counts.surely_fits = lambda _wish: True  # type: ignore[method-assign]
    desk.session.send("more")
    desk.deliver.until(lambda: asked)
    desk.until_idle()
    assert not desk.failures
    assert desk.session.shown[-1].text == "more"
    desk.session.send_with_policy("drop_oldest")
    desk.deliver.until(lambda: desk.session.shown[-1].role == "assistant" and not desk.session.busy)
    assert desk.session.shown[-1].state == "complete"


def test_a_stop_while_the_text_is_counted_gives_it_back(desk: Desk) -> None:
    fill(desk)
    count = len(desk.session.shown)
    desk.session.send("more")
    desk.session.stop()
    desk.until_idle()
    assert desk.drafts == ["more"]
    assert len(desk.session.shown) == len(desk.stored().messages) == count


def test_text_that_is_counted_when_another_conversation_is_opened_waits_as_a_draft(desk: Desk) -> None:
    fill(desk)
    first = desk.session.conversation
    desk.session.send("more")
    desk.session.open(None)
    desk.until_idle()
    drafts: list[str] = []
    desk.session.draft_read.connect(lambda draft: drafts.append(draft.text))
    desk.session.open(first)
    desk.deliver.until(lambda: drafts)
    assert drafts == ["more"]
