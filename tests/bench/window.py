"""Figures of the window: how soon it is there, what it takes at rest, how it answers while the engine dies."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure

ROOT = Path(__file__).parents[2]

BARE = """
import sys, time
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.monotonic(), flush=True)
        QApplication.exit()
qt = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
qt.exec()
"""

OURS = """
import sys, time
from pathlib import Path
from nextword.ui.application import Application, Options
from nextword.paths import find_profile
from PySide6.QtWidgets import QApplication
class Timed(Application):
    def _on_painted(self):
        print(time.monotonic(), self.engine.pid, flush=True)
        QApplication.quit()
qt = QApplication(["nextword", "-style", "Fusion"])
profile = find_profile(Path(sys.argv[1]))
profile.create()
application = Timed(qt, profile, Options())
application.window.resize(1280, 800)
application.window.show()
qt.exec()
application.close()
"""


def start() -> Iterator[Figure]:
    """Time from starting the interpreter to the first paint, against a bare QMainWindow in the same interpreter."""
    runs = 7
    ours: list[float] = []
    bare: list[float] = []
    engine_running = 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(runs + 1):  # the first of each warms the disk cache and is not counted
            bare.append(float(_timed(BARE)[0]))
            moment, pid = _timed(OURS, folder)
            ours.append(float(moment))
            engine_running += pid != "None"
    value, reference = statistics.median(ours[1:]), statistics.median(bare[1:])
    yield Figure("window start", value, "s", 2.0, reference=reference, reference_name="bare QMainWindow", runs=runs)
    yield Figure("engines running when the window is painted", engine_running, "processes", 0, runs=runs + 1)


def _timed(program: str, *arguments: str) -> list[str]:
    """Run `program`; return what it printed, the first word as seconds since its start."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, env=environment()
    )
    first, *rest = done.stdout.split()
    return [str(float(first) - began), *rest]


def rest() -> Iterator[Figure]:
    """Memory and processor time of the window's process, a model loaded, nobody doing anything."""
    seconds = 20
    with tempfile.TemporaryDirectory() as folder:
        window = subprocess.Popen(
            [sys.executable, "-m", "nextword", "--profile", folder], env=environment(), stderr=subprocess.DEVNULL
        )
        try:
            _wait_for_rest(window.pid)
            before = _cpu_seconds(window.pid)
            time.sleep(seconds)
            used = _cpu_seconds(window.pid) - before
            memory = _memory_mb(window.pid)
        finally:
            window.terminate()
            window.wait()
    yield Figure("window memory at rest", memory, "MB", 150)
    # The clock of the system counts hundredths: half a percent is what rounds to 0 %.
    yield Figure("window processor use at rest", 100 * used / seconds, "%", 0.5)


def _wait_for_rest(pid: int) -> None:
    """Wait until the process has an engine and has used almost no processor time for five seconds."""
    end = time.monotonic() + 180
    quiet, before = 0, -1.0
    while quiet < 5 and time.monotonic() < end:
        time.sleep(1)
        now = _cpu_seconds(pid)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        quiet = quiet + 1 if children and now - before < 0.02 else 0
        before = now


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no VmRSS")


ANSWERING = """
import os, signal, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from nextword.paths import find_profile
from nextword.ui.application import Application, Options
from nextword.ui.chat.page import ChatPage
qt = QApplication([])
profile = find_profile(Path(sys.argv[1]))
profile.create()
application = Application(qt, profile, Options(model_file=Path(sys.argv[2])))
application.settings.set("sampling.max_tokens", 3000)
application.window.show()
gaps, last, killed, gone = [], [time.monotonic()], [], []
def tick():
    now = time.monotonic()
    if killed:
        gaps.append(now - last[0])
    last[0] = now
    page = application.window.findChild(ChatPage)
    engine = application.engine
    if page is None:
        return
    if engine.status.state == "ready" and not page.session.busy:
        if len(killed) == 2:
            print(max(gaps), flush=True)
            qt.quit()
            return
        page.session.send("go on")
    elif page.session.busy and page.session.shown and len(page.session.shown[-1].steps) > 20:
        if len(killed) < 2 and engine.status.state == "busy" and engine.pid not in gone:
            gone.append(engine.pid)
            killed.append(now)
            os.kill(engine.pid, signal.SIGSEGV)
timer = QTimer()
timer.setInterval(1)
timer.timeout.connect(tick)
timer.start()
qt.exec()
application.close()
"""


def answers() -> Iterator[Figure]:
    """The longest time the window did not answer, from the death of an engine in an answer until the next waits."""
    from tests import models

    with tempfile.TemporaryDirectory() as folder:
        model = models.make("chatml", Path(folder), n_ctx=4096, endless=True)
        done = subprocess.run(
            [sys.executable, "-c", ANSWERING, f"{folder}/profile", str(model)],
            capture_output=True, text=True, check=True, env=environment(), timeout=300,
        )  # fmt: skip
    yield Figure("window silent while an engine dies", 1000 * float(done.stdout.split()[0]), "ms", 100, runs=2)


def environment() -> dict[str, str]:
    """Return the environment of a program that is measured: this one's, and a platform that needs no screen.

    Compiled modules are kept, as an installed program has them; the first, uncounted run writes them.
    """
    platform = {} if os.environ.get("DISPLAY") else {"QT_QPA_PLATFORM": "offscreen"}
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(ROOT), **platform}
