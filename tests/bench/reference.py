"""Processes that an engine is measured against: the bare loop, llama-cpp-python's high-level path, llama.cpp's log."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from tests.bench.ours import CONTEXT_TOKENS, Setup
from tests.bench.window import environment


class Process:
    """A program of this folder that answers JSON lines; ends with the `with` block."""

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.{module}", *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        self.greeting = self._answer()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._running.stdin is not None
        assert self._running.stdout is not None
        self._running.stdin.close()
        self._running.wait()
        self._running.stdout.close()

    def ask(self, verb: str, **wish: object) -> Any:
        """Send one request and return the answer. Raises RuntimeError when the process died of it."""
        assert self._running.stdin is not None
        self._running.stdin.write(json.dumps({"do": verb, **wish}) + "\n")
        self._running.stdin.flush()
        return self._answer()

    def seconds(self, verb: str, **wish: object) -> float:
        """Send one request that is answered with seconds."""
        return float(self.ask(verb, **wish))

    def _answer(self) -> Any:
        assert self._running.stdout is not None
        line = self._running.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._running.args!r} ended with {self._running.wait()}")
        return json.loads(line)


def bare_loop(setup: Setup, *, parameters: str = "default", sequences: int = 1) -> Process:
    """Start bare_loop.py. parameters: "default" as llama-bench has them, "exact" as our engine has them."""
    arguments = [f"--parameters={parameters}", f"--sequences={sequences}", f"--context-tokens={CONTEXT_TOKENS}"]
    return _start("bare_loop", setup, arguments)


def binding(setup: Setup, *, context_tokens: int) -> Process:
    """Start binding.py."""
    return _start("binding", setup, [f"--context-tokens={context_tokens}"])


def native_report(setup: Setup, *, context_tokens: int) -> Process:
    """Start native_report.py, whose greeting is all it says."""
    return _start("native_report", setup, [f"--context-tokens={context_tokens}"])


def _start(module: str, setup: Setup, arguments: Sequence[str]) -> Process:
    return Process(module, [str(setup.cache), str(setup.model), f"--threads={setup.threads}", *arguments])
