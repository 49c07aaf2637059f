"""What happens to a session between a request and its result: nothing may land in the wrong place or never end."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from nextword.engine.tokens import text_of
from nextword.errors import NotSaved, RequestTooLarge
from nextword.history.conversations import Conversations
from nextword.history.records import ConversationId
from tests.chat.desk import Desk


def test_a_question_is_answered_in_its_own_conversation_when_another_is_opened_at_once(desk: Desk) -> None:
    desk.say("first")
    first = desk.session.conversation
    desk.session.open(None)
    desk.session.send("second")
    desk.session.open(first)  # before "second" is saved
    desk.deliver.until(lambda: desk.session.shown)
    desk.until_idle()
    assert [m.text for m in desk.session.shown if m.role == "user"] == ["first"]
    assert len(desk.session.shown) == 2
    desk.session.open(ConversationId(2))
    desk.deliver.until(lambda: desk.session.shown)
    assert [m.role for m in desk.session.shown] == ["user", "assistant"]
    assert desk.session.shown[0].text == "second"
    assert desk.session.shown[1].state == "complete"
    assert not desk.failures


def test_a_branch_still_being_fetched_does_not_begin_in_another_conversation(desk: Desk) -> None:
    answer = desk.say("first")
    first, step = desk.session.conversation, answer.steps[3]
    other = next(c for c in step.candidates if c.id != step.id)
    desk.session.open(None)
    second = desk.say("second").text
    desk.session.open(first)
    desk.deliver.until(lambda: desk.session.shown)
    desk.session.branch(1, 3, other.id)  # its tokens are fetched first
    desk.session.open(ConversationId(2))
    desk.deliver.until(lambda: desk.session.shown)
    assert not desk.session.busy
    assert desk.session.shown[1].text == second
    assert len(desk.stored().messages) == 2


def test_text_sent_before_the_conversation_is_read_comes_back(desk: Desk) -> None:
    desk.say("first")
    desk.session.open(desk.session.conversation)
    desk.session.send("too early")
    assert desk.drafts == ["too early"]
    desk.deliver.until(lambda: desk.session.shown)
    desk.say("now")
    parents = [message.parent for message in desk.stored().messages]
    assert parents.count(None) == 1


def test_an_answer_without_room_for_its_row_is_kept_at_the_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, tries = Conversations.begin_answer, []

    def full_once(self: Conversations, *arguments: Any) -> object:
        tries.append(arguments)
        if len(tries) == 1:
            raise sqlite3.OperationalError("database or disk is full")
        return begin(self, *arguments)

    monkeypatch.setattr(Conversations, "begin_answer", full_once)
    answer = desk.say("first")
    assert isinstance(desk.failures[0], NotSaved)
    assert desk.stored().messages[1].text == answer.text == text_of(answer.steps)
    desk.say("second")
    assert [message.parent for message in desk.stored().messages] == [None, 1, 2, 3]


def test_a_disk_that_stays_full_leaves_the_session_free(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_options: object) -> object:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Conversations, "begin_answer", full)
        answer = desk.say("first")
    assert answer.text
    assert answer.id is None
    desk.say("second")
    assert [message.parent for message in desk.stored().messages] == [None, 1, 2]


def test_a_version_that_never_began_leaves_the_one_before_on_screen(desk: Desk) -> None:
    before = desk.say("first").text
    desk.settings.set("chat.system_prompt", "the time was " * 2000)  # does not fit
    desk.session.regenerate(1)
    desk.until_idle()
    assert [m.text for m in desk.session.shown] == ["first", before]
    assert desk.failures
    assert desk.session.shown[0].error is desk.failures[0]
    desk.session.continue_answer(1)
    desk.until_idle()
    assert [m.text for m in desk.session.shown] == ["first", before]


def test_an_edit_that_could_not_be_kept_leaves_the_path_before(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.say("first")
    before = [m.text for m in desk.session.shown]

    def full(*_arguments: object, **_options: object) -> object:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Conversations, "add_message", full)
    desk.session.edit(0, "other words")
    desk.until_idle()
    assert desk.drafts == ["other words"]
    assert [m.text for m in desk.session.shown] == before


def test_an_answer_that_ends_while_its_conversation_is_read_is_whole_in_the_next_question(desk: Desk) -> None:
    desk.settings.set("sampling.max_tokens", 200)
    desk.session.send("go on")
    desk.deliver.until(lambda: len(desk.session.shown) == 2 and desk.session.shown[1].id is not None)
    answer = desk.session.shown[1]
    read: list[object] = []
    held = desk.session._on_read
    desk.session._on_read = lambda *values: read.append(values)  # type: ignore[method-assign, assignment]
    desk.session.open(desk.session.conversation)
    desk.deliver.until(lambda: read and answer.state == "complete")
    held(*read[0])  # type: ignore[misc]
    sent = desk.session.screen.tree.path(desk.session.shown[-1].id)
    assert [message.text for message in sent] == ["go on", answer.text]


def test_half_a_character_does_not_keep_the_session_busy(desk: Desk) -> None:
    answer = desk.say("half \ud83d of it")
    assert answer.state == "complete"
    assert desk.stored().messages[0].text == "half \ufffd of it"


def test_a_fault_of_the_history_frees_the_session(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    def broken(*_arguments: object) -> object:
        raise AttributeError("a fault of ours")

    monkeypatch.setattr("threading.excepthook", lambda _arguments: None)
    monkeypatch.setattr(Conversations, "add_message", broken)
    desk.session.send("do not lose me")
    desk.deliver.until(lambda: desk.drafts)
    assert desk.drafts == ["do not lose me"]
    assert isinstance(desk.failures[0], NotSaved)
    assert not desk.session.busy
    assert not list(recwarn)


def test_text_larger_than_the_pipe_is_kept_and_the_next_question_is_answered(desk: Desk) -> None:
    text = "the time was " * 700_000
    desk.say(text)
    assert isinstance(desk.session.shown[0].error, RequestTooLarge)
    assert desk.stored().messages[0].text == text
    desk.session.open(None)
    assert desk.say("short").state == "complete"


def test_a_question_that_could_not_be_kept_comes_back_in_its_own_conversation(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.say("first")
    first = desk.session.conversation
    read: list[str] = []
    desk.session.draft_read.connect(lambda draft: read.append(draft.text))

    def full(*_arguments: object, **_options: object) -> object:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Conversations, "add_message", full)
        desk.session.send("do not lose me")
        desk.session.open(None)
        desk.deliver.until(lambda: desk.failures)
    assert desk.drafts == []
    assert desk.session.shown == []
    desk.session.open(first)
    desk.deliver.until(lambda: desk.session.shown)
    assert read[-1] == "do not lose me"


def test_a_question_is_answered_where_it_was_asked_when_a_temporary_chat_is_begun_at_once(desk: Desk) -> None:
    desk.say("first")
    first = desk.session.conversation
    desk.session.send("second")
    desk.session.open(None, temporary=True)  # before "second" is saved
    desk.until_idle()
    assert not desk.failures
    desk.session.open(first)
    desk.deliver.until(lambda: len(desk.session.shown) == 4)
    assert [message.state for message in desk.session.shown] == ["complete"] * 4
