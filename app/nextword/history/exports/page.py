"""A conversation as one HTML file that loads nothing, runs nothing and looks right in light and dark.

The policy in its head forbids everything but its own style; foreign text is escaped or comes from our own renderer.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from html import escape
from typing import Final, TypeAlias

from msgspec import Struct

from nextword.history.exports.labels import Labels, bare_name, day
from nextword.history.exports.rendering import rendered
from nextword.history.exports.thinking import parts
from nextword.history.trees import Tree, TreeMessage, shown_path


class Word(Struct, frozen=True):
    """A token as it is read. probability: of the model, 0 to 1; surprisal_bits: -log2 of it; rank: 1 is the first."""

    text: str
    probability: float
    surprisal_bits: float
    rank: int


Words: TypeAlias = Callable[[TreeMessage], Sequence[Word]]
"""Returns the words of a message; none when it has no tokens or they are not its text."""

_STYLE: Final = """
body { font-family: system-ui, sans-serif; line-height: 1.5; max-width: 46em; margin: 2em auto; padding: 0 1em;
  color: #1c1c1e; background: #ffffff; }
h1 { font-size: 1.5em; } article { margin: 1.5em 0; }
article > h2 { font-size: 0.9em; color: #5b5b62; margin: 0 0 0.3em; }
article.user > div { background: #f1f2f5; border-radius: 0.6em; padding: 0.1em 1em; }
article.system > div, .date, summary { color: #5b5b62; }
pre { background: #f4f4f6; border-radius: 0.4em; padding: 0.8em; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font-family: ui-monospace, monospace; font-size: 0.92em; }
table { border-collapse: collapse; } th, td { border: 1px solid #c9cad1; padding: 0.3em 0.6em; }
.right { text-align: right; } .center { text-align: center; } .left { text-align: left; }
blockquote { border-left: 0.2em solid #c9cad1; margin-left: 0; padding-left: 1em; }
a { color: #1a5fb4; } .words { white-space: pre-wrap; overflow-wrap: anywhere; }
.s1 { background: #fdf3d8; } .s2 { background: #fbe0b0; } .s3 { background: #f8c48a; } .s4 { background: #f0a06a; }
"""
_DARK: Final = """
@media (prefers-color-scheme: dark) {
body { color: #e8e8ea; background: #1b1c1f; } article > h2, .date, summary, article.system > div { color: #a5a6ad; }
article.user > div { background: #2a2c31; } pre { background: #26282c; } a { color: #8ab8f5; }
th, td { border-color: #4a4c53; } blockquote { border-color: #4a4c53; }
.s1 { background: #3a3524; } .s2 { background: #54431f; } .s3 { background: #6f4b1c; } .s4 { background: #8d4a1a; }
}
"""
_STEPS_BITS: Final = (1.0, 3.0, 6.0, 10.0)
"""From these surprisals on, a word has the next tint."""


def page(tree: Tree, labels: Labels | None = None, *, words: Words | None = None, for_paper: bool = False) -> str:
    """Return the file. words: tint the words of answers by their surprisal, with the figures in their titles.

    for_paper: without the dark colours, in the HTML that Qt lays out.
    """
    said = labels or Labels()
    style = _STYLE if for_paper else _STYLE + _DARK
    title = escape(" ".join(tree.title.split()) or said.untitled)
    if tree.kind == "document":
        articles = _text_of_document(tree, words)
    else:
        articles = "\n".join(_article(message, said, words) for message in shown_path(tree))
    date = day(tree.created)
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{escape(said.language)}">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>",
            f"<style>{style}</style></head>",
            f"<body><h1>{title}</h1>",
            f'<p class="date">{date}</p>' if date else "",
            articles,
            "</body></html>\n",
        ]
    )


def paper_parts(tree: Tree, labels: Labels | None = None) -> list[str]:
    """Return the conversation in the HTML that Qt lays out: its head, then each message, to be printed one by one."""
    said = labels or Labels()
    title = escape(" ".join(tree.title.split()) or said.untitled)
    date = day(tree.created)
    messages = (_article(message, said, None) for message in shown_path(tree))
    return [f"<h1>{title}</h1><p class='date'>{date}</p>", *(_for_qt(message) for message in messages)]


_TABLE: Final = '<table border="1" cellspacing="0" cellpadding="4" style="border-collapse: collapse;'
_FOR_QT: Final = (
    ("<article", "<div"), ("</article>", "</div>"), ("<details>", "<div>"), ("</details>", "</div>"),
    ("<summary>", '<p class="who">'), ("</summary>", "</p>"), ("\n</code></pre>", "</code></pre>"),
    ("<table>", f'{_TABLE} border-style: solid; border-color: #c9cad1">'),
)  # fmt: skip


def _for_qt(article: str) -> str:
    """Return our own markup in the elements that Qt knows; foreign text is escaped and holds none of these."""
    article = article.replace("<h2>", '<p class="who"><b>', 1).replace("</h2>", "</b></p>", 1)
    for ours, known in _FOR_QT:
        article = article.replace(ours, known)
    return article


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _article(message: TreeMessage, labels: Labels, words: Words | None) -> str:
    files = "".join(
        f"<details><summary>{escape(bare_name(file.name))}</summary><pre>{escape(file.text)}</pre></details>"
        for file in message.attachments
    )
    found = words(message) if words is not None else ()
    body = _tinted(found) if found else "".join(_part(thought, text, labels) for thought, text in parts(message.text))
    speaker = escape(labels.speaker(message))
    return f'<article class="{message.role}"><h2>{speaker}</h2>{files}<div>{body}</div></article>'


def _text_of_document(tree: Tree, words: Words | None) -> str:
    pieces = []
    for message in shown_path(tree):
        found = words(message) if words is not None else ()
        pieces.append("".join(map(_word, found)) if found else escape(message.text))
    return f'<article><p class="words">{"".join(pieces)}</p></article>'


def _part(thought: bool, text: str, labels: Labels) -> str:
    inner = rendered(text)
    return f"<details><summary>{escape(labels.thinking)}</summary>{inner}</details>" if thought else inner


def _tinted(words: Sequence[Word]) -> str:
    return f'<p class="words">{"".join(map(_word, words))}</p>'


def _word(word: Word) -> str:
    tint = sum(word.surprisal_bits >= step for step in _STEPS_BITS)
    figures = f"{word.probability:.2%} · {word.surprisal_bits:.1f} bits · {word.rank}."
    return f'<span class="s{tint}" title="{figures}">{escape(word.text)}</span>'
