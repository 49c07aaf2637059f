"""A model that is open, with everything that the jobs on it share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from nextword.engine import protocol
from nextword.engine.analyst import Analyst
from nextword.engine.model import Model
from nextword.engine.native_log import NativeLog
from nextword.engine.prompt import PromptBuilder
from nextword.engine.snapshot import Snapshot
from nextword.engine.stops import Stops


class Host(Protocol):
    """The process around the worker."""

    def send(self, event: protocol.Reply) -> None:
        """Send an event to the window. Any thread."""

    def enter(self, stage: protocol.Stage) -> None:
        """Tell the window what is being done."""

    def confine(self, readable: Sequence[Path]) -> protocol.Isolation:
        """Enter the sandbox, in which only `readable` can be opened."""


class Opened:
    """fingerprint: of the model's file (snapshot.py). snapshot: of an earlier process, None if there is none.

    keep_state: whether what the conversation's sequence holds may be written to a snapshot.
    """

    def __init__(self, model: Model, builder: PromptBuilder, *, host: Host, stops: Stops, log: NativeLog) -> None:
        self.model = model
        self.builder = builder
        self.host = host
        self.stops = stops
        self.log = log
        self.analyst = Analyst(model.vocabulary)
        self.fingerprint = ""
        self.snapshot: Snapshot | None = None
        self.keep_state = False
