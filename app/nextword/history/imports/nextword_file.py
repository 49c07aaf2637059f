"""Our own files (history/own_format.py) back to conversations; what is damaged costs its own line and no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any, Final

import msgspec

from nextword.history.imports.limits import LARGEST_CONVERSATION_BYTES, MOST_MESSAGES
from nextword.history.imports.report import ImportReport
from nextword.history.own_format import (
    FORMAT,
    VERSION,
    ConversationLine,
    EndLine,
    HeaderLine,
    Line,
    MessageLine,
    TokenTreeLine,
)
from nextword.history.trees import TokenTreeBlock, Tree, TreeMessage

NAME: Final = "nextword"
_decoder: Final = msgspec.json.Decoder(Line)
_LARGEST: Final = (1 << 63) - 1
_FOLDER_DEPTH: Final = 16
_LONGEST_NAME: Final = 300
_MOST_TAGS: Final = 1_000
_MOST_TOKEN_TREES: Final = 1_000
_BEGIN_BYTES: Final = 1 << 20


class NewerFormat(ValueError):
    """A later program wrote the file. Its argument is the version of the format."""


def fits(begin: bytes) -> bool:
    """Say whether a file that begins with these bytes is one of ours, also when its first lines are damaged."""
    for line in begin[:_BEGIN_BYTES].split(b"\n")[:20]:
        found = _decoded(line)
        if isinstance(found, HeaderLine):
            return found.format == FORMAT
        if found is not None:
            return True
    return begin[:200].find(f'"format":"{FORMAT}"'.encode()) >= 0


def read(file: IO[bytes], where: str, report: ImportReport) -> Iterator[Tree]:
    """Yield the conversations of a file as they are complete. Raises NewerFormat."""
    building: _Building | None = None
    complete = False
    for number, text in _numbered(file, where, report):
        match _decoded(text):
            case HeaderLine() as header:
                _check_version(header)
            case EndLine():
                complete = True
                break
            case None:
                report.skip(f"{where}, line {number}", "damaged")
            case TokenTreeLine() as grown:
                _add_token_tree(grown, building, f"{where}, line {number}", report)
            case line:
                finished, building = _placed(line, building)
                if finished is not None:
                    yield finished.tree(report)
                if isinstance(line, MessageLine):
                    building.add(line, f"{where}, line {number}", report)
    if building is not None:
        yield building.tree(report)
    if not complete:
        report.skip(where, "damaged", "cut short")


def _check_version(header: HeaderLine) -> None:
    if header.version > VERSION:
        raise NewerFormat(str(header.version))


def _numbered(file: IO[bytes], where: str, report: ImportReport) -> Iterator[tuple[int, bytes]]:
    """Yield the lines with their numbers; one that is longer than a conversation may be is passed over."""
    number = 0
    while line := file.readline(LARGEST_CONVERSATION_BYTES):
        number += 1
        if not line.endswith(b"\n") and len(line) == LARGEST_CONVERSATION_BYTES:
            while line and not line.endswith(b"\n"):
                line = file.readline(LARGEST_CONVERSATION_BYTES)
            report.skip(f"{where}, line {number}", "too_large")
        elif line.strip():
            yield number, line


def _decoded(text: bytes) -> Line | None:
    """Return a line, None if it is damaged or holds what the database does not take."""
    try:
        line: Line = _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    return line if isinstance(line, HeaderLine | TokenTreeLine | EndLine) or _storable(line) else None


def _storable(line: ConversationLine | MessageLine) -> bool:
    """Say whether the database takes the numbers, and JSON the settings once more."""
    if isinstance(line, ConversationLine):
        return _plain(line.settings)
    numbers: list[int] = []
    if line.origin is not None:
        if not _plain(line.origin.sampling):
            return False
        numbers.append(line.origin.seed)
    if line.outcome is not None:
        numbers += [line.outcome.prompt_tokens, line.outcome.cached_tokens, line.outcome.generated_tokens]
    return all(-_LARGEST <= number <= _LARGEST for number in numbers)


def _plain(values: dict[str, Any]) -> bool:
    try:
        json.dumps(values)
    except (RecursionError, ValueError):
        return False
    return True


def _placed(line: ConversationLine | MessageLine, building: _Building | None) -> tuple[_Building | None, _Building]:
    """Return the conversation that ends before this line, if one does, and the one the line belongs to.

    A message begins a conversation when the line that should have was lost.
    """
    if isinstance(line, ConversationLine):
        return building, _Building(line.number, line)
    if building is not None and building.number == line.conversation:
        return None, building
    return building, _Building(line.conversation, None)


def _add_token_tree(line: TokenTreeLine, building: _Building | None, where: str, report: ImportReport) -> None:
    if building is None or building.number != line.conversation or not building.add_token_tree(line):
        report.skip(where, "wrong_shape")


class _Building:
    """A conversation whose lines are still coming; about is None when its own line was lost."""

    def __init__(self, number: int, about: ConversationLine | None) -> None:
        self.number = number
        self._about = about
        self._messages: list[TreeMessage] = []
        self._places: dict[int, int] = {}  # in the file to here: damaged lines leave gaps
        self._token_trees: list[TokenTreeBlock] = []

    def add(self, line: MessageLine, where: str, report: ImportReport) -> None:
        """Add a message below its parent; below the one before it when the line of the parent was lost."""
        if line.place in self._places or len(self._messages) >= MOST_MESSAGES:
            report.skip(where, "wrong_shape" if line.place in self._places else "too_many_messages")
            return
        here = len(self._messages)
        parent = None if line.parent is None else self._parent(line.parent, report)
        if line.deleted is None:
            parent = self._visible(parent)
        fields = {name: getattr(line, name) for name in TreeMessage.__struct_fields__}
        fields |= {
            "parent": parent,
            "deleted_with": None if line.deleted is None else self._deleted_with(line, here, parent),
            "state": "interrupted" if line.state == "generating" else line.state,
        }
        self._places[line.place] = here
        self._messages.append(TreeMessage(**fields))

    def add_token_tree(self, line: TokenTreeLine) -> bool:
        """Add a tree of continuations, to a document alone; return whether it was added."""
        if self._about is None or self._about.what != "document" or len(self._token_trees) >= _MOST_TOKEN_TREES:
            return False
        fields = {name: getattr(line, name) for name in TokenTreeBlock.__struct_fields__}
        self._token_trees.append(TokenTreeBlock(**fields | {"name": line.name[:_LONGEST_NAME]}))
        return True

    def _parent(self, place: int, report: ImportReport) -> int | None:
        found = self._places.get(place)
        if found is None:
            report.remark("parents_missing")
            before = max((known for known in self._places if known < place), default=None)
            return None if before is None else self._places[before]
        return found

    def _visible(self, place: int | None) -> int | None:
        """Return the nearest message from `place` up that is not in the trash: nothing shown hangs on what is not."""
        while place is not None and self._messages[place].deleted is not None:
            place = self._messages[place].parent
        return place

    def _deleted_with(self, line: MessageLine, here: int, parent: int | None) -> int:
        """Return what took the message into the trash: what took its parent there, or else itself."""
        above = None if parent is None else self._messages[parent].deleted_with
        named = None if line.deleted_with is None else self._places.get(line.deleted_with)
        return above if above is not None and above == named else here

    def tree(self, report: ImportReport) -> Tree:
        """Return what came, and count what did not."""
        messages = tuple(self._messages)
        about = self._about
        if about is None:
            times = [message.created for message in messages]
            title = next((message.text for message in messages if message.role == "user"), "")
            return Tree(
                title=" ".join(title.split())[:80], created=times[0], updated=max(times), messages=messages,
                head=self._last(),
            )  # fmt: skip
        if about.messages > len(messages):
            report.remark("lost_messages", about.messages - len(messages))
        head = None if about.head is None else self._visible(self._places.get(about.head))
        return Tree(
            title=about.title[:_LONGEST_NAME], created=about.created, updated=about.updated, messages=messages,
            head=head if head is not None or about.head is None else self._last(), source=about.source[:_LONGEST_NAME],
            folder=tuple(name[:_LONGEST_NAME] for name in about.folder[:_FOLDER_DEPTH]),
            tags=tuple(dict.fromkeys(tag[:_LONGEST_NAME] for tag in about.tags[:_MOST_TAGS])),
            pinned=about.pinned, archived=about.archived, settings=about.settings, kind=about.what,
            token_trees=tuple(self._token_trees),
        )  # fmt: skip

    def _last(self) -> int | None:
        """Return the message that came last of those that are shown."""
        shown = (place for place, message in enumerate(self._messages) if message.deleted is None)
        return max(shown, default=None)
