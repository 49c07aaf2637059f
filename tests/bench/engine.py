"""Figures of the engine: how soon a new one is ready, how soon Stop works, its speed against a bare loop."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from nextword import resources
from nextword.engine import protocol
from nextword.engine.client import Engine, JobEvent
from nextword.engine.tokens import pack
from tests import models
from tests.bench.figure import Figure
from tests.bench.window import environment
from tests.deliveries import Deliveries


class Desk:
    """An engine with a model, and what it says."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.deliver = Deliveries()
        self.engine = Engine(self.deliver, cache=folder / "cache")
        self.heard: list[JobEvent] = []
        self.engine.use(str(model))
        self.until_ready()

    def until_ready(self) -> None:
        self.deliver.until(lambda: self.engine.status.state == "ready", seconds=180)

    def ask(self, *, tokens: int, wait_for: int, alternatives: int = 20) -> int:
        """Start a generation and wait for some of its tokens."""
        self.heard.clear()
        prompt = protocol.TextPrompt("The story of a")
        sampling = protocol.Sampling(temperature=0.0)
        request = protocol.Generate(0, prompt, sampling, protocol.Until(tokens), alternatives)
        job = self.engine.ask(request, self.heard.append)
        self.deliver.until(lambda: sum(isinstance(e, protocol.TokenChosen) for e in self.heard) >= wait_for)
        return job

    def seconds_to_return(self) -> float:
        """Kill the process in an answer; return how long it took until the model was there again."""
        self.ask(tokens=8000, wait_for=3)
        assert self.engine.pid is not None
        os.kill(self.engine.pid, signal.SIGSEGV)
        began = time.monotonic()
        self.deliver.until(lambda: self.engine.status.state != "busy")
        self.until_ready()
        return time.monotonic() - began

    def seconds_to_stop(self) -> float:
        """Stop the process by a signal, then the job by Stop; return how long the job took to end."""
        job = self.ask(tokens=8000, wait_for=3)
        assert self.engine.pid is not None
        os.kill(self.engine.pid, signal.SIGSTOP)
        began = time.monotonic()
        self.engine.stop(job)
        self.until_finished()
        return time.monotonic() - began

    def until_finished(self) -> protocol.Finished:
        self.deliver.until(lambda: self.heard and isinstance(self.heard[-1], protocol.Finished))
        last = self.heard[-1]
        assert isinstance(last, protocol.Finished)
        return last


LOST_WINDOW = """
import sys, time
from pathlib import Path
from tests.bench.engine import Desk
desk = Desk(Path(sys.argv[1]), Path(sys.argv[2]))
desk.ask(tokens=8000, wait_for=3)
print(desk.engine.pid, flush=True)
time.sleep(600)
"""


def _seconds_to_follow(folder: Path, model: Path) -> float:
    """Kill what an engine in an answer works for; return how long the engine outlived it."""
    window = subprocess.Popen(
        [sys.executable, "-c", LOST_WINDOW, str(folder), str(model)], stdout=subprocess.PIPE, env=environment()
    )
    assert window.stdout is not None
    engine = int(window.stdout.readline())
    window.kill()
    began = time.monotonic()
    while _runs(engine):
        time.sleep(0.005)
    seconds = time.monotonic() - began
    window.wait()
    window.stdout.close()
    return seconds


def _runs(pid: int) -> bool:
    """Say whether a process runs; one that has ended and that nobody asked about yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def faults() -> Iterator[Figure]:
    """Seconds from a death to a loaded model again, from Stop to the end of a job in a stopped process, and from
    the death of the window to that of its engine."""
    respawn: list[float] = []
    stop: list[float] = []
    follow: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = models.make("chatml", folder, n_ctx=8192, endless=True)
        for _ in range(3):
            desk = Desk(folder, model)
            respawn += [desk.seconds_to_return() for _ in range(2)]
            stop.append(desk.seconds_to_stop())
            desk.engine.close()
            follow.append(_seconds_to_follow(folder, model))
    yield Figure("engine ready again after a death", max(respawn), "s", 2.0, runs=len(respawn))
    yield Figure("stop of an engine that hangs", max(stop), "s", 5.0, runs=len(stop))
    yield Figure("engine gone after its window was killed", max(follow), "s", 2.0, runs=len(follow))


PLAIN_LOOP = """
import sys, time
from pathlib import Path
import numpy as np
import llama_cpp
from nextword.engine import backends
backends.load_backend(backends.choose(Path(sys.argv[1])).path)
silent = llama_cpp.llama_log_callback(lambda *_: None)  # kept: C calls it
llama_cpp.llama_log_set(silent, None)
model = llama_cpp.llama_model_load_from_file(sys.argv[2].encode(), llama_cpp.llama_model_default_params())
options = llama_cpp.llama_context_default_params()
options.n_ctx = 1024
options.n_threads = options.n_threads_batch = int(sys.argv[4])
context = llama_cpp.llama_init_from_model(model, options)
vocab = llama_cpp.llama_model_get_vocab(model)
size = llama_cpp.llama_vocab_n_tokens(vocab)
token = (llama_cpp.llama_token * 1)(5)
count = int(sys.argv[3])
for number in range(count + 1):
    if number == 1:
        began = time.monotonic()
    assert llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(token, 1)) == 0
    row = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(context, -1), (size,))
    token[0] = 5 + int(row[5:].argmax()) % (size - 5)
print(count / (time.monotonic() - began))
"""


def speed() -> Iterator[Figure]:
    """Tokens per second through process, pipe and exact probabilities, against decoding alone (argmax, no more)."""
    count, rounds = 400, 5
    ours: list[float] = []
    plain: list[float] = []
    sizes: list[float] = []
    model = resources.STARTER_BASE
    threads = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        desk = Desk(folder, model)
        for _ in range(rounds):
            desk.ask(tokens=count, wait_for=0)
            done = desk.until_finished()
            ours.append((done.generated_tokens - 1) / done.generation_seconds)
            steps = [event.step for event in desk.heard if isinstance(event, protocol.TokenChosen)]
            sizes.append(len(pack(steps)) / len(steps))
            said = subprocess.run(
                [sys.executable, "-c", PLAIN_LOOP, str(folder / "cache"), str(model), str(count), str(threads)],
                capture_output=True, text=True, check=True, env=environment(),
            )  # fmt: skip
            plain.append(float(said.stdout.split()[-1]))
        desk.engine.close()
    value, reference = statistics.median(ours), statistics.median(plain)
    yield Figure(
        "generation with 20 alternatives, starter", value, "tokens/s", 0.5, "at least", reference,
        "llama_decode and argmax alone", rounds,
    )  # fmt: skip
    yield Figure("stored token with 20 alternatives", max(sizes), "bytes", 400, runs=rounds)


def self_test() -> Iterator[Figure]:
    """Whether the self-test passes, and its seconds with the engine check done before."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nextword", "--self-test", "--profile", folder]
        subprocess.run(command, capture_output=True, check=False, env=environment())
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, check=False, env=environment())
        seconds = time.monotonic() - began
    yield Figure("self-test exit status", done.returncode, "", 0)
    yield Figure("self-test", seconds, "s", 30.0)
