"""The walls hold: who may import whom, how long a file may be, which names and habits are not ours."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "app" / "nextword"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((REPOSITORY / "tests").rglob("*.py"))

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
NAMES_WITHOUT_MEANING = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
BROAD_EXCEPT_ALLOWED = 4  # two of them raise again
"""The loop of the engine process and two bodies of threads; faults of the window come by the exception hooks."""


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=_name)
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_function_is_too_long(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} in line {node.lineno} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_every_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=_name)
def test_every_file_has_a_name_with_a_meaning(path: Path) -> None:
    assert not NAMES_WITHOUT_MEANING & set(path.stem.split("_"))


@pytest.mark.parametrize("path", sorted((PACKAGE / "ui").rglob("*.py")), ids=_name)
def test_the_window_never_runs_a_second_event_loop(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        called = node.func.attr
        assert called != "processEvents", f"line {node.lineno}"
        outermost = path.name == "application.py" and ast.unparse(node.func) == "qt.exec"
        assert called not in ("exec", "exec_") or outermost, f"line {node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_asyncio_no_qthread_no_pickle(path: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "", *(alias.name for alias in node.names)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & {"asyncio", "QThread", "QThreadPool", "QRunnable", "pickle", "marshal", "shelve"}
    assert "multiprocessing" not in {name.split(".")[0] for name in imported}


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (REPOSITORY / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names)), "pytest knows a file by its name alone"


def test_broad_excepts_stay_few() -> None:
    found = [
        f"{_name(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    ]
    assert len(found) <= BROAD_EXCEPT_ALLOWED, found


def _is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether it takes any exception and keeps it; one that cleans up and raises it again does no harm."""
    named = handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")
    last = handler.body[-1]
    return named and not (isinstance(last, ast.Raise) and last.exc is None)


def test_the_window_imports_nothing_that_takes_long() -> None:
    program = (
        "import sys, nextword.ui.application, nextword.ui.chat.page\n"
        "heavy = ('numpy', 'sqlite_utils', 'jinja2', 'huggingface_hub', 'llama_cpp', 'PySide6.QtNetwork', 'asyncio',\n"
        "    'httpx2', 'keyring', 'ssl')\n"
        "print(*[name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == []


class _Emitter(QObject):
    happened = Signal(bool)


def test_five_thousand_emits_do_not_end_the_process() -> None:
    """PySide6 6.12.0 takes a reference from True on every emit and aborts Python 3.11 after about 570."""
    emitter = _Emitter()
    seen: list[bool] = []
    emitter.happened.connect(seen.append)
    before = sys.getrefcount(True)
    for _ in range(5_000):
        emitter.happened.emit(True)
    for _ in range(500):
        emitter.happened.disconnect(seen.append)
        emitter.happened.connect(seen.append)
    seen.clear()
    assert sys.getrefcount(True) > before - 200
