"""What a message gives to other programs."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from nextword.chat.markup.copying import as_html, as_markdown, as_text
from nextword.chat.markup.document import MarkupDocument

TEXT = """# Title

Some **bold** and `code`, [link](https://a.example/?b=1&c="2").

- one
- two
  1. deep

```c
int a = b < c;
```

| h | i |
|---|---|
| 1 | *2* |

> said <b>so</b>
"""


def made(text: str) -> MarkupDocument:
    document = MarkupDocument()
    document.update(text)
    return document


def whole(document: MarkupDocument) -> tuple[int, int]:
    return 0, len(document.source)


def test_markdown_is_what_the_model_wrote() -> None:
    document = made(TEXT + "😀")
    assert as_markdown(document, whole(document)) == TEXT + "😀"


def test_a_word_that_is_selected_takes_its_marks_along() -> None:
    document = made("a **bold** word")
    assert as_markdown(document, (4, 8)) == "**bold**"
    assert as_markdown(document, (4, 6)) == "bo"
    assert as_text(document, (4, 8)) == "bold"


def test_plain_text_is_what_is_shown() -> None:
    document = made(TEXT)
    assert as_text(document, whole(document)) == (
        "Title\n\nSome bold and code, link.\n\n• one\n• two\n  1. deep\n\nint a = b < c;\n\nh\ti\n1\t2\n\n"
        "said <b>so</b>"
    )


def test_rich_text_is_plain_tags_and_everything_else_is_escaped() -> None:
    document = made(TEXT)
    assert as_html(document, whole(document)) == (
        "<h1>Title</h1><p>Some <strong>bold</strong> and <code>code</code>, "
        '<a href="https://a.example/?b=1&amp;c=%222%22">link</a>.</p>'
        "<ul><li><p>one</p></li><li><p>two</p><ol><li><p>deep</p></li></ol></li></ul>"
        "<pre><code>int a = b &lt; c;</code></pre>"
        "<table><tr><th>h</th><th>i</th></tr><tr><td>1</td><td><em>2</em></td></tr></table>"
        "<blockquote><p>said &lt;b&gt;so&lt;/b&gt;</p></blockquote>"
    )


def test_a_selection_across_blocks_begins_and_ends_within_them() -> None:
    document = made("First *one* here.\n\nSecond two.")
    part = (document.source.index("one"), document.source.index(" two"))
    assert as_text(document, part) == "one here.\n\nSecond"
    assert as_html(document, part) == "<p><em>one</em> here.</p><p>Second</p>"


def test_thoughts_are_copied_only_when_they_are_selected() -> None:
    document = made("<think>secret</think>Open.")
    assert as_text(document, whole(document)) == "Open."
    assert as_text(document, (7, 13)) == "secret"
    assert "secret" in as_markdown(document, whole(document))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


PLAIN_TAGS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "strong", "em", "s", "code", "pre", "a", "ul", "ol", "li",
              "blockquote", "table", "tr", "th", "td", "br", "hr"}  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([*TEXT.split("\n"), "<img src=x onerror=y>", "![a](file:///x)", "[b](javascript:c)", ""]))
)
def test_rich_text_is_always_well_formed_and_harmless(lines: list[str]) -> None:
    document = made("\n".join(lines))
    tags = _Tags()
    tags.feed(as_html(document, whole(document)))
    assert not tags.open
    assert tags.seen <= PLAIN_TAGS
    assert all(address.startswith("https://a.example/") for address in tags.addresses)
