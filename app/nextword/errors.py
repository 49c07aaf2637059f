"""Everything that can go wrong, as one tree of exceptions that carry data and no sentences.

The wording for people is in ui/explain.py alone. An error crosses the pipe from the engine as its class name
and its fields (`to_wire`, `from_wire`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from nextword.late_dataclass import fields_of, late_dataclass

Wire: TypeAlias = dict[str, str | int | float | bool | None | list[str]]


class NextwordError(Exception):
    """The root; every subclass is a dataclass whose fields say what happened."""

    def __str__(self) -> str:
        values = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields_of(type(self)))
        return f"{type(self).__name__}({values})"

    __repr__ = __str__

    def to_wire(self) -> Wire:
        """Return the fields as plain values for the pipe and the log."""
        result: Wire = {}
        for field in fields_of(type(self)):
            value = getattr(self, field.name)
            result[field.name] = list(value) if isinstance(value, tuple) else value
        return result


class OfAFile:
    """Errors that name a file have its name for people."""

    path: str

    @property
    def file_name(self) -> str:
        return Path(self.path).name


# --- settings and start -------------------------------------------------------------------------------------


@late_dataclass
class SettingsError(NextwordError):
    """A value that a setting does not take. `allowed` is the range or the choices, as text."""

    name: str
    value: str
    allowed: str


@late_dataclass
class ProfileNotUsable(NextwordError):
    """The profile folder cannot be made, read or written."""

    path: str
    detail: str


@late_dataclass
class ProfileInUse(NextwordError):
    """Another Nextword holds the profile. pid is 0 when it could not be found out."""

    path: str
    pid: int


@late_dataclass
class NoDisplay(NextwordError):
    """There is no screen to open a window on, or a library that Qt needs for it is missing."""

    detail: str


# --- models -------------------------------------------------------------------------------------------------


class ModelError(NextwordError):
    """Something is wrong with a model file."""


@late_dataclass
class ModelNotReadable(OfAFile, ModelError):
    """The file is not a model this program can open.

    reason: one of missing, not_a_file, no_permission, empty, not_gguf, lfs_pointer, html, zip, pickle,
    safetensors, truncated, unknown_version, too_large_header, too_many_keys, too_many_tensors, bad_string,
    bad_array, bad_type, duplicate_key, duplicate_tensor, bad_alignment, bad_dimensions, tensor_outside_file,
    split_incomplete, unknown_architecture, missing_key, changed_on_disk, name_is_no_text.
    """

    path: str
    reason: str
    detail: str = ""


@late_dataclass
class ModelLoadFailed(ModelError):
    """llama.cpp refused the file; `log` holds its last lines, the reason among them."""

    path: str
    log: tuple[str, ...] = ()


@late_dataclass
class TemplateFailed(ModelError):
    """The model's chat template cannot be used. reason: syntax, runtime, too_slow, too_large, memory."""

    reason: str
    detail: str = ""


@late_dataclass
class TemplateReplaced(ModelError):
    """The model is loaded, but its chats are written in a plain format: its own template cannot be used.

    reason: syntax, runtime, too_slow, too_large, memory.
    """

    path: str
    reason: str


@late_dataclass
class ModelNotDeleted(ModelError):
    """A model's files could not be moved to the trash; they are where they were."""

    path: str
    detail: str


@late_dataclass
class ModelNotRestored(ModelError):
    """A model's file could not be moved out of the trash; it is still there."""

    path: str
    detail: str


# --- engine -------------------------------------------------------------------------------------------------


class EngineError(NextwordError):
    """Something is wrong with the engine process or with what it was asked."""


@late_dataclass
class NoModelLoaded(EngineError):
    """The request needs a model and none is loaded."""


@late_dataclass
class EngineBusy(EngineError):
    """Another job runs; a model does one thing at a time."""

    job: int


@late_dataclass
class ContextTooSmall(EngineError):
    """The prompt does not fit. Both in tokens; available leaves room for one answer token."""

    needed: int
    available: int


