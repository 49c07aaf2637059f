"""A conversation as a Markdown document: the shown path, one heading for each message.

A message cannot reach beyond itself: what would swallow the messages after it (a code fence or a comment that is never
closed) is closed or fenced in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nextword.history.exports.labels import Labels, bare_name, day
from nextword.history.exports.thinking import parts
from nextword.history.trees import Tree, document_text, shown_path

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SWALLOWS: Final = re.compile(r"```|~~~|^[ >\d.)*+-]*<[!?a-zA-Z]", re.MULTILINE)
_SENTINEL: Final = "end of message"
_PARSED_CHARACTERS: Final = 200_000
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>&#|~])")


def markdown(tree: Tree, labels: Labels | None = None) -> str:
    """Return the document."""
    words = labels or Labels()
    title = " ".join(tree.title.split()) or words.untitled
    pieces = [f"# {_plain(title)}", day(tree.created)]
    if tree.kind == "document":
        return "\n\n".join([*filter(None, pieces), contained(document_text(tree))]) + "\n"
    for message in shown_path(tree):
        pieces.append(f"## {_plain(words.speaker(message))}")
        for file in message.attachments:
            pieces += [f"**{_plain(bare_name(file.name))}**", fenced(file.text)]
        for thought, text in parts(message.text):
            if thought:
                pieces.append(_quoted(f"*{_plain(words.thinking)}*\n\n{contained(text)}"))
            else:
                pieces.append(contained(text))
    return "\n\n".join(piece for piece in pieces if piece) + "\n"


def contained(text: str) -> str:
    """Return a message that ends where it ends, however its Markdown is read."""
    text = text.strip("\n").replace("\0", "\ufffd")
    if not _SWALLOWS.search(text):
        return text
    if len(text) <= _PARSED_CHARACTERS:
        for close in ("", *_closings(text)):
            closed = f"{text}\n{close}" if close else text
            if _ends(closed):
                return closed
    return fenced(text)


def fenced(text: str) -> str:
    """Return a text as code that nothing in it can end."""
    ticks = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}\n{text}\n{fence}"


def _closings(text: str) -> list[str]:
    """Return what could close the last thing that is open."""
    tokens = _parser().parse(text)
    last = tokens[-1] if tokens else None
    if last is not None and last.type == "fence":
        return [last.markup]
    return ["-->"] if last is not None and last.type == "html_block" else []


def _ends(text: str) -> bool:
    """Say whether a heading that follows is read as one."""
    tokens = _parser().parse(f"{text}\n\n## {_SENTINEL}\n")
    return (
        len(tokens) >= 3
        and tokens[-3].type == "heading_open"
        and tokens[-3].level == 0
        and tokens[-2].content == _SENTINEL
    )


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # here: the window need not wait for it

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).disable("inline")


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _plain(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", text)
