"""llama-cpp-python built once for every processor of this kind, and kept as a wheel in the person's cache.

The package index has only the source, and its default build (-march=native) dies with an illegal instruction on
some processors; pip's own wheel cache may hold such a build, so it is never asked.
"""

import hashlib
import os
import platform
import re
import shutil
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from setup.console import SetupStopped, run_logged, say
from setup.lockfile import Pin, write_pins

PACKAGE = "llama-cpp-python"
CMAKE_FLAGS = "-DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON"
VARIANT_PATTERN = re.compile(r"(^|/)bin/libggml-cpu-[a-z0-9_.]+\.so$")
REGISTRY_LIBRARY = "llama_cpp/lib/libggml.so.0"
VOCABULARIES = "vocabularies"
# Headers of published models that the tests of what fits into memory build on; the source has more of them
VOCABULARY_NAMES = ("command-r", "falcon", "gpt-2", "llama-bpe", "phi-3", "qwen2", "starcoder")
BUILD_MEMORY_BYTES_PER_JOB = 1_500_000_000
NINJA_STEP = re.compile(r"\[(\d+)/(\d+)\]")
# CMake's own probes count to two or three
SMALLEST_REAL_BUILD_STEPS = 50

Environment = dict[str, str]
Command = list[str | Path]


def fewest_variants(machine: str) -> int:
    """How many CPU variants a sound build has at least."""
    return 5 if machine in {"x86_64", "AMD64"} else 1


def holds_sound_build(names: list[str], machine: str) -> bool:
    """Whether these files (of a wheel, or installed) are the build that we asked for."""
    variants = sum(1 for name in names if VARIANT_PATTERN.search(name))
    registry = any(name.endswith(REGISTRY_LIBRARY) for name in names)
    return registry and variants >= fewest_variants(machine)


def installed_soundly(site_packages: Path, version: str) -> bool:
    """Whether the environment has that version, built for every processor."""
    if not (site_packages / f"llama_cpp_python-{version}.dist-info" / "RECORD").exists():
        return False
    names = [f"bin/{path.name}" for path in (site_packages / "bin").glob("libggml-cpu-*.so")]
    if (site_packages / REGISTRY_LIBRARY).exists():
        names.append(REGISTRY_LIBRARY)
    return holds_sound_build(names, platform.machine())


def cache_folder() -> Path:
    """Where built wheels are kept, for all checkouts of this person."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(configured) if Path(configured).is_absolute() else Path.home() / ".cache"
    return base / "nextword-build"


def cmake_arguments() -> str:
    """Our flags, then the person's own, which may add a backend."""
    return " ".join((CMAKE_FLAGS, os.environ.get("CMAKE_ARGS", ""))).strip()


def build_key(pin: Pin) -> str:
    """Names a build by all that goes into it: version, source hashes, flags, platform and C library.

    Python's version is no part of it: the binding is pure Python over ctypes, and the wheel is a py3-none one.
    """
    parts = [*sorted(pin.hashes), cmake_arguments(), sysconfig.get_platform(), *platform.libc_ver()]
    return f"{pin.name}-{pin.version}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Build:
    """One cached build: its pin, its folder in the cache, and the Python that builds it."""

    pin: Pin
    folder: Path
    python: Path

    @property
    def log_path(self) -> Path:
        """Everything that the compiler said."""
        return self.folder / "build.log"

    def wheel(self) -> Path | None:
        """The finished wheel, or None when there is none or it is damaged."""
        for path in self.folder.glob("*.whl"):
            checksum = path.with_suffix(".sha256")
            if checksum.exists() and checksum.read_text("utf-8") == file_sha256(path):
                return path
        return None