@late_dataclass
class RequestTooLarge(EngineError):
    """What the engine was to be sent is more than the pipe takes; it was not sent."""

    size_bytes: int
    allowed_bytes: int


@late_dataclass
class OutOfMemory(EngineError):
    """The model or its context does not fit into memory. needed_bytes is 0 when it is not known."""

    needed_bytes: int = 0
    log: tuple[str, ...] = ()


@late_dataclass
class NoCandidates(EngineError):
    """Every token was cut by the sampler. stage: the one that took the last of them, "" for the model itself."""

    stage: str = ""


@late_dataclass
class LogitsNotFinite(EngineError):
    """The model computed something that is no number. token: the first of `count` in a row of `vocabulary` logits.

    position: of the token whose logits they are, -1 when it is not known.
    """

    token: int
    count: int
    vocabulary: int
    position: int = -1


@late_dataclass
class SamplingNotUsable(EngineError):
    """A sampler setting has a value that cannot be used. allowed: the range or the choices, as text."""

    name: str
    value: str
    allowed: str


@late_dataclass
class GrammarNotUnderstood(EngineError):
    """A grammar or JSON schema cannot be used. line, column: from 1, both 0 when there is no single place.

    near: the text there. reason: see nextword.engine.gbnf.REASONS. language: gbnf or json_schema.
    """

    reason: str
    line: int = 0
    column: int = 0
    near: str = ""
    language: str = "gbnf"


@late_dataclass
class GrammarNotFollowed(EngineError):
    """A token that was given, not drawn, is not what the grammar allows in its place. text: what it spells."""

    token: int
    text: str


@late_dataclass
class NoWorkingVariant(EngineError):
    """No build of llama.cpp for this processor passed the engine check. `tried`: 'name: what happened'."""

    tried: tuple[str, ...] = ()


@late_dataclass
class EngineNotStarted(EngineError):
    """The engine process could not be started or did not say hello in time."""

    detail: str
    log: tuple[str, ...] = ()


@late_dataclass
class EngineDied(EngineError):
    """The engine process ended by itself.

    stage: starting, idle, loading, prompt, generating, scoring. signal_name is like "SIGSEGV" or "" when it
    exited with exit_code. model: the file it held or was loading, "" if none.
    """

    stage: str
    signal_name: str
    exit_code: int
    model: str = ""
    log: tuple[str, ...] = ()


@late_dataclass
class EngineNotResponding(EngineError):
    """No sign of life for `silent_seconds`; the process was ended. stage as in EngineDied."""

    stage: str
    silent_seconds: float
    model: str = ""


@late_dataclass
class EngineGaveUp(EngineError):
    """The process died `deaths` times within `within_seconds`; it is not started again by itself."""

    deaths: int
    within_seconds: int
    log: tuple[str, ...] = ()


@late_dataclass
class ProtocolBroken(EngineError):
    """A frame could not be understood. reason: oversized, garbage, unexpected, half_frame."""

    reason: str
    detail: str = ""


@late_dataclass
class EngineFault(EngineError):
    """A fault of our own in the engine; the traceback is in the log."""

    detail: str = ""


# --- history ------------------------------------------------------------------------------------------------


class HistoryError(NextwordError):
    """Something is wrong with the database."""


@late_dataclass
class HistoryTooNew(HistoryError):
    """The database was written by a newer Nextword; it is not touched."""

    path: str
    unknown_migrations: tuple[str, ...]


@late_dataclass
class HistoryDamaged(HistoryError):
    """SQLite cannot read the file. It was kept as `kept_as` ("" if it could not be moved)."""

    path: str
    detail: str
    kept_as: str = ""


@late_dataclass
class TokensDamaged(HistoryError):
    """The tokens that were kept with an answer cannot be read any more; its text is there."""

    detail: str = ""


@late_dataclass
class HistoryRepaired(HistoryError):
    """The file was damaged; what could be read of it is in use, the damaged one was kept as `kept_as`.

    way: indexes (nothing was lost), rows (salvaged), backup (nothing could be read of the file itself).
    from_backup: messages that only a backup had, backup_made: when it was made, seconds since 1970, 0 if none was
    used. lost_messages: at most so many are missing.
    """

    path: str = ""
    detail: str = ""
    kept_as: str = ""
    way: str = "rows"
    conversations: int = 0
    messages: int = 0
    from_backup: int = 0
    backup_made: float = 0.0
    lost_messages: int = 0


