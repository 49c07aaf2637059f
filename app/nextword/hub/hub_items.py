"""The files of a repository as a person sees them: one line for each GGUF file, parts of a split one together."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nextword.errors import NextwordError
from nextword.hub.file_names import safe_name
from nextword.hub.hub_records import HubFile, HubItem
from nextword.network_errors import DownloadFailed

_PART = re.compile(r"^(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf$", re.IGNORECASE)
_QUANTIZATION = re.compile(
    r"(?i)(?:^|[-._/])((?:UD-)?(?:I?Q\d[A-Z0-9_]*|TQ\d_\d|MXFP4(?:_MOE)?|BF16|FP?16|FP?32))(?=$|[-._/])"
)
MOST_PARTS = 1000


def items_of(files: Iterable[HubFile]) -> tuple[HubItem, ...]:
    """Return the GGUF files of a repository, the smallest first; what cannot be downloaded says why."""
    alone: list[HubItem] = []
    parts: dict[tuple[str, int], dict[int, HubFile]] = {}
    for file in files:
        if not file.path.lower().endswith(".gguf"):
            continue
        match = _PART.match(file.path)
        if match is None:
            alone.append(HubItem(file.name, (file,), quantization_of(file.path), problem=_problem((file,))))
            continue
        parts.setdefault((match["stem"], int(match["count"])), {})[int(match["number"])] = file
    found = alone + [_joined(stem, count, numbered) for (stem, count), numbered in parts.items()]
    return tuple(sorted(_without_twins(found), key=lambda item: (item.size_bytes, item.name)))


def _joined(stem: str, count: int, numbered: dict[int, HubFile]) -> HubItem:
    files = tuple(numbered[number] for number in sorted(numbered))
    wanted = range(1, min(count, MOST_PARTS) + 1)
    missing = tuple(number for number in wanted if number not in numbered)
    problem = _problem(files)
    if problem is None and (missing or count > MOST_PARTS or len(files) != count):
        problem = DownloadFailed("split_incomplete", files[0].name, f"{len(files)}/{count}")
    name = stem.rpartition("/")[2] + ".gguf"
    return HubItem(name, files, quantization_of(stem), missing, problem)


def _problem(files: tuple[HubFile, ...]) -> NextwordError | None:
    try:
        for file in files:
            safe_name(file.path)
    except DownloadFailed as error:
        return error
    if any(not file.sha256 for file in files):
        return DownloadFailed("no_hash", files[0].name)
    return None


def _without_twins(items: list[HubItem]) -> list[HubItem]:
    """Refuse all but the first of items whose paths differ in capital letters alone: one disk cannot tell them."""
    seen: set[str] = set()
    result = []
    for item in items:
        key = item.files[0].path.casefold()
        if key in seen and item.problem is None:
            refused = DownloadFailed("same_name", item.name)
            item = HubItem(item.name, item.files, item.quantization, item.missing, refused)  # noqa: PLW2901
        seen.add(key)
        result.append(item)
    return result


def quantization_of(name: str) -> str:
    """Return the quantization that a file's name ends with, like Q4_K_M, "" for none."""
    plain = name.removesuffix(".gguf").removesuffix(".GGUF")
    found = _QUANTIZATION.findall(plain)
    return str(found[-1]).upper() if found else ""


def is_projector(item: HubItem) -> bool:
    """Say whether it is the part of a model that sees pictures, or a matrix of importance: no model by itself."""
    name = item.name.lower()
    return "mmproj" in name or "imatrix" in name
