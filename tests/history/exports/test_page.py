from __future__ import annotations

import base64
import hashlib
import random
import re
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace

from nextword.history.exports.page import Word, page
from nextword.history.exports.rendering import rendered
from nextword.history.trees import Tree, TreeMessage
from tests.history.exports.documents import FRAGMENTS, conversation

TAGS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "article",
        "div",
        "p",
        "a",
        "em",
        "strong",
        "s",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "blockquote",
        "hr",
        "br",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "span",
    ]
)
ATTRIBUTES = frozenset(["class", "href", "rel", "title", "charset", "http-equiv", "content", "name", "lang", "start"])


class Reader(HTMLParser):
    """Everything that is in a page as a browser sees it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.policy = ""
        self.style = ""
        self._in_style = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._in_style = tag == "style"
        for name, value in attrs:
            self.attributes.add(name)
            if name == "href":
                self.links.append(value or "")
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.style += data
        else:
            self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.add(f"comment {data}")

    def handle_pi(self, data: str) -> None:
        self.tags.add(f"instruction {data}")


def check(tree: Tree) -> Reader:
    found = Reader(page(tree))
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES
    assert all(re.match(r"(https?:|mailto:)", link) for link in found.links)
    return found


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=range(len(FRAGMENTS)))
def test_nothing_in_a_message_becomes_more_than_text(fragment: str) -> None:
    check(conversation(fragment, f"a\n{fragment}\nb", title=fragment))


def test_no_random_mixture_does_either() -> None:
    chance = random.Random(6)
    for _ in range(500):
        texts = [chance.choice(["\n", "\n\n", ""]).join(chance.choices(FRAGMENTS, k=5)) for _ in range(3)]
        check(conversation(*texts))


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    found = check(conversation("q", "a"))
    digest = base64.b64encode(hashlib.sha256(found.style.encode()).digest()).decode()
    assert found.policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "prefers-color-scheme: dark" in found.style
    assert not re.search(r"url\(|@import|expression", found.style)


def test_pictures_are_named_and_not_shown() -> None:
    found = check(conversation("![a cat](http://tracker.example/a.png)"))
    assert "[a cat] (http://tracker.example/a.png)" in found.text
    assert found.links == []


def test_a_link_says_where_it_leads() -> None:
    text = page(conversation("[my bank](https://evil.example/x)"))
    assert 'href="https://evil.example/x" rel="noopener noreferrer nofollow" title="https://evil.example/x"' in text


def test_markdown_is_rendered_with_tables_and_code() -> None:
    text = rendered("a | b\n--|--:\n1 | 2\n\n```py\n<x>\n```\n\n~~no~~ **yes**")
    assert '<td class="right">2</td>' in text
    assert "style=" not in text
    assert '<pre><code class="language-py">&lt;x&gt;' in text
    assert "<s>no</s> <strong>yes</strong>" in text


def test_thoughts_are_folded_and_attachments_too() -> None:
    text = page(conversation("q", "<think>\nhm\n</think>\nyes"))
    assert "<details><summary>Thinking</summary><p>hm</p>\n</details><p>yes</p>" in text
    assert "<details><summary>notes.md</summary><pre>```\nopen</pre></details>" in text


def test_neither_folders_nor_people_are_named() -> None:
    text = page(conversation("q", "a"))
    assert "/home" not in text
    assert "ada" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def test_words_carry_their_figures_and_no_more_than_their_text() -> None:
    def words(message: TreeMessage) -> list[Word]:
        if message.role == "user":
            return []
        return [Word("<b>", 0.5, 1.0, 1), Word(" x", 0.0001, 13.3, 900)]

    text = page(conversation("q", "<b> x"), words=words)
    assert '<span class="s1" title="50.00% · 1.0 bits · 1.">&lt;b&gt;</span>' in text
    assert '<span class="s4" title="0.01% · 13.3 bits · 900."> x</span>' in text


def test_a_page_for_paper_has_only_what_qt_lays_out() -> None:
    text = page(conversation("q"), for_paper=True)
    assert "@media" not in text


@pytest.mark.parametrize("text", ["![" * 90_000, "[" * 150_000, "|a" * 90_000, "\n> " * 60_000, "x" * 300_000])
def test_what_would_take_long_is_shown_as_it_is(text: str) -> None:
    assert rendered(text).startswith("<pre>")


def test_only_the_shown_path_is_written() -> None:
    tree = conversation("q", "shown")
    other = TreeMessage(parent=0, role="assistant", text="Not there", created=1.0)
    assert "Not there" not in page(replace(tree, messages=(*tree.messages, other)))
