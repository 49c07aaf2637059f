from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextword.errors import SettingsError
from nextword.settings import DECLARATIONS, Settings, SettingsChange, SettingsFile, check


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def test_a_setting_survives_a_restart(file: Path) -> None:
    SettingsFile(file).set("sampling.temperature", 1.25)
    assert SettingsFile(file).value.sampling.temperature == 1.25


def test_listeners_get_the_settings_before_and_after(file: Path) -> None:
    settings = SettingsFile(file)
    heard: list[SettingsChange] = []
    settings.changed.connect(heard.append)
    settings.set("appearance.theme", "dark")
    settings.set("appearance.theme", "dark")
    assert [(c.old.appearance.theme, c.new.appearance.theme) for c in heard] == [("system", "dark")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sampling.temperature", 5.1),
        ("sampling.temperature", math.nan),
        ("sampling.temperature", "0.7"),
        ("sampling.top_k", 1.5),
        ("sampling.top_k", True),
        ("appearance.theme", "pink"),
        ("engine.model", "x" * 5000),
        ("no.such", 1),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_changes(file: Path, name: str, value: object) -> None:
    settings = SettingsFile(file)
    with pytest.raises(SettingsError):
        settings.set(name, value)  # type: ignore[arg-type]
    assert settings.value == Settings()
    assert not file.exists()


def test_every_default_passes_its_own_check() -> None:
    for name, declared in DECLARATIONS.items():
        assert check(name, declared.default) == declared.default


def test_keys_of_a_later_version_are_kept(file: Path) -> None:
    file.write_text(json.dumps({"later.thing": [1, 2], "sampling.top_k": 7}))
    settings = SettingsFile(file)
    settings.set("sampling.top_p", 0.5)
    assert json.loads(file.read_text()) == {
        "later.thing": [1, 2],
        "sampling.top_k": 7,
        "sampling.top_p": 0.5,
        "version": 1,
    }
    assert not settings.problems


def test_a_bad_value_in_the_file_becomes_the_default_and_is_told(file: Path) -> None:
    file.write_text(json.dumps({"sampling.top_k": -4, "sampling.min_p": 0.1}))
    settings = SettingsFile(file)
    assert settings.value.sampling.top_k == Settings().sampling.top_k
    assert settings.value.sampling.min_p == 0.1
    assert [problem.name for problem in settings.problems] == ["sampling.top_k"]


def test_a_file_cut_short_gives_way_to_the_generation_before(file: Path) -> None:
    settings = SettingsFile(file)
    settings.set("sampling.top_k", 11)
    settings.set("sampling.top_k", 12)
    file.write_text(file.read_text()[:10])
    again = SettingsFile(file)
    assert again.value.sampling.top_k == 11
    assert again.problems


def test_five_hundred_mutated_files_never_raise_and_keep_every_value_in_range(file: Path) -> None:
    settings = SettingsFile(file)
    settings.set("sampling.top_k", 12)
    settings.set("chat.system_prompt", "Be brief.")
    whole = file.read_bytes()
    rng = random.Random(5)
    for _ in range(500):
        mutated = bytearray(whole)
        for _ in range(rng.randint(1, 6)):
            mutated[rng.randrange(len(mutated))] = rng.randrange(256)
        file.write_bytes(bytes(mutated))
        value = SettingsFile(file).value
        for name in DECLARATIONS:
            check(name, value.get(name))


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_only_temperatures_in_range_are_taken(value: float) -> None:
    if 0.0 <= value <= 5.0:
        assert check("sampling.temperature", value) == value
    else:
        with pytest.raises(SettingsError):
            check("sampling.temperature", value)
