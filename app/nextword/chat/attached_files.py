"""Files that go with a message, as text: read on a thread of their own, within limits, and never changed.

A PDF is a program by a stranger: its text is taken out in a process that has little time and memory and no file.
"""

from __future__ import annotations

import codecs
import errno
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from nextword.chat.pdf_text import PdfReader
from nextword.errors import AttachmentNotReadable, NextwordError
from nextword.history.records import Attachment
from nextword.thread_faults import tell_fault

LONGEST_BYTES = 4 << 20
"""Of a text file: about a million tokens, more than any context of today holds."""
LONGEST_PDF_BYTES = 64 << 20
_LOOKED_AT_BYTES = 1 << 16
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
Deliver: TypeAlias = Callable[[Callable[[], None]], None]


class AttachedFile(Struct, frozen=True):
    """A file that was read. encoding: of a text, "latin-1" where it was not known and had to be guessed; "" of a PDF.

    pages, read_pages: of a PDF, 0 else; fewer are read when it takes too long.
    """

    attachment: Attachment
    encoding: str = ""
    pages: int = 0
    read_pages: int = 0

    @property
    def is_guessed(self) -> bool:
        """Whether the encoding was guessed, so that letters outside English may be wrong."""
        return self.encoding == "latin-1"

    @property
    def is_cut(self) -> bool:
        """Whether pages are missing at the end."""
        return self.read_pages < self.pages


class AttachedFiles:
    """Reads one file after the other and delivers what came of it. Makes its thread when it is first asked."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._pdf = PdfReader()
        self._executor: ThreadPoolExecutor | None = None
        self._closed = False

    def read(
        self, path: Path, done: Callable[[AttachedFile], None], failed: Callable[[AttachmentNotReadable], None]
    ) -> None:
        """Read a file; `done` or `failed` hears it later."""
        if self._closed:
            return
        if self._executor is None:
            self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="attachments")
        self._executor.submit(self._read, path, done, failed).add_done_callback(tell_fault)

    def close(self) -> None:
        """End a PDF that is being read and join the thread. Nothing is delivered after."""
        self._closed = True
        self._pdf.close()
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    def _read(
        self, path: Path, done: Callable[[AttachedFile], None], failed: Callable[[AttachmentNotReadable], None]
    ) -> None:
        try:
            file = read_file(path, self._pdf)
        except AttachmentNotReadable as error:
            self._deliver(partial(self._hear, failed, error))
        else:
            self._deliver(partial(self._hear, done, file))

    def _hear(self, listener: Callable[..., None], value: AttachedFile | NextwordError) -> None:
        if not self._closed:
            listener(value)


def read_file(path: Path, pdf: PdfReader) -> AttachedFile:
    """Return a file as text, going by what is in it and not by its name. Raises AttachmentNotReadable."""
    data = _bytes_of(path)
    if data.startswith(b"%PDF-"):
        found = pdf.read(path, data)
        attachment = Attachment(path.name, "pdf", found.text)
        return AttachedFile(attachment, pages=found.pages, read_pages=found.read_pages)
    if len(data) > LONGEST_BYTES:
        raise AttachmentNotReadable(str(path), "too_large", str(len(data)))
    text, encoding = text_of(data)
    if text is None:
        raise AttachmentNotReadable(str(path), "not_text")
    if not text.strip():
        raise AttachmentNotReadable(str(path), "empty")
    kind = path.suffix.lstrip(".").casefold() or "txt"
    return AttachedFile(Attachment(path.name, kind, text), encoding)


def text_of(data: bytes) -> tuple[str | None, str]:
    """Return bytes as text with line breaks of one kind, and in which encoding; None for what is no text.

    UTF-8 unless a mark says otherwise; UTF-16 without a mark shows in its zero bytes; else latin-1, a guess.
    """
    mark = next((mark for mark in sorted(_MARKS, key=len, reverse=True) if data.startswith(mark)), b"")
    encodings = [_MARKS[mark]] if mark else [*_utf_16_of(data), "utf-8"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _is_binary(text):
            return _one_kind_of_line(text), "utf-8" if encoding == "utf-8-sig" else encoding
    text = data.decode("latin-1")
    return (None, "") if mark or _is_binary(text) or _is_binary_bytes(data) else (_one_kind_of_line(text), "latin-1")


def _utf_16_of(data: bytes) -> list[str]:
    """Return the kind of UTF-16 that the zero bytes speak for: every second one of Western text."""
    sample = data[:_LOOKED_AT_BYTES]
    if len(sample) < 4 or len(data) % 2 or b"\0" not in sample:
        return []
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > half * 0.3 and even < half * 0.05:
        return ["utf-16-le"]
    return ["utf-16-be"] if even > half * 0.3 and odd < half * 0.05 else []


def _is_binary(text: str) -> bool:
    return "\0" in text


def _is_binary_bytes(data: bytes) -> bool:
    """Say whether there are more control characters than a text in an old encoding has."""
    sample = data[:_LOOKED_AT_BYTES]
    strange = sum(byte < 32 and byte not in (9, 10, 12, 13, 27) for byte in sample)
    return strange * 100 > len(sample)


def _one_kind_of_line(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes_of(path: Path) -> bytes:
    """Return what is in a file, which may be no pipe and no device: those can block for ever."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise AttachmentNotReadable(str(path), "not_a_file")
            with os.fdopen(handle, "rb", closefd=False) as file:
                data = file.read(LONGEST_PDF_BYTES + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise AttachmentNotReadable(str(path), _reason_of(error), error.strerror or "") from error
    if len(data) > LONGEST_PDF_BYTES:
        raise AttachmentNotReadable(str(path), "too_large", str(len(data)))
    if not data:
        raise AttachmentNotReadable(str(path), "empty")
    return data


def _reason_of(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "missing"
    if isinstance(error, PermissionError):
        return "no_permission"
    return "not_a_file" if error.errno in (errno.EISDIR, errno.ENXIO) else "unreadable"
