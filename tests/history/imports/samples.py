"""What an import needs in a test: a history, a run to its end, and files as the other programs write them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.imports.importing import Importing
from nextword.history.imports.report import ImportReport
from nextword.history.reading_trees import read_tree
from nextword.history.trees import Tree


@contextmanager
def history(path: Path) -> Iterator[Conversations]:
    """A real database."""
    db = open_database(path)
    try:
        yield Conversations(db)
    finally:
        db.close()


def imported(conversations: Conversations, *paths: Path, own_prompts: bool = False) -> tuple[list[Tree], ImportReport]:
    """Import to the end; return what came of it as it stands in the database, and the report."""
    importing = Importing(paths, own_prompts=own_prompts)
    try:
        while not importing.advance(conversations).done:
            pass
    finally:
        importing.close()
    return [read_tree(conversations.store, key) for key in importing.imported], importing.report


def conversation_from(path: Path, tmp_path: Path) -> tuple[Tree, ImportReport]:
    """Import one file with one conversation into a history of its own."""
    with history(tmp_path / "history.db") as conversations:
        (tree,), report = imported(conversations, path)
    return tree, report


def lines(tree: Tree) -> list[tuple[str, int | None, str]]:
    """Return role, place of the parent and text of each message."""
    return [(message.role, message.parent, message.text) for message in tree.messages]


# --- ChatGPT ------------------------------------------------------------------------------------------------


def chatgpt_node(parent: str | None, *children: str, message: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": "x", "message": message, "parent": parent, "children": list(children)}


def chatgpt_message(role: str, *parts: Any, **fields: Any) -> dict[str, Any]:
    content = fields.pop("content", {"content_type": "text", "parts": list(parts)})
    return {
        "id": "m", "author": {"role": role, "name": fields.pop("name", None), "metadata": {}}, "create_time": 1.7e9,
        "update_time": None, "content": content, "status": "finished_successfully", "end_turn": None, "weight": 1.0,
        "metadata": {}, "recipient": "all", "channel": None,
    } | fields  # fmt: skip


def chatgpt_conversation() -> dict[str, Any]:
    """A question with two answers, the second one shown and answered with a call of a tool."""
    search = chatgpt_message("assistant", content={"content_type": "code", "language": "python", "text": "print(2)"})
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Counting", "content": "1, 2"}]}
    return {
        "title": "Counting to two",
        "create_time": 1_700_000_000.25,
        "update_time": 1_700_000_500.5,
        "conversation_id": "67a678d3-a274-8191-94ee-7ca817b25b36",
        "is_archived": False,
        "current_node": "final",
        "default_model_slug": "gpt-5",
        "mapping": {
            "root": chatgpt_node(None, "system"),
            "system": chatgpt_node("root", "context", message=chatgpt_message("system", "")),
            "context": chatgpt_node("system", "question", message=chatgpt_message("user", content={
                "content_type": "user_editable_context", "user_profile": "I am nine.", "user_instructions": "Be short.",
            })),
            "question": chatgpt_node("context", "one", "thoughts", message=chatgpt_message("user", "Count to two")),
            "one": chatgpt_node("question", message=chatgpt_message(
                "assistant", "1 2", create_time=1_700_000_100.125, metadata={"model_slug": "gpt-4o"})),
            "thoughts": chatgpt_node("question", "call", message=chatgpt_message("assistant", content=thoughts)),
            "call": chatgpt_node("thoughts", "output", message=search | {"recipient": "python"}),
            "output": chatgpt_node("call", "final", message=chatgpt_message(
                "tool", name="python", content={"content_type": "execution_output", "text": "2"})),
            "final": chatgpt_node("output", message=chatgpt_message(
                "assistant", "It is ", {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"},
                metadata={"model_slug": "gpt-5"})),
        },
    }  # fmt: skip


# --- GPT4All ------------------------------------------------------------------------------------------------


class QtWriter:
    """QDataStream, as far as GPT4All's files need it."""

    def __init__(self) -> None:
        self.data = bytearray()

    def put(self, form: str, *values: Any) -> None:
        self.data += struct.pack(">" + form, *values)

    def text(self, value: str) -> None:
        self.bytes(value.encode("utf-16-be", "surrogatepass"))

    def bytes(self, value: bytes) -> None:
        self.put("I", len(value))
        self.data += value


def gpt4all_chat(version: int, messages: list[tuple[str, str]], *, title: str = "A chat") -> bytes:
    """A file as version 1 to 12 of the format has it; the second message is stopped and quotes a document."""
    out = QtWriter()
    out.put("Ii", 0xF5D553CC, version)
    out.put("q", 1_700_000_000)
    for text in ("c9a6", title, "someone", "model-7b.gguf"):
        out.text(text)
    if version > 2:
        out.put("I", 1)
        out.text("My documents")
    if version < 11:
        _engine(out, version)
    out.put("i", len(messages))
    for number, (name, text) in enumerate(messages):
        _gpt4all_message(out, version, number, (name, text))
    return bytes(out.data)


def _engine(out: QtWriter, version: int) -> None:
    if version >= 6:
        out.put("?", True)
    if version >= 2:
        out.put("ii", 1, 0)
    out.text("response")
    out.text("name")
    out.put("I", 12)
    if version < 4:
        out.put("I", 5)
    out.put("I", 3)  # n_past
    if version >= 7:
        out.put("I", 2048)
    if version < 9:
        out.put("Qff", 2, 0.5, 0.25)
    out.put("Qiii", 3, 1, 2, 3)
    out.bytes(b"state" * 1000)


def _gpt4all_message(out: QtWriter, version: int, number: int, message: tuple[str, str]) -> None:
    name, text = message
    if version < 12:
        out.put("i", number)
    out.text(name)
    out.text("" if version >= 12 and name == "Response: " else text)
    if version < 10:
        out.text("the prompt again")
    out.text("")
    out.put("????", False, number == 1, False, False)
    if version >= 11 and name == "Response: ":
        out.put("?", False)
    _documents(out, version, number)
    if version >= 10:
        out.put("q", int(number == 0))
        if number == 0:
            out.bytes(b"file:///home/someone/n%20otes.md")
            out.bytes("Notes é".encode())
    if version >= 12:
        _sub_items(out, text if name == "Response: " else "")


def _documents(out: QtWriter, version: int, number: int) -> None:
    if version >= 8:
        out.put("q", int(number == 1))
        if number == 1:
            for field in ("docs", "/home/someone/a.txt", "a.txt", "T", "A", "", "An excerpt."):
                out.text(field)
            out.put("iii", 1, -1, -1)
    elif version >= 3:
        out.text('1. "T". In a.txt. [Context](context://1)' if number == 1 else "")
        out.put("I", int(number == 1))
        if number == 1:
            out.text("An excerpt.")


def _sub_items(out: QtWriter, text: str) -> None:
    if not text:
        out.put("q", 0)
        return
    out.put("q", 2)
    out.text("Response: ")
    out.text("")
    out.put("q", 2)
    out.text("Text: ")
    out.text(text)
    out.put("q", 0)
    out.text("ToolCall: ")
    out.text("print(1)")
    out.text("javascript_interpret")
    out.put("q", 1)
    out.text("code")
    out.put("iI?", 0, 10, False)
    out.text("print(1)")
    out.text("1")
    out.put("i", 0)
    out.text("")
    out.put("q", 0)
    out.text("ToolResponse: ")
    out.text("1")
    out.put("q", 0)
