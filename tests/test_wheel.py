"""The wheel: nothing but nextword/ at its top, and every shipped file inside it."""

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel of this checkout, built without network."""
    made = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", made, ROOT],
        check=True,
        capture_output=True,
        cwd=made,
    )
    return zipfile.ZipFile(next(made.glob("*.whl")))


def shipped(folder: Path) -> list[Path]:
    """The files below a folder that belong into the wheel, relative to it."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return sorted(path.relative_to(folder) for path in found)


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    """The text of one file of the .dist-info folder."""
    return wheel.read(next(entry for entry in wheel.namelist() if entry.endswith(f".dist-info/{name}"))).decode()


def test_only_nextword_lies_at_the_top(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"nextword"}
    assert len(tops) == 2


def test_every_resource_is_inside(wheel: zipfile.ZipFile) -> None:
    names = shipped(ROOT / "resources")
    assert names
    inside = set(wheel.namelist())
    assert [str(name) for name in names if f"nextword/resources/{name}" not in inside] == []
    for name in names:
        assert wheel.read(f"nextword/resources/{name}") == (ROOT / "resources" / name).read_bytes(), name


def test_every_module_is_inside(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    names = shipped(ROOT / "app" / "nextword")
    assert Path("__init__.py") in names
    assert [str(name) for name in names if f"nextword/{name}" not in inside] == []


def test_the_programs_and_the_licence_are_declared(wheel: zipfile.ZipFile) -> None:
    programs = metadata(wheel, "entry_points.txt")
    assert "nextword = nextword.__main__:main" in programs
    assert "nextword-engine = nextword.engine.__main__:main" in programs
    described = Parser().parsestr(metadata(wheel, "METADATA"))
    assert described["License-Expression"] == "MIT"
    assert "Nextword maintainers" in metadata(wheel, "licenses/LICENSE")
    wanted = [line for line in described.get_all("Requires-Dist", []) if line.lower().startswith("pyside6")]
    assert ["!=6.12.0" in line for line in wanted] == [True]
