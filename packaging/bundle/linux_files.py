"""The files that a Linux desktop needs beside the program: menu entry, kind of file, description, icons, man page."""

from __future__ import annotations

import gzip
import shutil
from datetime import UTC, datetime
from pathlib import Path

from bundle import icons
from bundle.places import APP_ID, BUILD, INTERNAL, LINUX, ROOT, commit, version


def write_share(share: Path, tree: Path) -> None:
    """Fill a folder share/ as it lies in /usr, in ~/.local or in an AppImage."""
    _put(LINUX / f"{APP_ID}.desktop", share / "applications" / f"{APP_ID}.desktop")
    _put(LINUX / "nextword.mime.xml", share / "mime" / "packages" / f"{APP_ID}.xml")
    metainfo = share / "metainfo" / f"{APP_ID}.metainfo.xml"
    metainfo.parent.mkdir(parents=True, exist_ok=True)
    metainfo.write_text(filled("org.nextword.Nextword.metainfo.xml.in"), "utf-8")
    for size, picture in icons.draw(BUILD / "icons").items():
        _put(picture, share / "icons" / "hicolor" / f"{size}x{size}" / "apps" / f"{APP_ID}.png")
    _put(icons.SOURCE, share / "icons" / "hicolor" / "scalable" / "apps" / f"{APP_ID}.svg")
    _put(LINUX / "nextword.bash-completion", share / "bash-completion" / "completions" / "nextword")
    write_gzip(filled("nextword.1.in").encode(), share / "man" / "man1" / "nextword.1.gz")
    document = share / "doc" / "nextword"
    _put(LINUX / "copyright", document / "copyright")
    _put(tree / INTERNAL / "nextword" / "facts" / "contents.cdx.json", document / "contents.cdx.json")
    write_gzip((ROOT / "CHANGELOG.md").read_bytes(), document / "changelog.gz")
    shutil.copytree(tree / INTERNAL / "nextword" / "licences", document / "licences", dirs_exist_ok=True)


def filled(name: str) -> str:
    """Return a file of packaging/linux with version and date put in."""
    day = datetime.fromtimestamp(commit()[1], UTC).strftime("%Y-%m-%d")
    return (LINUX / name).read_text("utf-8").replace("@VERSION@", version()).replace("@DATE@", day)


def write_gzip(data: bytes, path: Path) -> None:
    """Compress without a time and a name in it, so that the same text gives the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, compresslevel=9, mtime=0))


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
