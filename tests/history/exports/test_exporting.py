from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.errors import ExportFailed, NoSuchRow
from nextword.history.conversations import Conversations
from nextword.history.exports.exporting import Exporting, ExportOptions, document
from nextword.history.reading_trees import read_tree
from nextword.history.records import ConversationId
from nextword.history.writing_trees import insert_trees
from tests.history.exports.documents import conversation
from tests.history.imports.samples import history


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    with history(tmp_path / "history.db") as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "out é"
    made.mkdir()
    return made


def run(exporting: Exporting, conversations: Conversations) -> list[Path]:
    while not exporting.advance(conversations).done:
        pass
    return exporting.files


def keep(conversations: Conversations, *titles: str) -> list[ConversationId]:
    trees = [conversation("q", f"answer of {title}", title=title) for title in titles]
    return insert_trees(conversations.store, [(tree, None) for tree in trees])


def test_many_conversations_become_a_file_each_with_names_of_their_own(
    conversations: Conversations, folder: Path
) -> None:
    keep(conversations, "A", "a", "../up", "")
    files = run(Exporting(folder / "new", "markdown", None), conversations)
    assert [path.name for path in files] == ["A.md", "a (2).md", "up.md", "conversation.md"]
    assert sorted(os.listdir(folder / "new")) == sorted(path.name for path in files)
    assert "answer of a" in files[1].read_text(encoding="utf-8")


def test_files_that_are_there_are_not_written_over(conversations: Conversations, folder: Path) -> None:
    (folder / "a.md").write_text("mine", encoding="utf-8")
    keep(conversations, "A", "B")
    files = run(Exporting(folder, "markdown", None), conversations)
    assert [path.name for path in files] == ["A (2).md", "B.md"]
    assert (folder / "a.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("form", ["markdown", "html", "lines"])
def test_one_conversation_becomes_the_file_that_was_named(
    form: str, conversations: Conversations, folder: Path
) -> None:
    (key,) = keep(conversations, "A")
    path = folder / "my file"
    path.write_text("an older export", encoding="utf-8")
    assert run(Exporting(path, form, [key]), conversations) == [path]  # type: ignore[arg-type]
    tree = read_tree(conversations.store, key)
    assert "answer of A" in tree.messages[1].text
    assert path.read_text(encoding="utf-8") == document(tree, form, ExportOptions())  # type: ignore[arg-type]


def test_a_disk_that_fills_up_leaves_what_was_there(conversations: Conversations, folder: Path) -> None:
    (key,) = insert_trees(conversations.store, [(conversation("q", "x" * 400_000), None)])
    path = folder / "a.jsonl"
    path.write_text("an older export", encoding="utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ExportFailed) as caught:
            run(Exporting(path, "lines", [key]), conversations)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (caught.value.reason, caught.value.file_name) == ("disk_full", "a.jsonl")
    assert os.listdir(folder) == ["a.jsonl"]
    assert path.read_text(encoding="utf-8") == "an older export"


def test_a_folder_that_is_not_there_is_told(conversations: Conversations, folder: Path) -> None:
    (key,) = keep(conversations, "A")
    with pytest.raises(ExportFailed) as caught:
        run(Exporting(folder / "gone" / "a.md", "markdown", [key]), conversations)
    assert caught.value.reason == "no_folder"


def test_an_export_that_is_given_up_leaves_nothing(conversations: Conversations, folder: Path) -> None:
    keep(conversations, *(f"Number {n}" for n in range(2_000)))
    exporting = Exporting(folder / "a.jsonl", "lines", None)
    assert not exporting.advance(conversations).done
    exporting.close()
    assert os.listdir(folder) == []


def test_a_conversation_that_is_gone_ends_the_export_and_leaves_nothing(
    conversations: Conversations, folder: Path
) -> None:
    with pytest.raises(NoSuchRow):
        run(Exporting(folder / "a.jsonl", "lines", [ConversationId(77)]), conversations)
    assert os.listdir(folder) == []


def test_what_is_in_the_trash_is_not_exported(conversations: Conversations, folder: Path) -> None:
    first, _ = keep(conversations, "A", "B")
    conversations.delete(first)
    files = run(Exporting(folder, "html", None), conversations)
    assert [path.name for path in files] == ["B.html"]
