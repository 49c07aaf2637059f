"""What one conversation has of its own: system prompt, sampling, and what happens when the context is full.

Only what differs from the settings of the program is kept with it, so that the rest goes on following them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias, cast, get_args

from msgspec import Struct

from nextword.errors import SettingsError
from nextword.history.trees import SYSTEM_PROMPT
from nextword.settings import SamplingSettings, Settings, check

ContextPolicy: TypeAlias = Literal["ask", "drop_oldest", "keep_ends"]
"""What is done when not everything fits: ask the person; leave out the oldest; leave out the middle."""

BaseWay: TypeAlias = Literal["", "plain", "question", "few_shot"]
"""How a base model is spoken to: "" as the file says, else a text to go on with, or questions and answers."""

_SAMPLING = "sampling"


class Preferences(Struct, frozen=True):
    """How a conversation is answered. examples: questions with their answers, shown before the chat in few_shot.

    preset: the name of the one that was chosen last, "" for none.
    """

    system_prompt: str = ""
    sampling: SamplingSettings = SamplingSettings()
    alternatives: int = 20
    context_policy: ContextPolicy = "ask"
    base_way: BaseWay = ""
    examples: tuple[tuple[str, str], ...] = ()
    preset: str = ""


def preferences_of(settings: Settings, kept: Mapping[str, Any]) -> Preferences:
    """Return the preferences of a conversation with which `kept` is kept.

    kept: JSON values that another program may have written; what is not allowed is as in `settings`.
    """
    own = kept.get(_SAMPLING)
    entries = own.items() if isinstance(own, dict) else ()
    changes = {name: check(f"sampling.{name}", value) for name, value in entries if _allowed(f"sampling.{name}", value)}
    found = Preferences(
        settings.chat.system_prompt,
        dataclasses.replace(settings.sampling, **cast(dict[str, Any], changes)),
        settings.chat.alternatives,
    )
    values: dict[str, Any] = {}
    if isinstance(text := kept.get(SYSTEM_PROMPT), str) and _allowed("chat.system_prompt", text):
        values["system_prompt"] = text
    if _allowed("chat.alternatives", number := kept.get("alternatives")):
        values["alternatives"] = number
    if (policy := kept.get("context_policy")) in get_args(ContextPolicy):
        values["context_policy"] = policy
    if (way := kept.get("base_way")) in get_args(BaseWay):
        values["base_way"] = way
    if isinstance(name := kept.get("preset"), str):
        values["preset"] = name
    values["examples"] = _pairs(kept.get("examples"))
    return _replaced(found, values)


def kept_of(preferences: Preferences, settings: Settings, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is to be kept with a conversation: what differs from `settings`, and what `before` holds besides."""
    plain = preferences_of(settings, {})
    kept = {name: value for name, value in before.items() if name not in Preferences.__struct_fields__}
    for name in Preferences.__struct_fields__:
        value = getattr(preferences, name)
        if name != _SAMPLING and value != getattr(plain, name):
            kept[name] = [list(pair) for pair in value] if name == "examples" else value
    own = sampling_changes(preferences.sampling, settings.sampling)
    return kept | ({_SAMPLING: own} if own else {})


def sampling_changes(own: SamplingSettings, others: SamplingSettings) -> dict[str, Any]:
    """Return the values of `own` that `others` does not have."""
    names = [field.name for field in dataclasses.fields(SamplingSettings)]
    return {name: getattr(own, name) for name in names if getattr(own, name) != getattr(others, name)}


def _replaced(preferences: Preferences, values: Mapping[str, Any]) -> Preferences:
    fields = {name: getattr(preferences, name) for name in Preferences.__struct_fields__}
    return Preferences(**(fields | dict(values)))


def _allowed(name: str, value: Any) -> bool:
    try:
        check(name, value)
    except SettingsError:
        return False
    return True


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    """Return pairs of texts; whatever is none is left out."""
    listed = value if isinstance(value, list | tuple) else ()
    return tuple(
        cast(tuple[str, str], tuple(pair))
        for pair in listed
        if isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
    )
