"""Sets a checkout up, step by step; what is done already is not done again.

`python -m setup [--dry-run | --starter]` in the folder packaging/; `make setup` calls it through start.sh.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from setup import environment, llama_wheel, machine
from setup.console import SetupStopped, duration, say
from setup.lockfile import Pin, read_lock
from setup.stamp import ROOT, digest, is_fresh, read_stamp, version_text, write_stamp
from setup.starter_environment import set_up_starter


@dataclass(frozen=True)
class Plan:
    """What this set-up will do."""

    venv: environment.Venv
    why_new_venv: str | None
    engine: Pin
    others: list[Pin]
    engine_installed: bool
    build: llama_wheel.Build
    packages: list[str]

    @property
    def compiles(self) -> bool:
        """Whether llama.cpp has to be built."""
        return not self.engine_installed and self.build.wheel() is None


def make_plan(root: Path) -> Plan:
    """Look at the machine and the checkout; changes nothing."""
    pins = read_lock(root / "requirements.lock")
    engine = next(pin for pin in pins if pin.name == llama_wheel.PACKAGE)
    venv = environment.Venv(root / ".venv")
    stamp = read_stamp(venv.folder)
    why_new = environment.why_new(venv, made_at=stamp.get("root"), asked=bool(os.environ.get("PYTHON")))
    key = llama_wheel.build_key(engine)
    # An engine of unknown origin passes if it is sound; one that the stamp knows must also be of this very recipe
    installed = (
        not why_new
        and stamp.get("engine", key) == key
        and llama_wheel.installed_soundly(venv.site_packages(), engine.version)
    )
    build = llama_wheel.Build(engine, llama_wheel.cache_folder() / key, venv.python)
    return Plan(
        venv=venv,
        why_new_venv=why_new,
        engine=engine,
        others=[pin for pin in pins if pin is not engine],
        engine_installed=installed,
        build=build,
        packages=machine.missing_packages(
            makes_venv=why_new is not None, compiles=not installed and build.wheel() is None
        ),
    )


def show_plan(plan: Plan) -> None:
    """Print what would be done."""
    if plan.packages:
        say(f"System packages: {' '.join(plan.packages)}")
        say(f"    {machine.install_line(plan.packages)}")
    else:
        say("System packages: nothing is missing")
    say(f"Environment .venv: {'to be made, ' + plan.why_new_venv if plan.why_new_venv else 'is there'}")
    say(f"Python packages: {len(plan.others)} from requirements.lock")
    engine = "to be built (about ten minutes)" if plan.compiles else "to be installed from the cache"
    say(f"{plan.engine.name} {plan.engine.version}: {'is installed' if plan.engine_installed else engine}")
    say(f"    cache: {plan.build.folder}")


def carry_out(plan: Plan, root: Path) -> None:
    """Do what the plan says."""
    venv = plan.venv
    if plan.packages:
        machine.install_packages(plan.packages, llama_wheel.cache_folder() / "apt.log")
    if plan.why_new_venv:
        say(f"  Environment .venv: making it, {plan.why_new_venv}")
        environment.make(venv)
    environment.install_pins(venv, plan.others)
    if not plan.engine_installed:
        install_engine(plan)
    environment.install_project(venv, root)
    environment.check_against_project(venv)
    lacking = machine.missing_libraries()
    if lacking:
        say(f"  Note: Nextword's window needs libraries that this machine still lacks: {' '.join(lacking)}")
    version = venv.version()
    assert version is not None
    stamp = {"digest": digest(root, version_text(version)), "root": str(root), "engine": plan.build.folder.name}
    write_stamp(venv.folder, stamp)


def install_engine(plan: Plan) -> None:
    """Install llama-cpp-python from the wheel in the cache, which is built first if need be."""
    wheel = cached_wheel(plan.build)
    environment.install_wheel(plan.venv, wheel, label=f"{plan.engine.name} {plan.engine.version}")
    if not llama_wheel.installed_soundly(plan.venv.site_packages(), plan.engine.version):
        raise SetupStopped(f"The CPU variants of llama.cpp are not where they should be in {plan.venv.folder}.")


def cached_wheel(build: llama_wheel.Build) -> Path:
    """The wheel in the cache, built now if it is not there; one build at a time on this machine."""
    with held(build.folder / "lock", "Another set-up is building llama-cpp-python"):
        return build.wheel() or llama_wheel.make_wheel(build, environment.pip_environment())


@contextlib.contextmanager
def held(path: Path, waiting: str) -> Iterator[None]:
    """Hold a lock file; say so when another process has it, and wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{waiting}; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def checkout_lock(root: Path) -> Path:
    """The lock file of one checkout; it lies in the cache, so that nothing is added to the checkout."""
    return llama_wheel.cache_folder() / f"checkout-{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.lock"


def set_up(root: Path) -> None:
    """The whole set-up of a checkout."""
    with held(checkout_lock(root), "Another set-up of this folder is running"):
        venv = environment.Venv(root / ".venv")
        version = venv.version()
        if version and not os.environ.get("PYTHON") and is_fresh(root, venv.folder, version_text(version)):
            return
        started = time.monotonic()
        plan = make_plan(root)
        say("Setting up Nextword" + (", about ten minutes, once" if plan.compiles else ""))
        carry_out(plan, root)
        say(f"Set up in {duration(time.monotonic() - started)}.")


def set_up_training(root: Path) -> None:
    """The environment of the starter models, on top of a set-up checkout."""
    set_up(root)
    with held(checkout_lock(root), "Another set-up of this folder is running"):
        set_up_starter(root, cached_wheel(make_plan(root).build))


def _end_on_signal(number: int, frame: FrameType | None) -> None:
    del frame
    raise SystemExit(128 + number)


def main() -> int:
    """Run from the command line; the exit code."""
    parser = argparse.ArgumentParser(prog="setup", description="Sets this checkout of Nextword up.")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    parser.add_argument("--starter", action="store_true", help="also make the environment that trains the models")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_on_signal)
    try:
        if arguments.dry_run:
            show_plan(make_plan(ROOT))
        elif arguments.starter:
            set_up_training(ROOT)
        else:
            set_up(ROOT)
    except SetupStopped as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nThe set-up could not go on: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
