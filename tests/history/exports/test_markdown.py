from __future__ import annotations

import itertools
import random

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from nextword.history.exports.labels import Labels
from nextword.history.exports.markdown import contained, fenced, markdown
from nextword.history.trees import TreeMessage
from tests.history.exports.documents import FRAGMENTS, conversation


def headings(document: str) -> list[str]:
    """The headings at the top of a document as another program reads it."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(document)
    return [
        after.content
        for token, after in itertools.pairwise(tokens)
        if token.type == "heading_open" and token.level == 0 and token.tag == "h2"
    ]


def speakers(document: str, count: int) -> list[str]:
    wanted = ["You" if place % 2 == 0 else f"model-{place}" for place in range(count)]
    return [found for found in headings(document) if found in wanted]


def test_a_conversation_is_its_shown_path_with_a_heading_for_each_message() -> None:
    tree = conversation("What is **1**?", "One.", "And 2?")
    other = TreeMessage(parent=0, role="assistant", text="Not shown", created=1.0)
    document = markdown(replace(tree, messages=(*tree.messages, other)))
    assert document.startswith(
        "# A title\n\n2023-11-14 22:13 UTC\n\n## You\n\n**notes.md**\n\n````\n```\nopen\n````\n\n"
    )
    assert document.endswith("What is **1**?\n\n## model-1\n\nOne.\n\n## You\n\nAnd 2?\n")
    assert "Not shown" not in document


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=range(len(FRAGMENTS)))
def test_no_message_reaches_beyond_itself(fragment: str) -> None:
    document = markdown(conversation(fragment, f"a\n{fragment}", f"{fragment}\nb", f"a\n\n{fragment}\n\nb"))
    assert speakers(document, 4) == ["You", "model-1", "You", "model-3"]


def test_no_random_mixture_of_them_does_either() -> None:
    chance = random.Random(5)
    for _ in range(1_500):
        texts = [chance.choice(["\n", "\n\n", "\n   ", " "]).join(chance.choices(FRAGMENTS, k=5)) for _ in range(4)]
        document = markdown(conversation(*texts))
        assert speakers(document, 4) == ["You", "model-1", "You", "model-3"], texts


def test_a_text_that_is_sound_is_not_touched() -> None:
    text = "# A\n\n```python\nprint(1)\n```\n\n<b>x</b> | a\n\n- `x`\n"
    assert contained(text) == text.strip("\n")


def test_code_that_holds_fences_is_fenced_with_more() -> None:
    assert fenced("a ```` b") == "`````\na ```` b\n`````"


def test_thoughts_are_quoted_and_named() -> None:
    document = markdown(conversation("q", "<think>\nFirst\n\nthen\n</think>\n\nAnswer"), Labels(thinking="Gedanken"))
    assert "> *Gedanken*\n>\n> First\n>\n> then\n\nAnswer\n" in document


def test_neither_folders_nor_people_are_named() -> None:
    document = markdown(conversation("q", "a"))
    assert "ada" not in document.replace("made", "")
    assert "/home" not in document


def test_a_title_is_shown_as_it_is() -> None:
    assert markdown(conversation("q", title="*a* <b> [c](d)\n# e")).startswith("# \\*a\\* \\<b\\> \\[c\\](d) \\# e\n")
