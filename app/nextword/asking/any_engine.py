"""The engine as the screens see it: the process on this machine, or a server that the person has named.

Both take the same requests and tell of them in the same events. What only a model of our own can do, a server
refuses with RemoteRefused.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nextword.engine import protocol
from nextword.engine.child import Deliver
from nextword.engine.client import STATUS_SECONDS, Engine
from nextword.engine.status import JobFailed, Listener
from nextword.errors import NextwordError
from nextword.network_errors import RemoteRefused
from nextword.remote.endpoints import Chosen, is_remote
from nextword.remote.remote import Remote

if TYPE_CHECKING:
    from nextword.remote.talk import Talk


class AnyEngine(Engine):
    """See the module. While a server answers there is no engine process."""

    def __init__(
        self,
        deliver: Deliver,
        remote: Remote,
        *,
        cache: Path,
        log_file: Path | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        super().__init__(deliver, cache=cache, log_file=log_file, command=command)
        self.remote = remote
        self._chosen: Chosen | None = None
        self._talks: dict[int, tuple[Talk, Listener]] = {}
        self._first_at = 0.0
        self._made = 0

    def start(self) -> None:
        if self._chosen is None:
            super().start()

    def use(self, path: str, *, context_tokens: int = 0, threads: int = 0, vocabulary_only: bool = False) -> None:
        chosen = self.remote.endpoints.find(path)
        if chosen is None:
            if is_remote(path):
                self._leave_both()
                self._update(state="stopped", wanted=path, error=RemoteRefused("unknown"))
                return
            if self._chosen is not None:
                self._chosen = None
                self._stop_talks()
                self._update(state="stopped", model=None, error=None, context_used=0)
            super().use(path, context_tokens=context_tokens, threads=threads, vocabulary_only=vocabulary_only)
            return
        if chosen == self._chosen:
            return
        self._leave_both()
        self._chosen = chosen
        model = self.remote.info(chosen)
        self._update(state="ready", model=model, wanted=path, error=None, load_fraction=1.0, context_used=0)

    def unload(self) -> None:
        if self._chosen is None:
            super().unload()
        else:
            self._leave_both()

    def ask(self, request: protocol.Work, listener: Listener) -> int:
        if self._chosen is None:
            return super().ask(request, listener)
        job = self._number()
        if not isinstance(request, protocol.Generate):
            refused = RemoteRefused("scores", self._chosen.endpoint.host, self._chosen.model.name)
            self._deliver(lambda: listener(JobFailed(job, refused)))
            return job
        self._made = 0
        talk = self.remote.answer(replace(request, job=job), self._chosen, partial(self._on_told, job))
        self._talks[job] = (talk, listener)
        self._update(state="busy", error=None, seed=request.sampling.seed)
        return job

    def stop(self, job: int, lane: int = -1) -> None:
        if job not in self._talks:
            super().stop(job, lane)
        elif lane <= 0:
            self._talks[job][0].stop()
            self._deliver(partial(self._end_stopped, job))  # the server may be silent for long

    def close(self) -> None:
        self._talks.clear()
        self.remote.close()
        super().close()

    def _leave_both(self) -> None:
        self._chosen = None
        self._stop_talks()
        self.leave()

    def _stop_talks(self) -> None:
        for job, (talk, _) in list(self._talks.items()):
            talk.stop()
            self._end_stopped(job)

    def _on_told(self, job: int, event: protocol.JobReply | NextwordError) -> None:
        if job not in self._talks:
            return  # it was stopped, and was told so
        _, listener = self._talks[job]
        match event:
            case NextwordError():
                self._forget_talk(job)
                listener(JobFailed(job, event))
                return
            case protocol.TokenChosen():
                self._count_remote_token()
            case protocol.Finished():
                self._forget_talk(job)
                used = event.prompt_tokens + event.generated_tokens if event.prompt_tokens else 0
                self._update(context_used=used)
            case _:
                pass
        listener(event)

    def _count_remote_token(self) -> None:
        now = time.monotonic()
        self._made += 1
        if self._made == 1:
            self._first_at = now
        elif now - self._status_at > STATUS_SECONDS:
            self._update(tokens_per_second=(self._made - 1) / max(now - self._first_at, 1e-9))

    def _end_stopped(self, job: int) -> None:
        if job in self._talks:
            _, listener = self._talks[job]
            self._forget_talk(job)
            listener(protocol.Finished(job, "stopped", 0, 0, self._made, 0.0, 0.0))

    def _forget_talk(self, job: int) -> None:
        del self._talks[job]
        if not self._talks and self.status.state == "busy":
            self._update(state="ready")
