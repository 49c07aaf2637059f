"""The rules that a finished folder has to keep; each problem is a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bundle import contents, elf
from bundle.places import INTERNAL, PROGRAMS

FEWEST_VARIANTS = {"x86_64": 14}
BASELINE = "libggml-cpu-x64.so"


def problems(tree: Path) -> list[str]:
    """Return what is wrong with a folder; empty for a good one."""
    found = [f"{name} is missing" for name in PROGRAMS if not (tree / name).is_file() and sys.platform != "win32"]
    if found:
        return found
    found += [f"{name} is in the bundle and is not shipped" for name in contents.foreign(tree)]
    engine = {name.partition(".")[0] for name in contents.modules_of(tree / "nextword-engine")}
    found += [f"{name} is in the engine" for name in ("PySide6", "shiboken6", "huggingface_hub") if name in engine]
    window = {name.partition(".")[0] for name in contents.modules_of(tree / "nextword")}
    found += [f"{name} is in the window" for name in ("llama_cpp", "pypdf") if name in window]
    if sys.platform.startswith("linux"):
        found += linker_problems(tree)
    found += link_problems(tree)
    return found


def linker_problems(tree: Path) -> list[str]:
    """Every library looks for others beside itself or not at all, never in a fixed or an empty folder."""
    found = []
    for path in elf.elf_files(tree):
        for folder in elf.read_dynamic(path).paths:
            if not folder.startswith("$ORIGIN"):
                found.append(f"{path.relative_to(tree)} looks for libraries in {folder or 'the current folder'}")
    variants = list((tree / INTERNAL / "llama_cpp" / "lib").glob("libggml-cpu-*.so"))
    fewest = FEWEST_VARIANTS.get(os.uname().machine, 1)
    if len(variants) < fewest:
        found.append(f"{len(variants)} CPU variants of llama.cpp instead of {fewest}")
    return found


def link_problems(tree: Path) -> list[str]:
    """Every link leads to something inside the folder."""
    root = tree.resolve()
    return [
        f"{path.relative_to(tree)} leads to {path.readlink()}"
        for path in sorted(tree.rglob("*"))
        if path.is_symlink() and (not path.exists() or not path.resolve().is_relative_to(root))
    ]


def outside_libraries(tree: Path) -> dict[str, list[str]]:
    """Return the libraries that the folder needs and does not have, with who asks for each."""
    files = elf.elf_files(tree)
    inside = {path.name for path in tree.rglob("*")} | {elf.read_dynamic(path).name for path in files}
    wanted: dict[str, list[str]] = {}
    for path in files:
        for name in elf.read_dynamic(path).needed:
            if name not in inside:
                wanted.setdefault(name, []).append(str(path.relative_to(tree)))
    return dict(sorted(wanted.items()))


def wide_instructions(library: Path) -> list[str]:
    """Return instructions of a library that use registers of AVX and later; a baseline may have none."""
    shown = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", str(library)], capture_output=True, text=True, check=True
    )
    return [line.strip() for line in shown.stdout.splitlines() if "%ymm" in line or "%zmm" in line]
