"""The rules of a conversation: send, answer, stop, versions; knows the engine and the history, not the window.

Lives on one thread. What a person wrote is committed before the engine hears of it; what is generated is kept
every half second; every version stays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nextword.chat.answer import Later, ShownMessage
from nextword.chat.answering import Answering
from nextword.chat.beginnings import without_halves
from nextword.chat.history_work import add_message, read_tokens, set_head
from nextword.chat.screen import Screen
from nextword.chat.tree import Tree
from nextword.chat.versions import Versions
from nextword.engine.client import Engine
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import ConversationId, MessageId, StoredConversation, StoredMessage
from nextword.hub.library import Library
from nextword.settings import SettingsFile

_Saved = Callable[[ConversationId, Tree, MessageId], None]
"""Called with the conversation a message was saved in, the tree it is in now, and its id."""


class ChatSession:
    """One conversation on screen. shown: the messages of its current path, the first first.

    Only one answer is generated at a time; it goes on when another conversation is opened meanwhile.
    """

    def __init__(
        self, engine: Engine, history: History, *, settings: SettingsFile, library: Library, later: Later
    ) -> None:
        self.screen = Screen(history)
        self.reset = self.screen.reset
        self.message_added = self.screen.message_added
        self.message_changed = self.screen.message_changed
        self.tokens_added = self.screen.tokens_added
        self.busy_changed: Event[bool] = Event()
        self.failed: Event[NextwordError] = Event()
        self.draft_restored: Event[str] = Event()
        self._answering = Answering(self.screen, engine, settings=settings, library=library, later=later)
        self._answering.changed.connect(self._on_answering)
        self._answering.failed.connect(self.failed.emit)
        self._versions = Versions(self.screen, engine, self._answering, lambda: self.busy)
        self._versions.failed.connect(self.failed.emit)
        self._saving = False
        self._reading = False

    @property
    def shown(self) -> list[ShownMessage]:
        """The messages of the current path, the first first."""
        return self.screen.shown

    @property
    def conversation(self) -> ConversationId | None:
        """The conversation on screen, None for one that has not begun."""
        return self.screen.conversation

    @property
    def title(self) -> str:
        """What the conversation was called when it was opened."""
        return self.screen.title

    @property
    def busy(self) -> bool:
        """Whether an answer is being made, here or in the conversation that was open before."""
        return self._saving or self.screen.answer is not None

    # --- what a person does ---------------------------------------------------------------------------------

    def open(self, conversation: ConversationId | None) -> None:
        """Show a conversation as it was left; None: a new one, which is not kept before something is sent."""
        self._reading = conversation is not None
        self.screen.clear(conversation)
        if conversation is not None:
            tree = self.screen.tree
            self.screen.history.run(
                lambda conversations: conversations.read(conversation),
                done=partial(self._on_read, tree),
                failed=partial(self._on_not_read, tree),
            )

    def send(self, text: str) -> None:
        """Say `text` at the end of the path and have it answered; nothing happens while busy or for blanks.

        Before the path is read it has no end yet: then the text comes back as a draft.
        """
        if self.busy or not text.strip():
            return
        if self._reading:
            self.draft_restored.emit(text)
            return
        self.screen.add(ShownMessage(None, "user", without_halves(text)))
        end = self.screen.last_id()
        self._save_and_answer(end, end)

    def edit(self, index: int, text: str) -> None:
        """Put another version beside a message. A question is answered anew; an answer stays as written."""
        message = self.shown[index]
        if self.busy or not text.strip() or message.id is None:
            return
        parent, end = self.screen.tree.get(message.id).parent, self.screen.last_id()
        self.screen.cut(index)
        self.screen.add(ShownMessage(None, message.role, without_halves(text)))
        if message.role == "user":
            self._save_and_answer(parent, end)
        else:
            self._save(parent, end, then=lambda *_saved: self._set_saving(False))

    def regenerate(self, index: int) -> None:
        """Answer again: another version of the answer at `index`, or the first answer to a question there."""
        screen, message = self.screen, self.shown[index]
        if self.busy or message.id is None:
            return
        question = message.id if message.role == "user" else screen.tree.get(message.id).parent
        if question is not None and screen.conversation is not None:
            self._answering.end_before = screen.last_id()
            screen.cut(index + 1 if message.role == "user" else index)
            self._answering.begin(screen.conversation, screen.tree, question=question, start=())

    def continue_answer(self, index: int) -> None:
        """Go on where an answer ended, as another version that begins with the same tokens."""
        self._versions.continue_answer(index)

    def branch(self, index: int, position: int, token_id: int) -> None:
        """Take another token at `position` of an answer and go on from there, as another version."""
        self._versions.branch(index, position, token_id)

    def switch(self, index: int, delta: int) -> None:
        """Show the version `delta` further on of the message at `index`, and the newest path below it."""
        screen, message = self.screen, self.shown[index]
        if screen.has_answer() or self._saving or message.id is None:
            return
        versions = screen.tree.versions(message.id)
        at = versions.index(message.id) + delta
        if 0 <= at < len(versions):
            end = screen.tree.newest_end(versions[at])
            screen.show_path(end)
            screen.history.run(partial(set_head, screen.conversation, end), failed=self.failed.emit)

    def stop(self) -> None:
        """Stop the answer that is being made; what is there stays."""
        self._answering.stop()

    def load_tokens(self, index: int) -> None:
        """Fetch the tokens of an older answer; message_changed tells when they are there."""
        message = self.shown[index]
        if message.has_tokens and not message.steps and message.id is not None:
            self.screen.history.run(
                partial(read_tokens, message.id), done=partial(self._on_tokens, message), failed=self.failed.emit
            )

    def close(self) -> None:
        """Keep what there is of a growing answer; the engine is closed by its owner."""
        self._answering.close()

    # --- saving ---------------------------------------------------------------------------------------------

    def _save_and_answer(self, parent: MessageId | None, end_before: MessageId | None) -> None:
        self._answering.stop_asked = False
        self._save(parent, end_before, then=self._answer_saved)

    def _answer_saved(self, conversation: ConversationId, tree: Tree, question: MessageId) -> None:
        self._saving = False
        if self._answering.stop_asked:
            self.busy_changed.emit(False)
        else:
            self._answering.end_before = None
            self._answering.begin(conversation, tree, question=question, start=())

    def _save(self, parent: MessageId | None, end_before: MessageId | None, *, then: _Saved) -> None:
        """Save the last message shown. The tree goes along: another conversation may be open when it is saved."""
        self._set_saving(True)
        shown = self.shown[-1]
        self.screen.history.run(
            partial(add_message, self.conversation, parent, shown.role, shown.text),
            done=partial(self._on_saved, shown, self.screen.tree, then),
            failed=partial(self._on_not_saved, shown, end_before),
        )

    def _on_saved(
        self, shown: ShownMessage, tree: Tree, then: _Saved, saved: tuple[ConversationId, StoredMessage]
    ) -> None:
        conversation, stored = saved
        tree.add(stored)
        if shown in self.shown:
            self.screen.conversation = conversation
            shown.id = stored.id
            self.screen.count_versions()
            self.screen.tell_changed(shown)
        then(conversation, tree, stored.id)

    def _on_not_saved(self, shown: ShownMessage, end_before: MessageId | None, error: NextwordError) -> None:
        """Nothing is sent that was not kept: take the message off the screen, give its text back."""
        if shown in self.shown:
            self.screen.cut(self.shown.index(shown))
            if end_before != self.screen.last_id():
                self.screen.show_path(end_before)
        self._set_saving(False)
        self.draft_restored.emit(shown.text)
        self.failed.emit(error)

    def _set_saving(self, saving: bool) -> None:
        if saving != self._saving:
            self._saving = saving
            self.busy_changed.emit(self.busy)

    # --- what comes back ------------------------------------------------------------------------------------

    def _on_answering(self, _none: None) -> None:
        self.busy_changed.emit(self.busy)

    def _on_read(self, awaited: Tree, stored: StoredConversation) -> None:
        screen = self.screen
        if awaited is not screen.tree:  # something else was opened meanwhile
            return
        self._reading = False
        screen.title = stored.title
        screen.tree = Tree(stored.messages)
        end = stored.head if stored.head in screen.tree else screen.tree.newest_root_end()
        answer = screen.answer
        if answer is not None and answer.parent in screen.tree and answer.conversation == stored.id:
            screen.store_text(answer.message)  # it may have ended after the database was read
            end = answer.message.id if answer.message.id in screen.tree else answer.parent
        screen.show_path(end)

    def _on_not_read(self, awaited: Tree, error: NextwordError) -> None:
        if awaited is self.screen.tree:
            self._reading = False
        self.failed.emit(error)

    def _on_tokens(self, message: ShownMessage, steps: list[TokenStep]) -> None:
        message.steps = steps
        self.screen.tell_changed(message)
