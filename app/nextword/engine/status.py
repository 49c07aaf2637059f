"""What the window shows of the engine, and what a job on it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from nextword.engine import protocol
from nextword.errors import NextwordError

State: TypeAlias = Literal["stopped", "starting", "idle", "loading", "ready", "busy", "dead"]
"""stopped: no process; idle: a process without a model; ready: a model waits; dead: it died too often."""


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the window shows of the engine. wanted: path of the model asked for; load_fraction: 0 to 1."""

    state: State = "stopped"
    model: protocol.ModelInfo | None = None
    wanted: str = ""
    load_fraction: float = 0.0
    error: NextwordError | None = None
    variant: str = ""
    llama_version: str = ""
    tried: tuple[str, ...] = ()
    isolation: protocol.Isolation | None = None
    context_used: int = 0
    tokens_per_second: float = 0.0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The last event of a job that did not end well."""

    job: int
    error: NextwordError


JobEvent: TypeAlias = protocol.JobReply | JobFailed
Listener: TypeAlias = Callable[[JobEvent], None]


@dataclass(slots=True)
class Job:
    """A request that is on its way."""

    request: protocol.Work
    listener: Listener
    stopping: bool = False
    prompt_tokens: int = 0
    cached_tokens: int = 0
    generated_tokens: int = 0
    first_token_at: float = 0.0
    stage: protocol.Stage = "prompt"
