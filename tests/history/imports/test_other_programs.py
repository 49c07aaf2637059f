from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nextword.history.records import Attachment
from nextword.history.trees import SET_ASIDE, shown_path
from tests.history.imports.samples import conversation_from, gpt4all_chat, history, imported, lines

OPEN_WEBUI: dict[str, Any] = {
    "id": "7f0e",
    "user_id": "u1",
    "title": "Fruit",
    "chat": {
        "id": "", "title": "Fruit", "models": ["llama3.2:1b"], "params": {"system": "You sell fruit."}, "tags": [],
        "timestamp": 1_700_000_000_123, "files": [],
        "history": {
            "currentId": "c",
            "messages": {
                "a": {
                    "id": "a", "parentId": None, "childrenIds": ["b", "c"], "role": "user", "content": "An apple?",
                    "timestamp": 1_700_000_000, "models": ["llama3.2:1b"],
                    "files": [
                        {"type": "file", "name": "list.csv", "file": {"data": {"content": "apple;1"}}},
                        {"type": "image", "url": "data:image/png;base64,AAAA"},
                    ],
                },
                "b": {
                    "id": "b", "parentId": "a", "childrenIds": [], "role": "assistant", "content": "Here.",
                    "model": "llama3.2:1b", "modelName": "Llama 3.2", "done": True, "timestamp": 1_700_000_005,
                },
                "c": {
                    "id": "c", "parentId": "a", "childrenIds": [], "role": "assistant", "content": "Cut of",
                    "model": "llama3.2:1b", "done": False, "timestamp": 1_700_000_009,
                },
            },
        },
    },
    "meta": {"tags": ["food", "shop"]}, "pinned": True, "archived": True,
    "created_at": 1_700_000_000, "updated_at": 1_700_000_010,
}  # fmt: skip

LM_STUDIO: dict[str, Any] = {
    "name": "A sheet",
    "pinned": True,
    "createdAt": 1_784_921_389_195,
    "tokenCount": 2146,
    "userLastMessagedAt": 1_784_921_400_000,
    "systemPrompt": "You are a careful analyst.",
    "lastUsedModel": {"identifier": "qwen/qwen3-4b", "indexedModelIdentifier": "qwen/qwen3-4b-GGUF/q8.gguf"},
    "perChatPredictionConfig": {
        "fields": [{"key": "llm.prediction.systemPrompt", "value": "You are a careful analyst."}]
    },
    "messages": [
        {"currentlySelected": 0, "versions": [{
            "type": "singleStep", "role": "user", "content": [
                {"type": "text", "text": "Describe"},
                {"type": "file", "fileIdentifier": "431.png", "fileType": "image", "sizeBytes": 100},
            ],
        }]},
        {"currentlySelected": 1, "versions": [
            {"type": "multiStep", "role": "assistant", "steps": [
                {"type": "contentBlock", "content": [{"type": "text", "text": "First try"}]}]},
            {"type": "multiStep", "role": "assistant", "senderInfo": {"senderName": "qwen/qwen3-4b"}, "steps": [
                {"type": "contentBlock", "stepIdentifier": "1784921393420-0.5", "style": {"type": "thinking"},
                 "content": [{"type": "text", "text": "A description is wanted."}]},
                {"type": "contentBlock", "content": [
                    {"type": "toolCallRequest", "name": "look", "parameters": {"at": "sheet"}},
                    {"type": "text", "text": "A revenue sheet."}]},
                {"type": "debugInfoBlock", "debugInfo": "x"},
            ]},
        ]},
        {"currentlySelected": 9, "versions": [{"type": "singleStep", "role": "user", "content": "Thanks"}]},
    ],
}  # fmt: skip


