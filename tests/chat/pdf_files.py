"""PDF files for tests, written by hand: honest ones and hostile ones."""

from __future__ import annotations

import zlib


def pdf(objects: list[bytes], *, trailer: bytes = b"/Root 1 0 R") -> bytes:
    """Return a file with these objects, numbered from 1."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(data), more) + data + b"\nendstream"


def with_pages(texts: list[str]) -> bytes:
    """Return a file with one line of text on each page."""
    count = len(texts)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for at, text in enumerate(texts):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (5 + 2 * at),
            stream(b"BT /F1 12 Tf 72 720 Td (" + text.encode("cp1252") + b") Tj ET"),
        ]
    return pdf(objects)


def page_with(contents: bytes) -> bytes:
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
            contents,
        ]
    )


def bomb(size_bytes: int) -> bytes:
    """Return a file whose only page unpacks to that much, twice packed."""
    packer = zlib.compressobj(9)
    inner = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(size_bytes >> 20)) + packer.flush()
    return page_with(stream(zlib.compress(inner, 9), b"/Filter [/FlateDecode /FlateDecode]"))


HOSTILE: dict[str, bytes] = {
    "nothing but a name": b"%PDF-1.7\n",
    "garbage": b"%PDF-1.7\n" + bytes(range(256)) * 400,
    "cut in the middle": with_pages(["one", "two"])[:500],
    "pages in a ring": pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Count 9 /Kids [2 0 R 2 0 R] /Parent 2 0 R >>"]
    ),
    "a catalogue that is itself": pdf([b"1 0 R"]),
    "lists in lists": pdf([b"<< /Type /Catalog /Pages " + b"[" * 50_000 + b"]" * 50_000 + b" >>"]),
    "words that never end": page_with(stream(b"BT " + b"(" * 200_000)),
    "numbers without end": pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Count " + b"9" * 100_000 + b" /Kids [] >>"]
    ),
    "a bomb": bomb(2 << 30),
}
