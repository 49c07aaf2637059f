"""An installed program drops what could put foreign code into it, and gives its own paths to no child."""

from __future__ import annotations

import os
import sys

import pytest

from nextword import frozen

HARMLESS = {"HOME": "/home/ada", "LANG": "de_DE.UTF-8", "DISPLAY": ":0", "PATH": "/usr/bin", "XDG_RUNTIME_DIR": "/run"}


@pytest.mark.parametrize(
    "name",
    ["LD_PRELOAD", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "PYTHONPATH", "PYTHONHOME", "LLAMA_CPP_LIB_PATH",
     "LLAVA_CPP_LIB", "MTMD_CPP_LIB", "GGML_BACKEND_PATH", "CUDA_PATH", "HIP_PATH", "LD_LIBRARY_PATH_ORIG"],
)  # fmt: skip
def test_a_variable_that_names_code_makes_it_start_again_without_it(name: str) -> None:
    environment = {**HARMLESS, name: "/tmp/planted"}
    assert frozen.needs_restart(environment)
    assert frozen.without_foreign(environment) == HARMLESS


def test_the_path_that_its_own_starter_sets_is_no_reason() -> None:
    assert not frozen.needs_restart({**HARMLESS, "LD_LIBRARY_PATH": "/opt/nextword/_internal"})
    assert not frozen.needs_restart({**HARMLESS, "PYTHONPATH": ""})


def test_it_starts_again_once_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "argv", ["nextword", "--self-test"])
    monkeypatch.setattr(os, "execve", lambda *call: started.append(call))
    monkeypatch.setattr(os, "environ", {**HARMLESS, "LD_LIBRARY_PATH_ORIG": "/tmp::"})
    frozen.start_clean()
    (program, arguments, environment) = started[0]
    assert (program, arguments) == (sys.executable, [sys.executable, "--self-test"])
    assert environment["PYINSTALLER_RESET_ENVIRONMENT"] == "1"
    monkeypatch.setattr(os, "environ", {**environment, "LD_LIBRARY_PATH_ORIG": "/tmp::"})
    frozen.start_clean()
    assert len(started) == 1


def test_a_checkout_keeps_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**HARMLESS, "PYTHONPATH": "/work"}
    monkeypatch.setattr(os, "execve", lambda *_: pytest.fail("started again"))
    frozen.start_clean()
    frozen.leave_nothing_for_children(environment)
    assert "PYTHONPATH" in environment


def test_children_inherit_none_of_the_programs_own_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    environment = {**HARMLESS, "LD_LIBRARY_PATH": "/opt/nextword/_internal", "QT_PLUGIN_PATH": "/opt/nextword/plugins"}
    environment |= {"_NEXTWORD_STARTED_CLEAN": "1", "_PYI_ARCHIVE_FILE": "/opt/nextword/nextword"}
    frozen.leave_nothing_for_children(environment)
    assert environment == HARMLESS
