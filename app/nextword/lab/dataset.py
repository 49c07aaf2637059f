"""Data of one's own: a file becomes a table, and columns that a person chooses become items.

Nothing is dropped in silence: every line that is no row, and every row that is no item, is told with its number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from nextword.errors import DataNotReadable
from nextword.lab import dataset_csv, dataset_json
from nextword.lab.dataset_problem import Problem
from nextword.lab.dataset_text import DataText, Encoding, read_text
from nextword.lab.splits import leak_key
from nextword.lab.task import Item, TaskKind

Format: TypeAlias = Literal["CSV", "JSON Lines", "JSON"]

TEXT_NAMES = ("input", "text", "sentence", "review", "question", "content", "prompt", "word", "document", "title")
GOLD_NAMES = ("label", "gold", "answer", "answers", "target", "output", "class", "category", "sentiment", "topic")
PART_NAMES = ("split", "part", "subset", "set")
MOST_LABELS = 50
"""More different values than this are no labels but answers."""


class RawTable(Struct, frozen=True):
    """rows: cells in the order of `columns`, None where a row has none. lines: of the file, where each row begins, from
    1; in a JSON list the numbers of the elements. problems: the lines that are no rows. delimiter: of a CSV file."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    lines: tuple[int, ...]
    encoding: Encoding
    format: Format
    problems: tuple[Problem, ...] = ()
    delimiter: str = ""
    has_header: bool = True

    def column(self, name: str) -> list[str | None]:
        """Return the cells of one column. Raises ValueError for an unknown one."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


class Mapping(Struct, frozen=True):
    """What the columns are. texts: one or more, put together with `between`. gold: "" for none. part: the column that
    says which rows are for the test, "" for none."""

    texts: tuple[str, ...]
    gold: str = ""
    kind: TaskKind = "labels"
    part: str = ""
    between: str = "\n"


class Imported(Struct, frozen=True):
    """items with the lines that they come from. problems: rows that are no items. labels: with how many items each, in
    the order in which they come. parts: for each item what the part column says. repeated: items whose text was there
    before. contradicting: those of them that have another answer than before."""

    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()
    labels: tuple[tuple[str, int], ...] = ()
    parts: tuple[str, ...] = ()
    repeated: int = 0
    contradicting: int = 0


def read(path: Path, *, has_header: bool | None = None) -> RawTable:
    """Return the table in a CSV, JSON Lines or JSON file; which one, its encoding and its delimiter are found out.

    has_header: whether the first row of a CSV file holds names, None: found out. Raises DataNotReadable.
    """
    text = read_text(path)
    match _format_of(path, text):
        case "CSV":
            return _csv_table(text, has_header)
        case "JSON Lines":
            return _json_table(text, "JSON Lines", *dataset_json.read_lines(text.lines))
        case _:
            try:
                return _json_table(text, "JSON", *dataset_json.read_whole("".join(text.lines)))
            except dataset_json.NotJson as error:
                rows, problems = dataset_json.read_lines(text.lines)
                if len(rows) > len(problems):  # objects line by line, under the name of the other format
                    return _json_table(text, "JSON Lines", rows, problems)
                raise DataNotReadable(str(path), "not_json", error.line, error.detail) from error


def suggested(raw: RawTable) -> Mapping:
    """Return what the columns are by their names and contents, as far as that can be told."""
    by_name = {name.strip().casefold(): name for name in raw.columns}
    gold = _first(by_name, GOLD_NAMES)
    text = _first(by_name, TEXT_NAMES)
    part = _first(by_name, PART_NAMES)
    rest = [name for name in raw.columns if name not in (gold, text, part)]
    if not text and rest:
        text = max(rest, key=lambda name: sum(len(cell or "") for cell in raw.column(name)[:200]))
        rest.remove(text)
    if not gold and rest:
        gold = min(rest, key=lambda name: len(set(raw.column(name)[:2000])))
    values = raw.column(gold) if gold else []
    different = len(set(values))
    is_labels = 0 < different <= MOST_LABELS and (different <= 2 or different * 2 <= len(values))
    return Mapping((text,) if text else (), gold, "labels" if is_labels or not values else "answers", part)


def to_items(raw: RawTable, mapping: Mapping) -> Imported:
    """Return the items that the chosen columns hold. Raises ValueError for a column that is not there.

    A label is taken exactly as it is written, and "" is one; an answer must not be empty. Without a column for it, gold
    is None everywhere.
    """
    texts = [raw.columns.index(name) for name in mapping.texts]
    gold_at = raw.columns.index(mapping.gold) if mapping.gold else -1
    part_at = raw.columns.index(mapping.part) if mapping.part else -1
    items: list[Item] = []
    parts: list[str] = []
    problems: list[Problem] = []
    for line, row in zip(raw.lines, raw.rows, strict=True):
        cells = [row[place] for place in texts]
        gold = row[gold_at] if gold_at >= 0 else None
        if not texts or any(cell is None for cell in cells) or not any(cell and cell.strip() for cell in cells):
            problems.append(Problem(line, "no_text"))
        elif gold_at >= 0 and (gold is None or (mapping.kind == "answers" and not gold.strip())):
            problems.append(Problem(line, "no_gold"))
        else:
            items.append(Item(mapping.between.join(cell or "" for cell in cells), gold, line))
            parts.append((row[part_at] or "") if part_at >= 0 else "")
    labels = Counter(item.gold for item in items if item.gold is not None) if mapping.kind == "labels" else Counter()
    repeated, contradicting = _repetitions(items)
    counted = tuple((f"{name}", count) for name, count in labels.items())
    return Imported(tuple(items), tuple(problems), counted, tuple(parts), repeated, contradicting)


def _first(by_name: dict[str, str], wanted: Iterable[str]) -> str:
    return next((by_name[name] for name in wanted if name in by_name), "")


def _repetitions(items: Sequence[Item]) -> tuple[int, int]:
    seen: dict[str, str | None] = {}
    repeated = contradicting = 0
    for item in items:
        key = leak_key(item.text)
        if key in seen:
            repeated += 1
            contradicting += seen[key] != item.gold
        else:
            seen[key] = item.gold
    return repeated, contradicting


def _format_of(path: Path, text: DataText) -> Format:
    match path.suffix.casefold():
        case ".csv" | ".tsv" | ".tab":
            return "CSV"
        case ".jsonl" | ".ndjson":
            return "JSON Lines"
        case ".json":
            return "JSON"
    first = next((line.strip() for line in text.lines if line.strip()), "")
    if first.startswith("{"):
        return "JSON Lines" if first.endswith("}") else "JSON"
    return "JSON" if first in ("[", "[{") or first.startswith(("[{", "[ {")) else "CSV"


def _csv_table(text: DataText, has_header: bool | None) -> RawTable:
    dialect = dataset_csv.find_dialect(text.lines)
    records, problems = dataset_csv.read_records(text.lines, dialect)
    named = dataset_csv.has_names(records) if has_header is None else has_header and bool(records)
    width = len(records[0].cells) if records else 0
    names = records[0].cells if named else ("",) * width
    rows = records[1:] if named else records
    broken = set(text.broken)
    sound = [record for record in rows if record.line not in broken]
    problems += [Problem(line, "encoding") for line in text.broken]
    return RawTable(
        dataset_csv.repeated(names),
        tuple(record.cells for record in sound),
        tuple(record.line for record in sound),
        text.encoding,
        "CSV",
        tuple(sorted(problems, key=lambda problem: problem.line)),
        dialect.delimiter if dialect.delimiter != dataset_csv.NO_DELIMITER else "",
        named,
    )


def _json_table(
    text: DataText, format_: Format, rows: Sequence[dataset_json.Row], problems: Sequence[Problem]
) -> RawTable:
    columns = tuple(dict.fromkeys(name for _, cells in rows for name in cells))
    broken = set(text.broken) if format_ == "JSON Lines" else set()
    sound = [(line, cells) for line, cells in rows if line not in broken]
    told = {problem.line for problem in problems}
    encoding = [Problem(line, "encoding") for line in text.broken if line not in told]
    return RawTable(
        columns,
        tuple(tuple(cells.get(name) for name in columns) for _, cells in sound),
        tuple(line for line, _ in sound),
        text.encoding,
        format_,
        tuple(sorted([*problems, *encoding], key=lambda problem: problem.line)),
    )
