"""A temporary chat: everything works in it, and nothing of it is on the disk afterwards."""

from __future__ import annotations

from pathlib import Path

from nextword.history.records import ConversationSummary
from tests.chat.desk import Desk

SECRET = "aardvark"


def listed(desk: Desk) -> list[ConversationSummary]:
    found: list[list[ConversationSummary]] = []
    desk.history.run(lambda conversations: conversations.list(), done=found.append)
    desk.deliver.until(lambda: found)
    return found[0]


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_temporary_chat_answers_keeps_versions_and_is_in_no_list(desk: Desk) -> None:
    desk.session.open(None, temporary=True)
    assert desk.session.temporary
    answer = desk.say(f"{SECRET}?")
    assert answer.state == "complete"
    desk.session.regenerate(1)
    desk.until_idle()
    assert desk.session.shown[1].sibling_count == 2
    desk.session.delete(1)
    desk.deliver.until(lambda: desk.session.shown[1].sibling_count == 1)
    desk.session.undo()
    desk.deliver.until(lambda: desk.session.shown[1].sibling_count == 2)
    desk.session.continue_answer(1)
    desk.deliver.until(lambda: desk.session.shown[1].sibling_count == 3 and not desk.session.busy)
    desk.session.load_tokens(1)
    assert desk.session.conversation is None
    assert listed(desk) == []
    assert not desk.failures


def test_nothing_of_a_temporary_chat_is_ever_on_the_disk(desk: Desk) -> None:
    desk.say("something to keep")
    desk.session.open(None, temporary=True)
    desk.say(SECRET)
    desk.session.keep_draft(f"{SECRET} again")
    desk.say(f"{SECRET} and more")
    desk.session.open(None)
    assert not desk.session.temporary
    assert len(listed(desk)) == 1
    kept = bytes_on_disk(desk.folder)
    assert b"something to keep" in kept
    assert SECRET.encode() not in kept


def test_an_answer_in_a_temporary_chat_ends_when_another_is_opened(desk: Desk) -> None:
    desk.settings.set("sampling.max_tokens", 1500)
    desk.session.open(None, temporary=True)
    desk.session.send("go on")
    desk.deliver.until(lambda: len(desk.session.shown) == 2 and len(desk.session.shown[1].steps) > 5)
    desk.session.open(None)
    assert not desk.session.busy
    desk.settings.set("sampling.max_tokens", 8)
    answer = desk.say("another")
    assert (answer.state, len(answer.steps)) == ("complete", 8)
    assert len(desk.stored().messages) == 2
    assert not desk.failures


def test_a_message_still_being_saved_when_a_temporary_chat_is_left_stays_nowhere(desk: Desk) -> None:
    desk.session.open(None, temporary=True)
    desk.session.send(SECRET)
    desk.session.open(None)
    assert not desk.session.busy
    desk.say("another")
    assert [message.text for message in desk.stored().messages if message.role == "user"] == ["another"]


def test_a_message_still_being_counted_when_a_temporary_chat_is_left_is_no_draft_either(desk: Desk) -> None:
    desk.session.open(None, temporary=True)
    desk.session.send(f"{SECRET} " * 400)
    desk.session.open(None)
    assert not desk.session.busy
    desk.say("another")
    assert SECRET.encode() not in bytes_on_disk(desk.folder)


def test_one_temporary_chat_after_another_knows_nothing_of_the_first(desk: Desk) -> None:
    desk.session.open(None, temporary=True)
    desk.say("one")
    desk.session.open(None, temporary=True)
    assert desk.session.shown == []
    assert not desk.session.can_undo
    desk.say("two")
    assert len(desk.session.tree().nodes) == 2
