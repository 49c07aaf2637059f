"""The set-up of a checkout: the lock, system packages, the environment, the stamp, and the commands people type."""

import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import PySide6
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from setup import __main__ as steps
from setup import environment, machine, stamp
from setup.console import SetupStopped, duration, run_logged
from setup.lockfile import read_lock, write_pins

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
TARGETS = ["help", "setup", "run", "test", "lint", "bench", "starter", "starter-eval"]
TARGETS += ["bundle", "deb", "portable", "appimage", "package-test", "package-twice", "clean"]
# Part of the C library and of the loader: there wherever a program runs
C_LIBRARY = re.compile(r"^(ld-linux|lib(c|m|dl|pthread|resolv|rt|gcc_s)\.so)")


def declared() -> list[Requirement]:
    """Every package that pyproject.toml asks for."""
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    return [Requirement(line) for line in lines]


# --- the lock ---------------------------------------------------------------------------------------------------


def test_the_lock_names_no_host() -> None:
    text = LOCK.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index|--find-links|\b[\w-]+\.(org|com|net|io|dev)\b", text)


def test_every_locked_package_has_hashes_of_all_its_files() -> None:
    pins = {pin.name: pin for pin in read_lock(LOCK)}
    assert len(pins) > 40
    assert all(pin.hashes for pin in pins.values())
    # Compiled packages: one file for each Python version and platform
    assert len(pins["numpy"].hashes) > 30
    assert len(pins["msgspec"].hashes) > 20


def test_the_lock_satisfies_every_declared_dependency() -> None:
    locked = {pin.name: pin.version for pin in read_lock(LOCK)}
    for wanted in declared():
        assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), wanted


def test_the_qt_release_that_loses_references_is_excluded() -> None:
    qt = next(wanted for wanted in declared() if canonicalize_name(wanted.name) == "pyside6-essentials")
    assert not qt.specifier.contains("6.12.0")
    assert qt.specifier.contains("6.11.3")


def test_a_requirement_without_a_pinned_version_is_refused(tmp_path: Path) -> None:
    loose = tmp_path / "lock"
    loose.write_text("numpy>=2\n", "utf-8")
    with pytest.raises(ValueError, match="numpy>=2"):
        read_lock(loose)


def test_pins_written_out_read_back_the_same(tmp_path: Path) -> None:
    pins = read_lock(LOCK)
    write_pins(pins, tmp_path / "again")
    assert read_lock(tmp_path / "again") == pins


# --- system packages --------------------------------------------------------------------------------------------


def needed_libraries(path: Path) -> set[str]:
    """The NEEDED entries of a 64-bit little-endian ELF file."""
    data = path.read_bytes()
    assert data[:6] == b"\x7fELF\x02\x01"
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + index * size) for index in range(count)]
    dynamic = next(section for section in sections if section[1] == 6)
    strings = sections[dynamic[6]][4]
    entries = struct.iter_unpack("<QQ", data[dynamic[4] : dynamic[4] + dynamic[5]])
    offsets = [strings + value for tag, value in entries if tag == 1]
    return {data[offset : data.index(b"\0", offset)].decode() for offset in offsets}


def test_the_list_of_libraries_is_what_qt_asks_for() -> None:
    qt = Path(PySide6.__file__).parent / "Qt"
    modules = ("Core", "Gui", "Widgets", "DBus", "Network", "Svg", "XcbQpa", "OpenGL", "WaylandClient")
    files = [qt / "lib" / f"libQt6{name}.so.6" for name in modules]
    files += [qt / "plugins" / "platforms" / f"libq{name}.so" for name in ("xcb", "wayland", "offscreen", "minimal")]
    for folder in ("xcbglintegrations", "platforminputcontexts", "iconengines", "wayland-shell-integration"):
        files += [path for path in (qt / "plugins" / folder).glob("*.so") if "virtualkeyboard" not in path.name]
    needed = set[str]().union(*(needed_libraries(path) for path in files))
    ours = {name for name in needed if name.startswith(("libQt6", "libicu"))}
    outside = {name for name in needed - ours if not C_LIBRARY.match(name)}
    assert outside <= machine.LIBRARY_PACKAGES.keys()
    assert "libxcb-cursor.so.0" in outside


def test_only_the_package_of_the_missing_library_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "has_fonts", lambda: True)
    wanted = machine.missing_packages(
        makes_venv=False, compiles=False, loads=lambda name: name not in {"libxcb-cursor.so.0", "libEGL.so.1"}
    )
    assert wanted == ["libegl1", "libxcb-cursor0"]


