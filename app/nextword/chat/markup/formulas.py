"""Where formulas stand: \\( \\), \\[ \\], $ and $$ as rules of the Markdown parser; knows no TeX."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LONGEST = 2_000
"""Characters of a formula; what is longer is shown as text."""

_LIKE_TEX = re.compile(r"[\\^_=+<>{}|/]|^[^\W\d_]['′]?$|^[^\W\d_]\([^\W_]\)$")
_BEGIN = re.compile(r"\\begin\{((?:equation|align|gather|multline|[pbvB]?matrix|cases)\*?)\}")
_ENDS = {"\\[": "\\]", "$$": "$$"}


def inline_rule(state: StateInline, silent: bool) -> bool:
    """Take a formula at the present place; tokens get its length and whether it stands on its own line."""
    source, start = state.src, state.pos
    if source[start] not in "\\$":
        return False
    opening = next((mark for mark in ("\\(", "\\[", "$$", "$") if source.startswith(mark, start)), "")
    if not opening:
        return False
    begin = start + len(opening)
    closing = {"\\(": "\\)", "\\[": "\\]"}.get(opening, opening)
    end = source.find(closing, begin, min(state.posMax, begin + LONGEST))
    content = source[begin:end].strip() if end > begin else ""
    if not content or (opening == "$" and not _between_dollars(source, begin, end)):
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content = content.replace("\n", " ")
        token.meta["length"] = end + len(closing) - start
        token.meta["display"] = opening in _ENDS
    state.pos = end + len(closing)
    return True


def _between_dollars(source: str, begin: int, end: int) -> bool:
    """Say whether what stands between two dollar signs is a formula and not two prices."""
    content = source[begin:end]
    after = source[end + 1 : end + 2]
    if content[0].isspace() or content[-1].isspace() or after.isdigit() or "\n" in content:
        return False
    return _LIKE_TEX.search(content) is not None


def block_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Take a formula that fills its lines; without an end it reaches to the end of the text."""
    first = state.getLines(start_line, start_line + 1, state.blkIndent, False).strip()
    if state.is_code_block(start_line) or first[:1] not in ("\\", "$"):
        return False
    begin = _BEGIN.match(first)
    opening = begin[0] if begin else first[:2]
    closing = f"\\end{{{begin[1]}}}" if begin else _ENDS.get(opening, "")
    if not closing or not _may_end(state, start_line, closing):
        return False
    last = _last_line(state, (start_line, end_line), first[len(opening) :], closing)
    if last is None:
        return False
    if silent:
        return True
    token = state.push("formula_block", "", 0)
    token.map = [start_line, min(last + 1, end_line)]
    token.markup = opening
    token.info = closing
    token.meta["whole"] = last < end_line
    state.line = min(last + 1, end_line)
    return True


def _may_end(state: StateBlock, line: int, closing: str) -> bool:
    """Look whether there can be an end, without taking the text apart line by line."""
    at = state.bMarks[line] + state.tShift[line] + 2
    if state.src.find(closing, at, at + LONGEST) >= 0:
        return True
    return bool(state.env.get("open_end")) and len(state.src) - at <= LONGEST


def _last_line(state: StateBlock, lines: tuple[int, int], rest: str, closing: str) -> int | None:
    """Return the line that ends a formula; the line after all when the text ends first; None: it is no formula."""
    start, end = lines
    size = 0
    for line in range(start, end):
        text = rest if line == start else state.getLines(line, line + 1, state.blkIndent, False)
        if line > start and state.isEmpty(line):
            return None
        size += len(text)
        found = text.find(closing)
        if found >= 0:
            return line if text[found + len(closing) :].strip() in ("", ".", ",") else None
        if size > LONGEST:
            return None
    return end if state.env.get("open_end") and end == state.lineMax else None
