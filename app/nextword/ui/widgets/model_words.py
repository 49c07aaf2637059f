"""How a model is described in a few words: kind, quantization, size, parameters."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nextword.ui.explanation import short

translate = QCoreApplication.translate

_UNITS = (("B", 10**9), ("M", 10**6), ("k", 10**3))  # as model cards write them


def size_words(size_bytes: int) -> str:
    """Return a size of a file as people say it, for example "14 MB"."""
    places = 1 if size_bytes >= 1_000_000_000 else 0
    from PySide6.QtCore import QLocale  # brings 700 names: not before there is a size

    return QLocale().formattedDataSize(size_bytes, places, QLocale.DataSizeFormat.DataSizeSIFormat)


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


def kind_hint(kind: str) -> str:
    """Return what the kind means, in a sentence."""
    if kind == "instruct":
        return translate("models", "An instruct model was trained to answer; it brings a template for chats.")
    return translate("models", "A base model was trained to continue text; it does not know what a chat is.")
