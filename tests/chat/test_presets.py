"""Presets: what they set, what they leave, and their files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from nextword.chat.preferences import Preferences
from nextword.chat.presets import PresetFile, built_in, is_as_in, read_preset, values_of, with_preset, write_preset
from nextword.errors import PresetNotReadable
from nextword.settings import SamplingSettings

OWN = Preferences("Be brief.", SamplingSettings(temperature=0.3, top_k=9, seed=5, stop_texts="END"))


def test_a_preset_sets_the_sampling_and_leaves_the_seed() -> None:
    values = values_of(OWN)
    assert values == {"sampling": {"temperature": 0.3, "top_k": 9, "stop_texts": "END"}, "system_prompt": "Be brief."}
    other = Preferences("Be long.", SamplingSettings(min_p=0.5, seed=77), context_policy="keep_ends")
    chosen = with_preset("Mine", values, other)
    assert chosen.sampling == SamplingSettings(temperature=0.3, top_k=9, stop_texts="END", seed=77)
    assert (chosen.system_prompt, chosen.context_policy, chosen.preset) == ("Be brief.", "keep_ends", "Mine")
    assert with_preset("Mine", values_of(OWN, with_prompt=False), other).system_prompt == "Be long."


def test_a_change_after_a_preset_was_chosen_shows() -> None:
    values = values_of(OWN)
    chosen = with_preset("Mine", values, Preferences())
    assert is_as_in(values, chosen)
    assert not is_as_in(values, replace(chosen, system_prompt="Else."))
    assert not is_as_in({"sampling": {"no such": 1}}, chosen)


def test_the_presets_of_the_program_are_what_they_are_called() -> None:
    presets = {preset.name: preset for preset in built_in()}
    assert list(presets) == ["Exact", "Balanced", "Inventive", "Pure"]
    assert all(preset.description for preset in presets.values())
    chosen = {name: with_preset(name, preset.values, OWN).sampling for name, preset in presets.items()}
    assert chosen["Exact"].temperature == 0
    assert chosen["Balanced"] == SamplingSettings(seed=5)
    assert chosen["Inventive"].temperature > 1
    pure = chosen["Pure"]
    assert (pure.temperature, pure.top_k, pure.top_p, pure.min_p, pure.repeat_penalty) == (1.0, 0, 1.0, 0.0, 1.0)
    assert all("system_prompt" not in preset.values for preset in presets.values())


def test_a_preset_survives_its_file(tmp_path: Path) -> None:
    preset = PresetFile("Mein Preset 日本", values_of(OWN), "What it is for.")
    path = tmp_path / "preset.json"
    write_preset(path, preset)
    assert read_preset(path) == preset
    assert [entry.name for entry in tmp_path.iterdir()] == ["preset.json"]


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / "preset.json"
    folder.mkdir()
    with pytest.raises(OSError, match="preset.json"):
        write_preset(folder, PresetFile("Mine", {}))
    assert [entry.name for entry in tmp_path.iterdir()] == ["preset.json"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not_preset"),
        ("{", "not_preset"),
        ("[" * 100_000, "not_preset"),
        ("[]", "not_preset"),
        ('{"format": "nextword-preset"}', "not_preset"),
        ('{"format": "nextword-preset", "version": "1", "values": {}}', "not_preset"),
        ('{"format": "nextword-preset", "version": 2, "values": {}}', "newer_format"),
        ('{"format": "nextword-preset", "version": 1, "values": {"sampling": {"temperature": 99}}}', "bad_value"),
        ('{"format": "nextword-preset", "version": 1, "values": {"sampling": {"import": "os"}}}', "bad_value"),
        ('{"format": "nextword-preset", "version": 1, "values": {"sampling": []}}', "bad_value"),
        ('{"format": "nextword-preset", "version": 1, "values": {"system_prompt": 3}}', "bad_value"),
        (json.dumps("x" * 2_000_000), "too_large"),
    ],
)
def test_a_file_that_is_no_preset_says_why(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "preset.json"
    path.write_text(content)
    with pytest.raises(PresetNotReadable) as caught:
        read_preset(path)
    assert caught.value.reason == reason


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(PresetNotReadable) as caught:
        read_preset(tmp_path / "preset.json")
    assert caught.value.reason == "missing"
