"""Every setting: name, type, default, range; checked when set, loaded and saved as JSON.

A setting is declared once, as a field below; nothing else holds a default. The file keeps keys that this version
does not know, so that an older program does not lose what a newer one wrote.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, get_type_hints

from msgspec import Struct

from nextword.errors import SettingsError
from nextword.events import Event
from nextword.whole_files import write_json

Value: TypeAlias = bool | int | float | str

VERSION = 1


class Rule(Struct, frozen=True):
    """What a setting takes: a closed range for numbers, a list of choices for words, a length for text.

    words: the text is a list of some of these, each once, with commas between them.
    """

    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    longest: int = 100_000
    words: tuple[str, ...] = ()

    def allowed(self) -> str:
        """Return the range or the choices as text, for an error."""
        if self.choices:
            return ", ".join(self.choices)
        if self.words:
            return ", ".join(self.words)
        if self.low is not None:
            return f"{self.low:g} to {self.high:g}"
        return f"at most {self.longest} characters"

    def accepts(self, value: Value) -> bool:
        """Say whether a value of the right type lies within the rule."""
        if isinstance(value, str):
            fits = not self.choices or value in self.choices
            return len(value) <= self.longest and fits and self._lists(value) and _is_whole(value)
        if isinstance(value, bool) or self.low is None or self.high is None:
            return True
        return self.low <= value <= self.high  # False for NaN

    def _lists(self, text: str) -> bool:
        listed = listed_in(text)
        return not self.words or (set(listed) <= set(self.words) and len(listed) == len(set(listed)))


def listed_in(text: str) -> tuple[str, ...]:
    """Return the words of a list with commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _is_whole(text: str) -> bool:
    """Say whether `text` can be written: half a character (a lone surrogate) cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"rule": Rule(low, high)})


def _choice(default: str, *choices: str) -> Any:
    return field(default=default, metadata={"rule": Rule(choices=choices)})


def _text(default: str, longest: int = 100_000) -> Any:
    return field(default=default, metadata={"rule": Rule(longest=longest)})


def _list(default: str) -> Any:
    return field(default=default, metadata={"rule": Rule(words=listed_in(default))})


def _switch(default: bool) -> Any:
    return field(default=default, metadata={"rule": Rule()})


STAGES = "logit_bias, grammar, penalties, dry, top_n_sigma, top_k, typical, top_p, min_p, xtc, temperature"
"""The stages of the sampler in the order of llama.cpp's own programs."""


@dataclass(frozen=True)
class SamplingSettings:
    """How the next token is drawn, and what ends an answer.

    top_k 0, top_p 1, min_p 0, typical_p 1, top_n_sigma 0, xtc_probability 0, repeat_penalty 1, presence_penalty 0,
    frequency_penalty 0, dry_multiplier 0, dynamic_range 0, mirostat 0 switch a stage off. penalty_tokens and
    dry_tokens: how far back they look, -1: the whole context. dry_breakers and stop_texts: one a line, where \\n stands
    for a line break. grammar: GBNF; json_schema: JSON. strict: read every prompt anew, so that a seed gives the same
    bits. max_seconds 0, loop_tokens 0: no such limit.
    """

    temperature: float = _number(0.7, 0.0, 5.0)
    top_k: int = _number(40, 0, 1_000_000)
    top_p: float = _number(0.95, 0.0, 1.0)
    min_p: float = _number(0.05, 0.0, 1.0)
    repeat_penalty: float = _number(1.0, 0.5, 2.0)
    max_tokens: int = _number(2048, 1, 1_000_000)
    seed: int = _number(-1, -1, 2**32 - 1)  # -1: a new seed for every answer
    typical_p: float = _number(1.0, 0.0, 1.0)
    top_n_sigma: float = _number(0.0, 0.0, 10.0)
    xtc_probability: float = _number(0.0, 0.0, 1.0)
    xtc_threshold: float = _number(0.1, 0.0, 1.0)
    dynamic_range: float = _number(0.0, 0.0, 5.0)
    dynamic_exponent: float = _number(1.0, 0.01, 10.0)
    presence_penalty: float = _number(0.0, -2.0, 2.0)
    frequency_penalty: float = _number(0.0, -2.0, 2.0)
    penalty_tokens: int = _number(64, -1, 1_048_576)
    dry_multiplier: float = _number(0.0, 0.0, 10.0)
    dry_base: float = _number(1.75, 1.0, 10.0)
    dry_allowed_length: int = _number(2, 1, 1000)
    dry_tokens: int = _number(-1, -1, 1_048_576)
    dry_breakers: str = _text('\\n\n:\n"\n*', 1000)
    mirostat: int = _number(0, 0, 2)
    mirostat_tau: float = _number(5.0, 0.0, 20.0)
    mirostat_eta: float = _number(0.1, 0.0, 1.0)
    stages: str = _list(STAGES)
    grammar: str = _text("")
    json_schema: str = _text("")
    stop_texts: str = _text("", 10_000)
    max_seconds: float = _number(0.0, 0.0, 86_400.0)
    loop_tokens: int = _number(300, 0, 100_000)
    strict: bool = _switch(False)


@dataclass(frozen=True)
class ChatSettings:
    """system_prompt "" sends none. tint: by which of their numbers words are coloured. uncertain_bits: a word is
    uncertain where the entropy was higher than this."""

    system_prompt: str = _text("")
    tint: str = _choice("off", "off", "surprisal", "entropy", "rank")
    uncertain_bits: float = _number(2.0, 0.0, 20.0)
    alternatives: int = _number(20, 1, 64)  # kept with every token


