"""A process that takes the text out of one PDF: the file comes on its standard input, the text goes to its output.

It opens no file itself, has little memory and time, and says what it has when its time is over.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import time

import msgspec

MEMORY_BYTES = 1 << 30
PROCESSOR_SECONDS = 30
STOP_SECONDS = 20.0
"""Of computing: after so much no further page is begun."""
LONGEST_CHARACTERS = 4 << 20
LONGEST_ANSWER_BYTES = 64 << 20
MOST_PAGES = 5000


class PdfAnswer(msgspec.Struct, frozen=True):
    """reason: "" for a text, else as in AttachmentNotReadable. read_pages: of `pages`, those that are in the text."""

    text: str = ""
    pages: int = 0
    read_pages: int = 0
    reason: str = ""
    detail: str = ""


def main() -> None:
    """Read, limit, extract, say."""
    data = sys.stdin.buffer.read()
    limit()
    answer = extract(data)
    sys.stdout.buffer.write(msgspec.json.encode(answer))
    sys.stdout.buffer.flush()


def limit() -> None:
    """Take from this process what it does not need; where the system cannot, the window's patience must do."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES,
        resource.RLIMIT_CPU: PROCESSOR_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def extract(data: bytes) -> PdfAnswer:
    """Return the text of a PDF, page after page, or why there is none."""
    logging.disable(logging.CRITICAL)  # what is wrong with a file is its own affair
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    texts: list[str] = []
    pages = 0
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return PdfAnswer(reason="pdf_encrypted")
        pages = len(reader.pages)
        size = 0
        for page in reader.pages:
            if time.process_time() > STOP_SECONDS or size > LONGEST_CHARACTERS or len(texts) >= MOST_PAGES:
                break
            text = page.extract_text()
            texts.append(text)
            size += len(text)
    except MemoryError:
        return _so_far(texts, pages) or PdfAnswer(reason="pdf_too_hard", detail="memory")
    except (PyPdfError, Exception) as error:  # noqa: BLE001 - a foreign file can raise anything in it; it is told
        return _so_far(texts, pages) or PdfAnswer(reason="pdf_damaged", detail=f"{type(error).__name__}: {error}"[:200])
    return _so_far(texts, pages) or PdfAnswer(reason="pdf_no_text")


def _so_far(texts: list[str], pages: int) -> PdfAnswer | None:
    text = "\n\n".join(texts).replace("\0", "")[:LONGEST_CHARACTERS]
    text = text.encode("utf-8", "replace").decode()  # half a character can be in a foreign font's map
    return PdfAnswer(text, pages, len(texts)) if text.strip() else None


if __name__ == "__main__":
    main()
