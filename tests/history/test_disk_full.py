"""A disk that fills up: what was saved stays, what cannot be saved waits in its order, and is saved by itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from nextword.errors import HistoryError, NoSuchRow, NotSaved, SavingWaits
from nextword.history import outbox
from nextword.history.conversations import Conversations
from nextword.history.database import History, open_database
from nextword.history.records import ConversationId, MessageId, Outcome
from tests.deliveries import Deliveries
from tests.history.worn import ORIGIN

LARGE = 200_000


def fill_up(conversations: Conversations) -> None:
    """Let the database grow no more: SQLite then answers as for a full disk."""
    connection = conversations._db.conn
    pages = connection.execute("pragma page_count").fetchone()[0]
    connection.execute(f"pragma max_page_count={pages}")


def make_room(conversations: Conversations) -> None:
    conversations._db.conn.execute("pragma max_page_count=1073741823")


class Desk:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.deliver = Deliveries()
        self.history = History(path, self.deliver)
        self.said: list[SavingWaits | None] = []
        self.history.saving_waits.connect(self.said.append)
        self.heard: list[object] = []

    def run(self, work: object) -> object:
        got: list[object] = []
        self.history.run(work, done=got.append, failed=got.append)  # type: ignore[arg-type]
        self.deliver.until(lambda: got)
        return got[0]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(outbox, "AGAIN_SECONDS", 0.05)
    made = Desk(tmp_path / "history.db")
    yield made
    made.history.close()


def begun(desk: Desk) -> MessageId:
    def begin(conversations: Conversations) -> MessageId:
        conversation = conversations.create("kept")
        question = conversations.add_message(conversation, None, "user", "q")
        return conversations.begin_answer(conversation, question, ORIGIN)

    return desk.run(begin)  # type: ignore[return-value]


def append(message: MessageId, number: int, conversations: Conversations) -> int:
    conversations.append_tokens(message, f"{number} ", bytes([number]) * LARGE)
    return number


def test_writes_wait_for_room_and_are_done_in_their_order(desk: Desk) -> None:
    answer = begun(desk)
    desk.run(partial(append, answer, 0))
    desk.run(fill_up)
    waits: list[HistoryError] = []
    for number in range(1, 4):
        desk.history.keep(partial(append, answer, number), done=desk.heard.append, waits=waits.append)
    desk.deliver.until(lambda: len(waits) == 3)
    assert [error.reason for error in waits if isinstance(error, NotSaved)] == ["disk_full"] * 3
    assert desk.said == [SavingWaits("disk_full", 1)] or isinstance(desk.said[0], SavingWaits)
    assert desk.heard == []
    assert desk.run(lambda c: c.tokens(answer)) == (b"\0" * LARGE,)
    desk.run(make_room)
    desk.deliver.until(lambda: len(desk.heard) == 3)
    desk.deliver.until(lambda: desk.said[-1] is None)
    assert desk.heard == [1, 2, 3]
    assert desk.run(lambda c: c.tokens(answer)) == tuple(bytes([n]) * LARGE for n in range(4))
    assert len(desk.said) == 2


def test_what_waits_is_written_at_the_end_if_there_is_room_then(desk: Desk) -> None:
    answer = begun(desk)
    desk.run(fill_up)
    desk.history._again.close()  # it is not tried again before the end
    desk.history.keep(partial(append, answer, 1))
    desk.run(make_room)
    desk.history.close()
    db = open_database(desk.path)
    assert Conversations(db).tokens(answer) == (b"\1" * LARGE,)
    db.close()


def test_a_write_that_can_never_be_done_does_not_hold_up_the_others(desk: Desk) -> None:
    answer = begun(desk)
    desk.run(fill_up)
    failed: list[HistoryError] = []
    desk.history.keep(partial(append, answer, 1), done=desk.heard.append)
    desk.history.keep(lambda c: c.finish_answer(MessageId(99), "x", Outcome("complete", "end")), failed=failed.append)
    desk.history.keep(partial(append, answer, 2), done=desk.heard.append)
    desk.run(make_room)
    desk.deliver.until(lambda: len(desk.heard) == 2)
    assert isinstance(failed[0], NoSuchRow)


def test_reading_goes_on_while_something_waits(desk: Desk) -> None:
    answer = begun(desk)
    desk.run(fill_up)
    desk.history.keep(partial(append, answer, 1))
    assert desk.run(lambda c: c.read(ConversationId(1)).title) == "kept"
    assert isinstance(desk.run(lambda c: c.add_message(ConversationId(1), None, "user", "x" * LARGE)), NotSaved)
    desk.run(make_room)
    desk.deliver.until(lambda: desk.said[-1] is None)
    assert desk.run(lambda c: len(c.tokens(answer))) == 1


def test_a_write_with_a_fault_of_ours_is_told_and_keeps_nothing_behind_it_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[str] = []
    monkeypatch.setattr("threading.excepthook", lambda given: faults.append(given.exc_type.__name__))
    answer, failed = begun(desk), list[HistoryError]()

    def broken(_conversations: Conversations) -> None:
        raise AttributeError("a fault of ours")

    desk.run(fill_up)
    desk.history.keep(partial(append, answer, 1), done=desk.heard.append)  # waits for room
    desk.history.keep(broken, failed=failed.append)
    desk.history.keep(partial(append, answer, 2), done=desk.heard.append)
    desk.run(make_room)
    desk.deliver.until(lambda: len(desk.heard) == 2)
    desk.history.keep(partial(append, answer, 3), done=desk.heard.append)
    desk.deliver.until(lambda: len(desk.heard) == 3)
    assert [(type(error), error.reason) for error in failed if isinstance(error, NotSaved)] == [(NotSaved, "other")]
    assert faults == ["AttributeError"]
    desk.run(fill_up)
    desk.history.keep(partial(append, answer, 4))
    desk.history.keep(broken)
    desk.run(make_room)
    desk.history.close()  # ends, and closes the database
    assert faults == ["AttributeError", "AttributeError"]
    open_database(desk.path).close()
