"""What the window tells a person, kept until a window listens; no widget here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from msgspec import Struct

from nextword.errors import NextwordError
from nextword.events import Event


class Action(Struct, frozen=True):
    """A button on a notice: what it says and what it does."""

    label: str
    run: Callable[[], None]


class Notice(Struct, frozen=True):
    """An error or a short message. error: worded by explain.py; text: already worded, when error is None.

    key: a later notice with the same key replaces this one.
    """

    error: NextwordError | None = None
    text: str = ""
    level: str = "info"  # info, warning, error
    actions: tuple[Action, ...] = ()
    key: str = ""


@dataclass
class Notices:
    """The one place notices go; those that come before a window listens wait for it. withdrawn: by their key."""

    added: Event[Notice] = field(default_factory=Event)
    withdrawn: Event[str] = field(default_factory=Event)
    waiting: list[Notice] = field(default_factory=list)
    _listened: bool = False

    def add(self, notice: Notice) -> None:
        """Show `notice`, or keep it until somebody listens."""
        if self._listened:
            self.added.emit(notice)
        else:
            self.waiting.append(notice)

    def withdraw(self, key: str) -> None:
        """Take back the notice with this key: what it told of is over."""
        self.waiting = [notice for notice in self.waiting if notice.key != key]
        self.withdrawn.emit(key)

    def listen(self, show: Callable[[Notice], None]) -> None:
        """Call `show` for every notice, the waiting ones first."""
        self.added.connect(show)
        self._listened = True
        waiting, self.waiting = self.waiting, []
        for notice in waiting:
            show(notice)
