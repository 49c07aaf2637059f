"""Ways through the tree of a conversation: to another version, into the trash, out of it, and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from nextword.chat.history_work import delete_version, read_all, restore_version, set_head
from nextword.chat.screen import Screen
from nextword.chat.tree import Tree
from nextword.chat.undoing import Step, StepKind, Steps
from nextword.errors import NextwordError
from nextword.events import Event
from nextword.history.records import MessageId, StoredConversation

if TYPE_CHECKING:  # it brings sqlite_utils, which the window need not wait for
    from nextword.history.trash import DeletedVersion


class Trips:
    """is_held: nobody may go anywhere now, because a message or an answer of this path is being made.

    working: the history is changing the tree. undo_changed: whether there is something to take back, told when that
    may have changed.
    """

    def __init__(self, screen: Screen, is_held: Callable[[], bool]) -> None:
        self.undo_changed: Event[bool] = Event()
        self.undone: Event[StepKind] = Event()
        self.version_deleted: Event[int] = Event()
        self.failed: Event[NextwordError] = Event()
        self._screen = screen
        self._is_held = is_held
        self.working = False
        self._steps = Steps()

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back, and nothing in its way."""
        return not self._is_held() and not self.working and self._steps.last(self._screen.conversation) is not None

    @property
    def last(self) -> Step | None:
        """The act that `undo` would take back, once nothing is in its way."""
        return self._steps.last(self._screen.conversation)

    def tell(self) -> None:
        """Say whether there is something to take back."""
        self.undo_changed.emit(self.can_undo)

    def did(self, step: Step) -> None:
        """Remember an act of the person in the conversation on screen."""
        self._steps.add(self._screen.conversation, step)
        self.tell()

    def drop(self) -> None:
        """Forget what was done in the conversation on screen, which leaves no trace."""
        self.working = False
        self._steps.forget(self._screen.conversation)

    def switch(self, index: int, delta: int) -> None:
        """Show the version `delta` further on of the message at `index`, and the newest path below it."""
        message = self._screen.shown[index]
        if message.id is None or self._blocked():
            return
        versions = self._screen.tree.versions(message.id)
        at = versions.index(message.id) + delta
        if 0 <= at < len(versions):
            self._go(self._screen.tree.newest_end(versions[at]))

    def show(self, message: MessageId) -> None:
        """Show the path through a message, and the newest path below it."""
        shown = [each.id for each in self._screen.shown]
        if not self._blocked() and self._screen.tree.has(message) and message not in shown:
            self._go(self._screen.tree.newest_end(message))

    def delete(self, message: MessageId) -> None:
        """Put a version into the trash."""
        if not self._blocked() and self._screen.tree.has(message):
            self._set_working(True)
            self._screen.history.run(
                partial(delete_version, message),
                done=partial(self._on_deleted, self._screen.tree, self._screen.last_id()),
                failed=self._on_failed,
            )

    def restore(self, message: MessageId, end: MessageId | None = None, then: Callable[[], None] | None = None) -> None:
        """Take a version out of the trash; show the path to `end` if that is there then, else to what came back."""
        if not self._blocked():
            self._set_working(True)
            self._screen.history.run(
                partial(restore_version, message, end),
                done=partial(self._on_restored, self._screen.tree, then),
                failed=self._on_failed,
            )

    def undo(self) -> None:
        """Take the last act back."""
        screen = self._screen
        if self._blocked():
            return
        step = self._steps.take(screen.conversation)
        if step is None:
            return
        if step.message is not None:
            self.restore(step.message, step.end, partial(self._told, step))
        elif screen.tree.has(step.end) or (step.end is None and not screen.shown):
            self._show(step.end)
            self._told(step)
        else:  # where it came from went into the trash meanwhile
            self.undo()

    def read_again(self) -> None:
        """Read the conversation again and show the path that the history has."""
        conversation = self._screen.conversation
        if conversation is not None and not self._blocked():
            self._set_working(True)
            self._screen.history.run(
                partial(read_all, conversation),
                done=partial(self._on_restored, self._screen.tree, None),
                failed=self._on_failed,
            )

    # --- parts ----------------------------------------------------------------------------------------------

    def _blocked(self) -> bool:
        return self.working or self._is_held()

    def _go(self, end: MessageId) -> None:
        before = self._screen.last_id()
        if before is not None:
            self._steps.add(self._screen.conversation, Step("switch", before))
        self._show(end)
        self.tell()

    def _show(self, end: MessageId | None) -> None:
        self._screen.show_path(end)
        if end is not None:
            work = partial(set_head, self._screen.conversation, end)
            self._screen.history.run(work, failed=self.failed.emit)

    def _told(self, step: Step) -> None:
        self.undone.emit(step.kind)
        self.tell()

    def _on_deleted(
        self, tree: Tree, end_before: MessageId | None, result: tuple[DeletedVersion, StoredConversation]
    ) -> None:
        gone, stored = result
        self._set_working(False)
        if self._take(tree, stored):
            self.did(Step("delete", end_before, gone.message))
            self.version_deleted.emit(gone.messages)

    def _on_restored(self, tree: Tree, then: Callable[[], None] | None, stored: StoredConversation) -> None:
        self._set_working(False)
        if self._take(tree, stored) and then is not None:
            then()
        self.tell()

    def _take(self, tree: Tree, stored: StoredConversation) -> bool:
        """Show a conversation as it is now; False when another one was opened meanwhile."""
        screen = self._screen
        if tree is not screen.tree:
            return False
        screen.tree = Tree(stored.messages)
        screen.show_path(stored.head if screen.tree.has(stored.head) else screen.tree.newest_root_end())
        return True

    def _on_failed(self, error: NextwordError) -> None:
        self._set_working(False)
        self.failed.emit(error)

    def _set_working(self, working: bool) -> None:
        self.working = working
        self.tell()
