"""What a library or program of Linux says about itself, read by binutils."""

from __future__ import annotations

import re
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bundle.places import PackagingStopped

_DYNAMIC, _RPATH, _RUNPATH = 2, 15, 29
_ENTRY = re.compile(r"\((NEEDED|SONAME|RPATH|RUNPATH)\)[^\[]*\[([^\]]*)\]")


@dataclass(frozen=True)
class Dynamic:
    """needed: names of libraries; paths: the folders that RPATH and RUNPATH name."""

    needed: tuple[str, ...]
    name: str
    paths: tuple[str, ...]


def is_elf(path: Path) -> bool:
    """Say whether a file is a program or a library of Linux."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def elf_files(tree: Path) -> list[Path]:
    """List programs and libraries below a folder, links left out."""
    return sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink() and is_elf(path))


def read_dynamic(path: Path) -> Dynamic:
    """Read the dynamic section of one file."""
    return parse_dynamic(_run("readelf", "--dynamic", "--wide", str(path)))


def parse_dynamic(text: str) -> Dynamic:
    """Read what `readelf --dynamic` prints."""
    rows = _ENTRY.findall(text)
    paths = [folder for kind, value in rows if kind in ("RPATH", "RUNPATH") for folder in value.split(":")]
    name = next((value for kind, value in rows if kind == "SONAME"), "")
    return Dynamic(tuple(value for kind, value in rows if kind == "NEEDED"), name, tuple(paths))


def drop_run_path(path: Path) -> None:
    """Take RPATH and RUNPATH out of a 64-bit file of this machine's byte order: entries after them move up."""
    data = bytearray(path.read_bytes())
    program_headers, size, count = _at(data, "<Q", 32), _at(data, "<H", 54), _at(data, "<H", 56)
    for start in range(program_headers, program_headers + size * count, size):
        if _at(data, "<I", start) == _DYNAMIC:
            offset, length = _at(data, "<Q", start + 8), _at(data, "<Q", start + 32)
            entries = [bytes(data[place : place + 16]) for place in range(offset, offset + length, 16)]
            kept = [entry for entry in entries if _at(entry, "<Q", 0) not in (_RPATH, _RUNPATH)]
            kept += [bytes(16)] * (len(entries) - len(kept))
            data[offset : offset + length] = b"".join(kept)
    path.write_bytes(data)


def _at(data: bytes | bytearray, form: str, offset: int) -> int:
    return int(struct.unpack_from(form, data, offset)[0])


def strip(path: Path) -> None:
    """Take symbols and debugging information out of a library; what it exports stays."""
    _run("strip", "--strip-unneeded", "--preserve-dates", str(path))


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise PackagingStopped(f"{command[0]} is missing: apt-get install binutils") from error
    if done.returncode != 0:
        raise PackagingStopped(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
