"""One document of Write: its text and tokens, what is asked of the engine, and what other panes may ask of it.

Lives on one thread; knows the engine and the history, not the window.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from nextword.engine import protocol
from nextword.engine.client import Engine
from nextword.engine.tokens import TokenStep
from nextword.events import Event
from nextword.history.database import History
from nextword.history.records import ConversationId
from nextword.settings import SamplingSettings, SettingsFile
from nextword.write.text import WrittenText

Later = Callable[[float, Callable[[], None]], None]
"""Call a function on this thread after some seconds."""


class WriteSession:
    """tokens_changed: text or numbers are others now. pinned_changed: another token is looked at, None for none.

    document: None before it is kept for the first time. sampling: of this document.
    """

    def __init__(self, engine: Engine, history: History, *, settings: SettingsFile, later: Later) -> None:
        self.engine = engine
        self.history = history
        self.settings = settings
        self.written = WrittenText()
        self.pinned: int | None = None
        self.document: ConversationId | None = None
        self.sampling: SamplingSettings = settings.value.sampling
        self.tokens_changed: Event[None] = Event()
        self.pinned_changed: Event[int | None] = Event()
        self.document_changed: Event[ConversationId | None] = Event()
        self.sampling_changed: Event[None] = Event()
        self._later = later

    # --- for the panes --------------------------------------------------------------------------------------

    @property
    def model(self) -> protocol.ModelInfo | None:
        """The model that is loaded."""
        return self.engine.status.model

    @property
    def steps(self) -> list[TokenStep]:
        """The tokens of the document that are known, in their order."""
        return self.written.steps

    def pin(self, token: int | None) -> None:
        """Look at a token, by its place in `steps`."""
        if token != self.pinned:
            self.pinned = token
            self.pinned_changed.emit(token)

    def ids_before(self, token: int | None = None) -> tuple[int, ...] | None:
        """Return the exact ids that stand before a token (None: before the end), a BOS with them where the model wants
        one; None while some of the text before it is no tokens yet (`tokens_before` asks the engine then)."""
        end = len(self.written.text) if token is None else self.written.starts[token]
        if not self.written.covered(0, end) or self.model is None:
            return None
        steps = self.written.steps if token is None else self.written.steps[:token]
        ids = tuple(step.id for step in steps)
        rules = self.model.tokens
        if rules.adds_bos and rules.bos is not None and ids[:1] != (rules.bos,):
            ids = (rules.bos, *ids)
        return ids

    def set_sampling(self, sampling: SamplingSettings) -> None:
        """Have this document continued so from now on; kept with it."""
        if sampling != self.sampling:
            self.sampling = sampling
            self.sampling_changed.emit(None)

    def change_sampling(self, **values: object) -> None:
        """Change some of the values."""
        self.set_sampling(dataclasses.replace(self.sampling, **values))  # type: ignore[arg-type]

    def close(self) -> None:
        """Keep what there is."""
