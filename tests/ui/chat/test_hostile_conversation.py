"""A conversation of hostile messages, opened and scrolled on the page."""

from __future__ import annotations

from pathlib import Path

from nextword.ui.widgets.markdown.pictures import pictures
from tests.ui.chat.conftest import Chat
from tests.ui.chat.test_scrolling import stored_texts
from tests.ui.widgets.hostile_messages import hostile_messages
from tests.ui.widgets.opening_watch import Watch


def test_a_conversation_of_hostile_messages_is_opened_and_scrolled(chat: Chat, tmp_path: Path) -> None:
    folder = tmp_path / "canary"
    folder.mkdir()
    watch = Watch(folder)
    messages = hostile_messages(str(watch.file), watch.address)
    chat.page.open_conversation(stored_texts(chat, [text.encode("utf-8", "replace").decode() for text in messages]))
    chat.until(lambda: len(chat.page.session.shown) == len(messages))
    view = chat.page.pane.view
    bar = view.verticalScrollBar()
    for row in range(0, len(messages), 4):
        view.scrollTo(view.messages.index(row))
        view.grab()
    bar.setValue(0)
    for _ in range(60):
        bar.setValue(bar.value() + 700)
    chat.until(lambda: not pictures().waiting)
    view.grab()
    assert watch.noticed() == []
