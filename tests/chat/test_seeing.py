"""The exact tokens that a model sees, and whose each of them is."""

from __future__ import annotations

from msgspec.structs import replace

from nextword.chat.forms import SYSTEM
from nextword.chat.seeing import SeenPrompt
from nextword.engine import protocol
from nextword.errors import NoModelLoaded
from nextword.history.records import Attachment
from tests.chat.desk import Desk


def seen(desk: Desk, index: int | None) -> SeenPrompt:
    found: list[SeenPrompt] = []
    desk.session.prompt_tokens(index, found.append)
    desk.deliver.until(lambda: found)
    return found[0]


def text_of(prompt: SeenPrompt, owner: int) -> str:
    pairs = zip(prompt.tokens, prompt.owners, strict=True)
    return b"".join(token.text for token, whose in pairs if whose == owner).decode()


def test_the_prompt_of_an_answer_is_told_token_by_token(desk: Desk) -> None:
    desk.session.set_preferences(replace(desk.session.preferences, system_prompt="Answer in few words."))
    desk.say("What is a token?")
    answer = desk.say("And a byte?")
    prompt = seen(desk, 3)
    assert answer.outcome
    assert len(prompt.tokens) == answer.outcome.prompt_tokens
    assert text_of(prompt, SYSTEM).strip() == "Answer in few words."
    assert [text_of(prompt, index).strip() for index in range(3)] == [
        message.text.strip() for message in desk.session.shown[:3]
    ]
    scaffold = text_of(prompt, protocol.SCAFFOLD)
    assert scaffold.count("<|im_start|>") == 5
    assert any(token.control for token in prompt.tokens)
    assert seen(desk, 2).tokens == prompt.tokens
    assert prompt.context_tokens == 2048


def test_what_a_template_names_is_not_taken_for_a_message_of_the_same_words(desk: Desk) -> None:
    desk.say("user")
    prompt = seen(desk, 1)
    assert text_of(prompt, 0).strip() == "user"
    assert "user" in text_of(prompt, protocol.SCAFFOLD)


def test_the_next_prompt_is_told_before_anything_is_sent(desk: Desk) -> None:
    assert seen(desk, None).tokens
    desk.say("one")
    assert text_of(seen(desk, None), 1).strip() == desk.session.shown[1].text.strip()


def test_an_attached_file_is_in_the_prompt_and_kept_with_the_message(desk: Desk) -> None:
    files = (Attachment("notes.txt", "txt", "a secret of notes"),)
    desk.session.send("Sum it up.", files)
    desk.until_idle()
    assert desk.session.shown[0].attachments == files
    assert "a secret of notes" in text_of(seen(desk, 0), 0)
    desk.reopen()
    assert desk.session.shown[0].attachments == files
    desk.session.edit(0, "Say it short.")
    desk.until_idle()
    assert desk.session.shown[0].attachments == files


def test_a_chat_that_begins_with_a_file_alone_is_called_by_its_name(desk: Desk) -> None:
    desk.session.send("", (Attachment("notes.txt", "txt", "a secret of notes"),))
    desk.until_idle()
    assert desk.session.shown[1].state == "complete"
    assert desk.stored().title == "notes.txt"


def test_an_attached_file_is_counted_by_itself(desk: Desk) -> None:
    counts: list[int] = []
    for text in ("a", "a " * 50):
        desk.session.count_attachment(Attachment("notes.txt", "txt", text), counts.append)
    desk.deliver.until(lambda: len(counts) == 2)
    assert 0 < counts[0] < counts[1]


def test_without_a_model_the_reason_is_told(desk: Desk) -> None:
    desk.engine.unload()
    assert isinstance(seen(desk, None).error, NoModelLoaded)
    desk.session.measure("one")  # nothing to tell, and no harm
    desk.deliver.run_waiting()
    assert not desk.failures


def test_an_answer_can_be_begun_for_the_model(desk: Desk) -> None:
    desk.say("one")
    desk.session.prefill(0, "The answer is")
    desk.deliver.until(lambda: desk.session.shown[1].sibling_count == 2 and not desk.session.busy)
    answer = desk.session.shown[1]
    assert answer.text.startswith("The answer is")
    assert len(answer.text) > len("The answer is")
    assert answer.outcome
    assert answer.outcome.prompt_tokens > len(seen(desk, 0).tokens)
    desk.session.prefill(1, "No, the")
    desk.deliver.until(lambda: desk.session.shown[1].sibling_count == 3 and not desk.session.busy)
    assert desk.session.shown[1].text.startswith("No, the")
