"""The test of the package judges rightly: what belongs to a dependency, what a self-test says, what it lacks here."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from bundle import __main__ as bundle_commands
from bundle.places import PackagingStopped
from package_test import __main__ as test_run
from package_test import parts, roots, tools
from package_test.roots import Root
from package_test.tools import PartFailed

STATUS = """Package: nextword
Depends: libegl1, liba (>= 2) | libb

Package: libegl1
Depends: libglvnd0 (= 1.6)
Pre-Depends: libc6:any

Package: libglvnd0

Package: libc6

Package: libb
Provides: liba (= 3)

Package: stranger
Depends: nextword
"""


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """A system of which only dpkg's lists are there."""
    info = tmp_path / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    for name in ("nextword", "libegl1:amd64", "libglvnd0:amd64", "libc6:amd64", "libb", "stranger"):
        (info / f"{name}.list").write_text(f"/usr/lib/{name.split(':')[0]}.so.1\n")
    (info / "libc6:amd64.list").write_text("/lib/x86_64-linux-gnu/libc.so.6\n")
    return Root(tmp_path, "bookworm")


def test_files_of_dependencies_are_followed_through_alternatives_and_what_provides_them(root: Root) -> None:
    assert parts.files_of_dependencies(root) == {
        "/lib/nextword.so.1", "/lib/libegl1.so.1", "/lib/libglvnd0.so.1", "/lib/libb.so.1",
        "/lib/x86_64-linux-gnu/libc.so.6",
    }  # fmt: skip


def test_files_in_the_memory_of_a_process_are_named_as_the_system_sees_them() -> None:
    mapped = Root(Path("/nowhere"), "bookworm").mapped_files(os.getpid())
    assert any(path.endswith(".so") or ".so." in path for path in mapped)
    assert all(path.startswith("/") for path in mapped)


def test_a_self_test_that_prints_no_json_is_a_failure_with_its_words() -> None:
    assert parts.parse_self_test(b'{"ok": true}') == {"ok": True}
    with pytest.raises(PartFailed, match="Segmentation"):
        parts.parse_self_test(b"", b"Segmentation fault")
    with pytest.raises(PartFailed):
        parts.parse_self_test(b"[]")


def test_an_ordinary_user_is_told_why_it_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(
        tools.shutil, "which", lambda name: None if name == "qemu-x86_64-static" else f"/usr/bin/{name}"
    )
    reasons = tools.reasons_against()
    assert "root" in reasons[0]
    assert reasons[1] == "tools are missing: apt-get install qemu-user-static"


def test_a_command_that_fails_says_what_it_said() -> None:
    with pytest.raises(PartFailed, match="no such thing"):
        tools.run("sh", "-c", "echo no such thing >&2; exit 3")


def test_archives_are_read_from_the_machine_and_none_is_written_down() -> None:
    for path in Path(roots.__file__).parent.glob("*.py"):
        assert not re.search(r"://\w|\b\w+\.(org|com|net)\b(?!\.)", path.read_text("utf-8").replace("org.nextword", ""))
    assert all(":" in source.address for source in roots.sources())


def test_a_system_that_cannot_be_made_is_no_fault_of_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    broken = roots.cache_folder() / "bookworm.tar.zst"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"half of an archive")
    found = test_run.run_all(["bookworm"], ["install"], tmp_path / "none.deb", tmp_path / "roots", again=False)
    assert found == ({}, ["bookworm"])
    assert "bookworm: not tried, a clean system could not be made: tar" in capsys.readouterr().out


def test_the_package_of_this_commit_is_tried_and_not_one_that_lies_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, bool]] = []

    def make(what: str, *, as_is: bool) -> Path:
        asked.append((what, as_is))
        raise PackagingStopped("stopped here")

    monkeypatch.setattr(bundle_commands, "make", make)
    monkeypatch.setattr(test_run, "reasons_against", list)
    monkeypatch.setattr(sys, "argv", ["package_test"])
    assert test_run.main() == 1
    assert asked == [("deb", False)]


HOLDS = {"install": {"holds": True, "why": ""}}
FAILS = {"install": {"holds": False, "why": "no"}}
SHORT = {"window": {"holds": True, "why": "slow"}}


@pytest.mark.parametrize(
    ("found", "arguments", "status"),
    [
        ((HOLDS, []), [], 0),
        ((HOLDS, ["noble"]), [], 3),
        ((HOLDS, ["noble"]), ["--where-possible"], 0),
        ((FAILS, []), ["--where-possible", "--figures-are-told"], 1),
        ((SHORT, []), [], 1),
        ((SHORT, []), ["--figures-are-told"], 0),
        (({}, []), [], 3),
    ],
)
def test_the_exit_status_says_what_came_of_it(
    found: tuple[dict[str, dict[str, object]], list[str]],
    arguments: list[str],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(test_run, "reasons_against", list)
    monkeypatch.setattr(test_run, "run_all", lambda *_given, **_named: found)
    monkeypatch.setattr(test_run, "DIST", tmp_path)
    monkeypatch.setattr(sys, "argv", ["package_test", "--deb", "none.deb", *arguments])
    assert test_run.main() == status
