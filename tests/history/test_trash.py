from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nextword.errors import NoSuchRow
from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.records import Attachment, ConversationId, MessageId, Origin, Outcome
from nextword.history.trash import DeletedVersion

ORIGIN = Origin("/m/secret-model.gguf", "ab" * 32, "A", "cd" * 32, {"stop": ["x", {"y": [1]}]}, 4, "0.1", "b1", "zen4")


def say(conversations: Conversations, conversation: ConversationId, *path: str) -> list[MessageId]:
    parent = None
    said: list[MessageId] = []
    for text in path:
        parent = conversations.add_message(conversation, parent, "user", text)
        said.append(parent)
    return said


def texts(conversations: Conversations, conversation: ConversationId) -> list[str]:
    return [message.text for message in conversations.read(conversation).messages]


def test_a_version_goes_with_its_answers_and_comes_back_with_them(conversations: Conversations) -> None:
    conversation = conversations.create()
    a, b, c = say(conversations, conversation, "a", "b", "c")
    other = conversations.add_message(conversation, a, "user", "b2")
    conversations.set_head(conversation, c)
    deleted = conversations.trash.delete(b)
    assert deleted == DeletedVersion(b, conversation, 2, c)
    assert texts(conversations, conversation) == ["a", "b2"]
    assert conversations.read(conversation).head == other
    assert conversations.count_messages() == 2
    conversations.trash.restore(b, deleted.head)
    assert texts(conversations, conversation) == ["a", "b", "c", "b2"]
    assert conversations.read(conversation).head == c


def test_deleting_what_is_not_shown_changes_nothing_that_is(conversations: Conversations) -> None:
    conversation = conversations.create()
    a, b = say(conversations, conversation, "a", "b")
    other = conversations.add_message(conversation, a, "user", "b2")
    conversations.trash.delete(b)
    assert conversations.read(conversation).head == other
    conversations.trash.restore(b)
    assert conversations.read(conversation).head == b


def test_the_last_version_leaves_what_it_answers(conversations: Conversations) -> None:
    conversation = conversations.create()
    a, b = say(conversations, conversation, "a", "b")
    conversations.trash.delete(b)
    assert conversations.read(conversation).head == a
    conversations.trash.delete(a)
    assert conversations.read(conversation).head is None
    assert texts(conversations, conversation) == []


def test_a_version_deleted_inside_another_stays_deleted_when_that_comes_back(conversations: Conversations) -> None:
    conversation = conversations.create("title")
    a, b, c = say(conversations, conversation, "a", "b", "c")
    conversations.trash.delete(c)
    conversations.trash.delete(a)
    assert [(v.message, v.messages, v.preview, v.title) for v in conversations.trash.versions()] == [
        (a, 2, "a", "title"),
        (c, 1, "c", "title"),
    ]
    conversations.trash.restore(a)
    assert texts(conversations, conversation) == ["a", "b"]
    conversations.trash.delete(a)
    conversations.trash.restore(c)  # and with it what it answers: it could not be reached without
    assert texts(conversations, conversation) == ["a", "b", "c"]
    assert conversations.read(conversation).head == c
    assert conversations.trash.versions() == []


def test_nothing_can_answer_what_is_in_the_trash(conversations: Conversations) -> None:
    conversation = conversations.create()
    (a,) = say(conversations, conversation, "a")
    conversations.trash.delete(a)
    with pytest.raises(NoSuchRow, match="message"):
        conversations.add_message(conversation, a, "user", "b")
    with pytest.raises(NoSuchRow, match="message"):
        conversations.trash.delete(a)


def test_an_answer_that_is_deleted_while_it_grows_is_kept_whole(conversations: Conversations) -> None:
    conversation = conversations.create()
    (a,) = say(conversations, conversation, "a")
    answer = conversations.begin_answer(conversation, a, ORIGIN)
    conversations.trash.delete(answer)
    conversations.append_tokens(answer, "wh", b"1")
    conversations.finish_answer(answer, "whole", Outcome("complete", "end"), block=b"12")
    conversations.trash.restore(answer)
    assert texts(conversations, conversation) == ["a", "whole"]


def test_what_is_in_the_trash_is_not_found(conversations: Conversations) -> None:
    conversation = conversations.create("title")
    a, b = say(conversations, conversation, "needle one", "needle two")
    conversations.trash.delete(b)
    assert [hit.message for hit in conversations.search.find("needle").hits] == [a]
    conversations.trash.delete(a)
    assert conversations.search.find("needle").hits == ()
    conversations.delete(conversation)
    assert conversations.search.find("title").hits == ()


def empty(conversations: Conversations) -> None:
    while not conversations.trash.empty_some():
        pass


def test_what_is_in_the_trash_is_counted_versions_of_kept_conversations_apart(conversations: Conversations) -> None:
    kept, gone = conversations.create("kept"), conversations.create("gone")
    first, second = say(conversations, kept, "one", "two")
    conversations.trash.delete(second)
    (third,) = say(conversations, gone, "three")
    conversations.trash.delete(third)
    assert conversations.trash.count() == (0, 2)
    conversations.delete(gone)
    assert conversations.trash.count() == (1, 1)
    assert first != second


