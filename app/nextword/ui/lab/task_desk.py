"""Which task lies in the builder: the built-in ones, one's own from the history, and what keeps the changes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct
from PySide6.QtCore import QObject, QSettings, QTimer, Slot

from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.conversations import Conversations
from nextword.history.experiments import StoredTask, TaskId
from nextword.history.records import HistoryChange
from nextword.lab import builtin
from nextword.lab.builder import Builder, Change
from nextword.lab.desk_state import put_back, state_text
from nextword.lab.task_set import TaskSet, built_in_set, decoded, encoded
from nextword.ui.lab.lab_words import set_name
from nextword.ui.notices import Action, Notice
from nextword.ui.services import Services

_KEEP_MS = 700
_LAST = "lab/task"


class TaskName(Struct, frozen=True):
    """A stored task as a menu shows it."""

    id: TaskId
    name: str


class TaskDesk(QObject):
    """changed: the list, or which one is open. current: the stored task that is open, None for a built-in one.

    is_laid: whether the open task lies as it was left; that is known a moment after it is opened.
    """

    def __init__(self, builder: Builder, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self.changed: Event[None] = Event()
        self.tasks: tuple[TaskName, ...] = ()
        self.current: TaskId | None = None
        self.deliver = services.deliver
        self._builder = builder
        self._services = services
        self._asked = 0
        self._laid = 0  # so many sets were put on the desk
        self._adding: dict[int, TaskSet | None] = {}  # by their number: being stored, and what was changed meanwhile
        self.is_laid = True  # what is ticked before it is known counts
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_KEEP_MS)
        self._soon.timeout.connect(self._keep)
        self._lay_soon = QTimer(self)
        self._lay_soon.setSingleShot(True)
        self._lay_soon.setInterval(_KEEP_MS)
        self._lay_soon.timeout.connect(self._keep_desk)
        self._disconnect = [
            builder.edited.connect(self._on_edited),
            builder.changed.connect(self._on_builder),
            services.history.changed.connect(self._on_history_changed),
        ]
        self.refresh()

    def shut_down(self) -> None:
        """Keep what was changed last and listen no more."""
        self.flush()
        for disconnect in self._disconnect:
            disconnect()

    @property
    def name(self) -> str:
        """How the open task is called."""
        stored = next((task.name for task in self.tasks if task.id == self.current), "")
        return stored or set_name(self._builder.task_set.name)

    # --- the list -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the stored tasks again."""
        self._services.history.run(_names, done=self._on_names, failed=self._tell)

    def _on_names(self, names: tuple[TaskName, ...]) -> None:
        self.tasks = names
        self.changed.emit(None)

    def _on_history_changed(self, change: HistoryChange) -> None:
        if change.experiments:
            self.refresh()

    # --- opening --------------------------------------------------------------------------------------------

    def open_last(self) -> None:
        """Open what was open when the program was closed; the builder has the first built-in one already."""
        last = str(self._window_store().value(_LAST, ""))
        if last.isdecimal():
            self.open_stored(TaskId(int(last)), quietly=True)
        elif last in builtin.NAMES and last != self._builder.task_set.built_in:
            self.open_built_in(last)
        else:
            self._lay_as_before()

    def open_built_in(self, name: builtin.BuiltIn) -> None:
        """Put a set that comes with the program on the desk."""
        self.flush()
        try:
            task_set = built_in_set(name)
        except OSError as error:
            self._services.notices.add(Notice(text=str(error), level="error", key="lab task"))
            return
        self._asked += 1
        self._put(None, task_set, name)

    def open_stored(self, task: TaskId, *, quietly: bool = False) -> None:
        """Put a stored task on the desk. quietly: if it is gone, nothing is said."""
        self.flush()
        self._asked += 1
        self._services.history.run(
            partial(_read, task),
            done=partial(self._on_read, self._asked, task),
            failed=(lambda _error: None) if quietly else self._tell,
        )

    def _on_read(self, asked: int, task: TaskId, task_set: TaskSet | None) -> None:
        if asked != self._asked or task_set is None:
            return
        self.flush()  # what was changed while it was read is of the set before
        self._put(task, task_set, str(task))

    def _put(self, task: TaskId | None, task_set: TaskSet, remembered: str) -> None:
        self._soon.stop()
        self._laid += 1
        self.current = task
        self._window_store().setValue(_LAST, remembered)
        self._builder.open(task_set)
        self.changed.emit(None)
        self._lay_as_before()

    # --- keeping --------------------------------------------------------------------------------------------

    def add(self, task_set: TaskSet) -> None:
        """Keep a new task and open it."""
        self.flush()
        self._asked += 1
        self._put(None, task_set, "")
        self._store_new(task_set)

    def rename(self, name: str) -> None:
        """Give the open task another name."""
        if self.current is not None and name.strip():
            current = self.current
            self._run(lambda kept: kept.lab_tasks.rename(current, name.strip()))

    def delete(self) -> None:
        """Put the open task into the trash, with an undo; the first built-in one is opened."""
        if self.current is None:
            return
        task, name = self.current, self.name
        self.flush()
        self._run(lambda kept: kept.lab_tasks.delete(task))
        self.open_built_in("sentiment")
        undo = Action(self.tr("Undo"), partial(self._restore, task))
        text = self.tr("The task “{name}” was deleted.").format(name=name)
        self._services.notices.add(Notice(text=text, actions=(undo,), key="lab task"))

    def _restore(self, task: TaskId) -> None:
        self._run(lambda kept: kept.lab_tasks.restore(task))
        self.open_stored(task)

    def _on_edited(self, _task_set: TaskSet) -> None:
        self.is_laid = True
        self._soon.start()
        self._lay_soon.start()

    def flush(self) -> None:
        """Keep what was changed and not kept yet."""
        if self._soon.isActive():
            self._keep()
        if self._lay_soon.isActive():
            self._keep_desk()

    # --- how it lies ----------------------------------------------------------------------------------------

    def _desk_name(self) -> str:
        """Return what the open task's desk is kept under, "" while it has no name yet."""
        return self._builder.kept_set.built_in if self.current is None else str(self.current)

    def _lay_as_before(self) -> None:
        """Put ticks, order, input and rules as they were when this task was left."""
        self._lay_soon.stop()
        name = self._desk_name()
        self.is_laid = not name
        if name:
            work = partial(_read_desk, name)
            self._services.history.run(work, done=partial(self._on_desk_read, self._laid), failed=self._tell)

    def _on_desk_read(self, number: int, text: str) -> None:
        if number == self._laid and not self.is_laid:
            self.is_laid = True
            if text:
                put_back(self._builder, text)

    def _on_builder(self, change: Change) -> None:
        if change in ("examples", "input", "task"):
            self.is_laid = True
            self._lay_soon.start()

    @Slot()
    def _keep_desk(self) -> None:
        self._lay_soon.stop()
        name = self._desk_name()
        if name:
            text = state_text(self._builder)
            self._services.history.keep(lambda kept: kept.lab_desks.keep(name, text), failed=self._tell)

    @Slot()
    def _keep(self) -> None:
        """Keep the open set. A built-in one that was changed becomes one of one's own."""
        self._soon.stop()
        task_set = self._builder.task_set
        if self._laid in self._adding:
            self._adding[self._laid] = task_set
        elif self.current is None:
            self._store_new(task_set)
        else:
            self._change(self.current, task_set)

    def _change(self, task: TaskId, task_set: TaskSet) -> None:
        self._run(lambda kept: kept.lab_tasks.change(task, encoded(task_set)))

    def _store_new(self, task_set: TaskSet) -> None:
        number = self._laid
        self._adding[number] = None
        name = set_name(task_set.name)
        if name != task_set.name:
            name = self.tr("{name}, changed").format(name=name)
        self._services.history.run(
            partial(_add, name, task_set),
            done=partial(self._on_added, number),
            failed=partial(self._on_not_added, number),
        )

    def _on_added(self, number: int, stored: TaskId) -> None:
        pending = self._adding.pop(number, None)
        if pending is not None:
            self._change(stored, pending)
        if number == self._laid:
            self.current = stored
            self._window_store().setValue(_LAST, str(stored))
            self._lay_soon.start()
            self.changed.emit(None)

    def _on_not_added(self, number: int, error: NextwordError) -> None:
        self._adding.pop(number, None)
        self._tell(error)

    def _run(self, work: Callable[[Conversations], object]) -> None:
        self._services.history.run(work, failed=self._tell)

    def _tell(self, error: NextwordError) -> None:
        self._services.notices.add(Notice(error=error, level="error", key="lab task"))

    def _window_store(self) -> QSettings:
        return QSettings(str(self._services.profile.window), QSettings.Format.IniFormat)


def _names(kept: Conversations) -> tuple[TaskName, ...]:
    return tuple(TaskName(task.id, task.name) for task in kept.lab_tasks.list())


def _read(task: TaskId, kept: Conversations) -> TaskSet | None:
    stored: StoredTask | None = next((each for each in kept.lab_tasks.list() if each.id == task), None)
    return None if stored is None else decoded(stored.content)


def _read_desk(name: str, kept: Conversations) -> str:
    return kept.lab_desks.read(name)


def _add(name: str, task_set: TaskSet, kept: Conversations) -> TaskId:
    return kept.lab_tasks.add(name, encoded(task_set)).id
