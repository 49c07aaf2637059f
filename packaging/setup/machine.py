"""The system packages that Nextword needs: which are missing on this machine, and how to get them."""

import contextlib
import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from setup.console import SetupStopped, run_logged, say

# Libraries that the Qt of PySide6, its xcb and Wayland plug-ins and llama.cpp ask for by name, and the Debian
# package of each (the names are those of Debian 12 and Ubuntu 24.04). Read from the files' own NEEDED entries;
# tests/test_setup.py reads them again.
LIBRARY_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbrotlicommon.so.1": "libbrotli1",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libstdc++.so.6": "libstdc++6",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT_ENDINGS = (".ttf", ".otf", ".ttc")
C_COMPILERS = ("cc", "gcc", "clang")
CXX_COMPILERS = ("c++", "g++", "clang++")


def library_loads(name: str) -> bool:
    """Whether the dynamic linker finds a library of that name."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing_libraries(loads: Callable[[str], bool] = library_loads) -> list[str]:
    """The names of LIBRARY_PACKAGES that this machine does not have."""
    return [name for name in LIBRARY_PACKAGES if not loads(name)]


def has_fonts(folders: tuple[str, ...] = FONT_FOLDERS) -> bool:
    """Whether any outline font is installed; without one Qt draws empty boxes."""
    return any(
        name.lower().endswith(FONT_ENDINGS)
        for folder in folders
        for _, _, names in os.walk(Path(folder).expanduser(), followlinks=True)
        for name in names
    )


def has_compiler() -> bool:
    """Whether a C and a C++ compiler can be called."""
    wanted = (("CC", C_COMPILERS), ("CXX", CXX_COMPILERS))
    return all(
        any(shutil.which(name) for name in (*shlex.split(os.environ.get(variable, ""))[:1], *names))
        for variable, names in wanted
    )


def venv_package() -> str | None:
    """The package that lets this Python make an environment, or None when it can."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return f"python3.{sys.version_info.minor}-venv" if sys.base_prefix == "/usr" else "python3-venv"
    return None


def missing_packages(*, makes_venv: bool, compiles: bool, loads: Callable[[str], bool] = library_loads) -> list[str]:
    """Debian packages to install for what is missing, sorted; what is not needed in this set-up is not asked for."""
    packages = {LIBRARY_PACKAGES[name] for name in missing_libraries(loads)}
    if not has_fonts():
        packages.add("fonts-dejavu-core")
    if compiles and not has_compiler():
        packages.add("g++")
    needed_for_venv = venv_package() if makes_venv else None
    if needed_for_venv:
        packages.add(needed_for_venv)
    return sorted(packages)


def apt_prefix() -> list[str] | None:
    """What to put before apt-get so that it may install: nothing for root, sudo, or None when it cannot."""
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def install_line(packages: list[str]) -> str:
    """The line that a person types to install the packages, with sudo where there is one."""
    update, install = "apt-get update", f"apt-get install -y {' '.join(packages)}"
    if os.geteuid() == 0:
        return f"{update} && {install}"
    if shutil.which("sudo"):
        return f"sudo {update} && sudo {install}"
    return f"su -c '{update} && {install}'"


def install_packages(packages: list[str], log_path: Path) -> None:
    """Install with apt-get; on a system without it, say what is needed and go on.

    Raises SetupStopped with the exact line for the person when we may not, or apt-get fails.
    """
    if not shutil.which("apt-get"):
        say("This system has no apt-get. Nextword needs what these Debian packages contain; if something fails,")
        say(f"install it with your system's own tool: {' '.join(packages)}")
        return
    prefix = apt_prefix()
    if prefix is None:
        raise SetupStopped(
            "These system packages are missing, and installing them needs your password. Please run\n\n"
            f"    {install_line(packages)}\n\nand then the same make command again."
        )
    say(f"  System packages: installing {' '.join(packages)}")
    apt = [*prefix, "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
    # Old lists are no reason to stop: the packages may be installable from them
    with contextlib.suppress(SetupStopped):
        _run_apt([*apt, "update"], label="Lists of system packages", log_path=log_path)
    _run_apt([*apt, "install", "--no-install-recommends", *packages], label="System packages", log_path=log_path)


def _run_apt(command: list[str], *, label: str, log_path: Path) -> None:
    run_logged(command, label=label, log_path=log_path, environment=os.environ, read_detail=apt_detail)


def apt_detail(line: str) -> str | None:
    """What to show of a line of apt-get."""
    word, _, rest = line.partition(" ")
    if word in {"Unpacking", "Setting"} and rest:
        return f"{word.lower()} {rest.removeprefix('up ').split()[0]}"
    return "downloading" if word.startswith("Get:") else None
