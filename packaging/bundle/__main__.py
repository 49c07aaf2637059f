"""`python -m bundle WHAT` in the folder packaging/: makes the folder with the program or a package of it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from bundle.places import TREE, PackagingStopped


def make(what: str, *, as_is: bool) -> Path:
    """Make one thing; return the file or folder. as_is: of the folder that is there, whatever it was made from."""
    from bundle.build import build, is_current

    if what == "bundle":
        return build()
    if what == "compare":
        from bundle.compare import build_twice

        return build_twice()
    tree = TREE if TREE.is_dir() and (as_is or is_current(TREE)) else build()
    if what == "deb":
        from bundle.debian import make_deb

        return make_deb(tree)
    if what == "portable":
        from bundle.portable import make_portable

        return make_portable(tree)
    from bundle.appimage import make_appimage

    return make_appimage(tree)


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="bundle", description=__doc__)
    parser.add_argument("what", choices=("bundle", "deb", "portable", "appimage", "compare"))
    parser.add_argument("--as-is", action="store_true", help="pack the folder that is there, without a new build")
    began = time.monotonic()
    options = parser.parse_args()
    try:
        made = make(options.what, as_is=options.as_is)
    except PackagingStopped as stopped:
        print(f"\n{stopped}", file=sys.stderr)
        return 1
    from bundle.build import size_bytes

    size = made.stat().st_size if made.is_file() else size_bytes(made)
    print(f"{made}: {size / 1e6:.1f} MB, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
