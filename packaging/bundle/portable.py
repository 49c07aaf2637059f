"""The portable archive: unpack it anywhere and start it, or install it for one user with install.sh."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from bundle.debian import run
from bundle.linux_files import write_share
from bundle.places import BUILD, DIST, LINUX, PackagingStopped, commit, machine, version

PORTABLE_TXT = """Nextword keeps its profile (conversations, settings, models) in the folder profile beside this file.
Without this file it keeps it where the system has such data: ~/.local/share/nextword.
"""


def make_portable(tree: Path) -> Path:
    """Pack a folder with what the desktop needs; return the archive. Raises PackagingStopped."""
    if shutil.which("zstd") is None:
        raise PackagingStopped("zstd is missing: apt-get install zstd")
    name = f"nextword-{version()}-linux-{machine()}"
    root = BUILD / "portable" / name
    shutil.rmtree(root.parent, ignore_errors=True)
    shutil.copytree(tree, root, symlinks=True)
    write_share(root / "share", tree)
    (root / "portable.txt").write_text(PORTABLE_TXT, "utf-8")
    shutil.copyfile(LINUX / "install.sh", root / "install.sh")
    (root / "install.sh").chmod(0o755)
    made = DIST / f"{name}.tar.zst"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.unlink(missing_ok=True)
    archive = BUILD / "portable" / f"{name}.tar"
    command = ["tar", "--create", "--file", str(archive), "--directory", str(root.parent), "--sort=name"]
    command += ["--owner=0", "--group=0", "--numeric-owner", f"--mtime=@{commit()[1]}", "--format=gnu", name]
    run(command)
    run(["zstd", "-q", "-19", "-T0", str(archive), "-o", str(made)])
    shutil.rmtree(root.parent)
    return made


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a portable archive; return the folder with the program."""
    folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["zstd", "-dc", str(archive)], stdout=subprocess.PIPE) as plain:
        subprocess.run(["tar", "--extract", "--directory", str(folder)], stdin=plain.stdout, check=True)
    return next(path for path in folder.iterdir() if path.is_dir())
