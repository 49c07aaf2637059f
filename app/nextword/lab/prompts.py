"""From a task, its examples and one input to the prompt, with what each of its characters is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from nextword.engine import protocol
from nextword.lab.task import Item, Task, Template, shown_word

Role: TypeAlias = Literal["instruction", "example_input", "example_label", "input", "cue", "scaffold"]
"""cue: what stands between the input and the answer. scaffold: prefixes and separators of the template."""

BETWEEN_TURNS = "\n\n"
"""What stands between two turns in BuiltPrompt.text, which is for people; the model gets its own template there."""

_Piece: TypeAlias = tuple[str, Role, int]


class Span(Struct, frozen=True):
    """start, end: characters of BuiltPrompt.text. example: which example it belongs to, from 0; -1: to none."""

    start: int
    end: int
    role: Role
    example: int = -1


class BuiltPrompt(Struct, frozen=True):
    """text: all that the prompt says, up to where the answer begins. spans: cover it without a gap, none is empty.

    turns: where each message of a chat stands in `text`, as (start, end), and last what the answer begins with, if
    anything; empty for a plain text.
    """

    prompt: protocol.ChatPrompt | protocol.TextPrompt
    text: str
    spans: tuple[Span, ...]
    turns: tuple[tuple[int, int], ...] = ()


class LabelWord(Struct, frozen=True):
    """A word of a label. continuation: exactly what is scored after the prompt."""

    label: int
    word: str
    continuation: str


def build(task: Task, examples: Sequence[Item], text: str) -> BuiltPrompt:
    """Return the prompt that asks for the answer to `text` after `examples`, in their order."""
    if task.form == "text":
        pieces = _one_text(task, examples, text)
        whole, spans = _joined(pieces)
        return BuiltPrompt(protocol.TextPrompt(whole), whole, spans)
    turns = _turns(task, examples, text) if task.form == "turns" else [_one_text(task, examples, text)]
    messages = tuple(
        protocol.Message("assistant" if index % 2 else "user", _joined(pieces)[0]) for index, pieces in enumerate(turns)
    )
    prompt = protocol.ChatPrompt(messages, answer_text=task.prefill)
    if task.prefill:
        turns.append([(task.prefill, "cue", -1)])
    return _as_chat(prompt, turns)


def label_continuations(task: Task) -> tuple[LabelWord, ...]:
    """Return every word of every label with what is scored for it; nothing for a task of free answers."""
    before = answer_joint(task)
    return tuple(
        LabelWord(index, word, before + word)
        for index, label in enumerate(task.labels if task.kind == "labels" else ())
        for word in label.words
    )


def answer_joint(task: Task) -> str:
    """Return what stands between the end of the prompt and the word of the answer."""
    template = task.template
    if task.form == "text":
        return _joint(template, template.output_prefix)
    return _joint(template, task.prefill) if task.prefill else ""


def _joint(template: Template, before: str) -> str:
    return "" if before[-1:].isspace() else template.joint


def _asked(template: Template, text: str, example: int) -> list[_Piece]:
    """Return an input with what stands around it."""
    after: Role = "cue" if example < 0 else "scaffold"
    return [
        (template.input_prefix, "scaffold", example),
        (text, "input" if example < 0 else "example_input", example),
        (template.output_prefix, after, example),
    ]


def _one_text(task: Task, examples: Sequence[Item], text: str) -> list[_Piece]:
    template = task.template
    pieces: list[_Piece] = _instruction(template)
    for number, item in enumerate(examples):
        pieces += _asked(template, item.text, number)
        pieces += [
            (_joint(template, template.output_prefix), "scaffold", number),
            (shown_word(task, item.gold), "example_label", number),
            (template.separator, "scaffold", -1),
        ]
    return pieces + _asked(template, text, -1)


def _turns(task: Task, examples: Sequence[Item], text: str) -> list[list[_Piece]]:
    """Return the turns of the user and the assistant, one after the other; the instruction begins the first."""
    template = task.template
    turns: list[list[_Piece]] = []
    for number, item in enumerate(examples):
        answer: list[_Piece] = [(shown_word(task, item.gold), "example_label", number)]
        if task.prefill:
            answer = [(task.prefill, "scaffold", number), (answer_joint(task), "scaffold", number), *answer]
        turns += [_asked(template, item.text, number), answer]
    turns.append(_asked(template, text, -1))
    turns[0] = _instruction(template) + turns[0]
    return turns


def _instruction(template: Template) -> list[_Piece]:
    if not template.instruction:
        return []
    return [(template.instruction, "instruction", -1), (template.separator, "scaffold", -1)]


def _as_chat(prompt: protocol.ChatPrompt, turns: Sequence[Sequence[_Piece]]) -> BuiltPrompt:
    pieces: list[_Piece] = []
    places: list[tuple[int, int]] = []
    for turn in turns:
        if pieces:
            pieces.append((BETWEEN_TURNS, "scaffold", -1))
        start = sum(len(text) for text, _, _ in pieces)
        pieces += turn
        places.append((start, start + sum(len(text) for text, _, _ in turn)))
    text, spans = _joined(pieces)
    return BuiltPrompt(prompt, text, spans, tuple(places))


def _joined(pieces: Sequence[_Piece]) -> tuple[str, tuple[Span, ...]]:
    spans: list[Span] = []
    at = 0
    for text, role, example in pieces:
        if text:
            spans.append(Span(at, at + len(text), role, example))
            at += len(text)
    return "".join(text for text, _, _ in pieces), tuple(spans)
