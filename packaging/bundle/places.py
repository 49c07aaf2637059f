"""Where the packaging finds things and puts them."""

from __future__ import annotations

import functools
import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
LINUX = PACKAGING / "linux"
BUILD = ROOT / "build"
DIST = ROOT / "dist"
TREE = DIST / "nextword"
INTERNAL = "_internal"
"""The folder inside the tree with everything but the programs."""
PROGRAMS = ("nextword", "nextword-engine", "nextword-pdf")
APP_ID = "org.nextword.Nextword"


class PackagingStopped(Exception):
    """The packaging cannot go on; the message is for the person at the terminal."""


def version() -> str:
    """Return the version of the program, as its package has it."""
    for line in (ROOT / "app" / "nextword" / "__init__.py").read_text("utf-8").splitlines():
        if line.startswith("__version__"):
            return line.split('"')[1]
    raise PackagingStopped("app/nextword/__init__.py names no version.")


@functools.cache
def commit() -> tuple[str, int]:
    """Return the commit that is checked out and its time in seconds, which all files of a package get."""
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "log", "-1", "--format=%H %ct"], capture_output=True, text=True, check=False
    )
    if asked.returncode != 0:
        return "unknown", int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    name, seconds = asked.stdout.split()
    return name, int(os.environ.get("SOURCE_DATE_EPOCH", seconds))


def machine() -> str:
    """Return the processor's kind as file names have it: x86_64, aarch64, arm64."""
    return platform.machine().lower().replace("amd64", "x86_64")
