"""Markdown to HTML that only shows: no HTML of the text, no pictures, no links but to the web and to mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

_SCHEMES: Final = ("http", "https", "mailto")
_RENDERED_CHARACTERS: Final = 200_000
_RENDERED_MARKS: Final = 8_000
"""Each costs about 0.1 ms: 200,000 brackets alone would take half a minute."""
_MARKS: Final = re.compile(r"[\[*_`~|<\n]")
_parsers: dict[str, MarkdownIt] = {}


def rendered(text: str) -> str:
    """Return safe HTML. A text that cannot be taken apart in good time is shown as it is."""
    if len(text) > _RENDERED_CHARACTERS or len(_MARKS.findall(text)) > _RENDERED_MARKS:
        return f"<pre>{escape(text)}</pre>"
    parser = _parsers.get("html")
    if parser is None:
        parser = _parsers["html"] = _parser()
    try:
        return str(parser.render(text))
    except RecursionError:
        return f"<pre>{escape(text)}</pre>"


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # here: the window need not wait for it

    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.validateLink = _may_link  # type: ignore[method-assign, assignment]
    parser.add_render_rule("image", _picture_as_text)
    parser.add_render_rule("link_open", _link)
    for name in ("th_open", "td_open"):
        parser.add_render_rule(name, _cell)
    return parser


def _may_link(address: str) -> bool:
    try:
        return urlsplit(address.strip()).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def _picture_as_text(_self: RendererHTML, tokens: Sequence[Token], place: int, _options: Any, _env: Any) -> str:
    token = tokens[place]
    return escape(f"[{token.content}] ({token.attrGet('src') or ''})")


def _link(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    token = tokens[place]
    token.attrSet("rel", "noopener noreferrer nofollow")
    token.attrSet("title", str(token.attrGet("href") or ""))  # where it leads, whatever the text of it says
    return self.renderToken(tokens, place, options, env)


def _cell(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    """The policy of the page forbids styles of elements: a class aligns the cell."""
    token = tokens[place]
    side = str(token.attrs.pop("style", "")).removeprefix("text-align:")
    if side in ("left", "center", "right"):
        token.attrSet("class", side)
    return self.renderToken(tokens, place, options, env)
