"""Finds base and instruction-tuned siblings: by what they say that they were made from, and by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from nextword.hub.hub_records import HubModel
from nextword.hub.library_model import LibraryModel

Kind: TypeAlias = Literal["base", "instruct"]

_BASE: Final = frozenset({"base", "pretrained", "pretrain", "pt", "foundation"})
_INSTRUCT: Final = frozenset({"instruct", "instruction", "inst", "chat", "it", "assistant", "sft", "dpo", "thinking"})
_KINDS: Final = _BASE | _INSTRUCT
_FILES: Final = frozenset({"gguf", "hf", "imatrix", "ud", "i1", "qat", "meta"})
_QUANTIZATION = re.compile(r"(?<![0-9a-z])(i?q\d(_[0-9a-z]+)*|b?f16|fp16|f32)(?![0-9a-z])")
_DIGITS_TOGETHER = re.compile(r"(?<=\d)\.(?=\d)")


def instruct_twin(model: LibraryModel, models: Iterable[LibraryModel]) -> LibraryModel | None:
    """Return the instruct model of `models` that has the same name but for the words of its kind, None without one."""
    return _twin(model, models, "instruct")


def twin_of(model: LibraryModel, models: Iterable[LibraryModel]) -> LibraryModel | None:
    """Return the sibling of the other kind among `models`, None without one."""
    return _twin(model, models, "base" if model.kind == "instruct" else "instruct")


def _twin(model: LibraryModel, models: Iterable[LibraryModel], kind: Kind) -> LibraryModel | None:
    wanted = _plain(model.own_name or model.name or model.file_name)
    fitting = [other for other in models if other.kind == kind and other.problem is None and other.path != model.path]
    for other in fitting:
        if wanted and _plain(other.own_name or other.name or other.file_name) == wanted:
            return other
    made_from = {_plain(_last(name)) for name in model.base_models}
    for other in fitting:
        name = _plain(other.own_name or other.name or other.file_name)
        if name in made_from or (wanted and wanted in {_plain(_last(origin)) for origin in other.base_models}):
            return other
    return None


def kind_by_name(name: str) -> Kind | None:
    """Return what the name of a repository says of its kind, None when it says nothing."""
    words = set(_words(name))
    if words & _INSTRUCT:
        return "instruct"
    return "base" if words & _BASE else None


def kind_of_hub_model(model: HubModel) -> Kind | None:
    """Return the kind of a model of the hub going by its name, its origins, its tags and its template; None: unclear.

    A model that says nothing, and was made from one that says nothing or "Base", counts as what its template says.
    """
    if (kind := kind_by_name(model.name)) is not None:
        return kind
    for origin in model.base_models:
        if (kind := kind_by_name(_last(origin))) is not None and _plain(_last(origin)) == _plain(model.name):
            return kind
    if "conversational" in model.tags or model.has_template:
        return "instruct"
    return "base" if model.architecture and not model.has_template else None


def twin_query(name: str) -> str:
    """Return what to look for at the hub to find the sibling of a model: its name up to the word of its kind.

    The hub looks for it as it is written, so it has dashes, as names there have.
    """
    bare = re.sub(_QUANTIZATION.pattern, " ", _last(name), flags=re.IGNORECASE)
    words = [word for word in re.split(r"[-_ ]+", bare) if word and word.lower() not in _FILES]
    ends = [place for place, word in enumerate(words) if place and word.lower() in _KINDS]
    return "-".join(words[: ends[0]] if ends else words)


def hub_twins(
    name: str, kind: Kind | None, found: Iterable[HubModel], origins: Iterable[str] = ()
) -> tuple[HubModel, ...]:
    """Return the models of `found` that are siblings of the other kind: those of its name first, then those that say
    that they were made from a model of its name, or bear the name of what it was made from; most downloads first.

    name: of a model or repository. kind None: any but the same repository. origins: what the model was made from.
    """
    own = _plain(_last(name))
    names = {own, *(_plain(_last(origin)) for origin in origins)} - {()}
    siblings = []
    for model in found:
        its_kind = kind_of_hub_model(model)
        if model.repo == name or (kind is not None and its_kind == kind):
            continue
        its = {_plain(model.name)}
        if its_kind is not None:  # else it may be anything that somebody made from the same model
            its |= {_plain(_last(origin)) for origin in model.base_models}
        if names & its:
            siblings.append((_plain(model.name) != own, -model.downloads, model))
    return tuple(model for *_, model in sorted(siblings, key=lambda each: each[:2]))


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _words(name: str) -> list[str]:
    cleaned = _QUANTIZATION.sub(" ", _DIGITS_TOGETHER.sub("p", name).lower())
    return [word for word in re.split(r"[^0-9a-z]+", cleaned) if word]


def _plain(name: str) -> tuple[str, ...]:
    """Return the words of a name that say neither its kind nor how its file was made."""
    return tuple(word for word in _words(name) if word not in _KINDS | _FILES)
