"""Conversations to be written out, and pieces of text that try to be more than text."""

from __future__ import annotations

from nextword.history.records import Attachment, Origin
from nextword.history.trees import Tree, TreeMessage

FRAGMENTS = [
    "```",
    "````python",
    "~~~",
    "```\ncode",
    "```\ncode\n```",
    "   ```",
    "- ```",
    "1. x\n\n   ```\n   y",
    "> ```",
    "> > ~~~~",
    "    ```",
    "<!--",
    "-->",
    "<script>alert(1)</script>",
    "<script>",
    "<style>",
    "<pre>",
    "<textarea>",
    "<?php",
    "<![CDATA[",
    "<!DOCTYPE x>",
    "<img src=x onerror=alert(1)>",
    "<details>",
    "</div></body></html>",
    "<iframe src='file:///etc/passwd'>",
    "<svg/onload=alert(1)>",
    "![x](http://tracker.example/a.png)",
    "![x](file:///etc/passwd)",
    "![a][r]\n\n[r]: http://tracker.example/b.png",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>)",
    "[x](vbscript:x)",
    "[x](file:///etc)",
    "[x](\\\\host\\share)",
    '[x](http://ok.example/?a=1&b=2 "t")',
    "<http://ok.example>",
    "<javascript:alert(1)>",
    "[x](//host/a)",
    "[x](&#106;avascript:alert(1))",
    "[x](java\nscript:alert(1))",
    "a | b\n--|--:\n1 | 2",
    "# Head",
    "Head\n===",
    "---",
    "* * *",
    "<think>",
    "</think>",
    "<think>hidden</think>",
    "\0",
    "\u202e",
    "`",
    "``",
    "\\",
    "&lt;b&gt;",
    "{{7*7}}",
    "${x}",
    "text",
    "  ",
    "\t",
]


def origin(model: str, file: str = "/home/ada/models/a.gguf") -> Origin:
    return Origin(file, "ab" * 32, model, "cd", {"temperature": 0.5}, 7, "0.1", "b1", "zen4")


def conversation(*texts: str, title: str = "A title") -> Tree:
    """Questions and answers in turn, each answer by a model with a name of its own."""
    messages = tuple(
        TreeMessage(
            parent=place - 1 if place else None,
            role="user" if place % 2 == 0 else "assistant",
            text=text,
            created=1_700_000_000.0 + place,
            origin=origin(f"/home/ada/models/model-{place}") if place % 2 else None,
            attachments=(Attachment("/home/ada/notes.md", "md", "```\nopen"),) if place == 0 else (),
        )
        for place, text in enumerate(texts)
    )
    return Tree(title=title, created=1_700_000_000.0, updated=1.8e9, messages=messages, head=len(messages) - 1)
