"""Words within a paragraph: emphasis, code, links and formulas, each with its place in the message.

markdown-it does not say where its inline tokens stand; the state kept here notes it as they are pushed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, image
from markdown_it.token import Token

from nextword.chat.markup import formulas
from nextword.chat.markup.blocks import Lines, Run, Style
from nextword.chat.markup.links import allowed_address

LINE_BREAK = "\u2028"
"""Stands for a line break within a paragraph; Qt breaks the line there."""

_ADDRESS = re.compile(r"https?://[^\s<>\"`|\\^{}\[\]\u2028]+", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\](?=[ \t])")
_STYLES = {"strong": Style.STRONG, "em": Style.EMPHASIS, "s": Style.STRUCK}


class _PlacedState(StateInline):
    """Notes in token.meta["at"] where a token begins in the text of the paragraph."""

    def __init__(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> None:
        super().__init__(src, md, env, tokens)
        self._pending_at = 0
        self._markers = (-1, 0)  # where a run of markers begins, how much of it has been pushed

    def append_pending(self, text: str) -> None:
        if not self.pending:
            self._pending_at = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:  # noqa: N802 - the parent's name
        token = super().pushPending()
        token.meta["at"] = self._pending_at
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.meta["at"] = self.pos
        if ttype == "text" and self.pos < self.posMax and self.src[self.pos] in "*_~":
            self._place_marker(token)
        return token

    def _place_marker(self, token: Token) -> None:
        """Markers of one run are pushed one after the other (~ in pairs) before the position moves on."""
        start, pushed = self._markers
        if start != self.pos:
            start, pushed = self.pos, 0
        step = 1
        if self.src[start] == "~":
            length = len(self.src) - start - len(self.src[start:].lstrip("~"))
            step = 1 if length % 2 and not pushed else 2
        token.meta["at"] = start + pushed
        self._markers = (start, pushed + step)


def make_parser() -> MarkdownIt:
    """Return the parser of inline text; HTML, references and images of any kind are left as text."""
    parser = MarkdownIt("zero", {"html": False, "maxNesting": 30})
    parser.enable(
        ["newline", "escape", "backticks", "strikethrough", "emphasis", "link", "image", "autolink", "entity"]
    )
    parser.inline.ruler2.enable(["balance_pairs", "strikethrough", "emphasis"])
    parser.inline.ruler2.disable("fragments_join")
    parser.inline.ruler.at("image", _image_rule)
    parser.inline.ruler.before("escape", "formula", formulas.inline_rule)
    parser.validateLink = allowed_address  # type: ignore[method-assign, assignment]
    return parser


def _image_rule(state: StateInline, silent: bool) -> bool:
    taken = image(state, silent)
    if taken and not silent:
        state.tokens[-1].meta["end"] = state.pos
    return taken


_parser = make_parser()


def runs_of(source: str, lines: Lines) -> list[Run]:
    """Return what a paragraph shows. source: the whole message, wide; lines: where the paragraph's lines stand."""
    content = "\n".join(source[start:end] for start, end in lines)
    places = _Places(lines)
    if not content:
        return []
    state = _PlacedState(content, _parser, {}, [])
    _parser.inline.tokenize(state)
    for rule in _parser.inline.ruler2.getRules(""):
        rule(state)
    return list(_with_addresses(_joined(_runs(state.tokens, content, places))))


def raw_runs(source: str, lines: Lines) -> list[Run]:
    """Return the lines as they were written."""
    found: list[Run] = []
    for number, (start, end) in enumerate(lines):
        if number:
            found.append(Run(LINE_BREAK, lines[number - 1][1], start))
        if end > start:
            found.append(Run(source[start:end], start, end))
    return found


def task_runs(runs: list[Run], source: str, lines: Lines) -> list[Run]:
    """Return the runs of an item with a box to tick in place of "[ ]" and "[x]"."""
    found = _TASK.match(source, lines[0][0]) if lines else None
    if found is None:
        return runs
    box = Run("☑" if found[1] in "xX" else "☐", found.start(), found.end())
    rest = [run for run in runs if run.end > found.end()]
    if rest and rest[0].start < found.end():
        first = rest[0]
        rest[0] = Run(first.text[found.end() - first.start :], found.end(), first.end, first.style, first.href)
    return [box, *rest]


class _Places:
    """From places in a paragraph's text to places in the message."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._starts: list[int] = []
        at = 0
        for start, end in lines:
            self._starts.append(at)
            at += end - start + 1

    def pieces(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (place in the text, start, end in the message) of each line's part between two places."""
        for number, begin in enumerate(self._starts):
            line_start, line_end = self._lines[number]
            first = max(start, begin)
            last = min(end, begin + line_end - line_start)
            if first < last:
                yield first, line_start + first - begin, line_start + last - begin

    def line_break(self, at: int) -> tuple[int, int]:
        """Return the place in the message of the line break at a place in the text."""
        for number, begin in enumerate(self._starts[1:]):
            if begin > at:
                return self._lines[number][1], self._lines[number + 1][0]
        return self._lines[-1][1], self._lines[-1][1]


