"""Which messages fit into the context of a model: the rules, without asking an engine.

Messages go in turns: a question with what answers it. The system prompt and the last question are never left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from nextword.chat.preferences import ContextPolicy
from nextword.history.records import Origin, Role

_RESERVE_SHARE = 4
"""At most one part in so many of the context is kept free for the answer."""
_BEGINNING_SHARE = 4
"""At most one part in so many of the room holds the beginning, where beginning and end are kept."""
LEFT_OUT = "left_out"
"""In Origin.sampling: stretches of the path (from, to before; from 0 at the first message) that were not sent."""


class ContextUse(Struct, frozen=True):
    """What a prompt takes of the context, all in tokens.

    total_tokens: everything, if it were sent whole. reserve_tokens: kept free for the answer. counts: of each message
    of the path, the draft last. left_out: indexes of the messages that do not fit; under "ask", what dropping the
    oldest would leave out. needs_decision: a person has to say. system_tokens: of the system prompt. estimated:
    indexes whose counts go by their length, because they are far from fitting. too_large: not even the last question
    fits; then left_out is everything else. sent_tokens: what is sent with left_out left out.
    """

    total_tokens: int
    context_tokens: int
    reserve_tokens: int
    counts: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    needs_decision: bool = False
    system_tokens: int = 0
    estimated: tuple[int, ...] = ()
    too_large: bool = False
    sent_tokens: int = 0

    @property
    def room_tokens(self) -> int:
        """What a prompt may take."""
        return room_in(self.context_tokens, self.reserve_tokens)


def reserve_for(max_tokens: int, context_tokens: int) -> int:
    """Return how many tokens are kept free for the answer."""
    return min(max_tokens, context_tokens // _RESERVE_SHARE)


def room_in(context_tokens: int, reserve_tokens: int) -> int:
    """Return how many tokens a prompt may have: the engine wants one for the answer."""
    return max(context_tokens - max(reserve_tokens, 1), 1)


def choose_left_out(
    roles: Sequence[Role], costs: Sequence[int], *, room: int, policy: ContextPolicy
) -> tuple[int, ...]:
    """Return the indexes of the messages that are left out so that the others cost at most `room`.

    Only whole turns are, one stretch of them; when it is not enough, everything but the last turn is.
    """
    turns = _turns(roles)
    prices = [sum(costs[index] for index in turn) for turn in turns]
    over = sum(prices) - room
    first = _beginning(prices, room) if policy == "keep_ends" else 0
    last = first
    while over > 0 and last < len(turns) - 1:
        over -= prices[last]
        last += 1
    while over > 0 and first > 0:  # the beginning does not fit either
        first -= 1
        over -= prices[first]
    return tuple(index for turn in turns[first:last] for index in turn)


def _turns(roles: Sequence[Role]) -> list[list[int]]:
    turns: list[list[int]] = []
    for index, role in enumerate(roles):
        if not turns or role != "assistant":
            turns.append([])
        turns[-1].append(index)
    return turns


def _beginning(prices: Sequence[int], room: int) -> int:
    """Return how many turns are the beginning: the first, and more while they take little; never the last."""
    count = taken = 0
    for price in prices[:-1]:
        taken += price
        if taken * _BEGINNING_SHARE > room and (count or taken * 2 > room):
            break
        count += 1
    return count


def stretches(left_out: Sequence[int]) -> list[list[int]]:
    """Return indexes in rising order as stretches: [[from, to before], ...]."""
    found: list[list[int]] = []
    for index in left_out:
        if found and found[-1][1] == index:
            found[-1][1] = index + 1
        else:
            found.append([index, index + 1])
    return found


def left_out_of(origin: Origin | None) -> tuple[int, ...]:
    """Return the places on the path (the first message is 0) of what the model did not get to read for an answer."""
    kept: Mapping[str, Any] = origin.sampling if origin is not None else {}
    listed = kept.get(LEFT_OUT, [])
    found: list[int] = []
    for entry in listed if isinstance(listed, list | tuple) else ():
        match entry:
            case [int(first), int(end)] if 0 <= first < end <= 1_000_000:
                found += range(first, end)
            case _:
                continue
    return tuple(found)