def test_a_library_that_is_not_there_does_not_load() -> None:
    assert machine.library_loads("libm.so.6")
    assert not machine.library_loads("libnextword-nowhere.so.0")


def test_a_compiler_is_asked_for_only_when_something_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CXX", raising=False)
    assert "g++" in machine.missing_packages(makes_venv=False, compiles=True, loads=lambda _: True)
    assert "g++" not in machine.missing_packages(makes_venv=False, compiles=False, loads=lambda _: True)


def test_a_font_counts_wherever_it_lies(tmp_path: Path) -> None:
    assert not machine.has_fonts((str(tmp_path), "/nowhere"))
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "Some.TTF").touch()
    assert machine.has_fonts((str(tmp_path),))


class FakeCommands:
    """A PATH with nothing but the commands that a test puts there; each writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls_file = folder / "calls"

    def add(self, name: str, *, exit_code: int = 0, and_then: str = "") -> None:
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.calls_file}"\n{and_then}\nexit {exit_code}\n', "utf-8")
        path.chmod(0o755)

    def calls(self) -> list[str]:
        return self.calls_file.read_text("utf-8").splitlines() if self.calls_file.exists() else []


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCommands:
    folder = tmp_path / "commands"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return FakeCommands(folder)


@pytest.mark.parametrize("sudo_exit", [None, 1])
def test_without_rights_the_exact_line_is_shown_and_nothing_is_installed(
    commands: FakeCommands, tmp_path: Path, sudo_exit: int | None
) -> None:
    commands.add("apt-get")
    if sudo_exit is not None:
        commands.add("sudo", exit_code=sudo_exit)
    with pytest.raises(SetupStopped) as stopped:
        machine.install_packages(["g++", "libegl1"], tmp_path / "log")
    line = "sudo apt-get update && sudo apt-get install -y g++ libegl1"
    assert (line if sudo_exit else "su -c 'apt-get update && apt-get install -y g++ libegl1'") in str(stopped.value)
    assert not [call for call in commands.calls() if call.startswith("apt-get")]


def test_sudo_that_asks_nothing_is_used(commands: FakeCommands, tmp_path: Path) -> None:
    commands.add("apt-get")
    commands.add("sudo", and_then='[ "$1" = -n ] && shift; [ "$1" = env ] && shift 2; "$@"')
    machine.install_packages(["libegl1"], tmp_path / "log")
    installed = [call for call in commands.calls() if call.startswith("apt-get")]
    assert [re.findall(r"update|install.*", call)[0] for call in installed] == [
        "update",
        "install --no-install-recommends libegl1",
    ]


def test_apt_that_fails_stops_the_setup_with_its_words(commands: FakeCommands, tmp_path: Path) -> None:
    commands.add("apt-get", exit_code=100, and_then="echo E: no such package")
    commands.add("sudo", and_then='[ "$1" = -n ] && shift; [ "$1" = env ] && shift 2; "$@"; exit $?')
    with pytest.raises(SetupStopped, match="E: no such package"):
        machine.install_packages(["libegl1"], tmp_path / "log")


def test_another_distribution_is_told_what_is_missing_and_goes_on(
    commands: FakeCommands, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_packages(["libegl1"], tmp_path / "log")
    assert "libegl1" in capsys.readouterr().out
    assert commands.calls() == []


# --- running a step ---------------------------------------------------------------------------------------------


def test_a_failing_step_shows_the_end_of_its_log_and_where_it_lies(tmp_path: Path) -> None:
    log = tmp_path / "a log" / "step.log"
    with pytest.raises(SetupStopped) as stopped:
        run_logged(
            ["sh", "-c", "echo reason; exit 3"],
            label="A step",
            log_path=log,
            environment=os.environ,
            read_detail=lambda _: None,
        )
    assert "reason" in str(stopped.value)
    assert str(log) in str(stopped.value)


def test_stopping_a_step_ends_all_that_it_started(tmp_path: Path) -> None:
    seen: list[int] = []

    def stop(line: str) -> None:
        seen.append(os.pidfd_open(int(line)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_logged(
            ["sh", "-c", "sleep 600 & echo $!; wait"],
            label="A step",
            log_path=tmp_path / "log",
            environment=os.environ,
            read_detail=stop,
        )
    ended, _, _ = select.select(seen, [], [], 30)
    os.close(seen[0])
    assert ended == seen


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59.9, "59 s"), (60, "1 min 00 s"), (725, "12 min 05 s")])
def test_durations_are_written_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_second_setup_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, done = threading.Event(), threading.Event()
    monkeypatch.setattr(steps, "say", lambda text: waiting.set() if "Another" in text else None)

    def second() -> None:
        with steps.held(tmp_path / "lock", "Another set-up is running"):
            done.set()

    thread = threading.Thread(target=second)
    with steps.held(tmp_path / "lock", "Nobody else is running"):
        thread.start()
        assert waiting.wait(30)
        assert not done.is_set()
    thread.join(30)
    assert done.is_set()


# --- the environment and its stamp ------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout under a name with a space and an emoji, with an environment that has no packages."""
    root = tmp_path / "my check out 🙂"
    shutil.copytree(ROOT / "packaging" / "setup", root / "packaging" / "setup")
    for name in ("requirements.lock", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, root / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / ".venv"], check=True)
    return root


