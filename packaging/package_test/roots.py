"""Clean systems in a folder: made by debootstrap from this machine's own mirror, kept as an archive, entered."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from package_test.tools import NoSystem, PartFailed, run

USER = "tester"
USER_ID = 1000
HOME = "/home/Ada Lovelace 🙂"
"""With what home folders have in their names elsewhere."""
RELEASES = {"bookworm": "debian", "trixie": "debian", "jammy": "ubuntu", "noble": "ubuntu"}
SCRIPTS = Path("/usr/share/debootstrap/scripts")
PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Source:
    """Where packages come from. keyring: what their signatures are checked with."""

    address: str
    keyring: str


def sources() -> list[Source]:
    """Read the archives that this machine uses, without those of security updates and of other makers."""
    found: list[Source] = []
    for path in sorted(Path("/etc/apt").glob("sources.list.d/*.sources")):
        for block in path.read_text("utf-8").split("\n\n"):
            fields = dict(re.findall(r"^([\w-]+):\s*(.*)$", block, re.MULTILINE))
            if "main" in fields.get("Components", "").split():
                found.append(Source(fields.get("URIs", "").split()[0], fields.get("Signed-By", "")))
    for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt").glob("sources.list.d/*.list"))]:
        if path.is_file():
            for address in re.findall(
                r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+\s+.*\bmain\b", path.read_text("utf-8"), re.M
            ):
                found.append(Source(address, ""))
    return [source for source in found if "security" not in source.address]


def source_of(release: str) -> Source | None:
    """Return where a release comes from: an archive of this machine, or one beside it; None where there is none."""
    for source in sources():
        candidates = [source.address]
        if RELEASES[release] == "ubuntu":
            candidates = [re.sub(r"/debian/?$", "/ubuntu", source.address), source.address]
        for address in candidates:
            if _has_release(address, release):
                keyring = source.keyring or f"/usr/share/keyrings/{RELEASES[release]}-archive-keyring.gpg"
                if RELEASES[release] == "ubuntu":
                    keyring = "/usr/share/keyrings/ubuntu-archive-keyring.gpg"
                return Source(address.rstrip("/"), keyring)
    return None


def _has_release(address: str, release: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address.rstrip('/')}/dists/{release}/InRelease", timeout=20) as answer:
            return bool(answer.status == 200 and answer.read(5) == b"-----")
    except (urllib.error.URLError, OSError, ValueError):
        return False


def cache_folder() -> Path:
    """Where finished systems are kept for the next test."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "nextword-build" / "roots"


