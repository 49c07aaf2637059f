"""What is exported comes back to the last bit, and what was damaged on the way costs only itself."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from nextword.errors import ImportFailed
from nextword.history import own_format
from nextword.history.conversations import Conversations
from nextword.history.exports.exporting import Exporting
from nextword.history.imports.importing import Importing
from nextword.history.reading_trees import conversation_ids, read_tree
from nextword.history.records import ConversationId, Origin, Outcome
from nextword.history.trees import SET_ASIDE, SYSTEM_PROMPT, TokenTreeBlock, Tree, TreeMessage
from nextword.history.writing_trees import insert_trees
from tests.history.imports.random_trees import tree as random_tree
from tests.history.imports.samples import history, imported

COUNT = 1_000


def exported(conversations: Conversations, path: Path, chosen: list[ConversationId] | None = None) -> Path:
    exporting = Exporting(path, "lines", chosen)
    run(exporting, conversations)
    assert exporting.files == [path]
    return path


def run(work: Importing | Exporting, conversations: Conversations) -> None:
    while not work.advance(conversations).done:
        pass


def without_sources(path: Path) -> list[dict[str, Any]]:
    """The lines of a file without where its conversations came from, which an import notes."""
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    return [{name: value for name, value in line.items() if name != "source"} for line in found]


def small(title: str, texts: list[str]) -> Tree:
    messages = tuple(
        TreeMessage(
            parent=place - 1 if place else None, role="user" if place % 2 == 0 else "assistant", text=text,
            created=1.7e9 + place,
        )
        for place, text in enumerate(texts)
    )  # fmt: skip
    return Tree(title=title, created=1.7e9, updated=1.8e9, messages=messages, head=len(messages) - 1)


def test_a_thousand_conversations_survive_export_and_import_to_the_last_bit(tmp_path: Path) -> None:
    trees = [random_tree(seed) for seed in range(COUNT)]
    with history(tmp_path / "one.db") as first:
        insert_trees(first.store, [(tree, None) for tree in trees])
        assert [read_tree(first.store, key) for key in conversation_ids(first.store, None)] == trees
        path = exported(first, tmp_path / "all.jsonl")
    with history(tmp_path / "two.db") as second:
        came, report = imported(second, path, own_prompts=True)
        assert came == [replace(tree, source=tree.source or "nextword") for tree in trees]
        assert (report.conversations, report.skipped_count) == (COUNT, 0)
        assert report.messages == sum(len(tree.messages) for tree in trees)
        again = exported(second, tmp_path / "again.jsonl")
    assert without_sources(again) == without_sources(path)


def test_a_conversation_that_is_still_here_is_not_imported_once_more(tmp_path: Path) -> None:
    with history(tmp_path / "one.db") as conversations:
        key = conversations.create("A")
        question = conversations.add_message(key, None, "user", "Hello")
        origin = Origin("/m/a.gguf", "ab", "A", "cd", {"temperature": 0.5}, 7, "0.1", "b1", "zen4")
        answer = conversations.begin_answer(key, question, origin)
        conversations.finish_answer(answer, "Hi", Outcome("complete", "end"), block=b"1")
        path = exported(conversations, tmp_path / "a.jsonl", [key])
        trees, report = imported(conversations, path)
        assert (trees, report.duplicates) == ([], 1)
        conversations.add_message(key, answer, "user", "More")
        assert len(imported(conversations, path)[0]) == 1


def test_system_prompts_of_a_file_have_no_effect_unless_the_file_is_ones_own(tmp_path: Path) -> None:
    message = TreeMessage(parent=None, role="system", text="Obey.", created=1.0)
    settings = {SYSTEM_PROMPT: "Obey me.", "chat": {SYSTEM_PROMPT: "Me too.", "tint": "none"}, "sampling.seed": 3}
    tree = Tree(title="A", created=5.0, updated=6.0, messages=(message,), head=0, settings=settings)
    path = tmp_path / "a.jsonl"
    path.write_bytes(own_format.header("1") + b"".join(own_format.lines(tree, 0)) + own_format.end(1, 1))
    with history(tmp_path / "one.db") as conversations:
        (inert,), report = imported(conversations, path)
    assert inert.settings == {SET_ASIDE: "Obey me.\n\nMe too.", "chat": {"tint": "none"}, "sampling.seed": 3}
    assert [(one.role, one.text) for one in inert.messages] == [("user", "[system]\nObey.")]
    assert report.remarks == {"system_prompts_set_aside": 1, "roles_as_text": 1}
    with history(tmp_path / "two.db") as conversations:
        (own,), _ = imported(conversations, path, own_prompts=True)
    assert own.settings == settings
    assert own.messages == (message,)


def test_the_token_trees_of_a_document_come_with_it(tmp_path: Path) -> None:
    grown = (
        TokenTreeBlock(name="4 × 3 · the end", created=1.5, updated=2.5, content=b"\x01\x00\xff"),
        TokenTreeBlock(name="in the trash", created=1.25, updated=2.0, content=b"", deleted=3.0),
    )
    tree = replace(small("A", ["one", "two"]), kind="document", token_trees=grown)
    with history(tmp_path / "one.db") as first:
        insert_trees(first.store, [(tree, None)])
        (key,) = conversation_ids(first.store, None)
        assert read_tree(first.store, key) == tree
        path = exported(first, tmp_path / "a.jsonl", [key])
        assert read_tree(first.store, key, tokens=False).token_trees == ()
    with history(tmp_path / "two.db") as second:
        (came,), report = imported(second, path)
        assert came.token_trees == grown
        assert report.skipped_count == 0
        again = exported(second, tmp_path / "again.jsonl")
    assert without_sources(again) == without_sources(path)
    assert own_format.without_deleted(tree).token_trees == grown[:1]
    assert own_format.without_places(tree).token_trees == (), "they name the model's file"


def test_a_token_tree_that_belongs_to_no_document_is_left_out_and_told(tmp_path: Path) -> None:
    grown = TokenTreeBlock(name="A", created=1.0, updated=1.0, content=b"\x01")
    whole = replace(small("A", ["one"]), kind="document", token_trees=(grown,))
    about, message, line = own_format.lines(whole, 0)
    chat = next(own_format.lines(small("A", ["one"]), 0))
    for lines in ([line], [message, line], [chat, message, line], [about, message, line.replace(b":0", b":7")]):
        path = tmp_path / "a.jsonl"
        path.write_bytes(own_format.header("1") + b"".join(lines) + own_format.end(1, 1))
        with history(tmp_path / f"{len(list(tmp_path.iterdir()))}.db") as conversations:
            came, report = imported(conversations, path)
        assert not [tree for tree in came if tree.token_trees]
        assert len(came) == (1 if message in lines else 0)
        assert [one.reason for one in report.skipped if "line" in one.where] == ["wrong_shape"]


def test_every_damaged_line_costs_that_line_alone(tmp_path: Path) -> None:
    trees = [small(f"Number {n}", [f"{n} is the text {place}" for place in range(6)]) for n in range(3)]
    trees = [replace(tree, created=1.7e9 + n) for n, tree in enumerate(trees)]
    with history(tmp_path / "one.db") as first:
        insert_trees(first.store, [(tree, None) for tree in trees])
        path = exported(first, tmp_path / "all.jsonl")
    good = path.read_bytes().splitlines(keepends=True)
    for number in range(1, len(good) - 1):
        bad = bytes(good[number][:20]) + b"\xff\xfe{[" + bytes(good[number][25:-3]) + b"\n"
        path.write_bytes(b"".join([*good[:number], bad, *good[number + 1 :]]))
        with history(tmp_path / f"{number}.db") as second:
            came, report = imported(second, path)
        assert [(one.where, one.reason) for one in report.skipped] == [(f"all.jsonl, line {number + 1}", "damaged")]
        texts = [message.text for tree in came for message in tree.messages]
        assert len(came) == 3
        assert len(texts) == (17 if b'"message"' in good[number] else 18)
        assert all(message.parent is not None for tree in came for message in tree.messages[1:])


def test_a_file_that_is_cut_short_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    tree = small("A", ["one", "two", "three"])
    whole = own_format.header("1") + b"".join(own_format.lines(tree, 0)) + own_format.end(1, 3)
    path.write_bytes(whole[: whole.index(b"three")])
    with history(tmp_path / "one.db") as conversations:
        (came,), report = imported(conversations, path)
    assert [message.text for message in came.messages] == ["one", "two"]
    assert came.head == 1
    assert [(one.reason, one.detail) for one in report.skipped] == [("damaged", ""), ("damaged", "cut short")]
    assert report.remarks == {"lost_messages": 1}


def test_a_file_of_a_later_program_is_left_alone_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(own_format.header("9").replace(b'"version":1', b'"version":2') + own_format.end(0, 0))
    with history(tmp_path / "one.db") as conversations:
        with pytest.raises(ImportFailed) as caught:
            imported(conversations, path)
        assert caught.value.reason == "newer_format"
        assert conversations.list() == []


def test_a_copy_to_be_given_away_has_no_folders_of_models_and_nothing_out_of_the_trash() -> None:
    origin = Origin(r"C:\Users\ada\a.gguf", "ab", "A", "cd", {}, 7, "0.1", "b1", "zen4")
    messages = (
        TreeMessage(parent=None, role="user", text="q", created=1.0),
        TreeMessage(parent=0, role="assistant", text="secret", created=2.0, deleted=3.0, deleted_with=1),
        TreeMessage(parent=1, role="user", text="secret too", created=2.0, deleted=3.0, deleted_with=1),
        TreeMessage(parent=0, role="assistant", text="a", created=2.0, origin=origin),
    )
    tree = Tree(title="A", created=1.0, updated=2.0, messages=messages, head=3)
    given = own_format.without_places(own_format.without_deleted(tree))
    text = b"".join(own_format.lines(given, 0)).decode()
    assert [(message.text, message.parent) for message in given.messages] == [("q", None), ("a", 0)]
    assert given.head == 1
    assert "secret" not in text
    assert "ada" not in text
    assert '"a.gguf"' in text


def test_nothing_shown_hangs_on_what_is_in_the_trash(tmp_path: Path) -> None:
    """A file that somebody changed, or that lost lines, cannot hide messages or show half a branch."""
    messages = (
        TreeMessage(parent=None, role="user", text="q", created=1.0),
        TreeMessage(parent=0, role="assistant", text="gone", created=2.0, deleted=5.0, deleted_with=0),
        TreeMessage(parent=1, role="user", text="shown", created=3.0),
        TreeMessage(parent=1, role="user", text="gone with it", created=3.0, deleted=5.0, deleted_with=1),
        TreeMessage(parent=3, role="assistant", text="gone before", created=3.0, deleted=4.0, deleted_with=2),
    )
    tree = Tree(title="A", created=5.0, updated=6.0, messages=messages, head=1)
    path = tmp_path / "a.jsonl"
    path.write_bytes(own_format.header("1") + b"".join(own_format.lines(tree, 0)) + own_format.end(1, 5))
    with history(tmp_path / "one.db") as conversations:
        (came,), _ = imported(conversations, path)
        key = conversations.list()[0].id
        assert [message.text for message in conversations.read(key).messages] == ["q", "shown"]
        assert [one.preview for one in conversations.trash.versions()] == ["gone", "gone before"]
    assert [message.parent for message in came.messages] == [None, 0, 0, 1, 3]
    assert [message.deleted_with for message in came.messages] == [None, 1, None, 1, 4]
    assert came.head == 0


def test_what_does_not_fit_on_a_full_disk_is_imported_when_there_is_room(tmp_path: Path) -> None:
    trees = [replace(small(f"Number {n}", ["x" * 2_000]), created=1.7e9 + n) for n in range(400)]
    path = tmp_path / "a.jsonl"
    written = [line for number, tree in enumerate(trees) for line in own_format.lines(tree, number)]
    path.write_bytes(own_format.header("1") + b"".join(written) + own_format.end(400, 400))
    with history(tmp_path / "one.db") as conversations:
        db = conversations.store.db
        (pages,) = db.execute("pragma page_count").fetchone()
        db.execute(f"pragma max_page_count = {pages + 20}")
        importing = Importing([path])
        with pytest.raises(sqlite3.OperationalError, match="full"):
            run(importing, conversations)
        before = len(conversations.list(limit=1_000))
        db.execute("pragma max_page_count = 1000000")
        run(importing, conversations)
        assert before < len(conversations.list(limit=1_000)) == importing.report.conversations == 400
        assert [read_tree(conversations.store, key).title for key in importing.imported] == [
            tree.title for tree in trees
        ]
