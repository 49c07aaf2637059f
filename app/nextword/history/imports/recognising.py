"""What a file is, told by what stands in it, and the conversations that come out of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from nextword.history.imports import chatgpt, gpt4all, jan, lm_studio, nextword_file, open_webui
from nextword.history.imports.json_text import NotJson, TextReader, elements
from nextword.history.imports.limits import LARGEST_CONVERSATION_BYTES
from nextword.history.imports.report import ImportReport
from nextword.history.imports.shaping import Unusable
from nextword.history.imports.sources import FAULTS, Source
from nextword.history.trees import Tree

_BEGIN_BYTES: Final = 1 << 16


@dataclass(frozen=True)
class _Format:
    name: str
    fits: Callable[[dict[str, Any]], bool]
    read: Callable[[dict[str, Any], ImportReport], Tree]


_OBJECTS: Final = (
    _Format(chatgpt.NAME, chatgpt.fits, chatgpt.read),
    _Format(open_webui.NAME, open_webui.fits, open_webui.read),
    _Format(lm_studio.NAME, lm_studio.fits, lm_studio.read),
)


class Found(NamedTuple):
    """A conversation as it stands in a file. own: the file is one of ours."""

    tree: Tree
    own: bool


def trees_of(source: Source, report: ImportReport) -> Iterator[Found]:
    """Yield the conversations of a source; what cannot be read is noted in the report. Raises NewerFormat."""
    try:
        with source.open() as file:
            begin = file.read(_BEGIN_BYTES)
        if begin.startswith(gpt4all.MAGIC):
            yield from (Found(tree, own=False) for tree in _gpt4all(source, report))
        elif nextword_file.fits(begin):
            report.found(nextword_file.NAME)
            with source.open() as file:
                yield from (Found(tree, own=True) for tree in nextword_file.read(file, source.name, report))
        elif not begin.strip():
            report.skip(source.name, "no_messages")
        else:
            yield from (Found(tree, own=False) for tree in _json(source, report))
    except nextword_file.NewerFormat:
        raise
    except FAULTS as error:
        report.skip(source.name, "unreadable", str(error))


def _gpt4all(source: Source, report: ImportReport) -> Iterator[Tree]:
    report.found(gpt4all.NAME)
    with source.open() as file:
        try:
            yield gpt4all.read(file, source.name, report)
        except Unusable as error:
            report.skip(source.name, error.reason, error.detail)


def _json(source: Source, report: ImportReport) -> Iterator[Tree]:
    with source.open() as file:
        reader = TextReader(file, report)
        try:
            mark = reader.next_mark()
            if mark == "[":
                yield from _list(source, elements(reader), report)
            elif mark == "{":
                yield from _object(source, reader.value(), report)
            else:
                report.skip(source.name, "not_a_conversation")
        except NotJson as error:
            report.skip(source.name, error.reason, error.detail)


def _list(source: Source, values: Iterator[Any], report: ImportReport) -> Iterator[Tree]:
    number = 0
    known = False
    try:
        for number, value in enumerate(values, 1):
            found = _format_of(value)
            known = known or found is not None
            if found is not None:
                yield from _one(found, value, f"{source.name}, number {number}", report)
            elif known:
                report.skip(f"{source.name}, number {number}", "not_a_conversation")
            else:  # a list of something else: user data, feedback, settings
                report.skip(source.name, "not_a_conversation")
                return
    except NotJson as error:
        report.skip(f"{source.name}, number {number + 1}", error.reason, error.detail)


def _object(source: Source, value: Any, report: ImportReport) -> Iterator[Tree]:
    found = _format_of(value)
    if found is not None:
        yield from _one(found, value, source.name, report)
    elif jan.is_thread(value):
        yield from _thread(value, source.sibling(jan.MESSAGES), source.name, report)
    elif jan.is_message(value):
        if source.sibling(jan.THREAD) is None:  # else it comes with its thread
            yield from _thread({}, source, source.name, report)
    else:
        report.skip(source.name, "not_a_conversation")


def _thread(about: dict[str, Any], messages: Source | None, where: str, report: ImportReport) -> Iterator[Tree]:
    report.found(jan.NAME)
    if messages is None:
        report.skip(where, "no_messages", jan.MESSAGES)
        return
    with messages.open() as file:
        text = file.read(LARGEST_CONVERSATION_BYTES + 1)
    if len(text) > LARGEST_CONVERSATION_BYTES:
        report.skip(where, "too_large")
        return
    lines = io.StringIO(text.decode("utf-8-sig", "replace"), newline="\n")
    try:
        yield jan.read(about, lines, messages.name, report)
    except Unusable as error:
        report.skip(where, error.reason, error.detail)


def _format_of(value: Any) -> _Format | None:
    if not isinstance(value, dict):
        return None
    return next((one for one in _OBJECTS if one.fits(value)), None)


def _one(found: _Format, value: dict[str, Any], where: str, report: ImportReport) -> Iterator[Tree]:
    report.found(found.name)
    try:
        tree = found.read(value, report)
    except Unusable as error:
        title = value.get("title") or value.get("name")
        report.skip(f"{where}: {title}" if isinstance(title, str) else where, error.reason, error.detail)
    else:
        yield tree
