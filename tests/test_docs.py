"""The papers may not lie: every folder, module, command and setting they should name, they name."""

from __future__ import annotations

import re
from pathlib import Path

import nextword
from nextword import resources

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "app" / "nextword"
ARCHITECTURE = (ROOT / "app" / "ARCHITECTURE.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_architecture_names_every_folder_of_the_package() -> None:
    folders = [path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()]
    assert len(folders) >= 5
    assert [name for name in folders if f"`{name}/`" not in ARCHITECTURE and f"{name}/" not in ARCHITECTURE] == []


def test_the_architecture_names_every_module_of_engine_chat_history_and_hub() -> None:
    missing = []
    for folder in ("engine", "chat", "history", "hub"):
        for path in (PACKAGE / folder).glob("[!_]*.py"):
            stem = path.stem
            stems = {stem, stem.split("_")[0] + "_*"}
            if not any(re.search(rf"\b{re.escape(name)}(?!\w)", ARCHITECTURE) for name in stems):
                missing.append(f"{folder}/{path.name}")
    assert missing == []


def test_every_file_the_architecture_names_exists() -> None:
    named = re.findall(r"`((?:ui|chat|engine|history|hub|tests)/[\w/]+\.py)`", ARCHITECTURE)
    assert len(named) > 10
    gone = [name for name in named if not (PACKAGE / name).exists() and not (ROOT / name).exists()]
    assert gone == []


def test_the_pictures_of_the_readme_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert [name for name in pictures if not (ROOT / name).is_file()] == []


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "Unreleased" in text or nextword.__version__ in text


def test_the_starter_models_come_with_a_card_that_says_what_they_are() -> None:
    card = (resources.MODELS / "README.md").read_text(encoding="utf-8")
    for words in ("CC0", "nextword-starter-base.gguf", "nextword-starter-instruct.gguf", "tiny"):
        assert words in card
