"""Answers while they are made: what is asked of the engine, what comes of it, and when it is kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from nextword.asking.origins import origin_of, outcome_of
from nextword.asking.sampling import sampling_of, until_of
from nextword.chat.answer import Answer, Later
from nextword.chat.context import LEFT_OUT, ContextUse, stretches
from nextword.chat.fitting import Counts, Fit, Wish
from nextword.chat.forms import Form, Said, form_of
from nextword.chat.missing_hashes import MissingHashes
from nextword.chat.preferences import Preferences
from nextword.chat.screen import Screen
from nextword.chat.tree import Tree
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep
from nextword.errors import ContextTooSmall, NextwordError
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import ConversationId, MessageId, Outcome, State, StoredMessage
from nextword.history.temporary import TemporaryHistory
from nextword.hub.library import Library


@dataclass(frozen=True, slots=True)
class Order:
    """A question that is to be answered. history: where its conversation is, which may not be the one on screen any
    more. start: tokens its answer begins with. end_before: of the path that the new version takes the place of, None
    when there was none."""

    conversation: ConversationId
    tree: Tree
    question: MessageId
    preferences: Preferences
    history: History
    start: Sequence[TokenStep] = ()
    end_before: MessageId | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the engine was asked for. values: kept with the answer. is_counted: the prompt is known to fit."""

    order: Order
    wish: Wish
    values: Mapping[str, Any]
    is_counted: bool


