"""GPT4All's `.chat` files: what Qt's QDataStream writes, in format versions 1 to 12.

Big-endian: magic 0xF5D553CC, version, creation date (seconds), id, name, user name, model, collections; up to version
10 the state of the engine, which is passed over; then the messages. The order of the fields in each version is that of
`gpt4all-chat/src` (Chat, ChatLLM, ChatModel and ToolCallInfo, each with serialize and deserialize).
"""

from __future__ import annotations

from typing import IO, Final
from urllib.parse import unquote

from nextword.history.imports.cleaning import quoted, seconds, title_of
from nextword.history.imports.growing import Draft, Grown
from nextword.history.imports.limits import MOST_MESSAGES
from nextword.history.imports.qt_stream import QtStream, StreamDamaged
from nextword.history.imports.report import ImportReport
from nextword.history.imports.shaping import Unusable, shaped
from nextword.history.records import Attachment
from nextword.history.trees import Tree

NAME: Final = "gpt4all"
MAGIC: Final = bytes.fromhex("f5d553cc")
_NEWEST: Final = 12
_DEEPEST: Final = 8
_PROMPT: Final = "Prompt: "
_RESPONSE: Final = "Response: "
_ROLES: Final = {_PROMPT: "user", _RESPONSE: "assistant", "System: ": "system"}


def read(file: IO[bytes], where: str, report: ImportReport) -> Tree:
    """Return the chat of a file. Of a file that is cut short, the messages before. Raises Unusable."""
    stream = QtStream(file)
    try:
        stream.take(len(MAGIC))
        version = stream.int32()
        if not 1 <= version <= _NEWEST:
            raise Unusable("unreadable", f"version {version}")
        created = seconds(stream.int64()) or 0.0
        stream.string()  # a number for the chat
        title = title_of(stream.string(), report)
        stream.string()  # what the person is called
        model = stream.string()
        if version > 2:
            stream.strings()  # names of collections of documents
        if version < 11:
            _pass_engine(stream, version)
        count = stream.int32()
    except StreamDamaged as error:
        raise Unusable("damaged", str(error)) from error
    if not 0 <= count <= MOST_MESSAGES:
        raise Unusable("too_many_messages", str(count))
    chat = _Chat(stream, version, model, report)
    try:
        for _ in range(count):
            chat.read_message(created)
    except StreamDamaged as error:
        report.skip(f"{where}: {title}", "damaged", f"{error}: {len(chat.grown.drafts)} of {count} messages")
    return shaped(Tree(title=title, created=created, updated=created, source=NAME), chat.grown, chat.above, report)


def _pass_engine(stream: QtStream, version: int) -> None:
    """Read over what the engine kept of itself: counts, logits, the token cache and the state, which can be large."""
    has_state = stream.boolean() if version >= 6 else True
    if version >= 2:
        stream.int32()  # kind of model
        stream.int32()  # version of the state
    stream.string()
    stream.string()
    stream.int32()
    if not has_state:
        return
    if version < 4:
        stream.int32()
    stream.int32()
    if version >= 7:
        stream.int32()
    if version < 9:
        stream.skip(4 * stream.uint64())
    stream.skip(4 * stream.uint64())
    stream.skip_bytes()


class _Chat:
    """The messages as they come; above: the place of the last one shown."""

    def __init__(self, stream: QtStream, version: int, model: str, report: ImportReport) -> None:
        self.grown = Grown()
        self.above: int | None = None
        self._stream = stream
        self._version = version
        self._model = model
        self._report = report
        self._last_prompt: Draft | None = None

    def read_message(self, created: float) -> None:
        """Read one message and add it."""
        stream, version = self._stream, self._version
        if version < 12:
            stream.int32()  # its number
        name, text = stream.string(), stream.string()
        if version < 10:
            stream.string()  # the prompt once more
        better = stream.string()
        stream.boolean()  # being written
        stopped = stream.boolean()
        stream.skip(2)  # thumbs
        failed = stream.boolean() if version >= 11 and name == _RESPONSE else False
        documents = self._documents()
        attachments = self._attachments() if version >= 10 else []
        if version >= 12:
            text = "\n\n".join(part for part in (*self._sub_items(0), text) if part.strip())
        draft = Draft(_ROLES.get(name, name.strip(" :")), text, created or None, self._model, attachments=attachments)
        if draft.role == "assistant" and (stopped or failed):
            draft.state = "stopped" if stopped else "interrupted"
        self._add(draft, documents, better)

    def _add(self, draft: Draft, documents: list[Attachment], better: str) -> None:
        if draft.role == "user":
            self._last_prompt = draft
        (self._last_prompt or draft).attachments.extend(documents)
        if not draft.text.strip() and not draft.attachments:
            self._report.remark("empty_messages")
            return
        parent = self.above
        if better.strip():  # what the person would rather have read: a version, and not the one that was shown
            self.grown.add(Draft(draft.role, better, draft.created), parent)
        self.above = self.grown.add(draft, parent)

    def _documents(self) -> list[Attachment]:
        """Return the pieces of documents that were put before the question."""
        stream = self._stream
        found: list[Attachment] = []
        if self._version >= 8:
            for _ in range(stream.count()):
                fields = [stream.string() for _ in range(7)]  # collection, path, file, title, author, date, text
                stream.skip(12)  # page and lines
                found.append(Attachment(fields[2] or "?", _kind(fields[2]), fields[6]))
        elif self._version >= 3:
            references, texts = stream.string(), stream.strings()
            names = [line for line in references.split("\n") if line.strip() and not line.startswith("---")]
            names += ["?"] * (len(texts) - len(names))
            found = [Attachment(name[:200], "txt", text) for name, text in zip(names, texts, strict=False)]
        return [one for one in found if one.text.strip()]

    def _attachments(self) -> list[Attachment]:
        found: list[Attachment] = []
        for _ in range(self._stream.count()):
            address = unquote(self._stream.byte_array().decode("utf-8", "replace"))
            content = self._stream.byte_array()
            name = address.rstrip("/").replace("\\", "/").rpartition("/")[2] or "?"
            try:
                found.append(Attachment(name, _kind(name), content.decode("utf-8")))
            except UnicodeDecodeError:  # a table of a spreadsheet program
                self._report.remark("attachments_left_out")
        return found

    def _sub_items(self, depth: int) -> list[str]:
        """Return the texts of what an answer consists of: its text, calls of tools and what those gave back."""
        if depth > _DEEPEST:
            raise StreamDamaged("nested too deep")
        found: list[str] = []
        for _ in range(self._stream.count()):
            name, text = self._stream.string(), self._stream.string()
            if name == "ToolCall: ":
                self._report.remark("tools_as_text")
                self._pass_tool_call()
                text = quoted("tool call", text)
            elif name == "ToolResponse: ":
                text = quoted("tool result", text)
            elif name not in (_RESPONSE, "Text: "):
                raise StreamDamaged(f"unknown part {name[:40]!r}")
            found.append(text)
            found += self._sub_items(depth + 1)
        return found

    def _pass_tool_call(self) -> None:
        stream = self._stream
        stream.string()
        for _ in range(stream.count()):
            stream.string()
            stream.int32()
            stream.skip_variant()
        stream.string()
        stream.int32()
        stream.string()


def _kind(name: str) -> str:
    return name.rpartition(".")[2].lower()[:12] if "." in name else "txt"
