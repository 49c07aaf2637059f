"""What a person writes on its way into the history and to the model: nothing is sent that was not kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nextword.chat.answer import ShownMessage
from nextword.chat.answering import Answering, Order
from nextword.chat.context import ContextUse
from nextword.chat.drafts import DraftKeeper
from nextword.chat.history_work import NewMessage, add_message
from nextword.chat.own_settings import OwnSettings
from nextword.chat.preferences import Preferences
from nextword.chat.screen import Screen
from nextword.chat.seeing import Seeing
from nextword.chat.tree import Tree
from nextword.chat.undoing import Step
from nextword.errors import ContextTooSmall, NextwordError
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import Attachment, ConversationId, MessageId, StoredMessage

_Saved = Callable[[ConversationId, Tree, MessageId], None]
"""Called with the conversation a message was saved in, the tree it is in now, and its id."""


class Sending:
    """saving: a message is on its way. changed: that began or ended. edited: a version was put beside a message.

    refused: the message does not fit; it was not sent, and comes back as a draft.
    """

    def __init__(
        self, screen: Screen, answering: Answering, *, own: OwnSettings, seeing: Seeing, drafts: DraftKeeper
    ) -> None:
        self.saving = False
        self.changed: Event[None] = Event()
        self.edited: Event[Step] = Event()
        self.refused: Event[ContextUse] = Event()
        self.failed: Event[NextwordError] = Event()
        self.draft_restored: Event[str] = Event()
        self.attachments_restored: Event[tuple[Attachment, ...]] = Event()
        self._screen = screen
        self._answering = answering
        self._own = own
        self._seeing = seeing
        self._drafts = drafts
        self._refused: ShownMessage | None = None
        self._number = 0

    def send(self, message: ShownMessage, preferences: Preferences) -> None:
        """Show a message at the end of the path, see whether it fits, keep it and have it answered."""
        self._refused = None
        self._answering.stop_asked = False
        end = self._screen.last_id()
        wish = self._seeing.wish(message, preferences)
        tree, conversation, history = self._screen.tree, self._screen.conversation, self._screen.history
        self._screen.add(message)
        self._set_saving(True)

        number = self._number

        def judge(use: ContextUse | None) -> None:
            if number != self._number:  # it was said in a conversation that leaves no trace
                return
            fits = use is None or not (use.too_large or use.needs_decision)
            if tree is not self._screen.tree:  # another conversation was opened: the text waits in its own
                self._set_saving(False)
                self._drafts.keep(conversation, message.text, message.attachments)
            elif fits and not self._answering.stop_asked:
                self._save(message, end, end, then=partial(self._answer, preferences, history))
            else:
                self._refuse(message, None if fits else use)

        self._seeing.judge(wish, judge)

    def send_refused(self, preferences: Preferences) -> None:
        """Send the message that was refused last, with other preferences."""
        message, self._refused = self._refused, None
        if message is not None:
            self.send(ShownMessage(None, "user", message.text, attachments=message.attachments), preferences)

    def forget(self) -> None:
        """Forget the message that was refused: another conversation is opened."""
        self._refused = None

    def drop(self) -> None:
        """Forget the message that is on its way: its conversation leaves no trace."""
        self._number += 1
        self._set_saving(False)

    def edit(self, index: int, text: str, preferences: Preferences) -> None:
        """Put another version beside a message. A question is answered anew; an answer stays as written."""
        screen, message = self._screen, self._screen.shown[index]
        assert message.id is not None, "kept"
        parent, end = screen.tree.get(message.id).parent, screen.last_id()
        screen.cut(index)
        other = ShownMessage(None, message.role, text, attachments=message.attachments)
        screen.add(other)
        self._answering.stop_asked = False
        answer = partial(self._answer, preferences, screen.history)
        then = answer if message.role == "user" else self._only_saved
        self._save(other, parent, end, then=partial(self._edited, Step("edit", end), then))

    def give_back(self, message: ShownMessage) -> None:
        """Give the text of a message back to whoever wrote it."""
        self.draft_restored.emit(message.text)
        if message.attachments:
            self.attachments_restored.emit(message.attachments)

    # --- parts ----------------------------------------------------------------------------------------------

    def _refuse(self, message: ShownMessage, use: ContextUse | None) -> None:
        """Take a message off the screen; its text comes back. use: what does not fit, None when it was stopped."""
        if message in self._screen.shown:
            self._screen.cut(self._screen.shown.index(message))
        self._set_saving(False)
        self.give_back(message)
        if use is not None and use.too_large:
            self.failed.emit(ContextTooSmall(use.sent_tokens, use.room_tokens))
        elif use is not None:
            self._refused = message
            self.refused.emit(use)

    def _answer(
        self, preferences: Preferences, history: History, conversation: ConversationId, tree: Tree, question: MessageId
    ) -> None:
        self.saving = False
        if self._answering.stop_asked:
            self.changed.emit(None)
        else:
            self._answering.begin(Order(conversation, tree, question, preferences, history))

    def _only_saved(self, _conversation: ConversationId, _tree: Tree, _message: MessageId) -> None:
        self._set_saving(False)

    def _edited(self, step: Step, then: _Saved, conversation: ConversationId, tree: Tree, message: MessageId) -> None:
        if tree is self._screen.tree:
            self.edited.emit(step)
        then(conversation, tree, message)

    def _save(
        self, shown: ShownMessage, parent: MessageId | None, end_before: MessageId | None, *, then: _Saved
    ) -> None:
        """Save the last message shown. The tree goes along: another conversation may be open when it is saved."""
        self._set_saving(True)
        screen = self._screen
        sent = shown.role == "user" and parent == end_before and not screen.temporary
        new = NewMessage(
            screen.conversation, parent, shown.role, shown.text, shown.attachments,
            settings=dict(self._own.kept), sent=sent,
        )  # fmt: skip
        if sent:
            self._drafts.forget(screen.conversation)
        screen.history.run(
            partial(add_message, new),
            done=partial(self._on_saved, shown, screen.tree, new, then),
            failed=partial(self._on_not_saved, shown, end_before, new.conversation),
        )

    def _on_saved(
        self, shown: ShownMessage, tree: Tree, new: NewMessage, then: _Saved,
        saved: tuple[ConversationId, StoredMessage],
    ) -> None:  # fmt: skip
        conversation, stored = saved
        tree.add(stored)
        if shown in self._screen.shown:
            self._screen.conversation = conversation
            shown.id = stored.id
            self._screen.count_versions()
            self._screen.tell_changed(shown)
            if new.conversation is None:
                self._own.on_saved(conversation, new.settings)
        then(conversation, tree, stored.id)

    def _on_not_saved(
        self, shown: ShownMessage, end_before: MessageId | None, home: ConversationId | None, error: NextwordError
    ) -> None:
        """Nothing is sent that was not kept: take the message off the screen, give its text back. home: where it was
        said; when another conversation was opened meanwhile, it waits there."""
        screen = self._screen
        if shown in screen.shown:
            screen.cut(screen.shown.index(shown))
            if end_before != screen.last_id():
                screen.show_path(end_before)
        self._set_saving(False)
        if home == screen.conversation and not screen.temporary:
            self.give_back(shown)
        else:
            self._drafts.add(home, shown.text, shown.attachments)
        self.failed.emit(error)

    def _set_saving(self, saving: bool) -> None:
        if saving != self.saving:
            self.saving = saving
            self.changed.emit(None)
