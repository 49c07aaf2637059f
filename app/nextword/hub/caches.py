"""Models that other programs have on this machine: offered as they lie there, never copied, changed or deleted.

Knows where the hub's own library, LM Studio, Ollama and Jan keep their files, and how Ollama names them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from nextword.hub.model_files import is_model_name, is_safe_link, models_in

Owner: TypeAlias = Literal["hub", "lm_studio", "ollama", "jan"]
MOST_FOUND: Final = 2_000
_MANIFEST_BYTES: Final = 1 << 20
_DIGEST: Final = re.compile(r"sha256[:-]([0-9a-f]{64})")
_MODEL_LAYER: Final = "application/vnd.ollama.image.model"


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model file of another program. name: as that program calls it. size_bytes: of its first file."""

    path: str
    owner: Owner
    name: str
    size_bytes: int


def find_elsewhere(home: Path, environment: Mapping[str, str] | None = None) -> tuple[FoundModel, ...]:
    """Return the models in the caches of other programs. home: the person's folder. Reads no model."""
    named = os.environ if environment is None else environment
    found: dict[str, FoundModel] = {}
    for owner, folder in _folders(home, named):
        if not folder.is_dir():
            continue
        lister = {"hub": _of_hub, "ollama": _of_ollama}.get(owner, _of_folder)
        for name, path in lister(folder):
            if len(found) >= MOST_FOUND:
                return tuple(found.values())
            if is_safe_link(path, folder):
                found.setdefault(str(path), FoundModel(str(path), owner, name, path.stat().st_size))
    return tuple(found.values())


def belongs_elsewhere(path: Path, home: Path, environment: Mapping[str, str] | None = None) -> bool:
    """Say whether a file lies in the cache of another program."""
    named = os.environ if environment is None else environment
    return any(path.is_relative_to(folder) for _, folder in _folders(home, named))


def _folders(home: Path, named: Mapping[str, str]) -> Iterator[tuple[Owner, Path]]:
    def given(name: str) -> Iterator[Path]:
        if value := named.get(name):
            yield Path(value).expanduser()

    hubs = [*given("HF_HUB_CACHE"), *(folder / "hub" for folder in given("HF_HOME"))]
    hubs += [folder / "huggingface" / "hub" for folder in given("XDG_CACHE_HOME")]
    for hub in dict.fromkeys([*hubs, home / ".cache" / "huggingface" / "hub"]):
        yield "hub", hub
    studio = [home / ".lmstudio" / "models", home / ".cache" / "lm-studio" / "models"]
    try:
        pointed = (home / ".lmstudio-home-pointer").read_text(encoding="utf-8").strip()[:4096]
        studio.insert(0, Path(pointed) / "models")
    except (OSError, ValueError):
        pass  # LM Studio stands where it usually does, or is not there
    for folder in dict.fromkeys(studio):
        yield "lm_studio", folder
    system = [Path("/usr/share/ollama/.ollama/models"), Path("/var/lib/ollama/models")]
    for folder in dict.fromkeys([*given("OLLAMA_MODELS"), home / ".ollama" / "models", *system]):
        yield "ollama", folder
    data = [home / ".local" / "share", home / "Library" / "Application Support", home / "AppData" / "Roaming"]
    jan = [place / "Jan" / "data" / part / "models" for place in data for part in ("llamacpp", ".")]
    for folder in dict.fromkeys([*jan, home / "jan" / "models"]):
        yield "jan", folder


def _of_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in models_in(folder):
        name = path.parent.name if path.stem == "model" else path.stem  # Jan calls every file model.gguf
        yield name, path


def _of_hub(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield what the newest snapshot of each repository links to."""
    for repository in sorted(folder.glob("models--*--*")):
        snapshots = repository / "snapshots"
        try:
            newest = max(
                (entry for entry in snapshots.iterdir() if entry.is_dir()), key=lambda entry: entry.stat().st_mtime
            )
        except (OSError, ValueError):
            continue
        author, _, name = repository.name.removeprefix("models--").partition("--")
        for path in sorted(newest.rglob("*.gguf")):
            if is_model_name(path.name):
                yield f"{author}/{name}: {path.stem}", path


def _of_ollama(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the models that manifests name; their files are called by their hashes."""
    manifests = folder / "manifests"
    for manifest in sorted(manifests.rglob("*")):
        try:
            if not manifest.is_file() or manifest.stat().st_size > _MANIFEST_BYTES:
                continue
            layers = json.loads(manifest.read_text(encoding="utf-8"))["layers"]
            digests = [layer["digest"] for layer in layers if layer["mediaType"] == _MODEL_LAYER]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        if len(digests) != 1 or (match := _DIGEST.fullmatch(str(digests[0]))) is None:
            continue
        *_, model, tag = manifest.relative_to(manifests).parts
        yield f"{model}:{tag}", folder / "blobs" / f"sha256-{match[1]}"
