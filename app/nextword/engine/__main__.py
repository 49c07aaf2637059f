"""The engine process: `nextword-engine --cache DIR`, or `python -m nextword.engine` in a checkout.

Talks frames (protocol.py) on its standard input and output and is of no use by hand.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the input ends. Exit code 2: a request could not be understood; 3: no CPU variant works."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--trial"]:  # how a frozen engine starts what is trial.py elsewhere
        from nextword.engine import trial

        return trial.main(arguments[1:])
    parser = argparse.ArgumentParser(prog="nextword-engine", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the result of the engine check")
    parser.add_argument("--avoid", default="", help="a CPU variant that died of an illegal instruction")
    options = parser.parse_args(arguments)
    cache: Path = options.cache

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the window, which then ends this
    # NumPy would start threads before the sandbox is entered, and they would stay outside of it.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # How long a thread of llama.cpp looks whether the others are done before it sleeps. The default, 300,000 rounds,
    # was a hundred times slower when another program kept the processor busy: each waited for one that did not run.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

    from nextword.engine import sandbox, template_process

    sandbox.die_with_parent()
    templates = template_process.TemplateProcess()  # forks, so it comes before threads and descriptors
    requests, events = _claim_pipes()

    from nextword.engine.process import EngineProcess

    return EngineProcess(requests, events, templates.render).run(cache, avoid=options.avoid)


def _claim_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take standard input and output for the frames; what a C library prints goes to standard error."""
    requests = os.fdopen(os.dup(0), "rb")
    events = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return requests, events


if __name__ == "__main__":
    sys.exit(main())
