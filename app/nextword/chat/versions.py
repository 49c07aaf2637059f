"""New versions of an answer that begin with tokens or a text of another one: continued, or branched from a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

from nextword.asking.origins import choose_instead
from nextword.chat.answer import ShownMessage
from nextword.chat.answering import Answering, Order
from nextword.chat.beginnings import as_written, has_tokens_of, text_before
from nextword.chat.history_work import read_tokens
from nextword.chat.own_settings import OwnSettings
from nextword.chat.screen import Screen
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep, text_of
from nextword.errors import NextwordError, NoModelLoaded, TokensDamaged
from nextword.events import Event
from nextword.history.records import MessageId

Then: TypeAlias = Callable[[ShownMessage, list[TokenStep]], None]


class Versions:
    """Fetches the tokens of an answer and has another one begin with them. is_busy: of the whole session."""

    def __init__(
        self, screen: Screen, engine: Engine, answering: Answering, *, own: OwnSettings, is_busy: Callable[[], bool]
    ) -> None:
        self.failed: Event[NextwordError] = Event()
        self._screen = screen
        self._own = own
        self._engine = engine
        self._answering = answering
        self._is_busy = is_busy

    def continue_answer(self, index: int) -> None:
        """Go on where an answer ended, as another version that begins with the same tokens."""
        self._with_tokens(index, self._continue_with)

    def branch(self, index: int, position: int, token_id: int) -> None:
        """Take another token at `position` of an answer and go on from there, as another version."""
        self._with_tokens(index, partial(self._branch_with, position, token_id))

    def prefill(self, index: int, text: str) -> None:
        """Answer the question at `index` (or that of the answer there) with an answer that begins with `text`."""
        screen, message = self._screen, self._screen.shown[index]
        question = message.id if message.role == "user" or message.id is None else screen.tree.get(message.id).parent
        if self._is_busy() or question is None or not text:
            return
        wish = self._answering.wish(screen.tree, question, self._own.value)
        asked = wish.messages[-1:]  # what is before the question does not change how the answer begins

        def begin(tokens: Sequence[protocol.PromptToken]) -> None:
            place = next((at for at, other in enumerate(screen.shown, 1) if other.id == question), None)
            if place is not None and not self._is_busy():
                self.begin(question, place, as_written(tokens))

        def on_tokens(reply: protocol.Tokenized) -> None:
            owners = wish.form.owners(asked, reply)
            if owners:
                begin([token for token, owner in zip(reply.tokens, owners, strict=True) if owner == protocol.ANSWER])
            else:  # the template hides where the answer begins: its words alone
                self._tokenize(protocol.TextPrompt(text), lambda alone: begin(alone.tokens))

        self._tokenize(wish.form.prompt(asked, answer_text=text), on_tokens)

    def _tokenize(self, prompt: protocol.Prompt, then: Callable[[protocol.Tokenized], None]) -> None:
        def listen(event: JobEvent) -> None:
            match event:
                case protocol.Tokenized():
                    then(event)
                case JobFailed():
                    self.failed.emit(event.error)
                case _:
                    pass

        self._engine.ask(protocol.Tokenize(0, prompt), listen)

    def _with_tokens(self, index: int, then: Then) -> None:
        """Call `then` with the answer at `index` and its tokens, none for a text that was never generated."""
        message = self._screen.shown[index]
        if self._is_busy() or message.id is None or message.role != "assistant":
            return
        if self._engine.status.model is None:
            self.failed.emit(NoModelLoaded())
        elif message.steps or not message.has_tokens:
            then(message, message.steps)
        else:
            work = partial(read_tokens, message.id)
            failed = partial(self._on_not_read, message, then)
            self._screen.history.run(work, done=partial(then, message), failed=failed)

    def _on_not_read(self, message: ShownMessage, then: Then, error: NextwordError) -> None:
        """Go on from the text where the tokens are damaged."""
        if isinstance(error, TokensDamaged):
            message.has_tokens = False
            then(message, [])
        else:
            self.failed.emit(error)

    def _continue_with(self, message: ShownMessage, steps: list[TokenStep]) -> None:
        if self._fits(message, steps):
            self._begin(message, [step for step in steps if not step.special])
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
            self._begin(message, start)
        else:
            self._begin_with_text(message, text_before(start))

    def _fits(self, message: ShownMessage, steps: Sequence[TokenStep]) -> bool:
        """Say whether the model that is loaded knows these tokens: in another vocabulary the numbers are others."""
        model = self._engine.status.model
        sha256 = self._answering.model_sha256()
        return bool(steps) and model is not None and has_tokens_of(message.origin, model, sha256)

    def _begin_with_text(self, message: ShownMessage, text: str, *, trimmed: bool = False) -> None:
        """Begin a version with `text` in the tokens of the model that is loaded. trimmed: its first space was
        left out, because the vocabulary puts one before a text by itself."""
        if text:
            self._tokenize(protocol.TextPrompt(text), partial(self._on_tokenized, message, text, trimmed))
        else:
            self._begin(message, [])

    def _on_tokenized(self, message: ShownMessage, text: str, trimmed: bool, reply: protocol.Tokenized) -> None:
        start = as_written(reply.tokens)
        if not trimmed and text[0] == " " and text_of(start) == " " + text:
            self._begin_with_text(message, text[1:], trimmed=True)
        else:
            self._begin(message, start)

    def _begin(self, message: ShownMessage, start: list[TokenStep]) -> None:
        """Generate a version of `message`, unless it is not on screen any more."""
        screen = self._screen
        index = next((at for at, other in enumerate(screen.shown) if other.id == message.id), None)
        if self._is_busy() or index is None or message.id is None or screen.conversation is None:
            return
        question = screen.tree.get(message.id).parent
        if question is not None:
            self.begin(question, index, start)

    def begin(self, question: MessageId, index: int, start: Sequence[TokenStep] = ()) -> None:
        """Answer a question of the path anew, with a version that takes the place of what stands at `index`."""
        screen = self._screen
        if screen.conversation is None:
            return
        order = Order(
            screen.conversation, screen.tree, question, self._own.value, screen.history,
            start=start, end_before=screen.last_id(),
        )  # fmt: skip
        screen.cut(index)
        self._answering.begin(order)
