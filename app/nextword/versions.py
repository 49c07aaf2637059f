"""Versions of everything that this program stands on, for the self-test, About and a report; imports none of it."""

from __future__ import annotations

import json
import platform
import re
import sqlite3
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import nextword
from nextword import frozen

DISTRIBUTIONS = (
    "PySide6-Essentials",
    "llama-cpp-python",
    "numpy",
    "msgspec",
    "jinja2",
    "markdown-it-py",
    "pygments",
    "ziamath",
    "latex2mathml",
    "pypdf",
    "sqlite-utils",
    "huggingface-hub",
    "httpx2",
    "keyring",
    "platformdirs",
    "sacrebleu",
    "rouge-score",
    "regex",
)
_FACTS = Path(__file__).parent / "facts"


@dataclass(frozen=True, slots=True)
class Build:
    """Where this copy comes from. kind: checkout, package (installed by the system), portable or app; commit: ""
    where it is not known."""

    kind: str
    commit: str = ""
    commit_time: int = 0


@cache
def build() -> Build:
    """Say how this copy was made and is installed."""
    if not frozen.is_frozen():
        return Build("checkout")
    try:
        facts = json.loads((_FACTS / "build.json").read_text("utf-8"))
    except (OSError, ValueError):
        facts = {}
    return Build(_kind(Path(sys.executable).parent), str(facts.get("commit", "")), int(facts.get("commit_time", 0)))


def _kind(folder: Path) -> str:
    if (folder / "portable.txt").is_file():
        return "portable"
    return "package" if folder == Path("/opt/nextword") else "app"


def versions() -> dict[str, str]:
    """Return name to version, in the order in which a person asks for them; "" for what is not there.

    The version of llama.cpp itself is known to the engine alone.
    """
    made = build()
    found = {"nextword": nextword.__version__, "build": made.kind}
    if made.commit:
        found["commit"] = made.commit
    found |= {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "openssl": _openssl()}
    found |= {name.lower(): _installed(name) for name in DISTRIBUTIONS}
    library, release = platform.libc_ver()
    if library:
        found[library] = release
    found["system"] = platform.platform()
    return found


def _openssl() -> str:
    """Ask the library; it is not loaded for this where Python was built without it."""
    try:
        import ssl
    except ImportError:
        return ""
    found = re.search(r"\d+(\.\d+)+\w*", ssl.OPENSSL_VERSION)
    return found[0] if found else ssl.OPENSSL_VERSION


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def licences() -> Path | None:
    """Return the folder with the terms of everything inside an installed program; None in a checkout."""
    folder = Path(__file__).parent / "licences"
    return folder if folder.is_dir() else None
