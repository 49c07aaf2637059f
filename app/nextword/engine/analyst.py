"""Says what the model thought of each token, on a thread of its own, while the next token is computed.

The rows of logits are copied into buffers that are used again: a fresh one of 600 kB for each token would cost more
than what is computed from it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nextword.engine import distribution
from nextword.engine.distribution import Draw
from nextword.engine.tokens import Candidate, TokenStep
from nextword.engine.vocabulary import Vocabulary

Tell: TypeAlias = Callable[[int, int, TokenStep], None]
"""Called on the analyst's thread with the lane, the position and what is known of the token."""

_WAITING = 32  # tokens at most, before the computation waits for the analysis


@dataclass(frozen=True, slots=True)
class Drawn:
    """A token that was drawn. row: the logits it was drawn from, a buffer of `Analyst.keep`."""

    lane: int
    position: int
    row: NDArray[np.float32]
    draw: Draw
    alternatives: int


class Analyst:
    """One for a model. Its thread is made with the first token: the sandbox must be entered before."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._free: list[NDArray[np.float32]] = []
        self._work: queue.SimpleQueue[tuple[Drawn, Tell] | threading.Event | None] = queue.SimpleQueue()
        self._given = 0
        self._told = 0
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def keep(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a copy of a row of logits."""
        try:
            copy = self._free.pop()
        except IndexError:
            copy = np.empty_like(row)
        np.copyto(copy, row)
        return copy

    def forget(self, drawn: Drawn) -> None:
        """Take back the buffer of a token that nobody is told about."""
        self._free.append(drawn.row)

    def take(self, drawn: Drawn, tell: Tell) -> None:
        """Have `tell` called with what is known of `drawn`, later, in order. Raises what an earlier one raised."""
        self._raise_error()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="engine-analyst", daemon=True)
            self._thread.start()
        self._work.put((drawn, tell))
        self._given += 1
        if self._given - self._told > _WAITING:
            self.drain()

    def drain(self) -> None:
        """Wait until all is told. Raises what went wrong."""
        if self._thread is not None:
            done = threading.Event()
            self._work.put(done)
            done.wait()
        self._raise_error()

    def close(self) -> None:
        """End the thread, when everything is told."""
        if self._thread is not None:
            self._work.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        _give_way()
        while (work := self._work.get()) is not None:
            if isinstance(work, threading.Event):
                work.set()
                continue
            drawn, tell = work
            try:
                tell(drawn.lane, drawn.position, self._step(drawn))
            except BaseException as error:  # noqa: BLE001 - raised where the token was drawn
                self._error = error
            finally:
                self._free.append(drawn.row)
                self._told += 1

    def _step(self, drawn: Drawn) -> TokenStep:
        return step_of(distribution.describe(drawn.row, drawn.draw, drawn.alternatives), self._vocabulary)

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error


def _give_way() -> None:
    """Wait for a core instead of taking one from the threads that compute: each of those waits for all the others, so a
    token took a tenth longer than with SCHED_BATCH, which only leaves out that a thread that wakes up goes first."""
    with contextlib.suppress(AttributeError, OSError):  # Linux alone has it
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def step_of(choice: distribution.Choice, vocabulary: Vocabulary) -> TokenStep:
    """Add the bytes of the tokens to what is known of them."""
    return TokenStep(
        id=choice.id,
        text=vocabulary.piece(choice.id),
        logprob=choice.logprob,
        rank=choice.rank,
        entropy_bits=choice.entropy_bits,
        sampled_logprob=choice.sampled_logprob,
        kept=choice.kept,
        candidates=tuple(
            Candidate(token, vocabulary.piece(token), logprob, after, cut, vocabulary.is_control(token))
            for token, logprob, after, cut in choice.candidates
        ),
        special=vocabulary.is_control(choice.id),
    )
