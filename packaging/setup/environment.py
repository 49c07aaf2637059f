"""The environment in .venv: made, filled from the lock, and tied to this checkout."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from setup.console import SetupStopped, run_logged, say
from setup.lockfile import Pin, write_pins

OLDEST_PYTHON = (3, 11)
CONFIG_NAME = "pyvenv.cfg"
ASK_VERSION = "import sys; print(*sys.version_info[:3])"


@dataclass(frozen=True)
class Venv:
    """An environment folder and the Python inside it."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def log_path(self) -> Path:
        """What pip said during the last set-up."""
        return self.folder / "setup.log"

    def version(self) -> tuple[int, ...] | None:
        """The version of its Python, or None when that does not run."""
        try:
            asked = subprocess.run(
                [self.python, "-I", "-c", ASK_VERSION], capture_output=True, text=True, timeout=60, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return tuple(int(part) for part in asked.stdout.split())

    def site_packages(self) -> Path:
        """Where its packages lie."""
        version = self.version()
        assert version is not None
        return self.folder / "lib" / f"python{version[0]}.{version[1]}" / "site-packages"


def why_new(venv: Venv, *, made_at: str | None, asked: bool) -> str | None:
    """Why the environment has to be made (again), or None when it can stay.

    `made_at` is the checkout that the last set-up wrote down; `asked`: the person named the Python to use.
    """
    if not venv.folder.exists():
        return "there is none yet"
    version = venv.version()
    if version is None:
        return "its Python does not run"
    if not recorded_version(venv.folder).startswith(f"{version[0]}.{version[1]}."):
        return "it was made by another Python"
    if version < OLDEST_PYTHON:
        return "its Python is too old"
    if asked and version[:2] != sys.version_info[:2]:
        return "another Python was asked for"
    if made_at is not None and made_at != str(venv.folder.parent):
        return "it was made for another folder"
    return None if pip_runs(venv) else "it has no working pip"


def pip_runs(venv: Venv) -> bool:
    """Whether the environment's pip starts; it does not after an interrupted `python -m venv`."""
    asked = subprocess.run(
        [venv.python, "-I", "-m", "pip", "--version"], capture_output=True, env=pip_environment(), check=False
    )
    return asked.returncode == 0


def recorded_version(folder: Path) -> str:
    """The Python version that made the environment, as pyvenv.cfg has it; empty when it has none."""
    try:
        lines = (folder / CONFIG_NAME).read_text("utf-8").splitlines()
    except OSError:
        return ""
    for line in lines:
        name, _, value = line.partition("=")
        if name.strip() in {"version", "version_info"}:
            return value.strip()
    return ""


def make(venv: Venv) -> None:
    """Make the environment anew with the Python that runs this."""
    if venv.folder.exists():
        remove(venv)
    made = subprocess.run(
        [sys.executable, "-m", "venv", venv.folder], capture_output=True, text=True, env=pip_environment(), check=False
    )
    if made.returncode != 0:
        shutil.rmtree(venv.folder, ignore_errors=True)
        raise SetupStopped(f"{made.stdout}{made.stderr}\nPython could not make an environment in {venv.folder}.")


def remove(venv: Venv) -> None:
    """Remove an environment; raises SetupStopped for a folder that is none."""
    config = venv.folder / CONFIG_NAME
    entries = list(venv.folder.iterdir())
    if venv.folder.is_symlink() or (entries and not config.exists() and not (venv.folder / "bin").exists()):
        raise SetupStopped(f"{venv.folder} is there and is no Python environment of ours. Please move it away.")
    # What tells an environment from a folder of somebody's letters goes last: a removal may be interrupted
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != config:
            entry.unlink()
    shutil.rmtree(venv.folder)


def pip_environment() -> dict[str, str]:
    """The person's variables (their package index and links count), without those that point pip elsewhere."""
    dropped = {"PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_HASHES"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def pip_install(venv: Venv, arguments: list[str | Path], *, label: str) -> None:
    """Run pip install in the environment, with its output in the log."""
    run_logged(
        [venv.python, "-I", "-m", "pip", "install", "--no-deps", *arguments],
        label=label,
        log_path=venv.log_path,
        environment=pip_environment(),
        read_detail=pip_detail(),
    )


def pip_detail() -> Callable[[str], str | None]:
    """A reader of pip's output that picks what is being fetched or installed."""

    def read(line: str) -> str | None:
        word, _, rest = line.strip().partition(" ")
        if word in {"Collecting", "Downloading", "Building"} and rest:
            return f"{word.lower()} {rest.split()[0]}"
        return "unpacking" if word == "Installing" else None

    return read


def install_pins(venv: Venv, pins: list[Pin]) -> None:
    """Install packages of the lock, each file checked against its hashes."""
    wanted = venv.folder / "setup-requirements.txt"
    write_pins(pins, wanted)
    pip_install(venv, ["--require-hashes", "-r", wanted], label=f"Python packages, {len(pins)} from requirements.lock")


def install_wheel(venv: Venv, wheel: Path, *, label: str) -> None:
    """Install a wheel that we built."""
    pip_install(venv, ["--no-index", "--no-cache-dir", "--force-reinstall", wheel], label=label)


def install_project(venv: Venv, root: Path) -> None:
    """Tie the environment to this checkout, so that the code that runs is the code that lies here."""
    pip_install(venv, ["--no-index", "--no-build-isolation", "-e", root], label="Nextword")


def check_against_project(venv: Venv) -> None:
    """Raise SetupStopped when the lock no longer satisfies what pyproject.toml asks for."""
    checked = subprocess.run(
        [venv.python, "-I", "-m", "pip", "check"], capture_output=True, text=True, env=pip_environment(), check=False
    )
    ours = [line for line in checked.stdout.splitlines() if line.startswith("nextword ")]
    if ours:
        raise SetupStopped(
            "\n".join([*ours, "requirements.lock does not fit pyproject.toml; run packaging/setup/lock.sh."])
        )
    for line in checked.stdout.splitlines() if checked.returncode != 0 else []:
        say(f"  Note: {line}")
