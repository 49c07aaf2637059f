"""Which part of a prompt is instruction, example, input or scaffold: of its text as the tokens spell it, and of each
token; no widget here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from nextword.engine.replies import PromptToken
from nextword.lab.prompts import BuiltPrompt, Role

Group: TypeAlias = Literal["instruction", "example", "input", "template"]
_SIGN = "\ufffc"  # stands for one control token while places are looked for
_FARTHEST = 400  # characters that a chat template may write between two parts


class Piece(Struct, frozen=True):
    """A stretch of the prompt. control: `text` is the name of a control token. title: what it is called, if not so."""

    text: str
    role: Role
    example: int = -1
    control: bool = False
    title: str = ""


class TokenGroup(Struct, frozen=True):
    """Tokens in a row that belong together. example: which one, from 0; -1: none."""

    group: Group
    example: int
    tokens: tuple[PromptToken, ...]


def pieces_of(prompt: BuiltPrompt, tokens: Sequence[PromptToken], bos: int | None = None) -> list[Piece]:
    """Return the prompt as the model reads it; without tokens as it was built. bos: id of the token called BOS."""
    if not tokens:
        return [Piece(prompt.text[span.start : span.end], span.role, span.example) for span in prompt.spans]
    text, names, _ = _spelled(tokens)
    roles = _roles(prompt, text)
    found: list[Piece] = []
    start = 0
    for at in range(1, len(text) + 1):
        ends = at == len(text) or _SIGN in (text[at], text[at - 1]) or roles[at] != roles[start]
        if not ends:
            continue
        role, example = roles[start]
        is_control = start in names
        title = "BOS" if is_control and not start and tokens[0].id == bos else ""
        words = names.get(start, text[start:at])
        found.append(Piece(words, "scaffold" if is_control else role, example, is_control, title))
        start = at
    return found


def groups_of(prompt: BuiltPrompt, tokens: Sequence[PromptToken]) -> list[TokenGroup]:
    """Return the tokens by what they belong to, in their order."""
    text, _, starts = _spelled(tokens)
    roles = _roles(prompt, text)
    found: list[TokenGroup] = []
    for token, start in zip(tokens, starts, strict=True):
        at = start
        while at < len(text) - 1 and text[at].isspace():
            at += 1
        role, example = roles[at] if at < len(roles) else ("scaffold", -1)
        group = _group(role, example) if not token.control else "template"
        if group == "template" and found and not token.control:
            group, example = found[-1].group, found[-1].example
        if found and (found[-1].group, found[-1].example) == (group, example):
            found[-1] = TokenGroup(group, example, (*found[-1].tokens, token))
        else:
            found.append(TokenGroup(group, example, (token,)))
    return found


def _group(role: Role, example: int) -> Group:
    if example >= 0:
        return "example"
    return "instruction" if role == "instruction" else "input" if role in ("input", "cue") else "template"


def _spelled(tokens: Sequence[PromptToken]) -> tuple[str, dict[int, str], list[int]]:
    """Return the text with a sign for each control token, the names by their places, and where each token begins."""
    parts: list[str] = []
    names: dict[int, str] = {}
    starts: list[int] = []
    length = 0
    for run in _runs(tokens):
        if run[0].control:
            starts.append(length)
            names[length] = run[0].text.decode("utf-8", "replace")
            text = _SIGN
        else:
            text = b"".join(token.text for token in run).decode("utf-8", "replace")
            before = b""
            for token in run:
                starts.append(length + len(before.decode("utf-8", "ignore")))
                before += token.text
        parts.append(text)
        length += len(text)
    return "".join(parts), names, starts


def _runs(tokens: Sequence[PromptToken]) -> Iterator[list[PromptToken]]:
    run: list[PromptToken] = []
    for token in tokens:
        if run and (token.control or run[0].control):
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def _roles(prompt: BuiltPrompt, text: str) -> list[tuple[Role, int]]:
    """Return what each character of `text` is; what the prompt does not say was written by the template."""
    roles: list[tuple[Role, int]] = [("scaffold", -1)] * len(text)
    at = 0
    for span in prompt.spans:
        if prompt.turns and not any(start <= span.start and span.end <= end for start, end in prompt.turns):
            continue  # what stands between two turns is the template's own
        words = prompt.text[span.start : span.end]
        found = text.find(words, at, at + len(words) + _FARTHEST)
        if found < 0 and (words := words.strip()):  # templates cut the white space around a message
            found = text.find(words, at, at + len(words) + _FARTHEST)
        if found >= 0 and words:
            roles[found : found + len(words)] = [(span.role, span.example)] * len(words)
            at = found + len(words)
    return roles
