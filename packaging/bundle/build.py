"""Freezes the program into one folder, takes out what it does not need, and adds what has to be said about it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bundle import checks, elf, icons, licences, sbom
from bundle.places import BUILD, DIST, INTERNAL, PACKAGING, ROOT, TREE, PackagingStopped, commit, version

STRIPPED = ("libpython3*.so*", "lib-dynload/*.so", "python3.*/lib-dynload/*.so", "llama_cpp/lib/*.so*")


def build(*, into: Path = TREE) -> Path:
    """Make the folder with the program; return it. Raises PackagingStopped."""
    write_facts(BUILD / "facts")
    icons.draw(BUILD / "icons")
    work = BUILD / "pyinstaller"
    target = into.parent
    shutil.rmtree(into, ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
    command += ["--workpath", str(work), "--distpath", str(target), str(PACKAGING / "nextword.spec")]
    if subprocess.run(command, env=environment(), cwd=ROOT, check=False).returncode != 0:
        raise PackagingStopped("The program could not be frozen; what PyInstaller said is above.")
    finish(into)
    return into


def environment() -> dict[str, str]:
    """Return the variables for the freezer: the same commit gives the same files."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": str(commit()[1]), "PYTHONDONTWRITEBYTECODE": "1"}


def write_facts(folder: Path) -> None:
    """Write what the program says of its own origin (nextword/versions.py reads it)."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    name, seconds = commit()
    facts = {"version": version(), "commit": name, "commit_time": seconds}
    (folder / "build.json").write_text(json.dumps(facts, indent=1) + "\n", "utf-8")


def finish(tree: Path) -> None:
    """Strip, add licences and the list of contents, check."""
    internal = tree / INTERNAL
    if sys.platform.startswith("linux"):
        for pattern in STRIPPED:
            for path in sorted(internal.glob(pattern)):
                if not path.is_symlink():
                    elf.strip(path)
        for path in elf.elf_files(internal):
            if any(not folder.startswith("$ORIGIN") for folder in elf.read_dynamic(path).paths):
                elf.drop_run_path(path)  # of the Python that was frozen: it names a folder of the machine that builds
    found = licences.collect(tree, internal / "nextword" / "licences")
    sbom.write(tree, found, internal / "nextword" / "facts" / "contents.cdx.json")
    for path in [tree, *sorted(tree.rglob("*"))]:
        if not path.is_symlink():
            executable = path.is_dir() or (path.parent == tree and os.access(path, os.X_OK))
            path.chmod(0o755 if executable else 0o644)
    problems = checks.problems(tree)
    if problems:
        raise PackagingStopped("The folder is not as it should be:\n  " + "\n  ".join(problems))


def is_current(tree: Path) -> bool:
    """Say whether a folder was made from the commit that is checked out and nothing was changed since."""
    try:
        facts = json.loads((tree / INTERNAL / "nextword" / "facts" / "build.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "status", "--porcelain", "--", "app", "resources", "packaging", "requirements.lock"],
        capture_output=True,
        text=True,
        check=False,
    )
    return facts.get("commit") == commit()[0] and asked.returncode == 0 and not asked.stdout.strip()


def size_bytes(folder: Path) -> int:
    """Return what the files of a folder take, each once."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def clean() -> None:
    """Remove what earlier builds left."""
    for folder in (BUILD / "pyinstaller", DIST):
        shutil.rmtree(folder, ignore_errors=True)