class Answering:
    """Makes one answer at a time; it goes on when another conversation is opened meanwhile.

    changed: one began or is on disk. begun: the engine has taken one. put_off: not everything fits, and the person
    is to say what is left out; nothing was sent.
    """

    def __init__(self, screen: Screen, engine: Engine, *, counts: Counts, library: Library, later: Later) -> None:
        self.stop_asked = False
        self.changed: Event[None] = Event()
        self.begun: Event[Order] = Event()
        self.put_off: Event[tuple[Order, ContextUse]] = Event()
        self.failed: Event[NextwordError] = Event()
        self._screen = screen
        self._engine = engine
        self._counts = counts
        self._library = library
        self._later = later
        self._missing_hashes = MissingHashes(screen.history, library)

    def begin(self, order: Order) -> None:
        """Answer a question of a conversation, which another one may have taken the place of on screen."""
        screen = self._screen
        self.stop_asked = False
        answer = Answer(
            conversation=order.conversation,
            parent=order.question,
            start=order.start,
            history=order.history,
            later=self._later,
        )
        answer.temporary = isinstance(order.history, TemporaryHistory)
        screen.answer = answer
        if order.tree is screen.tree and screen.last_id() == order.question:
            screen.add(answer.message)
        self.changed.emit(None)
        wish = self.wish(order.tree, order.question, order.preferences)
        if self._counts.surely_fits(wish):
            self._ask(answer, order, wish, is_counted=False)
        else:
            self._count(answer, order, wish)

    def wish(self, tree: Tree, end: MessageId | None, preferences: Preferences) -> Wish:
        """Return what the model is to read before its answer to `end`."""
        model = self._engine.status.model
        form = form_of(preferences, model.kind if model is not None else None)
        messages = tuple(Said(m.role, m.text, m.attachments) for m in tree.path(end))
        return Wish(form, messages, preferences.context_policy, preferences.sampling.max_tokens)

    def stop(self) -> None:
        """Stop the answer that is being made; what is there stays."""
        self.stop_asked = True
        answer = self._screen.answer
        if answer is not None and answer.job is not None:
            self._engine.stop(answer.job)

    def drop(self) -> None:
        """Forget the answer that is being made: its conversation leaves no trace."""
        self.stop()
        if self._screen.answer is not None:
            self._screen.answer = None
            self.changed.emit(None)

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

    # --- what is asked --------------------------------------------------------------------------------------

    def _count(self, answer: Answer, order: Order, wish: Wish) -> None:
        answer.job = None
        fitting = self._counts.fit(wish, partial(self._on_fit, answer, order, wish))
        if answer.job is None:  # else it was known at once, and the answer has its job
            answer.job = fitting.job

    def _on_fit(self, answer: Answer, order: Order, wish: Wish, fit: Fit) -> None:
        if answer is not self._screen.answer or answer.message.state != "generating":
            return
        answer.job = None
        use = fit.use
        if fit.error is not None:
            self._fail(answer, fit.error, order)
        elif use is None or self.stop_asked:
            self._end(answer, Outcome("stopped", "stopped"), None, order)
        elif use.too_large:
            self._fail(answer, ContextTooSmall(use.sent_tokens, use.room_tokens), order)
        elif use.needs_decision:
            self._put_off(answer, order, use)
        else:
            self._ask(answer, order, wish, use.left_out)

    def _ask(
        self, answer: Answer, order: Order, wish: Wish, left_out: Sequence[int] = (), *, is_counted: bool = True
    ) -> None:
        own = order.preferences.sampling
        sampling = sampling_of(own, own.seed if own.seed >= 0 else secrets.randbits(32))
        until = until_of(own)
        until = protocol.Until(
            until.max_tokens, until.max_seconds, (*until.stop_texts, *wish.form.stop_texts), until.loop_tokens
        )
        values = {name: getattr(sampling, name) for name in sampling.__struct_fields__}
        values |= {name: getattr(until, name) for name in until.__struct_fields__}
        values |= {"strict": own.strict, **_form_values(wish.form)}
        if left_out:
            values[LEFT_OUT] = stretches(left_out)
        gone = set(left_out)
        kept = [message for index, message in enumerate(wish.messages) if index not in gone]
        request = protocol.Generate(
            0,
            wish.form.prompt(kept, answer_start=tuple(step.id for step in order.start)),
            sampling,
            until,
            order.preferences.alternatives,
            strict=own.strict,
            keep_state=not answer.temporary,
        )
        asked = _Asked(order, wish, values, is_counted=is_counted)
        answer.job = self._engine.ask(request, partial(self._on_job_event, answer, asked))

    # --- while it grows -------------------------------------------------------------------------------------

    def _on_job_event(self, answer: Answer, asked: _Asked, event: JobEvent) -> None:
        if answer is not self._screen.answer or answer.message.state != "generating":
            return
        match event:
            case protocol.Started():
                answer.begin(
                    origin_of(self._engine.status, self.model_sha256(), asked.values),
                    partial(self._on_row, answer),
                    self.failed.emit,
                )
                self.begun.emit(asked.order)
            case protocol.TokenChosen():
                answer.add(event.step)
                if answer.message in self._screen.shown:
                    self._screen.tokens_added.emit(self._screen.shown.index(answer.message))
            case protocol.Finished():
                answer.trim(event.trim_bytes)
                state: State = "stopped" if event.reason == "stopped" else "complete"
                self._end(answer, outcome_of(event, state), None, asked.order)
            case JobFailed(error=ContextTooSmall()) if not asked.is_counted:  # the template writes more than most
                self._count(answer, asked.order, asked.wish)
            case JobFailed():
                self._fail(answer, event.error, asked.order)
            case _:
                pass

    def _on_row(self, answer: Answer, row: MessageId) -> None:
        screen, message = self._screen, answer.message
        if not answer.temporary:
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

    def _fail(self, answer: Answer, error: NextwordError, order: Order | None = None) -> None:
        reason = type(error).__name__
        outcome = Outcome("interrupted", reason, generated_tokens=len(answer.message.steps))
        self._end(answer, outcome, error, order)

    def _end(self, answer: Answer, outcome: Outcome, error: NextwordError | None, order: Order | None) -> None:
        """Close the answer; the session is busy until it is on disk, so that a version always has its row."""
        message = answer.message
        message.error = error
        begun = message.origin is not None
        if not begun:
            self._take_back(answer, error, order)
        self._finish(answer, outcome)
        if begun:
            self._screen.store_text(message)
            self._screen.tell_changed(message)
        if error is not None:
            self.failed.emit(error)

    def _put_off(self, answer: Answer, order: Order, use: ContextUse) -> None:
        """Send nothing before a person has said what may be left out."""
        self._take_back(answer, None, order)
        self._finish(answer, Outcome("stopped", "stopped"))
        self.put_off.emit((order, use))

    def _finish(self, answer: Answer, outcome: Outcome) -> None:
        answer.finish(
            outcome,
            done=partial(self._free, answer),
            waits=lambda _error: self._free(answer),
            failed=partial(self._on_not_finished, answer),
        )

    def _take_back(self, answer: Answer, error: NextwordError | None, order: Order | None) -> None:
        """Nothing was generated: the question stays, with the reason, and the version that was shown before."""
        screen = self._screen
        if answer.message not in screen.shown:
            return
        index = screen.shown.index(answer.message)
        screen.cut(index)
        before = order.end_before if order is not None else None
        if screen.tree.has(before) and before != screen.last_id():
            screen.show_path(before)
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


def _form_values(form: Form) -> dict[str, Any]:
    """Return what of the form is kept with an answer."""
    values: dict[str, Any] = {"system_prompt": form.system_prompt}
    if form.way != "chat":
        values["way"] = form.way
    if form.way == "few_shot":
        values["examples"] = [list(pair) for pair in form.examples]
    return values


def _nothing() -> None:
    """The window is closing: nothing comes after this."""


def _ignore(_error: NextwordError) -> None:
    """The window is closing: there is nobody left to tell; the log has it."""
