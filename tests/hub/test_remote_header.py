"""A header that is read by ranges is the header of the file, and costs no more than its length."""

from __future__ import annotations

from pathlib import Path

import pytest

from nextword.engine.header import Header, read_header
from nextword.errors import ModelNotReadable
from nextword.hub.fit import tensor_bytes
from nextword.hub.hub_records import HubFile, HubItem
from nextword.hub.remote_header import MOST_BYTES, read_remote_header
from nextword.network_errors import SwitchedOffline
from tests.engine import gguf_bytes
from tests.model_shapes import SHAPES, make_shape
from tests.models import make


class Server:
    """Gives ranges of files of a folder and counts what it gave."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[int, int]] = []

    def fetch(self, file: HubFile, start: int, count: int) -> bytes:
        self.asked.append((start, count))
        with (self.folder / file.name).open("rb") as stream:
            stream.seek(start)
            return stream.read(count)

    def item(self, *names: str) -> HubItem:
        return HubItem(names[0], tuple(HubFile(name, (self.folder / name).stat().st_size) for name in names))

    def header(self, *names: str) -> Header:
        return read_remote_header(self.item(*names), self.fetch)


def same(one: Header, other: Header) -> bool:
    return (one.tensors, one.metadata, one.quantization) == (other.tensors, other.metadata, other.quantization)


def test_a_header_is_the_same_from_afar(tmp_path: Path) -> None:
    path = make("llama", tmp_path, file_name="a.gguf")
    server = Server(tmp_path)
    assert same(server.header("a.gguf"), read_header(path))


def test_a_large_vocabulary_comes_in_few_blocks_and_no_weights_come(tmp_path: Path) -> None:
    path = make_shape(SHAPES["Qwen2.5-0.5B"], tmp_path / "qwen.gguf")
    server = Server(tmp_path)
    header = server.header("qwen.gguf")
    assert tensor_bytes(header) == tensor_bytes(read_header(path))
    assert len(server.asked) <= 3
    assert sum(count for _, count in server.asked) < header.file_size_bytes / 20
    assert all(start + count <= MOST_BYTES for start, count in server.asked)


def test_a_header_without_end_is_given_up(tmp_path: Path) -> None:
    long = b"".join(gguf_bytes.array(f"key{index}", 4, 1 << 20, bytes(4 << 20)) for index in range(12))
    (tmp_path / "long.gguf").write_bytes(
        b"GGUF" + (3).to_bytes(4, "little") + bytes(8) + (12).to_bytes(8, "little") + long
    )
    server = Server(tmp_path)
    with pytest.raises(ModelNotReadable) as refused:
        server.header("long.gguf")
    assert refused.value.reason == "too_large_header"
    assert sum(count for _, count in server.asked) <= MOST_BYTES


def test_what_is_no_model_is_refused_after_its_first_bytes(tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_bytes(b"<!DOCTYPE html>" + b" " * 10_000_000)
    server = Server(tmp_path)
    with pytest.raises(ModelNotReadable) as refused:
        server.header("page.gguf")
    assert refused.value.reason == "html"
    assert len(server.asked) == 1


def test_a_server_that_gives_too_little_is_told(tmp_path: Path) -> None:
    make("llama", tmp_path, file_name="a.gguf")
    server = Server(tmp_path)
    with pytest.raises(ModelNotReadable) as refused:
        read_remote_header(
            server.item("a.gguf"),
            lambda file, start, count: server.fetch(file, start, count)[:100] if start < 5000 else b"",
        )
    assert refused.value.reason == "truncated"


def test_an_error_of_the_network_is_passed_on(tmp_path: Path) -> None:
    make("llama", tmp_path, file_name="a.gguf")

    def offline(_file: HubFile, _start: int, _count: int) -> bytes:
        raise SwitchedOffline("hub")

    with pytest.raises(SwitchedOffline):
        read_remote_header(Server(tmp_path).item("a.gguf"), offline)
