"""The exact prompt in a pane: under which heading each token stands, what is left out, the prompt of an old answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from nextword.chat.forms import SYSTEM
from nextword.chat.seeing import SeenPrompt
from nextword.engine.protocol import ANSWER, SCAFFOLD
from nextword.engine.replies import PromptToken
from nextword.ui.chat.prompt_sections import WHOLE, parts_of
from nextword.ui.chat.seen_prompt import SeenPromptPane
from tests.ui.chat.conftest import Chat

CHATML = (
    "<s> <im_start> sys \n |S S <im_end> \n <im_start> user \n |0 0 0 <im_end> \n <im_start> ass \n |2 <im_end> \n "
    "<im_start> ass \n"
)


def prompt(text: str, **changes: object) -> SeenPrompt:
    """Make a prompt of words: <x> is a control token, |S and numbers are the owners of what stands there."""
    tokens, owners = [], []
    for number, word in enumerate(text.split(" ")):
        own = word.lstrip("|")
        owner = SYSTEM if own == "S" else int(own) if own.isdigit() else SCAFFOLD
        tokens.append(PromptToken(number, own.encode(), own.startswith("<")))
        owners.append(owner)
    made = SeenPrompt(tuple(tokens), tuple(owners), context_tokens=1024)
    return replace(made, **changes)


def open_pane(chat: Chat) -> SeenPromptPane:
    chat.page.top.seen.click()
    return cast(SeenPromptPane, chat.page.side.widget("seen"))


def titles(pane: SeenPromptPane) -> list[tuple[str, str]]:
    return [(section.title, section.note) for section in pane.chips.sections]


def test_a_message_is_shown_with_what_opens_and_closes_it() -> None:
    parts = parts_of(prompt(CHATML, left_out=(1,)))
    assert [part.owner for part in parts] == [SYSTEM, 0, 1, 2, ANSWER]
    assert ["".join(chip.token.text.decode() for chip in part.chips) for part in parts] == [
        "<s><im_start>sys\nSS<im_end>\n", "<im_start>user\n000<im_end>\n", "", "<im_start>ass\n2<im_end>\n",
        "<im_start>ass\n",
    ]  # fmt: skip
    assert [part.own_tokens for part in parts[:2]] == [2, 3]
    assert parts[2].left_out == 1


def test_every_token_is_shown_once_whatever_the_template_writes() -> None:
    for text in (CHATML, "|0 |1 |2", "<s> |0", "Q: |0 A: |1 Q: |2 A:", "<s> [I] |0 [/I] |1 <e> [I] |2 [/I]", "<a> <b>"):
        seen = prompt(text)
        shown = [chip.token for part in parts_of(seen) for chip in part.chips]
        assert shown == list(seen.tokens), text
    unknown = prompt("<s> a b", owners=())
    assert [(part.owner, len(part.chips)) for part in parts_of(unknown)] == [(WHOLE, 3)]
    assert parts_of(SeenPrompt()) == []


def test_the_pane_shows_the_next_prompt_and_follows_the_conversation(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    pane = open_pane(chat)
    chat.until(lambda: len(pane.chips.tokens) == 10)
    assert [token.text for token in pane.chips.tokens][:3] == [b"<s>", b"H", b"e"]
    assert titles(pane) == [("You", "5 tokens · template 2"), ("Model", "2 tokens · template 1")]
    assert chat.page.top.seen.isChecked()
    chat.exchange("More", "Yes")
    chat.until(lambda: len(pane.chips.sections) == 4)


def test_what_is_being_written_is_seen_before_it_is_sent(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    pane = open_pane(chat)
    chat.until(lambda: len(pane.chips.sections) == 2)
    chat.page.box.edit.set_text("Why")
    chat.until(lambda: titles(pane)[-1] == ("You, not sent yet", "3 tokens · template 1"))
    chat.page.box.edit.clear()
    chat.until(lambda: len(pane.chips.sections) == 2)


def test_it_is_said_when_an_answer_was_not_made_from_what_is_shown(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")  # the scripted engine says that it has read 10 tokens
    open_pane(chat).show_chosen(1)
    pane = cast(SeenPromptPane, chat.page.side.widget("seen"))
    chat.until(lambda: "When this answer was made, 10 tokens were read" in pane.summary)


def test_ids_are_shown_on_demand_and_the_prompt_can_be_copied(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    pane = open_pane(chat)
    chat.until(lambda: len(pane.chips.tokens) == 10)
    low = pane.chips.token_rect(0).height()
    pane.ids.click()
    assert pane.chips.token_rect(0).height() > low
    pane.copy_ids()
    assert QGuiApplication.clipboard().text().startswith("[1, 172, 201,")
    pane.copy_text()
    assert QGuiApplication.clipboard().text() == "<s>Hello</s>Hi</s>"


def test_what_is_left_out_stands_where_it_would_be(chat: Chat) -> None:
    session = chat.page.session
    session.set_preferences(replace(session.preferences, context_policy="drop_oldest"))
    for number in range(5):
        chat.exchange(f"{number} {'x' * 150}", "a" * 50)
    pane = open_pane(chat)
    chat.until(lambda: bool(pane.chips.sections))
    first = pane.chips.sections[0]
    assert (first.title, first.note, first.chips, first.faint) == ("Messages 1 to 4", "left out", (), True)
    assert first.text.startswith("0 xxx")


def test_the_prompt_of_an_old_answer_comes_from_its_menu(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    chat.exchange("More", "Yes")
    menu = chat.page.pane.menu_for(1)
    wanted = next(action for action in menu.actions() if action.text() == "What the model saw")
    wanted.trigger()
    menu.close()
    pane = cast(SeenPromptPane, chat.page.side.widget("seen"))
    chat.until(lambda: [section.title for section in pane.chips.sections] == ["You"])
    assert b"".join(token.text for token in pane.chips.tokens) == b"<s>Hello</s>"
    chat.page.pane.view.setCurrentIndex(chat.page.pane.messages.index(3))
    chat.until(lambda: len(pane.chips.sections) == 3)


def test_without_a_model_the_pane_says_why_there_are_no_tokens(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    pane = open_pane(chat)
    chat.until(lambda: bool(pane.chips.tokens))
    chat.engine.show(state="idle", model=None, wanted="")
    chat.until(lambda: pane.chips.tokens == [])


def test_the_keys_open_and_close_the_pane(chat: Chat) -> None:
    chat.exchange("Hello", "Hi")
    chat.qtbot.keyClick(
        chat.page, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    chat.until(lambda: chat.page.side.shown == "seen")
    pane = cast(SeenPromptPane, chat.page.side.widget("seen"))
    chat.until(pane.chips.hasFocus)
    chat.qtbot.keyClick(pane.chips, Qt.Key.Key_Escape)
    assert chat.page.side.isHidden()


def test_a_prompt_that_comes_late_is_not_shown_under_another_conversation(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.exchange("Hello", "Hi")
    pane = open_pane(chat)
    chat.until(lambda: len(pane.chips.tokens) == 10)
    held: list[Callable[[], None]] = []
    seen = chat.page.session.prompt_tokens
    monkeypatch.setattr(
        chat.page.session, "prompt_tokens", lambda *given, **more: held.append(lambda: seen(*given, **more))
    )
    chat.page.box.edit.set_text("And then?")
    chat.until(lambda: held)
    monkeypatch.undo()
    chat.page.open_conversation(None)
    shown = pane.summary
    held[0]()
    assert pane.summary == shown
    chat.until(lambda: pane.summary == "Nothing has been said yet.")
