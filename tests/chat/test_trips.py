"""To another version, into the trash, out of it and back; and the tree that shows where one is."""

from __future__ import annotations

from nextword.history.records import MessageId
from tests.chat.desk import Desk


def wait_for(desk: Desk, texts: list[str]) -> None:
    desk.deliver.until(lambda: [message.text for message in desk.session.shown] == texts)


def two_versions(desk: Desk) -> tuple[list[str], list[str]]:
    """Two questions as versions, each with its answer; the second is shown. Return both paths."""
    desk.say("one")
    first = [message.text for message in desk.session.shown]
    desk.session.edit(0, "two")
    desk.until_idle()
    return first, [message.text for message in desk.session.shown]


def test_a_deleted_version_makes_room_for_the_one_beside_it_and_undo_brings_it_back(desk: Desk) -> None:
    first, second = two_versions(desk)
    gone: list[int] = []
    desk.session.version_deleted.connect(gone.append)
    desk.session.delete(0)
    wait_for(desk, first)
    assert gone == [2]
    assert desk.session.shown[0].sibling_count == 1
    assert len(desk.stored().messages) == 2
    undone: list[str] = []
    desk.session.undone.connect(undone.append)
    desk.session.undo()
    wait_for(desk, second)
    assert undone == ["delete"]
    assert desk.session.shown[0].sibling_count == 2
    assert len(desk.stored().messages) == 4


def test_the_only_question_can_be_deleted_and_comes_back(desk: Desk) -> None:
    desk.say("one")
    texts = [message.text for message in desk.session.shown]
    desk.session.delete(0)
    wait_for(desk, [])
    assert desk.session.conversation is not None
    desk.session.undo()
    wait_for(desk, texts)
    desk.say("two")
    assert len(desk.session.shown) == 4


def test_what_was_deleted_can_be_restored_from_the_tree(desk: Desk) -> None:
    first, second = two_versions(desk)
    desk.session.delete(0)
    wait_for(desk, first)
    desk.reopen()
    deleted = [node for node in desk.session.tree().nodes if node.deleted]
    assert [node.words for node in deleted][0] == "two"
    desk.session.restore(deleted[0].id)
    wait_for(desk, second)


def test_undo_goes_back_over_an_edit_a_new_answer_and_a_switch(desk: Desk) -> None:
    first, second = two_versions(desk)
    desk.session.regenerate(1)
    desk.until_idle()
    third = [message.text for message in desk.session.shown]
    desk.session.switch(0, -1)
    wait_for(desk, first)
    undone: list[str] = []
    desk.session.undone.connect(undone.append)
    for path in (third, second, first):
        assert desk.session.can_undo
        desk.session.undo()
        wait_for(desk, path)
    assert undone == ["switch", "answer", "edit"]
    assert not desk.session.can_undo
    desk.session.undo()
    assert [message.text for message in desk.session.shown] == first
    assert len(desk.stored().messages) == 5
    desk.reopen()
    wait_for(desk, first)


def test_undo_skips_what_is_in_the_trash_by_now(desk: Desk) -> None:
    first, second = two_versions(desk)
    conversation = desk.session.conversation
    desk.session.switch(0, -1)
    question = next(node.id for node in desk.session.tree().nodes if node.words == "two")
    desk.history.run(lambda conversations: conversations.trash.delete(question))
    desk.session.open(conversation)
    wait_for(desk, first)
    desk.session.undo()  # the switch came from what is gone; the edit from what is shown
    assert [message.text for message in desk.session.shown] == first
    assert not desk.session.can_undo
    assert second


def test_nothing_is_deleted_under_an_answer_that_grows(desk: Desk) -> None:
    desk.settings.set("sampling.max_tokens", 500)
    desk.session.send("go on")
    desk.deliver.until(lambda: len(desk.session.shown) == 2 and desk.session.shown[1].steps)
    desk.session.delete(0)
    desk.session.stop()
    desk.until_idle()
    assert len(desk.session.shown) == len(desk.stored().messages) == 2


def test_what_is_sent_while_a_version_goes_into_the_trash_comes_back(desk: Desk) -> None:
    first, _second = two_versions(desk)
    desk.session.delete(0)
    desk.session.send("three")
    assert desk.drafts == ["three"]
    wait_for(desk, first)


def test_a_version_deleted_elsewhere_is_gone_after_a_reload(desk: Desk) -> None:
    first, _second = two_versions(desk)
    question = desk.session.shown[0].id
    assert question is not None
    gone: MessageId = question
    desk.history.run(lambda conversations: conversations.trash.delete(gone))
    desk.session.reload()
    wait_for(desk, first)


def test_any_message_of_the_tree_can_be_shown(desk: Desk) -> None:
    first, second = two_versions(desk)
    nodes = {node.words: node.id for node in desk.session.tree().nodes if node.role == "user"}
    desk.session.show(nodes["one"])
    wait_for(desk, first)
    assert {node.words for node in desk.session.tree().nodes if node.on_path and node.role == "user"} == {"one"}
    desk.session.show(nodes["two"])
    wait_for(desk, second)
