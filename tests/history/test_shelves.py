from __future__ import annotations

import pytest

from nextword.errors import NoSuchRow
from nextword.history.conversations import Conversations
from nextword.history.records import ConversationId, Filters, FolderId, Origin, Place


def titles(conversations: Conversations, **filters: object) -> list[str]:
    filters.setdefault("place", "shown")
    return [row.title for row in conversations.list(filters=Filters(**filters))]  # type: ignore[arg-type]


@pytest.fixture
def abc(conversations: Conversations) -> list[ConversationId]:
    return [conversations.create(title) for title in "abc"]


def test_pinned_conversations_come_first_and_go_back(conversations: Conversations, abc: list[ConversationId]) -> None:
    changed = conversations.shelves.pin(abc[:1])
    assert titles(conversations) == ["a", "c", "b"]
    assert conversations.shelves.pin(abc[:2]) == abc[1:2]
    assert titles(conversations, pinned=True) == ["b", "a"]
    conversations.shelves.unpin([*changed, *abc[1:2]])
    assert titles(conversations) == ["c", "b", "a"]
    assert titles(conversations, pinned=False) == ["c", "b", "a"]


def test_what_is_archived_is_not_listed_but_found(conversations: Conversations, abc: list[ConversationId]) -> None:
    conversations.add_message(abc[0], None, "user", "needle")
    assert conversations.shelves.archive(abc[:1]) == abc[:1]
    assert titles(conversations) == ["c", "b"]
    assert titles(conversations, place="archive") == ["a"]
    assert [hit.conversation.id for hit in conversations.search.find("needle").hits] == abc[:1]
    assert conversations.search.find("needle", Filters(place="shown")).hits == ()
    conversations.shelves.unarchive(abc[:1])
    assert titles(conversations) == ["a", "c", "b"]


def test_tags_are_given_taken_and_counted(conversations: Conversations, abc: list[ConversationId]) -> None:
    shelves = conversations.shelves
    assert shelves.tag(abc[:2], "  to  read ") == abc[:2]
    assert shelves.tag(abc, "To Read") == abc[2:]
    assert shelves.tag(abc, "  ") == []
    shelves.tag(abc[:1], "Äpfel")
    conversations.delete(abc[2])
    assert shelves.tags() == {"to read": 2, "Äpfel": 1}
    assert conversations.read(abc[0]).tags == ("to read", "Äpfel")
    assert titles(conversations, tags=("to read", "Äpfel")) == ["a"]
    assert shelves.delete_tag("to read") == abc
    assert shelves.tags() == {"Äpfel": 1}


def test_a_tag_that_was_renamed_can_be_named_back(conversations: Conversations, abc: list[ConversationId]) -> None:
    shelves = conversations.shelves
    shelves.tag(abc[:2], "old")
    shelves.tag(abc[1:], "new")
    done = shelves.rename_tag("old", "new")
    assert (done.changed, done.merged) == ((abc[0],), (abc[1],))
    assert shelves.tags() == {"new": 3}
    shelves.untag(done.changed, "new")
    shelves.tag([*done.changed, *done.merged], "old")
    assert [conversations.read(key).tags for key in abc] == [("old",), ("new", "old"), ("new",)]


def test_a_deleted_folder_leaves_its_conversations_above_and_takes_them_back(
    conversations: Conversations, abc: list[ConversationId]
) -> None:
    shelves = conversations.shelves
    work = shelves.make_folder("Work")
    reports = shelves.make_folder("Reports", work)
    year = shelves.make_folder("2026", reports)
    assert shelves.make_folder("reports", work) == reports
    before = shelves.put({abc[0]: reports, abc[1]: year})
    assert before == {abc[0]: None, abc[1]: None}
    assert titles(conversations, folder=work) == ["b", "a"]
    shelves.delete_folder(reports)
    assert [(folder.name, folder.parent) for folder in shelves.folders()] == [("2026", work), ("Work", None)]
    assert [conversations.read(key).folder for key in abc] == [work, year, None]
    assert titles(conversations, folder=work) == ["b", "a"]
    shelves.delete_folder(work)
    assert conversations.read(abc[0]).folder is None
    assert titles(conversations) == ["c", "b", "a"]
    shelves.restore_folder(work)
    shelves.restore_folder(reports)
    assert [conversations.read(key).folder for key in abc] == [reports, year, None]
    assert shelves.put(before) == {abc[0]: reports, abc[1]: year}
    assert [row.folder for row in conversations.list()] == [None, None, None]


def test_folders_are_renamed_and_moved_but_never_into_themselves(conversations: Conversations) -> None:
    shelves = conversations.shelves
    outer = shelves.make_folder("outer")
    inner = shelves.make_folder("inner", outer)
    assert not shelves.move_folder(outer, inner)
    assert not shelves.move_folder(outer, outer)
    assert shelves.move_folder(inner, None)
    assert shelves.move_folder(outer, inner)
    shelves.rename_folder(outer, " a  name ")
    shelves.rename_folder(outer, "  ")
    assert [(folder.name, folder.parent) for folder in shelves.folders()] == [("a name", inner), ("inner", None)]
    with pytest.raises(NoSuchRow, match="folder"):
        shelves.put({ConversationId(1): FolderId(9)})


def test_the_list_comes_in_pages_that_miss_nothing(conversations: Conversations) -> None:
    made = [conversations.create(str(number)) for number in range(25)]
    conversations.shelves.pin(made[3:6])
    pages = [conversations.list(limit=7)]
    while pages[-1]:
        pages.append(conversations.list(limit=7, after=pages[-1][-1]))
    listed = [row.id for page in pages for row in page]
    assert listed == [*made[5:2:-1], *made[:5:-1], *made[2::-1]]


ORIGIN = Origin("/m/a.gguf", "ab" * 32, "Ann", "cd" * 32, {}, 4, "0.1", "b1", "zen4")


@pytest.mark.parametrize("few", [0, 300])
def test_filters_choose_the_same_whether_few_or_many_are_left(
    conversations: Conversations, abc: list[ConversationId], monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("nextword.history.listing.FEW_CONVERSATIONS", few)
    monkeypatch.setattr("nextword.history.listing._FEW_ANSWERS", few + 1)
    question = conversations.add_message(abc[1], None, "user", "needle")
    conversations.begin_answer(abc[1], question, ORIGIN)
    conversations.shelves.tag(abc[1:], "t")
    conversations.shelves.pin(abc[1:2])
    folder = conversations.shelves.make_folder("f")
    conversations.shelves.put({abc[1]: folder})
    updated = conversations.read(abc[1]).updated
    shown: Place = "shown"
    chosen = [
        Filters(place=shown, model="Ann"),
        Filters(place=shown, pinned=True),
        Filters(place=shown, folder=folder),
        Filters(place=shown, tags=("t",), model="Ann"),
        Filters(place=shown, since=updated, until=updated + 1),
    ]
    for filters in chosen:
        assert [row.id for row in conversations.list(filters=filters)] == [abc[1]]
        assert [hit.conversation.id for hit in conversations.search.find("needle", filters).hits] == [abc[1]]
    assert conversations.search.models() == ["Ann"]
    others = [Filters(model="Bob"), Filters(tags=("u",)), Filters(place="trash"), Filters(until=1.0)]
    for filters in others:
        assert conversations.list(filters=filters) == []
        assert conversations.search.find("needle", filters).hits == ()
