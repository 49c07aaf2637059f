from __future__ import annotations

import pytest

from nextword.errors import NoSuchRow
from nextword.history.conversations import Conversations
from nextword.history.records import Attachment, HistoryChange

VALUES = {"system_prompt": "Be brief.", "sampling": {"temperature": 0.1 + 0.2, "stop": ["\n", "äöü"]}}


def test_presets_keep_nested_values_and_are_told_of(conversations: Conversations) -> None:
    preset = conversations.presets.add("Precise", VALUES)
    assert conversations.take_change() == HistoryChange(library=True)
    assert conversations.presets.list() == [preset]
    assert preset.values == VALUES
    before = conversations.presets.change(preset.id, {})
    conversations.presets.change(preset.id, before)
    assert conversations.presets.list() == [preset]


def test_a_name_that_is_taken_gets_a_number(conversations: Conversations) -> None:
    first = conversations.prompts.add("Translate", "Translate {{text}}.")
    second = conversations.prompts.add(" translate ", "other")
    assert second.name == "translate (2)"
    assert conversations.prompts.rename(second.id, "Translate") == "Translate (2)"
    conversations.prompts.delete(first.id)
    assert conversations.prompts.rename(second.id, "Translate") == "Translate"
    assert conversations.prompts.restore(first.id) == "Translate (2)"
    assert [prompt.text for prompt in conversations.prompts.list()] == ["other", "Translate {{text}}."]


def test_what_is_in_the_trash_is_not_changed(conversations: Conversations) -> None:
    prompt = conversations.prompts.add("a", "text")
    conversations.prompts.delete(prompt.id)
    assert conversations.prompts.list() == []
    with pytest.raises(NoSuchRow, match="prompt"):
        conversations.prompts.change(prompt.id, "other")
    assert conversations.prompts.restore(prompt.id) == "a"
    assert conversations.prompts.list() == [prompt]


def test_a_draft_is_kept_for_each_conversation_and_for_the_one_not_begun(conversations: Conversations) -> None:
    conversation = conversations.create("t")
    file = Attachment("data.csv", "csv", "a,b\n1,2")
    conversations.drafts.keep(None, "half a sen")
    conversations.drafts.keep(conversation, "", [file])
    assert conversations.drafts.read(None).text == "half a sen"
    assert conversations.drafts.read(conversation).attachments == (file,)
    conversations.drafts.keep(conversation, "other")
    assert conversations.drafts.read(conversation).attachments == ()
    conversations.drafts.drop(conversation)
    conversations.drafts.keep(None, "")
    assert conversations.drafts.read(conversation) == conversations.drafts.read(None)
    assert conversations.drafts.read(None).text == ""


def test_a_conversation_keeps_its_settings_and_a_message_its_files(conversations: Conversations) -> None:
    conversation = conversations.create("t", settings=VALUES, source="chatgpt")
    files = (Attachment("b.txt", "txt", "\0 b"), Attachment("a.txt", "txt", "a"))
    message = conversations.add_message(conversation, None, "user", "look", attachments=files)
    stored = conversations.read(conversation)
    assert (stored.settings, stored.source) == (VALUES, "chatgpt")
    assert stored.messages[0].attachments == files
    assert conversations.message(message).attachments == files
    conversations.set_settings(conversation, {"context": "stop"})
    assert conversations.read(conversation).settings == {"context": "stop"}
