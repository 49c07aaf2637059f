"""The build of llama-cpp-python in the set-up: what counts as sound, what is kept, and how it goes on after a stop."""

import hashlib
import importlib.metadata
import io
import os
import platform
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from setup import environment, llama_wheel, starter_environment
from setup.console import SetupStopped
from setup.lockfile import Pin, read_lock

ROOT = Path(__file__).resolve().parents[1]
VARIANTS = [f"bin/libggml-cpu-{name}.so" for name in ("x64", "sse42", "haswell", "icelake", "skylakex", "zen4")]
MODELS = "vendor/llama.cpp/models/"
VOCABULARIES = [llama_wheel.vocabulary_file_name(name) for name in llama_wheel.VOCABULARY_NAMES]
SOUND = ["llama_cpp/__init__.py", llama_wheel.REGISTRY_LIBRARY, *VARIANTS]
NATIVE = ["llama_cpp/__init__.py", llama_wheel.REGISTRY_LIBRARY, "llama_cpp/lib/libggml-cpu.so"]

# Stands in for the environment's Python: answers `-I -m pip download` and `-I -m pip wheel` as pip would, writes
# down what it was called with, and can fail while object files of an earlier build lie there.
FAKE_PYTHON = """import os, pathlib, shutil, sys, zipfile
here = pathlib.Path(__file__).parent
arguments = sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(arguments[3] + " " + os.environ.get("CMAKE_ARGS", "") + "\\n")
if arguments[3] == "download":
    shutil.copy(here / "source.tar.gz", pathlib.Path(arguments[arguments.index("-d") + 1]) / "source.tar.gz")
else:
    objects = pathlib.Path(next(a for a in arguments if "build-dir=" in a).partition("build-dir=")[2])
    if (objects / "stale").exists():
        print("CMake Error: the cache belongs to another cmake")
        sys.exit(1)
    objects.mkdir(exist_ok=True)
    print("[100/400] c++ one")
    made = pathlib.Path(arguments[arguments.index("-w") + 1])
    made.mkdir()
    with zipfile.ZipFile(made / "llama_cpp_python-0.3.36-py3-none-linux_x86_64.whl", "w") as wheel:
        for name in (here / "names").read_text().splitlines():
            wheel.writestr(name, "content")
"""


@pytest.fixture
def build(tmp_path: Path) -> llama_wheel.Build:
    """A build in an empty cache, with a source archive of two files and a pip that packs SOUND."""
    bin_folder = tmp_path / "venv 🙂" / "bin"
    bin_folder.mkdir(parents=True)
    with tarfile.open(bin_folder / "source.tar.gz", "w:gz") as archive:
        models = [MODELS + name for name in (*VOCABULARIES, "ggml-vocab-of-no-use.gguf")]
        for name in ("pyproject.toml", "CMakeLists.txt", *models):
            archive.addfile(tarfile.TarInfo(f"llama_cpp_python-0.3.36/{name}"), io.BytesIO())
    python = bin_folder / "python"
    (bin_folder / "fake.py").write_text(FAKE_PYTHON, "utf-8")
    # Not as an interpreter line, which would end at the first space of a path
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$(dirname "$0")/fake.py" "$@"\n', "utf-8")
    python.chmod(0o755)
    (bin_folder / "names").write_text("\n".join(SOUND), "utf-8")
    source_hash = hashlib.sha256((bin_folder / "source.tar.gz").read_bytes()).hexdigest()
    pin = Pin(llama_wheel.PACKAGE, "0.3.36", (source_hash,), "llama-cpp-python==0.3.36")
    return llama_wheel.Build(pin, tmp_path / "cache" / "key", python)


def calls(build: llama_wheel.Build) -> list[str]:
    """How the stand-in for Python was called: 'download' or 'wheel', and the flags that it saw."""
    return (build.python.parent / "calls").read_text("utf-8").splitlines()


