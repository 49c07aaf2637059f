"""What is being written is there after a restart."""

from __future__ import annotations

from nextword.history.drafts import Draft
from nextword.history.records import Attachment, ConversationId
from tests.chat.desk import Desk

FILES = (Attachment("a.txt", "txt", "A"),)


def kept(desk: Desk, conversation: ConversationId | None) -> Draft:
    found: list[Draft] = []
    desk.history.run(lambda conversations: conversations.drafts.read(conversation), done=found.append)
    desk.deliver.until(lambda: found)
    return found[0]


def test_a_draft_is_kept_when_another_conversation_is_opened_and_read_when_it_is_opened_again(desk: Desk) -> None:
    desk.say("one")
    first = desk.session.conversation
    desk.session.keep_draft("two", FILES)
    desk.session.open(None)
    read: list[Draft] = []
    desk.session.draft_read.connect(read.append)
    desk.session.open(first)
    desk.deliver.until(lambda: read)
    assert read == [Draft("two", FILES)]


def test_a_draft_is_kept_by_itself_after_a_while(desk: Desk) -> None:
    desk.session.keep_draft("on")
    desk.session.keep_draft("one")
    desk.deliver.until(lambda: kept(desk, None).text == "one")


def test_what_was_sent_is_no_draft_any_more(desk: Desk) -> None:
    desk.session.keep_draft("one")
    desk.say("one")
    desk.session.open(None)
    assert kept(desk, None) == Draft()


def test_the_draft_of_a_conversation_left_meanwhile_is_not_told(desk: Desk) -> None:
    desk.say("one")
    first = desk.session.conversation
    desk.history.run(lambda conversations: conversations.drafts.keep(first, "two"))  # in an earlier run
    read: list[Draft] = []
    desk.session.draft_read.connect(read.append)
    desk.session.open(first)
    desk.session.open(None)
    desk.deliver.until(lambda: read)
    desk.deliver.run_waiting()
    assert read == [Draft()]
    desk.session.open(first)
    desk.deliver.until(lambda: read[1:])
    assert read[1] == Draft("two")


def test_a_draft_of_this_run_is_there_at_once(desk: Desk) -> None:
    desk.say("one")
    first = desk.session.conversation
    desk.session.keep_draft("two", FILES)
    desk.session.open(None)
    read: list[Draft] = []
    desk.session.draft_read.connect(read.append)
    desk.session.open(first)
    assert read == [Draft("two", FILES)]
    desk.deliver.until(lambda: desk.session.shown)
    desk.say("two")
    desk.session.open(None)
    desk.session.open(first)
    assert read[-1] == Draft()
