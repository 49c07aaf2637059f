"""`python -m tests.bench NAME...` prints figures, one line of JSON each; without a name, all of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from nextword.engine.cores import usable_cores
from tests.bench import (
    backup,
    chat,
    download,
    engine,
    fit,
    generation,
    history,
    imports,
    lab,
    make_model,
    memory,
    scoring,
    window,
    write,
    xray,
)
from tests.bench.figure import Figure
from tests.bench.ours import Setup

BENCHES: dict[str, Callable[[], Iterator[Figure]]] = {
    "window": window.start,
    "rest": window.rest,
    "answers": window.answers,
    "faults": engine.faults,
    "speed": engine.speed,
    "self-test": engine.self_test,
    "backup": backup.backup,
    "download": download.download,
    "download-faults": download.faults,
    "chat-open": chat.opening,
    "fit": fit.fit,
    "chat-stream": chat.streaming,
    "history-search": history.search,
    "imports": imports.imports,
    "lab": lab.lab,
    "write": write.write,
    "write-xray": xray.xray,
}

WITH_MODEL: dict[str, Callable[[Setup], Iterator[Figure]]] = {
    "generation": generation.generation,
    "prompt": generation.prompt,
    "score": scoring.score,
    "lanes": generation.lanes,
    "reuse": generation.reuse,
    "memory": memory.memory,
}


def main() -> int:
    """Measure what is named. Exit status 1 when a figure fell short."""
    options = _arguments()
    BENCHES["history-search"] = partial(history.search, options.conversations)
    chosen = options.name
    if "all" in chosen:
        chosen = [*BENCHES, *WITH_MODEL]
    short = 0
    for name in chosen:
        for figure in BENCHES[name]() if name in BENCHES else WITH_MODEL[name](_setup(options)):
            print(figure.line(), flush=True)
            short += not figure.met
    return 1 if short else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    benches: dict[str, Callable[..., object]] = {**BENCHES, **WITH_MODEL}
    names = "; ".join(f"{name}: {bench.__doc__}" for name, bench in benches.items())
    parser.add_argument("name", nargs="*", default=["all"], choices=[*benches, "all"], help=names.replace("%", "%%"))
    parser.add_argument("--conversations", type=int, default=history.CONVERSATIONS, help="of history-search")
    with_model = f"for {', '.join(WITH_MODEL)}"
    parser.add_argument("--model", type=Path, help=f"{with_model}: a GGUF file; random weights unless told")
    parser.add_argument("--rounds", type=int, default=0, help=f"{with_model}: how often each pair is measured")
    parser.add_argument("--threads", type=int, default=0, help=f"{with_model}: of llama.cpp; all cores unless told")
    return parser.parse_args()


def _setup(options: argparse.Namespace) -> Setup:
    """Return what the benches with a model are to measure; the model is made when it has to be."""
    model = options.model.absolute() if options.model else make_model.obtain()
    cache = make_model.cache_folder() / "engine-check"
    return Setup(model, cache, options.threads or usable_cores(), options.rounds)


sys.exit(main())
