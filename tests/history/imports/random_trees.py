"""Conversations of any shape that the database can hold, made from a seed: for round trips."""

from __future__ import annotations

import random
import struct
from typing import Any

from nextword.engine.tokens import Candidate, Cut, TokenStep, pack
from nextword.history.records import Attachment, Origin, Outcome, Role, State
from nextword.history.trees import TokenBlock, Tree, TreeMessage

_LETTERS = (
    "a", " ", "\n", "\r\n", "\t", "\0", "\x1f", "\x7f", "\u0085", "é", "e\u0301", "ß", "İ", "日本", "\u2028", "\u202e",
    "\u200d", "\ud7ff", "\ue000", "\ufeff", "\ufffd", "\uffff", "\U00010000", "😀", "👩\u200d👩", "\U0010ffff", '"',
    "\\", "\\u0041", "{", "}", "</script>", "```", "<think>",
)  # fmt: skip
_NUMBERS = (0, 1, -1, 1 << 53, (1 << 53) + 1, (1 << 63) - 1, -(1 << 63) + 1)


def text(chance: random.Random, longest: int = 40) -> str:
    """Any text, with what is hard: controls, both edges of the surrogates, signs of order and direction."""
    return "".join(chance.choice(_LETTERS) for _ in range(chance.randrange(longest)))


def number(chance: random.Random) -> float:
    """Any finite number, to the last bit."""
    while True:
        (found,) = struct.unpack("<d", chance.randbytes(8))
        if found == found and abs(found) != float("inf"):
            return float(found)


def values(chance: random.Random, depth: int = 0) -> dict[str, Any]:
    """Settings of any shape."""
    makers = [
        lambda: text(chance), lambda: number(chance), lambda: chance.choice(_NUMBERS), lambda: chance.random() < 0.5,
        lambda: None, lambda: [text(chance), number(chance)], lambda: values(chance, depth + 1) if depth < 3 else {},
    ]  # fmt: skip
    return {text(chance, 8): chance.choice(makers)() for _ in range(chance.randrange(4))}


def block(chance: random.Random) -> TokenBlock:
    """Real packed tokens."""
    steps = [
        TokenStep(
            chance.randrange(1 << 31), chance.randbytes(3), -chance.random() * 20, chance.randrange(1, 1000),
            chance.random() * 10, -chance.random(), chance.randrange(100),
            tuple(Candidate(n, chance.randbytes(2), -chance.random(), None, Cut.TOP_K) for n in range(3)),
        )
        for _ in range(chance.randrange(5))
    ]  # fmt: skip
    return TokenBlock(text(chance), pack(steps))


def message(chance: random.Random, before: list[TreeMessage]) -> TreeMessage:
    """A message below any that came before it; below one in the trash it is there too, with it or on its own."""
    place = len(before)
    parent = None if place == 0 or chance.random() < 0.1 else chance.randrange(max(0, place - 4), place)
    taken = None if parent is None else before[parent].deleted_with
    role: Role = chance.choice(("user", "assistant", "system"))
    state: State = chance.choice(("complete", "stopped", "interrupted"))
    deleted = taken is not None or chance.random() < 0.1
    deleted_with = None if not deleted else place if taken is None or chance.random() < 0.2 else taken
    generated = chance.random() < 0.6
    origin = Origin(
        text(chance), text(chance), text(chance), text(chance), values(chance), chance.choice(_NUMBERS),
        text(chance), text(chance), text(chance),
    )  # fmt: skip
    outcome = Outcome(state, text(chance), *(chance.choice(_NUMBERS) for _ in range(3)), number(chance), number(chance))
    return TreeMessage(
        parent=parent,
        role=role,
        text=text(chance, 300),
        created=number(chance),
        state=state,
        deleted=number(chance) if deleted else None,
        deleted_with=deleted_with,
        origin=origin if generated else None,
        outcome=outcome if generated and chance.random() < 0.8 else None,
        blocks=tuple(block(chance) for _ in range(chance.randrange(3))) if generated else (),
        attachments=tuple(
            Attachment(text(chance), text(chance), text(chance, 200)) for _ in range(chance.choice((0, 0, 0, 1, 3)))
        ),
    )


def tree(seed: int) -> Tree:
    """A conversation, the same one for the same seed."""
    chance = random.Random(seed)
    messages: list[TreeMessage] = []
    for _ in range(chance.choice((0, 1, 2, 5, 12))):
        messages.append(message(chance, messages))
    shown = [place for place, one in enumerate(messages) if one.deleted is None]
    return Tree(
        title=text(chance),
        created=number(chance),
        updated=number(chance),
        messages=tuple(messages),
        head=chance.choice(shown) if shown and chance.random() < 0.9 else None,
        source=chance.choice(("", "", "chatgpt", "nextword")),
        folder=tuple(text(chance, 9) + "f" for _ in range(chance.choice((0, 0, 1, 3)))),
        tags=tuple(dict.fromkeys(text(chance, 6) for _ in range(chance.randrange(3)))),
        pinned=chance.random() < 0.3,
        archived=number(chance) if chance.random() < 0.3 else None,
        settings=values(chance),
    )
