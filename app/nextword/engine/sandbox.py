"""What the engine process gives up before it opens a file made by strangers.

Afterwards it reads the program, the system's libraries and the model, computes, and talks through the pipes it
already has: no other files, no writing, no network, no other programs or processes. What this system cannot enforce
is said, not raised.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nextword
from nextword import resources
from nextword.engine import landlock, seccomp
from nextword.engine.backends import llama_library_folder
from nextword.engine.protocol import Isolation

_PR_SET_PDEATHSIG: Final = 1
_OOM_SCORE: Final = "900"  # when memory runs out the kernel shall take the engine, not the window
_OPEN_FILES: Final = 1024
_THREAD_END_SECONDS: Final = 0.5

_SYSTEM: Final = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/dev/null",
    "/dev/urandom",
)


def enter(readable: Sequence[Path]) -> Isolation:
    """Confine this process for the rest of its life to reading `readable` (files or folders) and itself.

    Call once, before the model file is opened and before other threads are started: until version 8 Landlock binds
    the calling thread and those it starts. Never raises; `missing` of the result names what could not be had, as
    landlock, threads, seccomp or platform, each with the reason.
    """
    if sys.platform != "linux":
        return Isolation("none", missing=(f"platform: {sys.platform}",))
    missing: list[str] = []
    _set_limits()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    threads = _other_threads()
    abi = _close_files(readable, missing)
    if 0 < abi < landlock.ALL_THREADS_VERSION and threads:
        missing.append(f"threads: {threads} were running before")
    calls_forbidden = _forbid_calls(missing)
    return Isolation(
        level="full" if not missing else "partial" if abi or calls_forbidden else "none",
        landlock_abi=abi,
        network_blocked=calls_forbidden,
        writes_blocked=abi > 0 or calls_forbidden,
        missing=tuple(missing),
    )


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, *map(ctypes.c_ulong, (signal.SIGKILL, 0, 0, 0)))


def leave_no_core() -> None:
    """Write no memory image when this process crashes: it would hold the conversation."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _set_limits() -> None:
    """No core, no byte into any file, few open files.

    The number of processes has no limit here: it is counted per person, threads of other programs included, so that
    a low one takes llama.cpp its threads. The seccomp filter forbids new processes instead.
    """
    import resource

    leave_no_core()
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def _close_files(readable: Sequence[Path], missing: list[str]) -> int:
    """Apply Landlock and return its version, 0 if it could not be had."""
    abi = landlock.version()
    if abi == 0:
        missing.append("landlock: not in this kernel")
        return 0
    try:
        seccomp.give_up_privileges()
        landlock.restrict(abi, readable=[*_program(), *readable])
    except OSError as error:
        missing.append(f"landlock: {errno.errorcode.get(error.errno or 0, '?')}")
        return 0
    return abi


def _forbid_calls(missing: list[str]) -> bool:
    try:
        seccomp.forbid()
    except OSError as error:
        missing.append(f"seccomp: {errno.errorcode.get(error.errno or 0, '?')}")
        return False
    return True


def _program() -> list[Path]:
    """Where this program and the libraries it may still load lie."""
    places = {Path(sys.prefix), Path(sys.base_prefix), Path(nextword.__file__).parent, resources.ROOT}
    places.add(llama_library_folder().parent.parent)
    if frozen := getattr(sys, "_MEIPASS", None):
        places |= {Path(frozen), Path(sys.executable)}  # modules lie in the program's own file
    return [*places, *map(Path, _SYSTEM)]


def _other_threads() -> int:
    """Count the threads besides this one, once those that are on their way out have had time to go.

    Thread.join() of Python returns a moment before the system's thread has ended.
    """
    deadline = time.monotonic() + _THREAD_END_SECONDS
    count = 0
    with contextlib.suppress(OSError):
        while (count := len(list(Path("/proc/self/task").iterdir())) - 1) and time.monotonic() < deadline:
            time.sleep(0.001)
    return count
