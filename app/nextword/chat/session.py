"""The rules of a conversation: send, answer, stop, versions; knows the engine and the history, not the window.

Lives on one thread. What a person wrote is committed before the engine hears of it; what is generated is kept
every half second; every version stays.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import nextword
from nextword.chat.answer import Answer, Later, ShownMessage, choose_instead
from nextword.chat.tree import Tree
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep, unpack
from nextword.errors import NextwordError, NoModelLoaded
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import (
    ConversationId,
    MessageId,
    Origin,
    Outcome,
    Role,
    State,
    StoredConversation,
    StoredMessage,
)
from nextword.hub.library import Library
from nextword.settings import SettingsFile

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.conversations import Conversations


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
        self._stop_asked = False

    @property
    def busy(self) -> bool:
        """Whether an answer is being made, here or in the conversation that was open before."""
        return self._saving or self._answer is not None

    # --- what a person does ---------------------------------------------------------------------------------

    def open(self, conversation: ConversationId | None) -> None:
        """Show a conversation as it was left; None: a new one, which is not kept before something is sent."""
        self.conversation, self.title, self._tree = conversation, "", Tree()
        self.shown = []
        self.reset.emit(None)
        if conversation is not None:
            self._history.run(
                lambda conversations: conversations.read(conversation), done=self._on_read, failed=self.failed.emit
            )

    def send(self, text: str) -> None:
        """Say `text` at the end of the path and have it answered; nothing happens while busy or for blanks."""
        if self.busy or not text.strip():
            return
        parent = self._last_id()
        self.shown.append(ShownMessage(None, "user", text))
        self.message_added.emit(len(self.shown) - 1)
        self._save_and_answer(parent, text)

    def edit(self, index: int, text: str) -> None:
        """Put another version beside a message. A question is answered anew; an answer stays as written."""
        message = self.shown[index]
        if self.busy or not text.strip() or message.id is None:
            return
        parent = self._tree.get(message.id).parent
        self._cut(index)
        self.shown.append(ShownMessage(None, message.role, text))
        self.message_added.emit(index)
        if message.role == "user":
            self._save_and_answer(parent, text)
        else:
            self._save(parent, message.role, text, then=lambda _message: self._set_saving(False))

    def regenerate(self, index: int) -> None:
        """Answer again: another version of the answer at `index`, or the first answer to a question there."""
        message = self.shown[index]
        if self.busy or message.id is None:
            return
        question = message.id if message.role == "user" else self._tree.get(message.id).parent
        if question is not None:
            self._cut(index + 1 if message.role == "user" else index)
            self._generate(question, start=())

    def continue_answer(self, index: int) -> None:
        """Go on where an answer ended, as another version that begins with the same tokens."""
        self._with_tokens(index, partial(self._continue_with, index))

    def branch(self, index: int, position: int, token_id: int) -> None:
        """Take another token at `position` of an answer and go on from there, as another version."""
        self._with_tokens(index, partial(self._branch_with, index, position, token_id))

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
            self._history.run(partial(_set_head, self.conversation, end), failed=self.failed.emit)

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
                partial(_read_tokens, message.id), done=partial(self._on_tokens, message), failed=self.failed.emit
            )

    def close(self) -> None:
        """Keep what there is of a growing answer; the engine is closed by its owner."""
        if self._answer is not None:
            if self._answer.message.state == "generating":
                self._answer.finish(Outcome("interrupted", "ProgramEnded"), done=_nothing, failed=_ignore)
            self._answer = None

    # --- saving and generating ------------------------------------------------------------------------------

    def _save_and_answer(self, parent: MessageId | None, text: str) -> None:
        self._stop_asked = False
        self._save(parent, "user", text, then=self._answer_saved)

    def _answer_saved(self, question: MessageId) -> None:
        self._saving = False
        if self._stop_asked:
            self.busy_changed.emit(False)
        else:
            self._generate(question, start=())

    def _save(self, parent: MessageId | None, role: Role, text: str, *, then: Callable[[MessageId], None]) -> None:
        self._set_saving(True)
        shown = self.shown[-1]
        self._history.run(
            partial(_add_message, self.conversation, parent, role, text),
            done=partial(self._on_saved, shown, then),
            failed=partial(self._on_not_saved, shown),
        )

    def _on_saved(
        self,
        shown: ShownMessage,
        then: Callable[[MessageId], None],
        saved: tuple[ConversationId, StoredMessage],
    ) -> None:
        conversation, stored = saved
        if shown in self.shown:
            self.conversation = conversation
            self._tree.add(stored)
            shown.id = stored.id
            self._count_versions()
            self.message_changed.emit(self.shown.index(shown))
        then(stored.id)

    def _on_not_saved(self, shown: ShownMessage, error: NextwordError) -> None:
        """Nothing is sent that was not kept: take the message off the screen, give its text back."""
        if shown in self.shown:
            self._cut(self.shown.index(shown))
        self._set_saving(False)
        self.draft_restored.emit(shown.text)
        self.failed.emit(error)

    def _generate(self, question: MessageId, *, start: Sequence[TokenStep]) -> None:
        assert self.conversation is not None
        messages = self._messages(question)
        self._stop_asked = False
        answer = Answer(
            conversation=self.conversation, parent=question, start=start, history=self._history, later=self._later
        )
        self._answer = answer
        self.shown.append(answer.message)
        self.message_added.emit(len(self.shown) - 1)
        self.busy_changed.emit(True)
        settings = self._settings.value
        seed = settings.sampling.seed if settings.sampling.seed >= 0 else secrets.randbits(32)
        sampling = protocol.Sampling(
            temperature=settings.sampling.temperature,
            top_k=settings.sampling.top_k,
            top_p=settings.sampling.top_p,
            min_p=settings.sampling.min_p,
            repeat_penalty=settings.sampling.repeat_penalty,
            seed=seed,
        )
        prompt = protocol.ChatPrompt(messages, tuple(step.id for step in start))
        answer.job = self._engine.generate(
            prompt,
            sampling,
            max_tokens=settings.sampling.max_tokens,
            alternatives=settings.chat.alternatives,
            listener=partial(self._on_job_event, answer, sampling),
        )

    def _messages(self, end: MessageId) -> tuple[protocol.Message, ...]:
        system = self._settings.value.chat.system_prompt
        first = (protocol.Message("system", system),) if system.strip() else ()
        return first + tuple(protocol.Message(m.role, m.text) for m in self._tree.path(end))

    def _on_job_event(self, answer: Answer, sampling: protocol.Sampling, event: JobEvent) -> None:
        if answer is not self._answer or answer.message.state != "generating":
            return
        match event:
            case protocol.Started():
                answer.begin(self._origin(sampling), partial(self._on_row, answer), self.failed.emit)
            case protocol.TokenChosen():
                answer.add(event.step)
                if answer.message in self.shown:
                    self.tokens_added.emit(self.shown.index(answer.message))
            case protocol.Finished():
                state: State = "stopped" if event.reason == "stopped" else "complete"
                self._end(answer, _outcome(event, state), None)
            case JobFailed():
                outcome = Outcome("interrupted", type(event.error).__name__, generated_tokens=len(answer.message.steps))
                self._end(answer, outcome, event.error)
            case _:
                pass

    def _origin(self, sampling: protocol.Sampling) -> Origin:
        status = self._engine.status
        model = status.model
        known = self._library.find(model.path) if model is not None else None
        values = {name: getattr(sampling, name) for name in sampling.__struct_fields__ if name != "seed"}
        values["max_tokens"] = self._settings.value.sampling.max_tokens
        values["system_prompt"] = self._settings.value.chat.system_prompt
        return Origin(
            model_file=model.path if model else "",
            model_sha256=known.sha256 if known else "",
            model_name=model.name if model else "",
            template_hash=model.template_hash if model else "",
            sampling=values,
            seed=sampling.seed,
            app_version=nextword.__version__,
            engine_version=status.llama_version,
            engine_variant=status.variant,
        )

    def _on_row(self, answer: Answer, row: MessageId) -> None:
        if answer.message not in self.shown:
            return
        message = answer.message
        stored = StoredMessage(
            row, answer.conversation, answer.parent, "assistant", "", "generating", message.created, message.origin
        )
        self._tree.add(stored)
        self._count_versions()
        index = self.shown.index(message)
        if message.state != "generating":
            self._store_text(message)
        self.message_changed.emit(index)

    def _end(self, answer: Answer, outcome: Outcome, error: NextwordError | None) -> None:
        """Close the answer; the session is busy until it is on disk, so that a version always has its row."""
        message = answer.message
        message.error = error
        answer.finish(outcome, done=partial(self._free, answer), failed=partial(self._on_not_finished, answer))
        if message in self.shown:
            index = self.shown.index(message)
            if message.origin is None and not message.steps:  # never began: the question stays, with the reason
                self._cut(index)
                if index:
                    self.shown[index - 1].error = error
                    self.message_changed.emit(index - 1)
            else:
                self._store_text(message)
                self.message_changed.emit(index)
        if error is not None:
            self.failed.emit(error)

    def _on_not_finished(self, answer: Answer, error: NextwordError) -> None:
        self._free(answer)
        self.failed.emit(error)

    def _free(self, answer: Answer) -> None:
        if self._answer is answer:
            self._answer = None
            self.busy_changed.emit(self.busy)

    def _store_text(self, message: ShownMessage) -> None:
        if message.id is not None and message.id in self._tree:
            stored = self._tree.get(message.id)
            self._tree.add(
                dataclasses.replace(
                    stored,
                    text=message.text,
                    state=message.state,
                    outcome=message.outcome,
                    has_tokens=message.has_tokens,
                )
            )

    # --- versions that begin with tokens of another ---------------------------------------------------------

    def _with_tokens(self, index: int, then: Callable[[list[TokenStep]], None]) -> None:
        """Call `then` with the tokens of the answer at `index`, fetched or, for a text without any, made."""
        message = self.shown[index]
        if self.busy or message.id is None or message.role != "assistant":
            return
        if message.steps:
            then(message.steps)
        elif message.has_tokens:
            self._history.run(partial(_read_tokens, message.id), done=then, failed=self.failed.emit)
        else:
            self._engine.tokenize(protocol.TextPrompt(message.text), listener=partial(self._on_tokenized, then))

    def _on_tokenized(self, then: Callable[[list[TokenStep]], None], event: JobEvent) -> None:
        match event:
            case protocol.Tokenized():
                plain = [token for token in event.tokens if not token.control]
                # What a person wrote has no probabilities: certain by decree, without alternatives.
                then([TokenStep(token.id, token.text, 0.0, 1, 0.0, 0.0, 1) for token in plain])
            case JobFailed():
                self.failed.emit(event.error)
            case _:
                pass

    def _continue_with(self, index: int, steps: list[TokenStep]) -> None:
        self._begin_version(index, [step for step in steps if not step.special])

    def _branch_with(self, index: int, position: int, token_id: int, steps: list[TokenStep]) -> None:
        if not 0 <= position < len(steps):
            return
        step = steps[position]
        chosen = next((other for other in step.candidates if other.id == token_id), None)
        if chosen is not None:
            self._begin_version(index, [*steps[:position], choose_instead(step, chosen)])

    def _begin_version(self, index: int, start: list[TokenStep]) -> None:
        if self.busy or index >= len(self.shown):
            return
        message = self.shown[index]
        if self._engine.status.model is None:
            self.failed.emit(NoModelLoaded())
        elif message.id is not None and (question := self._tree.get(message.id).parent) is not None:
            self._cut(index)
            self._generate(question, start=start)

    # --- what is shown --------------------------------------------------------------------------------------

    def _on_read(self, stored: StoredConversation) -> None:
        if stored.id != self.conversation:
            return
        self.title = stored.title
        self._tree = Tree(stored.messages)
        self._show_path(stored.head if stored.head in self._tree else self._tree.newest_root_end())

    def _show_path(self, end: MessageId | None) -> None:
        self.shown = [self._shown(message) for message in self._tree.path(end)]
        if self._answer is not None and self._answer.conversation == self.conversation:
            growing = self._answer.message
            self.shown = [growing if m.id == growing.id and m.id is not None else m for m in self.shown]
            if growing not in self.shown and self._last_id() == self._answer.parent:
                self.shown.append(growing)
        self._count_versions()
        self.reset.emit(None)

    def _shown(self, stored: StoredMessage) -> ShownMessage:
        return ShownMessage(
            id=stored.id,
            role=stored.role,
            text=stored.text,
            state=stored.state,
            has_tokens=stored.has_tokens,
            origin=stored.origin,
            outcome=stored.outcome,
            created=stored.created,
        )

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
        return self.shown[-1].id if self.shown else None

    def _answer_is_here(self) -> bool:
        return self._answer is not None and self._answer.message in self.shown

    def _set_saving(self, saving: bool) -> None:
        if saving != self._saving:
            self._saving = saving
            self.busy_changed.emit(self.busy)


def _outcome(event: protocol.Finished, state: State) -> Outcome:
    return Outcome(
        state=state,
        reason=event.reason,
        prompt_tokens=event.prompt_tokens,
        cached_tokens=event.cached_tokens,
        generated_tokens=event.generated_tokens,
        prompt_seconds=event.prompt_seconds,
        generation_seconds=event.generation_seconds,
    )


def _nothing() -> None:
    """The window is closing: nothing comes after this."""


def _ignore(_error: NextwordError) -> None:
    """The window is closing: there is nobody left to tell; the log has it."""


# --- work for the history thread ----------------------------------------------------------------------------


def _add_message(
    conversation: ConversationId | None, parent: MessageId | None, role: Role, text: str, conversations: Conversations
) -> tuple[ConversationId, StoredMessage]:
    if conversation is None:
        conversation = conversations.create()
    message = conversations.add_message(conversation, parent, role, text)
    stored = conversations.read(conversation).messages
    return conversation, next(row for row in stored if row.id == message)


def _set_head(conversation: ConversationId | None, end: MessageId, conversations: Conversations) -> None:
    if conversation is not None:
        conversations.set_head(conversation, end)


def _read_tokens(message: MessageId, conversations: Conversations) -> list[TokenStep]:
    return [step for block in conversations.tokens(message) for step in unpack(block)]
