"""JSON from files of any size: the elements of a list one after the other, each within a limit.

The standard parser is used, which takes halves of characters as JavaScript writes them; what it nests too deep, or
what JSON does not know (NaN), is an error of that element alone.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, Any, Final

from nextword.history.imports.limits import LARGEST_CONVERSATION_BYTES
from nextword.history.imports.report import ImportReport, SkipReason

_CHUNK_BYTES: Final = 1 << 20
_SPACE: Final = re.compile(r"[ \t\n\r]*")


class NotJson(ValueError):
    """A text is not JSON that can be taken. reason: damaged, too_deep or too_large."""

    def __init__(self, reason: SkipReason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


def _no_number(text: str) -> float:
    raise NotJson("damaged", text)


_decoder: Final = json.JSONDecoder(parse_constant=_no_number)


def parse(text: str) -> Any:
    """Return the value of a whole JSON text. Raises NotJson."""
    value, end = parse_at(text, _end_of_space(text, 0))
    if _end_of_space(text, end) != len(text):
        raise NotJson("damaged", "text after the end")
    return value


def parse_at(text: str, start: int) -> tuple[Any, int]:
    """Return the value that begins at `start`, and where it ends. Raises NotJson."""
    try:
        return _decoder.raw_decode(text, start)
    except RecursionError as error:
        raise NotJson("too_deep") from error
    except json.JSONDecodeError as error:
        raise NotJson("damaged", f"{error.msg} (character {error.pos + 1})") from error
    except ValueError as error:  # a number of thousands of digits
        if isinstance(error, NotJson):
            raise
        raise NotJson("damaged", str(error)[:100]) from error


class TextReader:
    """The text of a file, read as far as it is needed. Bytes that are no UTF-8 become a sign and are counted."""

    def __init__(self, file: IO[bytes], report: ImportReport) -> None:
        self._file = file
        self._report = report
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._signs = 0
        self._text = ""
        self._at = 0
        self._ended = False

    def next_mark(self) -> str:
        """Go to the next character that is no space and return it; "" at the end."""
        while True:
            self._at = _end_of_space(self._text, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._more()

    def step(self) -> None:
        """Go behind the character that `next_mark` returned."""
        self._at += 1

    def value(self) -> Any:
        """Return the value that begins here and go behind it. Raises NotJson."""
        wanted = _CHUNK_BYTES
        while True:
            while len(self._text) - self._at < wanted and not self._ended:
                self._more()
            try:
                value, end = parse_at(self._text, self._at)
            except NotJson as error:
                if error.reason == "too_deep" or self._ended:
                    raise
                if len(self._text) - self._at > LARGEST_CONVERSATION_BYTES:
                    raise NotJson("too_large") from error
                wanted = 4 * (len(self._text) - self._at)
                continue
            if end == len(self._text) and not self._ended:  # a number may go on in what was not read yet
                wanted = len(self._text) - self._at + 1
                continue
            self._at = end
            return value

    def _more(self) -> None:
        data = self._file.read(_CHUNK_BYTES)
        text = self._decoder.decode(data, final=not data)
        self._signs += text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
        self._text = self._text[self._at :] + text
        self._at = 0
        if not data:
            self._ended = True
            if self._signs > 0:  # signs that stood in the file are not counted; one may lie across two pieces
                self._report.remark("broken_characters", self._signs)


def elements(reader: TextReader) -> Iterator[Any]:
    """Yield the elements of the list that begins here. Raises NotJson, after the elements before the fault."""
    reader.step()
    if reader.next_mark() == "]":
        return
    while True:
        yield reader.value()
        mark = reader.next_mark()
        reader.step()
        if mark == "]":
            return
        if mark != ",":
            raise NotJson("damaged", "cut short" if not mark else f"unexpected {mark!r} in a list")
        reader.next_mark()


def _end_of_space(text: str, start: int) -> int:
    found = _SPACE.match(text, start)
    return found.end() if found else start