def engine_pin() -> Pin:
    """llama-cpp-python as the lock has it."""
    return next(pin for pin in read_lock(ROOT / "requirements.lock") if pin.name == llama_wheel.PACKAGE)


def test_a_build_for_one_processor_is_not_sound() -> None:
    assert llama_wheel.holds_sound_build(SOUND, "x86_64")
    assert not llama_wheel.holds_sound_build(NATIVE, "x86_64")
    assert not llama_wheel.holds_sound_build(SOUND[:5], "x86_64")
    assert not llama_wheel.holds_sound_build(VARIANTS, "x86_64")


def test_another_kind_of_processor_has_other_variants() -> None:
    arm = [llama_wheel.REGISTRY_LIBRARY, "bin/libggml-cpu-armv8.2_1.so"]
    assert llama_wheel.holds_sound_build(arm, "aarch64")
    assert not llama_wheel.holds_sound_build(arm[:1], "aarch64")


def test_the_installed_engine_is_the_locked_one_and_sound() -> None:
    version = importlib.metadata.version(llama_wheel.PACKAGE)
    assert version == engine_pin().version
    site_packages = Path(str(importlib.metadata.distribution(llama_wheel.PACKAGE).locate_file("")))
    assert llama_wheel.installed_soundly(site_packages, version)
    assert not llama_wheel.installed_soundly(site_packages, "0.3.35")


def test_the_key_of_a_build_names_all_that_goes_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    pin = engine_pin()
    keys = [llama_wheel.build_key(pin), llama_wheel.build_key(replace(pin, hashes=("0" * 64,)))]
    keys.append(llama_wheel.build_key(replace(pin, version="0.3.37")))
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_VULKAN=ON")
    keys.append(llama_wheel.build_key(pin))
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.99"))
    keys.append(llama_wheel.build_key(pin))
    assert len(set(keys)) == len(keys)
    assert all(key.startswith("llama-cpp-python-0.3.3") for key in keys)


def test_the_cache_follows_xdg_and_ignores_a_relative_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert llama_wheel.cache_folder() == tmp_path / "cache" / "nextword-build"
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    assert llama_wheel.cache_folder() == tmp_path / "home" / ".cache" / "nextword-build"