def test_a_chat_of_open_webui_keeps_its_tree_tags_and_files(tmp_path: Path) -> None:
    path = tmp_path / "chat-export-1700000000.json"
    path.write_text(json.dumps([OPEN_WEBUI]), encoding="utf-8")
    tree, report = conversation_from(path, tmp_path)
    assert lines(tree) == [("user", None, "An apple?"), ("assistant", 0, "Here."), ("assistant", 0, "Cut of")]
    assert tree.messages[0].attachments == (Attachment("list.csv", "csv", "apple;1"),)
    assert [message.state for message in tree.messages] == ["complete", "complete", "interrupted"]
    assert (tree.head, tree.tags, tree.pinned, tree.archived) == (2, ("food", "shop"), True, 1_700_000_010)
    assert (tree.created, tree.updated, tree.source) == (1_700_000_000, 1_700_000_010, "open_webui")
    assert tree.messages[1].origin is not None
    assert tree.messages[1].origin.model_name == "Llama 3.2"
    assert tree.settings == {SET_ASIDE: "You sell fruit."}
    assert report.remarks == {"pictures_left_out": 1, "system_prompts_set_aside": 1}


def test_foreign_tags_join_those_that_differ_in_capitals_alone(tmp_path: Path) -> None:
    path = tmp_path / "chats.json"
    other = OPEN_WEBUI | {"meta": {"tags": ["FOOD", "food", "New"]}, "created_at": 1_600_000_000}
    path.write_text(json.dumps([OPEN_WEBUI, other]), encoding="utf-8")
    with history(tmp_path / "history.db") as conversations:
        trees, _ = imported(conversations, path)
    assert [tree.tags for tree in trees] == [("food", "shop"), ("food", "New")]


def test_the_older_form_of_open_webui_is_read(tmp_path: Path) -> None:
    path = tmp_path / "chats.json"
    path.write_text(json.dumps([OPEN_WEBUI["chat"]]), encoding="utf-8")
    tree, _ = conversation_from(path, tmp_path)
    assert (len(tree.messages), tree.title, tree.created) == (3, "Fruit", 1_700_000_000.123)


def test_a_conversation_of_lm_studio_keeps_versions_thoughts_and_calls(tmp_path: Path) -> None:
    path = tmp_path / "1784921389195.conversation.json"
    path.write_text(json.dumps(LM_STUDIO), encoding="utf-8")
    tree, report = conversation_from(path, tmp_path)
    assert [(role, parent) for role, parent, _ in lines(tree)] == [
        ("user", None), ("assistant", 0), ("assistant", 0), ("user", 2),
    ]  # fmt: skip
    texts = [message.text for message in shown_path(tree)]
    assert texts[0] == "Describe\n[picture: 431.png]\n"
    assert texts[1].startswith("<think>\nA description is wanted.\n</think>\n\n\n[tool call]\n```")
    assert texts[1].endswith("A revenue sheet.")
    assert texts[2] == "Thanks"
    assert tree.messages[2].created == 1_784_921_393.42
    assert (tree.created, tree.pinned) == (1_784_921_389.195, True)
    assert tree.settings == {SET_ASIDE: "You are a careful analyst."}
    assert report.remarks == {"pictures_left_out": 1, "tools_as_text": 1, "system_prompts_set_aside": 1}


def jan_thread(folder: Path, title: str) -> None:
    folder.mkdir(parents=True)
    thread = {
        "id": folder.name, "object": "thread", "title": title, "created": 1_700_000_000 + len(title),
        "updated": 1_700_000_100_000,
        "assistants": [{"assistant_id": "jan", "instructions": "Be kind.", "model": {"id": "q"}}],
        "metadata": {},
    }  # fmt: skip
    messages = [
        {"id": "1", "object": "thread.message", "thread_id": folder.name, "role": "user", "status": "ready",
         "content": [{"type": "text", "text": {"value": "Hello", "annotations": []}}], "created_at": 1_700_000_001_000},
        {"id": "2", "object": "thread.message", "thread_id": folder.name, "role": "assistant", "status": "stopped",
         "content": [{"type": "reasoning", "text": {"value": "A greeting.", "annotations": []}},
                     {"type": "text", "text": {"value": "Hi", "annotations": []}}], "created_at": 1_700_000_002_000,
         "metadata": {"modelId": "qwen3"}},
    ]  # fmt: skip
    (folder / "thread.json").write_text(json.dumps(thread, indent=2), encoding="utf-8")
    damaged = ["{", "[1]", ""]
    text = "\n".join([json.dumps(messages[0]), *damaged, json.dumps(messages[1])])
    (folder / "messages.jsonl").write_text(text, encoding="utf-8")


