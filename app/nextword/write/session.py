"""One document of Write: what a person does with it, and what other panes may ask of it.

Lives on one thread; knows the engine and the history, not the window. The parts work for it: `board` (the text),
`undoing`, `asking_tokens`, `judging` (numbers of what is there), `continuing` (what the model writes), `keeping`.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

from nextword.asking.origins import choose_instead, chosen_of, origin_of
from nextword.asking.sampling import sampling_of, until_of
from nextword.engine import protocol
from nextword.engine.client import Engine, EngineStatus, JobEvent, JobFailed
from nextword.engine.tokens import Candidate, TokenStep
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import ConversationId, MessageId, Origin
from nextword.hub.library import Library
from nextword.settings import SamplingSettings, SettingsFile
from nextword.write.asking_tokens import Failed, Sent, ask_tokens, fitted, manner_of
from nextword.write.backing_off import span_to_back_off
from nextword.write.board import Board, Edit
from nextword.write.continuing import Growing, Later
from nextword.write.filling import can_fill, fill_prompt
from nextword.write.judging import Judging, Totals, whole_totals
from nextword.write.keeping import Keeping
from nextword.write.lints import Lint, lints_at, lints_of_end
from nextword.write.spelling import Piece
from nextword.write.text import WrittenText
from nextword.write.undoing import Undoing

Task: TypeAlias = Literal["", "reading", "writing", "scoring"]
"""What the engine does for the document. reading: the text before the caret becomes tokens and gets numbers."""

_LEAST_ROOM = 64
"""So many tokens at least are left for what is written, when the text does not fit into the context."""


class WriteSession:
    """text_changed, tokens_changed: see Board. pinned_changed: another token is looked at, None for none.

    caret: where the model goes on. document: None before it is kept for the first time. busy_changed: another Task.
    scored: what a scoring came to. progressed: how many tokens are read, and of how many.
    sent_changed: other tokens were sent. remarked: what may be wrong with what was sent. failed: why something ended.
    """

    def __init__(
        self, engine: Engine, history: History, *, settings: SettingsFile, library: Library, later: Later
    ) -> None:
        self.engine = engine
        self.history = history
        self.settings = settings
        self.board = Board(engine)
        self.undoing = Undoing(self.board)
        self.pinned: int | None = None
        self._caret = 0
        self.task: Task = ""
        self.sent: Sent | None = None
        self.own: dict[str, Any] = {}  # what the document has of its own: sampling
        self.text_changed: Event[Edit] = self.board.text_changed
        self.tokens_changed: Event[None] = self.board.tokens_changed
        self.pinned_changed: Event[int | None] = Event()
        self.caret_changed: Event[int] = Event()
        self.document_changed: Event[ConversationId | None] = Event()
        self.sampling_changed: Event[None] = Event()
        self.busy_changed: Event[Task] = Event()
        self.scored: Event[Totals] = Event()
        self.sent_changed: Event[Sent] = Event()
        self.remarked: Event[tuple[Lint, ...]] = Event()
        self.progressed: Event[tuple[int, int]] = Event()
        self.failed: Event[NextwordError] = Event()
        self._library = library
        self._later = later
        self._job: int | None = None
        self._growing: Growing | None = None
        self._lints: tuple[Lint, ...] = ()  # of what was sent last
        self._told: set[str] = set()  # models of which it was said that they want a template
        self._number = 0  # of what is being done: what comes late belongs to nothing
        self.keeping = Keeping(self.board, history, later=later, own=lambda: self.own)
        self.keeping.kept.connect(self.document_changed.emit)
        self.keeping.failed.connect(self.failed.emit)
        self._disconnect = [
            engine.status_changed.connect(self._on_status),
            settings.changed.connect(self._on_settings),
            self.tokens_changed.connect(self.keeping.note),
        ]
        self._on_status(engine.status)

    # --- what there is --------------------------------------------------------------------------------------

    @property
    def written(self) -> WrittenText:
        """The text and its tokens; see WrittenText."""
        return self.board.written

    @property
    def document(self) -> ConversationId | None:
        """What is open, None for a document that is not kept yet."""
        return self.keeping.document

    @property
    def model(self) -> protocol.ModelInfo | None:
        """The model that is loaded."""
        return self.engine.status.model

    @property
    def steps(self) -> list[TokenStep]:
        """The tokens of the document that are known, in their order."""
        return self.board.written.steps

    @property
    def sampling(self) -> SamplingSettings:
        """How this document is continued: the settings of the program, and what it has of its own."""
        return dataclasses.replace(self.settings.value.sampling, **self.own)

    @property
    def caret(self) -> int:
        """The place where the model goes on."""
        return self._caret

    @caret.setter
    def caret(self, place: int) -> None:
        if place != self._caret:
            self._caret = place
            self.caret_changed.emit(place)

    @property
    def busy(self) -> bool:
        """Whether the engine works for the document."""
        return self.task != ""

    @property
    def _is_held(self) -> bool:
        return self.busy or self.keeping.reading  # the text is still on its way

    @property
    def can_fill(self) -> bool:
        """Whether the model knows how to fill a gap."""
        return can_fill(self.model)

    def totals(self) -> Totals | None:
        """Return what the numbers of the text come to, None while some of it has none that hold."""
        return whole_totals(self.board)

    def ids_before(self, token: int | None = None) -> tuple[int, ...] | None:
        """Return the exact ids that stand before a token (None: before the end), a BOS with them where the model wants
        one; None while some of the text before it has no tokens of this model yet (score it first)."""
        return self.board.ids_before(token)

    # --- what a person does ---------------------------------------------------------------------------------

    def pin(self, token: int | None) -> None:
        """Look at a token, by its place in `steps`."""
        if token != self.pinned:
            self.pinned = token
            self.pinned_changed.emit(token)

    def set_sampling(self, sampling: SamplingSettings) -> None:
        """Have this document continued so from now on; kept with it."""
        usual = self.settings.value.sampling
        names = [field.name for field in dataclasses.fields(usual)]
        self.own = {name: getattr(sampling, name) for name in names if getattr(sampling, name) != getattr(usual, name)}
        self.keeping.note(None)
        self.sampling_changed.emit(None)

    def change_sampling(self, **values: Any) -> None:
        """Change some of the values."""
        self.set_sampling(dataclasses.replace(self.sampling, **values))

    def edit(self, start: int, end: int, text: str, *, caret_before: int) -> None:
        """The person replaced what stood between two places; the view shows it already."""
        change = self.board.put(start, end, Piece(text), by_view=True)
        caret = start + len(text)
        typed = text if len(text) == 1 and start == end else ""
        self.undoing.note([change], before=caret_before, after=caret, typed=typed)
        self.pin(None)

    def replace(self, start: int, end: int, piece: Piece) -> None:
        """Put a piece in the place of what stands between two places, as one step back."""
        caret = self.caret
        change = self.board.put(start, end, piece, caret=start + len(piece.text))
        self.undoing.note([change], before=caret, after=start + len(piece.text))
        self.pin(None)

    def undo(self) -> None:
        """Take the last step back, with the numbers that the tokens had."""
        if not self.busy:
            self.pin(None)
            self.undoing.undo()

    def redo(self) -> None:
        """Do the last step again."""
        if not self.busy:
            self.pin(None)
            self.undoing.redo()

    def continue_text(self, *, most_tokens: int | None = None) -> None:
        """Let the model write on at the caret. Tokens before it that have no numbers get them first."""
        if self.model is not None and self.model.remote_host:  # a server takes text and judges none
            self._start(protocol.TextPrompt(self.board.written.text[: self.caret]), most_tokens)
        else:
            self._read(self.caret, partial(self._write, self.caret, most_tokens))

    def fill_in(self) -> None:
        """Let the model write what fits between what stands before the caret and what stands behind it."""
        if self.model is not None and self.can_fill:
            self._start(fill_prompt(self.board, self.caret, self.model), None)

    def _start(self, prompt: protocol.Prompt, most_tokens: int | None) -> None:
        if not self._is_held:
            self._begin("writing")
            self._generate(prompt, self.caret, most_tokens)

    def score(self) -> None:
        """Give every token of the text its numbers; `scored` tells what they come to."""
        if self._is_held or not self.board.written.text or self.model is None:
            return
        told = self._listeners(self._begin("scoring"), self._on_scored)
        self._job = ask_tokens(self.board, len(self.board.written.text), *told, from_end=False)

    def look(self, done: Callable[[protocol.Distribution], None]) -> None:
        """Give `done` the distribution of the token at the caret; what stands before it gets numbers on the way."""
        self._read(self.caret, partial(self._look, done))

    def choose(self, candidate: Candidate, seen: protocol.Distribution) -> None:
        """Put a token of `seen` at the caret, by its id."""
        self.put_steps([chosen_of(seen, candidate)], self.caret)

    def put_steps(self, steps: Sequence[TokenStep], place: int, *, until: int | None = None) -> None:
        """Put tokens at a place (or for what stands up to `until`) as they are, by their ids, as one step back."""
        growing, changes = Growing(self.board, place, origin=self._origin(0), later=self._later), []
        if until is not None and until > place:
            changes.append(self.board.put(place, until, Piece(), caret=place))
        caret = self.caret
        for step in steps:
            growing.add(step)
        changes += growing.finish()
        self.undoing.note(changes, before=caret, after=growing.end)
        self.caret = growing.end

    def branch(self, token: int, candidate: Candidate, *, go_on: bool = True) -> None:
        """Take another token in the place of one and go on from there; what stood there and behind stays as a version.

        The tokens before stay the ids that they are.
        """
        written = self.board.written
        if self.busy or token >= len(written):
            return
        self.keeping.flush()
        place, taken = written.starts[token], choose_instead(written.steps[token], candidate)
        self.pin(None)
        self.put_steps([taken], place, until=len(written.text))
        if go_on:
            self.continue_text()

    def back_off(self) -> None:
        """Take the last token away that was sent, and what the model wrote behind it, which stays as a version; go on
        from there, so that the model chooses the token's end itself."""
        span = span_to_back_off(self.board, self.sent)
        if self.busy or span is None:
            return
        self.keeping.flush()
        self.replace(*span, Piece())
        self.caret = span[0]
        self.continue_text()

    def stop(self) -> None:
        """Stop what the engine does; what is there stays."""
        if self._job is not None:
            self.engine.stop(self._job)
        elif self.busy:
            self._end()

    def open(self, document: ConversationId | None, *, end: MessageId | None = None) -> None:
        """Show a document as it was left, or with the version that ends with `end`; None: a new one."""
        self.stop()
        self._number += 1
        self._finish_growing("stopped")
        self.keeping.leave()
        self._job, self.task = None, ""
        self.keeping.hold(False)
        self.undoing.clear()
        self.own, self.sent = {}, None
        self.caret = 0
        self.pin(None)
        self.board.clear()
        self.keeping.begin(document, end=end, read=self._on_read)
        self.busy_changed.emit("")
        self.sampling_changed.emit(None)
        self.document_changed.emit(document)

    def close(self) -> None:
        """Keep what there is; the engine is closed by its owner."""
        for disconnect in self._disconnect:
            disconnect()
        self._number += 1
        self._finish_growing("interrupted")
        self.keeping.close()

    # --- one thing after the other --------------------------------------------------------------------------

    def _begin(self, task: Task) -> int:
        self._number += 1
        self.task, self._lints = task, ()
        self.keeping.flush()
        self.keeping.hold(True)
        self._job = None
        self.busy_changed.emit(task)
        return self._number

    def _end(self) -> None:
        self._number += 1
        self.keeping.hold(False)
        self._job, self.task = None, ""
        self.busy_changed.emit("")

    def _fail(self, error: NextwordError) -> None:
        if self.busy:
            self._end()
        self.failed.emit(error)

    def _read(self, place: int, then: Callable[[Sent], None]) -> None:
        """Have what stands before `place` as tokens with numbers, then go on."""
        if self._is_held:
            return
        self._job = ask_tokens(self.board, place, *self._listeners(self._begin("reading"), then))

    def _listeners(self, number: int, then: Callable[..., None]) -> tuple[Callable[[Sent], None], Failed]:
        ended = partial(self._on_sent, number, partial(self._judge, number, then))
        return ended, lambda error: self._fail(error) if number == self._number else None

    def _on_sent(self, number: int, then: Callable[[Sent], None], sent: Sent) -> None:
        if number != self._number:
            return
        if not sent.tokens:
            self._end()
            return
        self.sent = sent
        self.sent_changed.emit(sent)
        then(sent)

    def _judge(self, number: int, then: Callable[..., None], sent: Sent) -> None:
        """Give the tokens their numbers, unless that is too much for a text that is only to be continued."""
        scoring = self.task == "scoring"
        context = self.model.context_tokens if self.model is not None else 0
        if not scoring and (sent.begins or len(sent.tokens) >= context):
            then(sent)
            return

        def ended(totals: Totals | None, error: NextwordError | None) -> None:
            if number != self._number:
                return
            if error is not None:
                self._fail(error)
            elif totals is None:
                self._end()
            elif scoring:
                then(totals)
            else:
                self._remark()
                then(sent)

        alternatives = self.settings.value.chat.alternatives
        judging = Judging(self.board, sent, alternatives=alternatives, origin=self._origin(0), ended=ended)
        judging.progressed = lambda done, total: self.progressed.emit((done, total))
        job = judging.begin()
        if number == self._number and job is not None:
            self._job = job

    def _remark(self) -> None:
        self._lints = lints_at(self.board, self.sent, self.model, place=self.caret, told=self._told)
        self.remarked.emit(self._lints)

    def _on_scored(self, totals: Totals) -> None:
        self._end()
        self.scored.emit(totals)

    def _look(self, done: Callable[[protocol.Distribution], None], sent: Sent) -> None:
        number = self._number
        request = protocol.Look(0, protocol.TokenPrompt(self._fit(sent, 1).ids), self.settings.value.chat.alternatives)

        def on_event(event: JobEvent) -> None:
            if number != self._number:
                return
            match event:
                case protocol.Distribution():
                    self._end()
                    done(event)
                case protocol.Finished():
                    self._end()
                case JobFailed():
                    self._fail(event.error)
                case _:
                    pass

        self._job = self.engine.ask(request, on_event)

    def _fit(self, sent: Sent, wanted: int) -> Sent:
        """Return what of `sent` goes with room for `wanted` tokens behind it, and tell when that is not all."""
        context = self.model.context_tokens if self.model is not None else len(sent.tokens) + wanted
        room = context - min(max(1, wanted), max(_LEAST_ROOM, context // 4)) - 1
        if len(sent.tokens) > room:
            sent = fitted(sent, room)
        if sent.is_cut:
            self.sent = sent
            self.sent_changed.emit(sent)
            self._lints = (Lint("cut", numbers=(len(sent.ids), len(sent.tokens), sent.begins)),)
            self.remarked.emit(self._lints)
        return sent

    def _write(self, place: int, most_tokens: int | None, sent: Sent) -> None:
        self.task = "writing"
        self.busy_changed.emit("writing")
        wanted = most_tokens or self.sampling.max_tokens
        self._generate(protocol.TokenPrompt(self._fit(sent, wanted).ids), place, most_tokens)

    def _generate(self, prompt: protocol.Prompt, place: int, most_tokens: int | None) -> None:
        settings = self.sampling
        seed = settings.seed if settings.seed >= 0 else secrets.randbits(32)
        until = until_of(settings)
        if most_tokens is not None:
            until = protocol.Until(most_tokens, until.max_seconds, until.stop_texts, until.loop_tokens)
        number = self._number
        origin = self._origin(seed, manner_of(prompt, self.sent))
        self._growing = Growing(self.board, place, origin=origin, later=self._later)
        self.undoing.stop_joining()
        self.keeping.hold(False)
        self.keeping.begin_answer(origin)
        request = protocol.Generate(
            0, prompt, sampling_of(settings, seed), until, self.settings.value.chat.alternatives, settings.strict
        )
        self._job = self.engine.ask(request, partial(self._on_generated, number))

    def _on_generated(self, number: int, event: JobEvent) -> None:
        growing = self._growing
        if number != self._number or growing is None:
            return
        match event:
            case protocol.PromptProgress():
                self.progressed.emit((event.done_tokens, event.total_tokens))
            case protocol.TokenChosen():
                growing.add(event.step)
            case protocol.Finished():
                growing.trim(event.trim_bytes)
                self._finish_growing(event.reason)
                self._end()
                self.remarked.emit(self._lints + lints_of_end(event.reason, len(growing.steps), self.model))
            case JobFailed():
                self._finish_growing("interrupted")
                self._fail(event.error)
            case _:
                pass

    def _finish_growing(self, reason: str) -> None:
        growing, self._growing = self._growing, None
        if growing is None:
            return
        before = self.caret
        changes = growing.finish()
        self.caret = growing.end
        if changes:
            self.undoing.note(changes, before=before, after=growing.end)
        self.keeping.end_answer(reason)

    def judging_origin(self, seed: int = 0, manner: Mapping[str, Any] | None = None) -> Origin:
        """Return what gives tokens their numbers now; seed 0: they are not drawn, so there is no sampling."""
        status = self.engine.status
        known = self._library.find(status.model.path) if status.model is not None else None
        values = dataclasses.asdict(self.sampling) | dict(manner or {}) if seed else {}
        return origin_of(status, known.sha256 if known is not None else "", values | {"seed": seed})

    def _origin(self, seed: int, manner: Mapping[str, Any] | None = None) -> int:
        return self.board.origin_number(self.judging_origin(seed, manner))

    # --- what comes from elsewhere --------------------------------------------------------------------------

    def _on_read(self, own: dict[str, Any]) -> None:
        self.own = own
        self.undoing.clear()  # what was typed meanwhile stands in another place now
        self.caret = len(self.board.written.text)
        self.sampling_changed.emit(None)
        self.document_changed.emit(self.document)

    def _on_status(self, status: EngineStatus) -> None:
        if status.model is not None and status.model.path != self.board.model_path:
            self.board.model_path = status.model.path
            self.pin(None)
            self.tokens_changed.emit(None)

    def _on_settings(self, _change: object) -> None:
        self.sampling_changed.emit(None)
