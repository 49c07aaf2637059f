"""The short list of models that ships with the program, and the architectures that its llama.cpp knows."""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

import msgspec

from nextword import resources

Purpose: TypeAlias = Literal["general", "code", "multilingual", "embedding"]
_FOLDER = resources.ROOT / "models-list"


class Member(msgspec.Struct, frozen=True):
    """A repository and the quantization that is a good first choice. size_bytes: of that file, rounded."""

    repo: str
    quantization: str
    size_bytes: int


class Family(msgspec.Struct, frozen=True):
    """Siblings: what only continues texts beside what was trained to answer. Either may be missing, not both.

    languages: codes, "multi" for many. words: one sentence on why one would take it.
    """

    name: str
    parameters: int
    purpose: Purpose
    licence: str
    languages: tuple[str, ...]
    context_tokens: int
    words: str
    base: Member | None = None
    instruct: Member | None = None


class CuratedList(msgspec.Struct, frozen=True):
    """as_of: year and month in which sizes and licences were looked up."""

    as_of: str
    families: tuple[Family, ...]


class _Architectures(msgspec.Struct, frozen=True):
    llama_cpp_python: str
    next_word: frozenset[str]
    other: frozenset[str]


@cache
def curated() -> CuratedList:
    """Return the list; read once."""
    return msgspec.json.decode((_FOLDER / "curated.json").read_bytes(), type=CuratedList)


@cache
def architectures() -> frozenset[str]:
    """Return the names of architectures that the engine can write text with."""
    return _known().next_word


@cache
def _known() -> _Architectures:
    return msgspec.json.decode((_FOLDER / "architectures.json").read_bytes(), type=_Architectures)


def can_run(architecture: str) -> bool | None:
    """Say whether the engine knows an architecture; None when it is not told which one it is."""
    return architecture in architectures() if architecture else None


def sibling_in_list(repo: str) -> Member | None:
    """Return the twin of a repository of the list, None when it is not in it or has none."""
    for family in curated().families:
        if family.base is not None and family.base.repo == repo:
            return family.instruct
        if family.instruct is not None and family.instruct.repo == repo:
            return family.base
    return None
