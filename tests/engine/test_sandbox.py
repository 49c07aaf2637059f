"""The sandbox, from inside a real process that tries everything it must not do."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nextword.engine import backends, landlock, sandbox
from tests import models

KERNEL_HAS_LANDLOCK = landlock.version() > 0

PROLOGUE = """
import errno, json, os, signal, socket, sys, threading
from pathlib import Path
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from nextword.engine import sandbox
said = {}
def attempt(name, function):
    try:
        said[name] = repr(function())
    except OSError as error:
        said[name] = errno.errorcode[error.errno]
    except RuntimeError as error:
        said[name] = str(error)
"""
EPILOGUE = "\nprint(json.dumps(said))"


def run_inside(program: str, *arguments: str | Path, enter: bool = True) -> dict[str, Any]:
    """Run `program` in a fresh process that has entered the sandbox with the first argument readable."""
    entry = "state = sandbox.enter([Path(sys.argv[1])])\n" if enter else ""
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROLOGUE + entry + program + EPILOGUE, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with something secret, a model and a place to write."""
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").write_text("secret")
    (tmp_path / "history.db").write_text("conversations")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "model.gguf").write_text("weights")
    return tmp_path


FILE_ATTEMPTS = """
home = Path(sys.argv[2])
model = home / "models" / "model.gguf"
attempt("model", lambda: model.read_text())
attempt("secret", lambda: (home / ".ssh" / "id_ed25519").read_text() and "allowed")
attempt("database", lambda: (home / "history.db").read_text() and "allowed")
attempt("password", lambda: Path("/etc/passwd").read_text() and "allowed")
attempt("list", lambda: os.listdir(home) and "allowed")
attempt("create", lambda: (home / "new").touch() or "allowed")
attempt("append", lambda: os.close(os.open(model, os.O_WRONLY | os.O_APPEND)) or "allowed")
attempt("truncate", lambda: os.truncate(model, 0) or "allowed")
attempt("remove", lambda: model.unlink() or "allowed")
attempt("folder", lambda: (home / "folder").mkdir() or "allowed")
attempt("rename", lambda: model.rename(home / "models" / "b") or "allowed")
attempt("null", lambda: Path("/dev/null").write_text("x") and "allowed")
attempt("parent", lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes() and "allowed")
"""


def test_only_the_model_can_be_read_and_nothing_written(home: Path) -> None:
    said = run_inside(FILE_ATTEMPTS, home / "models" / "model.gguf", home)
    assert said.pop("model") == "'weights'"
    reading = {"secret", "database", "password", "list", "parent"}
    if KERNEL_HAS_LANDLOCK:
        assert {said[name] for name in reading} == {"EACCES"}, said
    assert {result for name, result in said.items() if name not in reading} == {"EPERM"}, said
    assert (home / "models" / "model.gguf").read_text() == "weights"
    assert sorted(path.name for path in home.iterdir()) == [".ssh", "history.db", "models"]


def test_what_files_are_cannot_be_changed_either(home: Path) -> None:
    """Landlock leaves modes, owners, times and attributes alone; the filter of calls does not."""
    said = run_inside(
        """
model = Path(sys.argv[1])
descriptor = os.open(model, os.O_RDONLY)
attempt("mode", lambda: model.chmod(0o777))
attempt("mode of open", lambda: os.fchmod(descriptor, 0o777))
attempt("owner", lambda: os.chown(model, 1, 1))
attempt("time", lambda: os.utime(model, (0, 0)))
attempt("attribute", lambda: os.setxattr(model, "user.a", b"b"))
attempt("link", lambda: os.link(model, str(model) + "2"))
attempt("symlink", lambda: os.symlink(model, str(model) + "3"))
attempt("fifo", lambda: os.mkfifo(str(model) + "4"))
""",
        home / "models" / "model.gguf",
    )
    assert set(said.values()) == {"EPERM"}, said
    assert len(said) == 8


def test_without_the_sandbox_the_same_attempts_succeed(home: Path) -> None:
    """The other tests would pass on a machine where nothing works at all."""
    said = run_inside(FILE_ATTEMPTS, home / "models" / "model.gguf", home, enter=False)
    assert said["secret"] == said["database"] == said["create"] == "'allowed'"


