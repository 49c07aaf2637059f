"""What comes late in Write: nothing of one document may be shown in another, or take what was written meanwhile."""

from __future__ import annotations

from typing import cast

import pytest

from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.engine.status import EngineStatus, JobFailed, Listener
from nextword.errors import NoModelLoaded
from nextword.events import Event
from nextword.history.records import ConversationId
from nextword.write.comparing import Comparing, Comparison
from nextword.write.tokens_desk import TokenDesk
from nextword.write.tokens_vocabulary import VocabularyReader
from tests.write.documents import Desk
from tests.write.instruments import Bench


def test_what_is_typed_before_a_document_is_read_stands_behind_it(desk: Desk) -> None:
    desk.type("the time")
    desk.kept()
    document = desk.session.document
    desk.session.open(document)
    desk.shown = ""
    desk.type("more")  # it is not read yet
    desk.session.continue_text()
    assert not desk.session.busy, "there is nothing to go on from yet"
    desk.deliver.until(lambda: len(desk.shown) > 4)
    assert desk.shown == desk.session.written.text == "the timemore"
    desk.session.undo()
    assert desk.session.written.text == "the timemore"
    assert "".join(message.text for message in desk.kept().messages) == "the timemore"
    assert not desk.failures


def test_a_failure_of_what_was_asked_for_another_document_ends_nothing_here(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.type("the time")
    held: list[Listener] = []
    with monkeypatch.context() as patched:
        patched.setattr(desk.engine, "ask", lambda _request, listener: held.append(listener) or 0)
        desk.session.score()
    desk.session.open(None)
    desk.shown = ""
    desk.type("of day")
    desk.session.score()
    held[0](JobFailed(0, NoModelLoaded()))
    assert desk.session.busy
    assert not desk.failures
    desk.until_idle()
    assert desk.session.totals() is not None


def test_a_comparison_with_a_document_that_was_left_is_not_made(desk: Desk) -> None:
    comparing = Comparing(desk.session)
    compared: list[Comparison] = []
    stopped: list[None] = []
    comparing.compared.connect(compared.append)
    comparing.stopped.connect(stopped.append)
    desk.type("the time")
    comparing.edit(0, 0, "the word")
    assert comparing.compare()
    desk.session.open(None)
    assert len(stopped) == 1
    desk.shown = ""
    desk.type("of day")
    desk.session.score()
    desk.until_idle()
    assert comparing.compare()
    desk.deliver.until(lambda: compared)
    (found,) = compared
    assert "".join(left.text.decode() for left, _ in found.rows if left is not None).strip() == "of day"
    comparing.close()


class _SlowEngine:
    """Holds back what is asked."""

    def __init__(self, status: EngineStatus) -> None:
        self.status = status
        self.status_changed: Event[EngineStatus] = Event()
        self.asked: list[Listener] = []

    def ask(self, _request: protocol.Work, listener: Listener) -> int:
        self.asked.append(listener)
        return len(self.asked)

    def stop(self, _job: int) -> None:
        """Too late: it is on its way."""


def test_tokens_that_come_late_are_not_those_of_the_text_that_is_shown(bench: Bench) -> None:
    slow = _SlowEngine(bench.engine.status)
    engine = cast(Engine, slow)
    desk = TokenDesk(engine, VocabularyReader(engine), lambda: engine)
    desk.set_text("the time")
    desk.set_text("")
    slow.asked[0](protocol.Tokenized(0, (protocol.PromptToken(5, b"the", False),), (1,), ()))
    assert desk.first.shown.tokens == ()
    desk.close()


def test_what_was_typed_is_kept_when_the_document_could_not_be_read(desk: Desk) -> None:
    desk.session.open(ConversationId(10_000))
    desk.shown = ""
    desk.type("the time")
    desk.deliver.until(lambda: desk.failures)
    assert "".join(message.text for message in desk.kept().messages) == "the time"
