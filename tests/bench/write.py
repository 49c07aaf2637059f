"""Figures of Write: 20,000 coloured tokens, a click on one, and a pasted text of 4,000 tokens that is scored."""

from __future__ import annotations

import gc
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.window import ROOT, environment

TOKENS, SCORED_TOKENS = 20_000, 4_000
FRAMES, CLICKS, RUNS = 600, 50, 3


def write() -> Iterator[Figure]:
    """How Write answers with 20,000 coloured tokens, and how soon a pasted text has its colours."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.write"], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**environment(), "QT_QPA_PLATFORM": "offscreen"}, timeout=900,
    )  # fmt: skip
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    for name in ("scroll", "jump", "hover"):
        p99 = statistics.quantiles(found[name], n=100)[-1]
        yield Figure(f"window answers, 20,000 tokens, {name}, p99", 1000 * p99, "ms", 16, runs=len(found[name]))
    yield Figure("click on a token until it is painted", 1000 * max(found["click"]), "ms", 50, runs=len(found["click"]))
    pairs = tuple(ours / engine for ours, engine in zip(found["coloured"], found["scored"], strict=True))
    yield Figure(
        "4,000 tokens pasted, scored and coloured", statistics.median(found["coloured"]), "s", 1.2,
        reference=statistics.median(found["scored"]), reference_name="the engine alone", runs=RUNS, ratios=pairs,
    )  # fmt: skip


class Bench:
    """A page on screen with a real engine on the base starter."""

    def __init__(self, folder: Path) -> None:
        from PySide6.QtWidgets import QApplication

        from nextword import resources
        from nextword.engine.client import Engine
        from nextword.history.database import History
        from nextword.hub.fit_desk import FitDesk
        from nextword.hub.library import Library
        from nextword.hub.online import Online
        from nextword.paths import find_profile
        from nextword.settings import SettingsFile
        from nextword.ui.bridge import Bridge
        from nextword.ui.notices import Notices
        from nextword.ui.services import Services
        from nextword.ui.theme import current_theme
        from nextword.ui.write.page import WritePage

        self.qt = QApplication(["nextword", "-style", "Fusion"])
        current_theme().apply("light", 100)
        gc.disable()  # as the program has it: the collector runs on a timer
        profile = find_profile(folder)
        profile.create()
        self.bridge = Bridge()
        deliver = self.bridge.deliver
        self.engine = Engine(deliver, cache=profile.cache)
        self.history = History(profile.history, deliver)
        self.library = Library(profile.library, deliver)
        settings = SettingsFile(profile.settings)
        services = Services(
            engine=self.engine, library=self.library, history=self.history, settings=settings,
            online=Online(profile, settings, self.library, deliver), notices=Notices(), profile=profile,
            fitting=FitDesk(profile.cache / "measured.json", deliver), go=lambda _place: True, deliver=deliver,
        )  # fmt: skip
        self.page = WritePage(services)
        self.page.resize(1216, 774)
        self.page.show()
        self.engine.use(str(resources.STARTER_BASE))
        self.until(lambda: self.engine.status.state == "ready")

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + 300
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError
            self.qt.processEvents()
            time.sleep(0.0005)

    def frames(self, count: int, act: Callable[[int], None]) -> list[float]:
        """Do something so many times; return the seconds until the window answers again, painting included."""
        found = []
        for number in range(count):
            began = time.perf_counter()
            act(number)
            self.qt.processEvents()
            found.append(time.perf_counter() - began)
        return found

    def score_alone(self, text: str) -> float:
        """Return the seconds that the engine says it took for a text."""
        from nextword.engine import protocol

        found: list[protocol.Scored] = []
        request = protocol.Score(0, protocol.TextPrompt(text))
        self.engine.ask(request, lambda event: found.append(event) if isinstance(event, protocol.Scored) else None)
        self.until(lambda: found)
        return found[0].seconds

    def close(self) -> None:
        self.page.shut_down()
        self.engine.close()
        self.library.close()
        self.history.close()
        self.bridge.close()


def many_tokens(bench: Bench, count: int) -> None:
    """Put so many tokens with twenty candidates each on the page, by model and person in turn."""
    from nextword.engine.tokens import Candidate, TokenStep
    from nextword.write.spelling import MODEL, spelled

    shuffle = random.Random(6)
    words = [" " + "".join(shuffle.choices("etaoinshrdlu", k=shuffle.randint(2, 8))) for _ in range(900)]
    steps = []
    for number in range(count):
        text = "\n" if number % 80 == 79 else shuffle.choice(words)
        others = tuple(Candidate(other, words[other].encode(), -1.0 - other) for other in range(20))
        bits = shuffle.random() * 6
        steps.append(TokenStep(number % 4000, text.encode(), -bits, 1 + number % 7, bits / 2, -bits, 20, others))
    bench.page.session.board.put(0, 0, spelled(steps, MODEL))


def measure(bench: Bench) -> dict[str, list[float]]:
    """Return the seconds of everything that is measured."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    many_tokens(bench, TOKENS)
    page, canvas = bench.page, bench.page.canvas
    bench.until(lambda: page.session.document is not None and not page._bars_due.isActive())
    bar = canvas.verticalScrollBar()
    bar.setValue(0)
    bench.frames(20, lambda _number: bar.setValue(bar.value() + 40))
    shuffle = random.Random(7)
    found = {
        "scroll": bench.frames(FRAMES, lambda _number: bar.setValue(bar.value() + 40)),
        "jump": bench.frames(FRAMES // 3, lambda _number: bar.setValue(shuffle.randrange(bar.maximum()))),
    }
    size = canvas.viewport().size()

    def point(_number: int) -> QPoint:
        return QPoint(shuffle.randrange(10, size.width() - 10), shuffle.randrange(10, size.height() - 10))

    found["hover"] = bench.frames(FRAMES, lambda number: QTest.mouseMove(canvas.viewport(), point(number)))
    left = Qt.MouseButton.LeftButton
    # the Inspector is built with the first that meets a token
    bench.frames(10, lambda number: QTest.mouseClick(canvas.viewport(), left, pos=point(number)))
    found["click"] = bench.frames(CLICKS, lambda number: QTest.mouseClick(canvas.viewport(), left, pos=point(number)))
    return found | score(bench)


def score(bench: Bench) -> dict[str, list[float]]:
    """Return the seconds that the engine takes alone, and those until the pasted text has its colours."""
    session, ours, alone = bench.page.session, [], []
    sentence = "The fox ran to the river and looked at the water. Then the owl said that the night was near. "
    for run in range(RUNS):
        text = f"Story {run}. " + sentence * (SCORED_TOKENS // 22)
        bench.page.open_document(None)
        bench.page.canvas.insert(text)
        bench.qt.processEvents()
        began = time.perf_counter()
        bench.page.bar.score.click()
        bench.until(lambda: not session.busy)
        bench.qt.processEvents()
        ours.append(time.perf_counter() - began)
        alone.append(bench.score_alone(f"Tale {run}. " + text[9:]))
    return {"coloured": ours, "scored": alone}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        on_screen = Bench(Path(made))
        result = measure(on_screen)
        on_screen.close()
    print(json.dumps(result))
