"""Files that go with a message: their text comes whole, and none of them can stop or fill the window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.chat.attached_files import LONGEST_BYTES, AttachedFile, AttachedFiles, read_file, text_of
from nextword.chat.pdf_text import PdfReader
from nextword.errors import AttachmentNotReadable
from tests.chat.pdf_files import HOSTILE, page_with, stream, with_pages
from tests.deliveries import Deliveries

GREEK = "naïve Ελληνικά 日本 🦊\nsecond line"


@pytest.fixture
def pdf() -> Iterator[PdfReader]:
    reader = PdfReader()
    yield reader
    reader.close()


def read(path: Path, pdf: PdfReader, data: bytes) -> AttachedFile:
    path.write_bytes(data)
    return read_file(path, pdf)


def refused(path: Path, pdf: PdfReader) -> str:
    with pytest.raises(AttachmentNotReadable) as caught:
        read_file(path, pdf)
    return caught.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_text_is_read_in_the_encoding_it_says(tmp_path: Path, pdf: PdfReader, encoding: str) -> None:
    file = read(tmp_path / "notes.TXT", pdf, GREEK.replace("\n", "\r\n").encode(encoding))
    assert file.attachment.text == GREEK
    assert (file.attachment.name, file.attachment.kind) == ("notes.TXT", "txt")
    assert file.encoding == encoding.removesuffix("-sig")
    assert not file.is_guessed


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_shows_in_its_zero_bytes(encoding: str) -> None:
    assert text_of("name;value\nönly some, 3\n".encode(encoding)) == ("name;value\nönly some, 3\n", encoding)


def test_an_encoding_that_had_to_be_guessed_is_said(tmp_path: Path, pdf: PdfReader) -> None:
    file = read(tmp_path / "alt.csv", pdf, "Größe;Maß\n".encode("latin-1"))
    assert (file.attachment.text, file.encoding, file.is_guessed) == ("Größe;Maß\n", "latin-1", True)


def test_code_json_and_tables_keep_their_kind_and_every_sign(tmp_path: Path, pdf: PdfReader) -> None:
    for name, kind in (("a.py", "py"), ("b.json", "json"), ("c.tar.csv", "csv"), ("Makefile", "txt"), ("d.md", "md")):
        text = f"{kind}: ```\t{{}} $\n"
        file = read(tmp_path / name, pdf, text.encode())
        assert (file.attachment.kind, file.attachment.text) == (kind, text)


def test_what_is_no_text_says_why(tmp_path: Path, pdf: PdfReader) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8
    for name, data, reason in (
        ("a.txt", b"", "empty"),
        ("b.txt", b" \n\t ", "empty"),
        ("c.txt", picture, "not_text"),
        ("d.txt", b"\xff\xfe\x00", "not_text"),
        ("e.txt", b"x" * (LONGEST_BYTES + 1), "too_large"),
    ):
        (tmp_path / name).write_bytes(data)
        assert refused(tmp_path / name, pdf) == reason, name
    assert refused(tmp_path / "no such file", pdf) == "missing"
    assert refused(tmp_path, pdf) == "not_a_file"


def test_a_pipe_does_not_hold_the_reader(tmp_path: Path, pdf: PdfReader) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    assert refused(tmp_path / "pipe.txt", pdf) == "not_a_file"


def test_the_text_of_a_pdf_comes_page_by_page(tmp_path: Path, pdf: PdfReader) -> None:
    file = read(tmp_path / "paper.txt", pdf, with_pages(["First page", "Zweite Größe"]))
    assert file.attachment.text == "First page\n\nZweite Größe"
    assert (file.attachment.kind, file.pages, file.read_pages, file.is_cut) == ("pdf", 2, 2, False)


def test_a_pdf_of_pictures_says_that_it_has_no_text(tmp_path: Path, pdf: PdfReader) -> None:
    (tmp_path / "scan.pdf").write_bytes(page_with(stream(b"0 0 m 9 9 l S")))
    assert refused(tmp_path / "scan.pdf", pdf) == "pdf_no_text"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pdf_is_refused(tmp_path: Path, pdf: PdfReader, name: str) -> None:
    (tmp_path / "hostile.pdf").write_bytes(HOSTILE[name])
    reasons = []
    try:  # what could be read of it is a text of honest size
        assert len(read_file(tmp_path / "hostile.pdf", pdf).attachment.text) < 10_000
    except AttachmentNotReadable as error:
        reasons.append(error.reason)
    assert set(reasons) <= {"pdf_damaged", "pdf_no_text", "pdf_too_hard"}


def test_a_pdf_that_takes_for_ever_is_given_up(tmp_path: Path) -> None:
    sleeps = PdfReader([sys.executable, "-c", "import time; time.sleep(600)"], wait_seconds=0.3)
    (tmp_path / "slow.pdf").write_bytes(with_pages(["x"]))
    assert refused(tmp_path / "slow.pdf", sleeps) == "pdf_too_hard"


def test_the_process_has_little_memory_and_writes_no_file() -> None:
    probe = (
        "import resource; from nextword.chat.pdf_process import limit; limit();"
        "print(resource.getrlimit(resource.RLIMIT_FSIZE), resource.getrlimit(resource.RLIMIT_AS)[0])"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-c", probe], env={}, capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["(0,", "0)", str(1 << 30)]


def test_files_are_read_elsewhere_and_told_in_their_order(tmp_path: Path) -> None:
    deliver = Deliveries()
    files = AttachedFiles(deliver)
    (tmp_path / "a.txt").write_text("A")
    (tmp_path / "c.pdf").write_bytes(with_pages(["C"]))
    said: list[str] = []
    for name in ("a.txt", "b.txt", "c.pdf"):
        files.read(
            tmp_path / name,
            lambda file: said.append(file.attachment.text),
            lambda error: said.append(error.reason),
        )
    assert said == []
    deliver.until(lambda: len(said) == 3)
    assert said == ["A", "missing", "C"]
    files.close()


def test_closing_ends_a_pdf_that_is_being_read(tmp_path: Path) -> None:
    deliver = Deliveries()
    files = AttachedFiles(deliver)
    files._pdf = PdfReader([sys.executable, "-c", "import time; time.sleep(600)"])
    (tmp_path / "slow.pdf").write_bytes(with_pages(["x"]))
    said: list[object] = []
    files.read(tmp_path / "slow.pdf", said.append, said.append)
    files.close()
    deliver.run_waiting()
    assert said == []
