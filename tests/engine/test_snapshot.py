"""Snapshots of a conversation in memory: from the engine's side on real models, and the files of the window's side."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nextword.engine.header import read_header
from nextword.engine.snapshots import KEPT, Snapshots
from tests import models

if TYPE_CHECKING:
    from nextword.engine.model import Model
    from nextword.engine.snapshot import Note, Snapshot
    from tests.engine.conftest import OpenModel

IDS = [7 + i * i % 60 for i in range(300)]
VERSION = "a version"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return models.make("qwen2", tmp_path, endless=True, n_ctx=512)


def read(model: Model, ids: list[int]) -> None:
    """Have the model read `ids`, slowly, as far as it knows: then a snapshot is worth its while."""
    model.forget_all()
    for at in range(0, len(ids), model.batch_tokens):
        model.feed(ids[at : at + model.batch_tokens])
    model.read_speed = 10.0


def saved(model: Model, path: Path, folder: Path) -> Path:
    from nextword.engine import snapshot

    taken = snapshot.take(model, snapshot.fingerprint(read_header(path)), VERSION)
    assert taken
    file = folder / "kept.state"
    file.write_bytes(b"".join(taken[1]))
    return file


def opened(file: Path, model: Model, path: Path, version: str = VERSION) -> Snapshot:
    from nextword.engine import snapshot

    return snapshot.Snapshot(file, snapshot.fingerprint(read_header(path)), version, model.memory_type)


def test_a_conversation_goes_on_from_its_snapshot_to_the_same_bits(
    open_model: OpenModel, path: Path, tmp_path: Path
) -> None:
    first = open_model(path)
    read(first, IDS)
    file = saved(first, path, tmp_path)
    first.feed([9])
    expected = first.logits()
    second = open_model(path)
    kept = opened(file, second, path)
    assert (kept.tokens, kept.note) == (300, "")
    assert kept.put_back(second, [*IDS, 9]) == 300
    assert second.known == IDS
    second.feed([9])
    assert np.array_equal(second.logits(), expected)
    assert kept.put_back(second, [*IDS, 9]) == 0, "it is put back once"


def test_a_snapshot_serves_the_beginning_that_a_prompt_shares_with_it(
    open_model: OpenModel, path: Path, tmp_path: Path
) -> None:
    model = open_model(path)
    read(model, IDS)
    file = saved(model, path, tmp_path)
    model.forget_all()
    changed = [*IDS[:200], 5, 6]
    assert opened(file, model, path).put_back(model, changed) == 200
    assert model.keep_prefix(changed) == 200


def test_a_snapshot_is_left_alone_when_reading_is_as_fast(open_model: OpenModel, path: Path, tmp_path: Path) -> None:
    model = open_model(path)
    read(model, IDS)
    file = saved(model, path, tmp_path)
    model.forget_all()
    assert opened(file, model, path).put_back(model, [*IDS[:4], 5, 6]) == 0
    assert opened(file, model, path).put_back(model, [5, 6, 7]) == 0
    model.feed(IDS[:299])
    assert opened(file, model, path).put_back(model, [*IDS, 9]) == 0, "it is in memory already"
    assert len(model.known) == 299


def test_what_is_read_in_no_time_is_not_kept(open_model: OpenModel, path: Path) -> None:
    from nextword.engine import snapshot

    model = open_model(path)
    read(model, IDS)
    model.read_speed = 1e6
    assert snapshot.take(model, "", VERSION) is None


@pytest.mark.parametrize(
    ("damage", "note"),
    [
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), ""),  # found when it is read
        (lambda data: data[:-100], ""),
        (lambda data: data + b"more", ""),
        (lambda _data: b"", "damaged"),
        (lambda _data: b"NWSTATE1\xff\xff\xff\xff", "damaged"),
        (lambda data: data[:40], "damaged"),
        (lambda data: b"X" + data[1:], "damaged"),
    ],
    ids=["bit", "short", "long", "empty", "huge head", "half head", "magic"],
)
def test_a_damaged_snapshot_is_not_used(
    damage: object, note: Note, open_model: OpenModel, path: Path, tmp_path: Path
) -> None:
    model = open_model(path)
    read(model, IDS)
    file = saved(model, path, tmp_path)
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    kept = opened(file, model, path)
    assert kept.note == note
    model.forget_all()
    assert kept.put_back(model, [*IDS, 9]) == 0
    assert (kept.note, model.known) == ("damaged", [])


def test_a_snapshot_of_another_model_or_version_is_not_used(open_model: OpenModel, path: Path, tmp_path: Path) -> None:
    model = open_model(path)
    read(model, IDS)
    file = saved(model, path, tmp_path)
    other = models.make("qwen2", tmp_path / "other", endless=True, n_ctx=512, seed=77)
    assert other.stat().st_size == path.stat().st_size
    assert opened(file, model, other).note == "model"
    assert opened(file, model, path, "a later version").note == "version"
    assert opened(tmp_path / "none.state", model, path).note == "damaged"


# --- the window's side ----------------------------------------------------------------------------------------


def keep(snapshots: Snapshots, model: str, data: bytes, tokens: int = 3) -> None:
    file = snapshots.new(model)
    assert file
    file.write(data)
    file.finish(tokens)


def test_a_snapshot_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "states")
    assert snapshots.of("/a model") == ""
    file = snapshots.new("/a model")
    assert file
    file.write(b"one")
    assert snapshots.of("/a model") == ""
    file.write(b"two")
    file.finish(3)
    kept = Path(snapshots.of("/a model"))
    assert kept.read_bytes() == b"onetwo"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert snapshots.of("/another") == ""


def test_a_snapshot_that_came_to_nothing_leaves_the_one_before(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "states")
    keep(snapshots, "/m", b"good")
    keep(snapshots, "/m", b"half", tokens=0)
    assert Path(snapshots.of("/m")).read_bytes() == b"good"
    assert len(list((tmp_path / "states").iterdir())) == 1


def test_only_the_latest_snapshots_are_kept(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path / "states")
    for number in range(KEPT + 2):
        keep(snapshots, f"/{number}", b"data")
        os.utime(snapshots.of(f"/{number}"), (number, number))
    keep(snapshots, "/last", b"data")
    kept = [name for name in (*map("/{}".format, range(KEPT + 2)), "/last") if snapshots.of(name)]
    assert kept == ["/3", "/4", "/last"]
    snapshots.clear()
    assert list((tmp_path / "states").iterdir()) == []


def test_without_a_folder_nothing_is_kept() -> None:
    assert Snapshots(None).new("/m") is None
    assert Snapshots(None).of("/m") == ""


def test_a_folder_that_cannot_be_written_costs_the_snapshot_alone(tmp_path: Path) -> None:
    (tmp_path / "states").write_text("a file is in the way")
    snapshots = Snapshots(tmp_path / "states")
    keep(snapshots, "/m", b"data")
    assert snapshots.of("/m") == ""
