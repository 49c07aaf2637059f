"""The real program without a screen, used by a script: `python scripted_session.py PROFILE MODEL`.

Sends, regenerates, edits, continues, renames and deletes for ever, through the real window and its session.
Every time the history has said that a thing is on disk, a line says so: what it says must be found after a kill.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from sqlite_utils import Database

from nextword.history.conversations import Conversations
from nextword.history.records import Attachment, ConversationId, HistoryChange, MessageId, Outcome, Role
from nextword.paths import find_profile
from nextword.ui.application import Application, Options


def acknowledge(**fact: Any) -> None:
    """Say that something is on disk. One write, so that a line is whole or not there."""
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


class Witness(Conversations):
    """Conversations that tell of every write after it was committed.

    A job of the history may put several writes into one transaction; its end is when the worker asks what it changed.
    """

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._facts: list[dict[str, Any]] = []
        take_change = self.take_change

        def tell_and_take_change() -> HistoryChange | None:
            facts, self._facts = self._facts, []
            for fact in facts:
                acknowledge(**fact)
            return take_change()

        self.take_change = tell_and_take_change

    def _committed(self, **fact: Any) -> None:
        self._facts.append(fact)

    def add_message(
        self,
        conversation: ConversationId,
        parent: MessageId | None,
        role: Role,
        text: str,
        *,
        attachments: Sequence[Attachment] = (),
    ) -> MessageId:
        message = super().add_message(conversation, parent, role, text, attachments=attachments)
        self._committed(what="message", id=message, text=text)
        return message

    def append_tokens(self, message: MessageId, text: str, block: bytes) -> None:
        super().append_tokens(message, text, block)
        self._committed(what="tokens", id=message, text=text)

    def finish_answer(self, message: MessageId, text: str, outcome: Outcome, *, block: bytes = b"") -> None:
        super().finish_answer(message, text, outcome, block=block)
        self._committed(what="answer", id=message, text=text, state=outcome.state)

    def rename(self, conversation: ConversationId, title: str) -> None:
        super().rename(conversation, title)
        self._committed(what="title", id=conversation, text=title)


class Script:
    """Does the next thing whenever the session is idle."""

    def __init__(self, application: Application, seed: int) -> None:
        self._application = application
        self._random = random.Random(seed)
        self._number = 0
        self._timer = QTimer(application)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    def _step(self) -> None:
        page = self._application.window.findChild(_page_type())
        if page is None or self._application.engine.status.state != "ready" or page.session.busy:
            return
        self._number += 1
        session = page.session
        choices: list[Callable[[], None]] = [partial(session.send, f"question {self._number} 🦊")]
        answered = [i for i, m in enumerate(session.shown) if m.role == "assistant" and m.id is not None]
        if answered:
            index = self._random.choice(answered)
            choices += [
                partial(session.regenerate, index),
                partial(session.continue_answer, index),
                partial(session.edit, index - 1, f"another question {self._number}"),
                partial(session.edit, index, f"my own answer {self._number}"),
                partial(session.switch, index, -1),
                partial(session.open, None),
            ]
        if session.conversation is not None:
            rename = partial(_rename, session.conversation, f"title {self._number}")
            choices.append(partial(self._application.history.run, rename))
        self._random.choice(choices)()


def _rename(conversation: ConversationId, title: str, conversations: Conversations) -> None:
    conversations.rename(conversation, title)


def _page_type() -> type[Any]:
    from nextword.ui.chat.page import ChatPage

    return ChatPage


def main() -> None:
    profile = find_profile(Path(sys.argv[1]))
    profile.create()
    import nextword.history.conversations as module

    module.Conversations = Witness  # type: ignore[misc]
    qt = QApplication([])
    application = Application(qt, profile, Options(model_file=Path(sys.argv[2])))
    application.settings.set("sampling.max_tokens", 40)
    application.window.show()
    said: list[int] = []

    def say_pid(_status: object) -> None:
        pid = application.engine.pid
        if pid is not None and said[-1:] != [pid]:
            said.append(pid)
            acknowledge(what="engine", pid=pid)

    application.engine.status_changed.connect(say_pid)
    script = Script(application, seed=int(sys.argv[3]))
    qt.exec()
    del script  # lived until here: a timer does not keep whom it calls


main()