def write_fresh_stamp(root: Path) -> None:
    version = stamp.version_text(tuple(sys.version_info[:3]))
    stamp.write_stamp(root / ".venv", {"digest": stamp.digest(root, version), "root": str(root)})


def make(root: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    kept = {
        name: value for name, value in os.environ.items() if name not in {"ARGS", "MAKEFLAGS", "MAKELEVEL", "PYTHON"}
    }
    cache = {"XDG_CACHE_HOME": str(root.parent / "cache"), "HOME": str(root.parent)}
    environ = {**kept, **cache, "PYENV_ROOT": str(Path("~/.pyenv").expanduser()), **variables}
    return subprocess.run(["make", *arguments], cwd=root, env=environ, capture_output=True, text=True, check=False)


def test_a_setup_that_is_up_to_date_says_nothing(checkout: Path) -> None:
    write_fresh_stamp(checkout)
    again = make(checkout, "setup")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml", "packaging/setup/llama_wheel.py"])
def test_a_change_of_what_the_environment_was_made_from_is_seen(checkout: Path, changed: str) -> None:
    write_fresh_stamp(checkout)
    version = stamp.version_text(tuple(sys.version_info[:3]))
    assert stamp.is_fresh(checkout, checkout / ".venv", version)
    with (checkout / changed).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert not stamp.is_fresh(checkout, checkout / ".venv", version)


def test_a_stamp_does_not_count_for_another_python_or_another_place(checkout: Path) -> None:
    write_fresh_stamp(checkout)
    assert not stamp.is_fresh(checkout, checkout / ".venv", "3.99.0")
    moved = checkout.rename(checkout.with_name("moved"))
    version = stamp.version_text(tuple(sys.version_info[:3]))
    assert not stamp.is_fresh(moved, moved / ".venv", version)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"digest": 1}'])
def test_a_damaged_stamp_is_no_stamp(checkout: Path, text: str) -> None:
    (checkout / ".venv" / stamp.STAMP_NAME).write_text(text, "utf-8")
    assert not stamp.is_fresh(checkout, checkout / ".venv", stamp.version_text(tuple(sys.version_info[:3])))


def test_a_dry_run_names_every_step_and_changes_nothing(checkout: Path) -> None:
    before = sorted(path.name for path in checkout.rglob("*"))
    shown = make(checkout, "setup", "ARGS=--dry-run", PYTHONDONTWRITEBYTECODE="1", PYTHON=sys.executable)
    assert shown.returncode == 0, shown.stderr
    assert "it has no working pip" in shown.stdout
    assert re.search(r"llama-cpp-python \S+: to be built", shown.stdout)
    assert str(checkout.parent / "cache" / "nextword-build") in shown.stdout
    assert sorted(path.name for path in checkout.rglob("*")) == before


def test_a_python_that_is_too_old_is_refused_with_a_sentence(checkout: Path, tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n", "utf-8")
    old.chmod(0o755)
    refused = make(checkout, "setup", PYTHON=str(old))
    assert refused.returncode != 0
    assert "Python 3.11 or newer" in refused.stderr


def make_old(folder: Path) -> None:
    config = folder / "pyvenv.cfg"
    config.write_text(re.sub(r"(?m)^version.*$", "version = 3.9.1", config.read_text("utf-8")), "utf-8")


def break_python(folder: Path) -> None:
    (folder / "bin" / "python").unlink()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (make_old, "another Python"),
        (break_python, "does not run"),
        (shutil.rmtree, "none yet"),
        (None, "no working pip"),
    ],
)
def test_an_environment_that_cannot_serve_is_made_again(checkout: Path, damage: object, reason: str) -> None:
    venv = environment.Venv(checkout / ".venv")
    if callable(damage):
        damage(venv.folder)
    assert reason in (environment.why_new(venv, made_at=None, asked=False) or "it may stay")


