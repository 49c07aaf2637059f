"""The list of model files: what is noted about one is not overwritten by what was read of it before."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nextword.errors import ModelNotReadable, NextwordError
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


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]"])
def test_names_and_notes_outlive_a_damaged_list(shelf: Shelf, model: str, damage: bytes) -> None:
    known_file(shelf, model)
    first = shelf.library()
    first.annotate(model, "good for poems")
    first.rename(model, "Poet")
    first.close()
    shelf.file.write_bytes(damage)
    again = Library(shelf.file, shelf.deliver, held=True)
    shelf.open.append(again)
    assert shelf.entry(again, model).notes == "good for poems"


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


def test_what_lies_in_our_folder_and_in_added_ones_is_listed(shelf: Shelf, tmp_path: Path) -> None:
    ours = models.make("llama", tmp_path / "models", file_name="ours.gguf")
    theirs = models.make("gpt2", tmp_path / "more" / "deep", file_name="theirs.gguf")
    (tmp_path / "more" / "page.gguf").write_text("<html>")
    library = shelf.library()
    shelf.deliver.until(lambda: library.find(str(ours)))
    library.add_folder(tmp_path / "more")
    shelf.deliver.until(lambda: library.find(str(theirs)))
    assert library.folders == (str(tmp_path / "more"),)
    assert library.find(str(tmp_path / "more" / "page.gguf")) is None
    library.remove_folder(str(tmp_path / "more"))
    assert library.find(str(theirs)) is None
    assert library.find(str(ours)) is not None
    assert theirs.is_file()


def test_what_was_forgotten_in_a_folder_stays_so_until_it_is_added(shelf: Shelf, tmp_path: Path) -> None:
    ours = str(models.make("llama", tmp_path / "models"))
    first = shelf.library()
    shelf.deliver.until(lambda: first.find(ours))
    first.remove(ours)
    first.close()
    again = shelf.library()
    again._executor.submit(lambda: None).result()
    shelf.deliver.run_waiting()
    assert again.find(ours) is None
    again.add(ours)
    shelf.deliver.until(lambda: again.find(ours))


def test_what_comes_back_from_the_trash_is_listed_again(shelf: Shelf, tmp_path: Path) -> None:
    ours = models.make("llama", tmp_path / "models")
    library = shelf.library()
    shelf.deliver.until(lambda: library.find(str(ours)))
    trashed = ours.rename(tmp_path / "trashed.gguf")
    library.remove(str(ours), gone=True)
    trashed.rename(ours)
    library.look_again()
    shelf.deliver.until(lambda: library.find(str(ours)))


def test_name_and_notes_of_a_person_outlive_a_run_and_another_file(shelf: Shelf, model: str, tmp_path: Path) -> None:
    known_file(shelf, model)
    first = shelf.library()
    own = shelf.entry(first, model).own_name
    first.rename(model, "  My   model ")
    first.annotate(model, "good for\npoems")
    first.close()
    models.make("llama", tmp_path, seed=9)
    again = shelf.library()
    shelf.deliver.until(lambda: shelf.entry(again, model).identity != "" and not again._executor._work_queue.qsize())
    assert (shelf.entry(again, model).name, shelf.entry(again, model).notes) == ("My model", "good for\npoems")
    again.rename(model, "")
    assert shelf.entry(again, model).name == own


def test_a_file_that_changed_is_told_from_one_that_did_not(shelf: Shelf, model: str) -> None:
    known_file(shelf, model)
    library = shelf.library()
    library.verify(model)
    assert shelf.entry(library, model).hashing is not None
    shelf.deliver.until(lambda: shelf.entry(library, model).verified)
    assert (shelf.entry(library, model).verified, shelf.entry(library, model).hashing) == ("same", None)
    with Path(model).open("r+b") as file:
        file.seek(-8, 2)
        file.write(b"\xff" * 8)
    library.verify(model)
    shelf.deliver.until(lambda: shelf.entry(library, model).verified == "changed")


def test_verifying_what_is_gone_says_that_it_is_missing(shelf: Shelf, model: str) -> None:
    known_file(shelf, model)
    library = shelf.library()
    Path(model).unlink()
    library.verify(model)
    shelf.deliver.until(lambda: shelf.entry(library, model).missing and shelf.entry(library, model).hashing is None)


def test_the_header_tells_what_a_person_asks_of_a_file(shelf: Shelf, tmp_path: Path) -> None:
    said = {
        "general.license": "apache-2.0",
        "general.base_model.count": 2,
        "general.base_model.0.repo_url": "https://huggingface.co/Author/Base-1B",
        "general.base_model.1.name": "Other 2B",
        "general.base_model.1.organization": "Somebody",
    }
    file = str(models.make("qwen2", tmp_path, template="{{ messages }}", metadata=said))
    known_file(shelf, file)
    entry = shelf.entry(shelf.open[0], file)
    assert entry.base_models == ("Author/Base-1B", "Somebody/Other-2B")
    assert (entry.tokenizer, entry.licence, entry.has_template) == ("gpt2, qwen2", "apache-2.0", True)
    assert entry.vocabulary > 256


def test_a_download_brings_its_hash_and_where_it_came_from(shelf: Shelf, model: str) -> None:
    library = shelf.library()
    library.add_downloaded(model, sha256="12" * 32, source="author/repo")
    shelf.deliver.until(lambda: library.find(model) and shelf.entry(library, model).source)
    assert shelf.entry(library, model).sha256 == "12" * 32
    library.verify(model)
    shelf.deliver.until(lambda: shelf.entry(library, model).verified == "changed")


def test_models_of_other_programs_are_offered_until_they_are_added(shelf: Shelf, tmp_path: Path) -> None:
    home = tmp_path / "home"
    theirs = models.make("llama", home / ".lmstudio" / "models" / "a", file_name="theirs.gguf")
    library = shelf.library()
    library.look_elsewhere(home)
    shelf.deliver.until(lambda: any(found.path == str(theirs) for found in library.elsewhere))
    library.add(theirs)
    shelf.deliver.until(lambda: library.find(str(theirs)))
    assert all(found.path != str(theirs) for found in library.elsewhere)


def test_a_file_whose_name_is_no_text_is_refused_with_the_reason(shelf: Shelf, model: str) -> None:
    odd = os.fsdecode(os.fsencode(str(Path(model).parent)) + b"/na\xefve.gguf")
    os.rename(model, odd)
    library, failed = shelf.library(), list[NextwordError]()
    library.add(odd, failed=failed.append)
    shelf.deliver.until(lambda: failed)
    assert isinstance(failed[0], ModelNotReadable)
    assert failed[0].reason == "name_is_no_text"
    assert library.find(odd) is None


def test_forgetting_can_be_taken_back(shelf: Shelf, model: str) -> None:
    known_file(shelf, model)
    library = shelf.library()
    library.annotate(model, "mine")
    entry = shelf.entry(library, model)
    library.remove(model)
    library.restore(entry)
    assert shelf.entry(library, model).notes == "mine"
