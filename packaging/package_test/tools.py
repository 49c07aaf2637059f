"""What this machine must have for the test, and how commands are run; says what is missing in words."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "Xvfb": "xvfb",
    "debootstrap": "debootstrap",
    "desktop-file-validate": "desktop-file-utils",
    "appstreamcli": "appstream",
    "dpkg-deb": "dpkg",
    "gcc": "gcc",
    "qemu-x86_64-static": "qemu-user-static",
    "strace": "strace",
    "unshare": "util-linux",
    "xdotool": "xdotool",
    "zstd": "zstd",
}


class PartFailed(Exception):
    """A part of the test did not come out as it should; the message says how."""


class NoSystem(PartFailed):
    """A clean system could not be made here, of which the package is not to blame."""


def reasons_against() -> list[str]:
    """Say why the test cannot run on this machine; empty where it can."""
    found = []
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        found.append("it makes root trees of other systems and enters them, so it has to be started by root")
    missing = sorted({package for tool, package in PACKAGES.items() if shutil.which(tool) is None})
    if missing:
        found.append(f"tools are missing: apt-get install {' '.join(missing)}")
    if not _has_python_library():
        found.append(
            "Python's shared library is missing, which a frozen program needs: "
            f"apt-get install libpython3.{sys.version_info.minor}"
        )
    if not found and run("unshare", "--net", "--mount", "--pid", "--fork", "true", check=False).returncode != 0:
        found.append("this system allows no namespaces of its own (unshare failed)")
    if not found and shutil.disk_usage("/tmp").free < 4 << 30:
        found.append("less than 4 GB are free in /tmp")
    return found


def _has_python_library() -> bool:
    from PyInstaller.depend.bindepend import get_python_library_path
    from PyInstaller.exceptions import PythonLibraryNotFoundError

    try:
        get_python_library_path()
    except PythonLibraryNotFoundError:
        return False
    return True


def run(
    *command: str | Path, check: bool = True, wait_seconds: float = 900, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command and take what it prints. Raises PartFailed with its words."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=wait_seconds,
        env=environment,
        check=False,
    )
    if check and done.returncode != 0:
        words = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}".strip()
        raise PartFailed(f"{' '.join(map(str, command))[:300]} ended with {done.returncode}:\n{words}")
    return done
