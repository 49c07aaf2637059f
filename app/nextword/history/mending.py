"""What a salvaged database lacks: rows out of a backup, ends of torn rows, and references that lead nowhere."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from nextword.history.page_rows import HIGHEST, LOWEST, Value
from nextword.history.salvage import Range, inside, write_rows
from nextword.history.shapes import Shape

_MOST_PASSES = 20
_TITLE_CHARACTERS = 80


def merge(
    into: sqlite3.Connection, backup: sqlite3.Connection, shapes: Mapping[str, Shape], lost: Mapping[str, list[Range]]
) -> None:
    """Take from a backup of the same shape the rows that lie where something was lost and are not there."""
    kept = {row[0] for row in into.execute("select distinct message from token_blocks")}
    for name, shape in shapes.items():
        rows = _rows_within(backup, shape, lost.get(name, [(LOWEST, HIGHEST)]))
        if name == "token_blocks":  # many become one when an answer is done: both together would be the text twice
            rows = (row for row in rows if row["message"] not in kept)
        if name == "origins" and "recipes" in shapes:
            numbers = _recipe_numbers(into, backup)
            rows = (row | {"recipe": numbers.get(row["recipe"], row["recipe"])} for row in rows)
        write_rows(into, shape, rows)


def write_torn(
    into: sqlite3.Connection, shapes: Mapping[str, Shape], torn: Mapping[str, Sequence[dict[str, Value]]]
) -> None:
    """Keep rows whose end is missing where no whole one was found. Half a block of tokens is none."""
    for name, rows in torn.items():
        write_rows(into, shapes[name], (row for row in rows if not any(isinstance(v, bytes) for v in row.values())))


def mend_references(connection: sqlite3.Connection, lost_messages: Sequence[Range]) -> None:
    """Let every reference lead somewhere, so that no message is without a way to it.

    A lost answer is made again from the text of its tokens; an answer to a lost message answers the one before that;
    messages of a lost conversation get one. Then what may be empty is emptied, and what belongs to nothing goes.
    """
    _remake_recipes(connection)
    _remake_answers(connection, lost_messages)
    _remake_conversations(connection)
    _remake_experiments(connection)
    _empty_settings(connection)
    _rehang_messages(connection)
    for _ in range(_MOST_PASSES):
        broken = connection.execute("pragma foreign_key_check").fetchall()
        for table, rowid, _, number in broken:
            _clear(connection, str(table), int(rowid), int(number))
        if not broken:
            return


def _rows_within(backup: sqlite3.Connection, shape: Shape, ranges: Sequence[Range]) -> Iterator[dict[str, Value]]:
    columns = [column.name for column in shape.columns]
    names = ", ".join(f'"{name}"' for name in dict.fromkeys([shape.key, *columns]))
    for low, high in ranges:
        sql = f'select {names} from "{shape.name}" where "{shape.key}" between ? and ?'
        for row in backup.execute(sql, [low, high]):
            yield dict(zip(dict.fromkeys([shape.key, *columns]), row, strict=True))


def _recipe_numbers(into: sqlite3.Connection, backup: sqlite3.Connection) -> dict[Value, Value]:
    """Return under which number each recipe of the backup is kept now; those that are new are added."""
    columns = [row[0] for row in backup.execute("select name from pragma_table_info('recipes') where name <> 'id'")]
    names = ", ".join(columns)
    numbers: dict[Value, Value] = {}
    for number, *values in backup.execute(f"select id, {names} from recipes"):
        into.execute(f"insert or ignore into recipes ({names}) values ({', '.join('?' * len(columns))})", values)
        digest = values[columns.index("digest")]
        numbers[number] = into.execute("select id from recipes where digest = ?", [digest]).fetchone()[0]
    return numbers


def _remake_recipes(connection: sqlite3.Connection) -> None:
    """Let answers whose recipe is lost keep their seed, and what they had in common."""
    lost = connection.execute("select distinct recipe from origins where recipe not in (select id from recipes)")
    texts = [
        row[0]
        for row in connection.execute(
            "select name from pragma_table_info('recipes') where name not in ('id', 'digest')"
        )
    ]
    for (recipe,) in lost.fetchall():
        values = ["{}" if name == "sampling" else "" for name in texts]
        connection.execute(
            f"insert into recipes (id, digest, {', '.join(texts)}) values (?, ?{', ?' * len(texts)})",
            [recipe, int(recipe).to_bytes(16, "big", signed=True), *values],
        )


def _remake_answers(connection: sqlite3.Connection, lost: Sequence[Range]) -> None:
    """Put an answer where what belongs to it shows that there was one; its text is that of its tokens, if they are
    there. The row before it is, but for chance, its question: both are written one after the other."""
    texts: dict[int, str] = {}
    for table in ("outcomes", "origins"):
        rows = connection.execute(f"select message from {table} where message not in (select id from messages)")
        texts.update((message, "") for (message,) in rows.fetchall())
    blocks = connection.execute(
        "select message, text from token_blocks where message not in (select id from messages) order by message, id"
    ).fetchall()
    for message, text in blocks:
        texts[message] = texts.get(message, "") + text
    for message in sorted(texts):
        before = connection.execute(
            "select id, conversation, created from messages where id < ? order by id desc limit 1", [message]
        ).fetchone()
        if before is None:
            after = "select null, conversation, created from messages order by id limit 1"
            before = connection.execute(after).fetchone()
        if before is not None and inside(message, lost):
            connection.execute(
                "insert into messages (id, conversation, parent, role, text, state, created)"
                " values (?, ?, ?, 'assistant', ?, 'interrupted', ?)",
                [message, before[1], before[0], texts[message], before[2]],
            )


def _remake_conversations(connection: sqlite3.Connection) -> None:
    rows = connection.execute(
        "select conversation, min(created), max(created),"
        " (select text from messages t where t.conversation = m.conversation and role = 'user' order by id limit 1)"
        " from messages m where conversation not in (select id from conversations) group by conversation"
    ).fetchall()
    for conversation, created, updated, text in rows:
        title = " ".join((text or "").split())[:_TITLE_CHARACTERS]
        connection.execute(
            "insert into conversations (id, title, created, updated) values (?, ?, ?, ?)",
            [conversation, title, created, updated],
        )


def _remake_experiments(connection: sqlite3.Connection) -> None:
    """Put an experiment where its runs show that there was one: each run knows what it is a run of."""
    if connection.execute("select 1 from sqlite_master where name = 'experiment_runs'").fetchone() is None:
        return  # a database from before the lab
    connection.execute(
        "insert into experiments (id, kind, name, plan, planned, created, updated)"
        " select experiment, 'sweep', '…', '', count(*), min(created), max(created) from experiment_runs"
        " where experiment not in (select id from experiments) group by experiment"
    )


def _empty_settings(connection: sqlite3.Connection) -> None:
    """Let a conversation whose own settings are no JSON any more go by those of the program."""
    if connection.execute("select 1 from pragma_table_info('conversations') where name = 'settings'").fetchone():
        connection.execute("update conversations set settings = '{}' where not json_valid(settings)")


def _rehang_messages(connection: sqlite3.Connection) -> None:
    lost = connection.execute(
        "select m.id, m.conversation, m.parent from messages m left join messages p on p.id = m.parent"
        " where m.parent is not null and (p.id is null or p.conversation <> m.conversation)"
    ).fetchall()
    for message, conversation, parent in lost:
        before = connection.execute(
            "select max(id) from messages where conversation = ? and id < ?", [conversation, min(message, parent)]
        ).fetchone()[0]
        connection.execute("update messages set parent = ? where id = ?", [before, message])
    parents = dict(connection.execute("select id, parent from messages").fetchall())
    for message in [number for number, parent in parents.items() if parent is not None and parent >= number]:
        met, above = {message}, parents[message]
        while above is not None and above not in met:
            met.add(above)
            above = parents.get(above)
        if above is not None:  # a circle: nothing in it would ever be shown
            parents[message] = None
            connection.execute("update messages set parent = null where id = ?", [message])


def _clear(connection: sqlite3.Connection, table: str, rowid: int, number: int) -> None:
    keys = connection.execute('select id, "from" from pragma_foreign_key_list(?)', [table]).fetchall()
    column = next(name for key, name in keys if key == number)
    required = connection.execute(
        'select "notnull" from pragma_table_info(?) where name = ?', [table, column]
    ).fetchone()[0]
    is_key = connection.execute("select pk from pragma_table_info(?) where name = ?", [table, column]).fetchone()[0]
    if required or is_key:
        connection.execute(f'delete from "{table}" where rowid = ?', [rowid])
    else:
        connection.execute(f'update "{table}" set "{column}" = null where rowid = ?', [rowid])
