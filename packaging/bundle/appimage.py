"""The AppImage: the folder as an AppDir, packed where appimagetool is at hand."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from bundle.debian import run
from bundle.linux_files import write_share
from bundle.places import APP_ID, BUILD, DIST, PackagingStopped, commit, machine, version


def make_appdir(tree: Path) -> Path:
    """Lay out the folder that an AppImage is packed from; AppRun is the program itself and sets no variable."""
    root = BUILD / "Nextword.AppDir"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(tree, root / "opt" / "nextword", symlinks=True)
    write_share(root / "usr" / "share", tree)
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / "nextword").symlink_to("../../opt/nextword/nextword")
    (root / "AppRun").symlink_to("opt/nextword/nextword")
    (root / f"{APP_ID}.desktop").symlink_to(f"usr/share/applications/{APP_ID}.desktop")
    (root / f"{APP_ID}.png").symlink_to(f"usr/share/icons/hicolor/256x256/apps/{APP_ID}.png")
    (root / ".DirIcon").symlink_to(f"{APP_ID}.png")
    return root


def make_appimage(tree: Path) -> Path:
    """Pack the AppImage; return it. Raises PackagingStopped, with the AppDir made, where the tool is missing."""
    root = make_appdir(tree)
    tool = os.environ.get("APPIMAGETOOL") or shutil.which("appimagetool")
    if tool is None:
        raise PackagingStopped(
            f"appimagetool is not on this machine, so no AppImage was packed; {root} is ready for it.\n"
            "Put it on PATH, or name it: make appimage APPIMAGETOOL=/path/to/appimagetool"
        )
    made = DIST / f"Nextword-{version()}-{machine()}.AppImage"
    made.parent.mkdir(parents=True, exist_ok=True)
    environment = {"ARCH": machine(), "SOURCE_DATE_EPOCH": str(commit()[1]), "VERSION": version()}
    run([tool, "--no-appstream", str(root), str(made)], environment=environment)
    made.chmod(0o755)
    return made
