"""Where settings, models, history and logs of one profile live."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Profile:
    """The folders of one profile; everything a person makes is below `root`, everything that can be made
    again is below `cache`."""

    root: Path
    cache: Path

    @property
    def history(self) -> Path:
        return self.root / "history.db"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def settings(self) -> Path:
        return self.root / "settings.json"

    @property
    def library(self) -> Path:
        return self.root / "library.json"

    @property
    def window(self) -> Path:
        """Geometry and splitters, written by Qt."""
        return self.root / "window.ini"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def lock(self) -> Path:
        return self.root / "instance.lock"

    def create(self) -> None:
        """Make the folders, readable by their owner alone. Raises OSError when they cannot be made."""
        for folder in (self.root, self.cache, self.models, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def find_profile(override: Path | None = None) -> Profile:
    """Return the profile to use: --profile, then NEXTWORD_PROFILE, then `portable.txt` beside the program,
    then the folder the system has for such data. A profile given by hand holds its own cache."""
    if override is None and (named := os.environ.get("NEXTWORD_PROFILE")):
        override = Path(named)
    if override is None and (portable := _portable_folder()) is not None:
        override = portable
    if override is not None:
        root = override.expanduser().absolute()
        return Profile(root=root, cache=root / "cache")
    import platformdirs  # here: a profile given by hand does without

    dirs = platformdirs.PlatformDirs("nextword", appauthor=False)
    return Profile(root=Path(dirs.user_data_dir), cache=Path(dirs.user_cache_dir))


def _portable_folder() -> Path | None:
    program = Path(sys.executable).parent
    marker = program / "portable.txt"
    return program / "profile" if marker.is_file() and getattr(sys, "frozen", False) else None
