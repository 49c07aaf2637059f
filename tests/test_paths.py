from __future__ import annotations

import stat
from pathlib import Path

import pytest

from nextword.paths import find_profile


def test_a_profile_given_by_hand_holds_everything_below_it(tmp_path: Path) -> None:
    profile = find_profile(tmp_path / "my profile 🦊")
    profile.create()
    for path in (profile.history, profile.settings, profile.models, profile.logs, profile.cache, profile.lock):
        assert path.is_relative_to(tmp_path / "my profile 🦊")


def test_the_folders_are_closed_to_other_users(tmp_path: Path) -> None:
    profile = find_profile(tmp_path / "p")
    profile.create()
    assert stat.S_IMODE(profile.root.stat().st_mode) == 0o700


def test_the_environment_names_a_profile_and_the_argument_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTWORD_PROFILE", str(tmp_path / "a"))
    assert find_profile().root == tmp_path / "a"
    assert find_profile(tmp_path / "b").root == tmp_path / "b"
