"""The parts of the test, in the order in which they are run on one system; each returns facts or raises PartFailed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from bundle import checks
from bundle.debian import make_deb
from package_test.driver import PROFILE, PROGRAM, Run, drop_cached, finished_answers
from package_test.roots import HOME, USER_ID, Root
from package_test.screen import Screen
from package_test.tools import PartFailed, run

Facts = dict[str, object]
DEB_LIMIT_BYTES = 120_000_000
INSTALLED_LIMIT_BYTES = 330_000_000
ANSWER_LIMIT_SECONDS = 5.0
COLD_STARTS = 3


def package(deb: Path) -> Facts:
    """The package itself: its size, its dependencies, the files of the desktop."""
    fields = run("dpkg-deb", "--field", deb).stdout
    unpacked = Path("/tmp/nextword-package")
    shutil.rmtree(unpacked, ignore_errors=True)
    run("dpkg-deb", "--extract", deb, unpacked)
    share = unpacked / "usr" / "share"
    run("desktop-file-validate", share / "applications" / "org.nextword.Nextword.desktop")
    metainfo = share / "metainfo" / "org.nextword.Nextword.metainfo.xml"
    run("appstreamcli", "validate", "--no-net", metainfo)
    installed = sum(path.lstat().st_size for path in unpacked.rglob("*") if path.is_file() and not path.is_symlink())
    wide = checks.wide_instructions(unpacked / "opt/nextword/_internal/llama_cpp/lib" / checks.BASELINE)
    problems = checks.linker_problems(unpacked / "opt/nextword") + checks.link_problems(unpacked / "opt/nextword")
    shutil.rmtree(unpacked)
    facts: Facts = {
        "deb_bytes": deb.stat().st_size,
        "installed_bytes": installed,
        "depends": next(line.partition(": ")[2] for line in fields.splitlines() if line.startswith("Depends")),
        "wide_instructions_in_the_baseline": len(wide),
    }
    if problems or wide:
        raise PartFailed("; ".join([*problems, *wide[:3]]))
    if deb.stat().st_size > DEB_LIMIT_BYTES or installed > INSTALLED_LIMIT_BYTES:
        raise PartFailed(f"too large: {facts}")
    return facts


def install(root: Root, deb: Path) -> Facts:
    """Install with nothing but what is declared."""
    shutil.copyfile(deb, root.folder / "tmp" / deb.name)
    root.shell(f"apt-get -q update && apt-get -q -y install --no-install-recommends /tmp/{deb.name}")
    root.shell("dpkg --verify nextword")
    for made in ("mime/application/x-gguf.xml", "applications/org.nextword.Nextword.desktop"):
        if not (root.folder / "usr/share" / made).is_file():
            raise PartFailed(f"/usr/share/{made} is not there: the desktop was not told")
    (root.folder / "tmp" / deb.name).unlink()
    return {"packages": len(root.shell("dpkg-query -W -f '${Package}\\n'").split())}


def self_test(root: Root) -> Facts:
    """The self-test, as the user, without a network; also in other languages and where /tmp may not run programs."""
    facts: Facts = {}
    for language in ("C.UTF-8", "C", "tr_TR.UTF-8"):
        done = root.run(["nextword", "--self-test", "--profile", f"{HOME}/profile {language}"], {"LANG": language})
        found = parse_self_test(done.stdout, done.stderr)
        if not found["ok"]:
            raise PartFailed(f"{language}: {found}")
        facts[language] = found["variant"]
        facts["versions"] = found["versions"]
        facts["isolation"] = found.get("isolation")
    empty = [name for name, value in dict(facts["versions"]).items() if not value]  # type: ignore[call-overload]
    if empty:
        raise PartFailed(f"no version of {', '.join(empty)}")
    return facts


def parse_self_test(output: bytes, errors: bytes = b"") -> dict[str, object]:
    """Return what the self-test printed. Raises PartFailed for anything else."""
    try:
        found = json.loads(output)
    except ValueError as error:
        words = output.decode(errors="replace")[-2000:] + errors.decode(errors="replace")[-2000:]
        raise PartFailed(f"the self-test printed no JSON: {words}") from error
    if not isinstance(found, dict):
        raise PartFailed(f"the self-test printed {found!r}")
    return found


def window(root: Root, pictures: Path) -> Facts:
    """First starts from a cold disk with an empty profile: a window, a question, an answer, a picture; what was loaded,
    and from where. Of up to three the quickest counts: other work on the machine is not the package's."""
    shown, answered = [], []
    for _ in range(COLD_STARTS):
        shutil.rmtree(root.home / PROFILE, ignore_errors=True)
        shutil.rmtree(root.home / ".cache" / "nextword", ignore_errors=True)
        drop_cached(root.folder / "opt" / "nextword")
        with Screen() as screen:
            going = Run(root, screen)
            shown.append(round(going.wait_for_window(), 2))
            answered.append(round(going.ask(), 2))
            screen.save(pictures / f"{root.release}-first-answer.png")
            foreign = foreign_libraries(root, going)
            going.quit()
        if foreign:
            raise PartFailed(f"loaded from outside of the package and what it declares: {foreign}")
        if answered[-1] <= ANSWER_LIMIT_SECONDS:
            break
    return {
        "window_seconds": shown,
        "first_answer_seconds": answered,
        "met": min(answered) <= ANSWER_LIMIT_SECONDS,
    }


