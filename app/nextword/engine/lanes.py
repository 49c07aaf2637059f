"""The token loop: one prompt, or several decoded together in one batch after another.

One prompt is the conversation: it lives in sequence 0 and begins with what is known there. Several have a sequence
each and share their common beginning with the conversation's. When the memory is full the youngest waits and is read
again later; what it says is the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol

from nextword.engine.lane import Lane
from nextword.engine.model import CONVERSATION, Interrupted, Model, common_prefix
from nextword.errors import NextwordError

_ALONE = ((CONVERSATION,),)


class Listener(Protocol):
    """Who hears how it goes; called on the thread that computes."""

    def progress(self, done_tokens: int, total_tokens: int) -> None:
        """So much of the prompts is read."""

    def generating(self) -> None:
        """A token was drawn."""

    def ended(self, lane: Lane, error: NextwordError | None) -> None:
        """A lane has ended, by itself or of an error; all its tokens were handed to the analyst."""

    def is_stopped(self, lane: int) -> bool:
        """Whether the lane is to end before its next token."""


class Lanes:
    """Runs `lanes` to their ends. together: how many at once."""

    def __init__(self, model: Model, lanes: Sequence[Lane], *, together: int, listener: Listener) -> None:
        self._model = model
        self._waiting = deque(lanes)
        self._active: list[Lane] = []
        self._alone = len(lanes) == 1 or not model.shares_prefixes
        self._free = [CONVERSATION] if self._alone else list(range(min(together, model.sequences - 1), 0, -1))
        self._shared = 0  # tokens at the beginning of every lane, in the conversation's sequence
        self._listener = listener
        self._read = 0
        self._to_read = sum(len(lane.ids) for lane in lanes)

    def share(self) -> None:
        """Read the common beginning of several lanes and note what each need not read. Raises as Model.decode."""
        lanes = list(self._waiting)
        model = self._model
        if self._alone:
            lanes[0].account.cached_tokens = model.keep_prefix(lanes[0].ids)
            return
        trunk = lanes[0].ids[:-1]
        for lane in lanes[1:]:
            trunk = trunk[: min(common_prefix(trunk, lane.ids), len(lane.ids) - 1)]
        known = common_prefix(model.known, trunk)
        if known < len(trunk):
            model.forget_from(known)
        for at in range(known, len(trunk), model.batch_tokens):
            model.feed(trunk[at : at + model.batch_tokens])
        self._shared = len(trunk)
        for lane in lanes:
            lane.account.cached_tokens = len(trunk)
        lanes[0].account.cached_tokens = known

    def run(self) -> None:
        """Generate until every lane has ended. Raises what an evaluation raises, but not Interrupted."""
        try:
            while self._go_on():
                pass
        except Interrupted:
            for lane in [*self._active, *self._waiting]:
                lane.end("stopped")
                self._listener.ended(lane, None)
        finally:
            self._leave()

    def _go_on(self) -> bool:
        if self._alone and self._active and self._goes_on_alone(self._active[0]):
            return True
        self._end_some()
        while self._waiting and self._free and self._admit(self._waiting[0]):
            self._active.append(self._waiting.popleft())
        if not self._active:
            return False
        self._make_room()
        drawing = self._decode(list(self._portions()))
        for lane, index in drawing:
            self._draw(lane, index)
        if drawing:
            self._listener.generating()
        return True

    def _goes_on_alone(self, lane: Lane) -> bool:
        """Take the short way to the next token of a single answer, on which no time is lost between two of them."""
        if lane.missing != 1 or lane.reason is not None or self._listener.is_stopped(lane.number):
            return False
        model = self._model
        try:
            model.decode((lane.ids[-1],), (lane.done,), _ALONE, (True,))
        except BaseException:
            self._forget_batch()
            raise
        model.known.append(lane.ids[-1])
        lane.done += 1
        self._draw(lane, 0)
        self._listener.generating()
        return True

    def _draw(self, lane: Lane, index: int) -> None:
        try:
            lane.draw(self._model, index)
        except NextwordError as error:  # costs the lane, not the others
            lane.end("stopped")
            self._take_out(lane)
            self._listener.ended(lane, error)

    # --- places in the memory -------------------------------------------------------------------------------

    def _admit(self, lane: Lane) -> bool:
        """Give a waiting lane a sequence, if its tokens fit."""
        if (
            self._active
            and self._cells() + len(lane.ids) - self._shared + len(self._active) > self._model.memory_tokens
        ):
            return False
        lane.sequence = self._free.pop()
        if self._alone:
            lane.done = lane.account.cached_tokens = self._model.keep_prefix(lane.ids)
        else:
            lane.done = self._shared
            if self._shared:
                self._model.copy_sequence(CONVERSATION, lane.sequence, 0, self._shared)
        self._read += lane.done
        lane.begin()
        return True

    def _make_room(self) -> None:
        """Make the next tokens of all fit: forget the conversation but what is shared, then let the youngest wait."""
        model = self._model
        while self._cells() + min(sum(lane.missing for lane in self._active), model.batch_tokens) > model.memory_tokens:
            if not self._alone and len(model.known) > self._shared:
                model.forget_from(self._shared)
            elif len(self._active) > 1:
                self._put_back(self._active.pop())
            else:
                break

    def _put_back(self, lane: Lane) -> None:
        assert lane.sequence is not None, "it was active"
        self._model.drop_sequence(lane.sequence)
        self._free.append(lane.sequence)
        lane.sequence = None
        self._waiting.appendleft(lane)

    def _end_some(self) -> None:
        """Take out the lanes that have ended or are to end."""
        for lane in [*self._active, *self._waiting]:
            if lane.reason is None and self._listener.is_stopped(lane.number):
                lane.end("stopped")
            if lane.reason is not None:
                self._take_out(lane)
                self._listener.ended(lane, None)

    def _take_out(self, lane: Lane) -> None:
        if lane.sequence is None:
            self._waiting.remove(lane)
            return
        self._active.remove(lane)
        if not self._alone:
            self._model.drop_sequence(lane.sequence)
        self._free.append(lane.sequence)

    def _leave(self) -> None:
        for lane in self._active:
            if lane.sequence is not None and not self._alone:
                self._model.drop_sequence(lane.sequence)

    def _cells(self) -> int:
        own = sum(lane.done - self._shared for lane in self._active)
        return own + (0 if self._alone else len(self._model.known))

    # --- batches --------------------------------------------------------------------------------------------

    def _portions(self) -> Iterator[tuple[Lane, int]]:
        """Share one batch among the lanes: those that have one token to read first, then the prompts in their order."""
        room = self._model.batch_tokens
        for lane in sorted(self._active, key=lambda lane: lane.missing > 1):
            count = min(lane.missing, room)
            if count:
                room -= count
                yield lane, count

    def _decode(self, portions: Sequence[tuple[Lane, int]]) -> list[tuple[Lane, int]]:
        """Evaluate; return the lanes whose next token can be drawn, each with the index of its logits."""
        model = self._model
        tokens: list[int] = []
        positions: list[int] = []
        owners: list[tuple[int]] = []
        outputs: list[bool] = []
        drawing: list[tuple[Lane, int]] = []
        for lane, count in portions:
            assert lane.sequence is not None, "it is active"
            tokens += lane.ids[lane.done : lane.done + count]
            positions += range(lane.done, lane.done + count)
            owners += [(lane.sequence,)] * count
            outputs += [False] * (count - 1) + [count == lane.missing]
            if count == lane.missing:
                drawing.append((lane, len(tokens) - 1))
        self._tell_progress(0)
        try:
            model.decode(tokens, positions, owners, outputs)
        except BaseException:
            self._forget_batch()
            raise
        for lane, count in portions:
            if self._alone:
                model.known.extend(lane.ids[lane.done : lane.done + count])
            lane.done += count
        self._tell_progress(sum(count for _, count in portions))
        return drawing

    def _forget_batch(self) -> None:
        """The memory may hold a part of the batch."""
        if self._alone:
            self._model.forget_from(len(self._model.known), force=True)
        else:
            for lane in self._active:
                if lane.sequence is not None:
                    self._model.drop_sequence(lane.sequence, lane.done)

    def _tell_progress(self, count: int) -> None:
        if self._read < self._to_read:
            self._read = min(self._read + count, self._to_read)
            self._listener.progress(self._read, self._to_read)
