"""Presets: sampling, and a system prompt if wanted, under a name; those that come with the program, and files.

The history keeps a person's own ones (history/library.py); their values are what is handled here.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from nextword.chat.preferences import Preferences, sampling_changes
from nextword.errors import PresetNotReadable, SettingsError
from nextword.history.trees import SYSTEM_PROMPT
from nextword.resources import PRESETS
from nextword.settings import SamplingSettings, check
from nextword.whole_files import write_json

FORMAT = "nextword-preset"
VERSION = 1
LONGEST_BYTES = 1 << 20
_NAME_CHARACTERS = 80


class PresetFile(Struct, frozen=True):
    """A preset as it stands in a file. values: "sampling": what differs from the defaults of the program, and
    "system_prompt" where the preset has one. description: one sentence, "" for none."""

    name: str
    values: dict[str, Any]
    description: str = ""


def values_of(preferences: Preferences, *, with_prompt: bool = True) -> dict[str, Any]:
    """Return what a preset of these preferences holds; a seed is no part of it."""
    own = dataclasses.replace(preferences.sampling, seed=SamplingSettings().seed)
    values: dict[str, Any] = {"sampling": sampling_changes(own, SamplingSettings())}
    return values | ({SYSTEM_PROMPT: preferences.system_prompt} if with_prompt else {})


def with_preset(name: str, values: Mapping[str, Any], preferences: Preferences) -> Preferences:
    """Return preferences as the preset has them; what it says nothing of is the default of the program. The seed
    stays, and the system prompt where the preset has none. Raises SettingsError."""
    checked = _checked(values)
    sampling = dataclasses.replace(SamplingSettings(), **{"seed": preferences.sampling.seed, **checked["sampling"]})
    prompt = checked.get(SYSTEM_PROMPT, preferences.system_prompt)
    return replace(preferences, sampling=sampling, system_prompt=prompt, preset=name)


def is_as_in(values: Mapping[str, Any], preferences: Preferences) -> bool:
    """Say whether nothing was changed since the preset was chosen."""
    try:
        return with_preset(preferences.preset, values, preferences) == preferences
    except SettingsError:
        return False


def built_in() -> tuple[PresetFile, ...]:
    """Return the presets that come with the program, the most exact first."""
    return tuple(read_preset(path) for path in sorted(PRESETS.glob("*.json")))


def write_preset(path: Path, preset: PresetFile) -> None:
    """Write a preset to a file, which is whole or as it was before. Raises OSError."""
    content = {"format": FORMAT, "version": VERSION, "name": preset.name, "values": preset.values}
    content |= {"description": preset.description} if preset.description else {}
    write_json(path, content)


def read_preset(path: Path) -> PresetFile:
    """Return the preset in a file. Raises PresetNotReadable."""
    content = _json_of(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("values"), dict):
        raise PresetNotReadable(str(path), "not_preset")
    version = content.get("version")
    if type(version) is not int or version > VERSION:
        raise PresetNotReadable(str(path), "newer_format" if type(version) is int else "not_preset")
    try:
        values = _checked(content["values"])
    except SettingsError as error:
        raise PresetNotReadable(str(path), "bad_value", f"{error.name}: {error.value}"[:200]) from error
    name, description = content.get("name"), content.get("description")
    return PresetFile(
        " ".join(name.split())[:_NAME_CHARACTERS] if isinstance(name, str) and name.strip() else path.stem,
        values,
        description if isinstance(description, str) else "",
    )


def _json_of(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise PresetNotReadable(str(path), "missing") from error
    except PermissionError as error:
        raise PresetNotReadable(str(path), "no_permission") from error
    except OSError as error:
        raise PresetNotReadable(str(path), "unreadable", error.strerror or "") from error
    if len(data) > LONGEST_BYTES:
        raise PresetNotReadable(str(path), "too_large")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise PresetNotReadable(str(path), "not_preset") from error


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of the right types. Raises SettingsError for a name that is not known and a value not allowed."""
    sampling = values.get("sampling", {})
    if not isinstance(sampling, dict):
        raise SettingsError("sampling", repr(sampling)[:200], "JSON object")
    checked: dict[str, Any] = {"sampling": {name: check(f"sampling.{name}", value) for name, value in sampling.items()}}
    if SYSTEM_PROMPT in values:
        checked[SYSTEM_PROMPT] = cast(str, check("chat.system_prompt", values[SYSTEM_PROMPT]))
    return checked
