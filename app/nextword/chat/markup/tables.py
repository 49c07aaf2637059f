"""Tables: the rule that finds one, and the cells of a line with their places.

The parser's own rule makes three tokens of every cell; this one makes a single token of a table, and a line is cut
into cells when it is shown.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock

from nextword.chat.markup.blocks import Align

_DELIMITER = re.compile(r"^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_MOST_COLUMNS = 60


def table_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Take the lines of a table: a head, a line of dashes with as many cells, and rows up to an empty line."""
    if start_line + 2 > end_line or state.is_code_block(start_line) or state.is_code_block(start_line + 1):
        return False
    if state.sCount[start_line + 1] < state.blkIndent:
        return False
    dashes = _line(state, start_line + 1)
    if "-" not in dashes or not ("|" in dashes or ":" in dashes) or not _DELIMITER.match(dashes):
        return False
    head = _line(state, start_line)
    aligns = alignments(dashes)
    if "|" not in head or len(aligns) > _MOST_COLUMNS or len(cells(head, 0)) != len(aligns):
        return False
    if silent:
        return True
    terminators = state.md.block.ruler.getRules("blockquote")
    line = start_line + 2
    while line < end_line and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        if state.is_code_block(line) or any(rule(state, line, end_line, True) for rule in terminators):
            break
        line += 1
    token = state.push("table", "", 0)
    token.map = [start_line, line]
    token.meta["aligns"] = aligns
    state.line = line
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


def alignments(dashes: str) -> tuple[Align, ...]:
    """Return how the columns stand, from the line of dashes."""
    found: list[Align] = []
    for cell in dashes.strip().strip("|").split("|"):
        marks = cell.strip()
        right = marks.endswith(":")
        found.append("center" if right and marks.startswith(":") else "right" if right else "left")
    return tuple(found)


def cells(line: str, start: int) -> list[tuple[int, int]]:
    """Return where the cells of a line stand, without the space around them. start: the place of the line."""
    edges: list[int] = [-1]
    escaped = code = False
    for at, sign in enumerate(line):
        if sign == "`":
            code = not code and "`" in line[at + 1 :]
        if sign == "|" and not escaped and not code:
            edges.append(at)
        escaped = sign == "\\" and not escaped
    edges.append(len(line))
    found = [_trimmed(line, first + 1, last) for first, last in zip(edges, edges[1:], strict=False)]
    if found and not line[: edges[1]].strip() and len(edges) > 2:
        found.pop(0)
    if found and len(edges) > 2 and not line[edges[-2] + 1 :].strip():
        found.pop()
    return [(start + first, start + last) for first, last in found]


def _trimmed(line: str, first: int, last: int) -> tuple[int, int]:
    text = line[first:last]
    left = len(text) - len(text.lstrip())
    return (first + left, first + left + len(text.strip())) if text.strip() else (first, first)
