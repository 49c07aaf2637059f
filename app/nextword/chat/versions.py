"""New versions of an answer that begin with tokens or a text of another one: continued, or branched from a word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from nextword.chat.answer import ShownMessage, choose_instead
from nextword.chat.answering import Answering
from nextword.chat.beginnings import as_written, has_tokens_of, text_before
from nextword.chat.history_work import read_tokens
from nextword.chat.screen import Screen
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent, JobFailed
from nextword.engine.tokens import TokenStep, text_of
from nextword.errors import NextwordError, NoModelLoaded
from nextword.events import Event


class Versions:
    """Fetches the tokens of an answer and has another one begin with them. is_busy: of the whole session."""

    def __init__(self, screen: Screen, engine: Engine, answering: Answering, is_busy: Callable[[], bool]) -> None:
        self.failed: Event[NextwordError] = Event()
        self._screen = screen
        self._engine = engine
        self._answering = answering
        self._is_busy = is_busy

    def continue_answer(self, index: int) -> None:
        """Go on where an answer ended, as another version that begins with the same tokens."""
        self._with_tokens(index, self._continue_with)

    def branch(self, index: int, position: int, token_id: int) -> None:
        """Take another token at `position` of an answer and go on from there, as another version."""
        self._with_tokens(index, partial(self._branch_with, position, token_id))

    def _with_tokens(self, index: int, then: Callable[[ShownMessage, list[TokenStep]], None]) -> None:
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
            self._screen.history.run(work, done=partial(then, message), failed=self.failed.emit)

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
            listener = partial(self._on_tokenized, message, text, trimmed)
            self._engine.ask(protocol.Tokenize(0, protocol.TextPrompt(text)), listener)
        else:
            self._begin(message, [])

    def _on_tokenized(self, message: ShownMessage, text: str, trimmed: bool, event: JobEvent) -> None:
        match event:
            case protocol.Tokenized():
                start = as_written(event.tokens)
                if not trimmed and text[0] == " " and text_of(start) == " " + text:
                    self._begin_with_text(message, text[1:], trimmed=True)
                else:
                    self._begin(message, start)
            case JobFailed():
                self.failed.emit(event.error)
            case _:
                pass

    def _begin(self, message: ShownMessage, start: list[TokenStep]) -> None:
        """Generate a version of `message`, unless it is not on screen any more."""
        screen = self._screen
        index = next((at for at, other in enumerate(screen.shown) if other.id == message.id), None)
        if self._is_busy() or index is None or message.id is None or screen.conversation is None:
            return
        question = screen.tree.get(message.id).parent
        if question is not None:
            self._answering.end_before = screen.last_id()
            screen.cut(index)
            self._answering.begin(screen.conversation, screen.tree, question=question, start=start)
