from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from nextword.history.trees import SET_ASIDE, SYSTEM_PROMPT, shown_path
from tests.history.imports.samples import (
    chatgpt_conversation,
    chatgpt_message,
    chatgpt_node,
    conversation_from,
    history,
    imported,
    lines,
)


def written(folder: Path, value: Any, name: str = "conversations.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_the_tree_of_an_export_is_kept_with_its_versions_times_and_models(tmp_path: Path) -> None:
    tree, report = conversation_from(written(tmp_path, [chatgpt_conversation()]), tmp_path)
    assert lines(tree) == [
        ("user", None, "Count to two"),
        ("assistant", 0, "1 2"),
        ("assistant", 0, "<think>\nCounting\n1, 2\n</think>\n\n[to python]\n```python\nprint(2)\n```"),
        ("user", 2, "[tool python]\n```\n2\n```"),
        ("assistant", 3, "It is \n[picture: sediment://file_1]"),
    ]
    assert (tree.title, tree.created, tree.updated) == ("Counting to two", 1_700_000_000.25, 1_700_000_500.5)
    assert tree.messages[1].created == 1_700_000_100.125
    assert [message.text for message in shown_path(tree)][-1] == tree.messages[4].text
    assert [message.origin.model_name for message in tree.messages if message.origin] == ["gpt-4o", "gpt-5"]
    assert tree.source == "chatgpt"
    assert report.remarks == {
        "messages_joined": 1, "tools_as_text": 1, "roles_as_text": 1, "pictures_left_out": 1,
        "system_prompts_set_aside": 1,
    }  # fmt: skip


def test_custom_instructions_are_kept_but_have_no_effect(tmp_path: Path) -> None:
    tree, _ = conversation_from(written(tmp_path, [chatgpt_conversation()]), tmp_path)
    assert tree.settings == {SET_ASIDE: "I am nine.\n\nBe short."}
    assert SYSTEM_PROMPT not in tree.settings


def test_the_export_is_read_out_of_its_zip_file(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([chatgpt_conversation()]))
        archive.writestr("user.json", '{"id": "user-1", "email": "a@example.org"}')
        archive.writestr("message_feedback.json", "[]")
        archive.writestr("shared_conversations.json", '[{"id": "1", "title": "A"}]')
        archive.writestr("chat.html", "<script>alert(1)</script>")
    tree, report = conversation_from(path, tmp_path)
    assert len(tree.messages) == 5
    assert {(one.where, one.reason) for one in report.skipped} == {
        ("user.json", "not_a_conversation"),
        ("shared_conversations.json", "not_a_conversation"),
    }


def test_one_conversation_alone_is_read_too(tmp_path: Path) -> None:
    tree, _ = conversation_from(written(tmp_path, chatgpt_conversation(), "one.json"), tmp_path)
    assert len(tree.messages) == 5


def test_a_damaged_end_costs_only_what_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "conversations.json"
    whole = json.dumps([chatgpt_conversation() | {"title": f"Number {n}", "create_time": 1.7e9 + n} for n in range(20)])
    path.write_text(whole[: len(whole) * 3 // 4], encoding="utf-8")
    with history(tmp_path / "history.db") as conversations:
        trees, report = imported(conversations, path)
    assert [tree.title for tree in trees] == [f"Number {n}" for n in range(len(trees))]
    assert 13 <= len(trees) <= 15
    assert [(one.where, one.reason) for one in report.skipped] == [
        (f"conversations.json, number {len(trees) + 1}", "damaged")
    ]


def test_a_ring_of_messages_is_cut_and_none_is_lost(tmp_path: Path) -> None:
    conversation = {
        "title": "Ring", "current_node": "b", "create_time": 1.7e9,
        "mapping": {
            "a": chatgpt_node("c", "b", message=chatgpt_message("user", "A")),
            "b": chatgpt_node("a", "c", message=chatgpt_message("assistant", "B")),
            "c": chatgpt_node("b", "a", message=chatgpt_message("user", "C")),
            "alone": chatgpt_node("gone", message=chatgpt_message("user", "D")),
            "itself": chatgpt_node("itself", "itself", message=chatgpt_message("user", "E")),
        },
    }  # fmt: skip
    tree, report = conversation_from(written(tmp_path, [conversation]), tmp_path)
    assert {message.text for message in tree.messages} == {"A", "B", "C", "D", "E"}
    assert report.remarks["cycles_cut"] == 1
    assert report.remarks["parents_missing"] == 2


def test_halves_of_characters_are_joined_or_replaced(tmp_path: Path) -> None:
    conversation = chatgpt_conversation()
    conversation["mapping"]["one"]["message"]["content"]["parts"] = ["\ud83d", "x", "\ud83d\ude00"]
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps([conversation]).replace("\\\\u", "\\u"), encoding="utf-8")
    tree, report = conversation_from(path, tmp_path)
    assert tree.messages[1].text == "\ufffd\nx\n😀"
    assert report.remarks["broken_characters"] == 1


def test_what_is_not_known_is_kept_as_it_stands(tmp_path: Path) -> None:
    conversation = chatgpt_conversation()
    widget = {"content_type": "super_widget", "widget": {"a": [1, 2]}}
    conversation["mapping"]["one"]["message"]["content"] = widget
    tree, report = conversation_from(written(tmp_path, [conversation]), tmp_path)
    assert '"widget"' in tree.messages[1].text
    assert tree.messages[1].text.startswith("[super_widget]\n```")
    assert report.remarks["unknown_parts_as_text"] == 1


def test_the_same_file_twice_is_recognised_also_when_the_chat_went_on(tmp_path: Path) -> None:
    path = written(tmp_path, [chatgpt_conversation(), chatgpt_conversation() | {"title": "B", "create_time": 1.6e9}])
    with history(tmp_path / "history.db") as conversations:
        imported(conversations, path)
        first = conversations.list()[0].id
        head = conversations.read(first).head
        conversations.add_message(first, head, "user", "And to three?")
        trees, report = imported(conversations, path)
        assert (trees, report.duplicates, report.conversations) == ([], 2, 0)
        assert {one.reason for one in report.skipped} == {"already_here"}
        assert len(conversations.list()) == 2


def test_what_was_put_into_the_trash_can_be_imported_again(tmp_path: Path) -> None:
    path = written(tmp_path, [chatgpt_conversation()])
    with history(tmp_path / "history.db") as conversations:
        imported(conversations, path)
        conversations.delete(conversations.list()[0].id)
        trees, report = imported(conversations, path)
        assert (len(trees), report.duplicates) == (1, 0)


def test_a_file_whose_times_are_unknown_is_recognised_too(tmp_path: Path) -> None:
    conversation = {
        "mapping": {"a": chatgpt_node(None, message=chatgpt_message("user", "Hello", create_time=None))},
        "title": None,
    }
    path = written(tmp_path, [conversation])
    with history(tmp_path / "history.db") as conversations:
        (tree,), _ = imported(conversations, path)
        assert tree.created == tree.messages[0].created > 1.7e9
        assert imported(conversations, path)[1].duplicates == 1
