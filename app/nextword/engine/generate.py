"""Generate and GenerateLanes, from the prompts to the last event."""

from __future__ import annotations

from nextword.engine import grammar, protocol
from nextword.engine.lane import Account, Lane, Wish
from nextword.engine.lanes import Lanes
from nextword.engine.model import Interrupted
from nextword.engine.opened import Opened
from nextword.engine.sampler import Sampler
from nextword.engine.tokens import TokenStep
from nextword.errors import ContextTooSmall, NextwordError


class Generation:
    """One request while it runs; hears its lanes. Raises the errors of errors.py."""

    def __init__(self, opened: Opened, request: protocol.Generate | protocol.GenerateLanes) -> None:
        self._opened = opened
        self._request = request
        self._job = request.job
        self._several = isinstance(request, protocol.GenerateLanes)
        self._error: NextwordError | None = None

    def run(self) -> None:
        """Do it and send what comes of it."""
        opened, request = self._opened, self._request
        opened.host.enter("prompt")
        wanted = _wanted(request)
        lanes = [self._lane(number, wish) for number, wish in enumerate(wanted)]
        if not lanes:
            opened.host.send(_finished(self._job, "end", []))
            return
        self._prepare(lanes)
        together = request.together if isinstance(request, protocol.GenerateLanes) else 1
        loop = Lanes(opened.model, lanes, together=together, listener=self)
        try:
            loop.share()
        except Interrupted:
            opened.host.send(_finished(self._job, "stopped", lanes))
            return
        accounts = [lane.account for lane in lanes]
        opened.host.send(
            protocol.Started(
                self._job,
                sum(account.prompt_tokens for account in accounts),
                sum(account.cached_tokens for account in accounts),
                sum(account.restored_tokens for account in accounts),
            )
        )
        for lane, wish in zip(lanes, wanted, strict=True):
            begun = wish.prompt.answer_start
            if begun and opened.model.vocabulary.is_end(begun[-1]):  # the answer was chosen to end here
                lane.end("end")
        try:
            loop.run()
        finally:
            opened.analyst.drain()
        if self._error is not None:
            raise self._error
        opened.host.send(_finished(self._job, lanes[0].reason or "stopped", lanes))

    # --- what the lanes say ---------------------------------------------------------------------------------

    def progress(self, done_tokens: int, total_tokens: int) -> None:
        """So much of the prompts is read."""
        self._opened.host.send(protocol.PromptProgress(self._job, done_tokens, total_tokens))

    def generating(self) -> None:
        """A token was drawn."""
        self._opened.host.enter("generating")

    def is_stopped(self, lane: int) -> bool:
        """Whether the lane is to end before its next token."""
        return self._opened.stops.is_stopped(self._job, lane)

    def ended(self, lane: Lane, error: NextwordError | None) -> None:
        """A lane has ended; of a single one the whole job tells."""
        if not self._several:
            self._error = error
            return
        self._opened.analyst.drain()
        account = lane.account
        self._opened.host.send(
            protocol.LaneFinished(
                self._job,
                lane.number,
                lane.reason or "stopped",
                account.prompt_tokens,
                account.cached_tokens,
                account.generated_tokens,
                account.generation_seconds,
                lane.trim_bytes,
                "" if error is None else type(error).__name__,
            )
        )

    # --- the beginning --------------------------------------------------------------------------------------

    def _lane(self, number: int, wish: protocol.Lane) -> Lane:
        opened = self._opened
        built = opened.builder.build(wish.prompt)
        ids = built.ids
        if len(ids) >= opened.model.context_tokens:
            raise ContextTooSmall(len(ids), opened.model.context_tokens - 1)
        vocabulary = opened.model.vocabulary
        sampler = Sampler(wish.sampling, vocabulary, grammar.make(wish.sampling, vocabulary))
        whole = Wish(ids, sampler, wish.until, self._request.alternatives, built.answer_tokens)
        return Lane(number, whole, opened.analyst, lambda drawn: opened.analyst.take(drawn, self._tell))

    def _prepare(self, lanes: list[Lane]) -> None:
        """Bring into memory what an earlier process knew of the prompt, or forget everything."""
        opened, request = self._opened, self._request
        opened.keep_state = isinstance(request, protocol.Generate) and request.keep_state
        if isinstance(request, protocol.Generate) and request.strict:
            opened.model.forget_all()
        elif opened.snapshot is not None:
            lanes[0].account.restored_tokens = opened.snapshot.put_back(opened.model, lanes[0].ids)

    def _tell(self, lane: int, position: int, step: TokenStep) -> None:
        self._opened.host.send(protocol.TokenChosen(self._job, position, step, lane))


def _wanted(request: protocol.Generate | protocol.GenerateLanes) -> tuple[protocol.Lane, ...]:
    if isinstance(request, protocol.GenerateLanes):
        return request.lanes
    return (protocol.Lane(request.prompt, request.sampling, request.until),)


def _finished(job: int, reason: protocol.StopReason, lanes: list[Lane]) -> protocol.Finished:
    """Return the last event: of one lane its account, of several the sums and the longest times."""
    accounts = [lane.account for lane in lanes] or [Account()]
    return protocol.Finished(
        job,
        reason,
        sum(account.prompt_tokens for account in accounts),
        sum(account.cached_tokens for account in accounts),
        sum(account.generated_tokens for account in accounts),
        max(account.prompt_seconds for account in accounts),
        max(account.generation_seconds for account in accounts),
        sum(account.evaluated_tokens for account in accounts),
        lanes[0].trim_bytes if len(lanes) == 1 else 0,
    )
