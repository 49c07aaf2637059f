"""Messages to token ids, segment by segment: what people wrote never becomes a control token.

The template is rendered with a random mark in place of each message. What is between the marks comes from the
template and is tokenized with control tokens; the messages are put in at the marks and tokenized without.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from nextword.engine import template as formats
from nextword.engine.replies import ANSWER, SCAFFOLD
from nextword.engine.requests import ChatPrompt, Message, MixedPrompt, Prompt, TextPrompt, TokenPrompt
from nextword.engine.vocabulary import Vocabulary
from nextword.errors import EngineFault, TemplateFailed

Render: TypeAlias = Callable[[formats.Job], str]

_CHARS_PER_TOKEN = 4
_CAP = 8  # how many contexts full of text a template may write
_TRIAL = (Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
_ZERO_WIDTH = "\u200b"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a prompt. source: index of the message it is, None for what the template wrote."""

    text: str
    source: int | None = None


@dataclass(frozen=True, slots=True)
class BuiltPrompt:
    """ids: never empty. per_message: tokens of each message of a chat, scaffold not counted. spans: as in Tokenized.

    answer_tokens: how many of the ids, at the end, are the beginning of the answer.
    """

    ids: list[int]
    per_message: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    answer_tokens: int = 0


class PromptBuilder:
    """Builds prompts for one model.

    template: what the file brings, None for a base model. template_note and template_hash as in ModelInfo.
    """

    def __init__(self, vocabulary: Vocabulary, template: str | None, context_tokens: int, render: Render) -> None:
        self._vocabulary = vocabulary
        self._template = template
        self._max_chars = _CAP * _CHARS_PER_TOKEN * context_tokens
        self._render_template = render
        self.template_note = "none" if template is None else ""
        if template is None:
            used = formats.PLAIN_TEXT
        else:
            used = template
            try:
                self._from_template(_TRIAL)
            except TemplateFailed as error:
                self.template_note = error.reason
                print(f"engine: chat template not used: {error}", file=sys.stderr)  # noqa: T201
                used = formats.PLAIN_CHAT
        self.template_hash = formats.text_hash(used)

    def build(self, prompt: Prompt) -> BuiltPrompt:
        """Return the tokens of `prompt`. Raises TemplateFailed."""
        match prompt:
            case TextPrompt():
                built = self._join([Segment(prompt.text, 0)], 1)
                built = replace(built, per_message=(), spans=())
            case TokenPrompt():
                built = BuiltPrompt(list(prompt.ids))
            case MixedPrompt():
                built = BuiltPrompt(self._mix(prompt.parts))
            case ChatPrompt():
                built = self._chat(prompt.messages)
                before = built.ids[-1]
                begun = self._vocabulary.tokenize_after(before, prompt.answer_text, special=False)
                built = _with_answer(built, begun)
            case _:
                assert_never(prompt)
        built = _with_answer(built, prompt.answer_start)
        ids = built.ids
        if bad := [token for token in ids if not 0 <= token < self._vocabulary.size]:
            raise EngineFault(detail=f"there is no token {bad[0]}")
        if not ids:
            raise EngineFault(detail="a prompt of no tokens")
        return built

    # --- formats --------------------------------------------------------------------------------------------

    def _chat(self, messages: Sequence[Message]) -> BuiltPrompt:
        if self._template is None:
            return self._plain(formats.plain_text(messages), messages)
        if self.template_note:
            return self._plain(formats.plain_chat(messages), messages)
        try:
            return self._from_template(messages)
        except TemplateFailed as error:
            simple = _simplified(messages)
            if error.reason != "runtime" or simple == list(messages):
                raise
        # Many templates raise for a system message, or when user and assistant do not take turns.
        return replace(self._from_template(simple), per_message=self._count_alone(messages), spans=())

    def _plain(self, pieces: Sequence[tuple[str, int | None]], messages: Sequence[Message]) -> BuiltPrompt:
        segments = [Segment(text if source is None else messages[source].text, source) for text, source in pieces]
        return self._join(_spaces_to_messages(segments), len(messages))

    def _from_template(self, messages: Sequence[Message]) -> BuiltPrompt:
        marks = [secrets.token_hex(16) if message.text.strip() else "" for message in messages]
        marked = [_marked(message, mark) for message, mark in zip(messages, marks, strict=True)]
        rendered = self._render(marked)
        segments = _split(rendered, messages, marks)
        if all(mark in rendered for mark in marks):
            return self._join(segments, len(messages))
        # The template changes or leaves out what it is given, so it has to see the real text.
        scaffold = self._join([segment for segment in segments if segment.source is None], 0)
        return self._from_real_text(messages, self._count_control(scaffold.ids))

    def _from_real_text(self, messages: Sequence[Message], control_tokens: int) -> BuiltPrompt:
        """Render the messages themselves, every control text in them broken by a character of no width."""
        rendered = self._render([Message(message.role, self._break_control(message.text)) for message in messages])
        built = self._join([Segment(rendered)], 0)
        if self._count_control(built.ids) > control_tokens:
            raise TemplateFailed("runtime", "it makes control tokens out of the text of a message")
        return replace(built, per_message=self._count_alone(messages), spans=())

    def _render(self, messages: Sequence[Message]) -> str:
        assert self._template is not None, "a base model has no template"
        vocabulary = self._vocabulary
        room = self._max_chars + 2 * sum(len(message.text) for message in messages)
        bos, eos = vocabulary.text(vocabulary.bos), vocabulary.text(vocabulary.eos)
        return self._render_template(formats.Job(self._template, tuple(messages), bos, eos, room))

    # --- tokens ---------------------------------------------------------------------------------------------

    def _mix(self, parts: Sequence[str | tuple[int, ...]]) -> list[int]:
        ids: list[int] = []
        for part in parts:
            if isinstance(part, str):
                ids += self._vocabulary.tokenize_after(ids[-1] if ids else None, part, special=False)
            else:
                ids += part
        return self._begun(ids)

    def _join(self, segments: Sequence[Segment], message_count: int) -> BuiltPrompt:
        vocabulary = self._vocabulary
        ids: list[int] = []
        counts = [0] * message_count
        spans: list[tuple[int, int]] = []
        for segment in segments:
            special = segment.source is None
            more = vocabulary.tokenize_after(ids[-1] if ids else None, segment.text, special=special)
            ids += more
            spans.append((SCAFFOLD if segment.source is None else segment.source, len(more)))
            if segment.source is not None:
                counts[segment.source] += len(more)
        begun = self._begun(ids)
        if len(begun) > len(ids):
            spans.insert(0, (SCAFFOLD, 1))
        return BuiltPrompt(begun, tuple(counts), tuple(spans))

    def _begun(self, ids: list[int]) -> list[int]:
        """Return `ids` with the token at the front that the vocabulary wants there."""
        vocabulary = self._vocabulary
        if vocabulary.add_bos and vocabulary.bos is not None and ids[:1] != [vocabulary.bos]:
            return [vocabulary.bos, *ids]
        if not ids:  # nothing to continue: begin like a document of the training text
            start = vocabulary.bos if vocabulary.bos is not None else vocabulary.eos
            return [start if start is not None else 0]
        return ids

    def _count_control(self, ids: Sequence[int]) -> int:
        return sum(self._vocabulary.is_control(token) for token in ids)

    def _count_alone(self, messages: Sequence[Message]) -> tuple[int, ...]:
        """What each message takes by itself: near enough where it cannot be told apart in the prompt."""
        return tuple(len(self._vocabulary.tokenize(message.text, special=False)) for message in messages)

    def _break_control(self, text: str) -> str:
        names = self._vocabulary.control_texts
        if not names:
            return text
        pattern = re.compile("|".join(map(re.escape, names)), re.IGNORECASE)
        return pattern.sub(lambda found: found[0][:1] + _ZERO_WIDTH + found[0][1:], text)


