"""How much memory is free for a model now: what the system can give, and what a container allows this program."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path, PurePosixPath
from typing import Literal

from msgspec import Struct

_UNLIMITED = 1 << 60  # what the first version of control groups writes for no limit is near 2^63


class FreeMemory(Struct, frozen=True):
    """Bytes. available: what can be taken without swapping, 0 when the system does not say. limit: what sets it."""

    available_bytes: int = 0
    total_bytes: int = 0
    limit: Literal["system", "container"] = "system"


def free_memory() -> FreeMemory:
    """Ask the system."""
    if sys.platform == "win32":
        return _of_windows()
    if sys.platform == "darwin":
        return _of_macos()
    return free_on_linux(Path("/"))


def free_on_linux(root: Path) -> FreeMemory:
    """Return what the kernel and the control groups of this process say. root: where /proc and /sys are."""
    available, total = _kernel_says(root)
    tightest = FreeMemory(available, total)
    for folder, limit_name, used_name in _groups(root):
        found = _of_group(folder, limit_name, used_name)
        if found is not None and (not tightest.available_bytes or found[0] < tightest.available_bytes):
            tightest = FreeMemory(found[0], min(found[1], total or found[1]), "container")
    return tightest


def _kernel_says(root: Path) -> tuple[int, int]:
    """Return MemAvailable and MemTotal: the kernel's own estimate counts the file cache that it can drop."""
    found = {"MemAvailable": 0, "MemTotal": 0}
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (root / "proc" / "meminfo").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(":")
            if name in found:
                found[name] = int(value.split()[0]) << 10
    return found["MemAvailable"], found["MemTotal"]


def _groups(root: Path) -> list[tuple[Path, str, str]]:
    """Return the control groups of this process and those around them, with the names of their files."""
    try:
        lines = (root / "proc" / "self" / "cgroup").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    found = []
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        base, names = None, ("", "")
        if not controllers:
            base, names = root / "sys" / "fs" / "cgroup", ("memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            base, names = root / "sys" / "fs" / "cgroup" / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        if base is None or ".." in PurePosixPath(path).parts:
            continue
        group = PurePosixPath(path.lstrip("/"))
        found += [(base / part, *names) for part in dict.fromkeys((group, *group.parents, PurePosixPath(".")))]
    return found


def _of_group(folder: Path, limit_name: str, used_name: str) -> tuple[int, int] | None:
    """Return what is free and the limit of a control group, None where it has none."""
    try:
        limit = int((folder / limit_name).read_text(encoding="ascii"))
        used = int((folder / used_name).read_text(encoding="ascii"))
    except (OSError, ValueError):  # "max", or not there
        return None
    if limit >= _UNLIMITED:
        return None
    reclaimable = 0
    with contextlib.suppress(OSError, ValueError):
        for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "active_file"):  # the file cache counts as used and is given back when wanted
                reclaimable += int(value)
    return max(0, min(limit, limit - used + reclaimable)), limit


def _of_windows() -> FreeMemory:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong), ("load", ctypes.c_ulong), ("total", ctypes.c_ulonglong),
            ("available", ctypes.c_ulonglong), ("page_total", ctypes.c_ulonglong),
            ("page_available", ctypes.c_ulonglong), ("virtual_total", ctypes.c_ulonglong),
            ("virtual_available", ctypes.c_ulonglong), ("extended", ctypes.c_ulonglong),
        )  # fmt: skip

    status = Status()
    status.length = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - not there for the type checker on other systems
    if not kernel.GlobalMemoryStatusEx(ctypes.byref(status)):
        return FreeMemory()
    return FreeMemory(int(status.available), int(status.total))


def _of_macos() -> FreeMemory:
    """Read what vm_stat prints: free, inactive and purgeable pages can be taken."""
    import re
    import subprocess

    try:
        said = subprocess.run(["/usr/bin/vm_stat"], capture_output=True, text=True, timeout=5, check=True).stdout
        total = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "hw.memsize"], capture_output=True, text=True, timeout=5, check=True
        ).stdout
        page = re.search(r"page size of (\d+)", said)
        pages = sum(int(count) for count in re.findall(r"Pages (?:free|inactive|purgeable|speculative):\s+(\d+)", said))
        return FreeMemory(pages * int(page[1] if page else 4096), int(total))
    except (OSError, ValueError, subprocess.SubprocessError):
        return FreeMemory()