def foreign_libraries(root: Root, going: Run) -> list[str]:
    """Name libraries in the memory of window and engine that neither the package nor its dependencies brought."""
    allowed = files_of_dependencies(root)
    found = set()
    for program, pids in going.processes().items():
        if not pids:
            raise PartFailed(f"{program} does not run")
        for pid in pids:
            for path in root.mapped_files(pid):
                if ".so" in Path(path).name and path.removeprefix("/usr") not in allowed:
                    found.add(path)
    return sorted(path for path in found if not path.startswith("/opt/nextword/"))


def files_of_dependencies(root: Root) -> set[str]:
    """Return the files of all packages that the package asks for, directly and by way of others, without /usr."""
    depends: dict[str, list[str]] = {}
    provides: dict[str, set[str]] = {}
    for block in (root.folder / "var/lib/dpkg/status").read_text("utf-8").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != " ")
        if "Package" not in fields:
            continue
        wanted = f"{fields.get('Depends', '')}, {fields.get('Pre-Depends', '')}"
        name = fields["Package"]
        depends[name] = [
            one.strip().split()[0].split(":")[0] for one in wanted.replace("|", ",").split(",") if one.strip()
        ]
        for virtual in [name, *(one.split()[0] for one in fields.get("Provides", "").split(",") if one.strip())]:
            provides.setdefault(virtual, set()).add(name)
    reached: set[str] = set()
    waiting = {"nextword"}
    while waiting:
        name = waiting.pop()
        for package_name in provides.get(name, set()) - reached:
            reached.add(package_name)
            waiting |= set(depends[package_name])
    files: set[str] = set()
    for name in reached:
        for listing in (root.folder / "var/lib/dpkg/info").glob(f"{name}*.list"):
            if listing.stem.split(":")[0] == name:
                files |= {line.removeprefix("/usr") for line in listing.read_text("utf-8").splitlines()}
    return files


def linker(root: Root) -> Facts:
    """What the linker itself says it loads during a self-test: the package's files and those of its dependencies."""
    log = root.home / "linker"
    done = root.run(
        ["nextword", "--self-test", "--profile", f"{HOME}/p"], {"LD_DEBUG": "libs", "LD_DEBUG_OUTPUT": f"{HOME}/linker"}
    )
    if not parse_self_test(done.stdout)["ok"]:
        raise PartFailed(done.stdout.decode())
    allowed = files_of_dependencies(root)
    loaded = set()
    for path in log.parent.glob("linker.*"):
        for line in path.read_text("utf-8", "replace").splitlines():
            if "calling init: " in line:
                loaded.add(line.partition("calling init: ")[2].strip())
        path.unlink()
    outside = [path for path in loaded if not path.startswith("/opt/nextword/")]
    foreign = sorted(
        path for path in outside if path.removeprefix("/usr") not in allowed and _real(root, path) not in allowed
    )
    if not loaded or foreign:
        raise PartFailed(f"loaded from elsewhere: {foreign}")
    return {"from_the_package": len(loaded) - len(outside), "from_dependencies": len(outside)}


def _real(root: Root, path: str) -> str:
    inside = (root.folder / path.lstrip("/")).resolve()
    return "/" + str(inside).removeprefix(str(root.folder)).lstrip("/").removeprefix("usr/")


def quiet(root: Root) -> Facts:
    """Everything that a first session does, watched: nothing asks the network for anything."""
    log = Path("/tmp/nextword-connections.txt")
    watcher = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o", str(log)]
    with Screen() as screen:
        going = Run(root, screen, watched_by=watcher)
        going.wait_for_window()
        going.ask("What is a word?")
        for place in (4, 3, 2, 5, 1):  # every screen once
            screen.do("key", f"ctrl+{place}")
        going.quit()
    asked = [line for line in log.read_text("utf-8", "replace").splitlines() if "AF_INET" in line]
    log.unlink()
    if asked:
        raise PartFailed(f"the network was asked: {asked[:5]}")
    return {"connections": 0}


def upgrade(root: Root, deb: Path, tree: Path) -> Facts:
    """An older version with a conversation in it, then this one: the conversation is there, the old files are gone."""
    old_tree = Path("/tmp/nextword-old-tree")
    shutil.rmtree(old_tree, ignore_errors=True)
    shutil.copytree(tree, old_tree, symlinks=True)
    (old_tree / "_internal" / "of-the-old-version.txt").write_text("gone after an upgrade\n")
    old = make_deb(old_tree, deb_version="0.0.1", into=Path("/tmp"), compression="none")
    shutil.rmtree(old_tree)
    root.shell("apt-get -q -y remove nextword")
    install(root, old)
    old.unlink()
    answers = finished_answers(root)
    with Screen() as screen:
        going = Run(root, screen)
        going.wait_for_window()
        going.ask("Who are you?")
        going.quit()
    install(root, deb)
    left = [str(path) for path in (root.folder / "opt/nextword").rglob("of-the-old-version*")]
    with Screen() as screen:
        going = Run(root, screen)
        going.wait_for_window()
        going.quit()
    kept = finished_answers(root)
    if left or kept != answers + 1:
        raise PartFailed(f"left over: {left}; answers before {answers} + 1, after {kept}")
    return {"answers_before": answers + 1, "answers_after": kept}


