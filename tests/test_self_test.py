"""The self-test as a person or an installer runs it: a process of its own, one line of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import nextword
from tests import models


def self_test(*arguments: str) -> tuple[int, dict[str, Any]]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "nextword", "--self-test", *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        env=environment,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 1, done.stdout + done.stderr
    return done.returncode, json.loads(lines[0])


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    return tmp_path / "a profile 🦊"


def test_everything_works_with_the_embedded_model(profile: Path) -> None:
    code, facts = self_test("--profile", str(profile))
    assert (code, facts["ok"], facts["history"]) == (0, True, "ok")
    assert facts["model"] == "nextword-starter-instruct.gguf"
    assert facts["app"] == nextword.__version__
    assert facts["variant"]
    assert facts["tokens"] > 0
    assert facts["scored_tokens"] > facts["compared_tokens"]
    assert facts["score_difference"] < 1e-3
    assert facts["bytes_per_token"] <= 400
    assert not [path for path in profile.iterdir() if path.name.startswith("self-test")]
    assert not (profile / "history.db").exists()


@pytest.mark.parametrize("kind", models.KINDS)
def test_generated_and_scored_numbers_agree_for_every_kind_of_model(profile: Path, tmp_path: Path, kind: str) -> None:
    path = models.make(kind, tmp_path / "models with space", endless=True)
    code, facts = self_test("--profile", str(profile), "--model", str(path))
    assert (code, facts["tokens"]) == (0, 24)
    assert facts["compared_tokens"] > 0


def test_a_file_that_is_no_model_fails_with_its_reason(profile: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"PK\x03\x04" + bytes(100))
    code, facts = self_test("--profile", str(profile), "--model", str(bad))
    assert (code, facts["ok"]) == (1, False)
    assert facts["error"]["kind"] == "ModelNotReadable"
    assert facts["error"]["reason"] == "zip"


def test_a_profile_that_cannot_be_made_fails_with_its_path(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    code, facts = self_test("--profile", str(in_the_way / "profile"))
    assert (code, facts["error"]["kind"]) == (1, "ProfileNotUsable")


def test_the_self_test_does_not_load_qt(tmp_path: Path) -> None:
    program = (
        "import sys, nextword.__main__ as m\n"
        "code = m.main(['--self-test', '--profile', sys.argv[1]])\n"
        "print(code, [name for name in sys.modules if name.startswith('PySide6')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "p")], capture_output=True, text=True, timeout=280, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"


def test_the_version_is_one_word_and_a_number() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nextword", "--version"], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == f"nextword {nextword.__version__}\n"
