"""What an installed program does before anything else: nothing in its surroundings may put foreign code into it.

A library path left behind by another program, or planted by one, decides which libraries are loaded; so where such a
variable is set, the program starts again without it. What a child process gets is what the person's system had.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import Final

NO_CONSOLE: Final = 0x08000000 if sys.platform == "win32" else 0
"""creationflags of processes that talk through pipes: Windows would open a console for each (CREATE_NO_WINDOW)."""

_FOREIGN: Final = (
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LD_AUDIT",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "DYLD_FRAMEWORK_PATH",
    "DYLD_INSERT_LIBRARIES",
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
    "QT_QPA_GENERIC_PLUGINS",
    "QML_IMPORT_PATH",
    "QML2_IMPORT_PATH",
    "LLAMA_CPP_LIB_PATH",
    "LLAVA_CPP_LIB",
    "MTMD_CPP_LIB",
    "GGML_BACKEND_PATH",
    "GGML_BACKEND_DIR",
    "CUDA_PATH",
    "HIP_PATH",
    "GCONV_PATH",
    "GIO_MODULE_DIR",
    "GIO_EXTRA_MODULES",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
)
_FOREIGN_PREFIXES: Final = ("PYTHON",)
_SAVED: Final = "LD_LIBRARY_PATH_ORIG"
"""Where the starter of a frozen program keeps what LD_LIBRARY_PATH was; it puts its own folder before that."""
_ONCE: Final = "_NEXTWORD_STARTED_CLEAN"
_OURS: Final = (_SAVED, _ONCE, "PYINSTALLER_RESET_ENVIRONMENT")


def is_frozen() -> bool:
    """Say whether this is the installed program and not a checkout."""
    return bool(getattr(sys, "frozen", False))


def is_foreign(name: str) -> bool:
    """Say whether a variable can name code to load."""
    return name in _FOREIGN or name.startswith(_FOREIGN_PREFIXES)


def needs_restart(environment: Mapping[str, str]) -> bool:
    """Say whether this process may have been started with foreign code.

    LD_LIBRARY_PATH is always set in a frozen program, by its own starter; what was in it before counts.
    """
    if environment.get(_ONCE):
        return False
    ours = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return any(value for name, value in environment.items() if is_foreign(name) and name not in ours) or bool(
        environment.get(_SAVED)
    )


def without_foreign(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that name no code to load."""
    return {name: value for name, value in environment.items() if not is_foreign(name) and name != _SAVED}


def start_clean() -> None:
    """Start the program again when its surroundings could have put code into it; else return at once.

    Before the first import of Qt and of llama.cpp. Windows has no such variables, but a search order for libraries
    that begins in the current folder: it is narrowed to the program's own folder and the system's.
    """
    if not is_frozen():
        return
    if sys.platform == "win32":
        import ctypes

        search_default_dirs = (
            0x1000  # LOAD_LIBRARY_SEARCH_DEFAULT_DIRS: the program's folder, the system's, those added
        )
        ctypes.windll.kernel32.SetDefaultDllDirectories(search_default_dirs)
        os.add_dll_directory(sys._MEIPASS)  # type: ignore[attr-defined]
        return
    if needs_restart(os.environ):
        environment = without_foreign(os.environ) | {_ONCE: "1", "PYINSTALLER_RESET_ENVIRONMENT": "1"}
        os.execve(sys.executable, [sys.executable, *sys.argv[1:]], environment)


def leave_nothing_for_children(environment: MutableMapping[str, str] | None = None) -> None:
    """Take the frozen program's own paths out of what children inherit: a browser must not load our libraries.

    The linker has read LD_LIBRARY_PATH when the process was started and needs it no more. The starter's own variables
    go with it: a program of ours that finds them takes itself for started already, and sets no path.
    """
    if not is_frozen():
        return
    environment = os.environ if environment is None else environment
    for name in [name for name in environment if is_foreign(name) or name.startswith("_PYI_") or name in _OURS]:
        del environment[name]
