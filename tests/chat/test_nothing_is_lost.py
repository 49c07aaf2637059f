"""Whatever a person does in whatever order: every version ever made is on a path or in the trash, as it was."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nextword.chat.session import ChatSession
from nextword.engine import protocol
from nextword.engine.client import Listener
from nextword.history.conversations import Conversations
from nextword.history.database import History
from nextword.history.records import MessageId, StoredConversation
from nextword.hub.library import Library
from nextword.settings import SettingsFile
from tests.deliveries import Deliveries
from tests.ui.chat.scripted_engine import ScriptedEngine, step

INDEX = st.integers(0, 7)


class AnsweringEngine(ScriptedEngine):
    """Answers by itself, each time with other words; every seventh is stopped before its first word."""

    def __init__(self, deliver: Deliveries) -> None:
        super().__init__()
        self._deliver = deliver
        self._count = 0

    def ask(self, request: protocol.Work, listener: Listener) -> int:
        if isinstance(request, protocol.Tokenize):
            return super().ask(request, listener)
        super().ask(request, listener)
        self._count += 1
        self._deliver(partial(self._answer, self._count))
        return len(self.asked)

    def _answer(self, number: int) -> None:
        if number % 7 == 0:
            self.finish("stopped")
        else:
            self.answer(step(f"answer {number}"), step(" goes on"))


class Conversation(RuleBasedStateMachine):
    """A session on a real history. texts: of every message that was ever kept."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.deliver = Deliveries()
        self.history = History(self.folder / "history.db", self.deliver)
        self.library = Library(self.folder / "library.json", self.deliver)
        self.session = ChatSession(
            AnsweringEngine(self.deliver),  # type: ignore[arg-type]
            self.history,
            settings=SettingsFile(self.folder / "settings.json"),
            library=self.library,
            later=lambda _seconds, _function: None,
        )
        self.texts: dict[MessageId, str] = {}
        self.said = 0

    def teardown(self) -> None:
        self.session.close()
        self.library.close()
        self.history.close()
        shutil.rmtree(self.folder)

    # --- what a person does ---------------------------------------------------------------------------------

    def new_text(self) -> str:
        self.said += 1
        return f"text {self.said}"

    def at(self, index: int) -> int:
        return index % len(self.session.shown)

    def has_messages(self) -> bool:
        return bool(self.session.shown)

    @initialize()
    def begin(self) -> None:
        for _ in range(2):
            self.send()

    @rule()
    def send(self) -> None:
        self.session.send(self.new_text())
        self.settle()

    @precondition(has_messages)
    @rule(index=INDEX)
    def edit(self, index: int) -> None:
        self.session.edit(self.at(index), self.new_text())
        self.settle()

    @precondition(has_messages)
    @rule(index=INDEX)
    def regenerate(self, index: int) -> None:
        self.session.regenerate(self.at(index))
        self.settle()

    @precondition(has_messages)
    @rule(index=INDEX)
    def branch(self, index: int) -> None:
        self.session.branch(self.at(index), 0, 9000)
        self.settle()

    @precondition(has_messages)
    @rule(index=INDEX)
    def continue_answer(self, index: int) -> None:
        self.session.continue_answer(self.at(index))
        self.settle()

    @precondition(has_messages)
    @rule(index=INDEX)
    def prefill(self, index: int) -> None:
        self.session.prefill(self.at(index), self.new_text())
        self.settle()

    @precondition(has_messages)
    @rule(index=INDEX, delta=st.sampled_from([-1, 1]))
    def switch(self, index: int, delta: int) -> None:
        self.session.switch(self.at(index), delta)
        self.settle()

    @precondition(has_messages)
    @rule(index=INDEX)
    def delete(self, index: int) -> None:
        self.session.delete(self.at(index))
        self.settle()

    @precondition(has_messages)
    @rule(index=INDEX)
    def delete_and_send_at_once(self, index: int) -> None:
        self.session.delete(self.at(index))
        self.session.send(self.new_text())
        self.settle()

    @rule()
    def undo(self) -> None:
        could = self.session.can_undo
        self.session.undo()
        self.settle()
        assert could or not self.session.can_undo

    @rule(number=INDEX)
    def show(self, number: int) -> None:
        nodes = self.session.tree().nodes
        if nodes:
            self.session.show(nodes[number % len(nodes)].id)
            self.settle()

    @rule(number=INDEX)
    def restore(self, number: int) -> None:
        nodes = [node for node in self.session.tree().nodes if node.deleted]
        if nodes:
            self.session.restore(nodes[number % len(nodes)].id)
            self.settle()
            assert nodes[number % len(nodes)].id in [message.id for message in self.session.shown]

    @rule()
    def reopen(self) -> None:
        conversation = self.session.conversation
        self.session.open(None)
        self.session.open(conversation)
        self.settle()

    # --- what holds -----------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until everything that was asked for is done, twice: what is done may ask for more."""
        for _ in range(3):
            self.read(lambda _conversations: None)
            self.deliver.until(lambda: not self.session.busy)

    def read(self, work: Callable[[Conversations], object]) -> object:
        found: list[object] = []
        self.history.run(work, done=found.append)
        self.deliver.until(lambda: found)
        return found[0]

    @invariant()
    def every_version_is_on_a_path_or_in_the_trash(self) -> None:
        conversation = self.session.conversation
        if conversation is None:
            return
        stored = self.read(lambda conversations: conversations.read(conversation, deleted=True))
        roots = self.read(lambda conversations: [row.message for row in conversations.trash.versions()])
        assert isinstance(stored, StoredConversation)
        assert isinstance(roots, list)
        now = {message.id: message for message in stored.messages}
        for key, text in self.texts.items():
            assert now[key].text == text
        self.texts |= {key: message.text for key, message in now.items()}
        tree = self.session.screen.tree
        assert {node.id for node in self.session.tree().nodes} == set(now)
        for key, message in now.items():
            if message.deleted is None:
                assert key in [each.id for each in tree.path(tree.newest_end(key))]
                assert key in tree.versions(key)
            else:
                above: MessageId | None = key
                while above is not None and above not in roots:
                    above = now[above].parent
                assert above is not None, "nothing in the trash could bring it back"

    @invariant()
    def what_is_shown_is_a_path_and_is_remembered(self) -> None:
        conversation, shown = self.session.conversation, self.session.shown
        if conversation is None:
            return
        tree = self.session.screen.tree
        end = shown[-1].id if shown else None
        assert [message.id for message in shown] == [message.id for message in tree.path(end)]
        for message in shown:
            assert message.id is not None
            versions = tree.versions(message.id)
            assert (versions.index(message.id), len(versions)) == (message.sibling_index, message.sibling_count)
        stored = self.read(lambda conversations: conversations.read(conversation))
        assert isinstance(stored, StoredConversation)
        assert stored.head == end


Conversation.TestCase.settings = settings(
    max_examples=120, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_nothing_is_lost = Conversation.TestCase
