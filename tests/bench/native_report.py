"""What llama.cpp says in its log that it takes for a model opened as the engine opens it. Asked by memory.py."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

from nextword.engine import backends, native_log
from nextword.engine.header import read_header
from nextword.engine.model import Model

_BUFFER = re.compile(r"(\S+ +(?:model|KV|RS|output|compute)(?: buffer)) size = +([\d.]+) MiB")


def main() -> int:
    """Print one JSON object: bytes by the name that llama.cpp gives a buffer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cache", type=Path, help="folder of the engine check's result")
    parser.add_argument("model", type=Path)
    parser.add_argument("--context-tokens", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # a C library prints to standard output
    variant = backends.choose(options.cache)
    if variant.path is not None:
        backends.load_backend(variant.path)
    native_log.KEPT_LINES = 1_000_000
    log = native_log.NativeLog()
    model = Model(
        read_header(options.model),
        log,
        context_tokens=options.context_tokens,
        threads=options.threads,
        progress=lambda _fraction: None,
    )
    buffers: dict[str, float] = {}
    for name, size in _BUFFER.findall("\n".join(log.lines())):
        buffers[name] = buffers.get(name, 0) + float(size) * 2**20
    model.close()
    print(json.dumps(buffers), file=answers, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
