"""A report for the people who mend the program: versions, settings and logs as one zip, without anything private.

Nothing is kept because it looks harmless. A line of a log stays only if it has the shape of what the program itself,
Python, Qt or llama.cpp write, and of what it quotes nothing stays (see nextword/redaction.py).
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

from nextword.paths import Profile
from nextword.redaction import Redaction
from nextword.settings import DECLARATIONS, Settings
from nextword.versions import versions
from nextword.whole_files import write_whole

LOG_BYTES = 200_000
"""Of the end of each log."""
INTRODUCTION = """A report of Nextword. Read all of it before you send it to anybody; the program itself sent nothing.

about.txt       versions, engine, isolation
versions.json   the same versions for programs
settings.txt    settings that differ from the built-in ones; of texts only their length
logs/           the end of each log

Left out: conversations, documents, experiments, prompts and presets; tokens and keys;
the paths of your home folder, your name and the name of this machine. Of lines of a log
only those that the program writes itself were kept, and of what they quote only its length.
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the report."""

    name: str
    text: str


def collect(profile: Profile, settings: Settings, about: str) -> list[Part]:
    """Return what the report would hold. about: the facts of the screen About, as text. Reads files."""
    redaction = Redaction(profile)
    parts = [
        Part("README.txt", INTRODUCTION),
        Part("about.txt", redaction.cleaned(about)),
        Part("versions.json", redaction.cleaned(json.dumps(versions(), indent=1) + "\n")),
        Part("settings.txt", settings_text(settings)),
    ]
    for path in log_files(profile):
        parts.append(Part(f"logs/{path.stem}.txt", redaction.log(read_end(path, LOG_BYTES))))
    return parts


def log_files(profile: Profile) -> list[Path]:
    """List the logs of a profile that have something in them."""
    try:
        return sorted(path for path in profile.logs.glob("*.log") if path.stat().st_size > 0)
    except OSError:
        return []


def read_end(path: Path, most_bytes: int) -> str:
    """Return the end of a text file, from the beginning of a line; "" for one that cannot be read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - most_bytes))
            data = file.read(most_bytes)
    except OSError:
        return ""
    if size > most_bytes:
        data = data.partition(b"\n")[2]
    return data.decode("utf-8", "replace")


def settings_text(settings: Settings) -> str:
    """Return the settings that differ from the built-in ones; of texts only that they do."""
    lines = []
    for name, declared in DECLARATIONS.items():
        value = settings.get(name)
        if value == declared.default:
            continue
        free_text = isinstance(value, str) and not declared.rule.choices and not declared.rule.words
        lines.append(f"{name}: {f'a text of {len(str(value))} characters' if free_text else value}")
    return "\n".join(lines or ["All settings are the built-in ones."]) + "\n"


def packed(parts: list[Part]) -> bytes:
    """Return the report as a zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.writestr(f"nextword-report/{part.name}", part.text.encode("utf-8", "replace"))
    return stream.getvalue()


def save(parts: list[Part], path: Path) -> None:
    """Write the report; a file that is there is replaced when the new one is whole. Raises OSError."""
    write_whole(path, packed(parts))
