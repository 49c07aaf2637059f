"""The list of model files: what is noted about one is not overwritten by what was read of it before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.hub.library import Library, LibraryModel
from tests import models
from tests.deliveries import Deliveries


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(models.make("llama", tmp_path))


class Shelf:
    """Makes libraries on one file and closes them."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.deliver = Deliveries()
        self.open: list[Library] = []

    def library(self) -> Library:
        self.open.append(Library(self.file, self.deliver))
        return self.open[-1]

    def entry(self, library: Library, path: str) -> LibraryModel:
        found = library.find(path)
        assert found is not None
        return found


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "library.json")
    yield made
    for library in made.open:
        library.close()


def known_file(shelf: Shelf, model: str) -> None:
    first = shelf.library()
    first.add(model)
    shelf.deliver.until(lambda: first.find(model) is not None and shelf.entry(first, model).sha256)
    first.close()


def test_the_kind_of_a_model_and_its_reasons_are_known_the_next_time(shelf: Shelf, tmp_path: Path) -> None:
    chatty = str(models.make("gpt2", tmp_path, template="{{ messages }}", file_name="Some-Chat.gguf"))
    known_file(shelf, chatty)
    held = Library(shelf.file, shelf.deliver, held=True)
    shelf.open.append(held)
    assert shelf.entry(held, chatty).kind == "instruct"
    assert shelf.entry(held, chatty).kind_reasons == ("file: Chat", "template")


def test_a_list_without_reasons_is_read(shelf: Shelf, model: str) -> None:
    known_file(shelf, model)
    rows = json.loads(shelf.file.read_text())["models"]
    for row in rows:
        del row["kind_reasons"]
    shelf.file.write_text(json.dumps({"models": rows}))
    held = Library(shelf.file, shelf.deliver, held=True)
    shelf.open.append(held)
    assert shelf.entry(held, model).kind_reasons == ()


def test_a_crash_noted_while_the_file_is_read_stays_noted(shelf: Shelf, model: str) -> None:
    known_file(shelf, model)
    again = shelf.library()
    again._executor.submit(lambda: None).result()  # the header is read, and on its way
    again.mark_crashed(model, True)
    shelf.deliver.run_waiting()
    assert shelf.entry(again, model).crashed
    assert shelf.entry(again, model).sha256


def test_another_file_in_its_place_is_not_to_blame(shelf: Shelf, model: str, tmp_path: Path) -> None:
    known_file(shelf, model)
    second = shelf.library()
    second.mark_crashed(model, True)
    old = shelf.entry(second, model).sha256
    second.close()
    models.make("llama", tmp_path, seed=7)
    third = shelf.library()
    shelf.deliver.until(lambda: shelf.entry(third, model).sha256 not in ("", old))
    assert not shelf.entry(third, model).crashed


def test_a_file_that_is_forgotten_while_it_is_read_does_not_come_back(shelf: Shelf, model: str) -> None:
    known_file(shelf, model)
    again = shelf.library()
    again._executor.submit(lambda: None).result()
    again.remove(model)
    shelf.deliver.run_waiting()
    assert again.find(model) is None


def test_a_held_library_reads_no_file_before_it_is_told(shelf: Shelf, model: str) -> None:
    known_file(shelf, model)
    Path(model).write_bytes(b"no model any more")
    held = Library(shelf.file, shelf.deliver, held=True)
    shelf.open.append(held)
    held._executor.submit(lambda: None).result()
    shelf.deliver.run_waiting()
    assert shelf.entry(held, model).problem is None
    held.look_again()
    shelf.deliver.until(lambda: shelf.entry(held, model).problem is not None)
