"""The Debian package: /opt/nextword, a link in /usr/bin, what the desktop needs, dependencies read from the files."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from bundle import checks, elf
from bundle.build import size_bytes
from bundle.linux_files import write_share
from bundle.places import BUILD, DIST, PackagingStopped, commit, version

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
RECOMMENDED = ("gnome-keyring | kwalletmanager | keepassxc", "xdg-desktop-portal", "xdg-utils")
LOADED_BY_NAME = (
    "fonts-dejavu-core | fonts-liberation | fonts-noto-core | fonts-ubuntu",
    "shared-mime-info",
)
"""What no file asks the linker for: fonts, without which Qt draws boxes, and who reads the kind of a file."""
DESCRIPTION = """Description: chat with, and experiments on, local language models
 Talk to language models that run on this machine, and see for every word of an
 answer how likely it was and what else could have stood there, with exact
 probabilities over the whole vocabulary. Nothing that you write is sent
 anywhere.
 .
 Two small models are part of the package, so it answers without a network
 right after it was installed. Other models are added as GGUF files.
"""


def make_deb(tree: Path, *, deb_version: str = "", into: Path = DIST, compression: str = "xz") -> Path:
    """Pack a folder; return the package. Raises PackagingStopped."""
    deb_version = deb_version or version()
    root = BUILD / f"deb-{deb_version}"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(tree, root / "opt" / "nextword", symlinks=True)
    links = root / "usr" / "bin"
    links.mkdir(parents=True)
    (links / "nextword").symlink_to("/opt/nextword/nextword")
    write_share(root / "usr" / "share", tree)
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink() and (path.is_dir() or "opt/nextword" not in str(path)):
            path.chmod(0o755 if path.is_dir() else 0o644)
    control = root / "DEBIAN"
    control.mkdir()
    (control / "md5sums").write_text(md5sums(root), "utf-8")
    (control / "control").write_text(control_text(tree, root, deb_version), "utf-8")
    made = into / f"nextword_{deb_version}_{architecture()}.deb"
    into.mkdir(parents=True, exist_ok=True)
    _same_time(root)
    command = ["dpkg-deb", "--root-owner-group", f"-Z{compression}", "--build", str(root), str(made)]
    run(command, environment={"SOURCE_DATE_EPOCH": str(commit()[1])})
    shutil.rmtree(root)
    return made


def architecture() -> str:
    """Return Debian's name of the processor that the folder was made for."""
    kind = os.uname().machine
    if kind not in ARCHITECTURES:
        raise PackagingStopped(f"No package is made for {kind}.")
    return ARCHITECTURES[kind]


def control_text(tree: Path, root: Path, deb_version: str) -> str:
    """Return the control file."""
    installed = -(-size_bytes(root) // 1024)
    depends = sorted({*computed_dependencies(tree), *LOADED_BY_NAME})
    return (
        f"Package: nextword\nVersion: {deb_version}\nArchitecture: {architecture()}\n"
        "Maintainer: Nextword maintainers <maintainers@nextword.invalid>\n"
        f"Installed-Size: {installed}\nDepends: {', '.join(depends)}\nRecommends: {', '.join(RECOMMENDED)}\n"
        "Section: science\nPriority: optional\n" + DESCRIPTION
    )


def computed_dependencies(tree: Path) -> list[str]:
    """Return the packages of the libraries that the files in `tree` ask for and that are not in it."""
    work = BUILD / "shlibdeps"
    shutil.rmtree(work, ignore_errors=True)
    (work / "debian").mkdir(parents=True)
    (work / "debian" / "control").write_text("Source: nextword\n\nPackage: nextword\nArchitecture: any\n")
    wanted = {path for paths in checks.outside_libraries(tree).values() for path in paths}
    inside = sorted({str(path.parent.resolve()) for path in elf.elf_files(tree)})
    command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0"]
    command += [f"-l{folder}" for folder in inside]
    command += [f"-e{(tree / name).resolve()}" for name in sorted(wanted)]
    return parse_dependencies(run(command, folder=work), package_of_bundled(tree))


def package_of_bundled(tree: Path) -> set[str]:
    """Name the packages whose libraries lie in the folder, so that nobody needs them installed."""
    from bundle.contents import owning_package, system_libraries

    owners = (owning_package(path.name) for path in system_libraries(tree))
    return {owner[0] for owner in owners if owner is not None}


def parse_dependencies(printed: str, bundled: set[str]) -> list[str]:
    """Read what dpkg-shlibdeps prints, without packages that are inside."""
    found = re.search(r"^shlibs:Depends=(.*)$", printed, re.MULTILINE)
    if found is None:
        raise PackagingStopped("dpkg-shlibdeps named no dependencies.")
    return [one for one in found[1].split(", ") if one.split()[0] not in bundled]


def md5sums(root: Path) -> str:
    """Return the sums of all files, as dpkg --verify reads them."""
    rows = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.relative_to(root).parts[:1]:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
            rows.append(f"{digest}  {path.relative_to(root)}\n")
    return "".join(rows)


def _same_time(root: Path) -> None:
    seconds = commit()[1]
    for path in [*sorted(root.rglob("*")), root]:
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def run(command: list[str], *, folder: Path | None = None, environment: dict[str, str] | None = None) -> str:
    """Run a tool of Debian; return what it printed. Raises PackagingStopped with its words."""
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise PackagingStopped(f"{command[0]} is missing: apt-get install dpkg-dev zstd") from error
    if done.returncode != 0:
        raise PackagingStopped(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