class Root:
    """A system in a folder. Commands run in it see it as the whole machine; mounts end with the command."""

    def __init__(self, folder: Path, release: str) -> None:
        self.folder = folder
        self.release = release

    @classmethod
    def make(cls, release: str, folder: Path) -> Root:
        """Unpack a clean system with an ordinary user, made first if this machine has none. Raises NoSystem."""
        archive = cache_folder() / f"{release}.tar.zst"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            root = cls._make(release, folder, archive)
            root._add_user()
        except PartFailed as failed:
            raise NoSystem(str(failed)) from failed
        return root

    @classmethod
    def _make(cls, release: str, folder: Path, archive: Path) -> Root:
        if archive.is_file():
            run("tar", "--zstd", "--extract", "--numeric-owner", "--file", archive, "--directory", folder)
            return cls(folder, release)
        source = source_of(release)
        if source is None:
            raise PartFailed(f"no archive that this machine knows has {release}")
        command: list[str | Path] = ["debootstrap", "--variant=minbase", "--include=ca-certificates"]
        if Path(source.keyring).is_file():
            command.append(f"--keyring={source.keyring}")
        else:
            print(f"{release}: {source.keyring} is not on this machine; the archive's signature is not checked")
            command.append("--no-check-gpg")
        command += [release, folder, source.address]
        if not (SCRIPTS / release).exists():  # a release that this debootstrap is older than
            command.append(SCRIPTS / ("gutsy" if RELEASES[release] == "ubuntu" else "sid"))
        run(*command, wait_seconds=1800)
        root = cls(folder, release)
        root.add_archives(source)
        root.shell("apt-get update -q && apt-get -q -y dist-upgrade && apt-get clean", wait_seconds=1200)
        archive.parent.mkdir(parents=True, exist_ok=True)
        part = archive.with_suffix(".part")
        run("tar", "--zstd", "--create", "--numeric-owner", "--one-file-system", "--file", part, "-C", folder, ".")
        part.replace(archive)
        return root

    def add_archives(self, source: Source) -> None:
        """Let apt in the system use the archive that it was made from, with its updates where there are some."""
        rows = [f"deb {source.address} {self.release} main" + (" universe" if "ubuntu" in source.address else "")]
        if _has_release(source.address, f"{self.release}-updates"):
            rows.append(rows[0].replace(f" {self.release} ", f" {self.release}-updates "))
        (self.folder / "etc/apt/sources.list").write_text("\n".join(rows) + "\n")

    def _add_user(self) -> None:
        self.shell(f"useradd --uid {USER_ID} --create-home --home-dir '{HOME}' --shell /bin/sh {USER}")

    @property
    def home(self) -> Path:
        """The user's home folder, as this machine sees it."""
        return self.folder / HOME.removeprefix("/")

    def shell(self, script: str, *, wait_seconds: float = 900) -> str:
        """Run a script as root with the network of this machine; for installing."""
        command = self._inside(["sh", "-ec", script], network=True, user=False, environment={})
        return run(*command, wait_seconds=wait_seconds).stdout

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        folder: str = HOME,
        log: Path | None = None,
        watched_by: Sequence[str] = (),
    ) -> subprocess.Popen[bytes]:
        """Start a command as the user, without a network. watched_by: a program of this machine that looks on."""
        output = subprocess.PIPE if log is None else log.open("wb")
        inside = self._inside(["env", "-C", folder, *command], network=False, user=True, environment=environment or {})
        return subprocess.Popen(
            [*watched_by, *inside],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE if log is None else subprocess.STDOUT,
        )

    def run(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None, *, wait_seconds: float = 600
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as the user, without a network, to its end."""
        process = self.start(command, environment)
        try:
            output, errors = process.communicate(timeout=wait_seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise PartFailed(f"{' '.join(command)} took longer than {wait_seconds:g} s") from error
        return subprocess.CompletedProcess(list(command), process.returncode, output, errors)

    def _inside(self, command: list[str], *, network: bool, user: bool, environment: Mapping[str, str]) -> list[str]:
        variables = {"PATH": PLAIN_PATH, "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        variables["HOME"] = HOME if user else "/root"
        variables |= environment
        mounts = (
            'root=$1; shift; mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; '
            'mount --bind /sys "$root/sys"; '
            'if [ -d /tmp/.X11-unix ]; then mkdir -p "$root/tmp/.X11-unix"; '
            'mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"; fi; '
        )
        if network:
            mounts += 'if [ -e /etc/resolv.conf ]; then cat /etc/resolv.conf > "$root/etc/resolv.conf"; fi; '
        spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
        entered = ["chroot", *([f"--userspec={USER_ID}:{USER_ID}"] if user else []), str(self.folder)]
        pairs = [f"{name}={value}" for name, value in variables.items()]
        return [
            *spaces,
            "sh",
            "-ec",
            mounts + 'exec "$@"',
            "sh",
            str(self.folder),
            *entered,
            "env",
            "-i",
            *pairs,
            *command,
        ]

    def processes(self, program: str) -> list[int]:
        """Return the processes that run a file of this system, by the path that it has inside."""
        found = []
        wanted = str(self.folder / program.removeprefix("/"))
        for path in Path("/proc").glob("[0-9]*/exe"):
            try:
                if os.readlink(path) in (wanted, program) and os.readlink(path.parent / "root") == str(self.folder):
                    found.append(int(path.parent.name))
            except OSError:  # it ended meanwhile
                continue
        return sorted(found)

    def mapped_files(self, pid: int) -> set[str]:
        """Return the files that a process has in memory, by their paths inside."""
        found = set()
        for line in Path(f"/proc/{pid}/maps").read_text("utf-8", "replace").splitlines():
            path = line.partition("/")[1] + line.partition("/")[2]
            if path:
                found.add("/" + path.removeprefix(str(self.folder)).lstrip("/"))
        return found

    def files(self) -> set[str]:
        """List all files of the system, apart from what any installation leaves: lists, logs, caches."""
        left_out = ("proc", "sys", "dev", "tmp", "run", "home", "var/lib/apt", "var/lib/dpkg", "var/cache", "var/log")
        found = set()
        for folder, folders, names in os.walk(self.folder):
            inside = Path(folder).relative_to(self.folder)
            folders[:] = [name for name in folders if str(inside / name) not in left_out]
            found |= {str(inside / name) for name in [*names, *folders]}
        return found
