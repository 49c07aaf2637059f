"""Which build of llama.cpp's CPU code works on this machine, found out in throw-away processes and remembered.

A build for newer processors is faster but can end the process with an illegal instruction, even where the processor
claims to have it; so no variant is loaded into the engine before another process has survived it.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

import nextword
from nextword import resources
from nextword.errors import NoWorkingVariant
from nextword.frozen import NO_CONSOLE

TRIAL_SECONDS: Final = 20.0
LOGPROB_TOLERANCE: Final = 0.1  # nats; variants round differently, wrong arithmetic is off by far more
BUILT_IN: Final = "built-in"  # a llama.cpp whose CPU code is not a separate library
_CACHE_FILE: Final = "engine-check.json"
_PATTERNS: Final = ("libggml-cpu-*.so", "libggml-cpu-*.dylib", "ggml-cpu-*.dll")
_GGML: Final = {
    "linux": ("libggml-base.so.0", "libggml.so.0", "libggml-base.so", "libggml.so"),
    "darwin": ("libggml-base.dylib", "libggml.dylib"),
    "win32": ("ggml-base.dll", "ggml.dll"),
}


class Trial(msgspec.Struct, frozen=True):
    """What became of one variant. outcome: right, wrong, hung, failed, or a signal like SIGILL."""

    name: str
    score: int
    outcome: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"


class Variant(msgspec.Struct, frozen=True):
    """The variant to use. path is None for the build's own CPU code; check_seconds is 0 when it was remembered."""

    name: str
    path: Path | None
    score: int
    tried: tuple[Trial, ...]
    check_seconds: float


@dataclass(frozen=True)
class Question:
    """What a variant is asked: to continue `prompt` by `count` tokens."""

    prompt: tuple[int, ...]
    count: int


class Reference(msgspec.Struct, frozen=True):
    """The question of the engine check and its right answer."""

    prompt: tuple[int, ...]
    tokens: tuple[int, ...]
    logprobs: tuple[float, ...]


class _Remembered(msgspec.Struct, frozen=True):
    machine: str
    name: str
    score: int
    tried: tuple[Trial, ...]
    avoided: tuple[str, ...] = ()


def choose(cache_folder: Path, *, variants: Sequence[Path] | None = None) -> Variant:
    """Return the best variant that answers right: the remembered one, else the first of those tried.

    Takes seconds when nothing is remembered. Raises NoWorkingVariant.
    """
    paths = {variant_name(path): path for path in (find_variants() if variants is None else variants)}
    machine = _machine(paths.values())
    known = _remembered(cache_folder, machine)
    avoided = known.avoided if known else ()
    if known and known.name not in avoided and (known.name in paths or not paths):
        return Variant(known.name, paths.get(known.name), known.score, known.tried, 0.0)
    start = time.monotonic()
    tried: list[Trial] = []
    candidates = list(_candidates(paths))
    for name, score in candidates:
        if name in avoided and name != candidates[-1][0]:
            tried.append(Trial(name, score, "crashed before"))
            continue
        tried.append(try_variant(paths.get(name), score=score))
        if tried[-1].outcome == "right":
            _remember(cache_folder, _Remembered(machine, name, score, tuple(tried), avoided))
            return Variant(name, paths.get(name), score, tuple(tried), time.monotonic() - start)
    raise NoWorkingVariant(tuple(map(str, tried)))


def avoid(cache_folder: Path, name: str) -> None:
    """Have `choose` pass over the remembered variant: it passed the check and then crashed with a real model.

    Call when the engine died of SIGILL; holds until the processor, the build or the program changes. The plainest
    variant is never passed over.
    """
    if (known := _read(cache_folder)) and known.name == name:
        _remember(cache_folder, msgspec.structs.replace(known, avoided=(*known.avoided, name)))


def forget(cache_folder: Path) -> None:
    """Have the next `choose` try everything again."""
    with contextlib.suppress(OSError):
        (cache_folder / _CACHE_FILE).unlink(missing_ok=True)


def find_variants() -> list[Path]:
    """List the CPU variants that came with llama-cpp-python, in a frozen program too; may be empty."""
    package = llama_library_folder().parent
    folders = (package / "lib", package.parent / "bin")
    return sorted(path for folder in folders for pattern in _PATTERNS for path in folder.glob(pattern))


def variant_name(path: Path) -> str:
    """Return "haswell" for libggml-cpu-haswell.so."""
    return path.stem.partition("ggml-cpu-")[2]


@cache
def llama_library_folder() -> Path:
    """Return the folder of libllama, without loading it."""
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or not spec.submodule_search_locations:
        raise NoWorkingVariant(("llama_cpp: not installed",))
    return Path(next(iter(spec.submodule_search_locations))) / "lib"


def preload_ggml() -> ctypes.CDLL:
    """Load the ggml library that libllama links, before anything else can load another copy of it.

    A backend registers itself in one copy of ggml; a second copy (llama_cpp._ggml has one) would not see it.
    """
    folder = llama_library_folder()
    libraries = [folder / name for name in _GGML.get(sys.platform, _GGML["linux"]) if (folder / name).is_file()]
    loaded = [ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL) for path in libraries]
    for library in loaded:
        if hasattr(library, "ggml_backend_load"):
            return library
    raise NoWorkingVariant((f"{folder}: no ggml library",))


