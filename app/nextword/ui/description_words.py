"""What `nextword --describe` prints for people: one fact a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QCoreApplication

from nextword.describe import Description
from nextword.errors import ModelNotReadable
from nextword.ui.explain import explain
from nextword.ui.explanation import short
from nextword.ui.widgets.model_words import kind_words, parameter_words, reason_words, size_words

translate = QCoreApplication.translate


def description_text(description: Description) -> str:
    """Return the description in lines of "label: value"; what the file does not say has no line."""
    lines = [*_what_it_is(description), *_its_tokens(description), *_its_kind(description), *_its_origin(description)]
    width = max(len(label) for label, _ in lines) + 2
    return "".join(f"{label + ':' if label else '':<{width}}{value}\n" for label, value in lines if value)


def refusal_text(error: ModelNotReadable) -> str:
    """Return why a file cannot be described, in the words that the window has for it."""
    words = explain(error)
    return f"nextword: {words.title}\n{words.text}\n{words.advice}\n"


def _what_it_is(model: Description) -> Iterator[tuple[str, str]]:
    yield translate("describe", "File"), short(model.path)
    size = size_words(model.size_bytes)
    if model.parts > 1:
        size = translate("describe", "{size} in {count} parts").format(size=size, count=model.parts)
    yield translate("describe", "Size"), size
    yield translate("describe", "Name"), short(model.name)
    yield translate("describe", "Architecture"), short(model.architecture)
    parameters = parameter_words(model.parameters)
    yield translate("describe", "Parameters"), parameters and f"{parameters} ({model.parameters})"
    yield translate("describe", "Quantization"), short(model.quantization)
    yield translate("describe", "Trained context"), _token_count(model.trained_context_tokens)
    yield translate("describe", "Sliding window"), _token_count(model.sliding_window)


def _its_tokens(model: Description) -> Iterator[tuple[str, str]]:
    rules = model.tokens
    if not rules.type:
        yield translate("describe", "Vocabulary"), translate("describe", "none that Nextword knows")
        return
    yield translate("describe", "Vocabulary"), f"{rules.type}, {_token_count(model.vocabulary)}"
    names = {token: name for name, token in model.special_tokens.items()}
    yield "BOS", _token(rules.bos, names)
    yield "EOS", _token(rules.eos, names)
    yield translate("describe", "End of a turn"), _token(rules.eot, names)
    yield translate("describe", "A text begins with"), _border(rules.adds_bos, "BOS")
    yield translate("describe", "A text ends with"), _border(rules.adds_eos, "EOS")
    gaps = ", ".join(f"{role} {_token(token, names)}" for role, token in rules.fill_in_middle.items())
    yield translate("describe", "Fill in the middle"), gaps or translate("describe", "no tokens for it")


def _its_kind(model: Description) -> Iterator[tuple[str, str]]:
    template = model.template
    yield (
        translate("describe", "Chat template"),
        translate("describe", "none")
        if template is None
        else translate("describe", "{count} characters, SHA-256 {hash}").format(
            count=template.characters, hash=template.sha256
        ),
    )
    yield translate("describe", "Kind"), kind_words(model.kind)
    for label, reasons in (
        (translate("describe", "Why"), model.kind_reasons),
        (translate("describe", "Against it"), model.kind_against),
    ):
        for index, reason in enumerate(reasons):
            yield "" if index else label, reason_words(reason)


def _its_origin(model: Description) -> Iterator[tuple[str, str]]:
    yield translate("describe", "Made from"), short(", ".join(model.base_models))
    yield translate("describe", "Made by"), short(model.organization)
    yield translate("describe", "Licence"), short(model.licence) or translate("describe", "the file names none")
    yield translate("describe", "Licence text"), short(model.licence_link)
    yield translate("describe", "Languages"), short(", ".join(model.languages))
    yield translate("describe", "Tags"), short(", ".join(model.tags))


def _token(token: int | None, names: Mapping[int, str]) -> str:
    if token is None:
        return translate("describe", "none")
    return f"{token} {names[token]}" if token in names else str(token)


def _token_count(count: int) -> str:
    return translate("describe", "%n tokens", "", count).replace("%n", str(count)) if count else ""


def _border(added: bool, name: str) -> str:
    return name if added else translate("describe", "nothing added")