def test_the_network_is_out_of_reach(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = run_inside(
            """
port = int(sys.argv[2])
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", port), timeout=5))
attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
attempt("tcp6", lambda: socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
attempt("unix", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
attempt("raw", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt("pair", lambda: socket.socketpair())
said["state"] = state.network_blocked
""",
            home / "models",
            str(port),
        )
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert said.pop("state") is True
    assert set(said.values()) == {"EPERM"}, said


def test_no_program_and_no_process_can_be_started(home: Path) -> None:
    said = run_inside(
        """
import subprocess
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
attempt("subprocess", lambda: subprocess.run(["/bin/true"]))
attempt("system", lambda: os.system("true"))
attempt("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
def bomb():
    for _ in range(100):
        if os.fork() == 0:
            os._exit(0)
attempt("fork bomb", bomb)
threads = [threading.Thread(target=lambda: None) for _ in range(8)]
[thread.start() for thread in threads]; [thread.join() for thread in threads]
""",
        home / "models",
    )
    assert said["fork bomb"] == "EPERM"
    assert said["exec"] in ("EPERM", "EACCES")
    assert said["subprocess"] in ("EPERM", "EACCES")
    assert said["spawn"] in ("EPERM", "EACCES")
    assert said["system"] in ("-1", "32512")


def test_other_processes_are_out_of_reach(home: Path) -> None:
    said = run_inside(
        """
import ctypes
attempt("kill", lambda: os.kill(os.getppid(), 0))
attempt("kill all", lambda: os.kill(-1, 0))
attempt("itself", lambda: os.kill(os.getpid(), 0))
libc = ctypes.CDLL(None, use_errno=True)
def ptrace():
    if libc.ptrace(16, os.getppid(), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "")
attempt("ptrace", ptrace)
attempt("pidfd", lambda: os.pidfd_open(os.getppid()))
""",
        home / "models",
    )
    assert said == {"kill": "EPERM", "kill all": "EPERM", "itself": "None", "ptrace": "EPERM", "pidfd": "EPERM"}


def test_the_state_says_what_is_enforced_and_what_is_not(home: Path) -> None:
    said = run_inside(
        "import msgspec, resource; said['state'] = msgspec.to_builtins(state)\n"
        "said['core'] = resource.getrlimit(resource.RLIMIT_CORE)\n"
        "said['written'] = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "said['oom'] = int(Path('/proc/self/oom_score_adj').read_text())",
        home / "models",
    )
    state = said["state"]
    assert state["landlock_abi"] == landlock.version()
    assert (state["writes_blocked"], state["network_blocked"]) == (True, True)
    if KERNEL_HAS_LANDLOCK:
        assert (state["level"], state["missing"]) == ("full", [])
    else:
        assert (state["level"], state["missing"]) == ("partial", ["landlock: not in this kernel"])
    assert (said["core"], said["written"]) == ([0, 0], [0, 0])
    assert said["oom"] == 900


def test_a_kernel_without_landlock_is_told_of_and_the_rest_still_holds(home: Path) -> None:
    said = run_inside(
        "from nextword.engine import landlock; landlock.version = lambda: 0\n"
        "state = sandbox.enter([Path(sys.argv[1])])\n"
        "said['state'] = [state.level, list(state.missing), state.network_blocked, state.writes_blocked]\n"
        "attempt('udp', lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))\n"
        "attempt('write', lambda: Path(sys.argv[1], 'new').write_text('text'))",
        home / "models",
        enter=False,
    )
    assert said["state"] == ["partial", ["landlock: not in this kernel"], True, True]
    assert (said["udp"], said["write"]) == ("EPERM", "EPERM")


def test_a_kernel_without_filters_is_told_of(home: Path) -> None:
    said = run_inside(
        "from nextword.engine import seccomp, landlock\n"
        "def refuse(): raise OSError(errno.ENOSYS, '')\n"
        "seccomp.forbid = refuse; landlock.version = lambda: 0\n"
        "state = sandbox.enter([Path(sys.argv[1])])\n"
        "said['state'] = [state.level, list(state.missing), state.network_blocked]",
        home / "models",
        enter=False,
    )
    assert said["state"] == ["none", ["landlock: not in this kernel", "seccomp: ENOSYS"], False]


def test_threads_that_ran_before_are_told_of_where_landlock_cannot_bind_them(home: Path) -> None:
    said = run_inside(
        "waiting = threading.Event(); early = threading.Thread(target=waiting.wait); early.start()\n"
        "state = sandbox.enter([Path(sys.argv[1])])\n"
        "waiting.set(); early.join(); said['missing'] = list(state.missing)",
        home / "models",
        enter=False,
    )
    binds_all = not KERNEL_HAS_LANDLOCK or landlock.version() >= landlock.ALL_THREADS_VERSION
    assert ("threads: 1 were running before" in said["missing"]) == (not binds_all)


def test_another_system_has_no_sandbox_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    state = sandbox.enter([])
    assert (state.level, state.missing) == ("none", ("platform: darwin",))


def test_a_model_generates_the_same_inside_the_sandbox(tmp_path: Path) -> None:
    path = models.make("llama", tmp_path / "models 🦙", quantization="Q8_0")
    question = backends.Question(prompt=(1, 300, 301), count=12)
    variant = next(p for p in backends.find_variants() if backends.variant_name(p) == "x64")
    _, outside = backends.ask(variant, path, question, wait_seconds=120)
    said = run_model_inside(path, variant, question)
    assert said["answer"] == outside["tokens"]
    assert said["missing"] == ([] if KERNEL_HAS_LANDLOCK else ["landlock: not in this kernel"])


def run_model_inside(path: Path, variant: Path, question: backends.Question) -> dict[str, Any]:
    """Load llama.cpp, enter the sandbox, then open the model and generate with two threads."""
    return run_inside(
        """
import numpy
from nextword.engine import backends, trial
backends.load_backend(Path(sys.argv[2]))
import llama_cpp
trial._THREADS = 2
state = sandbox.enter([Path(sys.argv[1])])
question = backends.Question(tuple(json.loads(sys.argv[3])), int(sys.argv[4]))
said["answer"] = trial.answer(Path(sys.argv[1]), question)["tokens"]
said["missing"] = list(state.missing)
""",
        path,
        variant,
        json.dumps(question.prompt),
        str(question.count),
        enter=False,
    )


def test_a_process_dies_with_the_one_that_started_it(tmp_path: Path) -> None:
    child = "from nextword.engine import sandbox; sandbox.die_with_parent(); print('ready', flush=True); input()"
    parent = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(child.pid, flush=True); keep = os.dup(child.stdin.fileno())\n"
        "os.kill(os.getpid(), 9)"
    )
    with open(tmp_path / "out", "wb") as out:
        subprocess.run([sys.executable, "-c", parent], stdout=out, check=False, timeout=60)
    pid = int((tmp_path / "out").read_text())
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([process], [], [], 30)
    os.close(process)
    assert ended, "the child outlived its parent"
