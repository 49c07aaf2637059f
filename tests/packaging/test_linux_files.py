"""The files for a Linux desktop say the same things, and install.sh leaves nothing of itself behind."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

import nextword.__main__ as program
from bundle.linux_files import filled, write_gzip
from bundle.places import APP_ID, LINUX, version

MIME = {"": "http://www.freedesktop.org/standards/shared-mime-info"}


def _entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(LINUX / f"{APP_ID}.desktop", "utf-8")
    return parser["Desktop Entry"]


def test_the_menu_entry_only_adds_a_file_that_is_double_clicked() -> None:
    entry = _entry()
    assert entry["Exec"] == "nextword --add %f"
    assert entry["MimeType"] == "application/x-gguf;"
    assert entry["Icon"] == APP_ID
    options = program._parser().parse_args(["--add"])  # what a start without a file becomes
    assert (options.add, options.file) == (True, None)


def test_the_window_names_its_menu_entry() -> None:
    source = Path(program.__file__).parent / "ui" / "application.py"
    assert f'setDesktopFileName("{APP_ID}")' in source.read_text("utf-8")


def test_a_model_is_known_by_its_first_bytes() -> None:
    kind = ElementTree.parse(LINUX / "nextword.mime.xml").getroot().find("mime-type", MIME)
    assert kind is not None
    assert kind.get("type") == "application/x-gguf"
    letters = kind.find("magic/match", MIME)
    assert letters is not None
    assert (letters.get("offset"), letters.get("value")) == ("0", "GGUF")
    assert [(one.get("type"), one.get("value")) for one in letters] == [("little32", number) for number in "123"]


def test_the_description_is_of_this_version_and_of_the_same_program() -> None:
    root = ElementTree.fromstring(filled(f"{APP_ID}.metainfo.xml.in"))
    assert root.findtext("id") == APP_ID
    assert root.findtext("launchable") == f"{APP_ID}.desktop"
    assert root.findtext("provides/mediatype") == "application/x-gguf"
    release = root.find("releases/release")
    assert release is not None
    assert release.get("version") == version()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", release.get("date", ""))


def test_every_option_is_in_the_manual_and_completed() -> None:
    manual = filled("nextword.1.in").replace("\\-", "-")
    completed = (LINUX / "nextword.bash-completion").read_text("utf-8")
    for action in program._parser()._actions:
        for option in action.option_strings:
            if option.startswith("--"):
                assert option in manual, option
                assert option in completed, option


def test_compressed_texts_are_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.gz", "two.gz"):
        write_gzip(b"text", tmp_path / name)
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "two.gz").read_bytes()


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """An unpacked portable copy, with programs that only say their name."""
    from bundle.places import BUILD

    folder = tmp_path / "down loads" / "nextword-0"
    for name in ("nextword", "nextword-engine"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho {name} "$@"\n')
        path.chmod(0o755)
    share = folder / "share"
    for source, target in (
        (f"{APP_ID}.desktop", f"applications/{APP_ID}.desktop"),
        ("nextword.mime.xml", f"mime/packages/{APP_ID}.xml"),
        (f"{APP_ID}.metainfo.xml.in", f"metainfo/{APP_ID}.metainfo.xml"),
        ("nextword.1.in", "man/man1/nextword.1.gz"),
        ("nextword.bash-completion", "bash-completion/completions/nextword"),
        ("nextword.mime.xml", f"icons/hicolor/48x48/apps/{APP_ID}.png"),
    ):
        (share / target).parent.mkdir(parents=True, exist_ok=True)
        (share / target).write_bytes((LINUX / source).read_bytes())
    (folder / "profile").mkdir()
    (folder / "profile" / "history.db").write_text("mine")
    (folder / "portable.txt").write_text("")
    (folder / "install.sh").write_bytes((LINUX / "install.sh").read_bytes())
    assert BUILD.name == "build"
    return folder


def _install(folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    command = ["sh", str(folder / "install.sh"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def _files(folder: Path) -> set[str]:
    """List the files, without what the desktop's own tools make where they are installed."""
    found = {path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()}
    made = {path for path in found if path.name in ("mimeinfo.cache", "icon-theme.cache")}
    made |= {path for path in found if path.is_relative_to(".local/share/mime") and "packages" not in path.parts}
    return {str(path) for path in found - made}


def test_it_installs_for_one_user_and_leaves_nothing(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "Ada's $HOME 🙂"
    (home / ".local/share/nextword").mkdir(parents=True)
    (home / ".local/share/nextword/history.db").write_text("kept")
    before = _files(home)
    done = _install(unpacked, home)
    assert done.returncode == 0, done.stderr
    target = home / ".local/opt/nextword"
    assert not (target / "portable.txt").exists()
    assert not (target / "profile").exists()
    said = subprocess.run([home / ".local/bin/nextword", "x"], capture_output=True, text=True, check=True).stdout
    assert said == "nextword x\n"
    entry = (home / ".local/share/applications" / f"{APP_ID}.desktop").read_text("utf-8")
    quoted = str(target / "nextword").replace("$", "\\\\$")
    assert f'Exec="{quoted}" --add %f' in entry
    assert f"TryExec={target}/nextword" in entry
    assert _install(unpacked, home).returncode == 0  # once more over it
    assert _install(target, home, "--uninstall").returncode == 0
    assert _files(home) == before


def test_it_does_not_remove_what_is_not_its_own(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    foreign = home / ".local/opt/nextword"
    foreign.mkdir(parents=True)
    (foreign / "letters.txt").write_text("mine")
    done = _install(unpacked, home)
    assert done.returncode == 1
    assert "stays" in done.stderr
    assert (foreign / "letters.txt").read_text() == "mine"
    assert _install(unpacked, home, "--remove").returncode == 2
