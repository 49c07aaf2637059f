"""Asking a word: tint, the card under the pointer, the Inspector with its numbers, the keys, a branch."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel

from nextword.engine import protocol
from nextword.engine.protocol import ChatPrompt
from nextword.ui.chat.selection import Selection
from nextword.ui.chat.token_jumps import next_token, wanted_by
from nextword.ui.widgets.ghost_word import GhostWord
from nextword.ui.widgets.inspector import Inspector
from nextword.ui.widgets.token_hover import TokenHover
from nextword.ui.widgets.token_text import bits, percent
from tests.ui.chat.conftest import Chat
from tests.ui.chat.scripted_engine import step


def click_token(chat: Chat, row: int, token: int) -> None:
    view = chat.page.pane.view
    chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.token_rect(row, token).center())


def hover_token(chat: Chat, row: int, token: int) -> None:
    view = chat.page.pane.view
    place = QPointF(view.token_rect(row, token).center())
    none = Qt.MouseButton.NoButton
    where = view.viewport().mapToGlobal(place)
    view.mouseMoveEvent(
        QMouseEvent(QMouseEvent.Type.MouseMove, place, where, none, none, Qt.KeyboardModifier.NoModifier)
    )


def inspector_of(chat: Chat) -> Inspector:
    found = chat.page.side.widget("inspector")
    assert isinstance(found, Inspector)
    return found


def words_in(inspector: Inspector) -> set[str]:
    return {label.text() for label in inspector.findChildren(QLabel)}


def test_control_t_turns_the_tint_off_and_brings_the_last_one_back(chat: Chat) -> None:
    chat.exchange("Hi", "one", " two")
    key = (Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    chat.qtbot.keyClick(chat.page, *key)
    assert chat.services.settings.value.chat.tint == "surprisal"
    assert chat.page.pane.view.tinted
    assert chat.page.pane.overlays.strip.isVisible()
    assert chat.page.box._legend.isVisible()
    chat.page.box.tint_chosen.emit("rank")
    assert chat.page.pane.view.tint == "rank"
    chat.qtbot.keyClick(chat.page, *key)
    assert not chat.page.pane.view.tinted
    assert not chat.page.pane.overlays.strip.isVisible()
    chat.qtbot.keyClick(chat.page, *key)
    assert chat.page.pane.view.tint == "rank"


def test_a_click_on_a_word_shows_its_numbers_with_the_tint_off(chat: Chat) -> None:
    chat.ask("Hi")
    chat.engine.answer(step("A", 0.9), step(" piece", 0.05), step(".", 0.7))
    chat.until(lambda: chat.page.session.shown[-1].id is not None)
    click_token(chat, 1, 1)
    inspector, chosen = inspector_of(chat), chat.page.session.shown[1].steps[1]
    assert inspector.isVisible()
    assert inspector.facts is not None
    assert inspector.facts.step == chosen
    shown = {percent(chosen.probability), str(chosen.rank), f"{bits(chosen.surprisal_bits)} bits", "Token 2 of 3"}
    assert shown <= words_in(inspector)
    assert "4,091 others" in inspector.accessibleDescription()
    click_token(chat, 1, 2)
    assert "Token 3 of 3" in words_in(inspector)


def test_words_of_a_stored_answer_can_be_asked_too(make_chat: Callable[[], Chat]) -> None:
    first = make_chat()
    first.exchange("One", "stored", " words")
    first.exchange("Two", "later")
    conversation = first.page.session.conversation
    chat = make_chat()
    chat.page.open_conversation(conversation)
    chat.until(lambda: len(chat.page.session.shown) == 4)
    assert chat.page.session.shown[1].steps == []
    view = chat.page.pane.view
    words = view.part_rect(1, "words")
    chat.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=words.topLeft() + QPoint(6, 10))
    chat.until(lambda: chat.page.side.shown == "inspector")
    facts = inspector_of(chat).facts
    assert facts is not None
    assert facts.step.text == b"stored"


def test_a_word_is_reached_and_branched_from_by_keys_alone(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token", " is")
    view = chat.page.pane.view
    view.setFocus()
    chat.qtbot.keyClick(view, Qt.Key.Key_Right)
    chat.qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.token == (1, 1)
    assert "Token 2 of 3: ·token" in view.accessibleDescription()
    chat.qtbot.keyClick(view, Qt.Key.Key_Return)
    bars = inspector_of(chat).bars
    chat.until(bars.hasFocus)
    chat.qtbot.keyClick(bars, Qt.Key.Key_Down)
    taken = bars.current_row()
    assert taken is not None
    chat.qtbot.keyClick(bars, Qt.Key.Key_Return)
    chat.until(lambda: len(chat.engine.asked) == 2)
    prompt = chat.engine.asked[1].prompt
    assert isinstance(prompt, ChatPrompt)
    assert prompt.answer_start[1] == taken.id
    assert chat.rows()[-1].startswith("A other")


def test_escape_gives_the_keys_back_and_then_lets_go_of_the_word(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token")
    view = chat.page.pane.view
    view.setFocus()
    chat.qtbot.keyClick(view, Qt.Key.Key_Return)
    inspector = inspector_of(chat)
    chat.until(inspector.bars.hasFocus)
    chat.qtbot.keyClick(inspector.bars, Qt.Key.Key_Right)
    assert view.token == (1, 1)
    assert "Token 2 of 2" in words_in(inspector)
    chat.qtbot.keyClick(inspector.bars, Qt.Key.Key_Escape)
    assert view.hasFocus()
    assert inspector.facts is not None
    chat.qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.token is None
    assert inspector.facts is None


def test_an_alternative_is_previewed_over_the_word_and_the_text_stays(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token", " is")
    view = chat.page.pane.view
    view.setFocus()
    chat.qtbot.keyClick(view, Qt.Key.Key_Return)
    bars = inspector_of(chat).bars
    chat.until(bars.hasFocus)
    ghost = view.viewport().findChild(GhostWord)
    assert ghost is not None
    assert ghost.isHidden(), "the chosen token is no alternative"
    chat.qtbot.keyClick(bars, Qt.Key.Key_Down)
    assert ghost.isVisible()
    assert ghost.word == "·other0"
    assert ghost.geometry().topLeft() == view.token_rect(1, 0).topLeft()
    ghost.grab()
    assert chat.rows()[-1] == "A token is"
    chat.qtbot.keyClick(bars, Qt.Key.Key_Up)
    assert ghost.isHidden()
    chat.qtbot.keyClick(bars, Qt.Key.Key_Down)
    chat.qtbot.keyClick(bars, Qt.Key.Key_Escape)
    assert ghost.isHidden()


def test_there_is_no_branch_while_an_answer_is_written(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token")
    click_token(chat, 1, 0)
    inspector = inspector_of(chat)
    assert inspector.facts is not None
    assert inspector.facts.offered
    chat.ask("More")
    chat.engine.begin()
    click_token(chat, 1, 0)
    assert inspector.facts is not None
    assert not inspector.facts.offered


def test_the_pointer_on_a_word_shows_the_five_likeliest(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token")
    card = chat.page.findChild(TokenHover)
    assert card is not None
    hover_token(chat, 1, 1)
    chat.until(card.isVisible)
    assert len(card._lines._rows) == 5
    assert "“·token”" in {label.text() for label in card.findChildren(QLabel)}
    assert chat.page.rect().contains(card.geometry())
    hover_token(chat, 1, 0)
    assert "“A”" in {label.text() for label in card.findChildren(QLabel)}
    click_token(chat, 1, 0)
    assert not card.isVisible()


def test_the_pointer_on_a_stored_answer_brings_its_words_back(make_chat: Callable[[], Chat]) -> None:
    first = make_chat()
    first.exchange("One", "stored", " words")
    first.exchange("Two", "later")
    conversation = first.page.session.conversation
    chat = make_chat()
    chat.page.open_conversation(conversation)
    chat.until(lambda: len(chat.page.session.shown) == 4)
    view, message = chat.page.pane.view, chat.page.session.shown[1]
    assert message.steps == []
    none = Qt.MouseButton.NoButton
    place = QPointF(view.part_rect(1, "words").topLeft() + QPoint(6, 10))
    where = view.viewport().mapToGlobal(place)
    move = QMouseEvent(QMouseEvent.Type.MouseMove, place, where, none, none, Qt.KeyboardModifier.NoModifier)
    view.mouseMoveEvent(move)
    chat.until(lambda: message.steps)
    view.mouseMoveEvent(move)
    card = chat.page.findChild(TokenHover)
    assert card is not None
    chat.until(card.isVisible)


def test_dragging_selects_text_instead_of_asking_a_word(chat: Chat) -> None:
    chat.exchange("Hi", "Some", " words", " here")
    view = chat.page.pane.view
    start, end = view.token_rect(1, 0), view.token_rect(1, 1)
    port = view.viewport()
    chat.qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=QPoint(start.left(), start.center().y()))
    chat.qtbot.mouseMove(port, QPoint(end.right(), end.center().y()))
    view.selection = Selection.within(1, 0, 10)
    chat.qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=QPoint(end.right(), end.center().y()))
    assert view.selected_text() == "Some words"
    assert chat.page.side.shown == ""


def test_the_strip_chooses_a_token(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token", " is")
    chat.page.box.tint_chosen.emit("surprisal")
    chat.page.pane.overlays.strip.token_chosen.emit(2)
    assert chat.page.pane.view.token == (1, 2)


def test_the_tint_is_remembered(make_chat: Callable[[], Chat]) -> None:
    make_chat().page.box.tint_chosen.emit("entropy")
    assert make_chat().page.pane.view.tint == "entropy"


def test_a_token_that_is_wanted_is_found_forwards_and_backwards() -> None:
    steps = [step("a", 0.9), step("b", 0.05), step("c", 0.9), step("d", 0.05)]
    fork = wanted_by("fork", 0)
    assert [next_token(steps, after, 1, fork) for after in (None, 0, 1, 3)] == [1, 1, 3, None]
    assert [next_token(steps, after, -1, fork) for after in (None, 3, 1)] == [3, 1, None]
    assert next_token(steps, None, 1, wanted_by("uncertain", 1.9)) == 0, "the entropy of each is 2 bits"
    assert next_token(steps, None, 1, wanted_by("uncertain", 2.0)) is None
    assert next_token([step("mine", 0.1, others=0)], None, 1, fork) is None, "written by hand"


def test_f_goes_through_all_answers_and_loads_their_tokens(make_chat: Callable[[], Chat]) -> None:
    first = make_chat()
    for question in ("One", "Two"):
        first.ask(question)
        first.engine.answer(step("sure", 0.9), step(" rare", 0.05), step(" sure", 0.9))
        first.until(lambda: not first.page.session.busy and first.page.session.shown[-1].id is not None)
    conversation = first.page.session.conversation
    chat = make_chat()
    chat.page.open_conversation(conversation)
    chat.until(lambda: len(chat.page.session.shown) == 4)
    view = chat.page.pane.view
    view.setFocus()
    view.setCurrentIndex(view.messages.index(0))
    chat.qtbot.keyClick(view, Qt.Key.Key_F)
    chat.until(lambda: view.token == (1, 1))
    chat.qtbot.keyClick(view, Qt.Key.Key_F)
    chat.until(lambda: view.token == (3, 1))
    chat.qtbot.keyClick(view, Qt.Key.Key_F)
    assert "first choice was always taken" in view.accessibleDescription()
    assert view.token == (3, 1)
    chat.qtbot.keyClick(view, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    assert view.token == (1, 1)


def test_from_where_a_word_is_uncertain_is_said_and_kept(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token")
    click_token(chat, 1, 0)
    inspector = inspector_of(chat)
    assert inspector.threshold.value() == 2.0
    chat.qtbot.keyClick(chat.page.pane.view, Qt.Key.Key_U)
    assert chat.page.pane.view.token == (1, 0), "2 bits are not above 2 bits"
    inspector.threshold.setValue(1.5)
    assert chat.services.settings.value.chat.uncertain_bits == 1.5
    chat.qtbot.keyClick(inspector.bars, Qt.Key.Key_U)
    assert chat.page.pane.view.token == (1, 1)


def test_any_text_is_looked_up_in_the_place_of_a_token(chat: Chat) -> None:
    chat.ask("Hi")
    chat.engine.answer(step("A"), step(" token"), step("."))
    chat.until(lambda: not chat.page.session.busy and chat.page.session.shown[-1].id is not None)
    click_token(chat, 1, 1)
    finder = inspector_of(chat).finder
    steps = chat.page.session.shown[1].steps
    chat.engine.logprobs = {steps[1].id: steps[1].logprob, "word": math.log(0.001), " word": math.log(0.25)}
    chat.qtbot.keyClicks(finder.field, "word")
    chat.qtbot.keyClick(finder.field, Qt.Key.Key_Return)
    group = chat.engine.scored[-1].groups[0]
    assert isinstance(group.prompt, protocol.TokenPrompt)
    assert group.prompt.ids[-1] == steps[0].id
    assert group.prompt.ids[0] == 1, "the BOS of the prompt"
    answer = finder.answer.text().replace("\u00a0", " ")
    assert answer.split("\n") == ["“word”: 0.10 %, rank 5", "“·word”: 25.0 %, rank 5"]
    click_token(chat, 1, 2)
    assert finder.answer.text() == ""


def test_it_is_said_when_the_model_says_another_number_by_now(chat: Chat) -> None:
    chat.exchange("Hi", "A", " token")
    click_token(chat, 1, 1)
    finder = inspector_of(chat).finder
    chat.engine.logprobs = {chat.page.session.shown[1].steps[1].id: -9.0, "x": -1.0, " x": -1.0}
    chat.qtbot.keyClicks(finder.field, "x")
    chat.qtbot.keyClick(finder.field, Qt.Key.Key_Return)
    assert "those of now" in finder.answer.text()
