"""How a model is described in a few words: kind, quantization, size, parameters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from nextword.ui.explanation import short

translate = QCoreApplication.translate

_UNITS = (("B", 10**9), ("M", 10**6), ("k", 10**3))  # as model cards write them
_LARGEST = 1 << 62  # that Qt can write; a server or a file may claim more


def size_words(size_bytes: int) -> str:
    """Return a size of a file as people say it, for example "14 MB"."""
    places = 1 if size_bytes >= 1_000_000_000 else 0
    from PySide6.QtCore import QLocale  # brings 700 names: not before there is a size

    shown = min(max(0, size_bytes), _LARGEST)
    return QLocale().formattedDataSize(shown, places, QLocale.DataSizeFormat.DataSizeSIFormat)


def count_words(count: int) -> str:
    """Return a count with its digits in groups; foreign numbers may be of any size."""
    from PySide6.QtCore import QLocale

    return QLocale().toString(min(max(0, count), _LARGEST))


def parameter_words(parameters: int) -> str:
    """Return a count of parameters, for example "135 M"; "" when it is not known."""
    for unit, step in _UNITS:
        if parameters >= step:
            return f"{parameters / step:.3g} {unit}"
    return str(parameters) if parameters > 0 else ""


def kind_words(kind: str) -> str:
    """Return the kind of a model as the field says it."""
    return translate("models", "instruct") if kind == "instruct" else translate("models", "base")


def detail_words(kind: str, quantization: str, size_bytes: int) -> str:
    """Return for example "instruct · Q8_0 · 14 MB"."""
    parts = [kind_words(kind), short(quantization, 20), size_words(size_bytes)]
    return " · ".join(part for part in parts if part)


def starter_words() -> str:
    """Return what a person should know about the models that ship with the program."""
    return translate("models", "starter: tiny, made to show how language models work; get a real one under Models")


def remote_words(host: str) -> str:
    """Return what a person should know before anything is written to a model on a server."""
    words = translate("models", "This model runs on {host}: what you write to it leaves this machine.")
    return words.format(host=short(host, 80))


def kind_hint(kind: str, reasons: Sequence[str] = ()) -> str:
    """Return what the kind means, and why the model is taken for one. reasons: as in ModelInfo.kind_reasons."""
    if kind == "instruct":
        meaning = translate("models", "An instruct model was trained to answer.")
    else:
        meaning = translate("models", "A base model was trained to continue text; it does not know what a chat is.")
    if not reasons:
        return meaning
    why = translate("models", "It is taken for one because {reason}.").format(reason=reason_words(reasons[0]))
    return " ".join(part for part in (meaning, why, _template_hint(kind, reasons)) if part)


def _template_hint(kind: str, reasons: Sequence[str]) -> str:
    """Return what is to be known of a chat template that does not go with the kind."""
    if kind == "instruct" and "template" not in reasons:
        return translate("models", "The file brings no chat template, so chats are given to it as plain text.")
    if kind == "base" and "no_template" not in reasons:
        return translate("models", "The file brings a chat template all the same; what it answers in chats may be odd.")
    return ""


def reason_words(reason: str) -> str:
    """Return a reason of engine/kind.py as a part of a sentence, after "because"."""
    code, _, detail = reason.partition(": ")
    words = {
        "template": translate("models", "the file brings a chat template"),
        "no_template": translate("models", "the file brings no chat template"),
        "turn_end": translate("models", "its chat template ends turns with {detail}, but the file names another end"),
        "name": translate("models", "its name says “{detail}”"),
        "file": translate("models", "the name of the file says “{detail}”"),
        "metadata": translate("models", "the file says {detail}"),
    }.get(code, "{detail}")
    return words.format(detail=short(detail or reason, 80))
