from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from nextword.errors import NoSuchRow
from nextword.history.conversations import Conversations
from nextword.history.database import open_database
from nextword.history.experiments import ExperimentId
from nextword.history.mending import mend_references
from nextword.history.records import HistoryChange
from nextword.history.repair import repair


def test_an_experiment_keeps_its_runs_one_by_one(conversations: Conversations) -> None:
    experiments = conversations.experiments
    key = experiments.add("sweep", " k = 0 … 8\n", '{"counts": [0, 8]}', planned=2)
    assert conversations.take_change() == HistoryChange(experiments=True)
    later = experiments.add_run(key, 1, cell='{"k": 8}', figures='{"right": 9}', results=b"\x00eight")
    first = experiments.add_run(key, 0, cell='{"k": 0}', figures='{"right": 5}', results=b"zero")
    assert [run.id for run in experiments.runs(key)] == [first, later]
    assert experiments.results(later) == b"\x00eight"
    (summary,) = experiments.list()
    assert (summary.name, summary.kind, summary.planned, summary.finished) == ("k = 0 … 8", "sweep", 2, 2)
    assert experiments.list("twins") == []
    assert experiments.read(key).plan == '{"counts": [0, 8]}'


def test_a_run_that_is_done_again_takes_the_place_of_the_one_before(conversations: Conversations) -> None:
    experiments = conversations.experiments
    key = experiments.add("sweep", "s", "{}", planned=1)
    before = experiments.add_run(key, 0, cell="{}", figures="{}", results=b"a")
    again = experiments.add_run(key, 0, cell="{}", figures="{}", results=b"b")
    assert [run.id for run in experiments.runs(key)] == [again]
    assert before == again or experiments.results(again) == b"b"


def test_an_experiment_is_renamed_deleted_and_comes_back(conversations: Conversations) -> None:
    experiments = conversations.experiments
    key = experiments.add("generation", "a", "{}", planned=0)
    assert experiments.rename(key, "b") == "a"
    experiments.delete(key)
    assert experiments.list() == []
    experiments.restore(key)
    assert [one.name for one in experiments.list()] == ["b"]
    experiments.change_plan(key, "[]", planned=7)
    assert experiments.read(key).summary.planned == 7
    with pytest.raises(NoSuchRow):
        experiments.add_run(ExperimentId(99), 0, cell="{}", figures="{}", results=b"")


def test_what_a_person_rated_is_kept_and_taken_back(conversations: Conversations) -> None:
    experiments = conversations.experiments
    key = experiments.add("generation", "a", "{}", planned=2)
    experiments.rate(key, "0-1", 3, '{"better": 1}')
    experiments.rate(key, "0-1", 3, '{"better": 2}')
    experiments.rate(key, "0-1", 4, '{"better": 0}')
    assert experiments.ratings(key, "0-1") == {3: '{"better": 2}', 4: '{"better": 0}'}
    experiments.rate(key, "0-1", 3, "")
    assert experiments.ratings(key, "0-1") == {4: '{"better": 0}'}
    assert experiments.ratings(key, "0-2") == {}


def test_tasks_of_the_lab_have_names_of_their_own(conversations: Conversations) -> None:
    first = conversations.lab_tasks.add("Mine", "{}")
    assert conversations.take_change() == HistoryChange(experiments=True)
    second = conversations.lab_tasks.add("mine", "[1]")
    assert second.name == "mine (2)"
    assert conversations.lab_tasks.change(second.id, "[2]") == "[1]"
    conversations.lab_tasks.delete(first.id)
    assert [task.content for task in conversations.lab_tasks.list()] == ["[2]"]
    assert conversations.lab_tasks.restore(first.id) == "Mine"


def test_emptying_the_trash_takes_deleted_experiments_with_their_runs(conversations: Conversations) -> None:
    experiments = conversations.experiments
    gone, kept = (experiments.add("sweep", name, "{}", planned=1) for name in "ab")
    for key in (gone, kept):
        experiments.add_run(key, 0, cell="{}", figures="{}", results=b"x")
        experiments.rate(key, "0-1", 0, "{}")
    experiments.delete(gone)
    while not conversations.trash.empty_some():
        pass
    assert [one.id for one in experiments.list()] == [kept]
    assert [len(experiments.runs(key)) for key in (gone, kept)] == [0, 1]
    assert experiments.ratings(gone, "0-1") == {}


def test_a_run_whose_experiment_is_lost_gets_one(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    db = open_database(path)
    key = Conversations(db).experiments.add("sweep", "a", "{}", planned=1)
    Conversations(db).experiments.add_run(key, 0, cell="{}", figures="{}", results=b"x")
    db.close()
    with sqlite3.connect(path) as connection:
        connection.execute("delete from experiments")
        mend_references(connection, [])
        assert connection.execute("select count(*) from experiment_runs").fetchone() == (1,)
        assert connection.execute("select kind, planned from experiments").fetchone() == ("sweep", 1)
    connection.close()


def test_a_damaged_database_gives_its_experiments_back(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    db = open_database(path)
    experiments = Conversations(db).experiments
    key = experiments.add("sweep", "kept", '{"plan": 1}', planned=40)
    for place in range(40):
        experiments.add_run(key, place, cell=f'{{"k": {place}}}', figures="{}", results=bytes([place]) * 3000)
    db.close()
    data = bytearray(path.read_bytes())
    page = 4096
    hit = next(
        n for n in range(len(data) // page) if data[n * page] == 0x0D and bytes([20]) * 900 in data[n * page :][:page]
    )
    data[hit * page : hit * page + 100] = b"\xff" * 100
    path.write_bytes(data)
    repair(path, None, "damaged")
    db = open_database(path)
    runs = Conversations(db).experiments.runs(key)
    assert {run.place for run in runs} == set(range(40)) - {20}
    assert all(Conversations(db).experiments.results(run.id) == bytes([run.place]) * 3000 for run in runs)
    assert Conversations(db).experiments.read(key).plan == '{"plan": 1}'
    db.close()


def test_how_a_desk_of_the_lab_lay_is_kept_under_its_name(conversations: Conversations) -> None:
    desks = conversations.lab_desks
    assert desks.read("sentiment") == ""
    desks.keep("sentiment", "first")
    desks.keep("7", "other")
    desks.keep("sentiment", "second \ud800")
    assert (desks.read("sentiment"), desks.read("7")) == ("second �", "other")
    desks.keep("7", "")
    assert desks.read("7") == ""
    assert conversations.take_change() is None


def test_the_desk_of_a_task_goes_with_it_when_the_trash_is_emptied(conversations: Conversations) -> None:
    gone, stays = (conversations.lab_tasks.add(name, "{}").id for name in ("gone", "stays"))
    for name in (str(gone), str(stays), "topic"):
        conversations.lab_desks.keep(name, name)
    conversations.lab_tasks.delete(gone)
    while not conversations.trash.empty_some():
        pass
    assert [conversations.lab_desks.read(name) for name in (str(gone), str(stays), "topic")] == [
        "",
        str(stays),
        "topic",
    ]
