"""What the engine does with a model: open it, and tokenize, continue and score with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import assert_never

import llama_cpp

from nextword.engine import protocol, scoring, snapshot, template
from nextword.engine.cores import usable_cores
from nextword.engine.generate import Generation
from nextword.engine.header import Header, read_header
from nextword.engine.kind import judge_kind
from nextword.engine.model import Model
from nextword.engine.native_log import NativeLog
from nextword.engine.opened import Host, Opened
from nextword.engine.prompt import PromptBuilder
from nextword.engine.stops import Stops
from nextword.engine.vocabulary import Vocabulary
from nextword.engine.vocabulary_listing import BareVocabulary, send_vocabulary
from nextword.errors import EngineBusy, NoModelLoaded

_PROGRESS_SECONDS = 0.05  # at most 20 messages a second about a load


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
        self._opened: Opened | None = None
        self._bare: BareVocabulary | None = None
        self._load_job: int | None = None  # of the file that the sandbox lets in

    def run(self, request: protocol.Load | protocol.Work) -> None:
        """Do what is asked and send what comes of it. Raises the errors of errors.py."""
        self._stops.begin(request.job)
        match request:
            case protocol.Load():
                self._open(request)
            case protocol.Tokenize():
                self._tokenize(request)
            case protocol.ListVocabulary():
                send_vocabulary(self._host, request.job, self._tokenizer()[0])
            case protocol.Generate() | protocol.GenerateLanes():
                Generation(self._model_open(), request).run()
            case protocol.Score():
                scoring.score_text(self._model_open(), request)
            case protocol.ScoreContinuations():
                scoring.score_continuations(self._model_open(), request)
            case protocol.Look():
                scoring.look_at(self._model_open(), request)
            case protocol.SaveState():
                self._save_state(request)
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
        state = Path(load.state) if load.state else None
        isolation = self._host.confine([*header.parts, *([state] if state is not None and state.is_file() else [])])
        self._host.send(protocol.LoadProgress(load.job, 0.0))
        if load.vocabulary_only:
            self._bare = BareVocabulary(header, self._log, self._render)
            info = self._bare.describe(load.path)
            self._host.send(protocol.Loaded(load.job, info, isolation, time.monotonic() - began))
            return
        model = Model(
            header,
            self._log,
            context_tokens=load.context_tokens,
            threads=load.threads,
            progress=_Progress(self._host, load.job),
        )
        builder = PromptBuilder(model.vocabulary, model.chat_template, model.context_tokens, self._render)
        opened = Opened(model, builder, host=self._host, stops=self._stops, log=self._log)
        opened.fingerprint = snapshot.fingerprint(header)
        if state is not None:
            opened.snapshot = snapshot.Snapshot(state, opened.fingerprint, llama_version(), model.memory_type)
        self._stops.interrupts(model.interrupt)
        self._opened = opened
        self._host.send(protocol.LoadProgress(load.job, 1.0))
        info = _describe(load.path, header, opened)
        self._host.send(protocol.Loaded(load.job, info, isolation, time.monotonic() - began))

    def _tokenize(self, request: protocol.Tokenize) -> None:
        vocabulary, builder = self._tokenizer()
        built = builder.build(request.prompt)
        tokens = tuple(
            protocol.PromptToken(token, vocabulary.piece(token), vocabulary.is_control(token)) for token in built.ids
        )
        self._host.send(protocol.Tokenized(request.job, tokens, built.per_message, built.spans))

    def _save_state(self, request: protocol.SaveState) -> None:
        opened = self._model_open()
        taken = snapshot.take(opened.model, opened.fingerprint, llama_version()) if opened.keep_state else None
        if taken is None:
            self._host.send(protocol.StateSaved(request.job, 0, 0))
            return
        head, pieces = taken
        for piece in pieces:
            self._host.send(protocol.StatePart(request.job, piece))
        self._host.send(protocol.StateSaved(request.job, len(head.ids), head.size_bytes))

    def _tokenizer(self) -> tuple[Vocabulary, PromptBuilder]:
        if self._bare is not None:
            return self._bare.vocabulary, self._bare.builder
        opened = self._model_open()
        return opened.model.vocabulary, opened.builder

    def _model_open(self) -> Opened:
        if self._opened is None:
            raise NoModelLoaded
        return self._opened


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


def _describe(path: str, header: Header, opened: Opened) -> protocol.ModelInfo:
    model, builder, state = opened.model, opened.builder, opened.snapshot
    judged = judge_kind(header)
    return protocol.ModelInfo(
        path=path,
        name=header.name,
        architecture=header.architecture,
        quantization=header.quantization,
        kind=judged.kind,
        size_bytes=header.file_size_bytes,
        parameters=model.parameters,
        vocabulary=model.vocabulary.size,
        context_tokens=model.context_tokens,
        trained_context_tokens=model.trained_context_tokens,
        has_bos=model.vocabulary.add_bos,
        template_hash=builder.template_hash,
        template_note=builder.template_note,
        kind_reasons=judged.reasons,
        tokens=model.vocabulary.describe(header),
        shares_prefixes=model.shares_prefixes,
        sliding_window=model.sliding_window,
        memory_type=model.memory_type,
        threads=model.threads,
        state_tokens=state.tokens if state is not None else 0,
        state_note=state.note if state is not None else "",
        memory=_memory_use(opened.log, model.weights_bytes),
    )


def _memory_use(log: NativeLog, weights_bytes: int) -> protocol.MemoryUse:
    """Add up what llama.cpp said that it took."""
    taken = {"mapped": 0, "repacked": 0, "KV": 0, "RS": 0, "compute": 0, "output": 0}
    for where, what, size_bytes in log.buffers():
        taken[what if what != "model" else "repacked" if "REPACK" in where else "mapped"] += size_bytes
    return protocol.MemoryUse(
        mapped_bytes=taken["mapped"],
        repacked_bytes=taken["repacked"],
        cache_bytes=taken["KV"] + taken["RS"],
        compute_bytes=taken["compute"],
        output_bytes=taken["output"],
        weights_bytes=weights_bytes,
    )
