"""What goes into the bundle, what stays out, and what its tools read and write; without a build."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from bundle import checks, closure, compare, debian, elf, icons, sbom, selection
from bundle.contents import Component
from bundle.places import PackagingStopped, commit, version

SITE = "/home/ada/.venv/lib/python3.11/site-packages"


def test_everything_that_the_project_asks_for_is_shipped() -> None:
    shipped = closure.shipped_distributions()
    for line in metadata.requires("nextword") or ():
        name = closure.canonical(line.split(";")[0].split("=")[0].split(">")[0].split("<")[0].split("!")[0].strip())
        assert name in shipped, line
    assert {"httpx2", "secretstorage", "nltk", "lxml"} <= set(shipped)  # of others: by way of them


def test_what_developers_use_stays_out() -> None:
    foreign = set(closure.foreign_modules())
    assert {"pytest", "scipy", "hypothesis", "mypy", "ruff", "PyInstaller", "hf_xet", "pip", "fastapi"} <= foreign
    assert not foreign & {"PySide6", "numpy", "llama_cpp", "keyring", "huggingface_hub", "sacrebleu", "click", "regex"}


@pytest.mark.parametrize(
    ("destination", "kept"),
    [
        ("PySide6/Qt/lib/libQt6Widgets.so.6", True),
        ("PySide6/Qt/lib/libQt6XcbQpa.so.6", True),
        ("PySide6/Qt/lib/libicudata.so.73", True),
        ("PySide6/Qt/lib/libQt6Quick.so.6", False),
        ("PySide6/Qt/lib/libQt6OpenGLWidgets.so.6", False),
        ("PySide6/QtWidgets.abi3.so", True),
        ("PySide6/QtSql.abi3.so", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", False),
        ("PySide6/Qt/translations/qt_de.qm", False),
        ("PySide6/Qt6Core.dll", True),
        ("PySide6/Qt6Qml.dll", False),
        ("PySide6/plugins/platforms/qwindows.dll", True),
        ("llama_cpp/lib/libmtmd.so", False),
        ("bin/libggml-cpu-haswell.so", False),
        ("nltk_data/corpora/words.zip", False),
        ("numpy.libs/libscipy_openblas64_-32a4b2a6.so", True),
    ],
)
def test_a_file_is_kept_or_left_out(destination: str, kept: bool) -> None:
    assert selection.keeps(destination, f"{SITE}/{destination}") == kept


def test_libraries_of_the_system_stay_outside_but_for_a_few() -> None:
    folder = "/usr/lib/x86_64-linux-gnu"
    for name, kept in (("libssl.so.3", True), ("libxcb-cursor.so.0", True), ("libstdc++.so.6", False)):
        assert selection.keeps(name, f"{folder}/{name}") == kept
    assert not selection.keeps("libGL.so.1", f"{folder}/libGL.so.1")


def test_llama_cpp_is_shipped_once_with_every_variant() -> None:
    rows = selection.llama_libraries()
    names = [Path(destination).name for destination, _, _ in rows]
    assert len(names) == len(set(names))
    assert sum("ggml-cpu" in name for name in names) >= 5
    assert all(Path(source).is_file() for _, source, kind in rows if kind == "BINARY")


def test_a_library_says_what_it_needs_and_where_it_looks() -> None:
    found = elf.parse_dynamic(
        " 0x1 (NEEDED)  Shared library: [libz.so.1]\n 0xe (SONAME) Library soname: [liba.so.0]\n"
        " 0x1d (RUNPATH) Library runpath: [$ORIGIN:/home/builder/lib:]\n"
    )
    assert found == elf.Dynamic(("libz.so.1",), "liba.so.0", ("$ORIGIN", "/home/builder/lib", ""))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a run path, as Qt's have it."""
    import PySide6

    source = next(Path(PySide6.__file__).parent.rglob("libqsvgicon.so"))
    return Path(shutil.copy(source, tmp_path_factory.mktemp("library")))


def test_a_run_path_is_taken_out_and_the_rest_stays(library: Path) -> None:
    before = elf.read_dynamic(library)
    assert before.paths
    elf.drop_run_path(library)
    after = elf.read_dynamic(library)
    assert (after.needed, after.name, after.paths) == (before.needed, before.name, ())


def test_links_that_lead_out_of_the_folder_are_problems(tmp_path: Path) -> None:
    (tmp_path / "inside").write_text("")
    (tmp_path / "good").symlink_to("inside")
    (tmp_path / "out").symlink_to("/etc/passwd")
    (tmp_path / "gone").symlink_to("nothing")
    assert [line.split()[0] for line in checks.link_problems(tmp_path)] == ["gone", "out"]


def test_two_folders_are_compared_by_names_and_contents(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, text in ((first, "one"), (second, "two")):
        folder.mkdir()
        (folder / "same").write_text("same")
        (folder / "changed").write_text(text)
        (folder / text).write_text("")
    found = compare.compare(first, second)
    assert found == compare.Difference(["one"], ["two"], ["changed"])
    assert compare.compare(first, first).is_empty


def test_the_list_of_contents_is_cyclonedx_and_the_same_each_time() -> None:
    parts = [
        Component("nextword", "1", "MIT", "pkg:generic/nextword@1"),
        Component("numpy", "2.4", "BSD-3-Clause", "pkg:pypi/numpy@2.4"),
        Component("odd", "1", "a licence of its own", "pkg:pypi/odd@1"),
    ]
    document = json.loads(json.dumps(sbom.document(parts, {"nextword": "a" * 64})))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.5")
    assert [one["name"] for one in document["components"]] == ["numpy", "odd", "nextword"]
    assert document["components"][0]["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert document["components"][1]["licenses"] == [{"license": {"name": "a licence of its own"}}]
    assert document == json.loads(json.dumps(sbom.document(parts, {"nextword": "a" * 64})))
    assert document["metadata"]["component"]["version"] == version()


def test_dependencies_are_those_outside_of_the_bundle() -> None:
    printed = "shlibs:Depends=libc6 (>= 2.35), libssl3 (>= 3.0.0), libegl1\n"
    assert debian.parse_dependencies(printed, {"libssl3"}) == ["libc6 (>= 2.35)", "libegl1"]
    with pytest.raises(PackagingStopped):
        debian.parse_dependencies("nothing\n", set())


def test_the_commit_gives_the_time_of_all_files() -> None:
    name, seconds = commit()
    assert len(name) == 40
    assert seconds > 1_600_000_000


def test_icons_of_other_systems_have_every_picture() -> None:
    pictures = {16: b"\x89PNG one", 32: b"\x89PNG second", 256: b"\x89PNG third picture"}
    made = icons.ico(pictures)
    assert struct.unpack("<HHH", made[:6]) == (0, 1, 3)
    for number, (size, data) in enumerate(sorted(pictures.items())):
        row = struct.unpack("<BBBBHHII", made[6 + 16 * number : 22 + 16 * number])
        assert row[0] == size % 256
        assert made[row[7] : row[7] + row[6]] == data
    made = icons.icns(pictures)
    assert made[:4] == b"icns"
    assert struct.unpack(">I", made[4:8])[0] == len(made)


@pytest.mark.parametrize("name", ["readelf", "strip"])
def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch, library: Path, name: str) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError()))
    with pytest.raises(PackagingStopped, match=name):
        elf.read_dynamic(library) if name == "readelf" else elf.strip(library)
