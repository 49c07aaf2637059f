"""What the engine does with a model: open it, and tokenize, continue and score with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol, assert_never

import llama_cpp

from nextword.engine import generate, protocol, template
from nextword.engine.cores import usable_cores
from nextword.engine.header import Header, read_header
from nextword.engine.model import Interrupted, Model
from nextword.engine.native_log import NativeLog
from nextword.engine.prompt import PromptBuilder
from nextword.engine.score import score
from nextword.engine.stops import Stops
from nextword.errors import EngineBusy, NoModelLoaded

_PROGRESS_SECONDS = 0.05  # at most 20 messages a second about a load


class Host(Protocol):
    """The process around the worker."""

    def send(self, event: protocol.Reply) -> None:
        """Send an event to the window."""

    def enter(self, stage: protocol.Stage) -> None:
        """Tell the window what is being done."""

    def confine(self, readable: Sequence[Path]) -> protocol.Isolation:
        """Enter the sandbox, in which only `readable` can be opened."""


def llama_version() -> str:
    """Return the versions of llama.cpp and of its Python package."""
    version = llama_cpp.llama_version()
    return f"{version.decode(errors='replace')} (llama-cpp-python {llama_cpp.__version__})"


class Worker:
    """Runs one request after the other; opens one model in its life. Belongs to the main thread."""

    def __init__(self, host: Host, stops: Stops, render: Callable[[template.Job], str]) -> None:
        llama_cpp.llama_backend_init()
        self._host = host
        self._stops = stops
        self._render = render
        self._log = NativeLog()
        self._model: Model | None = None
        self._builder: PromptBuilder | None = None
        self._load_job: int | None = None  # of the file that the sandbox lets in

    def run(self, request: protocol.Load | protocol.Tokenize | protocol.Generate | protocol.Score) -> None:
        """Do what is asked and send what comes of it. Raises the errors of errors.py."""
        self._stops.begin(request.job)
        match request:
            case protocol.Load():
                self._open(request)
            case protocol.Tokenize():
                self._tokenize(request)
            case protocol.Generate():
                self._generate(request)
            case protocol.Score():
                self._score(request)
            case _:
                assert_never(request)

    def _open(self, load: protocol.Load) -> None:
        if self._load_job is not None:
            raise EngineBusy(self._load_job)
        began = time.monotonic()
        self._host.enter("loading")
        header = read_header(Path(load.path))
        usable_cores()  # reads files that the sandbox hides, and is remembered
        self._load_job = load.job
        isolation = self._host.confine(header.parts)
        self._host.send(protocol.LoadProgress(load.job, 0.0))
        model = Model(
            header,
            self._log,
            context_tokens=load.context_tokens,
            threads=load.threads,
            progress=_Progress(self._host, load.job),
        )
        self._builder = PromptBuilder(model.vocabulary, model.chat_template, model.context_tokens, self._render)
        self._stops.interrupts(model.interrupt)
        self._model = model
        self._host.send(protocol.LoadProgress(load.job, 1.0))
        info = _describe(load.path, header, model, self._builder)
        self._host.send(protocol.Loaded(load.job, info, isolation, time.monotonic() - began))

    def _tokenize(self, request: protocol.Tokenize) -> None:
        model, builder = self._loaded()
        built = builder.build(request.prompt)
        vocabulary = model.vocabulary
        tokens = tuple(
            protocol.PromptToken(token, vocabulary.piece(token), vocabulary.is_control(token)) for token in built.ids
        )
        self._host.send(protocol.Tokenized(request.job, tokens, built.per_message))

    def _generate(self, request: protocol.Generate) -> None:
        model, builder = self._loaded()
        job = request.job
        self._host.enter("prompt")
        ids = builder.build(request.prompt).ids
        wish = generate.Wish(ids, request.sampling, request.max_tokens, request.alternatives)
        account = generate.start(model, ids)
        self._host.send(protocol.Started(job, account.prompt_tokens, account.cached_tokens))
        begun = request.prompt.answer_start
        if begun and model.vocabulary.is_end(begun[-1]):  # the answer was chosen to end here
            self._host.send(_finished(job, "end", account))
            return
        steps = generate.run(
            model,
            wish,
            account,
            progress=lambda done, total: self._host.send(protocol.PromptProgress(job, done, total)),
            stopped=lambda: self._stops.is_stopped(job),
        )
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                reason: protocol.StopReason = end.value
                break
            self._host.enter("generating")
            self._host.send(protocol.TokenChosen(job, account.generated_tokens - 1, step))
        self._host.send(_finished(job, reason, account))

    def _score(self, request: protocol.Score) -> None:
        model, builder = self._loaded()
        began = time.monotonic()
        self._host.enter("scoring")
        ids = builder.build(protocol.TextPrompt(request.text)).ids
        try:
            steps = score(model, ids, request.alternatives)
        except Interrupted:
            self._host.send(_finished(request.job, "stopped", generate.Account(prompt_tokens=len(ids))))
            return
        self._host.send(protocol.Scored(request.job, tuple(steps), time.monotonic() - began))

    def _loaded(self) -> tuple[Model, PromptBuilder]:
        if self._model is None or self._builder is None:
            raise NoModelLoaded
        return self._model, self._builder


class _Progress:
    """Passes on how far a load is, not too often."""

    def __init__(self, host: Host, job: int) -> None:
        self._host = host
        self._job = job
        self._next = 0.0

    def __call__(self, fraction: float) -> None:
        now = time.monotonic()
        if now >= self._next and fraction < 1.0:
            self._next = now + _PROGRESS_SECONDS
            self._host.send(protocol.LoadProgress(self._job, fraction))


def _finished(job: int, reason: protocol.StopReason, account: generate.Account) -> protocol.Finished:
    return protocol.Finished(
        job,
        reason,
        account.prompt_tokens,
        account.cached_tokens,
        account.generated_tokens,
        account.prompt_seconds,
        account.generation_seconds,
    )


def _describe(path: str, header: Header, model: Model, builder: PromptBuilder) -> protocol.ModelInfo:
    kind: Literal["base", "instruct"] = "base" if model.chat_template is None else "instruct"
    return protocol.ModelInfo(
        path=path,
        name=header.name,
        architecture=header.architecture,
        quantization=header.quantization,
        kind=kind,
        size_bytes=header.file_size_bytes,
        parameters=model.parameters,
        vocabulary=model.vocabulary.size,
        context_tokens=model.context_tokens,
        trained_context_tokens=model.trained_context_tokens,
        has_bos=model.vocabulary.add_bos,
        template_hash=builder.template_hash,
        template_note=builder.template_note,
    )