def test_the_threads_of_jan_are_read_from_their_folder(tmp_path: Path) -> None:
    jan_thread(tmp_path / "threads" / "01A", "First")
    jan_thread(tmp_path / "threads" / "01B", "Second")
    with history(tmp_path / "history.db") as conversations:
        trees, report = imported(conversations, tmp_path / "threads")
    assert [tree.title for tree in trees] == ["First", "Second"]
    tree = trees[0]
    assert lines(tree) == [("user", None, "Hello"), ("assistant", 0, "<think>\nA greeting.\n</think>\n\nHi")]
    assert (tree.created, tree.updated, tree.messages[1].created) == (1_700_000_005, 1_700_000_100, 1_700_000_002)
    assert tree.messages[1].state == "stopped"
    assert tree.messages[1].origin is not None
    assert tree.messages[1].origin.model_name == "qwen3"
    assert tree.settings == {SET_ASIDE: "Be kind."}
    assert [one.reason for one in report.skipped] == ["damaged", "wrong_shape"] * 2
    assert report.skipped[0].where.endswith("messages.jsonl, line 2")


def test_one_thread_of_jan_is_read_from_either_of_its_files(tmp_path: Path) -> None:
    jan_thread(tmp_path / "01A", "First")
    tree, _ = conversation_from(tmp_path / "01A" / "thread.json", tmp_path)
    assert len(tree.messages) == 2
    (tmp_path / "01A" / "thread.json").unlink()
    with history(tmp_path / "other.db") as conversations:
        (alone,), _ = imported(conversations, tmp_path / "01A" / "messages.jsonl")
    assert [message.text for message in alone.messages] == [message.text for message in tree.messages]


@pytest.mark.parametrize("version", range(1, 13))
def test_a_chat_of_gpt4all_is_read_in_every_version_of_its_format(version: int, tmp_path: Path) -> None:
    messages = [("Prompt: ", "What is 1? é 😀"), ("Response: ", "One."), ("Prompt: ", "And 2?"), ("Response: ", "Two.")]
    path = tmp_path / "gpt4all-c9a6.chat"
    path.write_bytes(gpt4all_chat(version, messages, title="Numbers 日本"))
    tree, report = conversation_from(path, tmp_path)
    answer = "One."
    if version >= 12:
        answer += "\n\n[tool call]\n```\nprint(1)\n```\n\n[tool result]\n```\n1\n```"
        assert report.remarks == {"tools_as_text": 2}
    assert lines(tree)[:2] == [("user", None, messages[0][1]), ("assistant", 0, answer)]
    assert [message.parent for message in tree.messages] == [None, 0, 1, 2]
    assert (tree.title, tree.created, tree.source, tree.head) == ("Numbers 日本", 1_700_000_000, "gpt4all", 3)
    assert tree.messages[1].state == "stopped"
    assert tree.messages[1].origin is not None
    assert tree.messages[1].origin.model_name == "model-7b.gguf"
    names = [(one.name, one.text) for one in tree.messages[0].attachments]
    documents = (
        [("a.txt", "An excerpt.")] if version >= 8 else [('1. "T". In a.txt. [Context](context://1)', "An excerpt.")]
    )
    files = [("n otes.md", "Notes é")] if version >= 10 else []
    assert names == files + (documents if version >= 3 else [])


def test_a_chat_of_gpt4all_that_is_cut_short_gives_the_messages_before(tmp_path: Path) -> None:
    whole = gpt4all_chat(11, [("Prompt: ", f"Message {n}") for n in range(10)])
    path = tmp_path / "a.chat"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    tree, report = conversation_from(path, tmp_path)
    assert 4 <= len(tree.messages) <= 8
    assert [one.reason for one in report.skipped] == ["damaged"]
    assert f"{len(tree.messages)} of 10 messages" in report.skipped[0].detail
