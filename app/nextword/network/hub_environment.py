"""What huggingface_hub is told before it is imported; it reads these names of the environment once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_SWITCHES = ("TELEMETRY", "UPDATE_CHECK", "IMPLICIT_TOKEN", "XET", "PROGRESS_BARS", "SHARED_BLOBS")


@contextlib.contextmanager
def environment(home: Path) -> Iterator[None]:
    """Import the library inside the block. home: a folder that it may use."""
    for name in _SWITCHES:
        os.environ[f"HF_HUB_DISABLE_{name}"] = "1"
    os.environ.pop("HF_DEBUG", None)  # writes every request to the log
    before = os.environ.get("HF_HOME")
    os.environ["HF_HOME"] = str(home)
    try:
        yield
    finally:
        if before is None:
            del os.environ["HF_HOME"]
        else:
            os.environ["HF_HOME"] = before  # it also says where other programs keep their models
