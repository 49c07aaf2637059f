"""Which installed distributions the program needs, by what they require of one another; the rest is for developers."""

from __future__ import annotations

import re
from importlib import metadata

from packaging.requirements import Requirement

ROOT_DISTRIBUTION = "nextword"
LEFT_OUT = frozenset(
    {
        "hf-xet",  # 11 MB; the hub serves the same files without it
        "pip",  # sqlite-utils installs plug-ins with it
    }
)
"""Required by something, but by nothing that the program does; the test of the bundle imports all that it does."""


def canonical(name: str) -> str:
    """Return a distribution's name as indexes compare them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed_distributions(root: str = ROOT_DISTRIBUTION) -> dict[str, metadata.Distribution]:
    """Return what `root` requires on this system, directly and by way of others, and `root` itself; by name."""
    found: dict[str, metadata.Distribution] = {}
    waiting: list[tuple[str, frozenset[str]]] = [(canonical(root), frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        distribution = found.setdefault(name, metadata.distribution(name))
        for line in distribution.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append((canonical(requirement.name), frozenset(requirement.extras)))
    return dict(sorted(found.items()))


def shipped_distributions() -> dict[str, metadata.Distribution]:
    """Return what may be in the bundle."""
    return {name: found for name, found in needed_distributions().items() if name not in LEFT_OUT}


def foreign_modules() -> list[str]:
    """Return the top-level modules of everything that is installed here and not shipped: what must stay out."""
    shipped = set(shipped_distributions())
    kept: set[str] = set()
    others: set[str] = set()
    for module, owners in metadata.packages_distributions().items():
        (kept if any(canonical(owner) in shipped for owner in owners) else others).add(module)
    return sorted(module for module in others - kept if module.isidentifier())
