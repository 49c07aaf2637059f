"""The terms of everything inside, as texts beside the program and as one table."""

from __future__ import annotations

import shutil
from pathlib import Path

from bundle.contents import Component, components


def collect(tree: Path, folder: Path) -> list[Component]:
    """Copy the text of every licence into `folder`, with a table of what is inside; return the components."""
    found = components(tree)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for component in found:
        for number, text in enumerate(component.texts):
            ending = "" if number == 0 else f"-{number + 1}"
            shutil.copyfile(text, folder / f"{component.name}{ending}.txt")
    (folder / "README.txt").write_text(table(found), "utf-8")
    return found


def table(found: list[Component]) -> str:
    """Return one line for each component."""
    width = max(len(component.name) for component in found)
    lines = [f"{one.name:<{width}}  {one.version:<28}  {one.licence}" for one in found]
    return (
        "What Nextword is made of, and under which terms. The texts lie beside this file under the same names.\n"
        "Qt and PySide6 are used as shared libraries under the LGPL 3: you may put other builds of them into the\n"
        "folder PySide6. The Qt Project publishes their source at code.qt.io, with what they contain by others.\n\n"
        + "\n".join(lines)
        + "\n"
    )
