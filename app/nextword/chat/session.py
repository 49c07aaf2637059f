"""The rules of a conversation: send, answer, stop, versions; knows the engine and the history, not the window.

Lives on one thread. What a person wrote is committed before the engine hears of it; what is generated is kept
every half second; every version stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from nextword.chat.answer import Answer, Later, ShownMessage, choose_instead, origin_of, outcome_of, shown_of
from nextword.chat.beginnings import as_written, has_tokens_of, text_before, without_halves
from nextword.chat.history_work import add_message, read_tokens, set_head
from nextword.chat.missing_hashes import MissingHashes
from nextword.chat.sampling import sampling_of, until_of
from nextword.chat.tree import Tree
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep, text_of
from nextword.errors import NextwordError, NoModelLoaded
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import (
    ConversationId,
    MessageId,
    Outcome,
    State,
    StoredConversation,
    StoredMessage,
)
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
        self.shown: list[ShownMessage] = []
        self.conversation: ConversationId | None = None
        self.title = ""
        self.reset: Event[None] = Event()
        self.message_added: Event[int] = Event()
        self.message_changed: Event[int] = Event()
        self.tokens_added: Event[int] = Event()
        self.busy_changed: Event[bool] = Event()
        self.failed: Event[NextwordError] = Event()
        self.draft_restored: Event[str] = Event()
        self._engine = engine
        self._history = history
        self._settings = settings
        self._library = library
        self._later = later
        self._tree = Tree()
        self._answer: Answer | None = None
        self._saving = False
        self._reading = False
        self._stop_asked = False
        self._missing_hashes = MissingHashes(history, library)
        self._end_before: MessageId | None = None  # of the path that a new version of an answer took the place of

    @property
    def busy(self) -> bool:
        """Whether an answer is being made, here or in the conversation that was open before."""
        return self._saving or self._answer is not None

    # --- what a person does ---------------------------------------------------------------------------------

    def open(self, conversation: ConversationId | None) -> None:
        """Show a conversation as it was left; None: a new one, which is not kept before something is sent."""
        tree = Tree()
        self.conversation, self.title, self._tree = conversation, "", tree
        self.shown = []
        self._reading = conversation is not None
        self.reset.emit(None)
        if conversation is not None:
            self._history.run(
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
        self.shown.append(ShownMessage(None, "user", without_halves(text)))
        self.message_added.emit(len(self.shown) - 1)
        end = self._last_id()
        self._save_and_answer(end, end)

    def edit(self, index: int, text: str) -> None:
        """Put another version beside a message. A question is answered anew; an answer stays as written."""
        message = self.shown[index]
        if self.busy or not text.strip() or message.id is None:
            return
        parent, end = self._tree.get(message.id).parent, self._last_id()
        self._cut(index)
        self.shown.append(ShownMessage(None, message.role, without_halves(text)))
        self.message_added.emit(index)
        if message.role == "user":
            self._save_and_answer(parent, end)
        else:
            self._save(parent, end, then=lambda *_saved: self._set_saving(False))

    def regenerate(self, index: int) -> None:
        """Answer again: another version of the answer at `index`, or the first answer to a question there."""
        message = self.shown[index]
        if self.busy or message.id is None:
            return
        question = message.id if message.role == "user" else self._tree.get(message.id).parent
        if question is not None and self.conversation is not None:
            self._end_before = self._last_id()
            self._cut(index + 1 if message.role == "user" else index)
            self._generate(self.conversation, self._tree, question=question, start=())

    def continue_answer(self, index: int) -> None:
        """Go on where an answer ended, as another version that begins with the same tokens."""
        self._with_tokens(index, self._continue_with)

    def branch(self, index: int, position: int, token_id: int) -> None:
        """Take another token at `position` of an answer and go on from there, as another version."""
        self._with_tokens(index, partial(self._branch_with, position, token_id))

    def switch(self, index: int, delta: int) -> None:
        """Show the version `delta` further on of the message at `index`, and the newest path below it."""
        message = self.shown[index]
        if self._answer_is_here() or self._saving or message.id is None:
            return
        versions = self._tree.versions(message.id)
        at = versions.index(message.id) + delta
        if 0 <= at < len(versions):
            end = self._tree.newest_end(versions[at])
            self._show_path(end)
            self._history.run(partial(set_head, self.conversation, end), failed=self.failed.emit)

    def stop(self) -> None:
        """Stop the answer that is being made; what is there stays."""
        self._stop_asked = True
        if self._answer is not None and self._answer.job is not None:
            self._engine.stop(self._answer.job)

    def load_tokens(self, index: int) -> None:
        """Fetch the tokens of an older answer; message_changed tells when they are there."""
        message = self.shown[index]
        if message.has_tokens and not message.steps and message.id is not None:
            self._history.run(
                partial(read_tokens, message.id), done=partial(self._on_tokens, message), failed=self.failed.emit
            )

    def close(self) -> None:
        """Keep what there is of a growing answer; the engine is closed by its owner."""
        self._missing_hashes.close()
        if self._answer is not None:
            if self._answer.message.state == "generating":
                self._answer.finish(Outcome("interrupted", "ProgramEnded"), done=_nothing, waits=_ignore, failed=_ignore)
            self._answer = None

    # --- saving and generating ------------------------------------------------------------------------------

    def _save_and_answer(self, parent: MessageId | None, end_before: MessageId | None) -> None:
        self._stop_asked = False
        self._save(parent, end_before, then=self._answer_saved)

    def _answer_saved(self, conversation: ConversationId, tree: Tree, question: MessageId) -> None:
        self._saving = False
        if self._stop_asked:
            self.busy_changed.emit(False)
        else:
            self._end_before = None
            self._generate(conversation, tree, question=question, start=())

    def _save(self, parent: MessageId | None, end_before: MessageId | None, *, then: _Saved) -> None:
        """Save the last message shown. The tree goes along: another conversation may be open when it is saved."""
        self._set_saving(True)
        shown = self.shown[-1]
        self._history.run(
            partial(add_message, self.conversation, parent, shown.role, shown.text),
            done=partial(self._on_saved, shown, self._tree, then),
            failed=partial(self._on_not_saved, shown, end_before),
        )

    def _on_saved(
        self, shown: ShownMessage, tree: Tree, then: _Saved, saved: tuple[ConversationId, StoredMessage]
    ) -> None:
        conversation, stored = saved
        tree.add(stored)
        if shown in self.shown:
            self.conversation = conversation
            shown.id = stored.id
            self._count_versions()
            self.message_changed.emit(self.shown.index(shown))
        then(conversation, tree, stored.id)

    def _on_not_saved(self, shown: ShownMessage, end_before: MessageId | None, error: NextwordError) -> None:
        """Nothing is sent that was not kept: take the message off the screen, give its text back."""
        if shown in self.shown:
            self._cut(self.shown.index(shown))
            if end_before != self._last_id():
                self._show_path(end_before)
        self._set_saving(False)
        self.draft_restored.emit(shown.text)
        self.failed.emit(error)

    def _generate(
        self, conversation: ConversationId, tree: Tree, *, question: MessageId, start: Sequence[TokenStep]
    ) -> None:
        self._stop_asked = False
        answer = Answer(
            conversation=conversation, parent=question, start=start, history=self._history, later=self._later
        )
        self._answer = answer
        if tree is self._tree and self._last_id() == question:  # else another conversation was opened meanwhile
            self.shown.append(answer.message)
            self.message_added.emit(len(self.shown) - 1)
        self.busy_changed.emit(True)
        settings = self._settings.value
        seed = settings.sampling.seed if settings.sampling.seed >= 0 else secrets.randbits(32)
        sampling = sampling_of(settings.sampling, seed)
        until = until_of(settings.sampling)
        values = {name: getattr(sampling, name) for name in sampling.__struct_fields__}
        values |= {name: getattr(until, name) for name in until.__struct_fields__}
        values |= {"strict": settings.sampling.strict, "system_prompt": settings.chat.system_prompt}
        request = protocol.Generate(
            0,
            protocol.ChatPrompt(self._messages(tree, question), tuple(step.id for step in start)),
            sampling,
            until,
            settings.chat.alternatives,
            strict=settings.sampling.strict,
        )
        answer.job = self._engine.ask(request, partial(self._on_job_event, answer, values))

    def _messages(self, tree: Tree, end: MessageId) -> tuple[protocol.Message, ...]:
        system = self._settings.value.chat.system_prompt
        first = (protocol.Message("system", system),) if system.strip() else ()
        return first + tuple(protocol.Message(m.role, m.text) for m in tree.path(end))

    def _on_job_event(self, answer: Answer, values: Mapping[str, Any], event: JobEvent) -> None:
        if answer is not self._answer or answer.message.state != "generating":
            return
        match event:
            case protocol.Started():
                answer.begin(
                    origin_of(self._engine.status, self._model_sha256(), values),
                    partial(self._on_row, answer),
                    self.failed.emit,
                )
            case protocol.TokenChosen():
                answer.add(event.step)
                if answer.message in self.shown:
                    self.tokens_added.emit(self.shown.index(answer.message))
            case protocol.Finished():
                answer.trim(event.trim_bytes)
                state: State = "stopped" if event.reason == "stopped" else "complete"
                self._end(answer, outcome_of(event, state), None)
            case JobFailed():
                outcome = Outcome("interrupted", type(event.error).__name__, generated_tokens=len(answer.message.steps))
                self._end(answer, outcome, event.error)
            case _:
                pass

    def _model_sha256(self) -> str:
        """Return what is known of the model that is loaded, "" while its file is not hashed."""
        model = self._engine.status.model
        known = self._library.find(model.path) if model is not None else None
        return known.sha256 if known is not None else ""

    def _on_row(self, answer: Answer, row: MessageId) -> None:
        self._missing_hashes.note(row, answer.message.origin)
        if answer.conversation != self.conversation or answer.parent not in self._tree:
            return
        message = answer.message
        stored = StoredMessage(
            row, answer.conversation, answer.parent, "assistant", "", "generating", message.created, message.origin
        )
        self._tree.add(stored)
        self._count_versions()
        if message.state != "generating":
            self._store_text(message)
        if message in self.shown:
            self.message_changed.emit(self.shown.index(message))

    def _end(self, answer: Answer, outcome: Outcome, error: NextwordError | None) -> None:
        """Close the answer; the session is busy until it is on disk, so that a version always has its row."""
        message = answer.message
        message.error = error
        begun = message.origin is not None
        if not begun:
            self._take_back(answer, error)
        answer.finish(
            outcome,
            done=partial(self._free, answer),
            waits=lambda _error: self._free(answer),
            failed=partial(self._on_not_finished, answer),
        )
        if begun:
            self._store_text(message)
            if message in self.shown:
                self.message_changed.emit(self.shown.index(message))
        if error is not None:
            self.failed.emit(error)

    def _take_back(self, answer: Answer, error: NextwordError | None) -> None:
        """Nothing was generated: the question stays, with the reason, and the version that was shown before."""
        if answer.message not in self.shown:
            return
        index = self.shown.index(answer.message)
        self._cut(index)
        if self._end_before is not None and self._end_before in self._tree and self._end_before != self._last_id():
            self._show_path(self._end_before)
        if index:
            self.shown[index - 1].error = error
            self.message_changed.emit(index - 1)

    def _on_not_finished(self, answer: Answer, error: NextwordError) -> None:
        self._free(answer)
        self.failed.emit(error)

    def _free(self, answer: Answer) -> None:
        row = answer.message.id
        if row is not None and row not in self._tree:  # it could only be kept at the end
            self._on_row(answer, row)
        if self._answer is answer:
            self._answer = None
            self.busy_changed.emit(self.busy)

    def _store_text(self, message: ShownMessage) -> None:
        if message.id is not None and message.id in self._tree:
            stored = self._tree.get(message.id)
            self._tree.add(
                replace(
                    stored,
                    text=message.text,
                    state=message.state,
                    outcome=message.outcome,
                    has_tokens=message.has_tokens,
                )
            )

    # --- versions that begin with tokens of another ---------------------------------------------------------

    def _with_tokens(self, index: int, then: Callable[[ShownMessage, list[TokenStep]], None]) -> None:
        """Call `then` with the answer at `index` and its tokens, none for a text that was never generated."""
        message = self.shown[index]
        if self.busy or message.id is None or message.role != "assistant":
            return
        if self._engine.status.model is None:
            self.failed.emit(NoModelLoaded())
        elif message.steps or not message.has_tokens:
            then(message, message.steps)
        else:
            self._history.run(partial(read_tokens, message.id), done=partial(then, message), failed=self.failed.emit)

    def _continue_with(self, message: ShownMessage, steps: list[TokenStep]) -> None:
        if self._fits(message, steps):
            self._begin_version(message, [step for step in steps if not step.special])
        else:
            self._begin_with_text(message, message.text)

    def _branch_with(self, position: int, token_id: int, message: ShownMessage, steps: list[TokenStep]) -> None:
        if not 0 <= position < len(steps):
            return
        step = steps[position]
        chosen = next((other for other in step.candidates if other.id == token_id), None)
        if chosen is None:
            return
        start = [*steps[:position], choose_instead(step, chosen)]
        if self._fits(message, steps):
            self._begin_version(message, start)
        else:
            self._begin_with_text(message, text_before(start))

    def _fits(self, message: ShownMessage, steps: Sequence[TokenStep]) -> bool:
        """Say whether the model that is loaded knows these tokens: in another vocabulary the numbers are others."""
        model = self._engine.status.model
        return bool(steps) and model is not None and has_tokens_of(message.origin, model, self._model_sha256())

    def _begin_with_text(self, message: ShownMessage, text: str, *, trimmed: bool = False) -> None:
        """Begin a version with `text` in the tokens of the model that is loaded. trimmed: its first space was
        left out, because the vocabulary puts one before a text by itself."""
        if text:
            listener = partial(self._on_tokenized, message, text, trimmed)
            self._engine.ask(protocol.Tokenize(0, protocol.TextPrompt(text)), listener)
        else:
            self._begin_version(message, [])

    def _on_tokenized(self, message: ShownMessage, text: str, trimmed: bool, event: JobEvent) -> None:
        match event:
            case protocol.Tokenized():
                start = as_written(event.tokens)
                if not trimmed and text[0] == " " and text_of(start) == " " + text:
                    self._begin_with_text(message, text[1:], trimmed=True)
                else:
                    self._begin_version(message, start)
            case JobFailed():
                self.failed.emit(event.error)
            case _:
                pass

    def _begin_version(self, message: ShownMessage, start: list[TokenStep]) -> None:
        """Generate a version of `message`, unless it is not on screen any more."""
        index = next((at for at, other in enumerate(self.shown) if other.id == message.id), None)
        if self.busy or index is None or message.id is None or self.conversation is None:
            return
        question = self._tree.get(message.id).parent
        if question is not None:
            self._end_before = self._last_id()
            self._cut(index)
            self._generate(self.conversation, self._tree, question=question, start=start)

    # --- what is shown --------------------------------------------------------------------------------------

    def _on_read(self, awaited: Tree, stored: StoredConversation) -> None:
        if awaited is not self._tree:  # something else was opened meanwhile
            return
        self._reading = False
        self.title = stored.title
        self._tree = Tree(stored.messages)
        end = stored.head if stored.head in self._tree else self._tree.newest_root_end()
        answer = self._answer
        if answer is not None and answer.parent in self._tree and answer.conversation == stored.id:
            self._store_text(answer.message)  # it may have ended after the database was read
            end = answer.message.id if answer.message.id in self._tree else answer.parent
        self._show_path(end)

    def _on_not_read(self, awaited: Tree, error: NextwordError) -> None:
        if awaited is self._tree:
            self._reading = False
        self.failed.emit(error)

    def _show_path(self, end: MessageId | None) -> None:
        self.shown = [shown_of(message) for message in self._tree.path(end)]
        if self._answer is not None and self._answer.conversation == self.conversation:
            growing = self._answer.message
            self.shown = [growing if m.id == growing.id and m.id is not None else m for m in self.shown]
            if growing not in self.shown and self._last_id() == self._answer.parent:
                self.shown.append(growing)
        self._count_versions()
        self.reset.emit(None)

    def _on_tokens(self, message: ShownMessage, steps: list[TokenStep]) -> None:
        message.steps = steps
        if message in self.shown:
            self.message_changed.emit(self.shown.index(message))

    def _count_versions(self) -> None:
        for message in self.shown:
            if message.id is not None and message.id in self._tree:
                versions = self._tree.versions(message.id)
                message.sibling_index, message.sibling_count = versions.index(message.id), len(versions)

    def _cut(self, index: int) -> None:
        """Show the path only up to before `index`; nothing is lost, the versions stay in the tree."""
        if index < len(self.shown):
            del self.shown[index:]
            self.reset.emit(None)

    def _last_id(self) -> MessageId | None:
        """Return the end of the path that is kept; an answer that could not be kept is not in it."""
        return next((message.id for message in reversed(self.shown) if message.id is not None), None)

    def _answer_is_here(self) -> bool:
        return self._answer is not None and self._answer.message in self.shown

    def _set_saving(self, saving: bool) -> None:
        if saving != self._saving:
            self._saving = saving
            self.busy_changed.emit(self.busy)


def _nothing() -> None:
    """The window is closing: nothing comes after this."""


def _ignore(_error: NextwordError) -> None:
    """The window is closing: there is nobody left to tell; the log has it."""
