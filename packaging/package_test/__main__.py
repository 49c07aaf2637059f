"""`python -m package_test` in the folder packaging/: says for each part whether it holds, and keeps the figures.

Exit status: 0 when all that was run holds, 1 when something does not or a figure falls short, 3 when this machine does
not allow the test or one of the systems could not be made.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bundle.places import DIST, TREE, PackagingStopped
from package_test import figures, old_processors, parts, roots
from package_test.parts import Facts
from package_test.roots import RELEASES, Root
from package_test.tools import NoSystem, PartFailed, reasons_against

PARTS = (
    "package",
    "install",
    "self-test",
    "window",
    "linker",
    "quiet",
    "planted",
    "start",
    "old-processors",
    "upgrade",
    "removal",
)
ONCE = ("package", "start", "old-processors", "upgrade")
"""What is the same in every system and is tried in the first alone."""


def main() -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="package_test", description=__doc__)
    parser.add_argument("--deb", type=Path, help="the package; without it that of this commit, made now")
    parser.add_argument("--release", action="append", choices=RELEASES, help="default: bookworm and noble")
    parser.add_argument("--only", action="append", choices=PARTS, help="run these parts (install always is)")
    parser.add_argument("--skip", action="append", default=[], choices=PARTS, help="leave these parts out")
    parser.add_argument("--into", type=Path, default=Path("/tmp/nextword-roots"), help="where the systems are unpacked")
    parser.add_argument("--again", action="store_true", help="go on with the systems that an earlier test left")
    parser.add_argument("--can-run", action="store_true", help="only say whether this machine allows the test")
    parser.add_argument("--where-possible", action="store_true", help="0 in place of 3")
    parser.add_argument("--figures-are-told", action="store_true", help="one that falls short fails nothing")
    options = parser.parse_args()
    not_run = 0 if options.where_possible else 3
    reasons = reasons_against()
    if options.can_run and not reasons:
        return 0
    if reasons:
        print(f"The test of the package was not run: {'; '.join(reasons)}.")
        return not_run
    try:
        deb = options.deb or _deb()
    except PackagingStopped as stopped:
        print(stopped, file=sys.stderr)
        return 1
    chosen = [name for name in PARTS if name not in options.skip and (not options.only or name in options.only)]
    results, not_made = run_all(
        options.release or ["bookworm", "noble"], chosen, deb.resolve(), options.into, again=options.again
    )
    DIST.mkdir(exist_ok=True)
    report = DIST / "package-test.json"
    report.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    failed = [name for name, result in results.items() if not result["holds"]]
    short = [name for name, result in results.items() if result["holds"] and result["why"]]
    print(f"{len(results) - len(failed)} of {len(results)} parts hold; figures: {report}")
    if short:
        print(f"short of their figures: {', '.join(short)}")
    if failed or (short and not options.figures_are_told):
        return 1
    return not_run if not_made or not results else 0


def _deb() -> Path:
    """Return the package of the commit that is checked out; one that is in dist/ may be of another."""
    from bundle.__main__ import make

    return make("deb", as_is=False)


def run_all(
    releases: list[str], chosen: list[str], deb: Path, folder: Path, *, again: bool
) -> tuple[dict[str, dict[str, object]], list[str]]:
    """Return what came of each part, and the systems that could not be made."""
    results: dict[str, dict[str, object]] = {}
    not_made: list[str] = []
    for release in releases:
        if roots.source_of(release) is None and not (roots.cache_folder() / f"{release}.tar.zst").is_file():
            print(f"{release}: not tried, no archive that this machine knows has it")
            continue
        began = time.monotonic()
        try:
            root = Root(folder / release, release)
            if not (again and root.home.is_dir()):
                root = Root.make(release, folder / release)
                chosen = [*chosen, "install"]
        except NoSystem as failed:
            print(f"{release}: not tried, a clean system could not be made: {failed}")
            not_made.append(release)
            continue
        tried_before = bool(results)
        print(f"{release}: a clean system is there ({time.monotonic() - began:.0f} s)", flush=True)
        for name in PARTS:
            if name not in chosen or (tried_before and name in ONCE):
                continue
            results[f"{release} {name}"] = _run_one(f"{release} {name}", _part(name, root, deb))
            if name == "install" and not results[f"{release} install"]["holds"]:
                break
    return results, not_made


def _part(name: str, root: Root, deb: Path) -> Callable[[], Facts]:
    pictures = DIST / "pictures"
    return {
        "package": lambda: parts.package(deb),
        "install": lambda: parts.install(root, deb),
        "self-test": lambda: parts.self_test(root),
        "window": lambda: parts.window(root, pictures),
        "linker": lambda: parts.linker(root),
        "quiet": lambda: parts.quiet(root),
        "planted": lambda: parts.planted(root),
        "start": lambda: figures.start(root),
        "old-processors": lambda: old_processors.old_processors(root),
        "upgrade": lambda: parts.upgrade(root, deb, TREE),
        "removal": lambda: parts.removal(root, deb),
    }[name]


def _run_one(name: str, part: Callable[[], Facts]) -> dict[str, object]:
    began = time.monotonic()
    try:
        facts = part()
        holds, why = (
            True,
            "" if facts.pop("met", True) else "falls short of its figure: other work here, or a slow disk",
        )
    except (PartFailed, PackagingStopped) as failed:
        facts, holds, why = {}, False, str(failed)
    seconds = round(time.monotonic() - began, 1)
    judged = "FAILS" if not holds else "short" if why else "holds"
    print(
        f"{judged}  {name} ({seconds} s) {json.dumps(facts, ensure_ascii=False)[:600]} {why}",
        flush=True,
    )
    return {"holds": holds, "why": why, "seconds": seconds, **facts}


if __name__ == "__main__":
    sys.exit(main())