@dataclass(frozen=True)
class WriteSettings:
    """tint: by which of their numbers the words of a document are coloured. authors: mark what a model wrote.
    spaces: show spaces and line ends."""

    tint: str = _choice("surprisal", "off", "surprisal", "entropy", "rank")
    authors: bool = _switch(True)
    spaces: bool = _switch(False)


@dataclass(frozen=True)
class AppearanceSettings:
    """text_percent scales all type."""

    theme: str = _choice("system", "system", "light", "dark")
    text_percent: int = _number(100, 80, 200)


@dataclass(frozen=True)
class EngineSettings:
    """threads 0: as many as the machine has cores. context_tokens 0: what the model was trained with, at most
    4,096. model: path of the file to load, "" for the starter. keep_place: write what the model has read of the last
    conversation to a file when it is closed, so that it need not read it again."""

    threads: int = _number(0, 0, 256)
    context_tokens: int = _number(0, 0, 1_048_576)
    model: str = _text("", 4096)
    keep_place: bool = _switch(True)


@dataclass(frozen=True)
class NetworkSettings:
    """offline: nothing leaves this machine. endpoint: address of the hub or a mirror. proxy "": the system's own;
    its password lies in the key ring.
    ca_file: certificates in PEM form that are trusted beside the system's. speed_kb: of all downloads together, in
    thousand bytes a second, 0 for no limit."""

    offline: bool = _switch(False)
    endpoint: str = _text("https://huggingface.co", 500)
    proxy: str = _text("", 500)
    ca_file: str = _text("", 4096)
    connections: int = _number(4, 1, 4)
    speed_kb: int = _number(0, 0, 10_000_000)


@dataclass(frozen=True)
class Settings:
    """All settings, one group per field; never changed, only replaced."""

    sampling: SamplingSettings = SamplingSettings()
    chat: ChatSettings = ChatSettings()
    write: WriteSettings = WriteSettings()
    appearance: AppearanceSettings = AppearanceSettings()
    engine: EngineSettings = EngineSettings()
    network: NetworkSettings = NetworkSettings()

    def get(self, name: str) -> Value:
        """Return the value of "group.setting". Raises SettingsError for an unknown name."""
        group, _, key = name.partition(".")
        _declaration(name)
        value: Value = getattr(getattr(self, group), key)
        return value

    def replaced(self, name: str, value: Value) -> Settings:
        """Return settings with "group.setting" set. Raises SettingsError for a name or value not allowed."""
        checked = check(name, value)
        group, _, key = name.partition(".")
        return dataclasses.replace(self, **{group: dataclasses.replace(getattr(self, group), **{key: checked})})


class Declaration(Struct, frozen=True):
    """What is declared about one setting."""

    name: str
    type: type[bool] | type[int] | type[float] | type[str]
    default: Value
    rule: Rule


def _declare() -> dict[str, Declaration]:
    found: dict[str, Declaration] = {}
    for group, group_type in get_type_hints(Settings).items():
        types = get_type_hints(group_type)
        for entry in dataclasses.fields(group_type):
            name = f"{group}.{entry.name}"
            found[name] = Declaration(name, types[entry.name], entry.default, entry.metadata["rule"])  # type: ignore[arg-type]
    return found


DECLARATIONS: Mapping[str, Declaration] = _declare()


def _declaration(name: str) -> Declaration:
    try:
        return DECLARATIONS[name]
    except KeyError as error:
        raise SettingsError(name=name, value="", allowed="a known name") from error


def check(name: str, value: object) -> Value:
    """Return `value` as the declared type. Raises SettingsError when the type or the range does not fit."""
    declared = _declaration(name)
    if declared.type is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not declared.type or not declared.rule.accepts(value):
        raise SettingsError(name=name, value=repr(value)[:200], allowed=declared.rule.allowed())
    return value


class SettingsChange(Struct, frozen=True):
    """The settings before and after; listeners compare the group they use."""

    old: Settings
    new: Settings


class SettingsFile:
    """The settings of a profile and the file they live in.

    problems: what the file held that could not be used, replaced by defaults; empty after a clean load.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changed: Event[SettingsChange] = Event()
        self.problems: list[SettingsError] = []
        self._unknown: dict[str, Any] = {}
        self.value = self._load()

    def set(self, name: str, value: Value) -> None:
        """Change one setting, save, and tell. Raises SettingsError (nothing is changed) or OSError (the change
        holds for this run but was not saved)."""
        old, new = self.value, self.value.replaced(name, value)
        if new == old:
            return
        self.value = new
        try:
            self._save()
        finally:
            self.changed.emit(SettingsChange(old, new))

    def overwrite_previous(self) -> None:
        """Let the file before hold what this one holds: a secret stood in it. Raises OSError."""
        self._save()

    def _load(self) -> Settings:
        for path in (self.path, self._previous):
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
            except FileNotFoundError:
                continue
            except (OSError, ValueError, RecursionError) as error:
                self.problems.append(SettingsError(name=path.name, value=str(error)[:200], allowed="JSON"))
                continue
            if isinstance(content, dict):
                return self._read(content)
            self.problems.append(SettingsError(name=path.name, value=type(content).__name__, allowed="JSON object"))
        return Settings()

    def _read(self, content: dict[str, Any]) -> Settings:
        settings = Settings()
        for name, value in content.items():
            if name not in DECLARATIONS:
                self._unknown[name] = value
                continue
            try:
                settings = settings.replaced(name, value)
            except SettingsError as error:
                self.problems.append(error)
        return settings

    @property
    def _previous(self) -> Path:
        return self.path.with_suffix(".previous.json")

    def _save(self) -> None:
        content: dict[str, Any] = {**self._unknown, "version": VERSION}
        for name, declared in DECLARATIONS.items():
            value = self.value.get(name)
            if value != declared.default:  # a better default of a later version reaches those who never chose
                content[name] = value
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self.path, content, previous=self._previous)
