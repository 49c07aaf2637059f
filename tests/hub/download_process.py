"""A process that downloads one file and may be killed at any time: `python -m tests.hub.download_process ...`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.fault_hub import Repo
from tests.hub.downloading import item_of, online


def main() -> int:
    """Fetch the file of `folder` from `url`, whose size and hash are told; exit status 0 when it has its name."""
    folder, url, size, sha256, name = sys.argv[1:6]
    repo = Repo("some/model", {name: b""}, stated={name: (int(size), sha256)})
    with online(Path(folder)) as line:
        error = line.fetch_from(url, item_of(repo))
    if error is not None:
        sys.stderr.write(f"{error}\n")
    return 0 if error is None else 1


if __name__ == "__main__":
    sys.exit(main())
