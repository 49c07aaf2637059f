"""Which files go into the bundle: names of Qt's modules and plug-ins, libraries of the system, of llama.cpp."""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

Entry = tuple[str, str, str]
"""Where a file goes, where it is, and its kind: a row of PyInstaller's tables."""

QT_MODULES = frozenset({"Core", "DBus", "Gui", "Network", "OpenGL", "Svg", "Widgets"})
QT_HELPERS = frozenset({"WaylandClient", "WlShellIntegration", "XcbQpa"})
QT_PLUGINS = (
    "iconengines/*svgicon*",
    "imageformats/*qgif*",
    "imageformats/*qico*",
    "imageformats/*qjpeg*",
    "imageformats/*qsvg*",
    "imageformats/*qwebp*",
    "platforminputcontexts/*composeplatform*",
    "platforminputcontexts/*ibusplatform*",
    "platforms/*qcocoa*",
    "platforms/*qoffscreen*",
    "platforms/*qwayland*",
    "platforms/*qwindows*",
    "platforms/*qxcb*",
    "platformthemes/*xdgdesktopportal*",
    "styles/*",
    "tls/*",
    "wayland-decoration-client/*",
    "wayland-graphics-integration-client/*qt-plugin-wayland-egl*",
    "wayland-shell-integration/*qt-shell*",
    "wayland-shell-integration/*xdg-shell*",
    "xcbglintegrations/*",
)

# Everything else of the system stays outside and becomes a dependency. These go inside because releases of Debian and
# Ubuntu have other versions of them than the Python that was frozen wants, or because desktops do without them.
SYSTEM_LIBRARIES = (
    "libbz2",
    "libcrypto",
    "libffi",
    "libgomp",
    "liblzma",
    "libmpdec",
    "libpython3",
    "libsqlite3",
    "libssl",
    "libxcb-cursor",
    "libxcb-icccm",
    "libxcb-image",
    "libxcb-keysyms",
    "libxcb-render-util",
    "libxcb-util",
    "libxkbcommon",
)

UNUSED_MODULES = [
    "crypt",
    "curses",
    "dbm.gnu",
    "dbm.ndbm",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "nis",
    "numpy.distutils",
    "numpy.f2py",
    "readline",
    "test",
    "tkinter",
    "turtle",
    "turtledemo",
    "venv",
]

HIDDEN_MODULES = [
    "huggingface_hub",
    "huggingface_hub.inference._client",
    "keyring.backends.SecretService",
    "keyring.backends.Windows",
    "keyring.backends.chainer",
    "keyring.backends.fail",
    "keyring.backends.kwallet",
    "keyring.backends.macOS",
    "rouge_score.rouge_scorer",
    "sacrebleu",
    "secretstorage",
    "sqlite3.dump",
]
"""What is imported by name at run time, or by parts of the program through a registry of plug-ins."""

NOT_IN_THE_ENGINE = [
    "PySide6",
    "fsspec",
    "httpx2",
    "huggingface_hub",
    "keyring",
    "pygments",
    "shiboken6",
    "sqlite_utils",
    "tqdm",
    "yaml",
]
"""llama_cpp would download models with these; the engine has no network."""

_QT_LIBRARY = re.compile(r"(?:lib)?Qt6(?P<module>[A-Za-z0-9]+?)(?:\.so|\.dll|\.dylib|$)")
_QT_BINDING = re.compile(r"PySide6/Qt(?P<module>[A-Za-z]+)\.(?:abi3\.so|cpython|pyd)")


def keeps(destination: str, source: str) -> bool:
    """Say whether a file that the freezer found belongs into the bundle. Both are paths; destination within it."""
    destination = destination.replace("\\", "/")
    name = destination.rpartition("/")[2]
    if destination.startswith("PySide6/") or _QT_LIBRARY.match(name):
        return _keeps_qt(destination, name)
    if _is_of_the_system(source):
        return name.startswith(SYSTEM_LIBRARIES)
    if destination.startswith(("lib/", "bin/", "llama_cpp/")) and re.search(r"\.(so|dll|dylib)", name):
        return False  # llama.cpp's own: llama_libraries() has them, each once
    return not destination.startswith(("nltk_data/", "share/jupyter/"))


def _keeps_qt(destination: str, name: str) -> bool:
    if "/translations/" in destination or "/qml/" in destination or name.endswith((".pyi", ".qmltypes")):
        return False
    if "/plugins/" in destination:
        plugin = destination.partition("/plugins/")[2]
        return any(Path(plugin).match(pattern) for pattern in QT_PLUGINS)
    for pattern in (_QT_BINDING, _QT_LIBRARY):
        found = pattern.search(destination if pattern is _QT_BINDING else name)
        if found:
            return found["module"] in QT_MODULES | QT_HELPERS
    return True


def _is_of_the_system(source: str) -> bool:
    return sys.platform.startswith("linux") and source.startswith(("/lib", "/usr/lib"))


def llama_libraries() -> list[Entry]:
    """Return the libraries of llama.cpp, each once, with every CPU variant where the engine looks for them.

    The plain names that the Python binding asks for lead to the same files, so that there is one registry of
    backends in the process and not two.
    """
    from PyInstaller.depend.bindepend import resolve_library_path

    distribution = metadata.distribution("llama-cpp-python")
    package = Path(str(distribution.locate_file("llama_cpp")))
    folder, variants = package / "lib", package.parent / "bin"
    if sys.platform == "darwin":
        names = ["libggml-base.dylib", "libggml.dylib", "libllama.dylib", "libggml-metal.dylib", "libggml-blas.dylib"]
    elif sys.platform == "win32":
        names = ["ggml-base.dll", "ggml.dll", "llama.dll"]
    else:
        names = ["libggml-base.so.0", "libggml.so.0", "libllama.so"]
    found = [folder / name for name in names if (folder / name).is_file()]
    for pattern in ("libggml-cpu*.so", "libggml-cpu*.dylib", "ggml-cpu*.dll"):
        found += sorted([*folder.glob(pattern), *variants.glob(pattern)])
    entries = [(f"llama_cpp/lib/{path.name}", str(path), "BINARY") for path in found]
    if sys.platform.startswith("linux"):
        if openmp := resolve_library_path("libgomp.so.1"):
            entries.append(("libgomp.so.1", openmp, "BINARY"))
        for plain in ("libggml-base.so", "libggml.so"):
            entries.append((f"llama_cpp/lib/{plain}", f"{plain}.0", "SYMLINK"))
    return entries
