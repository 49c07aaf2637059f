"""A chat page with a long conversation, measured from within: `python -m tests.bench.chat_window open|stream`.

Prints one line of JSON. The page, the session and the history are real; a thread plays the engine: it decodes the
frames that the engine would send and delivers them as the reader does.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication

from nextword.engine.client import Engine
from nextword.engine.tokens import TokenStep
from nextword.history.conversations import Conversations
from nextword.history.database import History
from nextword.history.records import ConversationId, MessageId
from nextword.hub.fit_desk import FitDesk
from nextword.hub.library import Library
from nextword.hub.online import Online
from nextword.paths import find_profile
from nextword.settings import SettingsFile
from nextword.ui.bridge import Bridge
from nextword.ui.chat.message_view import MessageView
from nextword.ui.chat.page import ChatPage
from nextword.ui.collector import Collector
from nextword.ui.notices import Notices
from nextword.ui.services import Services
from nextword.ui.theme import current_theme
from tests.bench.chat_texts import answer_text, question_text
from tests.ui.chat.scripted_engine import ScriptedEngine, step

MESSAGES = 5_000
LONG_BYTES = 200_000
TOKENS_PER_SECOND = 100
WHEEL_PX = 120


class Bench:
    """The page on screen, and means to let time pass."""

    def __init__(self, folder: str) -> None:
        self.qt = QApplication(["nextword", "-style", "Fusion"])
        current_theme().apply("light", 100)
        gc.set_threshold(0)  # as the program has it: the collector runs on a timer
        self.collector = Collector(self.qt)
        self.collector.start()
        profile = find_profile(Path(folder))
        profile.create()
        self.bridge = Bridge()
        self.engine = ScriptedEngine()
        self.history = History(profile.history, self.bridge.deliver)
        self.library = Library(profile.library, self.bridge.deliver)
        settings = SettingsFile(profile.settings)
        services = Services(
            engine=cast(Engine, self.engine), library=self.library, history=self.history, settings=settings,
            online=Online(profile, settings, self.library, self.bridge.deliver), notices=Notices(), profile=profile,
            fitting=FitDesk(profile.cache / "measured.json", self.bridge.deliver),
            go=lambda _place: True, deliver=self.bridge.deliver,
        )  # fmt: skip
        self.page = ChatPage(services)
        self.page.resize(1216, 774)
        self.page.show()
        self.wait(0.3)

    def wait(self, seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop, loop.quit)
        loop.exec()

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 120
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError
            self.wait(0.002)

    def store(self, texts: list[str]) -> ConversationId:
        """Put a conversation into the history: question, answer, question ..."""
        found: list[ConversationId] = []

        def write(conversations: Conversations) -> ConversationId:
            with conversations._db.atomic():
                conversation = conversations.create("Long")
                parent: MessageId | None = None
                for number, text in enumerate(texts):
                    role = "assistant" if number % 2 else "user"
                    parent = conversations.add_message(conversation, parent, role, text)
            return conversation

        self.history.run(write, done=found.append)
        self.until(lambda: found)
        return found[0]

    def open(self, conversation: ConversationId, count: int) -> float:
        """Open a conversation; return the seconds until its messages were painted."""
        view = self.page.pane.view
        painted = _Painted(view, lambda: len(self.page.session.shown) == count)
        began = time.perf_counter()
        self.page.open_conversation(conversation)
        self.until(lambda: painted.at)
        view.viewport().removeEventFilter(painted)
        return painted.at - began

    def close(self) -> None:
        self.collector.stop()
        self.page.shut_down()
        self.library.close()
        self.history.close()
        self.bridge.close()


class _Painted(QObject):
    """Notes when the view has been painted with everything in it."""

    def __init__(self, view: MessageView, complete: Callable[[], bool]) -> None:
        super().__init__(view)
        self.at = 0.0
        self._complete = complete
        self._painting = False
        self._view = view
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and not self.at and not self._painting and self._complete():
            self._painting = True
            self._view.paintEvent(event)  # what is measured, here and now; Qt paints once more after it
            self.at = time.perf_counter()
        return super().eventFilter(watched, event)


def open_long(bench: Bench) -> dict[str, float]:
    """Open 5,000 messages, scroll through them, open one of 200 kB."""
    shuffle = random.Random(5)
    first = bench.store([question_text(shuffle), answer_text(shuffle)])
    texts = [(answer_text if number % 2 else question_text)(shuffle) for number in range(MESSAGES)]
    long = bench.store(texts)
    huge = bench.store(["All of it", "\n\n".join(_until(shuffle, LONG_BYTES))])
    bench.open(first, 2)  # the page has been used: modules are loaded, fonts are known
    bench.wait(0.5)
    opened = []
    for _ in range(5):
        opened.append(bench.open(long, MESSAGES))
        bench.wait(0.3)
        frames = _scroll(bench, -WHEEL_PX, 1_200)
        jumps = _jump(bench, shuffle, 200)
        bench.open(first, 2)
        bench.wait(0.2)
    huge_seconds = [bench.open(huge, 2)]
    huge_frames = _scroll(bench, -WHEEL_PX, 600)
    bench.open(first, 2)
    huge_seconds.append(bench.open(huge, 2))
    return {
        "open": sorted(opened)[2],
        "frame": _percentile(frames, 0.99),
        "frame_mean": sum(frames) / len(frames),
        "jump": _percentile(jumps, 0.99),
        "huge": max(huge_seconds),
        "huge_frame": _percentile(huge_frames, 0.99),
    }


def _scroll(bench: Bench, delta: int, count: int) -> list[float]:
    """Scroll by so many px so many times; return the seconds each frame took, painting included."""
    view = bench.page.pane.view
    bar = view.verticalScrollBar()
    frames = []
    for _ in range(count):
        began = time.perf_counter()
        bar.setValue(bar.value() + delta)
        bench.qt.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        frames.append(time.perf_counter() - began)
    return frames


def _jump(bench: Bench, shuffle: random.Random, count: int) -> list[float]:
    view = bench.page.pane.view
    bar = view.verticalScrollBar()
    frames = []
    for _ in range(count):
        began = time.perf_counter()
        bar.setValue(shuffle.randrange(bar.maximum()))
        bench.qt.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        frames.append(time.perf_counter() - began)
    return frames


def stream(bench: Bench) -> dict[str, float]:
    """Let 100 tokens a second come into 5,000 messages, then into an answer of 200 kB."""
    shuffle = random.Random(5)
    texts = [(answer_text if number % 2 else question_text)(shuffle) for number in range(MESSAGES)]
    bench.open(bench.store(texts), MESSAGES)
    bench.wait(1)
    plain = _stream(bench, "", 30, shuffle)
    bench.page.open_conversation(None)
    bench.wait(0.5)
    huge = _stream(bench, "\n\n".join(_until(shuffle, LONG_BYTES)), 15, shuffle)
    return {**plain, **{f"huge_{name}": value for name, value in huge.items()}}


def _stream(bench: Bench, begun: str, seconds: int, shuffle: random.Random) -> dict[str, float]:
    asked = len(bench.engine.asked)
    session = bench.page.session
    stop_listening = session.needs_decision.connect(
        lambda _use: QTimer.singleShot(0, bench.page, lambda: session.send_with_policy("drop_oldest"))
    )
    session.send("And now?")
    bench.until(lambda: len(bench.engine.asked) > asked)
    stop_listening()
    bench.engine.begin()
    if begun:
        bench.engine.say(step(begun))
    bench.wait(1)
    frames = [msgspec.msgpack.encode(each) for each in _tokens(shuffle, seconds * TOKENS_PER_SECOND)]
    gaps: list[float] = []
    loop = QEventLoop()
    writer = threading.Thread(target=_play, args=(bench, frames, gaps, loop.quit), name="engine-reader")
    wall, cpu = time.monotonic(), time.thread_time()
    writer.start()
    loop.exec()
    writer.join()
    wall, cpu = time.monotonic() - wall, time.thread_time() - cpu
    bench.engine.finish()
    bench.until(lambda: not bench.page.session.busy)
    return {"latency": _percentile(gaps, 0.99), "worst": max(gaps), "cpu": cpu / wall, "tokens": len(frames)}


def _play(bench: Bench, frames: list[bytes], gaps: list[float], done: Callable[[], None]) -> None:
    """Decode and deliver a token every hundredth of a second, and ask how long the window takes to answer."""
    decoder = msgspec.msgpack.Decoder(TokenStep)
    began = time.perf_counter()

    def answered(sent: float) -> None:
        gaps.append(time.perf_counter() - sent)

    for number, frame in enumerate(frames):
        due = began + number / TOKENS_PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        token = decoder.decode(frame)
        bench.bridge.deliver(lambda token=token: bench.engine.say(token))  # type: ignore[misc]
        sent = time.perf_counter()
        bench.bridge.deliver(lambda sent=sent: answered(sent))  # type: ignore[misc]
    bench.bridge.deliver(done)


def _tokens(shuffle: random.Random, count: int) -> list[TokenStep]:
    text = ""
    while len(text) < 5 * count:
        text += answer_text(shuffle) + "\n\n"
    return [step(text[at : at + 4], shuffle.choice((0.9, 0.6, 0.2)), others=40) for at in range(0, 4 * count, 4)]


def _until(shuffle: random.Random, size: int) -> list[str]:
    found: list[str] = []
    while sum(map(len, found)) < size:
        found.append(answer_text(shuffle))
    return found


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        try:
            print(json.dumps({"open": open_long, "stream": stream}[sys.argv[1]](bench)))
        finally:
            bench.close()


if __name__ == "__main__":
    main()
