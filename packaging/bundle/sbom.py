"""The list of contents in CycloneDX, which programs that look for known weaknesses read."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

from bundle.contents import Component
from bundle.places import commit, version

_SPDX = frozenset(
    ("MIT", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "PSF-2.0", "ISC", "MPL-2.0", "Unlicense", "CC0-1.0")
)


def write(tree: Path, components: list[Component], path: Path) -> None:
    """Write the list; the hash of every file is in it, so that a copy can be checked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document(components, file_hashes(tree, leave_out=path)), indent=1) + "\n", "utf-8")


def document(components: list[Component], files: dict[str, str]) -> dict[str, object]:
    """Return the document. files: path in the folder to SHA-256; the serial number follows from both."""
    name, seconds = commit()
    digest = hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "name": "nextword",
                "version": version(),
                "bom-ref": "nextword",
                "properties": [{"name": "commit", "value": name}],
            },
        },
        "components": [_component(one) for one in components if one.name != "nextword"]
        + [
            {"type": "file", "name": path, "bom-ref": f"file:{path}", "hashes": [{"alg": "SHA-256", "content": digest}]}
            for path, digest in sorted(files.items())
        ],
        "dependencies": [
            {"ref": "nextword", "dependsOn": [one.origin for one in components if one.name != "nextword"]}
        ],
    }


def _component(one: Component) -> dict[str, object]:
    licence = {"id": one.licence} if one.licence in _SPDX else {"name": one.licence}
    return {
        "type": "library",
        "name": one.name,
        "version": one.version,
        "bom-ref": one.origin,
        "purl": one.origin,
        "licenses": [{"license": licence}],
    }


def file_hashes(tree: Path, *, leave_out: Path | None = None) -> dict[str, str]:
    """Return the SHA-256 of every file below `tree`, by its path there; a link counts by where it leads."""
    found: dict[str, str] = {}
    for path in sorted(tree.rglob("*")):
        name = path.relative_to(tree).as_posix()
        if path.is_symlink():
            found[name] = hashlib.sha256(f"link {path.readlink()}".encode()).hexdigest()
        elif path.is_file() and path != leave_out:
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
