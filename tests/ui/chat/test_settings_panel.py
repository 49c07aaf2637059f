"""The settings of a chat: taken at once, kept with the conversation, marked where they differ, refused in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from nextword.errors import GrammarNotUnderstood
from nextword.settings import DECLARATIONS, STAGES, SamplingSettings, listed_in
from nextword.ui.chat.form_field import problem_of
from nextword.ui.chat.setting_groups import SHOWN_APART, USUAL, groups
from nextword.ui.chat.settings_panel import SettingsPanel
from nextword.ui.feature import UseModel
from nextword.ui.widgets.setting_fields import NumberField, TextField
from tests.ui.chat.conftest import Chat


def panel_of(chat: Chat) -> SettingsPanel:
    shown = chat.page.side.show_pane("settings")
    assert isinstance(shown, SettingsPanel)
    return shown


def write(chat: Chat, field: QWidget, text: str) -> None:
    assert isinstance(field, NumberField)
    field.setFocus()
    field.selectAll()
    chat.qtbot.keyClicks(field, text)
    chat.qtbot.keyClick(field, Qt.Key.Key_Return)


def choose(choice: QComboBox, value: str) -> None:
    choice.setCurrentIndex(choice.findData(value))
    choice.activated.emit(choice.currentIndex())


def test_every_setting_of_sampling_has_its_place() -> None:
    placed = [*USUAL, *SHOWN_APART, *(name for group in groups() for name in group.names)]
    assert sorted(placed) == sorted(SamplingSettings.__dataclass_fields__)


def test_a_value_is_the_chats_own_and_the_next_answer_is_drawn_with_it(chat: Chat) -> None:
    panel = panel_of(chat)
    write(chat, panel.rows["sampling.temperature"].field, "1.5")
    assert chat.page.session.preferences.sampling.temperature == 1.5
    assert chat.services.settings.value.sampling.temperature == DECLARATIONS["sampling.temperature"].default
    chat.ask("Hello")
    assert chat.engine.asked[-1].sampling.temperature == 1.5


def test_settings_are_there_again_with_their_conversation(make_chat: Callable[[], Chat]) -> None:
    chat = make_chat()
    write(chat, panel_of(chat).rows["sampling.top_k"].field, "7")
    chat.exchange("Hello", "Hi")
    conversation = chat.page.session.conversation
    chat = make_chat()
    panel = panel_of(chat)
    chat.page.open_conversation(conversation)
    chat.until(lambda: chat.rows() == ["Hello", "Hi"])
    assert panel.rows["sampling.top_k"].field.text() == "7"  # type: ignore[union-attr]
    chat.page.open_conversation(None)
    assert panel.rows["sampling.top_k"].field.text() == "40"  # type: ignore[union-attr]


def test_a_wrong_value_is_refused_in_words(chat: Chat) -> None:
    panel = panel_of(chat)
    before = chat.page.session.preferences
    row = panel.rows["sampling.top_p"]
    write(chat, row.field, "3")
    assert not row.error.isHidden()
    assert "0 to 1" in row.error.text()
    assert chat.page.session.preferences == before


def test_what_differs_is_counted_and_goes_back(chat: Chat) -> None:
    panel = panel_of(chat)
    write(chat, panel.rows["sampling.min_p"].field, "0.2")
    panel.folds["repeats"][0].open()
    write(chat, panel.rows["sampling.dry_multiplier"].field, "0.8")
    assert not panel.rows["sampling.min_p"].reset.isHidden()
    panel.rows["sampling.min_p"].reset.click()
    assert chat.page.session.preferences.sampling.min_p == 0.05
    assert panel.rows["sampling.min_p"].reset.isHidden()
    assert "1 changed" in panel.folds["repeats"][0].head.accessibleDescription()
    panel.reset_all.click()
    assert chat.page.session.preferences.sampling == chat.services.settings.value.sampling
    assert panel.reset_all.isHidden()


def test_what_is_not_the_chats_own_follows_the_program(chat: Chat) -> None:
    panel = panel_of(chat)
    chat.services.settings.set("sampling.temperature", 0.25)
    assert panel.rows["sampling.temperature"].field.text() == "0.25"  # type: ignore[union-attr]
    assert chat.page.top.settings.words.startswith("T 0.25")


def test_a_system_prompt_is_sent_with_the_next_message_though_it_was_just_typed(chat: Chat) -> None:
    panel = panel_of(chat)
    field = panel.rows["chat.system_prompt"].field
    assert isinstance(field, TextField)
    field.setPlainText("Answer in one word.")
    panel.flush()
    chat.ask("Hello")
    assert chat.engine.asked[-1].prompt.messages[0].text == "Answer in one word."  # type: ignore[union-attr]


def test_the_die_rolls_a_seed_that_stays_and_a_fresh_one_comes_back(chat: Chat) -> None:
    panel = panel_of(chat)
    assert panel.seed.field.text() == ""
    panel.seed.die.click()
    seed = chat.page.session.preferences.sampling.seed
    assert seed >= 0
    assert panel.seed.field.text() == str(seed)
    chat.exchange("Hello", "Hi")
    assert chat.engine.asked[-1].sampling.seed == seed
    panel.seed.fresh.click()
    assert chat.page.session.preferences.sampling.seed == -1
    assert not panel.seed.last.isHidden()
    panel.seed.last.click()
    assert chat.page.session.preferences.sampling.seed == seed


def test_stages_move_by_keys_and_lose_their_tick(chat: Chat) -> None:
    panel = panel_of(chat)
    panel.folds["stages"][0].open()
    stages = panel.stages
    names = listed_in(STAGES)
    stages.setCurrentRow(len(names) - 1)
    chat.qtbot.keyClick(stages, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert listed_in(chat.page.session.preferences.sampling.stages) == (*names[:-2], names[-1], names[-2])
    stages.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert names[0] not in listed_in(chat.page.session.preferences.sampling.stages)
    panel.stages_reset.click()
    assert chat.page.session.preferences.sampling.stages == STAGES
    assert stages.value() == STAGES


def test_a_dragged_stage_is_told_once(chat: Chat) -> None:
    panel = panel_of(chat)
    panel.folds["stages"][0].open()
    told: list[str] = []
    panel.stages.entered.connect(told.append)
    panel.stages.insertItem(0, panel.stages.takeItem(5))  # what Qt does when an item is dropped
    chat.until(lambda: told)
    names = list(listed_in(STAGES))
    assert listed_in(told[-1]) == (names[5], *names[:5], *names[6:])
    assert len(told) == 1


def test_a_schema_that_is_no_json_is_marked_at_its_place_and_not_used(chat: Chat) -> None:
    panel = panel_of(chat)
    panel.folds["form"][0].open()
    choose(panel.form.choice, "json_schema")
    panel.form.edit.setPlainText('{"type": "object",\n "äöü🙂" 5}')
    panel.form.flush()
    assert chat.page.session.preferences.sampling.json_schema == ""
    assert "Line 2, column 9" in panel.form.verdict.text()
    panel.form.place.click()
    cursor = panel.form.edit.textCursor()
    assert cursor.blockNumber() == 1
    assert cursor.block().text()[cursor.positionInBlock() - 1 :].startswith(" 5") or cursor.positionInBlock() == 9
    panel.form.edit.setPlainText('{"type": "object"}')
    panel.form.flush()
    assert chat.page.session.preferences.sampling.json_schema == '{"type": "object"}'
    choose(panel.form.choice, "")
    assert chat.page.session.preferences.sampling.json_schema == ""


@pytest.mark.parametrize("text", ["[]", "3", "[" * 100_000])
def test_what_is_no_schema_is_said(text: str) -> None:
    assert problem_of("json_schema", text) is not None


def test_a_grammar_is_marked_where_it_is_wrong_and_used_once_it_is_right(chat: Chat) -> None:
    panel = panel_of(chat)
    panel.folds["form"][0].open()
    choose(panel.form.choice, "grammar")
    panel.form.edit.setPlainText('root ::= "a"\nother ::= )')
    panel.form.flush()
    assert "Line 2, column 11" in panel.form.verdict.text()
    assert chat.page.session.preferences.sampling.grammar == ""
    panel.form.edit.setPlainText('root ::= "a"')
    panel.form.flush()
    assert chat.page.session.preferences.sampling.grammar == 'root ::= "a"'
    chat.ask("Hello")
    assert chat.engine.asked[-1].sampling.grammar == 'root ::= "a"'


def test_what_the_engine_alone_knows_of_a_grammar_is_marked(chat: Chat) -> None:
    panel = panel_of(chat)
    panel.folds["form"][0].open()
    choose(panel.form.choice, "grammar")
    panel.form.edit.setPlainText('root ::= "a"')
    panel.form.flush()
    chat.ask("Hello")
    chat.engine.fail(GrammarNotUnderstood("refused", 1, 6, "::="))
    chat.until(lambda: not panel.form.place.isHidden())
    assert "Line 1, column 6" in panel.form.verdict.text()


@pytest.mark.parametrize("text", ['{"$ref": "https://example.org/x"}', '{"type": "strange"}', "{"])
def test_a_schema_that_cannot_be_followed_is_said(text: str) -> None:
    problem = problem_of("json_schema", text)
    assert problem is not None
    assert problem.words


def test_the_model_is_loaded_again_only_after_a_value_that_needs_it(chat: Chat) -> None:
    panel = panel_of(chat)
    panel.folds["context"][0].open()
    assert panel.load.again.isHidden()
    write(chat, panel.load.rows["engine.context_tokens"].field, "2048")
    panel.load.again.click()
    assert chat.places[-1] == UseModel(chat.engine.status.wanted)


def test_the_policy_for_a_full_context_is_the_chats_own(chat: Chat) -> None:
    panel = panel_of(chat)
    panel.folds["context"][0].open()
    choose(panel.policy, "keep_ends")
    assert chat.page.session.preferences.context_policy == "keep_ends"


def test_every_field_of_the_pane_has_a_name(chat: Chat) -> None:
    panel = panel_of(chat)
    for fold, _ in panel.folds.values():
        fold.open()
    nameless = [
        widget
        for widget in panel.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy().value and not widget.accessibleName()
        and not getattr(widget, "text", lambda: "")() and not widget.objectName().startswith("qt_")
    ]  # fmt: skip
    assert nameless == []
