"""The mark of a finished set-up: says in a few milliseconds whether anything changed since.

Run as a program (`python -m setup.stamp`, with the environment's own Python) it exits 0 when all is up to date.
"""

import hashlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAMP_NAME = "nextword-setup.json"


def digest(root: Path, python_version: str) -> str:
    """A hash of everything that the environment was made from: lock, project, set-up code, place and Python."""
    state = hashlib.sha256(f"{root}\0{python_version}\0".encode("utf-8", "surrogateescape"))
    sources = sorted((root / "packaging" / "setup").glob("*.py"))
    for path in (root / "requirements.lock", root / "pyproject.toml", *sources):
        data = path.read_bytes()
        state.update(f"{path.name}\0{len(data)}\0".encode())
        state.update(data)
    return state.hexdigest()


def read_stamp(venv: Path) -> dict[str, str]:
    """What the last finished step wrote; empty when there is none or it cannot be read."""
    try:
        stamp = json.loads((venv / STAMP_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in stamp.items()} if isinstance(stamp, dict) else {}


def write_stamp(venv: Path, stamp: dict[str, str]) -> None:
    """Replace the stamp in one step, so that a set-up that is interrupted never leaves half of one."""
    part = venv / (STAMP_NAME + ".part")
    part.write_text(json.dumps(stamp, indent=1) + "\n", "utf-8")
    part.replace(venv / STAMP_NAME)


def is_fresh(root: Path, venv: Path, python_version: str) -> bool:
    """Whether the last set-up finished and nothing that it was made from has changed."""
    return read_stamp(venv).get("digest") == digest(root, python_version)


def version_text(version: tuple[int, ...]) -> str:
    """A Python version as the stamp writes it: '3.11.2'."""
    return ".".join(str(part) for part in version[:3])


if __name__ == "__main__":
    sys.exit(0 if is_fresh(ROOT, ROOT / ".venv", version_text(tuple(sys.version_info[:3]))) else 1)