def _runs(tokens: Sequence[Token], content: str, places: _Places) -> Iterator[Run]:
    style, href, bare = Style.PLAIN, "", False
    for token in tokens:
        kind, at = token.type, int(token.meta.get("at", 0))
        if kind == "link_open":
            href, bare = str(token.attrs.get("href", "")), token.markup == "autolink"
        elif bare and kind == "text":  # an address between < and >, shown as it was written
            bare = False
            for first, start, end in places.pieces(at + 1, content.index(">", at)):
                yield Run(content[first : first + end - start], start, end, style, href)
        elif kind == "link_close":
            href = ""
        elif token.nesting and kind.rsplit("_", 1)[0] in _STYLES:
            mark = _STYLES[kind.rsplit("_", 1)[0]]
            style = style | mark if token.nesting > 0 else style & ~mark
        else:
            yield from _token_runs(token, at, content, places, (style, href))


def _token_runs(token: Token, at: int, content: str, places: _Places, look: tuple[Style, str]) -> Iterator[Run]:
    style, href = look
    match token.type:
        case "text":
            for first, start, end in places.pieces(at, at + len(token.content)):
                yield Run(content[first : first + end - start], start, end, style, href)
        case "text_special":
            for _, start, end in places.pieces(at, at + len(token.markup)):
                if token.info == "escape":  # the backslash is not shown, the sign is
                    start = end - len(token.content)
                yield Run(token.content, start, end, style, href)
        case "code_inline":
            yield from _code_runs(token, at, content, places, look)
        case "softbreak" | "hardbreak":
            start, end = places.line_break(at)
            yield Run(LINE_BREAK, start, end, style)
        case "image":
            yield from _image_runs(token, at, content, places, style)
        case "formula":
            pieces = list(places.pieces(at, at + int(token.meta["length"])))
            display = Style.DISPLAY if token.meta["display"] else Style.PLAIN
            yield Run(token.content, pieces[0][1], pieces[-1][2], style | Style.FORMULA | display, href)


def _code_runs(token: Token, at: int, content: str, places: _Places, look: tuple[Style, str]) -> Iterator[Run]:
    style, href = look
    at += len(token.markup)
    length = len(token.content)
    if content[at : at + length].replace("\n", " ") != token.content:
        at += 1  # one space on each side belongs to the markers
    before = 0
    for number, (first, start, end) in enumerate(places.pieces(at, at + length)):
        if number:
            yield Run(" ", before, start, style | Style.CODE, href)
        yield Run(content[first : first + end - start], start, end, style | Style.CODE, href)
        before = end


def _image_runs(token: Token, at: int, content: str, places: _Places, style: Style) -> Iterator[Run]:
    """Show an image as its words and, fainter, its address in brackets; it is never loaded."""
    label = at + 2
    for first, start, end in places.pieces(label, label + len(token.content)):
        yield Run(content[first : first + end - start], start, end, style)
    address = label + len(token.content) + 1
    for number, (first, start, end) in enumerate(places.pieces(address, int(token.meta["end"]))):
        if not number:
            yield Run(" ", start, start, style)
        yield Run(content[first : first + end - start], start, end, style | Style.FAINT)


def _joined(runs: Iterator[Run]) -> Iterator[Run]:
    """Join what stands side by side and looks alike."""
    last: Run | None = None
    for run in runs:
        if not run.text:
            continue
        if (
            last is not None
            and (last.style, last.href, last.end) == (run.style, run.href, run.start)
            and last.verbatim
            and run.verbatim
            and LINE_BREAK not in (last.text, run.text)
        ):
            last = Run(last.text + run.text, last.start, run.end, run.style, run.href)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _with_addresses(runs: Iterator[Run]) -> Iterator[Run]:
    """Make links of addresses that stand in the text as they are."""
    for run in runs:
        if run.href or not run.verbatim or run.style & (Style.CODE | Style.FAINT) or "://" not in run.text:
            yield run
            continue
        at = 0
        for found in _ADDRESS.finditer(run.text):
            address = found[0].rstrip(".,;:!?'*_~")
            if address.endswith(")") and "(" not in address:
                address = address.rstrip(").,;:!?'")
            if not allowed_address(address):
                continue
            yield _part(run, at, found.start(), "")
            at = found.start() + len(address)
            yield _part(run, found.start(), at, address)
        yield _part(run, at, len(run.text), "")


def _part(run: Run, first: int, last: int, href: str) -> Run:
    return Run(run.text[first:last], run.start + first, run.start + last, run.style, href)
