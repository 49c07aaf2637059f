"""A formula in TeX as outlines: ziamath lays it out with its own font, what comes out is numbers.

Takes 2 to 30 ms a formula and 0.15 s for the first; nothing is loaded before that.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from nextword.chat.markup.formulas import LONGEST

Step: TypeAlias = tuple[str, tuple[float, ...]]
"""A step of an outline: M x y, L x y, Q x y x y, C x y x y x y or Z."""

_DEEPEST = 24  # braces and \left within one another
_REFUSED = re.compile(r"\\(?:def|newcommand|renewcommand|input|include|write|loop|csname|let|href|url)(?![A-Za-z])")
_DROPPED = re.compile(r"\\(?:tag|label)\*?\{[^{}]*\}|\\nonumber|\\notag")
_STEP = re.compile(r"([MLQCZHVmlqczhv])([^MLQCZHVmlqczhv]*)")
_COUNTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
_MOST_SHAPES = 4_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """Sizes in px from the start of the baseline. outlines are filled; stroked are drawn as lines of a width."""

    width: float
    ascent: float
    descent: float
    outlines: tuple[tuple[Step, ...], ...]
    boxes: tuple[tuple[float, float, float, float], ...]  # x, y, width, height; filled
    stroked: tuple[tuple[tuple[Step, ...], float], ...] = ()


def prepare() -> None:
    """Load what drawing needs."""
    _ziamath()


@lru_cache(1)
def _ziamath() -> Any:
    import ziamath
    from ziamath.config import config

    config.svg2 = False  # outlines where they stand, instead of references
    return ziamath


def draw(tex: str, size: float, *, display: bool) -> Drawing | None:
    """Draw a formula with letters of `size` px; None when it cannot be read as TeX."""
    tex = _DROPPED.sub("", tex).strip()
    if not tex or len(tex) > LONGEST or _deepest(tex) > _DEEPEST or _REFUSED.search(tex):
        return None
    try:
        drawn = _ziamath().Latex(tex, size=size, inline=not display, margin=0).svgxml()
        return _drawing(drawn)
    except _failures():  # the text is shown then
        return None


@lru_cache(1)
def _failures() -> tuple[type[Exception], ...]:
    """Return what the libraries raise on text that is no TeX: their own errors have no common parent."""
    from latex2mathml import exceptions

    own = [kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    common = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, SyntaxError, TypeError)
    return (*common, ValueError, StopIteration, *own)


def _deepest(tex: str) -> int:
    depth = deepest = 0
    for sign in re.findall(r"\\left|\\right|\\begin|\\end|(?<!\\)[{}]|[_^]", tex):
        depth += 1 if sign in ("{", "\\left", "\\begin") else -1 if sign in ("}", "\\right", "\\end") else 0
        deepest = max(deepest, depth)
    scripts = max((len(found) for found in re.findall(r"(?:[_^][{\\A-Za-z0-9 ]*)+", tex)), default=0)
    return deepest if scripts < 400 else _DEEPEST + 1


def _drawing(svg: ElementTree.Element) -> Drawing | None:
    left, top, width, height = (float(part) for part in svg.attrib["viewBox"].split())
    outlines: list[tuple[Step, ...]] = []
    boxes: list[tuple[float, float, float, float]] = []
    stroked: list[tuple[tuple[Step, ...], float]] = []
    shapes = list(svg.iter())
    if len(shapes) > _MOST_SHAPES or not 0 < width < 20_000 or not 0 < height < 20_000:
        return None
    for shape in shapes:
        stroke = float(shape.attrib.get("stroke-width", 0) or 0) if "stroke" in shape.attrib else 0.0
        if shape.tag == "path":
            steps = tuple(_steps(shape.attrib.get("d", ""), -left))
            stroked.append((steps, stroke)) if stroke else outlines.append(steps)
        elif shape.tag == "rect":
            x, y, wide, high = (float(shape.attrib.get(name, 0)) for name in ("x", "y", "width", "height"))
            box = (x - left, y, wide, high)
            stroked.append((_around(box), stroke)) if stroke else boxes.append(box)
    return Drawing(width, -top, height + top, tuple(outlines), tuple(boxes), tuple(stroked))


def _around(box: tuple[float, float, float, float]) -> tuple[Step, ...]:
    x, y, wide, high = box
    return ("M", (x, y)), ("L", (x + wide, y)), ("L", (x + wide, y + high)), ("L", (x, y + high)), ("Z", ())


def _steps(path: str, shift: float) -> Iterator[Step]:
    """Read an outline. Raises ValueError for steps that ziamath does not write."""
    for found in _STEP.finditer(path):
        letter, numbers = found[1], [float(part) for part in found[2].replace(",", " ").split()]
        count = _COUNTS.get(letter)
        if count is None:
            raise ValueError(letter)
        if count == 0:
            yield "Z", ()
            continue
        for at in range(0, len(numbers) - count + 1, count):
            part = numbers[at : at + count]
            yield letter, tuple(value + shift if place % 2 == 0 else value for place, value in enumerate(part))
