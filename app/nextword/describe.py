"""`nextword --describe FILE`: what a model file says about itself, without loading it. No window; 0 or 1."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import msgspec

from nextword.engine.gguf_vocabulary import describe_vocabulary
from nextword.engine.header import Header, read_header
from nextword.engine.kind import judge_kind
from nextword.engine.replies import Kind, VocabularyInfo
from nextword.errors import ModelNotReadable

_MOST_ORIGINS = 16


class TemplateFacts(msgspec.Struct, frozen=True):
    """A chat template. sha256: of its text, hex."""

    sha256: str
    characters: int


class Description(msgspec.Struct, frozen=True):
    """All of it is read from the file; "", 0 or None where the file does not say.

    kind_reasons, kind_against: as in kind.Judgement. special_tokens: ids of the tokens with well-known names.
    base_models: the names of the models that this one was made from.
    """

    path: str
    parts: int
    size_bytes: int
    name: str
    architecture: str
    parameters: int
    quantization: str
    trained_context_tokens: int
    sliding_window: int
    vocabulary: int
    tokens: VocabularyInfo
    special_tokens: dict[str, int]
    template: TemplateFacts | None
    kind: Kind
    kind_reasons: tuple[str, ...]
    kind_against: tuple[str, ...]
    licence: str
    licence_link: str
    base_models: tuple[str, ...]
    organization: str
    languages: tuple[str, ...]
    tags: tuple[str, ...]
    gguf_version: int


def describe(path: Path) -> Description:
    """Return what the file at `path` says. Raises ModelNotReadable."""
    header = read_header(path)
    judged = judge_kind(header)
    template = header.chat_template
    return Description(
        path=str(path),
        parts=len(header.parts),
        size_bytes=header.file_size_bytes,
        name=header.name,
        architecture=header.architecture,
        parameters=header.parameter_count,
        quantization=header.quantization,
        trained_context_tokens=header.context_tokens or 0,
        sliding_window=header.sliding_window,
        vocabulary=header.vocabulary_size,
        tokens=describe_vocabulary(header),
        special_tokens=dict(header.special_tokens),
        template=None if template is None else _template_facts(template),
        kind=judged.kind,
        kind_reasons=judged.reasons,
        kind_against=judged.against,
        licence=_licence(header),
        licence_link=header.text("general.license.link") or "",
        base_models=_base_models(header),
        organization=header.text("general.organization") or "",
        languages=header.texts("general.languages"),
        tags=header.texts("general.tags"),
        gguf_version=header.version,
    )


def run(path: Path, *, as_json: bool) -> int:
    """Print the description of a model file; return 0, or 1 for a file that is no model we can read."""
    try:
        description = describe(path)
    except ModelNotReadable as error:
        if as_json:
            _print_json({"error": {"kind": type(error).__name__, **error.to_wire()}})
        else:
            from nextword.ui.description_words import refusal_text

            sys.stderr.write(refusal_text(error))
        return 1
    if as_json:
        _print_json(msgspec.to_builtins(description))
    else:
        from nextword.ui.description_words import description_text  # Qt, which the other form does not need

        _print(description_text(description))
    return 0


def _template_facts(template: str) -> TemplateFacts:
    return TemplateFacts(hashlib.sha256(template.encode("utf-8", "replace")).hexdigest(), len(template))


def _licence(header: Header) -> str:
    short, name = header.text("general.license"), header.text("general.license.name")
    return " · ".join(word for word in (short, name) if word)


def _base_models(header: Header) -> tuple[str, ...]:
    count = min(header.number("general.base_model.count") or 0, _MOST_ORIGINS)
    names = (header.text(f"general.base_model.{index}.name") for index in range(count))
    return tuple(name for name in names if name)


def _print_json(content: object) -> None:
    _print(json.dumps(content, indent=1) + "\n")  # ASCII: a foreign name cannot steer the terminal


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
