"""Damaged databases: whatever is done to the file, it is kept, and what can be read of it is there again."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from nextword.errors import HistoryDamaged, HistoryRepaired, NextwordError
from nextword.history.conversations import Conversations
from nextword.history.database import History, open_database
from nextword.history.page_image import PageImage
from nextword.history.page_rows import Found, Value, walk
from nextword.history.repair import repair
from nextword.history.salvage import read_plan
from nextword.history.shapes import shapes_of
from nextword.history.swap import finish_swap
from nextword.history.trust import foreign_part
from tests.deliveries import Deliveries
from tests.history.worn import DAMAGES, Table, Worn, fill, hit_pages, read_tables, worn

PARTS, SEEDS = 6, 50


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> list[Worn]:
    folder = tmp_path_factory.mktemp("worn")
    return [worn(folder, seed, killed=seed % 2 == 1) for seed in range(4)]


class Use:
    """The history as the program uses it, opened on a file and closed again."""

    def __init__(self, path: Path, backups: Path | None = None) -> None:
        deliver = Deliveries()
        self.told: list[NextwordError | None] = []
        self.failures: list[NextwordError] = []
        read: list[int] = []
        history = History(path, deliver, backups=backups)
        history.opened.connect(self.told.append)
        history.run(_read_all, done=read.append, failed=self.failures.append)
        deliver.until(lambda: read or self.failures)
        history.close()

    @property
    def repaired(self) -> HistoryRepaired:
        return next(error for error in self.told if isinstance(error, HistoryRepaired))


def _read_all(conversations: Conversations) -> int:
    rows = conversations.list()
    for row in rows:
        for message in conversations.read(row.id).messages:
            conversations.tokens(message.id)
    return len(rows)


def tables_in(path: Path) -> dict[str, Table]:
    connection = sqlite3.connect(path)
    try:
        return read_tables(connection)
    finally:
        connection.close()


def kept_files(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.stem}.damaged-*.db"))


def test_rows_read_from_pages_are_those_that_sqlite_reads(tmp_path: Path, databases: list[Worn]) -> None:
    for number, whole in enumerate(databases):
        path = tmp_path / f"{number}.db"
        whole.write(path)
        connection = sqlite3.connect(":memory:")
        image = PageImage(path)
        plan = read_plan(image)
        for name, table in whole.tables.items():
            found = Found()
            rows = list(walk(image, plan.tables[name][0], found))
            assert found.lost == []
            assert [row.rowid for row in rows] == sorted(table)
            for row in rows:
                stored = table[row.rowid]
                assert row.values[1:] == stored[1 : len(row.values)]  # the first is the row id, stored as nothing
        image.close()
        connection.close()
        assert {name for name, _ in whole.pages} <= set(whole.tables)


def same(name: str, row: tuple[Value, ...] | None, before: tuple[Value, ...], is_hit: Callable[[int], bool]) -> bool:
    """Say whether a row is as it was; a message whose parent was hit hangs elsewhere now."""
    if row is not None and name == "messages" and isinstance(before[2], int) and is_hit(before[2]):
        return (*row[:2], *row[3:]) == (*before[:2], *before[3:])
    return row == before


@pytest.mark.parametrize("part", range(PARTS))
def test_three_hundred_damaged_databases_give_back_what_can_be_read(
    tmp_path: Path, databases: list[Worn], part: int
) -> None:
    readable = recovered = repaired = 0
    for seed in range(part * SEEDS, part * SEEDS + SEEDS):
        whole = databases[seed % len(databases)]
        rng = random.Random(seed)
        main, log = bytearray(whole.main), bytearray(whole.log)
        DAMAGES[seed % len(DAMAGES)](main, log, rng)
        path = tmp_path / f"{seed}" / "history.db"
        path.parent.mkdir()
        Worn(bytes(main), bytes(log), {}, {}).write(path)
        use = Use(path)
        assert use.failures == [], seed
        if kept := kept_files(path):
            repaired += 1
            if use.told[0] is not None:  # else it could be opened, which takes the log in, and was found out later
                assert kept[0].read_bytes() == main, seed
                assert not log or Path(f"{kept[0]}-wal").read_bytes() == log, seed
        hit = hit_pages(whole, main, log)
        after = tables_in(path)

        def is_hit(message: int, whole: Worn = whole, hit: set[int] = hit) -> bool:
            return bool(whole.pages["messages", message] & hit)

        for (name, rowid), pages in whole.pages.items():
            if not pages & hit:
                readable += 1
                recovered += same(name, after[name].get(rowid), whole.tables[name][rowid], is_hit)
    assert repaired >= SEEDS // 2
    assert readable > 166 * SEEDS
    assert recovered >= 0.99 * readable, f"{recovered} of {readable}"


def index_leaf(path: Path, index: str) -> int:
    """Return a page of an index that has rows on it."""
    connection = sqlite3.connect(path)
    try:
        sql = "select pageno from dbstat where name = ? and pagetype = 'leaf' and ncell > 4"
        return int(connection.execute(sql, [index]).fetchone()[0])
    finally:
        connection.close()


def test_damage_in_indexes_alone_loses_nothing(tmp_path: Path, databases: list[Worn]) -> None:
    path = tmp_path / "history.db"
    whole = databases[0]
    whole.write(path)
    leaf = index_leaf(path, "idx_messages_conversation")
    data = bytearray(path.read_bytes())
    data[(leaf - 1) * 4096 + 200 : leaf * 4096] = bytes(4096 - 200)
    path.write_bytes(data)
    use = Use(path)
    assert (use.repaired.messages, use.repaired.lost_messages) == (len(whole.tables["messages"]), 0)
    assert tables_in(path) == whole.tables
    assert kept_files(path)[0].read_bytes() == data


def test_an_index_that_lacks_a_row_is_made_anew(tmp_path: Path, databases: list[Worn]) -> None:
    path = tmp_path / "history.db"
    whole = databases[0]
    whole.write(path)
    leaf = index_leaf(path, "idx_token_blocks_message")
    data = bytearray(path.read_bytes())
    data[leaf * 4096 - 1] ^= 1  # the row id at the end of an entry
    path.write_bytes(data)
    found = repair(path, None, "")
    assert isinstance(found, HistoryRepaired)
    assert (found.way, found.messages) == ("indexes", len(whole.tables["messages"]))
    assert tables_in(path) == whole.tables
    assert kept_files(path)[0].read_bytes() == data


def test_texts_that_are_no_texts_any_more_are_mended_when_they_are_met(tmp_path: Path, databases: list[Worn]) -> None:
    path = tmp_path / "history.db"
    data = bytearray(databases[0].main)
    at = data.index(b"conversation 3")
    data[at] = 0xFF
    path.write_bytes(data)
    use = Use(path)
    assert use.failures == []
    titles = {row[1] for row in tables_in(path)["conversations"].values()}
    assert "\ufffdonversation 3" in titles
    assert kept_files(path)[0].read_bytes() == data


@pytest.fixture
def foreign(tmp_path: Path, databases: list[Worn]) -> Path:
    """A database of ours to which somebody added things that act."""
    path = tmp_path / "history.db"
    databases[0].write(path)
    connection = sqlite3.connect(path)
    for event in ("insert on", "update on", "delete on"):
        name = event.split()[0]
        connection.execute(
            f"create trigger on_{name} after {event} messages begin delete from conversations;"
            " insert into executed values (1); end"
        )
    connection.execute("create table executed (n)")
    connection.execute("create trigger on_tokens after insert on token_blocks begin delete from messages; end")
    connection.execute("create view listing as select * from conversations")
    connection.execute("create virtual table words using fts5(text)")
    connection.commit()
    connection.close()
    return path


def test_what_acts_in_a_foreign_schema_is_never_executed(foreign: Path, databases: list[Worn]) -> None:
    before = foreign.read_bytes()
    use = Use(foreign)
    assert use.failures == []
    assert tables_in(foreign) == databases[0].tables
    assert kept_files(foreign)[0].read_bytes() == before
    db = open_database(foreign)
    assert foreign_part(db.conn) == ""
    fill(Conversations(db), random.Random(0), count=1)
    db.close()
    assert len(tables_in(foreign)["conversations"]) == len(databases[0].tables["conversations"]) + 1


def test_a_foreign_table_is_copied_by_the_names_of_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    connection = sqlite3.connect(path)
    connection.execute(
        "create table conversations (updated real, title text, id integer primary key, created real, extra text)"
    )
    connection.execute("insert into conversations values (2.0, 'kept', 7, 1.0, 'no such column here')")
    connection.execute("create table messages (something text, other blob)")
    connection.execute("insert into messages values ('not a message', x'00')")
    connection.commit()
    connection.close()
    assert Use(path).repaired.conversations == 1
    table = tables_in(path)
    assert table["conversations"][7][:4] == (7, "kept", 1.0, 2.0)
    assert table["messages"] == {}


def test_a_file_that_holds_nothing_of_ours_gives_an_empty_history(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(b"not a database at all" * 1000)
    use = Use(path)
    assert [type(told) for told in use.told] == [HistoryDamaged, type(None)]
    assert tables_in(path)["conversations"] == {}


def test_rows_that_were_deleted_do_not_come_back(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    db = open_database(path)
    conversations = Conversations(db)
    fill(conversations, random.Random(5))
    messages = len(read_tables(db.conn)["messages"])
    db.execute("pragma secure_delete=off")
    db.conn.execute("delete from token_blocks where id % 2")
    db.conn.commit()
    db.execute("pragma wal_checkpoint(truncate)")
    expected = read_tables(db.conn)["token_blocks"]
    root = db.execute("select rootpage from sqlite_master where name = 'outcomes'").fetchone()[0]
    db.close()
    data = bytearray(path.read_bytes())
    data[(root - 1) * 4096 : root * 4096] = bytes(4096)
    path.write_bytes(data)
    assert Use(path).repaired.messages == messages
    assert set(tables_in(path)["token_blocks"]) == set(expected)


def test_every_message_can_be_reached_after_a_repair(tmp_path: Path, databases: list[Worn]) -> None:
    for seed in range(12):
        rng = random.Random(seed)
        path = tmp_path / f"{seed}" / "history.db"
        path.parent.mkdir()
        data = bytearray(databases[0].main)
        for page in rng.sample(range(len(data) // 4096), 25):
            data[page * 4096 : page * 4096 + 4096] = bytes(4096)
        path.write_bytes(data)
        repair(path, None, "")
        db = open_database(path)
        assert db.execute("pragma foreign_key_check").fetchall() == []
        messages = {m[0]: (m[1], m[2]) for m in db.execute("select id, conversation, parent from messages")}
        for number, (conversation, parent) in messages.items():
            met = {number}
            while parent is not None:
                assert parent not in met
                met.add(parent)
                assert messages[parent][0] == conversation
                parent = messages[parent][1]
        db.close()


def test_an_older_shape_is_salvaged_and_brought_up_to_date(tmp_path: Path) -> None:
    from sqlite_utils import Database

    from nextword.history.migrations import migrations

    path = tmp_path / "history.db"
    old = Database(path)
    migrations.apply(old, stop_before="m004_recipes")
    old.execute("pragma synchronous=off")
    for number in range(1, 300):
        row = {"id": number, "title": f"old {number}", "created": 1.5, "updated": 2.5, "head": None, "deleted": None}
        old.table("conversations").insert(row)
        message = {"id": number, "conversation": number, "parent": None, "role": "assistant", "text": "x" * 90}
        old.table("messages").insert(message | {"state": "complete", "created": 1.5})
        origin = {"message": number, "model_file": "/m/a", "sampling": "{}", "seed": 5}
        old.table("origins").insert(origin | dict.fromkeys(("model_sha256", "model_name", "template_hash"), "ab"))
    root = old.execute("select rootpage from sqlite_master where name = 'idx_conversations_updated'").fetchone()[0]
    leaf = old.execute("select pageno from dbstat where name = 'messages' and pagetype = 'leaf' limit 1").fetchone()[0]
    old.close()
    data = bytearray(path.read_bytes())
    for page in (root, leaf):
        data[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(data)
    found = Use(path).repaired
    assert found.conversations == 299
    assert 0 < found.lost_messages < 60
    assert found.messages == 299 - found.lost_messages
    db = open_database(path)
    conversations = Conversations(db)
    stored = conversations.read(conversations.list()[0].id)
    assert stored.messages == () or stored.messages[0].origin is not None
    db.close()


def test_every_table_of_ours_can_be_salvaged(tmp_path: Path) -> None:
    db = open_database(tmp_path / "history.db")
    for name, shape in shapes_of(db.conn).items():
        sql = db.execute("select sql from sqlite_master where name = ?", [name]).fetchone()[0].lower()
        assert "without rowid" not in sql
        assert sum(column.is_key for column in shape.columns) == 1
    db.close()


@pytest.mark.parametrize("step", range(7))
def test_a_swap_cut_short_is_finished_at_the_next_start(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nextword.history.swap as module

    path, made = tmp_path / "history.db", tmp_path / "history.making-1.db"
    for name in ("history.db", "history.db-wal", "history.db-shm"):
        (tmp_path / name).write_bytes(name.encode())
    made.write_bytes(b"new")
    real, left = module.os.replace, [step]

    def killed(source: object, target: object) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(source, target)  # type: ignore[arg-type]

    with monkeypatch.context() as patched, contextlib.suppress(KeyboardInterrupt):
        patched.setattr(module.os, "replace", killed)
        module.swap_in(path, made, "damaged", "1")
    finish_swap(path)
    if step:
        assert path.read_bytes() == b"new"
        kept = tmp_path / "history.damaged-1.db"
        assert [Path(f"{kept}{side}").read_bytes() for side in ("", "-wal", "-shm")] == [
            b"history.db", b"history.db-wal", b"history.db-shm"
        ]  # fmt: skip
        assert len(list(tmp_path.iterdir())) == 4
    else:  # it was not ready: the damaged one stays, and is repaired again
        assert path.read_bytes() == b"history.db"
        assert len(list(tmp_path.iterdir())) == 3
