"""A session of Write on a real engine process, a tiny model and a real database, as the tests hold it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nextword.engine.client import Engine
from nextword.errors import NextwordError
from nextword.history.database import History
from nextword.history.records import StoredConversation
from nextword.hub.library import Library
from nextword.settings import SettingsFile
from nextword.write.board import Edit
from nextword.write.session import WriteSession
from tests.deliveries import Deliveries


@dataclass
class Desk:
    """A session, what it stands on, and the text as a view would show it."""

    folder: Path
    deliver: Deliveries
    engine: Engine
    history: History
    settings: SettingsFile
    library: Library
    session: WriteSession = field(init=False)
    failures: list[NextwordError] = field(default_factory=list)
    timers: list[threading.Timer] = field(default_factory=list)
    shown: str = ""

    def begin(self) -> None:
        self.session = WriteSession(
            self.engine, self.history, settings=self.settings, library=self.library, later=self.later
        )
        self.session.failed.connect(self.failures.append)
        self.session.text_changed.connect(self._follow)
        self.shown = ""

    def _follow(self, edit: Edit) -> None:
        self.shown = self.shown[: edit.start] + edit.added + self.shown[edit.start + edit.removed :]

    def later(self, seconds: float, function: Callable[[], None]) -> None:
        self.timers.append(threading.Timer(seconds, self.deliver, [function]))
        self.timers[-1].start()

    def end(self) -> None:
        self.session.close()
        for timer in self.timers:
            timer.cancel()
            timer.join()

    def type(self, text: str, at: int | None = None, *, instead: int = 0) -> None:
        """The person writes (or pastes) at a place, in the place of some characters."""
        place = len(self.shown) if at is None else at
        self.shown = self.shown[:place] + text + self.shown[place + instead :]
        self.session.edit(place, place + instead, text, caret_before=place)
        self.session.caret = place + len(text)

    def until_idle(self) -> None:
        self.deliver.until(lambda: not self.session.busy)
        assert self.shown == self.session.written.text

    def go_on(self, at: int | None = None) -> str:
        """Continue at a place; return what was written."""
        self.session.caret = len(self.shown) if at is None else at
        before = len(self.shown)
        place = self.session.caret
        self.session.continue_text()
        self.until_idle()
        return self.shown[place : place + len(self.shown) - before]

    def kept(self) -> StoredConversation:
        """Return the document as it is on disk, after everything was kept."""
        self.session.keeping.flush()
        done: list[None] = []
        self.history.run(lambda _: None, done=done.append)
        self.deliver.until(lambda: done)
        document = self.session.document
        assert document is not None
        found: list[StoredConversation] = []
        self.history.run(lambda conversations: conversations.read(document), done=found.append)
        self.deliver.until(lambda: found)
        return found[0]


def desk_with(folder: Path, deliver: Deliveries, engine: Engine) -> Iterator[Desk]:
    """Yield a desk with an engine that others share."""
    settings = SettingsFile(folder / "settings.json")
    settings.set("sampling.max_tokens", 8)
    settings.set("sampling.temperature", 0.0)
    history = History(folder / "history.db", deliver)
    library = Library(folder / "library.json", deliver)
    made = Desk(folder, deliver, engine, history, settings, library)
    made.begin()
    yield made
    made.end()
    library.close()
    history.close()


def desk_on(folder: Path, model: Path) -> Iterator[Desk]:
    """Yield a desk with an engine of its own, which may end."""
    deliver = Deliveries()
    engine = Engine(deliver, cache=folder)
    engine.use(str(model))
    deliver.until(lambda: engine.status.state == "ready")
    yield from desk_with(folder, deliver, engine)
    engine.close()
