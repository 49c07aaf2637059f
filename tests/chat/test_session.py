"""The chat session on the real engine process, a tiny model and a real database."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path

from nextword.engine.tokens import pack, text_of
from nextword.errors import ContextTooSmall, EngineDied, NotSaved, TokensDamaged
from nextword.history.conversations import Conversations
from nextword.history.database import History, open_database
from nextword.history.records import ConversationId
from tests.chat.desk import Desk


def test_an_answer_streams_in_and_is_kept_with_its_tokens(desk: Desk) -> None:
    answer = desk.say("What is a token?")
    assert [m.role for m in desk.session.shown] == ["user", "assistant"]
    assert answer.state == "complete"
    assert len(answer.steps) == 8
    assert answer.text == text_of(answer.steps)
    before = list(answer.steps)
    desk.reopen()
    again = desk.session.shown[-1]
    assert (again.text, again.steps, again.has_tokens) == (answer.text, [], True)
    desk.session.load_tokens(1)
    desk.deliver.until(lambda: again.steps)
    assert pack(again.steps) == pack(before)  # single precision, as stored


def test_damaged_tokens_are_told_once_and_the_text_goes_on(desk: Desk) -> None:
    answer = desk.say("What is a token?")
    conversation, text = desk.session.conversation, answer.text
    desk.session.open(None)

    def damage(conversations: Conversations) -> None:
        conversations._db.execute("update token_blocks set block = zeroblob(40)")

    desk.history.run(damage)
    desk.session.open(conversation)
    desk.deliver.until(lambda: desk.session.shown)
    again = desk.session.shown[-1]
    desk.session.load_tokens(1)
    desk.deliver.until(lambda: desk.failures)
    assert [type(error) for error in desk.failures] == [TokensDamaged]
    assert (again.text, again.has_tokens) == (text, False)
    desk.session.load_tokens(1)
    desk.session.continue_answer(1)
    desk.deliver.until(lambda: desk.session.shown[-1].sibling_count == 2)
    desk.until_idle()
    assert desk.session.shown[-1].text.startswith(text)
    assert len(desk.failures) == 1


def test_an_answer_keeps_what_it_takes_to_make_it_again(desk: Desk, model: Path) -> None:
    desk.deliver.until(lambda: desk.library.find(str(model)) and desk.library.find(str(model)).sha256)  # type: ignore[union-attr]
    desk.say("What is a token?")
    stored = desk.stored().messages[1]
    assert stored.origin is not None
    assert stored.outcome is not None
    assert stored.origin.model_file == str(model)
    assert len(stored.origin.model_sha256) == 64
    assert len(stored.origin.template_hash) == 64
    assert stored.origin.sampling["temperature"] == 0.7
    assert stored.outcome.generated_tokens == 8
    desk.settings.set("sampling.seed", stored.origin.seed)
    first = desk.session.shown[1].text
    desk.session.regenerate(1)
    desk.until_idle()
    assert desk.session.shown[1].text == first


def test_an_answer_from_a_model_not_hashed_yet_gets_the_hash_when_it_is_known(desk: Desk, model: Path) -> None:
    desk.deliver.until(lambda: desk.library.find(str(model)) and desk.library.find(str(model)).sha256)  # type: ignore[union-attr]
    known = desk.library.models
    desk.library.models = tuple(dataclasses.replace(entry, sha256="") for entry in known)
    desk.say("What is a token?")
    assert desk.stored().messages[1].origin.model_sha256 == ""  # type: ignore[union-attr]
    desk.library.models = known
    desk.library.changed.emit(None)
    assert len(desk.stored().messages[1].origin.model_sha256) == 64  # type: ignore[union-attr]


def test_the_second_turn_evaluates_only_what_is_new(desk: Desk) -> None:
    desk.say("one")
    answer = desk.say("two")
    assert answer.outcome is not None
    assert answer.outcome.cached_tokens > 0


def test_regenerating_keeps_every_version_and_the_arrows_switch(desk: Desk) -> None:
    first = desk.say("What is a token?").text
    desk.session.regenerate(1)
    desk.until_idle()
    second = desk.session.shown[1]
    assert (second.sibling_index, second.sibling_count) == (1, 2)
    desk.session.switch(1, -1)
    assert desk.session.shown[1].text == first
    assert desk.session.shown[1].sibling_index == 0
    desk.session.switch(1, -1)  # there is none before the first
    assert desk.session.shown[1].text == first
    desk.reopen()
    assert desk.session.shown[1].text == first


def test_an_edited_question_is_a_version_with_its_own_answer(desk: Desk) -> None:
    desk.say("one")
    desk.session.edit(0, "two")
    desk.until_idle()
    assert desk.session.shown[0].text == "two"
    assert desk.session.shown[0].sibling_count == 2
    desk.session.switch(0, -1)
    assert [m.text for m in desk.session.shown][0] == "one"
    assert len(desk.session.shown) == 2
    assert [m.text for m in desk.stored().messages if m.role == "user"] == ["one", "two"]


def test_an_edited_answer_stays_as_written_and_can_be_continued(desk: Desk) -> None:
    desk.say("one")
    desk.session.edit(1, "the time was")
    desk.until_idle()
    assert desk.session.shown[1].text == "the time was"
    assert desk.session.shown[1].sibling_count == 2
    desk.session.continue_answer(1)
    desk.deliver.until(lambda: desk.session.shown[1].sibling_count == 3 and not desk.session.busy)
    assert desk.session.shown[1].text.startswith("the time was")
    assert len(desk.session.shown[1].text) > len("the time was")


def test_continuing_goes_on_from_the_same_tokens(desk: Desk) -> None:
    first = desk.say("one")
    desk.session.continue_answer(1)
    desk.until_idle()
    second = desk.session.shown[1]
    assert second.steps[:8] == first.steps
    assert len(second.steps) == 16
    assert second.outcome is not None
    assert second.sibling_count == 2


def test_a_branch_takes_the_other_token_and_keeps_what_was_before(desk: Desk) -> None:
    first = desk.say("one")
    other = next(c for c in first.steps[3].candidates if c.id != first.steps[3].id)
    desk.session.branch(1, 3, other.id)
    desk.until_idle()
    second = desk.session.shown[1]
    assert second.steps[:3] == first.steps[:3]
    assert second.steps[3].id == other.id
    assert second.steps[3].logprob == other.logprob
    assert len(second.steps) > 4
    assert second.text == text_of(second.steps)


def test_stop_keeps_partial_text(desk: Desk) -> None:
    desk.settings.set("sampling.max_tokens", 1500)
    desk.session.send("go on")
    desk.deliver.until(lambda: len(desk.session.shown) == 2 and len(desk.session.shown[1].steps) > 5)
    desk.session.stop()
    desk.until_idle()
    answer = desk.session.shown[1]
    assert (answer.state, answer.text) == ("stopped", text_of(answer.steps))
    assert desk.stored().messages[1].text == answer.text


def test_a_dead_engine_leaves_the_text_marked_interrupted_and_the_chat_goes_on(desk: Desk) -> None:
    desk.settings.set("sampling.max_tokens", 1500)
    desk.session.send("go on")
    desk.deliver.until(lambda: len(desk.session.shown) == 2 and len(desk.session.shown[1].steps) > 5)
    assert desk.engine.pid is not None
    os.kill(desk.engine.pid, signal.SIGSEGV)
    desk.until_idle()
    answer = desk.session.shown[1]
    assert answer.state == "interrupted"
    assert isinstance(answer.error, EngineDied)
    assert desk.stored().messages[1].state == "interrupted"
    assert desk.stored().messages[1].text == answer.text
    desk.settings.set("sampling.max_tokens", 4)
    desk.session.continue_answer(1)  # before the new process is ready: there is no model to continue with
    desk.deliver.until(lambda: desk.engine.status.state == "ready")
    desk.session.continue_answer(1)
    desk.until_idle()
    assert desk.session.shown[1].text.startswith(answer.text)
    assert desk.session.shown[1].state == "complete"


def test_what_a_person_wrote_is_on_disk_before_the_engine_hears_of_it(desk: Desk) -> None:
    seen: list[str] = []
    ask = desk.engine.ask

    def watched(*arguments: object, **options: object) -> int:
        messages = desk.history  # the work below runs after the commit and before the answer's row
        messages.run(lambda c: [m.text for m in c.read(ConversationId(1)).messages], done=seen.extend)
        return ask(*arguments, **options)  # type: ignore[arg-type]

    desk.engine.ask = watched  # type: ignore[method-assign]
    desk.say("first of all")
    assert seen == ["first of all"]


def test_text_that_could_not_be_kept_is_not_sent_and_comes_back(desk: Desk) -> None:
    desk.history.close()
    broken = History(desk.folder / "no such folder" / "history.db", desk.deliver)
    desk.session.screen.history = broken
    desk.session.send("do not lose me")
    desk.deliver.until(lambda: desk.drafts)
    broken.close()
    assert desk.drafts == ["do not lose me"]
    assert isinstance(desk.failures[0], NotSaved)
    assert desk.session.shown == []
    assert not desk.session.busy


def test_a_question_that_is_too_long_for_the_model_comes_back_and_is_not_sent(desk: Desk) -> None:
    desk.session.send("the time was " * 2000)
    desk.until_idle()
    assert desk.session.shown == []
    assert desk.drafts == ["the time was " * 2000]
    error = desk.failures[0]
    assert isinstance(error, ContextTooSmall)
    assert error.needed > error.available > 0
    assert desk.session.conversation is None


def test_an_answer_goes_on_while_another_conversation_is_looked_at(desk: Desk) -> None:
    desk.settings.set("sampling.max_tokens", 300)
    desk.session.send("go on")
    desk.deliver.until(lambda: len(desk.session.shown) == 2 and len(desk.session.shown[1].steps) > 5)
    conversation = desk.session.conversation
    desk.session.open(None)
    assert desk.session.shown == []
    assert desk.session.busy
    desk.session.open(conversation)
    desk.deliver.until(lambda: len(desk.session.shown) == 2)
    desk.until_idle()
    assert len(desk.session.shown[1].steps) == 300
    assert desk.stored().messages[1].state == "complete"


def test_closing_in_the_middle_of_an_answer_keeps_it(desk: Desk) -> None:
    desk.settings.set("sampling.max_tokens", 1500)
    desk.session.send("go on")
    desk.deliver.until(lambda: len(desk.session.shown) == 2 and len(desk.session.shown[1].steps) > 5)
    answer = desk.session.shown[1]
    conversation = desk.session.conversation
    desk.session.close()
    desk.engine.close()
    desk.history.close()
    db = open_database(desk.folder / "history.db")
    assert conversation is not None
    stored = Conversations(db).read(conversation).messages[1]
    db.close()
    assert (stored.text, stored.state) == (answer.text, "interrupted")


def test_blank_text_is_not_sent(desk: Desk) -> None:
    desk.session.send("  \n ")
    assert desk.session.shown == []
    assert not desk.session.busy


def test_an_answer_ends_before_a_stop_text_and_is_kept_so(desk: Desk) -> None:
    desk.settings.set("sampling.temperature", 0.0)
    desk.settings.set("sampling.strict", True)
    desk.settings.set("sampling.max_tokens", 24)
    desk.say("first of all")
    whole = desk.session.shown[1].text
    stop = whole[10:14]
    desk.settings.set("sampling.stop_texts", stop.replace("\n", "\\n"))
    desk.session.regenerate(1)
    desk.until_idle()
    answer = desk.session.shown[1]
    assert answer.text == whole[: whole.index(stop)] == text_of(answer.steps)
    assert answer.outcome
    assert (answer.state, answer.outcome.reason) == ("complete", "stop_text")
    assert answer.origin
    assert answer.origin.sampling["strict"] is True
    stored = desk.stored()
    assert stored.messages[-1].text == answer.text