def file_sha256(path: Path) -> str:
    """The hash of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def make_wheel(build: Build, environment: Environment) -> Path:
    """Download the source, build it, check the wheel and keep it; goes on where an interrupted build stopped."""
    build.folder.mkdir(parents=True, exist_ok=True)
    source = _unpacked_source(build, environment)
    objects = build.folder / "objects"
    resumed = objects.exists()
    try:
        wheel = _compile(build, source, environment)
    except SetupStopped:
        if not resumed:
            raise
        say("  The build that was begun earlier does not go on; beginning again.")
        shutil.rmtree(objects)
        wheel = _compile(build, source, environment)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    if not holds_sound_build(names, platform.machine()):
        shutil.rmtree(objects, ignore_errors=True)
        raise SetupStopped(f"The build left out the CPU variants. The whole log: {build.log_path}")
    kept = build.folder / wheel.name
    wheel.replace(kept)
    kept.with_suffix(".sha256").write_text(file_sha256(kept), "utf-8")
    _keep_vocabularies(build, source)
    _clear(build)
    return kept


def vocabularies(build: Build, environment: Environment) -> Path:
    """Return the folder with the header and vocabulary of published models that lie in the source.

    Files without weights, which the tests of what fits into memory build on. The source is fetched again for them
    when the wheel was made by an earlier version of this set-up.
    """
    folder = build.folder / VOCABULARIES
    if not all((folder / vocabulary_file_name(name)).is_file() for name in VOCABULARY_NAMES):
        build.folder.mkdir(parents=True, exist_ok=True)
        _keep_vocabularies(build, _unpacked_source(build, environment))
        _clear(build)
    return folder


def vocabulary_file_name(name: str) -> str:
    """How llama.cpp calls the file with the header and vocabulary of a model."""
    return f"ggml-vocab-{name}.gguf"


def _keep_vocabularies(build: Build, source: Path) -> None:
    part = build.folder / f"{VOCABULARIES}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for name in map(vocabulary_file_name, VOCABULARY_NAMES):
        path = source / "vendor" / "llama.cpp" / "models" / name
        if path.exists():  # or the tests say that it is missing
            path.replace(part / name)
    shutil.rmtree(build.folder / VOCABULARIES, ignore_errors=True)
    part.replace(build.folder / VOCABULARIES)


def _clear(build: Build) -> None:
    for left_over in ("source", "objects", "download", "made"):
        shutil.rmtree(build.folder / left_over, ignore_errors=True)


def _unpacked_source(build: Build, environment: Environment) -> Path:
    source = build.folder / "source"
    if source.exists():
        return source
    archive = _downloaded_source(build, environment)
    part = build.folder / "source.part"
    shutil.rmtree(part, ignore_errors=True)
    with tarfile.open(archive) as tar:
        # Older 3.11 releases have no filters; the archive's hash was checked either way
        if hasattr(tarfile, "data_filter"):
            tar.extractall(part, filter="data")
        else:
            tar.extractall(part)
    (only,) = part.iterdir()
    only.replace(source)
    part.rmdir()
    return source


def _downloaded_source(build: Build, environment: Environment) -> Path:
    folder = build.folder / "download"
    for path in folder.glob("*.tar.gz"):
        if file_sha256(path) in build.pin.hashes:
            return path
    folder.mkdir(parents=True, exist_ok=True)
    pins = folder / "requirements.txt"
    write_pins([build.pin], pins)
    command: Command = [
        build.python,
        "-I",
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--no-build-isolation",
        "--no-cache-dir",
    ]
    command += ["--no-binary", PACKAGE, "--require-hashes", "-r", pins, "-d", folder]
    run_logged(
        command,
        label=f"Source of {PACKAGE} {build.pin.version}",
        log_path=build.log_path,
        environment=environment,
        read_detail=no_detail,
    )
    return next(folder.glob("*.tar.gz"))


def _compile(build: Build, source: Path, environment: Environment) -> Path:
    made = build.folder / "made"
    shutil.rmtree(made, ignore_errors=True)
    command: Command = [build.python, "-I", "-m", "pip", "wheel", "-v", "--no-deps", "--no-build-isolation"]
    command += ["--no-cache-dir", "-w", made, f"--config-settings=build-dir={build.folder / 'objects'}", source]
    run_logged(
        command,
        label=f"Building {PACKAGE} {build.pin.version} for all processors",
        log_path=build.log_path,
        environment=compiler_environment(build.python, environment),
        read_detail=ninja_percentage(),
    )
    return next(made.glob("*.whl"))


def compiler_environment(python: Path, environment: Environment) -> Environment:
    """The variables that the build reads: our flags, the environment's cmake and ninja first, as many jobs as fit."""
    jobs = environment.get("CMAKE_BUILD_PARALLEL_LEVEL") or str(parallel_jobs())
    path = f"{python.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return {
        **environment,
        "CMAKE_ARGS": cmake_arguments(),
        "CMAKE_BUILD_PARALLEL_LEVEL": jobs,
        "CMAKE_GENERATOR": "Ninja",
        "PATH": path,
    }


def parallel_jobs() -> int:
    """One compiler for each processor that we may use, fewer when memory is short."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return max(1, min(len(os.sched_getaffinity(0)), memory // BUILD_MEMORY_BYTES_PER_JOB))


def no_detail(line: str) -> None:
    """Shows nothing of a line."""
    del line


def ninja_percentage() -> Callable[[str], str | None]:
    """A reader of ninja's '[231/440]' that answers '52 %'."""

    def read(line: str) -> str | None:
        step = NINJA_STEP.search(line)
        if step is None or int(step[2]) < SMALLEST_REAL_BUILD_STEPS:
            return None
        return f"{100 * int(step[1]) // int(step[2])} %"

    return read
