"""What llama.cpp by itself takes for the weights of a model: `python -m tests.plain_allocation FILE` prints bytes.

Every tensor in memory of its own, in the order of the file: nothing mapped, nothing copied into a faster order. A
process of its own, for the memory that it takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import llama_cpp

from nextword.engine import backends
from nextword.engine.native_log import NativeLog


def plain_allocation(path: Path) -> int:
    """Return how many bytes llama.cpp says that it took; it counts in hundredths of a MiB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.plain_allocation", str(path)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def main() -> None:
    log = NativeLog()
    backends.preload_ggml()
    variants = backends.find_variants()
    backends.load_backend(next(path for path in variants if backends.variant_name(path) == "x64"))
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    parameters.load_mode = llama_cpp.LLAMA_LOAD_MODE_NONE
    parameters.use_extra_bufts = False
    model = llama_cpp.llama_model_load_from_file(os.fsencode(sys.argv[1]), parameters)
    assert model, log.reasons()
    sys.stdout.write(str(sum(size for _, what, size in log.buffers() if what == "model")))
    llama_cpp.llama_model_free(model)


if __name__ == "__main__":
    main()
