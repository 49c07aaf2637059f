"""Many conversations: pages, pins, folders, tags, archive, trash, search with filters, and undo of it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QMenu, QMessageBox, QPushButton

from nextword.history.conversations import Conversations
from nextword.history.records import ConversationId, Filters, FolderId, MessageId
from nextword.ui.chat.conversation_filters import read_choices
from nextword.ui.chat.conversation_list import FolderRow, Listed
from nextword.ui.chat.tag_dialog import TagDialog
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step

T = TypeVar("T")


def history(chat: Chat, work: Callable[[Conversations], T]) -> T:
    """Do something in the history behind the page and wait for it."""
    found: list[T] = []
    chat.services.history.run(work, done=found.append)
    chat.until(lambda: found)
    return found[0]


def add(chat: Chat, *titles: str) -> list[ConversationId]:
    """Add conversations with one question and one answer each."""

    def work(rows: Conversations) -> list[ConversationId]:
        made = []
        with rows.store.db.atomic():
            for title in titles:
                conversation = rows.create(title)
                question = rows.add_message(conversation, None, "user", f"Tell me about {title}")
                rows.add_message(conversation, question, "assistant", f"All there is to say about {title}")
                made.append(conversation)
        return made

    made = history(chat, work)
    chat.until(lambda: set(titles) <= set(titles_of(chat)))
    return made


def add_many(chat: Chat) -> None:
    """Add 450 conversations without messages, of which the first page is read."""

    def work(rows: Conversations) -> None:
        with rows.store.db.atomic():
            for number in range(450):
                rows.create(f"Conversation {number}")

    history(chat, work)
    chat.until(lambda: len(chat.page.column.conversations.items) >= 200)


def titles_of(chat: Chat) -> list[str]:
    return [item.summary.title for item in chat.page.column.conversations.items]


def rows_of(chat: Chat) -> list[str]:
    model = chat.page.column.conversations
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def select(chat: Chat, *conversations: ConversationId) -> None:
    view = chat.page.column.list
    view.clearSelection()
    for conversation in conversations:
        index = view.model().index(view.conversations.row_of(conversation), 0)
        view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)
    view.setFocus()


def press(chat: Chat, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    chat.qtbot.keyClick(chat.page.column.list, key, modifier)


CONTROL = Qt.KeyboardModifier.ControlModifier


def test_pinned_conversations_stand_first_and_are_unpinned_by_undo(chat: Chat) -> None:
    old, _new = add(chat, "old", "new")
    assert titles_of(chat) == ["new", "old"]
    select(chat, old)
    press(chat, Qt.Key.Key_D, CONTROL)
    chat.until(lambda: rows_of(chat) == ["Pinned", "old", "Today", "new"])
    press(chat, Qt.Key.Key_Z, CONTROL)
    chat.until(lambda: rows_of(chat) == ["Today", "new", "old"])


def test_several_conversations_are_archived_at_once_found_in_the_archive_and_put_back(chat: Chat) -> None:
    one, two, _three = add(chat, "one", "two", "three")
    select(chat, one, two)
    press(chat, Qt.Key.Key_E, CONTROL)
    chat.until(lambda: titles_of(chat) == ["three"])
    chat.until(lambda: chat.notices)
    assert chat.notices[-1].text == "2 conversations were archived"
    chat.page.column.chips.set_place("archive")
    chat.until(lambda: titles_of(chat) == ["two", "one"])
    select(chat, one)
    press(chat, Qt.Key.Key_E, CONTROL)
    chat.until(lambda: titles_of(chat) == ["two"])
    press(chat, Qt.Key.Key_Backspace)
    chat.until(lambda: set(titles_of(chat)) == {"one", "three"})


def test_several_deleted_at_once_come_back_with_one_undo(chat: Chat) -> None:
    one, two, _three = add(chat, "one", "two", "three")
    select(chat, one, two)
    press(chat, Qt.Key.Key_Delete)
    chat.until(lambda: titles_of(chat) == ["three"])
    chat.until(lambda: chat.notices)
    assert chat.notices[-1].text == "2 conversations were deleted"
    press(chat, Qt.Key.Key_Z, CONTROL)
    chat.until(lambda: set(titles_of(chat)) == {"one", "two", "three"})
    press(chat, Qt.Key.Key_Z, CONTROL)  # nothing is left to undo
    assert len(chat.notices) == 1


def test_a_new_folder_is_named_filled_by_dropping_and_gone_into(chat: Chat) -> None:
    one, two = add(chat, "one", "two")
    column = chat.page.column
    menu = QMenu(column)
    column.fill_more(menu)
    next(action for action in menu.actions() if action.text() == "New folder…").trigger()
    chat.until(lambda: column.list.findChild(QLineEdit) is not None)
    editor = column.list.findChild(QLineEdit)
    assert editor is not None
    editor.setText("Rabbits")
    chat.qtbot.keyClick(editor, Qt.Key.Key_Return)
    chat.until(lambda: rows_of(chat)[0] == "Rabbits")

    rows = column.conversations
    target = rows.index(0)
    dragged = rows.mimeData([rows.index(rows.row_of(one)), rows.index(rows.row_of(two))])
    assert rows.canDropMimeData(dragged, Qt.DropAction.MoveAction, -1, -1, target)
    assert not rows.canDropMimeData(dragged, Qt.DropAction.MoveAction, -1, -1, rows.index(rows.row_of(one)))
    rows.dropMimeData(dragged, Qt.DropAction.MoveAction, -1, -1, target)
    chat.until(lambda: all(item.summary.folder is not None for item in rows.items))

    chat.qtbot.mouseClick(
        column.list.viewport(), Qt.MouseButton.LeftButton, pos=column.list.visualRect(target).center()
    )
    chat.until(lambda: rows_of(chat)[0] == "All conversations")
    assert set(titles_of(chat)) == {"one", "two"}
    press(chat, Qt.Key.Key_Backspace)
    chat.until(lambda: rows_of(chat)[0] == "Rabbits")

    press(chat, Qt.Key.Key_Z, CONTROL)  # the drop
    chat.until(lambda: all(item.summary.folder is None for item in rows.items))


def test_a_deleted_folder_leaves_its_conversations_and_comes_back(chat: Chat) -> None:
    (one,) = add(chat, "one")

    def make(rows: Conversations) -> FolderId:
        outer = rows.shelves.make_folder("Outer")
        inner = rows.shelves.make_folder("Inner", outer)
        rows.shelves.put({one: inner})
        return inner

    history(chat, make)
    column = chat.page.column
    chat.until(lambda: rows_of(chat)[0] == "Outer")
    column.chips.set_folder(column._folders[1].id, "Outer")
    chat.until(lambda: rows_of(chat)[:2] == ["All conversations", "Inner"])
    column.list.setCurrentIndex(column.conversations.index(1))
    column.list.setFocus()
    press(chat, Qt.Key.Key_Delete)
    chat.until(lambda: column.conversations.items and "Inner" not in rows_of(chat))
    assert titles_of(chat) == ["one"]
    press(chat, Qt.Key.Key_Z, CONTROL)
    chat.until(lambda: "Inner" in rows_of(chat))


def test_tags_are_added_with_completion_and_taken_away(chat: Chat) -> None:
    one, two = add(chat, "one", "two")
    history(chat, lambda rows: rows.shelves.tag([two], "science"))
    chat.until(lambda: chat.page.column.conversations.items[0].summary.tags)
    select(chat, one, two)
    press(chat, Qt.Key.Key_G, CONTROL)
    chat.until(lambda: chat.page.column.findChild(TagDialog) is not None)
    dialog = chat.page.column.findChild(TagDialog)
    assert dialog is not None
    assert dialog.tags == ["science"]
    completer = dialog.edit.completer()
    completer.setCompletionPrefix("SCI")
    assert completer.completionCount() == 1
    dialog.edit.setText("poems")
    chat.qtbot.keyClick(dialog.edit, Qt.Key.Key_Return)
    tags = lambda: {item.summary.title: item.summary.tags for item in chat.page.column.conversations.items}  # noqa: E731
    chat.until(lambda: tags() == {"one": ("poems",), "two": ("poems", "science")})
    chips = [button for button in dialog.findChildren(QPushButton) if button.text() == "poems"]
    chips[0].click()
    chat.until(lambda: tags() == {"one": (), "two": ("science",)})
    dialog.close()


def test_the_chip_of_a_filter_shows_an_ampersand_and_shortens_a_long_name(chat: Chat) -> None:
    add(chat, "one")
    chips = chat.page.column.chips

    def shown() -> QPushButton:
        (chip,) = [chip for chip in chips.findChildren(QPushButton) if not chip.isHidden()]
        return chip

    chips.set_tag("science & art", on=True)
    assert shown().text() == "#science && art"
    chips.clear()
    chips.set_tag("a" * 200, on=True)
    assert shown().text().startswith("#aaa")
    assert shown().text().endswith("…")
    assert shown().sizeHint().width() <= shown().maximumWidth()
    assert "a" * 200 in shown().accessibleName()


def test_the_trash_shows_what_was_deleted_and_a_click_on_its_sign_restores(chat: Chat) -> None:
    one, two = add(chat, "one", "two")
    history(chat, lambda rows: rows.shelves.delete([one, two]))
    column = chat.page.column
    column.chips.set_place("trash")
    chat.until(lambda: titles_of(chat) == ["two", "one"])
    chat.until(column.trash.isVisible)
    rect = column.list.visualRect(column.conversations.index(column.conversations.row_of(one)))
    chat.qtbot.mouseClick(column.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert chat.page.session.conversation is None
    sign = column.list.rows.sign_rect(rect).center()
    chat.qtbot.mouseClick(column.list.viewport(), Qt.MouseButton.LeftButton, pos=sign)
    chat.until(lambda: titles_of(chat) == ["two"])
    chat.page.column.chips.clear()
    chat.until(lambda: titles_of(chat) == ["one"])


def test_a_version_of_a_message_in_the_trash_is_restored_from_there(chat: Chat) -> None:
    (one,) = add(chat, "one")
    answer = history(chat, lambda rows: rows.read(one).messages[-1].id)
    history(chat, lambda rows: rows.trash.delete(answer))
    column = chat.page.column
    column.chips.set_place("trash")
    chat.until(lambda: rows_of(chat) == ["Versions of messages", "one"])
    item = column.conversations.listed(1)
    assert item is not None
    assert item.version == answer
    column.list.setCurrentIndex(column.conversations.index(1))
    column.list.setFocus()
    press(chat, Qt.Key.Key_Return)
    chat.until(lambda: not column.conversations.items)
    assert history(chat, lambda rows: len(rows.read(one).messages)) == 2


def test_emptying_the_trash_asks_first_says_how_much_and_forgets_what_the_engine_kept(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[None] = []
    monkeypatch.setattr(chat.engine, "forget_snapshots", lambda: forgotten.append(None), raising=False)
    one, two, _kept = add(chat, "one", "two", "kept")
    history(chat, lambda rows: rows.shelves.delete([one, two]))
    column = chat.page.column
    column.chips.set_place("trash")
    chat.until(lambda: column.trash.isVisible())
    column.trash.button.click()
    chat.until(lambda: column.trash.question is not None)
    question = column.trash.question
    assert question is not None
    assert "Conversations: 2" in question.informativeText()
    assert question.defaultButton() is question.button(QMessageBox.StandardButton.Cancel)
    delete = next(button for button in question.buttons() if button.text() == "Delete for good")
    assert not forgotten
    delete.click()
    chat.until(lambda: forgotten)
    chat.until(lambda: not column.conversations.items)
    assert history(chat, lambda rows: rows.trash.count()) == (0, 0)
    column.chips.clear()
    chat.until(lambda: titles_of(chat) == ["kept"])


def test_a_search_shows_the_place_and_enter_opens_the_message(chat: Chat) -> None:
    (first,) = add(chat, "Boats")

    def longer(rows: Conversations) -> MessageId:
        last = rows.read(first).head
        for number in range(60):
            last = rows.add_message(first, last, "user", f"line {number} of many\n\nand more")
        found = rows.add_message(first, rows.read(first).messages[0].id, "assistant", "A zeppelin is no boat")
        rows.set_head(first, last)
        return found

    found = history(chat, longer)
    column = chat.page.column
    chat.qtbot.keyClicks(column.search, "zeppel")
    chat.until(lambda: any(item.snippet for item in column.conversations.items))
    item = column.conversations.items[0]
    assert item.message == found
    assert [item.snippet[start:end] for start, end in item.matches] == ["zeppel"]
    chat.qtbot.keyClick(column.search, Qt.Key.Key_Return)
    chat.until(lambda: chat.page.session.shown and chat.page.session.shown[-1].id == found)
    chat.until(lambda: chat.page.pane.view.currentIndex().row() == 1)
    chat.qtbot.keyClick(column.search, Qt.Key.Key_Escape)
    assert column.search.text() == ""
    chat.until(lambda: not any(item.snippet for item in column.conversations.items))


def test_a_message_that_was_found_does_not_take_one_away_from_what_was_opened_after_it(chat: Chat) -> None:
    boats, trains = add(chat, "Boats", "Trains")
    message = history(chat, lambda rows: rows.read(boats).messages[0].id)
    chat.page.column.found.emit(boats, message)
    chat.page.open_conversation(trains)  # before the history has made the path to it
    history(chat, lambda _rows: None)
    chat.until(lambda: chat.page.session.shown)
    assert chat.page.session.conversation == trains


def test_enter_before_the_search_has_found_something_opens_the_first_that_it_finds(chat: Chat) -> None:
    boats, _trains = add(chat, "Boats", "Trains")
    column = chat.page.column
    chat.qtbot.keyClicks(column.search, "boats")
    chat.qtbot.keyClick(column.search, Qt.Key.Key_Return)
    chat.until(lambda: chat.page.session.conversation == boats)


def test_filters_are_shown_as_chips_and_taken_away_by_a_click(chat: Chat) -> None:
    one, _two = add(chat, "one", "two")
    history(chat, lambda rows: rows.shelves.tag([one], "poems"))
    chips = chat.page.column.chips
    chips.set_tag("poems", on=True)
    chat.until(lambda: titles_of(chat) == ["one"])
    chips.set_period("older")
    chat.until(lambda: titles_of(chat) == [])
    shown = [button for button in chips.findChildren(QPushButton) if button.isVisible()]
    assert [button.text() for button in shown] == ["#poems", "Older than a year"]
    shown[1].click()
    chat.until(lambda: titles_of(chat) == ["one"])
    chips.clear()
    chat.until(lambda: set(titles_of(chat)) == {"one", "two"})
    assert chips.isHidden()


def test_the_filter_menu_has_what_there_is(chat: Chat) -> None:
    chat.exchange("Who are you?", "a", " model")
    one = chat.page.session.conversation
    assert one is not None
    history(chat, lambda rows: rows.shelves.tag([one], "poems"))
    column = chat.page.column
    menu = QMenu(column)
    column.filter_menu.fill(menu, history(chat, read_choices))
    parts = {action.text(): action.menu() for action in menu.actions() if action.menu() is not None}
    assert list(parts) == ["Where", "Last used", "Model", "Tag", "Folder"]
    tag = parts["Tag"].actions()[0]  # type: ignore[attr-defined]
    assert tag.text() == "poems  (1)"
    tag.toggle()
    assert column.chips.filters == Filters(place="shown", tags=("poems",))


def test_a_long_list_is_read_in_pages_as_it_is_scrolled(chat: Chat) -> None:
    add_many(chat)
    column = chat.page.column
    assert len(column.conversations.items) < 450
    while len(column.conversations.items) < 450:
        before = len(column.conversations.items)
        column.list.scrollToBottom()
        chat.until(lambda before=before: len(column.conversations.items) > before)
    assert len(set(titles_of(chat))) == 450
    assert not column.conversations.canFetchMore(QModelIndex())


def test_all_conversations_are_chosen_also_those_that_are_not_read_yet(chat: Chat) -> None:
    add_many(chat)
    view = chat.page.column.list
    view.setFocus()
    chat.qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    chat.until(lambda: len(view.chosen_items()) == 450)
    add(chat, "A new one")
    assert "A new one" not in [item.summary.title for item in view.chosen_items()], "what comes later was not meant"


def test_all_are_chosen_also_when_the_list_is_read_anew_while_more_is_asked_for(chat: Chat) -> None:
    add_many(chat)
    column = chat.page.column
    column.list.selectAll()
    column.refresh()  # the page that was asked for is void
    chat.until(lambda: len(column.list.chosen_items()) == 450)


def test_what_changes_elsewhere_moves_a_row_and_keeps_what_is_chosen(chat: Chat) -> None:
    one, two, _three = add(chat, "one", "two", "three")
    select(chat, two)
    resets: list[None] = []
    chat.page.column.conversations.modelReset.connect(lambda: resets.append(None))
    history(chat, lambda rows: rows.add_message(one, None, "user", "again"))
    chat.until(lambda: titles_of(chat) == ["one", "three", "two"])
    assert [item.summary.id for item in chat.page.column.list.chosen_items()] == [two]
    assert not resets


def test_rows_say_in_words_what_is_drawn(chat: Chat) -> None:
    (one,) = add(chat, "one")
    history(chat, lambda rows: (rows.shelves.tag([one], "poems"), rows.shelves.pin([one])))
    rows = chat.page.column.conversations
    chat.until(lambda: rows.items[0].summary.pinned)
    said = str(rows.index(rows.row_of(one)).data(Qt.ItemDataRole.AccessibleTextRole))
    assert "Pinned" in said
    assert "poems" in said
    assert isinstance(rows.row(1), Listed)
    assert not isinstance(rows.row(0), FolderRow)
    assert chat.page.column.list.indexAt(QPoint(5, 5)).row() == 0


def test_a_temporary_chat_is_in_no_list_and_gone_when_another_is_opened(chat: Chat) -> None:
    (kept,) = add(chat, "kept")
    page = chat.page
    page.column.temporary_button.click()
    assert page.top.temporary.isVisible()
    chat.ask("A secret")
    chat.engine.answer(step("hush"))
    chat.until(lambda: not page.session.busy)
    assert chat.rows() == ["A secret", "hush"]
    page.open_conversation(kept)
    chat.until(lambda: len(chat.rows()) == 2)
    assert not page.column.temporary_button.isChecked()
    assert page.top.temporary.isHidden()
    assert titles_of(chat) == ["kept"]
    assert history(chat, lambda rows: rows.count_messages()) == 2


def test_a_version_that_comes_back_from_the_trash_is_seen_in_the_conversation_that_is_open(chat: Chat) -> None:
    (one,) = add(chat, "one")
    page = chat.page
    page.open_conversation(one)
    chat.until(lambda: len(chat.rows()) == 2)
    answer = page.session.shown[-1].id
    assert answer is not None
    history(chat, lambda rows: rows.trash.delete(answer))
    page.session.reload()
    chat.until(lambda: len(chat.rows()) == 1)
    page.column.acts.restore([], [answer])
    chat.until(lambda: len(chat.rows()) == 2)
    page.column.acts.undo_last()
    chat.until(lambda: len(chat.rows()) == 1)