def test_emptying_the_trash_leaves_no_trace_in_the_file_and_the_rest_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    db = open_database(path)
    conversations = Conversations(db)
    kept = conversations.create("kept")
    (question,) = say(conversations, kept, "keptquestion")
    answer = conversations.begin_answer(kept, question, ORIGIN)
    conversations.finish_answer(answer, "keptanswer", Outcome("complete", "end"), block=b"keptblock")
    version = conversations.begin_answer(kept, question, ORIGIN)
    conversations.finish_answer(version, "goneanswer", Outcome("complete", "end"), block=b"goneblock")
    conversations.trash.delete(version)
    folder = conversations.shelves.make_folder("gonefolder")
    conversations.shelves.put({kept: folder})
    conversations.shelves.delete_folder(folder)
    gone = conversations.create("gonetitle")
    file = Attachment("gonename", "txt", "gonefile" * 2000)
    message = conversations.add_message(gone, None, "user", "gonequestion " * 500, attachments=[file])
    conversations.begin_answer(gone, message, Origin("/gonemodel", "", "", "", {}, 1, "", "", ""))
    conversations.shelves.tag([gone], "gonetag")
    conversations.drafts.keep(gone, "gonedraft")
    conversations.presets.delete(conversations.presets.add("gonepreset", {}).id)
    conversations.search.find("gone")
    conversations.delete(gone)
    before = conversations.read(kept)

    empty(conversations)
    assert conversations.read(kept) == before
    assert conversations.tokens(answer) == (b"keptblock",)
    assert conversations.list(deleted=True) == conversations.trash.versions() == []
    assert [hit.conversation.id for hit in conversations.search.find("kept").hits] == [kept]
    assert db.execute("pragma foreign_keys").fetchone()[0] == 1
    assert list(db.query("pragma foreign_key_check")) == []
    db.close()
    content = path.read_bytes()
    assert b"kept" in content
    assert b"gone" not in content


class Versions(RuleBasedStateMachine):
    """People add, edit, regenerate, delete, restore and undo; nothing that was said ever vanishes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.db = open_database(Path(self.folder.name) / "history.db")
        self.conversations = Conversations(self.db)
        self.conversation = self.conversations.create("t")
        self.said: dict[MessageId, str] = {}
        self.undo: list[DeletedVersion] = []

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    def shown(self) -> list[MessageId]:
        return [message.id for message in self.conversations.read(self.conversation).messages]

    def pick(self, data: st.DataObject, keys: list[MessageId]) -> MessageId:
        return data.draw(st.sampled_from(keys))

    @rule(data=st.data(), at_root=st.booleans())
    def add_or_edit(self, data: st.DataObject, at_root: bool) -> None:
        shown = self.shown()
        parent = None if at_root or not shown else self.pick(data, shown)
        text = f"text {len(self.said)}"
        self.said[self.conversations.add_message(self.conversation, parent, "user", text)] = text

    @precondition(lambda self: self.shown())
    @rule(data=st.data())
    def regenerate(self, data: st.DataObject) -> None:
        answer = self.conversations.begin_answer(self.conversation, self.pick(data, self.shown()), ORIGIN)
        text = f"answer {len(self.said)}"
        self.conversations.finish_answer(answer, text, Outcome("complete", "end"))
        self.said[answer] = text

    @precondition(lambda self: self.shown())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        before = self.shown()
        deleted = self.conversations.trash.delete(self.pick(data, before))
        assert len(before) - len(self.shown()) == deleted.messages
        self.undo.append(deleted)

    @precondition(lambda self: self.undo)
    @rule()
    def undo_last_delete(self) -> None:
        deleted = self.undo.pop()
        if deleted.message not in self.shown():
            self.conversations.trash.restore(deleted.message, deleted.head)

    @precondition(lambda self: self.conversations.trash.versions())
    @rule(data=st.data())
    def restore_any(self, data: st.DataObject) -> None:
        chosen = self.pick(data, [version.message for version in self.conversations.trash.versions()])
        self.conversations.trash.restore(chosen)
        assert chosen in self.shown()
        assert self.conversations.read(self.conversation).head in self.shown()

    @rule()
    def delete_and_restore_the_conversation(self) -> None:
        self.conversations.delete(self.conversation)
        self.conversations.restore(self.conversation)

    @invariant()
    def nothing_vanished(self) -> None:
        stored = self.conversations.read(self.conversation, deleted=True)
        assert {message.id: message.text for message in stored.messages} == self.said

    @invariant()
    def what_is_shown_is_reached_from_the_root_and_the_rest_is_in_the_trash(self) -> None:
        stored = self.conversations.read(self.conversation)
        shown = {message.id for message in stored.messages}
        assert all(message.parent is None or message.parent in shown for message in stored.messages)
        assert stored.head in shown or (stored.head is None and not shown)
        versions = self.conversations.trash.versions()
        assert len(shown) + sum(version.messages for version in versions) == len(self.said)


TestVersions = Versions.TestCase
TestVersions.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