def removal(root: Root, deb: Path) -> Facts:
    """Taken away and installed again: nothing of the package is left, and nothing of the person is gone."""
    answers = finished_answers(root)
    root.shell("apt-get -q -y purge nextword")
    left = sorted(path for path in root.files() if "nextword" in path.lower())
    if left or (root.folder / "opt/nextword").exists():
        raise PartFailed(f"left behind: {left[:20]}")
    without = root.files()
    install(root, deb)
    root.shell("apt-get -q -y purge nextword")
    new = sorted(root.files() - without)
    if new or finished_answers(root) != answers:
        raise PartFailed(f"new after removal: {new[:20]}; answers {finished_answers(root)} of {answers}")
    install(root, deb)
    return {"files_left": 0, "profile_kept": (root.home / PROFILE).is_dir()}


PLANTED = "/tmp/planted"
PLANTED_LIBRARIES = (
    "libggml.so", "libggml.so.0", "libggml-base.so.0", "libggml-cpu-haswell.so", "libllama.so", "libvulkan.so.1",
    "libEGL.so.1", "libGL.so.1", "libQt6Core.so.6", "libxcb-cursor.so.0", "libqxcb.so", "libssl.so.3", "libgomp.so.1",
)  # fmt: skip
PLANTED_SOURCE = """
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void loaded(void) { close(open("/tmp/planted/LOADED", O_CREAT | O_WRONLY, 0666)); }
"""


def planted(root: Root) -> Facts:
    """Libraries, modules and settings of others in every place that a program may look: none is loaded."""
    folder = root.folder / PLANTED.lstrip("/")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "platforms").mkdir(parents=True)
    source = folder / "planted.c"
    source.write_text(PLANTED_SOURCE)
    for name in PLANTED_LIBRARIES:
        run("gcc", "-shared", "-fPIC", "-o", folder / name, source)
    shutil.copyfile(folder / "libqxcb.so", folder / "platforms" / "libqxcb.so")
    for name in ("sitecustomize.py", "usercustomize.py", "nextword.py", "encodings.py"):
        (folder / name).write_text(f"open('{PLANTED}/LOADED', 'w')\n")
    (folder / "qt.conf").write_text(f"[Paths]\nPlugins={PLANTED}\n")
    for name in (*PLANTED_LIBRARIES, "sitecustomize.py", "qt.conf"):
        shutil.copyfile(folder / name, root.home / name)
    run("chown", "-R", f"{USER_ID}:{USER_ID}", folder, root.home)
    environment = dict.fromkeys(
        ("PYTHONPATH", "PYTHONHOME", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH", "LLAMA_CPP_LIB_PATH", "HIP_PATH",
         "CUDA_PATH", "GGML_BACKEND_PATH", "QML2_IMPORT_PATH", "GIO_MODULE_DIR"),
        PLANTED,
    )  # fmt: skip
    environment |= {"LD_LIBRARY_PATH": f"{PLANTED}::", "PYTHONSTARTUP": f"{PLANTED}/sitecustomize.py"}
    environment |= {"LLAVA_CPP_LIB": f"{PLANTED}/libllama.so", "MTMD_CPP_LIB": f"{PLANTED}/libllama.so"}
    with Screen() as screen:
        going = Run(root, screen, environment, folder=PLANTED)
        going.wait_for_window()
        going.ask("What is a model?")
        mapped = [
            f"{program}: {path}"
            for program, pids in going.processes().items()
            for pid in pids
            for path in root.mapped_files(pid)
            if path.startswith((PLANTED, HOME)) and ".so" in path
        ]
        inherited = _foreign_variables(root.processes(PROGRAM)[-1])
        going.quit()
    loaded = (folder / "LOADED").exists()
    done = root.run(["nextword", "--self-test", "--profile", f"{HOME}/planted"], environment)
    loaded = loaded or (folder / "LOADED").exists()
    if mapped or loaded:
        raise PartFailed(f"loaded: {mapped or loaded}")
    if not parse_self_test(done.stdout, done.stderr)["ok"]:
        raise PartFailed(f"the self-test fails in these surroundings: {done.stdout.decode()}")
    for name in (*PLANTED_LIBRARIES, "sitecustomize.py", "qt.conf"):
        (root.home / name).unlink()
    shutil.rmtree(folder)
    return {"planted_files": len(PLANTED_LIBRARIES) + 7, "variables": len(environment), "loaded": 0, "seen": inherited}


def _foreign_variables(pid: int) -> list[str]:
    """Name variables of a process that still lead to the planted folder."""
    text = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    return sorted(
        pair.partition("=")[0] for pair in text.split("\0") if PLANTED in pair and not pair.startswith("PWD=")
    )
