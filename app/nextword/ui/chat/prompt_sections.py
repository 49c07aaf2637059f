"""Which tokens of a prompt stand under which heading: one for each message, with what the template writes around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from nextword.chat.context import stretches
from nextword.chat.seeing import SeenPrompt
from nextword.engine.protocol import ANSWER, SCAFFOLD
from nextword.engine.replies import PromptToken
from nextword.ui.widgets.token_chips import Chip

WHOLE = -9
"""Whose the tokens are where a template does not let it be told."""


class Part(Struct, frozen=True):
    """Tokens of one owner: index of a message on the path, SYSTEM, ANSWER, SCAFFOLD or WHOLE.

    own_tokens: those that are not the template's. left_out: so many messages from this one on are not in the prompt;
    then there are no tokens.
    """

    owner: int
    chips: tuple[Chip, ...] = ()
    own_tokens: int = 0
    left_out: int = 0


def parts_of(seen: SeenPrompt) -> list[Part]:
    """Return the parts of a prompt in their order, those that are left out where they would stand."""
    if not seen.owners:
        found = [Part(WHOLE, tuple(Chip(token) for token in seen.tokens), len(seen.tokens))] if seen.tokens else []
    else:
        found = [_part(owner, seen, first, end) for owner, first, end in _stretches(seen.tokens, seen.owners)]
    return _with_left_out(found, seen.left_out)


def _part(owner: int, seen: SeenPrompt, first: int, end: int) -> Part:
    chips = tuple(Chip(seen.tokens[at], seen.owners[at] == SCAFFOLD) for at in range(first, end))
    return Part(owner, chips, sum(not chip.scaffold for chip in chips))


def _stretches(tokens: Sequence[PromptToken], owners: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield (owner, from, to before): each message with the template's tokens that open and close it."""
    runs = list(_runs(owners))
    begin = 0
    for at, (owner, _, end) in enumerate(runs):
        if owner == SCAFFOLD:
            continue
        stop = end
        if at + 1 < len(runs):
            after = runs[at + 1]
            if after[0] == SCAFFOLD:
                last = at + 2 == len(runs)
                stop = _closing_end(tokens, after[1], after[2], keep_one=last)
        yield owner, begin, stop
        begin = stop
    if begin < len(owners):  # what the template writes before the answer
        yield SCAFFOLD if len(runs) == 1 else ANSWER, begin, len(owners)


def _runs(owners: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    first = 0
    for at in range(1, len(owners) + 1):
        if at == len(owners) or owners[at] != owners[first]:
            yield owners[first], first, at
            first = at


def _closing_end(tokens: Sequence[PromptToken], first: int, end: int, *, keep_one: bool) -> int:
    """Return where the end of a message is in what the template wrote after it: behind the first control token and
    the white space that follows it, if there is one."""
    if not tokens[first].control:
        spaces = first
        while spaces < end and not tokens[spaces].control and not tokens[spaces].text.strip():
            spaces += 1
        if spaces == end or not tokens[spaces].control:
            return first if keep_one or spaces < end else end
        first = spaces
    at = first + 1
    while at < end and not tokens[at].control and not tokens[at].text.strip():
        at += 1
    return at


def _with_left_out(parts: list[Part], left_out: Sequence[int]) -> list[Part]:
    found: list[Part] = []
    gone = [Part(first, left_out=end - first) for first, end in stretches(left_out)]
    for part in parts:
        while gone and (part.owner > gone[0].owner or part.owner == ANSWER):
            found.append(gone.pop(0))
        found.append(part)
    return found + gone
