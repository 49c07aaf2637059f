"""What is in a finished folder: distributions of Python, Qt, llama.cpp, libraries of the system, and whose they are."""

from __future__ import annotations

import functools
import platform
import shutil
import sqlite3
import ssl
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from bundle import closure
from bundle.places import INTERNAL, PROGRAMS, commit, version


@dataclass(frozen=True)
class Component:
    """One thing in the bundle. licence: an SPDX expression or a word; texts: files that hold its terms;
    origin: a package URL; hashes: file hashes that the lock knows."""

    name: str
    version: str
    licence: str
    origin: str
    texts: tuple[Path, ...] = ()


def modules_of(program: Path) -> set[str]:
    """List the modules of Python that are inside one frozen program."""
    from PyInstaller.archive.readers import CArchiveReader

    archive = CArchiveReader(str(program))
    names: set[str] = set()
    for name in archive.toc:
        if name.endswith(".pyz"):
            names |= set(archive.open_embedded_archive(name).toc)
    return names


def all_modules(tree: Path) -> set[str]:
    """List the modules inside all programs of a folder."""
    return set().union(*(modules_of(tree / name) for name in PROGRAMS if (tree / name).is_file()))


def top_levels(tree: Path) -> set[str]:
    """Name the top-level modules and packages of Python in a folder, frozen or lying beside."""
    frozen = {name.partition(".")[0] for name in all_modules(tree)}
    beside = {path.name.partition(".")[0] for path in (tree / INTERNAL).iterdir() if _is_python(path)}
    return frozen | beside


def _is_python(path: Path) -> bool:
    if path.is_dir():
        return path.name.isidentifier() and path.name not in ("lib",) and not path.name.startswith("python3")
    return ".cpython-" in path.name or ".abi3." in path.name or path.suffix == ".pyd"


def distributions(tree: Path) -> dict[str, metadata.Distribution]:
    """Return the distributions of which something is in the folder, by name."""
    owners = metadata.packages_distributions()
    shipped = closure.shipped_distributions()
    found = {closure.canonical(owner) for module in top_levels(tree) for owner in owners.get(module, ())}
    return {name: shipped[name] for name in sorted(found) if name in shipped}


def foreign(tree: Path) -> list[str]:
    """Name top-level modules in the folder that belong to nothing that is shipped."""
    owners = metadata.packages_distributions()
    shipped = set(closure.shipped_distributions())
    return sorted(
        module
        for module in top_levels(tree)
        if module in owners and not any(closure.canonical(owner) in shipped for owner in owners[module])
    )


def components(tree: Path) -> list[Component]:
    """Return everything in the folder, by name."""
    found = [_of_distribution(name, of) for name, of in distributions(tree).items() if name != "nextword"]
    return sorted([*_own(), *found, *system_components(tree)], key=lambda one: one.name.lower())


def _own() -> list[Component]:
    from bundle.places import PACKAGING, ROOT

    python_terms = [Path(sys.base_prefix) / "lib" / f"python3.{sys.version_info.minor}" / "LICENSE.txt"]
    python_terms += [Path(f"/usr/share/doc/python3.{sys.version_info.minor}/copyright")]
    llama = metadata.version("llama-cpp-python")
    return [
        Component(
            "nextword", version(), "MIT", f"pkg:generic/nextword@{version()}?vcs={commit()[0]}", (ROOT / "LICENSE",)
        ),
        Component(
            "cpython",
            platform.python_version(),
            "PSF-2.0",
            f"pkg:generic/cpython@{platform.python_version()}",
            tuple(path for path in python_terms if path.is_file())[:1],
        ),
        Component(
            "llama.cpp",
            f"as in llama-cpp-python {llama}",
            "MIT",
            "pkg:github/ggml-org/llama.cpp",
            (PACKAGING / "licences" / "llama.cpp-MIT.txt",),
        ),
    ]


def _of_distribution(name: str, found: metadata.Distribution) -> Component:
    described = found.metadata
    licence = described.get("License-Expression") or described.get("License") or ""
    classifiers = [line for line in described.get_all("Classifier", []) if line.startswith("License ::")]
    if not licence or "\n" in licence or len(licence) > 80:
        licence = "; ".join(line.rpartition(":: ")[2] for line in classifiers) or licence.strip().split("\n")[0][:80]
    return Component(
        name, found.version, licence or "see its text", f"pkg:pypi/{name}@{found.version}", tuple(_terms(name, found))
    )


def _terms(name: str, found: metadata.Distribution) -> list[Path]:
    from bundle.places import PACKAGING

    if name in ("pyside6-essentials", "shiboken6"):  # their wheels carry no text
        return [PACKAGING / "licences" / "LGPL-3.0.txt", PACKAGING / "licences" / "GPL-3.0.txt"]
    words = ("licen", "copying", "notice", "authors")
    files = [Path(str(found.locate_file(file))) for file in found.files or () if ".dist-info" in str(file)]
    return [path for path in files if any(word in str(path.name).lower() for word in words) and path.is_file()]


def system_libraries(tree: Path) -> list[Path]:
    """List the libraries that were taken from the machine that built the folder."""
    from bundle.selection import SYSTEM_LIBRARIES

    return sorted(
        path
        for path in (tree / INTERNAL).iterdir()
        if path.is_file() and not path.is_symlink() and path.name.startswith(SYSTEM_LIBRARIES)
    )


def system_components(tree: Path) -> list[Component]:
    """Return the packages of the system that those libraries came from, where dpkg knows them."""
    found: dict[str, Component] = {}
    for path in system_libraries(tree):
        if path.name.startswith("libpython"):
            continue  # it is cpython
        package = owning_package(path.name)
        if package is None:
            found[path.name] = Component(
                path.name, _known_version(path.name), "see its project", f"pkg:generic/{path.name}"
            )
            continue
        name, package_version = package
        terms = Path("/usr/share/doc") / name / "copyright"
        found[name] = Component(
            name,
            package_version,
            "see its text",
            f"pkg:deb/debian/{name}@{package_version}",
            (terms,) if terms.is_file() else (),
        )
    return list(found.values())


def _known_version(name: str) -> str:
    if name.startswith("libsqlite3"):
        return sqlite3.sqlite_version
    if name.startswith(("libssl", "libcrypto")):
        return ssl.OPENSSL_VERSION.split()[1]
    return ""


@functools.cache
def owning_package(library: str) -> tuple[str, str] | None:
    """Name the package of the system that a library belongs to, and its version; None where dpkg knows nothing."""
    if shutil.which("dpkg-query") is None:
        return None
    asked = subprocess.run(["dpkg-query", "--search", f"*/{library}"], capture_output=True, text=True, check=False)
    for line in asked.stdout.splitlines():
        name = line.partition(":")[0].split(",")[0]
        shown = subprocess.run(
            ["dpkg-query", "--show", "--showformat=${Version}\n", name], capture_output=True, text=True, check=False
        )
        if shown.returncode == 0 and shown.stdout.strip():
            return name, shown.stdout.splitlines()[0]
    return None
