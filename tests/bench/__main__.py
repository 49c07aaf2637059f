"""`python -m tests.bench NAME...` prints figures, one line of JSON each; without a name, all of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from tests.bench import engine, window
from tests.bench.figure import Figure

BENCHES: dict[str, Callable[[], Iterator[Figure]]] = {
    "window": window.start,
    "rest": window.rest,
    "answers": window.answers,
    "faults": engine.faults,
    "speed": engine.speed,
    "self-test": engine.self_test,
}


def main() -> int:
    """Measure what is named. Exit status 1 when a figure fell short."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = "; ".join(f"{name}: {bench.__doc__}" for name, bench in BENCHES.items())
    parser.add_argument("name", nargs="*", default=["all"], choices=[*BENCHES, "all"], help=names.replace("%", "%%"))
    chosen = parser.parse_args().name
    if "all" in chosen:
        chosen = list(BENCHES)
    short = 0
    for name in chosen:
        for figure in BENCHES[name]():
            print(figure.line(), flush=True)
            short += not figure.met
    return 1 if short else 0


sys.exit(main())