def _with_answer(built: BuiltPrompt, begun: Sequence[int]) -> BuiltPrompt:
    spans = (*built.spans, (ANSWER, len(begun))) if built.spans and begun else built.spans
    return replace(built, ids=[*built.ids, *begun], spans=spans, answer_tokens=built.answer_tokens + len(begun))


def _marked(message: Message, mark: str) -> Message:
    """Put the mark where the words are and leave the white space around them, which many templates trim."""
    if not mark:
        return message
    text = message.text
    words = text.strip()
    start = text.index(words)
    return Message(message.role, text[:start] + mark + text[start + len(words) :])


def _split(rendered: str, messages: Sequence[Message], marks: Sequence[str]) -> list[Segment]:
    """Cut at the marks and put the words of the messages there."""
    index_of = {mark: index for index, mark in enumerate(marks) if mark}
    if not index_of:
        return [Segment(rendered)]
    segments = []
    for piece in re.split(f"({'|'.join(index_of)})", rendered):
        source = index_of.get(piece)
        segments.append(Segment(piece) if source is None else Segment(messages[source].text.strip(), source))
    return _spaces_to_messages(segments)


def _spaces_to_messages(segments: Sequence[Segment]) -> list[Segment]:
    """Move the spaces before a message into it: in most vocabularies a word and the space before it are one token."""
    moved: list[Segment] = []
    for segment in segments:
        if segment.source is not None and moved and moved[-1].source is None:
            before = moved[-1].text
            bare = before.rstrip(" ")
            moved[-1] = Segment(bare)
            segment = Segment(before[len(bare) :] + segment.text, segment.source)
        moved.append(segment)
    return [segment for segment in moved if segment.text]


def _simplified(messages: Sequence[Message]) -> list[Message]:
    """Return the messages without a system message (its text opens the first of the user) and taking turns."""
    result: list[Message] = []
    for message in messages:
        role = "user" if message.role == "system" else message.role
        if result and result[-1].role == role:
            result[-1] = Message(role, f"{result[-1].text}\n\n{message.text}")
        else:
            result.append(Message(role, message.text))
    return result
