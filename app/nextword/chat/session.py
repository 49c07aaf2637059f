"""The rules of a conversation: send, answer, stop, versions; knows the engine and the history, not the window.

Lives on one thread. What a person wrote is committed before the engine hears of it; what is generated is kept
every half second; every version stays.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from nextword.chat.answer import Later, ShownMessage
from nextword.chat.answering import Answering, Order
from nextword.chat.beginnings import without_halves
from nextword.chat.context import ContextUse
from nextword.chat.drafts import DraftKeeper
from nextword.chat.fitting import Counts
from nextword.chat.forms import BASE_WAYS, Said
from nextword.chat.history_work import read_all, read_tokens
from nextword.chat.outline import Outline, outline_of
from nextword.chat.own_settings import OwnSettings
from nextword.chat.preferences import BaseWay, ContextPolicy, Preferences
from nextword.chat.quoting import quoted
from nextword.chat.screen import Screen
from nextword.chat.seeing import Seeing, SeenPrompt
from nextword.chat.sending import Sending
from nextword.chat.tree import Tree
from nextword.chat.trips import Trips
from nextword.chat.undoing import Step
from nextword.chat.versions import Versions
from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError, TokensDamaged
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import Attachment, ConversationId, MessageId, StoredConversation
from nextword.history.temporary import TemporaryHistory
from nextword.hub.library import Library
from nextword.settings import SettingsFile


class Visit(Struct):
    """The time for which one conversation is on screen. Once it is over: which one it was, None for one that had not
    begun; temporary: it left no trace."""

    over: bool = False
    conversation: ConversationId | None = None
    temporary: bool = False


class ChatSession:
    """One conversation on screen. Only one answer is generated at a time; it goes on when another is opened meanwhile.

    measured: what the last `measure` came to. needs_decision: not everything fits and the preferences say to ask;
    nothing was sent, a text comes back as a draft, `send_with_policy` goes on. undo_changed: whether there is
    something to take back. undone: what was. version_deleted: how many messages of it went into the trash.
    draft_read: what was being written in the conversation that was opened.
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
        self.needs_decision: Event[ContextUse] = Event()
        self._engine = engine
        self._history = history
        self.visit = Visit()
        self._reading = False
        self._put_off: Order | None = None  # an answer that waits for a decision
        self._build(settings, library, later)

    def _build(self, settings: SettingsFile, library: Library, later: Later) -> None:
        screen, engine = self.screen, self._engine
        counts = self._counts = Counts(engine)
        self._own = OwnSettings(screen, settings)
        self._answering = Answering(screen, engine, counts=counts, library=library, later=later)
        self._versions = Versions(screen, engine, self._answering, own=self._own, is_busy=self._is_held)
        self._trips = Trips(screen, lambda: self._sending.saving or self._reading or screen.has_answer())
        self._seeing = Seeing(screen, self._answering, counts=counts, own=self._own)
        self._drafts = DraftKeeper(self._history, later)
        self._sending = Sending(screen, self._answering, own=self._own, seeing=self._seeing, drafts=self._drafts)
        self.preferences_changed = self._own.changed
        self.measured = self._seeing.measured
        self.undo_changed, self.undone = self._trips.undo_changed, self._trips.undone
        self.version_deleted = self._trips.version_deleted
        self.draft_read = self._drafts.was_read
        self.draft_restored = self._sending.draft_restored
        self.attachments_restored = self._sending.attachments_restored
        for part in (
            self._own,
            self._answering,
            self._versions,
            self._trips,
            self._seeing,
            self._drafts,
            self._sending,
        ):
            part.failed.connect(self.failed.emit)
        self._answering.changed.connect(self._tell_busy)
        self._sending.changed.connect(self._tell_busy)
        self._sending.edited.connect(self._trips.did)
        self._sending.refused.connect(self.needs_decision.emit)
        self._answering.begun.connect(self._on_begun)
        self._answering.put_off.connect(self._on_put_off)

    # --- what there is --------------------------------------------------------------------------------------

    @property
    def shown(self) -> list[ShownMessage]:
        """The messages of the current path, the first first."""
        return self.screen.shown

    @property
    def conversation(self) -> ConversationId | None:
        """The conversation on screen, None for one that has not begun and for a temporary one: no list has it."""
        return None if self.screen.temporary else self.screen.conversation

    @property
    def temporary(self) -> bool:
        """Whether the conversation on screen is in memory alone."""
        return self.screen.temporary

    @property
    def title(self) -> str:
        """What the conversation was called when it was opened."""
        return self.screen.title

    @property
    def busy(self) -> bool:
        """Whether an answer is being made, here or in the conversation that was open before."""
        return self._sending.saving or self.screen.answer is not None

    @property
    def preferences(self) -> Preferences:
        """How this conversation is answered: the settings of the program, and what it has of its own."""
        return self._own.value

    @property
    def imported_system_prompt(self) -> str:
        """A system prompt that came with an import and is not sent, "" for none."""
        return self._own.set_aside

    @property
    def model_kind(self) -> protocol.Kind | None:
        """Whether the model that is loaded continues texts or answers; None while none is."""
        model = self._engine.status.model
        return model.kind if model is not None else None

    @property
    def ways(self) -> tuple[BaseWay, ...]:
        """The ways to speak to the model that is loaded; none for one that answers."""
        return BASE_WAYS if self.model_kind == "base" else ()

    @property
    def can_undo(self) -> bool:
        """Whether `undo` would do something."""
        return self._trips.can_undo

    @property
    def last_act(self) -> Step | None:
        """What `undo` would take back, None for nothing."""
        return self._trips.last

    def tree(self) -> Outline:
        """Return all versions of the conversation, those in the trash too, for a picture of them."""
        return outline_of(self.screen.tree, [message.id for message in self.shown if message.id is not None])

    # --- what a person does ---------------------------------------------------------------------------------

    def open(self, conversation: ConversationId | None, *, temporary: bool = False) -> None:
        """Show a conversation as it was left; None: a new one, which is not kept before something is sent.

        temporary: a new one that is never written anywhere, and gone when another is opened.
        """
        self._leave()
        if temporary:
            self.screen.temporary, self.screen.history = True, TemporaryHistory.beside(self._history)
            conversation = None
        self._reading = conversation is not None
        self._put_off = None
        self._sending.forget()
        self.screen.clear(conversation)
        self._own.load({})
        self._trips.tell()
        if conversation is not None:
            tree = self.screen.tree
            self.screen.history.run(
                partial(read_all, conversation),
                done=partial(self._on_read, tree),
                failed=partial(self._on_not_read, tree),
            )
        if not temporary:
            self._drafts.read(conversation)

    def reload(self) -> None:
        """Read the conversation again: something else has changed it."""
        if self.conversation is not None and not self.busy:
            self._trips.read_again()

    def set_preferences(self, preferences: Preferences) -> None:
        """Have this conversation answered so from now on; kept with it once it has a message."""
        if not self._reading:
            self._own.set(preferences)

    def use_imported_system_prompt(self) -> None:
        """Make the system prompt that came with an import the one of this conversation."""
        self._own.take_set_aside()

    def send(self, text: str, attachments: Sequence[Attachment] = ()) -> None:
        """Say `text` at the end of the path and have it answered; nothing happens while busy or for blanks.

        Before the path is read it has no end yet: then the text comes back as a draft.
        """
        message = ShownMessage(None, "user", without_halves(text), attachments=tuple(attachments))
        if self.busy or not (text.strip() or attachments):
            return
        if self._reading or self._trips.working:
            self._sending.give_back(message)
        else:
            self._put_off = None
            self._sending.send(message, self.preferences)

    def send_with_policy(self, policy: ContextPolicy) -> None:
        """Go on with what waited for a decision."""
        order, self._put_off = self._put_off, None
        if self._is_held():
            return
        if order is None:
            self._sending.send_refused(replace(self.preferences, context_policy=policy))
        elif order.tree is self.screen.tree:
            if self.screen.last_id() != order.question:
                self.screen.show_path(order.question)
            preferences = replace(order.preferences, context_policy=policy)
            self._answering.begin(dataclasses.replace(order, preferences=preferences))

    def edit(self, index: int, text: str) -> None:
        """Put another version beside a message. A question is answered anew; an answer stays as written."""
        message = self.shown[index]
        if self._is_held() or not text.strip() or message.id is None:
            return
        self._sending.edit(index, without_halves(text), self.preferences)

    def regenerate(self, index: int) -> None:
        """Answer again: another version of the answer at `index`, or the first answer to a question there."""
        message = self.shown[index]
        if self._is_held() or message.id is None:
            return
        question = message.id if message.role == "user" else self.screen.tree.get(message.id).parent
        if question is not None:
            self._versions.begin(question, index + 1 if message.role == "user" else index)

    def continue_answer(self, index: int) -> None:
        """Go on where an answer ended, as another version that begins with the same tokens."""
        self._versions.continue_answer(index)

    def branch(self, index: int, position: int, token_id: int) -> None:
        """Take another token at `position` of an answer and go on from there, as another version."""
        self._versions.branch(index, position, token_id)

    def prefill(self, index: int, text: str) -> None:
        """Answer the question at `index`, or that of the answer there, with an answer that begins with `text`."""
        self._versions.prefill(index, without_halves(text))

    def switch(self, index: int, delta: int) -> None:
        """Show the version `delta` further on of the message at `index`, and the newest path below it."""
        self._trips.switch(index, delta)

    def show(self, message: MessageId) -> None:
        """Show the path through a message, and the newest path below it."""
        self._trips.show(message)

    def delete(self, index: int) -> None:
        """Put a version with all that answers it into the trash; the one beside it is shown, or what it answers."""
        message = self.shown[index]
        if message.id is not None:
            self._trips.delete(message.id)

    def restore(self, message: MessageId) -> None:
        """Take a version out of the trash and show it."""
        self._trips.restore(message)

    def undo(self) -> None:
        """Take the last act back: a deleted version returns, and the path is shown that was shown before."""
        self._trips.undo()

    def stop(self) -> None:
        """Stop the answer that is being made; what is there stays."""
        self._answering.stop()

    def load_tokens(self, index: int) -> None:
        """Fetch the tokens of an older answer; message_changed tells when they are there."""
        message = self.shown[index]
        if message.has_tokens and not message.steps and message.id is not None:
            self.screen.history.run(
                partial(read_tokens, message.id),
                done=partial(self._on_tokens, message),
                failed=partial(self._on_no_tokens, message),
            )

    def add_to_draft(self, conversation: ConversationId | None, attachments: Sequence[Attachment]) -> None:
        """Put files to what is being written in a conversation that is not on screen."""
        self._drafts.add(conversation, "", tuple(attachments))

    def keep_draft(self, text: str, attachments: Sequence[Attachment] = ()) -> None:
        """Keep what is being written here, within a second; of a temporary conversation nothing is kept."""
        if not self.temporary:
            self._drafts.note(self.conversation, text, tuple(attachments))

    def measure(self, draft: str, attachments: Sequence[Attachment] = ()) -> None:
        """Count what would be sent with `draft`; `measured` tells, unless another measure is asked for before."""
        self._seeing.measure(draft, tuple(attachments))

    def count_attachment(self, attachment: Attachment, done: Callable[[int], None]) -> None:
        """Give `done` how many tokens an attachment takes in a prompt; never, while no model is loaded."""
        self._seeing.count(quoted(attachment), done)

    def prompt_tokens(
        self,
        until_index: int | None,
        done: Callable[[SeenPrompt], None],
        *,
        draft: str = "",
        attachments: Sequence[Attachment] = (),
    ) -> None:
        """Give `done` the exact tokens that the answer at `until_index` was, or would be, made from: a question's, if
        that is one. None: the next answer's, to the draft if there is one."""
        self._seeing.prompt_tokens(until_index, done, Said("user", draft, tuple(attachments)))

    def close(self) -> None:
        """Keep what there is of a growing answer; the engine is closed by its owner."""
        self._own.close()
        self._drafts.flush()
        if self.screen.temporary:
            self._leave()
        self._answering.close()

    # --- what comes back ------------------------------------------------------------------------------------

    def _leave(self) -> None:
        """Leave the conversation on screen; of a temporary one nothing stays."""
        visit, self.visit = self.visit, Visit()
        visit.over, visit.conversation, visit.temporary = True, self.conversation, self.temporary
        self._drafts.flush()
        if self.screen.temporary:
            if self.screen.answer is not None and self.screen.answer.conversation == self.screen.conversation:
                self._answering.drop()
            self._sending.drop()
            self._trips.drop()
            self.screen.history.close()
            self.screen.temporary, self.screen.history = False, self._history

    def _is_held(self) -> bool:
        return self.busy or self._reading or self._trips.working

    def _tell_busy(self, _none: None) -> None:
        self.busy_changed.emit(self.busy)
        self._trips.tell()

    def _on_begun(self, order: Order) -> None:
        if order.end_before is not None and order.tree is self.screen.tree:
            self._trips.did(Step("answer", order.end_before))

    def _on_put_off(self, put_off: tuple[Order, ContextUse]) -> None:
        order, use = put_off
        self._put_off = order
        if order.tree is self.screen.tree:
            self.needs_decision.emit(use)

    def _on_read(self, awaited: Tree, stored: StoredConversation) -> None:
        screen = self.screen
        if awaited is not screen.tree:  # something else was opened meanwhile
            return
        self._reading = False
        screen.title = stored.title
        screen.tree = Tree(stored.messages)
        end = stored.head if screen.tree.has(stored.head) else screen.tree.newest_root_end()
        answer = screen.answer
        if answer is not None and answer.parent in screen.tree and answer.conversation == stored.id:
            screen.store_text(answer.message)  # it may have ended after the database was read
            end = answer.message.id if answer.message.id in screen.tree else answer.parent
        self._own.load(stored.settings)
        screen.show_path(end)
        self._trips.tell()

    def _on_not_read(self, awaited: Tree, error: NextwordError) -> None:
        if awaited is self.screen.tree:
            self._reading = False
        self.failed.emit(error)

    def _on_tokens(self, message: ShownMessage, steps: list[TokenStep]) -> None:
        message.steps = steps
        self.screen.tell_changed(message)

    def _on_no_tokens(self, message: ShownMessage, error: NextwordError) -> None:
        if isinstance(error, TokensDamaged):
            message.has_tokens = False  # asked again it would be told again
            self.screen.tell_changed(message)
        self.failed.emit(error)
