"""The index of the words of titles and messages, brought up to what was written in pieces.

It holds no text. Triggers note what was written, whoever wrote it (migrations.py, m010). An entry that should not be
there does no harm: what the index finds is looked for in the text before it is shown.
"""

from __future__ import annotations

from sqlite_utils import Database

from nextword.history.words import index_text

PARTS = {"titles": ("conversations", "title"), "messages": ("messages", "text")}
"""Part: the table and the column that `<part>_index` is made from."""
ROWS_AT_ONCE = 300
_LEFT_TO_SEARCH = 100
_MERGED_PAGES = 500


def index_some(db: Database, limit: int = ROWS_AT_ONCE) -> bool:
    """Bring the index up to at most `limit` titles and messages; return whether it is up to all of them then."""
    with db.atomic():
        for part in PARTS:
            _index(db, part, limit)
    waiting = " or ".join(f"exists (select 1 from {part}_index_waiting)" for part in PARTS)
    return not db.execute(f"select {waiting}").fetchone()[0]


def is_behind(db: Database) -> bool:
    """Return whether more waits for the index than the next search takes up on its own."""
    behind = " or ".join(f"exists (select 1 from {part}_index_waiting limit 1 offset ?)" for part in PARTS)
    return bool(db.execute(f"select {behind}", [_LEFT_TO_SEARCH] * len(PARTS)).fetchone()[0])


def empty_index(db: Database) -> None:
    """Throw the index away; everything waits for `index_some` again."""
    with db.atomic():
        for part, (table, column) in PARTS.items():
            db.execute(f"insert into {part}_index({part}_index) values ('delete-all')")
            db.execute(f"delete from {part}_index_waiting")
            db.execute(f"insert into {part}_index_waiting select id, '' from {table} where {column} <> ''")


def merge_some(db: Database, *, begin: bool) -> bool:
    """Go on making one piece of the many the index is in, which leaves out words that were deleted.

    begin: the first of several calls. Return whether it is one piece now.
    """
    before = db.conn.total_changes
    for part in PARTS:
        sql = f"insert into {part}_index({part}_index, rank) values ('merge', ?)"
        db.execute(sql, [-_MERGED_PAGES if begin else _MERGED_PAGES])
        db.conn.commit()
    return db.conn.total_changes - before < 2 * len(PARTS)


def _index(db: Database, part: str, limit: int) -> None:
    table, column = PARTS[part]
    index = f"{part}_index"
    sql = f"select w.id, w.before, t.{column} from {index}_waiting w left join {table} t on t.id = w.id limit ?"
    rows: list[tuple[int, str, str | None]] = db.execute(sql, [limit]).fetchall()
    gone = [(key, index_text(before)) for key, before, _ in rows if before]
    come = [(key, index_text(text)) for key, _, text in rows if text]
    db.conn.executemany(f"insert into {index}({index}, rowid, words) values ('delete', ?, ?)", gone)
    db.conn.executemany(f"insert into {index}(rowid, words) values (?, ?)", come)
    db.conn.executemany(f"delete from {index}_waiting where id = ?", [(key,) for key, _, _ in rows])
