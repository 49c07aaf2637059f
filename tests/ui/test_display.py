"""Where no window can be opened, one sentence says so and names the way out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import nextword
from nextword.ui.display import missing_display, missing_library, words_for_import_error


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    return subprocess.run(
        [sys.executable, "-m", "nextword", *arguments],
        env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_no_display_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    done = _run("--profile", str(tmp_path / "p"))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "xvfb-run" in done.stderr
    assert not (tmp_path / "p").exists()


def test_a_display_that_does_not_answer_is_the_same(tmp_path: Path) -> None:
    done = _run("--profile", str(tmp_path / "p"), DISPLAY=":4711")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert ":4711" in done.stderr
    assert "xvfb-run" in done.stderr


def test_version_needs_no_display() -> None:
    done = _run("--version")
    assert done.returncode == 0
    assert done.stdout == f"nextword {nextword.__version__}\n"


def test_an_unknown_option_is_refused() -> None:
    assert _run("--no-such-thing").returncode == 2


def test_a_platform_without_a_screen_needs_none() -> None:
    assert missing_display({"QT_QPA_PLATFORM": "offscreen"}) == ""


def test_a_display_on_another_machine_is_believed() -> None:
    assert "another:0" not in missing_display({"DISPLAY": "another:0"})


def test_a_missing_library_is_named_by_its_package() -> None:
    words = missing_library({"libno-such-thing.so.9": "libno-such-thing9", "libc.so.6": "libc6"})
    assert "sudo apt-get install libno-such-thing9" in words
    assert "libc6" not in words


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("libEGL.so.1: cannot open shared object file: No such file or directory", "libegl1"),
        ("libGL.so.1: cannot open shared object file", "libgl1"),
        ("libxkbcommon.so.0: cannot open shared object file", "libxkbcommon0"),
    ],
)
def test_an_import_that_fails_names_the_package(text: str, package: str) -> None:
    assert f"apt-get install {package}" in words_for_import_error(ImportError(text))


def test_an_import_that_fails_otherwise_says_how_to_set_up() -> None:
    assert "make setup" in words_for_import_error(ImportError("No module named 'PySide6'"))
