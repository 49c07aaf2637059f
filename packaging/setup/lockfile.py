"""Reads requirements.lock: one entry per pinned package, with its hashes."""

import re
from dataclasses import dataclass
from pathlib import Path

_START = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One package of the lock: its lines as pip reads them, and what they say."""

    name: str
    version: str
    hashes: tuple[str, ...]
    text: str


def read_lock(path: Path) -> list[Pin]:
    """The pins of a lock file, in its order; raises ValueError for a line that is no pin, hash or comment."""
    blocks: list[list[str]] = []
    for line in path.read_text("utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if _START.match(line):
            blocks.append([line])
        elif blocks and line.lstrip().startswith("--hash="):
            blocks[-1].append(line)
        else:
            raise ValueError(f"{path.name}: not a pinned requirement: {line!r}")
    return [_pin("\n".join(block)) for block in blocks]


def _pin(text: str) -> Pin:
    start = _START.match(text)
    assert start is not None
    name = re.sub(r"[-_.]+", "-", start["name"]).lower()
    return Pin(name=name, version=start["version"], hashes=tuple(_HASH.findall(text)), text=text)


def write_pins(pins: list[Pin], path: Path) -> None:
    """Write pins as a requirements file for pip."""
    path.write_text("".join(f"{pin.text}\n" for pin in pins), "utf-8")
