"""The disk fills up while an answer is generated: nothing of it is lost, and the session goes on."""

from __future__ import annotations

import pytest

from nextword.engine.tokens import text_of, unpack
from nextword.errors import NotSaved, SavingWaits
from nextword.history import outbox
from tests.chat.desk import Desk
from tests.history.test_disk_full import fill_up, make_room


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "AGAIN_SECONDS", 0.05)


def test_an_answer_that_outgrows_the_disk_is_whole_when_there_is_room_again(desk: Desk) -> None:
    said: list[SavingWaits | None] = []
    desk.history.saving_waits.connect(said.append)
    desk.settings.set("sampling.max_tokens", 400)
    desk.session.send("go on")
    desk.deliver.until(lambda: len(desk.session.shown) == 2 and len(desk.session.shown[1].steps) > 20)
    desk.history.run(fill_up)
    desk.until_idle()
    answer = desk.session.shown[1]
    assert len(answer.steps) == 400
    assert isinstance(said[0], SavingWaits)
    assert said[0].reason == "disk_full"
    assert desk.stored().messages[1].state == "generating"
    desk.session.edit(1, "x" * 100_000)  # no room for that either: it is not kept, and comes back
    desk.deliver.until(lambda: desk.drafts)
    assert isinstance(desk.failures[-1], NotSaved)
    desk.history.run(make_room)
    desk.deliver.until(lambda: said[-1] is None)
    stored = desk.stored().messages[1]
    assert (stored.text, stored.state) == (answer.text, "complete")
    blocks: list[tuple[bytes, ...]] = []
    desk.history.run(lambda conversations: conversations.tokens(stored.id), done=blocks.append)
    desk.deliver.until(lambda: blocks)
    assert text_of([step for block in blocks[0] for step in unpack(block)]) == answer.text
    desk.settings.set("sampling.max_tokens", 8)
    desk.say("and then")
    assert [message.parent for message in desk.stored().messages] == [None, 1, 2, 3]


def test_an_answer_without_room_for_its_row_gets_it_later(desk: Desk) -> None:
    desk.say("first")
    ask = desk.engine.ask

    def full_from_now_on(*arguments: object, **options: object) -> int:
        desk.history.run(fill_up_to_the_brim)
        return ask(*arguments, **options)  # type: ignore[arg-type]

    def fill_up_to_the_brim(conversations: object) -> None:
        fill_up(conversations)  # type: ignore[arg-type]
        connection = conversations._db.conn  # type: ignore[attr-defined]
        connection.execute("pragma query_only=on")  # read-only: what waits for a full disk waits for this too

    desk.engine.ask = full_from_now_on  # type: ignore[method-assign]
    answer = desk.say("second")
    assert answer.state == "complete"
    assert answer.id is None

    def free(conversations: object) -> None:
        conversations._db.conn.execute("pragma query_only=off")  # type: ignore[attr-defined]
        make_room(conversations)  # type: ignore[arg-type]

    desk.history.run(free)
    desk.deliver.until(lambda: answer.id is not None)
    stored = desk.stored()
    assert stored.messages[3].text == answer.text == text_of(answer.steps)
    assert [message.parent for message in stored.messages] == [None, 1, 2, 3]
    assert not desk.failures
