"""A message, or a part of it, for other programs: as Markdown, as plain text, as HTML of our own making."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from nextword.chat.markup.blocks import Box, Code, Fold, Formula, Heading, Leaf, Paragraph, Rule, Run, Style, Table
from nextword.chat.markup.document import MarkupDocument
from nextword.chat.markup.inline import LINE_BREAK, raw_runs, runs_of, task_runs
from nextword.chat.markup.tables import cells
from nextword.chat.markup.wide_text import narrow

Range = tuple[int, int]

_TAGS = {Style.STRONG: "strong", Style.EMPHASIS: "em", Style.STRUCK: "s", Style.CODE: "code", Style.FORMULA: "code"}


def as_markdown(document: MarkupDocument, part: Range) -> str:
    """Return what the model wrote; marks around a word that is selected as a whole come with it."""
    start, end = _with_marks(document, *part)
    return narrow(document.source[start:end])


def as_text(document: MarkupDocument, part: Range) -> str:
    """Return what is shown, without marks; cells of a table are parted by tabs."""
    pieces: list[str] = []
    boxes: tuple[Box, ...] = ()
    for leaf in _leaves(document, part):
        text = _leaf_text(document.source, leaf, part)
        if text is None:
            continue
        if pieces:
            in_list = isinstance(leaf, Paragraph) and leaf.tight and any(box.kind == "item" for box in boxes)
            tight = leaf.close or in_list
            pieces.append("\n" if tight else "\n\n")
        items = [box for box in leaf.inside if box.kind == "item"]
        if items and items[-1] not in boxes and leaf.start >= part[0]:
            text = f"{items[-1].marker} {text}"
        indent = "  " * (len(items) - 1)
        pieces.append("\n".join(indent + line for line in text.split("\n")) if indent else text)
        boxes = leaf.inside
    return narrow("".join(pieces))


def as_html(document: MarkupDocument, part: Range) -> str:
    """Return what is shown as HTML: a few plain tags, everything else escaped, links only where we would open one."""
    writer = _Writer()
    for leaf in _leaves(document, part):
        body = _leaf_html(document.source, leaf, part)
        if body is not None:
            writer.move_to(leaf.inside)
            writer.add(body)
    writer.move_to(())
    return narrow("".join(writer.parts))


def _leaves(document: MarkupDocument, part: Range) -> Iterator[Leaf]:
    """Yield the leaves in a part; thoughts only where the part lies within them."""
    start, end = part
    for leaf in document.leaves:
        if isinstance(leaf, Fold) or leaf.end < start or leaf.start >= max(end, start + 1):
            continue
        thought = next((box for box in leaf.inside if box.kind == "thinking"), None)
        if thought is None or start >= thought.start + 1:
            yield leaf


def leaf_runs(source: str, leaf: Leaf) -> list[Run]:
    """Return the runs of a leaf that is text."""
    if isinstance(leaf, Paragraph) and not leaf.raw:
        runs = runs_of(source, leaf.lines)
        in_item = leaf.inside and leaf.inside[-1].kind == "item"
        return task_runs(runs, source, leaf.lines) if in_item else runs
    if isinstance(leaf, Heading):
        return runs_of(source, leaf.lines)
    return raw_runs(source, leaf.lines)


def _clipped(runs: list[Run], part: Range) -> Iterator[Run]:
    for run in runs:
        first, last = max(run.start, part[0]), min(run.end, part[1])
        if first >= last:
            continue
        if run.verbatim:
            text = run.text[first - run.start : last - run.start]
            yield Run(text, first, last, run.style, run.href)
        else:
            yield run


def _leaf_text(source: str, leaf: Leaf, part: Range) -> str | None:
    if isinstance(leaf, Rule):
        return "---"
    if isinstance(leaf, Table):
        rows = []
        for first, last in leaf.lines:
            row = [
                "".join(r.text for r in _clipped(runs_of(source, (cell,)), part))
                for cell in cells_of(source, first, last)
            ]
            if any(row):
                rows.append("\t".join(row))
        return "\n".join(rows) or None
    if isinstance(leaf, Formula):
        return source[leaf.start : leaf.end]
    if not leaf.lines:
        return None
    text = "".join(
        source[run.start : run.end] if run.style & Style.FORMULA else run.text
        for run in _clipped(leaf_runs(source, leaf), part)
    )
    return text.replace(LINE_BREAK, "\n")


def cells_of(source: str, first: int, last: int) -> list[Range]:
    """Return where the cells of a table's line stand."""
    return cells(source[first:last], first)


