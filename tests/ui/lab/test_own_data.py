"""Data of one's own: a file becomes a task, broken lines are told, and the task is there after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from nextword.lab.builder import Builder
from nextword.lab.splits import Splits, leaks
from nextword.lab.task import Item
from nextword.lab.task_set import TaskSet, built_in_set
from nextword.ui.lab.data_dialog import DataDialog
from nextword.ui.lab.split_field import SplitField
from nextword.ui.lab.task_desk import TaskDesk
from nextword.ui.lab.task_presets import escaped, unescaped
from tests.ui.conftest import Desk

REVIEWS = "text;rating;split\n" + "".join(
    f"the {what} was {how};{label};{'test' if number % 3 == 0 else 'train'}\n"
    for number, (what, how, label) in enumerate(
        (what, how, label) for what in ("soup", "bed", "film", "train") for how, label in (("good", "0"), ("bad", ""))
    )
)


class _Dialogs:
    def __init__(self, qtbot: QtBot, desk: Desk) -> None:
        self._qtbot = qtbot
        self._desk = desk
        self._window = QWidget()
        self._window.resize(900, 700)
        qtbot.addWidget(self._window)
        self._open: list[DataDialog] = []
        self.made: list[TaskSet] = []

    def read(self, path: Path) -> DataDialog:
        dialog = DataDialog(self._desk.bridge.deliver, self._window)
        self._open.append(dialog)
        dialog.made.connect(self.made.append)
        dialog.open()
        dialog.read(path)
        self._qtbot.waitUntil(
            lambda: dialog.imported is not None or "Reading" not in dialog.message.text(), timeout=20_000
        )
        return dialog

    def close(self) -> None:
        for dialog in self._open:
            dialog.close()


@pytest.fixture
def dialogs(qtbot: QtBot, desk: Desk) -> Iterator[_Dialogs]:
    made = _Dialogs(qtbot, desk)
    yield made
    made.close()


def _file(tmp_path: Path, content: bytes, name: str = "my reviews ü.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_file_in_utf_16_with_odd_labels_and_broken_lines_becomes_a_task(dialogs: _Dialogs, tmp_path: Path) -> None:
    text = REVIEWS + "one cell alone\n;0;train\n"
    dialog = dialogs.read(_file(tmp_path, text.encode("utf-16")))
    assert "UTF-16" in dialog.found.text()
    assert "columns by semicolon" in dialog.found.text()
    assert (dialog.text.currentData(), dialog.gold.currentData(), dialog.part.currentData()) == (
        "text",
        "rating",
        "split",
    )
    assert "0 4" in dialog.labels.text()
    assert "(empty) 4" in dialog.labels.text()
    assert dialog.problems.text().startswith("2 lines are left out.")
    assert "Line 10: more or fewer cells" in dialog.problems.text()
    assert "Line 11: no text" in dialog.problems.text()
    dialog.accept()
    (made,) = dialogs.made
    assert [label.name for label in made.task.labels] == ["0", ""]
    assert [label.words for label in made.task.labels] == [("0",), ("none",)]
    assert made.splits.is_frozen
    assert {item.row for item in made.splits.test} == {2, 5, 8}
    assert made.task.template.input_prefix == "Text: "
    assert made.task.template.output_prefix == "\nRating:"


def test_without_a_column_for_it_items_are_divided_at_random_with_a_lock(dialogs: _Dialogs, tmp_path: Path) -> None:
    dialog = dialogs.read(_file(tmp_path, REVIEWS.encode("latin-1")))
    dialog.part.setCurrentIndex(0)
    dialog.part.activated.emit(0)
    before = dialog.division
    dialogs._qtbot.waitUntil(lambda: dialog.division is not before and dialog.division is not None, timeout=20_000)
    division = dialog.division
    assert isinstance(division, SplitField)
    assert "4 to test with" in division.summary.text()
    test = division.splits.test
    division.seed.setValue(5)
    assert division.splits.test == test
    assert not division.test.isEnabled()
    division.lock.setChecked(False)
    division.test.setValue(25)
    assert len(division.splits.test) == 2
    assert leaks(division.splits.pool, division.splits.test) == ()
    assert "Leak guard: no example" in division.guard.text()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "No row gives an item"), (b"text,label\n", "No row gives an item"), (b"\x00\x01\x02\xff", ".")],
    ids=["empty", "names alone", "not text"],
)
def test_a_file_without_items_says_so_and_makes_nothing(
    dialogs: _Dialogs, tmp_path: Path, content: bytes, words: str
) -> None:
    dialog = dialogs.read(_file(tmp_path, content))
    assert words in dialog.labels.text() + dialog.message.text()
    assert not dialog.make.isEnabled()
    dialog.accept()
    assert dialogs.made == []


def test_a_file_of_one_label_is_warned_of(dialogs: _Dialogs, tmp_path: Path) -> None:
    dialog = dialogs.read(_file(tmp_path, b"text,label\na,x\nb,x\nb,y\n".replace(b"b,y\n", b"")))
    assert "All rows have the same label" in dialog.warning.text()


def test_many_items_are_divided_beside_the_window(qtbot: QtBot, desk: Desk) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    items = tuple(Item(f"text {number}", "ab"[number % 2], number) for number in range(6_000))
    field = SplitField(Splits(items, (), ()), desk.bridge.deliver, owner)
    qtbot.waitUntil(lambda: "6,000 examples" in field.summary.text(), timeout=20_000)
    field.test.setValue(40)
    field.test.setValue(50)
    qtbot.waitUntil(lambda: "3,000 to test with" in field.summary.text(), timeout=20_000)
    field.close_field()


def test_a_missing_file_is_told_in_the_dialog(dialogs: _Dialogs, tmp_path: Path) -> None:
    dialog = dialogs.read(tmp_path / "gone.csv")
    assert "gone.csv" in dialog.message.text()


@pytest.fixture
def make_desk(desk: Desk, qtbot: QtBot) -> Iterator[Callable[[], tuple[Builder, TaskDesk]]]:
    """A second call is the next start of the program."""
    open_ones: list[tuple[Builder, TaskDesk, QWidget]] = []

    def make() -> tuple[Builder, TaskDesk]:
        while open_ones:
            builder, tasks, _ = open_ones.pop()
            tasks.shut_down()
            builder.close()
        owner = QWidget()
        qtbot.addWidget(owner)
        builder = Builder(desk.services.engine, built_in_set("sentiment"))
        tasks = TaskDesk(builder, desk.services, owner)
        open_ones.append((builder, tasks, owner))
        return builder, tasks

    yield make
    for builder, tasks, _ in open_ones:
        tasks.shut_down()
        builder.close()


def test_a_task_is_there_after_a_restart_with_what_was_changed(
    make_desk: Callable[[], tuple[Builder, TaskDesk]], qtbot: QtBot
) -> None:
    builder, desk = make_desk()
    builder.tick(0, False)  # is no change of the set
    desk.flush()
    assert desk.current is None
    builder.remove(0)
    qtbot.waitUntil(lambda: desk.current is not None, timeout=20_000)
    count = len(builder.task_set.splits.pool)
    builder, desk = make_desk()
    assert builder.task_set.built_in == "sentiment"
    desk.open_last()
    qtbot.waitUntil(lambda: builder.task_set.built_in == "", timeout=20_000)
    assert len(builder.task_set.splits.pool) == count
    qtbot.waitUntil(lambda: desk.name == "Sentiment, changed", timeout=20_000)
    desk.rename("My reviews")
    qtbot.waitUntil(lambda: desk.name == "My reviews", timeout=20_000)


def test_two_sets_changed_one_right_after_the_other_are_two_tasks(
    make_desk: Callable[[], tuple[Builder, TaskDesk]], qtbot: QtBot
) -> None:
    builder, tasks = make_desk()
    builder.remove(0)
    first = builder.task_set.splits.pool
    tasks.flush()
    tasks.open_built_in("topic")  # before the first is stored
    builder.remove(0)
    second = builder.task_set.splits.pool
    tasks.flush()
    qtbot.waitUntil(lambda: len(tasks.tasks) == 2, timeout=20_000)
    for task, pool in zip(sorted(tasks.tasks, key=lambda each: each.id), (first, second), strict=True):
        tasks.open_stored(task.id)
        qtbot.waitUntil(lambda task=task: tasks.current == task.id, timeout=20_000)  # type: ignore[misc]
        assert builder.task_set.splits.pool == pool


def test_what_is_changed_while_another_task_is_read_is_kept(
    make_desk: Callable[[], tuple[Builder, TaskDesk]], qtbot: QtBot
) -> None:
    builder, tasks = make_desk()
    tasks.add(builder.task_set)
    qtbot.waitUntil(lambda: tasks.current is not None, timeout=20_000)
    first = tasks.current
    assert first is not None
    tasks.open_built_in("topic")
    builder.remove(0)
    tasks.flush()
    qtbot.waitUntil(lambda: tasks.current is not None, timeout=20_000)
    second = tasks.current
    assert second is not None
    tasks.open_stored(first)
    builder.remove(0)  # before it is read: of the second still
    pool = builder.task_set.splits.pool
    qtbot.waitUntil(lambda: tasks.current == first, timeout=20_000)
    tasks.open_stored(second)
    qtbot.waitUntil(lambda: tasks.current == second, timeout=20_000)
    assert builder.task_set.splits.pool == pool


def test_ticks_and_input_of_each_task_are_there_after_a_restart(
    make_desk: Callable[[], tuple[Builder, TaskDesk]], qtbot: QtBot, desk: Desk
) -> None:
    builder, tasks = make_desk()
    tasks.open_last()
    qtbot.waitUntil(lambda: tasks.is_laid, timeout=20_000)
    builder.tick(1, False)
    builder.type("a text of my own")
    left = builder.examples
    tasks.open_built_in("topic")
    qtbot.waitUntil(lambda: tasks.is_laid, timeout=20_000)
    builder.move(0, 2)
    topics = builder.examples
    builder, tasks = make_desk()
    tasks.open_last()
    qtbot.waitUntil(lambda: tasks.is_laid, timeout=20_000)
    assert (builder.task_set.built_in, builder.examples) == ("topic", topics)
    tasks.open_built_in("sentiment")
    qtbot.waitUntil(lambda: tasks.is_laid, timeout=20_000)
    assert (builder.examples, builder.shown.text) == (left, "a text of my own")
    kept: list[str] = []
    desk.services.history.run(lambda history: history.lab_desks.read("topic"), done=kept.append)
    qtbot.waitUntil(lambda: bool(kept), timeout=20_000)
    assert builder.looked is None  # nothing was asked: nobody looks


def test_what_is_ticked_before_the_old_ticks_are_known_counts(
    make_desk: Callable[[], tuple[Builder, TaskDesk]], qtbot: QtBot, desk: Desk
) -> None:
    builder, tasks = make_desk()
    tasks.open_last()
    qtbot.waitUntil(lambda: tasks.is_laid, timeout=20_000)
    builder.tick_none()
    builder, tasks = make_desk()
    tasks.open_last()
    builder.draw(2, seed=5)
    ticked = builder.ticked
    told: list[str] = []
    desk.services.history.run(lambda history: history.lab_desks.read("sentiment"), done=told.append)
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert builder.ticked == ticked
    assert len(ticked) == 2


def test_a_task_is_deleted_with_an_undo(
    make_desk: Callable[[], tuple[Builder, TaskDesk]], qtbot: QtBot, desk: Desk
) -> None:
    builder, tasks = make_desk()
    tasks.add(built_in_set("topic"))
    qtbot.waitUntil(lambda: tasks.current is not None and len(tasks.tasks) == 1, timeout=20_000)
    tasks.delete()
    qtbot.waitUntil(lambda: not tasks.tasks, timeout=20_000)
    assert builder.task_set.built_in == "sentiment"
    desk.told[-1].actions[0].run()
    qtbot.waitUntil(lambda: len(tasks.tasks) == 1 and builder.task_set.name == "topic", timeout=20_000)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "Review: ", " -> ", "\\n", "a\\b\tc", "  \n  "])
def test_what_stands_in_a_line_of_the_form_comes_back_as_it_was(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert "\n" not in escaped(text)
