"""Start, ask, watch, restart and close the engine process; the window's side of the engine.

Lives on one thread (the GUI thread in the program): every event and every listener is called through `deliver`.
The model that is wanted is remembered: after a death the process is started again and the model loaded again,
unless it was the loading that killed it, or unless it died too often.
"""

from __future__ import annotations

import dataclasses
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from nextword.engine import protocol
from nextword.engine.child import Child, Deliver, Ended, Limits, default_command
from nextword.engine.snapshots import Snapshots
from nextword.engine.status import EngineStatus, Job, JobEvent, JobFailed, Listener, State
from nextword.errors import (
    EngineDied,
    EngineGaveUp,
    EngineNotResponding,
    EngineNotStarted,
    NextwordError,
    NoModelLoaded,
    ProtocolBroken,
    from_wire,
)
from nextword.events import Event

__all__ = ["Engine", "EngineStatus", "JobEvent", "JobFailed", "Listener", "State"]

MAX_DEATHS = 3
DEATH_WINDOW_SECONDS = 300
_PROCESS = 0  # the job of a failure that is the process's own
SAVE_SECONDS = 1.5  # the window waits so long for a snapshot when it is closed
STATUS_SECONDS = 0.25  # how often a running answer updates the status


class Engine:
    """The engine as the window sees it; see the module."""

    def __init__(
        self,
        deliver: Deliver,
        *,
        cache: Path,
        log_file: Path | None = None,
        command: Sequence[str] | None = None,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
    ) -> None:
        self.status = EngineStatus()
        self.status_changed: Event[EngineStatus] = Event()
        self._deliver = deliver
        self._command = list(command) if command is not None else default_command(cache)
        self._log_file = log_file
        self._snapshots = Snapshots(None)
        self._kept = False  # whether the process has a conversation in memory that is worth keeping
        self._limits = limits
        self._avoid = ""  # the CPU variant that just died of an illegal instruction
        self._child: Child | None = None
        self._leaving: list[Child] = []  # ended on purpose, not yet gone
        self._closed = False
        self._next_job = 1
        self._load: protocol.Load | None = None  # what is wanted
        self._load_sent = False
        self._jobs: dict[int, Job] = {}  # in order; the first that was sent runs
        self._sent: set[int] = set()
        self._deaths: deque[float] = deque()
        self._status_at = 0.0
        self._hopeless: NextwordError | None = None  # why the process said it cannot start, ever

    @property
    def pid(self) -> int | None:
        """The process that runs now."""
        return None if self._child is None else self._child.pid

    def keep_snapshots_in(self, folder: Path, *, keep: bool = True) -> None:
        """Keep a conversation's place in memory there when its model is closed, to go on at once later.

        keep False: remove what was kept, and keep nothing.
        """
        self._snapshots = Snapshots(folder)
        if not keep:
            self._snapshots.clear()
            self._snapshots = Snapshots(None)

    def forget_snapshots(self) -> None:
        """Remove what was kept, and keep nothing of what is in memory now: it was deleted for good."""
        self._snapshots.clear()
        self._kept = False

    # --- the process and the model --------------------------------------------------------------------------

    def start(self) -> None:
        """Start the process if none runs; also the way back from "dead". Never waits."""
        if self._child is not None or self._closed:
            return
        if self.status.state == "dead":
            self._deaths.clear()
        self._spawn()

    def use(self, path: str, *, context_tokens: int = 0, threads: int = 0, vocabulary_only: bool = False) -> None:
        """Want the model at `path`: load it now or as soon as a process is there. Running jobs are stopped.

        vocabulary_only: without its weights, to tokenize and no more.
        """
        if self._closed:
            return
        load = protocol.Load(
            self._number(), path, context_tokens, threads, self._snapshots.of(path), vocabulary_only=vocabulary_only
        )
        if self._load is not None and self._same(load, self._load) and self.status.error is None:
            return
        self._load = load
        if self.status.state == "dead":  # the reason stays on screen until somebody starts it again
            self._update(wanted=path)
            return
        self._update(wanted=path, error=None, load_fraction=0.0)
        if self._child is None:
            self._spawn()
        elif self._load_sent:
            self._finish_all_as_stopped()
            self._replace_child()
        else:
            self._send_load()

    def unload(self) -> None:
        """Forget the model; ending the process is what gives all its memory back."""
        self._load = None
        self._finish_all_as_stopped()
        if self._child is not None and self._load_sent:
            self._replace_child()
        self._update(model=None, wanted="", error=None, context_used=0)

    def leave(self) -> None:
        """Want no model and no process: somebody else answers now. `use` is the way back."""
        self._load = None
        self._finish_all_as_stopped()
        self._end_child()
        self._update(state="stopped", model=None, wanted="", error=None, context_used=0)

    def close(self) -> None:
        """End the process and join its threads; blocks for some seconds at most. Nothing is delivered after."""
        if self._child is not None and self._asks_for_state(self._child):
            self._child.state_saved.wait(SAVE_SECONDS)
        self._closed = True
        for child in ([self._child] if self._child else []) + self._leaving:
            child.close()
        self._child = None
        self._leaving.clear()

    # --- jobs -----------------------------------------------------------------------------------------------

    def ask(self, request: protocol.Work, listener: Listener) -> int:
        """Have something done; waits for the model that is wanted. Return the job, whatever number the request has."""
        job = self._number()
        if isinstance(request, protocol.Generate):
            self._update(seed=request.sampling.seed)
        self._jobs[job] = Job(msgspec.structs.replace(request, job=job), listener)
        error = self._refusal()
        if error is not None:
            self._deliver(partial(self._fail, job, error))
        elif self.status.state in ("ready", "busy"):
            self._send_job(job)
        return job

    def stop(self, job: int, lane: int = -1) -> None:
        """End `job`, or one lane of it: politely, then by force. Its last event still comes; no such job: nothing."""
        running = self._jobs.get(job)
        if running is None or running.stopping:
            return
        if lane >= 0:
            if job in self._sent and self._child is not None:
                self._child.send(protocol.Stop(job, lane))
            return
        running.stopping = True
        if job in self._sent and self._child is not None:
            self._child.send(protocol.Stop(job))
            self._child.expect_stop(True)
        else:
            self._deliver(partial(self._finish_as_stopped, job))

    def _refusal(self) -> NextwordError | None:
        """Why no job can ever be done in this state, None when one can (perhaps after the model is loaded)."""
        if self.status.state == "dead" and self.status.error is not None:
            return self.status.error
        if self._load is None or self.status.state == "stopped":
            return self.status.error or NoModelLoaded()
        return None

    def _send_job(self, job: int) -> None:
        if self._child is None:
            return
        self._sent.add(job)
        self._child.send(self._jobs[job].request)
        self._update(state="busy", error=None)

    def _number(self) -> int:
        self._next_job += 1
        return self._next_job - 1

    @staticmethod
    def _same(one: protocol.Load, other: protocol.Load) -> bool:
        return msgspec.structs.replace(one, job=0, state="") == msgspec.structs.replace(other, job=0, state="")

    # --- what the process says ------------------------------------------------------------------------------

    def child_replied(self, child: Child, reply: protocol.Reply) -> None:
        """Take a message of the process (called by Child through `deliver`)."""
        if child in self._leaving and isinstance(reply, protocol.StateSaved):
            child.kill()
        if child is not self._child or self._closed:
            return
        match reply:
            case protocol.Hello():
                self._on_hello(reply)
            case protocol.LoadProgress():
                self._update(load_fraction=reply.fraction)
            case protocol.Loaded():
                self._on_loaded(reply)
            case protocol.Failed():
                self._on_failed(reply)
            case protocol.Heartbeat() | protocol.Pong():
                pass
            case _:
                self._on_job_event(reply)

    def _on_hello(self, hello: protocol.Hello) -> None:
        self._update(state="idle", variant=hello.variant, llama_version=hello.llama_version, tried=hello.tried)
        self._send_load()

    def _send_load(self) -> None:
        if self._load is None or self._child is None or self.status.state != "idle" or self._leaving:
            return  # while another process still has a model in memory there may be no room for this one
        self._load_sent = True
        self._child.send(self._load)
        self._update(state="loading", load_fraction=0.0)

    def _on_loaded(self, loaded: protocol.Loaded) -> None:
        if self._load is None or loaded.job != self._load.job:
            return
        self._update(
            state="ready", model=loaded.model, isolation=loaded.isolation, load_fraction=1.0, error=None, context_used=0
        )
        for job in list(self._jobs):
            if job not in self._sent and not self._jobs[job].stopping:
                self._send_job(job)

    def _on_failed(self, failed: protocol.Failed) -> None:
        error = from_wire(failed.kind, failed.data)
        if self._load is not None and failed.job == self._load.job:
            self._load = None
            self._load_sent = True  # the process may be half loaded: another model gets a fresh one
            self._update(state="idle", model=None, error=error)
            for job in list(self._jobs):
                self._fail(job, error)
        elif failed.job == _PROCESS:
            self._hopeless = error
        else:
            self._fail(failed.job, error)

    def _on_job_event(self, event: protocol.JobReply) -> None:
        job = self._jobs.get(event.job)
        if job is None:
            return
        match event:
            case protocol.Started():
                job.prompt_tokens, job.cached_tokens = event.prompt_tokens, event.cached_tokens
                if isinstance(job.request, protocol.Generate):
                    self._kept = job.request.keep_state
                    self._update(context_used=event.prompt_tokens)
            case protocol.TokenChosen():
                self._count_token(job)
            case protocol.Finished():
                self._show_speed(job, event)
            case _:
                pass
        if isinstance(event, protocol.LAST):
            self._forget(event.job)
        job.listener(event)

    def _count_token(self, job: Job) -> None:
        now = time.monotonic()
        job.stage = "generating"
        job.generated_tokens += 1
        if job.generated_tokens == 1:
            job.first_token_at = now
        elif now - self._status_at > STATUS_SECONDS and isinstance(job.request, protocol.Generate):
            speed = (job.generated_tokens - 1) / max(now - job.first_token_at, 1e-9)
            self._update(context_used=job.prompt_tokens + job.generated_tokens, tokens_per_second=speed)

    def _show_speed(self, job: Job, done: protocol.Finished) -> None:
        if not isinstance(job.request, protocol.Generate):
            return
        speed = self.status.tokens_per_second
        if done.generated_tokens > 1 and done.generation_seconds > 0:
            speed = (done.generated_tokens - 1) / done.generation_seconds
        self._update(context_used=done.prompt_tokens + done.generated_tokens, tokens_per_second=speed)

    # --- ends -----------------------------------------------------------------------------------------------

    def _forget(self, job: int) -> None:
        """Take `job` off the books, before its listener hears the last event (it may ask for the next)."""
        self._jobs.pop(job, None)
        self._sent.discard(job)
        if self._child is not None and not any(self._jobs[other].stopping for other in self._sent):
            self._child.expect_stop(False)
        if not self._sent and self.status.state == "busy":
            self._update(state="ready")

    def _fail(self, job: int, error: NextwordError) -> None:
        failed = self._jobs.get(job)
        if failed is None or self._closed:
            return
        self._forget(job)
        failed.listener(JobFailed(job, error))

    def _finish_as_stopped(self, number: int) -> None:
        job = self._jobs.get(number)
        if job is None or self._closed:
            return
        self._forget(number)
        seconds = time.monotonic() - job.first_token_at if job.generated_tokens else 0.0
        job.listener(
            protocol.Finished(
                number, "stopped", job.prompt_tokens, job.cached_tokens, job.generated_tokens, 0.0, seconds
            )
        )

    def _finish_all_as_stopped(self) -> None:
        for job in list(self._jobs):
            self._finish_as_stopped(job)

    def _spawn(self) -> None:
        self._load_sent = False
        self._kept = False
        self._hopeless = None
        self._sent.clear()
        try:
            self._child = Child(
                [*self._command, "--avoid", self._avoid] if self._avoid else self._command,
                deliver=self._deliver,
                owner=self,
                limits=self._limits,
                log_file=self._log_file,
            )
        except OSError as error:
            failure = EngineNotStarted(detail=str(error))
            self._update(state="dead", error=failure, model=None)
            for job in list(self._jobs):
                self._fail(job, failure)
            return
        self._update(state="starting", model=None, load_fraction=0.0)

    def _replace_child(self) -> None:
        """End the process on purpose and start a fresh one."""
        self._end_child()
        self._spawn()

    def _end_child(self) -> None:
        """End the process on purpose; it may first say what it has in memory."""
        if self._child is not None:
            self._leaving.append(self._child)
            if self._asks_for_state(self._child):
                self._child.expect_stop(True)
            else:
                self._child.kill()
        self._child = None

    def _asks_for_state(self, child: Child) -> bool:
        """Ask for a snapshot, if there is something to keep and a place for it."""
        if not self._kept or self.status.model is None or not child.takes_state_to(self._snapshots, self.status.model):
            return False
        self._kept = False
        for job in self._sent:
            child.send(protocol.Stop(job))
        child.send(protocol.SaveState(self._number()))
        return True

    def child_ended(self, child: Child, ended: Ended) -> None:
        """Take the end of the process: tell the jobs, start it again unless it died too often."""
        if self._closed:
            return
        child.join()
        if child in self._leaving:
            self._leaving.remove(child)
            self._send_load()
        if child is not self._child:
            return
        self._child = None
        stage = self._stage()
        self._avoid = self.status.variant if ended.signal_name == "SIGILL" and stage != "starting" else ""
        if ended.forced:
            self._finish_all_as_stopped()
            self._spawn()
            return
        error = self._why(ended, stage)
        self._deaths.append(time.monotonic())
        while self._deaths[0] < self._deaths[-1] - DEATH_WINDOW_SECONDS:
            self._deaths.popleft()
        if stage == "loading":
            self._load = None  # what killed the process once is loaded again only when asked for
        died_too_often = len(self._deaths) >= MAX_DEATHS or self._hopeless is not None
        if died_too_often:
            given_up = self._hopeless or EngineGaveUp(len(self._deaths), DEATH_WINDOW_SECONDS, ended.log[-20:])
            self._update(state="dead", error=given_up, model=None)
        else:
            self._update(state="stopped", error=error, model=None)
        waiting = [] if stage in ("starting", "idle") and not died_too_often else list(self._jobs)
        for job in waiting:
            self._fail(job, error)
        if not died_too_often and self._child is None:
            self._spawn()

    def _stage(self) -> protocol.Stage:
        match self.status.state:
            case "starting" | "stopped" | "dead":
                return "starting"
            case "loading":
                return "loading"
            case "busy":
                running = [self._jobs[job] for job in sorted(self._sent)]
                return running[0].stage if running else "idle"
            case _:
                return "idle"

    def _why(self, ended: Ended, stage: protocol.Stage) -> NextwordError:
        model = self.status.wanted if stage in ("loading", "prompt", "generating", "scoring") else ""
        if self._hopeless is not None:
            return self._hopeless
        if ended.broken is not None:
            return ProtocolBroken(ended.broken.reason, ended.broken.detail)
        if ended.silent_seconds:
            return EngineNotResponding(stage, round(ended.silent_seconds, 1), model)
        if stage == "starting" and ended.exit_code > 0:
            return EngineNotStarted(f"exit code {ended.exit_code}", ended.log[-20:])
        return EngineDied(stage, ended.signal_name, ended.exit_code, model, ended.log[-20:])

    def _update(self, **changes: object) -> None:
        status = dataclasses.replace(self.status, **changes)  # type: ignore[arg-type]
        if status == self.status:
            return
        self.status = status
        self._status_at = time.monotonic()
        self.status_changed.emit(status)
