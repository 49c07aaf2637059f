"""The program as a person starts it: twice at once, with a model file, in safe mode; real processes, no screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nextword.settings import SettingsFile
from tests import models

WAIT_SECONDS = 120.0


class Starter:
    """Starts programs on one profile and ends what is left of them."""

    def __init__(self, profile: Path) -> None:
        self.profile = profile
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start nextword with `arguments`."""
        return self._run("-m", "nextword", "--profile", str(self.profile), *arguments)

    def run(self, program: str) -> str:
        """Run a Python program with the profile as its argument to its end; return what it printed."""
        process = self._run("-c", program, str(self.profile))
        printed, said = process.communicate(timeout=WAIT_SECONDS)
        assert process.returncode == 0, said
        return printed

    def _run(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.running.append(process)
        return process

    def close(self) -> None:
        for process in self.running:
            process.terminate()
            try:
                process.communicate(timeout=WAIT_SECONDS)
            finally:
                process.kill()


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    made = Starter(tmp_path / "profile 🦊")
    yield made
    made.close()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "not reached"
        time.sleep(0.05)


def test_of_four_starts_at_once_one_window_lives_and_the_others_end_well(starter: Starter) -> None:
    """A start that is not the first ends with 0 only when the first has answered that it came to the front."""
    programs = [starter.start("--safe-mode") for _ in range(4)]
    until(lambda: sum(program.poll() is not None for program in programs) == 3)
    ended = [program for program in programs if program.poll() is not None]
    assert [program.returncode for program in ended] == [0, 0, 0], [program.communicate() for program in ended]
    (first,) = (program for program in programs if program not in ended)
    first.terminate()
    assert first.wait(WAIT_SECONDS) == 0


def registered(profile: Path) -> list[str]:
    try:
        rows = json.loads((profile / "library.json").read_text(encoding="utf-8"))["models"]
    except (OSError, ValueError):
        return []
    return [row["path"] for row in rows]


def chosen(profile: Path) -> str:
    return SettingsFile(profile / "settings.json").value.engine.model


def test_a_file_on_the_command_line_is_registered_and_chosen_also_in_a_window_that_is_open(
    starter: Starter, tmp_path: Path
) -> None:
    one = models.make("chatml", tmp_path / "my models", file_name="first 🦊.gguf")
    two = models.make("gpt2", tmp_path / "my models", file_name="second.gguf")
    first = starter.start(str(one))
    until(lambda: str(one) in registered(starter.profile) and chosen(starter.profile) == str(one))
    second = starter.start(str(two))
    assert second.wait(WAIT_SECONDS) == 0, second.communicate()
    until(lambda: str(two) in registered(starter.profile) and chosen(starter.profile) == str(two))
    assert first.poll() is None


SAFE_MODE = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from nextword.paths import find_profile
from nextword.settings import Settings
from nextword.ui.application import Application, Options
qt = QApplication([])
profile = find_profile(Path(sys.argv[1]))
profile.create()
application = Application(qt, profile, Options(safe_mode=True))
status = []
def look(now):
    status.append(now.state)
    if now.state == "idle" or now.error is not None:
        qt.quit()
application.engine.status_changed.connect(look)
application.window.show()
qt.exec()
print(application.settings.value == Settings(), status[-1], repr(application.engine.status.wanted))
application.settings.set("sampling.top_k", 7)
application.close()
"""


def test_safe_mode_takes_no_setting_from_the_profile_changes_none_and_loads_no_model(
    starter: Starter, tmp_path: Path
) -> None:
    starter.profile.mkdir()
    stored = SettingsFile(starter.profile / "settings.json")
    stored.set("appearance.theme", "dark")
    stored.set("engine.model", str(models.make("llama", tmp_path)))
    before = (starter.profile / "settings.json").read_bytes()
    assert starter.run(SAFE_MODE) == "True idle ''\n"
    assert (starter.profile / "settings.json").read_bytes() == before
