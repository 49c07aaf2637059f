"""Markdown text to leaves: markdown-it finds the blocks, here they get their places in the message."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from nextword.chat.markup import formulas, tables
from nextword.chat.markup.blocks import Box, Code, Formula, Heading, Leaf, Lines, Paragraph, Rule, Table

_BREAK = re.compile(r"\r\n|\n|\r")
_ONLY_MARKERS = re.compile(r"(?:[\s>*+\-]|\d{1,9}[.)])*$")
_CODE_LINES = 16
_TABLE_ROWS = 16
_MANY_LINES, _LINES_TOGETHER = 2_000, 32  # so many lines as they were written are laid out some at a time
_LONGEST_PARAGRAPH = 2_400
"""Characters laid out and searched for markup at a time; so that growing costs the same at any length."""


def make_parser() -> MarkdownIt:
    """Return the parser of blocks. No HTML, and no references: a block must not depend on one far away."""
    parser = MarkdownIt("zero", {"html": False, "maxNesting": 30})
    parser.enable(["code", "fence", "blockquote", "hr", "list", "heading", "lheading"])
    parser.core.ruler.enableOnly(["block"])
    parser.block.ruler.before(
        "fence", "formula", formulas.block_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.block.ruler.at("table", tables.table_rule, {"alt": ["paragraph", "reference"]})
    parser.enable("table")
    return parser


_parser = make_parser()


@dataclass(slots=True)
class Blocks:
    """What was found. starts: for each block that stands in no other, its place and the number of its first leaf."""

    leaves: list[Leaf]
    starts: list[tuple[int, int]]


def parse(source: str, start: int, end: int, *, open_end: bool, inside: tuple[Box, ...] = ()) -> Blocks:
    """Parse a part of a message. open_end: more may come, so what has no end yet reaches to the end."""
    lines = _lines(source, start, end)
    text = "\n".join(source[first:last] for first, last in lines).replace("\0", "\ufffd")
    tokens = _parser.parse(text, {"open_end": open_end})
    return _Builder(source, lines, inside).build(tokens)


def raw(source: str, start: int, end: int) -> Blocks:
    """Return the lines as they were written, long ones in pieces."""
    leaves: list[Leaf] = []
    starts: list[tuple[int, int]] = []
    lines = _lines(source, start, end)
    together = 1 if len(lines) < _MANY_LINES else _LINES_TOGETHER
    for part in _groups(lines, together):
        starts.append((part[0][0], len(leaves)))
        for piece in pieces(source, part):
            leaves.append(Paragraph(piece[0][0], piece[-1][1], piece, close=bool(leaves) or start > 0, raw=True))
    return Blocks(leaves, starts)


def pieces(source: str, lines: Lines) -> Iterator[Lines]:
    """Cut a long paragraph where a line ends or between words; cut again the same way when it has grown."""
    if lines and lines[-1][1] - lines[0][0] <= _LONGEST_PARAGRAPH:
        yield lines
        return
    taken: list[tuple[int, int]] = []
    size = 0
    for first, last in lines:
        while size + last - first > _LONGEST_PARAGRAPH:
            if taken:
                yield tuple(taken)
                taken, size = [], 0
                continue
            cut = source.rfind(" ", first + _LONGEST_PARAGRAPH // 2, first + _LONGEST_PARAGRAPH) + 1
            cut = cut or _whole_character(source, first + _LONGEST_PARAGRAPH)
            yield ((first, cut),)
            first = cut
        taken.append((first, last))
        size += last - first + 1
    if taken:
        yield tuple(taken)


def _whole_character(source: str, at: int) -> int:
    return at - 1 if "\udc00" <= source[at] <= "\udfff" else at


def _lines(source: str, start: int, end: int) -> Lines:
    found: list[tuple[int, int]] = []
    at = start
    for line_break in _BREAK.finditer(source, start, end):
        found.append((at, line_break.start()))
        at = line_break.end()
    found.append((at, end))
    return tuple(found)


@dataclass(slots=True)
class _Builder:
    """Walks over the tokens of the parser."""

    source: str
    lines: Lines
    inside: tuple[Box, ...]
    leaves: list[Leaf] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=list)
    _next: int = 0  # the first line that no leaf has shown
    _tight: bool = False

    def build(self, tokens: list[Token]) -> Blocks:
        makers: dict[str, Callable[[Token], None]] = {
            "inline": self._inline, "fence": self._fence, "code_block": self._indented, "hr": self._rule,
            "table": self._table, "formula_block": self._formula,
        }  # fmt: skip
        heading: Token | None = None
        for number, token in enumerate(tokens):
            if token.level == 0 and token.nesting >= 0 and token.map is not None and token.type != "inline":
                self._uncovered(token.map[0])
                self.starts.append((self.lines[token.map[0]][0], len(self.leaves)))
            if token.type == "heading_open":
                heading = token
            elif token.type == "paragraph_open":
                self._tight = token.hidden
            elif token.type == "inline" and heading is not None:
                self._heading(token, heading)
                heading = None
            elif token.type in makers:
                makers[token.type](token)
            elif token.nesting:
                self._box(token, tokens[number + 1 : number + 2])
        self._uncovered(len(self.lines))
        return Blocks(self.leaves, self.starts)

    def _box(self, token: Token, following: list[Token]) -> None:
        if token.type == "blockquote_open" and token.map is not None:
            self.inside += (Box("quote", self._place(token.map[0]) + len(self.inside)),)
        elif token.type == "list_item_open" and token.map is not None:
            marker = f"{token.info}{token.markup}" if token.info else "•"
            self.inside += (Box("item", self._place(token.map[0]) + len(self.inside), marker),)
            empty = following and following[0].type == "list_item_close"
            if empty and _ONLY_MARKERS.match(self.source, *self.lines[token.map[0]]):  # nothing in it yet
                place = self.lines[token.map[0]][1]
                self._add(Paragraph(place, place, ((place, place),), self.inside, tight=True), token.map[1])
        elif token.type in ("blockquote_close", "list_item_close"):
            self.inside = self.inside[:-1]

    def _place(self, line: int) -> int:
        return self.lines[line][0]

    def _add(self, leaf: Leaf, next_line: int) -> None:
        self.leaves.append(leaf)
        self._next = max(self._next, next_line)

    def _uncovered(self, until: int) -> None:
        """Show lines that the parser left out because they are nested too deeply, as they were written."""
        missing = [
            (first, last)
            for first, last in self.lines[self._next : until]
            if not _ONLY_MARKERS.match(self.source, first, last)
        ]
        for line in missing:
            for piece in pieces(self.source, (line,)):
                self.leaves.append(Paragraph(piece[0][0], piece[-1][1], piece, raw=True))
        self._next = max(self._next, until)

    def _content_lines(self, token: Token, content: str) -> Lines:
        """Find the lines of a token's content, which has lost quotes and indents, in the message."""
        assert token.map is not None, "blocks have lines"
        found: list[tuple[int, int]] = []
        for number, line in enumerate(content.split("\n"), token.map[0]):
            if number >= len(self.lines):
                break
            first, last = self.lines[number]
            written = self.source[first:last]
            end = last if written.endswith(line) else first + len(written.rstrip())
            for text in (line, line.rstrip(), line.strip()):  # a tab may have become spaces
                if self.source.endswith(text, first, end):
                    found.append((end - len(text), end))
                    break
            else:
                found.append((first, last))
        return tuple(found)

    def _inline(self, token: Token) -> None:
        assert token.map is not None, "blocks have lines"
        if token.map[0] > self._next:
            self._uncovered(token.map[0])
        for number, piece in enumerate(pieces(self.source, self._content_lines(token, token.content))):
            leaf = Paragraph(piece[0][0], piece[-1][1], piece, self.inside, close=number > 0, tight=self._tight)
            self._add(leaf, token.map[1])

    def _heading(self, token: Token, heading: Token) -> None:
        assert token.map is not None, "blocks have lines"
        assert heading.map is not None, "blocks have lines"
        first, last = self.lines[token.map[0]]
        if "\n" in token.content or token.map[1] - token.map[0] > 1:
            lines = self._content_lines(token, token.content)
        else:
            at = self.source.rfind(token.content, first, last)
            at = at if at >= 0 else first
            lines = ((at, at + len(token.content)),)
        level = int(heading.tag[1:])
        self._add(Heading(lines[0][0], lines[-1][1], lines, self.inside, level=level), heading.map[1])

    def _fence(self, token: Token) -> None:
        assert token.map is not None, "blocks have lines"
        written = token.content.split("\n")
        if not written[-1]:
            written.pop()  # every line ends with a break but one that is being written
        body = Token("", "", 0, map=[token.map[0] + 1, token.map[1]])
        lines = self._content_lines(body, "\n".join(written)) if written else ()
        closed = token.map[1] - token.map[0] == len(written) + 2
        language = token.info.strip().split(maxsplit=1)
        self._code(lines, token, language[0][:40] if language else "", closed)

    def _indented(self, token: Token) -> None:
        self._code(self._content_lines(token, token.content.rstrip("\n")), token, "", True)

    def _code(self, lines: Lines, token: Token, language: str, closed: bool) -> None:
        assert token.map is not None, "blocks have lines"
        start, end = self.lines[token.map[0]][0], self.lines[token.map[1] - 1][1]
        block = (lines[0][0], lines[-1][1]) if lines else (end, end)
        parts = _groups(lines, _CODE_LINES) or [()]
        for number, part in enumerate(parts):
            first, last = number == 0, number == len(parts) - 1
            leaf = Code(
                start if first else part[0][0], end if last else part[-1][1], part, self.inside, close=not first,
                language=language, block=(block[0], block[1] if last else -1), number=number * _CODE_LINES,
                first=first, last=last, closed=closed,
            )  # fmt: skip
            self._add(leaf, token.map[1])

    def _table(self, token: Token) -> None:
        assert token.map is not None, "blocks have lines"
        first, last = token.map
        stripped = [self._row(number) for number in range(first, last)]
        rows = (stripped[0], *stripped[2:])
        table, parts = rows[0][0], _groups(rows, _TABLE_ROWS)
        for number, part in enumerate(parts):
            leaf = Table(
                part[0][0], part[-1][1], part, self.inside, close=number > 0, table=table,
                aligns=token.meta["aligns"], header=number == 0, last=number == len(parts) - 1,
            )  # fmt: skip
            self._add(leaf, last)

    def _row(self, number: int) -> tuple[int, int]:
        """Return where a row of a table stands, without the quotes before it."""
        first, last = self.lines[number]
        quotes = sum(box.kind == "quote" for box in self.inside)
        while quotes and (at := self.source.find(">", first, last)) >= 0 and not self.source[first:at].strip():
            first, quotes = at + 1, quotes - 1
        text = self.source[first:last]
        return first + len(text) - len(text.lstrip()), first + len(text.rstrip())

    def _formula(self, token: Token) -> None:
        assert token.map is not None, "blocks have lines"
        start = self.source.find(token.markup, self.lines[token.map[0]][0])
        end = self.lines[token.map[1] - 1][1]
        lines = [self._row(number) for number in range(token.map[0], token.map[1])]
        leaf = Formula(start, end, tuple(lines), self.inside, whole=bool(token.meta["whole"]))
        self._add(leaf, token.map[1])

    def _rule(self, token: Token) -> None:
        assert token.map is not None, "blocks have lines"
        first, last = self.lines[token.map[0]]
        self._add(Rule(first, last, (), self.inside), token.map[1])


def _groups(lines: Lines, size: int) -> list[Lines]:
    return [lines[at : at + size] for at in range(0, len(lines), size)]
