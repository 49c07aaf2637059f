"""Answers while they are made: what is asked of the engine, what comes of it, and when it is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nextword.chat.answer import Answer, Later, origin_of, outcome_of
from nextword.chat.missing_hashes import MissingHashes
from nextword.chat.sampling import sampling_of, until_of
from nextword.chat.screen import Screen
from nextword.chat.tree import Tree
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.records import ConversationId, MessageId, Outcome, State, StoredMessage
from nextword.hub.library import Library
from nextword.settings import SettingsFile


class Answering:
    """Makes one answer at a time; it goes on when another conversation is opened meanwhile.

    end_before: of the path that a new version of an answer took the place of. changed: one began or is on disk.
    """

    def __init__(
        self, screen: Screen, engine: Engine, *, settings: SettingsFile, library: Library, later: Later
    ) -> None:
        self.end_before: MessageId | None = None
        self.stop_asked = False
        self.changed: Event[None] = Event()
        self.failed: Event[NextwordError] = Event()
        self._screen = screen
        self._engine = engine
        self._settings = settings
        self._library = library
        self._later = later
        self._missing_hashes = MissingHashes(screen.history, library)

    def begin(
        self, conversation: ConversationId, tree: Tree, *, question: MessageId, start: Sequence[TokenStep]
    ) -> None:
        """Answer a question of a conversation, which another one may have taken the place of on screen."""
        screen = self._screen
        self.stop_asked = False
        answer = Answer(
            conversation=conversation, parent=question, start=start, history=screen.history, later=self._later
        )
        screen.answer = answer
        if tree is screen.tree and screen.last_id() == question:
            screen.add(answer.message)
        self.changed.emit(None)
        settings = self._settings.value
        seed = settings.sampling.seed if settings.sampling.seed >= 0 else secrets.randbits(32)
        sampling = sampling_of(settings.sampling, seed)
        until = until_of(settings.sampling)
        values = {name: getattr(sampling, name) for name in sampling.__struct_fields__}
        values |= {name: getattr(until, name) for name in until.__struct_fields__}
        values |= {"strict": settings.sampling.strict, "system_prompt": settings.chat.system_prompt}
        request = protocol.Generate(
            0,
            protocol.ChatPrompt(self.messages(tree, question), tuple(step.id for step in start)),
            sampling,
            until,
            settings.chat.alternatives,
            strict=settings.sampling.strict,
        )
        answer.job = self._engine.ask(request, partial(self._on_job_event, answer, values))

    def messages(self, tree: Tree, end: MessageId) -> tuple[protocol.Message, ...]:
        """Return what the model gets to read before its answer to `end`."""
        system = self._settings.value.chat.system_prompt
        first = (protocol.Message("system", system),) if system.strip() else ()
        return first + tuple(protocol.Message(m.role, m.text) for m in tree.path(end))

    def stop(self) -> None:
        """Stop the answer that is being made; what is there stays."""
        self.stop_asked = True
        answer = self._screen.answer
        if answer is not None and answer.job is not None:
            self._engine.stop(answer.job)

    def close(self) -> None:
        """Keep what there is of a growing answer."""
        self._missing_hashes.close()
        answer = self._screen.answer
        if answer is not None:
            if answer.message.state == "generating":
                answer.finish(Outcome("interrupted", "ProgramEnded"), done=_nothing, waits=_ignore, failed=_ignore)
            self._screen.answer = None

    def model_sha256(self) -> str:
        """Return what is known of the model that is loaded, "" while its file is not hashed."""
        model = self._engine.status.model
        known = self._library.find(model.path) if model is not None else None
        return known.sha256 if known is not None else ""

    # --- while it grows -------------------------------------------------------------------------------------

    def _on_job_event(self, answer: Answer, values: Mapping[str, Any], event: JobEvent) -> None:
        if answer is not self._screen.answer or answer.message.state != "generating":
            return
        match event:
            case protocol.Started():
                answer.begin(
                    origin_of(self._engine.status, self.model_sha256(), values),
                    partial(self._on_row, answer),
                    self.failed.emit,
                )
            case protocol.TokenChosen():
                answer.add(event.step)
                if answer.message in self._screen.shown:
                    self._screen.tokens_added.emit(self._screen.shown.index(answer.message))
            case protocol.Finished():
                answer.trim(event.trim_bytes)
                state: State = "stopped" if event.reason == "stopped" else "complete"
                self._end(answer, outcome_of(event, state), None)
            case JobFailed():
                outcome = Outcome("interrupted", type(event.error).__name__, generated_tokens=len(answer.message.steps))
                self._end(answer, outcome, event.error)
            case _:
                pass

    def _on_row(self, answer: Answer, row: MessageId) -> None:
        screen, message = self._screen, answer.message
        self._missing_hashes.note(row, message.origin)
        if answer.conversation != screen.conversation or answer.parent not in screen.tree:
            return
        stored = StoredMessage(
            row, answer.conversation, answer.parent, "assistant", "", "generating", message.created, message.origin
        )
        screen.tree.add(stored)
        screen.count_versions()
        if message.state != "generating":
            screen.store_text(message)
        screen.tell_changed(message)

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
            self._screen.store_text(message)
            self._screen.tell_changed(message)
        if error is not None:
            self.failed.emit(error)

    def _take_back(self, answer: Answer, error: NextwordError | None) -> None:
        """Nothing was generated: the question stays, with the reason, and the version that was shown before."""
        screen = self._screen
        if answer.message not in screen.shown:
            return
        index = screen.shown.index(answer.message)
        screen.cut(index)
        if self.end_before is not None and self.end_before in screen.tree and self.end_before != screen.last_id():
            screen.show_path(self.end_before)
        if index:
            screen.shown[index - 1].error = error
            screen.message_changed.emit(index - 1)

    def _on_not_finished(self, answer: Answer, error: NextwordError) -> None:
        self._free(answer)
        self.failed.emit(error)

    def _free(self, answer: Answer) -> None:
        row = answer.message.id
        if row is not None and row not in self._screen.tree:  # it could only be kept at the end
            self._on_row(answer, row)
        if self._screen.answer is answer:
            self._screen.answer = None
            self.changed.emit(None)


def _nothing() -> None:
    """The window is closing: nothing comes after this."""


def _ignore(_error: NextwordError) -> None:
    """The window is closing: there is nobody left to tell; the log has it."""
