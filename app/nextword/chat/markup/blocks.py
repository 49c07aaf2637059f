"""The parts a message is shown in: leaves (paragraph, code, table rows ...) within boxes (quote, item, thinking).

Places count UTF-16 units of the message. Leaves come in the order of the text and never overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import Literal, TypeAlias

Align: TypeAlias = Literal["left", "right", "center"]
Lines: TypeAlias = tuple[tuple[int, int], ...]
"""Where the lines of a leaf stand in the message, without their line breaks and without what quotes and indents."""


class Style(IntFlag):
    """How a run looks. FORMULA: the text is TeX; DISPLAY: a formula on a line of its own; FAINT: an address."""

    PLAIN = 0
    STRONG = 1
    EMPHASIS = 2
    CODE = 4
    STRUCK = 8
    FORMULA = 16
    DISPLAY = 32
    FAINT = 64


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that are shown, and the place in the message they stand for.

    A run as long as its place is shown letter by letter; another one (an entity, a formula) is one thing.
    """

    text: str
    start: int
    end: int
    style: Style = Style.PLAIN
    href: str = ""

    @property
    def verbatim(self) -> bool:
        return len(self.text) == self.end - self.start and not self.style & Style.FORMULA


@dataclass(frozen=True, slots=True)
class Box:
    """What leaves stand in. marker: of an item, for example "2."; start: where it begins, which names it."""

    kind: Literal["quote", "item", "thinking"]
    start: int
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Lines that are laid out alone. close: belongs to the leaf before it, without a gap between them."""

    start: int
    end: int
    lines: Lines
    inside: tuple[Box, ...] = ()
    close: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph(Leaf):
    """raw: shown as it was written, without looking for markup; tight: in a list without empty lines."""

    raw: bool = False
    tight: bool = False


@dataclass(frozen=True, slots=True)
class Heading(Leaf):
    """level: 1 to 6."""

    level: int = 1


@dataclass(frozen=True, slots=True)
class Code(Leaf):
    """A piece of a code block. block: where the whole block's code stands; first, last: of its pieces."""

    language: str = ""
    block: tuple[int, int] = (0, 0)
    number: int = 0  # of this piece's first line within the block
    first: bool = True
    last: bool = True
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Table(Leaf):
    """Some rows of a table, one line each. table: where the whole table begins; header: the first line is the head."""

    table: int = 0
    aligns: tuple[Align, ...] = ()
    header: bool = False
    last: bool = True


@dataclass(frozen=True, slots=True)
class Formula(Leaf):
    """A formula on lines of its own. whole: its end has been written."""

    whole: bool = True


@dataclass(frozen=True, slots=True)
class Rule(Leaf):
    """A line across."""


@dataclass(frozen=True, slots=True)
class Fold(Leaf):
    """The line that stands for what the model thought before it answered. closed: it has come to the answer."""

    words: int = 0
    closed: bool = True
