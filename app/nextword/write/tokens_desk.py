"""A text as the tokens of the model that is loaded, and of a second one whose vocabulary alone is opened."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from nextword.engine import protocol
from nextword.engine.client import Engine, EngineStatus, JobEvent, JobFailed
from nextword.engine.protocol import PromptToken
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.write.tokens_counts import TokenCounts, count_tokens
from nextword.write.tokens_vocabulary import VocabularyReader

MOST_CHARACTERS = 200_000
"""A longer text is shown as far as this; its tokens would be more than a message of the engine takes."""


class Tokens(Struct, frozen=True):
    """A text as one model has it. model: its name, "" while it is not known; error: why there is nothing."""

    model: str = ""
    tokens: tuple[PromptToken, ...] = ()
    counts: TokenCounts | None = None
    error: NextwordError | None = None


class TokenDesk:
    """first, second: of the loaded model, and of the one to compare it with. changed: one of them is another now.

    make_engine: gives an engine process that is this desk's own; it runs while a second model is chosen.
    """

    def __init__(self, engine: Engine, vocabulary: VocabularyReader, make_engine: Callable[[], Engine]) -> None:
        self.changed: Event[None] = Event()
        self.text = ""
        self.first = _Side(engine, vocabulary, self.changed)
        self.second: _Side | None = None
        self.second_path = ""
        self._make_engine = make_engine

    @property
    def sides(self) -> list[_Side]:
        """Those that there are, the loaded model first."""
        return [self.first, *([self.second] if self.second is not None else [])]

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of the text is shown."""
        return len(self.text) > MOST_CHARACTERS

    @property
    def shown_text(self) -> str:
        """What is counted."""
        return self.text[:MOST_CHARACTERS]

    def set_text(self, text: str) -> None:
        """Show another text."""
        if text != self.text:
            self.text = text
            self.ask()

    def ask(self) -> None:
        """Ask both models once more."""
        for side in self.sides:
            side.ask(self.shown_text)

    def use_second(self, path: str) -> None:
        """Compare with the model at `path`; "" with none, and end the process that had it."""
        if path == self.second_path:
            return
        self.second_path = path
        if self.second is not None:
            self.second.close()
            self.second.engine.close()
            self.second = None
        if path:
            engine = self._make_engine()
            self.second = _Side(engine, VocabularyReader(engine), self.changed)
            engine.use(path, vocabulary_only=True)
            self.second.ask(self.shown_text)
        self.changed.emit(None)

    def close(self) -> None:
        """End the second process, and listen no more."""
        self.first.close()
        self.use_second("")


class _Side:
    """One model. shown: the text as its tokens; vocabulary: all of them."""

    def __init__(self, engine: Engine, vocabulary: VocabularyReader, changed: Event[None]) -> None:
        self.engine = engine
        self.vocabulary = vocabulary
        self.shown = Tokens()
        self._changed = changed
        self._text = ""
        self._job = 0
        self._asked = 0
        self._path = engine.status.model.path if engine.status.model is not None else ""
        self._disconnect = engine.status_changed.connect(self._on_status)

    def ask(self, text: str) -> None:
        """Ask for the tokens of a text; what was asked before is forgotten."""
        self._text = text
        self._asked += 1
        if self._job:
            self.engine.stop(self._job)
            self._job = 0
        if not text:
            self._show(())
            return
        status = self.engine.status
        if status.model is None and status.state not in ("starting", "loading", "idle"):
            self._tell(Tokens(error=status.error))
            return
        asked = self._asked

        def on_event(event: JobEvent) -> None:
            if asked != self._asked:
                return
            match event:
                case protocol.Tokenized():
                    self._job = 0
                    self._show(event.tokens)
                case JobFailed():
                    self._job = 0
                    self._tell(Tokens(self._name, error=event.error))
                case _:
                    pass

        self._job = self.engine.ask(protocol.Tokenize(0, protocol.TextPrompt(text)), on_event)

    def close(self) -> None:
        """Listen no more."""
        self._disconnect()
        self._asked += 1
        if self._job:
            self.engine.stop(self._job)

    @property
    def _name(self) -> str:
        model = self.engine.status.model
        return model.name if model is not None else ""

    def _show(self, tokens: tuple[PromptToken, ...]) -> None:
        self._tell(Tokens(self._name, tokens, count_tokens(self._name, self._text, tokens)))

    def _tell(self, tokens: Tokens) -> None:
        self.shown = tokens
        self._changed.emit(None)

    def _on_status(self, status: EngineStatus) -> None:
        path = status.model.path if status.model is not None else ""
        if path != self._path:
            self._path = path
            if path:
                self.ask(self._text)
            else:
                self._tell(Tokens(error=status.error))
        elif status.error is not None and status.model is None and self.shown.error is not status.error:
            self._tell(Tokens(error=status.error))