def _leaf_html(source: str, leaf: Leaf, part: Range) -> str | None:
    match leaf:
        case Rule():
            return "<hr>"
        case Formula():
            return f"<pre><code>{escape(source[leaf.start : leaf.end])}</code></pre>"
        case Table():
            return _table_html(source, leaf, part)
        case Code():
            text = _leaf_text(source, leaf, part) or ""
            opening, closing = "<pre><code>" if leaf.first else "", "</code></pre>" if leaf.last else "\n"
            return opening + escape(text) + closing
        case Heading():
            return f"<h{leaf.level}>{_runs_html(leaf_runs(source, leaf), source, part)}</h{leaf.level}>"
        case Paragraph():
            return f"<p>{_runs_html(leaf_runs(source, leaf), source, part)}</p>"
    return None


def _table_html(source: str, leaf: Table, part: Range) -> str:
    rows = []
    for number, (first, last) in enumerate(leaf.lines):
        tag = "th" if leaf.header and number == 0 else "td"
        row = "".join(
            f"<{tag}>{_runs_html(runs_of(source, (cell,)), source, part)}</{tag}>"
            for cell in cells_of(source, first, last)[: len(leaf.aligns)]
        )
        rows.append(f"<tr>{row}</tr>")
    return ("<table>" if leaf.header else "") + "".join(rows) + ("</table>" if leaf.last else "")


def _runs_html(runs: list[Run], source: str, part: Range) -> str:
    pieces = []
    for run in _clipped(runs, part):
        text = escape(source[run.start : run.end] if run.style & Style.FORMULA else run.text)
        text = text.replace(LINE_BREAK, "<br>")
        for style, tag in _TAGS.items():
            if run.style & style:
                text = f"<{tag}>{text}</{tag}>"
        pieces.append(f'<a href="{escape(run.href)}">{text}</a>' if run.href else text)
    return "".join(pieces)


class _Writer:
    """Opens and closes quotes and lists between the leaves."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._boxes: tuple[Box, ...] = ()
        self._lists: list[str] = []  # for each item that is open the tag of its list

    def add(self, body: str) -> None:
        self.parts.append(body)

    def move_to(self, boxes: tuple[Box, ...]) -> None:
        """Close what does not go on and open what begins."""
        boxes = tuple(box for box in boxes if box.kind != "thinking")
        same = 0
        while same < min(len(boxes), len(self._boxes)) and boxes[same] == self._boxes[same]:
            same += 1
        sibling = (
            same < min(len(boxes), len(self._boxes))
            and boxes[same].kind == self._boxes[same].kind == "item"
            and _list_tag(boxes[same]) == _list_tag(self._boxes[same])
        )
        for depth in range(len(self._boxes) - 1, same - 1, -1):
            keep_list = sibling and depth == same
            self.parts.append(_closing(self._boxes[depth], keep_list=keep_list))
        for depth in range(same, len(boxes)):
            self.parts.append(_opening(boxes[depth], in_list=sibling and depth == same))
        self._boxes = boxes


def _list_tag(box: Box) -> str:
    return "ul" if box.marker == "•" else "ol"


def _opening(box: Box, *, in_list: bool) -> str:
    if box.kind == "quote":
        return "<blockquote>"
    if in_list:
        return "<li>"
    number = "".join(sign for sign in box.marker if sign.isdigit())
    start = f' start="{int(number)}"' if number and int(number) != 1 else ""
    return f"<{_list_tag(box)}{start}><li>"


def _closing(box: Box, *, keep_list: bool) -> str:
    if box.kind == "quote":
        return "</blockquote>"
    return "</li>" if keep_list else f"</li></{_list_tag(box)}>"


def _with_marks(document: MarkupDocument, start: int, end: int) -> Range:
    """Widen a part by the marks that belong to it: "**" around a word, "- " before an item."""
    source = document.source
    if end - start >= len(source):
        return 0, len(source)
    for leaf in document.leaves:
        if isinstance(leaf, Rule | Fold | Code | Formula | Table) or not leaf.start <= start <= leaf.end:
            continue
        runs = leaf_runs(source, leaf)
        number = next((at for at, run in enumerate(runs) if run.start >= start or run.end > start), None)
        if number is None:
            break
        if number == 0 and runs[0].start >= start:
            return (start if end <= leaf.end and end < runs[-1].end else source.rfind("\n", 0, start) + 1), end
        last = next((at for at, run in enumerate(runs) if run.end == end), None)
        if runs[number].start >= start and last is not None:
            return runs[number - 1].end, (runs[last + 1].start if last + 1 < len(runs) else leaf.end)
        break
    return start, end