@late_dataclass
class BackupFailed(HistoryError):
    """No backup was made, or one cannot be used. reason: no_room, damaged, io, missing."""

    reason: str
    detail: str = ""
    needed_bytes: int = 0
    free_bytes: int = 0


@late_dataclass
class NotSaved(HistoryError):
    """A write failed and was rolled back. reason: disk_full, read_only, locked, io, other."""

    reason: str
    detail: str = ""


@late_dataclass
class SavingWaits(HistoryError):
    """Something generated is in memory alone until it can be written. reason as in NotSaved, waiting: writes."""

    reason: str
    waiting: int = 0


@late_dataclass
class NoSuchRow(HistoryError):
    """The row asked for is not there (any more)."""

    kind: str
    row_id: int


@late_dataclass
class ImportFailed(OfAFile, HistoryError):
    """Nothing could be imported from a file, or nothing more; what was imported before stays.

    reason: missing, no_permission, not_a_file, unreadable, empty, too_large, too_many_files, unknown_format,
    newer_format, database, bad_zip, unknown_zip, zip_bomb, encrypted. detail: a number or the words of the system.
    """

    path: str
    reason: str
    detail: str = ""


@late_dataclass
class ExportFailed(OfAFile, HistoryError):
    """The file could not be written; what was there under its name is still there.

    reason: disk_full, no_permission, no_folder, bad_name, other. detail: the words of the system.
    """

    path: str
    reason: str
    detail: str = ""


@late_dataclass
class AttachmentNotReadable(OfAFile, NextwordError):
    """A file cannot go with a message.

    reason: missing, not_a_file, no_permission, unreadable, empty, too_large, not_text, pdf_damaged, pdf_encrypted,
    pdf_no_text, pdf_too_hard. detail: a number of bytes or the words of the system.
    """

    path: str
    reason: str
    detail: str = ""


@late_dataclass
class PresetNotReadable(OfAFile, NextwordError):
    """A file holds no preset that can be used.

    reason: missing, no_permission, unreadable, too_large, not_preset, newer_format, bad_value. detail: the setting
    that has a value it does not take, or the words of the system.
    """

    path: str
    reason: str
    detail: str = ""


@late_dataclass
class DataNotReadable(OfAFile, NextwordError):
    """A file gives no items for an experiment.

    reason: missing, no_permission, unreadable, too_large, not_text, not_json. line: of the file, 0 where it is not one
    line. detail: a number of bytes, or the words of the system or of the reader.
    """

    path: str
    reason: str
    line: int = 0
    detail: str = ""


@late_dataclass
class PatternNotUsable(NextwordError):
    """A regular expression cannot judge answers. reason: syntax, too_slow. detail: where and what, for syntax."""

    reason: str
    pattern: str = ""
    detail: str = ""


@late_dataclass
class CardNotUsable(OfAFile, NextwordError):
    """A file holds no experiment that can be opened or done again here.

    reason: missing, no_permission, unreadable, too_large, not_card, newer, damaged, changed, no_model. detail: a number
    of bytes, the words of the system or of the reader, or the name of the model that is not here.
    """

    path: str
    reason: str
    detail: str = ""


def from_wire(kind: str, data: Wire) -> NextwordError:
    """Build the exception of class `kind` again; an unknown kind or wrong fields become EngineFault."""
    known = {cls.__name__: cls for cls in _all_subclasses(NextwordError)}
    try:
        arguments = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
        return known[kind](**arguments)
    except (KeyError, TypeError):
        return EngineFault(detail=f"{kind} {data}"[:500])


def _all_subclasses(cls: type[NextwordError]) -> list[type[NextwordError]]:
    found: list[type[NextwordError]] = []
    for sub in cls.__subclasses__():
        found += [sub, *_all_subclasses(sub)]
    return found
