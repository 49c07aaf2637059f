"""Whether a window can be opened here, asked before Qt is: where it cannot, Qt ends the whole process.

Imports no Qt.
"""

from __future__ import annotations

import ctypes
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
}
_QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
}


def missing_display(environment: Mapping[str, str]) -> str:
    """Return why no window can be opened, as a sentence; "" when nothing speaks against it."""
    platform = environment.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if not sys.platform.startswith("linux") or platform not in ("", "xcb", "wayland"):
        return ""
    if platform != "xcb" and _wayland_there(environment):
        return ""
    display = environment.get("DISPLAY", "")
    if not display:
        return "No display: start Nextword in a desktop session, or without a screen by: xvfb-run -a nextword"
    if not _x11_there(display):
        return (
            f"The display {display} does not answer: start Nextword in a desktop session, "
            "or without a screen by: xvfb-run -a nextword"
        )
    return missing_library(_XCB_LIBRARIES)


def missing_library(libraries: Mapping[str, str]) -> str:
    """Return a sentence that names the packages of the libraries that cannot be loaded; "" when all can."""
    packages = [package for name, package in libraries.items() if not _loads(name)]
    if not packages:
        return ""
    return f"Libraries that Qt needs for a window are missing. Install them: sudo apt-get install {' '.join(packages)}"


def words_for_import_error(error: ImportError) -> str:
    """Return a sentence for a Qt that could not be imported, with the package that is missing if it is known."""
    text = str(error)
    for name, package in {**_QT_LIBRARIES, **_XCB_LIBRARIES}.items():
        if name in text:
            return f"{name}, which Qt needs, is missing. Install it: sudo apt-get install {package}"
    return f"Qt could not be loaded: {text}. Set it up again with: make setup"


def _wayland_there(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    folder = environment.get("XDG_RUNTIME_DIR", "")
    return bool(name) and (Path(folder) / name).exists()


def _x11_there(display: str) -> bool:
    """Say whether the X server of a local display takes connections; one on another machine is believed."""
    host, _, number = display.partition(":")
    if host not in ("", "unix"):
        return True
    name = f"/tmp/.X11-unix/X{number.split('.')[0]}"
    for address in (name, "\0" + name):  # the file, or the abstract name on Linux
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            try:
                probe.connect(address)
            except OSError:
                continue
            return True
    return False


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name, mode=os.RTLD_LAZY | os.RTLD_LOCAL)
    except OSError:
        return False
    return True