def load_backend(path: Path) -> None:
    """Make llama.cpp in this process compute with the variant at `path`; once, before a model is loaded.

    Raises NoWorkingVariant when the processor cannot run it or the file cannot be loaded.
    """
    load = preload_ggml().ggml_backend_load
    load.restype = ctypes.c_void_p
    load.argtypes = [ctypes.c_char_p]
    if not load(os.fsencode(path)):
        raise NoWorkingVariant((f"{variant_name(path)}: could not be loaded",))


def try_variant(path: Path | None, *, score: int = 0, wait_seconds: float = TRIAL_SECONDS) -> Trial:
    """Let the variant answer the engine check's question in a process of its own."""
    reference = read_reference()
    question = Question(reference.prompt, len(reference.tokens))
    name = variant_name(path) if path else BUILT_IN
    start = time.monotonic()
    outcome, answer = ask(path, resources.MODELS / "engine-check.gguf", question, wait_seconds=wait_seconds)
    if outcome == "ended":
        outcome = "right" if _is_right(answer, reference) else "wrong"
    return Trial(name, score, outcome, round(time.monotonic() - start, 2))


def ask(
    variant: Path | None, model: Path, question: Question, *, wait_seconds: float = TRIAL_SECONDS
) -> tuple[str, dict[str, list[float]]]:
    """Run a question in a throw-away process. Returns "ended" and the answer, or hung, failed or a signal's name."""
    arguments = ["answer", str(variant or ""), str(model), json.dumps(asdict(question))]
    try:
        done = _run(arguments, wait_seconds)
    except subprocess.TimeoutExpired:
        return "hung", {}
    if done.returncode < 0:
        return signal.Signals(-done.returncode).name, {}
    try:
        return "ended", msgspec.json.decode(done.stdout, type=dict[str, list[float]])
    except msgspec.DecodeError:
        return "failed", {}


def read_reference() -> Reference:
    return msgspec.json.decode((resources.MODELS / "engine-check.json").read_bytes(), type=Reference)


def score_variants(paths: Sequence[Path]) -> dict[Path, int]:
    """Ask each variant how well it suits this processor; 0 when it cannot run here or died of the question."""
    scores = dict.fromkeys(paths, 0)
    left = list(paths)
    while left:
        with contextlib.suppress(subprocess.TimeoutExpired):
            for line in _run(["scores", *map(str, left)], TRIAL_SECONDS).stdout.splitlines():
                with contextlib.suppress(msgspec.DecodeError):
                    said = msgspec.json.decode(line, type=_Score)
                    scores[Path(said.path)] = said.score
                    left.remove(Path(said.path))
        left = left[1:]  # the one it did not come back from
    return scores


class _Score(msgspec.Struct):
    path: str
    score: int


def _candidates(paths: dict[str, Path]) -> Iterator[tuple[str, int]]:
    """Names and scores, best first; the build's own CPU code when it has no variants."""
    if not paths:
        yield BUILT_IN, 1
        return
    scores = score_variants(list(paths.values()))
    usable = [(scores[path], name) for name, path in paths.items() if scores[path] > 0]
    for score, name in sorted(usable, key=lambda item: (-item[0], item[1])):
        yield name, score


def _is_right(answer: dict[str, list[float]], reference: Reference) -> bool:
    if tuple(answer.get("tokens", ())) != reference.tokens:
        return False
    logprobs = answer.get("logprobs", [])
    return len(logprobs) == len(reference.logprobs) and all(
        abs(got - right) <= LOGPROB_TOLERANCE for got, right in zip(logprobs, reference.logprobs, strict=True)
    )


def _run(arguments: list[str], wait_seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Run trial.py; a frozen engine starts itself with --trial, which does the same."""
    frozen = getattr(sys, "frozen", False)
    program = [sys.executable, "--trial"] if frozen else [sys.executable, "-I", "-m", "nextword.engine.trial"]
    return subprocess.run(
        [*program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=wait_seconds,
        creationflags=NO_CONSOLE,
        check=False,
    )


# --- the cache ----------------------------------------------------------------------------------------------


def _machine(paths: Iterable[Path]) -> str:
    """A hash of what the choice depends on: the processor, the build of llama.cpp, the version of the program."""
    facts = [nextword.__version__, platform.machine(), _processor()]
    for path in sorted([*paths, *llama_library_folder().glob("*llama*")]):
        status = path.stat()
        facts.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    facts.append(hashlib.sha256((resources.MODELS / "engine-check.json").read_bytes()).hexdigest())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _processor() -> str:
    """The processor's name and abilities, as far as the system tells them."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    told = ("model name", "flags", "Features", "CPU implementer", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(told)}))


def _remembered(cache_folder: Path, machine: str) -> _Remembered | None:
    known = _read(cache_folder)
    return known if known and known.machine == machine else None


def _read(cache_folder: Path) -> _Remembered | None:
    try:
        return msgspec.json.decode((cache_folder / _CACHE_FILE).read_bytes(), type=_Remembered)
    except (OSError, msgspec.MsgspecError):
        return None


def _remember(cache_folder: Path, choice: _Remembered) -> None:
    """Keep the choice; a folder that cannot be written costs a check at the next start, nothing else."""
    draft = cache_folder / f"{_CACHE_FILE}.{os.getpid()}"
    with contextlib.suppress(OSError):
        cache_folder.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(choice)))
        draft.replace(cache_folder / _CACHE_FILE)