def test_an_environment_made_for_another_folder_is_made_again(checkout: Path) -> None:
    venv = environment.Venv(checkout / ".venv")
    assert "another folder" in (environment.why_new(venv, made_at="/somewhere/else", asked=False) or "")


def test_the_environment_that_runs_the_tests_may_stay() -> None:
    venv = environment.Venv(Path(sys.prefix))
    assert environment.why_new(venv, made_at=None, asked=True) is None


def test_a_folder_that_is_no_environment_is_never_removed(tmp_path: Path) -> None:
    folder = tmp_path / ".venv"
    folder.mkdir()
    (folder / "my letters.txt").write_text("dear", "utf-8")
    with pytest.raises(SetupStopped, match="move it away"):
        environment.make(environment.Venv(folder))
    assert (folder / "my letters.txt").read_text("utf-8") == "dear"


def test_a_removal_that_was_interrupted_goes_on(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = environment.Venv(checkout / ".venv")
    remove_tree = shutil.rmtree

    def interrupted(path: Path) -> None:
        remove_tree(path)
        raise KeyboardInterrupt

    for _ in range(10):
        if not venv.folder.exists():
            break
        monkeypatch.setattr(shutil, "rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            environment.remove(venv)
        monkeypatch.undo()
    assert not venv.folder.exists()


def test_the_persons_package_sources_count_and_foreign_targets_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/my/wheels")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    environ = environment.pip_environment()
    assert environ["PIP_FIND_LINKS"] == "/my/wheels"
    assert "PIP_TARGET" not in environ
    assert "PYTHONPATH" not in environ


# --- the commands people type -----------------------------------------------------------------------------------


def test_make_alone_lists_every_command() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^  make (\S+)", listed, re.MULTILINE) == TARGETS


def test_the_readme_tells_of_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in TARGETS if name != "help" and f"make {name}" not in readme] == []
    first_screen = readme[:1500]
    assert "make run" in first_screen
    assert "make test" in first_screen


def test_lint_and_test_run_what_they_promise() -> None:
    shown = subprocess.run(["make", "-n", "lint", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for part in ("ruff format --check", "ruff check", "mypy", "lint-imports", "QT_QPA_PLATFORM=offscreen", "pytest"):
        assert part in shown


@pytest.fixture
def ci_path(tmp_path: Path) -> FakeCommands:
    folder = tmp_path / "ci"
    folder.mkdir()
    return FakeCommands(folder)


def run_ci(commands: FakeCommands) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "PATH": f"{commands.folder}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run([ROOT / ".ci" / "run"], env=environ, capture_output=True, text=True, check=False)


def test_ci_calls_make_lint_test(ci_path: FakeCommands) -> None:
    ci_path.add("make")
    assert run_ci(ci_path).returncode == 0
    first, second, *rest = ci_path.calls()
    assert (first, second) == ("make setup", "make lint test")
    assert len(rest) <= 1, "once, where the machine allows it"
    assert all(call.startswith("make package-test ") for call in rest)


def test_ci_fails_when_make_fails(ci_path: FakeCommands) -> None:
    ci_path.add("make", exit_code=2)
    assert run_ci(ci_path).returncode == 2


def test_a_setup_that_is_told_to_end_ends_its_build(checkout: Path, tmp_path: Path) -> None:
    """SIGTERM, as a CI system sends it, reaches the compiler too."""
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from setup import __main__ as steps, console\n"
        "signal.signal(signal.SIGTERM, steps._end_on_signal)\n"
        "def tell(line):\n"
        "    print(line, flush=True)\n"
        "console.run_logged(['sh', '-c', 'echo $$; exec sleep 600'], label='A step', log_path=Path(sys.argv[1]),"
        " environment=os.environ, read_detail=tell)\n"
    )
    setup = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path / "log"],
        cwd=checkout / "packaging",
        stdout=subprocess.PIPE,
        text=True,
    )
    assert setup.stdout is not None
    child = int(setup.stdout.readline())
    setup.send_signal(signal.SIGTERM)
    assert setup.wait(timeout=60) == 128 + signal.SIGTERM
    setup.stdout.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