def test_the_persons_own_flags_come_after_ours(build: llama_wheel.Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_VULKAN=ON")
    llama_wheel.make_wheel(build, dict(os.environ))
    assert calls(build)[-1] == f"wheel {llama_wheel.CMAKE_FLAGS} -DGGML_VULKAN=ON"
    assert "-DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON" in calls(build)[-1]


def test_a_finished_wheel_is_kept_and_the_rest_is_removed(build: llama_wheel.Build) -> None:
    made = llama_wheel.make_wheel(build, dict(os.environ))
    assert build.wheel() == made
    kept = sorted(path.suffix or path.name for path in build.folder.iterdir())
    assert kept == [".log", ".sha256", ".whl", "vocabularies"]


def test_the_vocabularies_of_the_source_are_kept_and_fetched_where_an_earlier_set_up_did_not(
    build: llama_wheel.Build,
) -> None:
    made = llama_wheel.make_wheel(build, dict(os.environ))
    folder = llama_wheel.vocabularies(build, dict(os.environ))
    assert sorted(path.name for path in folder.iterdir()) == VOCABULARIES
    assert len(calls(build)) == 2  # nothing was fetched for them
    (folder / VOCABULARIES[0]).unlink()
    folder = llama_wheel.vocabularies(build, dict(os.environ))
    assert sorted(path.name for path in folder.iterdir()) == VOCABULARIES
    assert [call.split()[0] for call in calls(build)] == ["download", "wheel", "download"]
    assert build.wheel() == made
    assert not (build.folder / "source").exists()


def test_a_damaged_wheel_is_not_used(build: llama_wheel.Build) -> None:
    made = llama_wheel.make_wheel(build, dict(os.environ))
    made.write_bytes(made.read_bytes()[:-1])
    assert build.wheel() is None


def test_an_interrupted_build_goes_on_without_fetching_again(build: llama_wheel.Build) -> None:
    (build.folder / "source").mkdir(parents=True)
    (build.folder / "objects").mkdir()
    llama_wheel.make_wheel(build, dict(os.environ))
    assert [call.split()[0] for call in calls(build)] == ["wheel"]


def test_half_an_unpacked_source_is_unpacked_again(build: llama_wheel.Build) -> None:
    (build.folder / "source.part" / "half").mkdir(parents=True)
    llama_wheel.make_wheel(build, dict(os.environ))
    assert build.wheel() is not None


def test_an_earlier_build_that_does_not_go_on_is_begun_again(build: llama_wheel.Build) -> None:
    (build.folder / "objects").mkdir(parents=True)
    (build.folder / "objects" / "stale").touch()
    llama_wheel.make_wheel(build, dict(os.environ))
    assert [call.split()[0] for call in calls(build)] == ["download", "wheel", "wheel"]


def test_a_source_with_a_wrong_hash_is_fetched_again(build: llama_wheel.Build) -> None:
    (build.folder / "download").mkdir(parents=True)
    (build.folder / "download" / "source.tar.gz").write_bytes(b"half of it")
    llama_wheel.make_wheel(build, dict(os.environ))
    assert calls(build)[0].startswith("download")


def test_a_build_without_variants_is_refused_and_its_log_named(build: llama_wheel.Build) -> None:
    (build.python.parent / "names").write_text("\n".join(NATIVE), "utf-8")
    with pytest.raises(SetupStopped) as stopped:
        llama_wheel.make_wheel(build, dict(os.environ))
    assert str(build.log_path) in str(stopped.value)
    assert build.wheel() is None


def test_progress_is_read_from_ninja_and_not_from_cmakes_probes() -> None:
    read = llama_wheel.ninja_percentage()
    assert read("  [220/440] /usr/bin/c++ -DGGML_AVX") == "50 %"
    assert read("  [1/2] Building C object CMakeFiles/cmTC.dir/test.c.o") is None
    assert read("-- Found Threads: TRUE") is None


def test_the_environments_own_cmake_comes_first(build: llama_wheel.Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMAKE_BUILD_PARALLEL_LEVEL", raising=False)
    environ = llama_wheel.compiler_environment(build.python, {"PATH": "/usr/bin"})
    assert environ["PATH"] == f"{build.python.parent}:/usr/bin"
    assert 1 <= int(environ["CMAKE_BUILD_PARALLEL_LEVEL"]) <= (os.cpu_count() or 1)
    asked = llama_wheel.compiler_environment(build.python, {"CMAKE_BUILD_PARALLEL_LEVEL": "7"})
    assert asked["CMAKE_BUILD_PARALLEL_LEVEL"] == "7"


def test_the_training_environment_gets_our_engine_before_pip_could_build_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def make_without_pip(venv: environment.Venv) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv.folder], check=True)
        steps.append("environment")

    monkeypatch.setattr(environment, "make", make_without_pip)
    monkeypatch.setattr(environment, "pip_runs", lambda _: True)
    monkeypatch.setattr(environment, "install_wheel", lambda *_, **__: steps.append("engine"))
    monkeypatch.setattr(starter_environment, "run_logged", lambda *_, **__: steps.append("requirements"))
    requirements = tmp_path / "packaging" / "starter" / "requirements.txt"
    requirements.parent.mkdir(parents=True)
    requirements.write_text("torch\nllama-cpp-python\n", "utf-8")

    starter_environment.set_up_starter(tmp_path, tmp_path / "key" / "engine.whl")
    assert steps == ["environment", "engine", "requirements"]
    starter_environment.set_up_starter(tmp_path, tmp_path / "key" / "engine.whl")
    assert len(steps) == 3
    requirements.write_text("torch\n", "utf-8")
    starter_environment.set_up_starter(tmp_path, tmp_path / "key" / "engine.whl")
    assert steps[3:] == ["engine", "requirements"]
