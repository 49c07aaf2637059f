"""Errors of the history to words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from nextword import errors
from nextword.ui.explain_files import export_failed, import_failed
from nextword.ui.explanation import Explanation, short

translate = QCoreApplication.translate

_YEAR_9999 = 253_370_764_800
_LARGEST = 2**63 - 1


def history(error: errors.NextwordError) -> Explanation | None:
    """Return the words for an error of the database, None if it has none here."""
    match error:
        case errors.HistoryTooNew():
            return Explanation(
                translate("explain", "The history was written by a newer Nextword"),
                translate(
                    "explain", "{path} holds changes that this version does not know. It was not touched."
                ).format(path=short(error.path)),
                translate(
                    "explain", "Use the newer version, or start with another profile: nextword --profile FOLDER."
                ),
            )
        case errors.HistoryDamaged() | errors.TokensDamaged():
            return _damaged(error) if isinstance(error, errors.HistoryDamaged) else _no_tokens()
        case errors.HistoryRepaired():
            return _repaired(error)
        case errors.BackupFailed():
            return _no_backup(error)
        case errors.SavingWaits():
            return _waits(error)
        case errors.NotSaved():
            return _not_saved(error)
        case errors.ImportFailed():
            return import_failed(error)
        case errors.ExportFailed():
            return export_failed(error)
        case errors.NoSuchRow():
            return Explanation(
                translate("explain", "It is no longer there"),
                translate("explain", "The {kind} with number {row} is not in the history any more.").format(
                    kind=short(error.kind), row=error.row_id
                ),
                translate("explain", "It was probably deleted in the meantime. Choose another from the list."),
            )
        case _:
            return None


def _no_tokens() -> Explanation:
    return Explanation(
        translate("explain", "The probabilities of this answer cannot be read"),
        translate("explain", "Its words are whole; what was kept with them is damaged."),
        translate("explain", "A backup may still have them: see Backups under Settings."),
    )


def _damaged(error: errors.HistoryDamaged) -> Explanation:
    if error.kept_as:
        advice = translate("explain", "The damaged file was kept as {path}. A new, empty history was started.").format(
            path=short(error.kept_as)
        )
    else:
        advice = translate("explain", "Close Nextword, copy the file to a safe place, and start with another profile.")
    return Explanation(
        translate("explain", "The history cannot be read"),
        translate("explain", "{path} is damaged: {detail}").format(path=short(error.path), detail=short(error.detail)),
        advice,
    )


def _repaired(error: errors.HistoryRepaired) -> Explanation:
    there = translate("explain", "{messages} messages in {conversations} conversations are there.").format(
        messages=_number(error.messages), conversations=_number(error.conversations)
    )
    match error.way:
        case "indexes":
            found = translate("explain", "Only its indexes were damaged. Nothing is lost:") + f" {there}"
        case "backup":
            found = translate("explain", "Nothing in it could be read, so the backup of {date} is in use:").format(
                date=_date(error.backup_made)
            )
            found = f"{found} {there}"
        case _:
            found = _salvaged(error, there)
    return Explanation(
        translate("explain", "The history was damaged and has been repaired"),
        found,
        translate("explain", "The damaged file was kept as {path}. The cause may be a disk that fails.").format(
            path=short(error.kept_as)
        ),
    )


def _salvaged(error: errors.HistoryRepaired, there: str) -> str:
    parts = [there]
    if error.from_backup > 0:
        parts.append(
            translate("explain", "{count} of them come from the backup of {date}.").format(
                count=_number(error.from_backup), date=_date(error.backup_made)
            )
        )
    if error.lost_messages > 0:
        parts.append(
            translate("explain", "Not recovered: at most {count} of {all}.").format(
                count=_number(error.lost_messages), all=_number(error.messages + error.lost_messages)
            )
        )
    else:
        parts.append(translate("explain", "No message is known to be missing."))
    return " ".join(parts)


def _no_backup(error: errors.BackupFailed) -> Explanation:
    found = {
        "no_room": (
            translate("explain", "A backup needs {needed} on the disk and {free} are free.").format(
                needed=_size(error.needed_bytes), free=_size(error.free_bytes)
            ),
            translate("explain", "Make some room; the next backup is made by itself."),
        ),
        "damaged": (
            translate("explain", "The copy would be damaged: {detail}").format(detail=short(error.detail)),
            translate("explain", "Start Nextword again: a damaged history is then found and repaired."),
        ),
        "missing": (
            translate("explain", "The file of the backup is gone."),
            translate("explain", "Choose another backup."),
        ),
    }.get(
        error.reason,
        (
            translate("explain", "The disk reported an error: {detail}").format(detail=short(error.detail)),
            translate("explain", "Look at the folder of the profile; About shows where it is."),
        ),
    )
    return Explanation(translate("explain", "There is no backup of this moment"), *found)


def _waits(error: errors.SavingWaits) -> Explanation:
    why, _ = _why_not_saved(error.reason)
    return Explanation(
        translate("explain", "The answer is not on the disk yet"),
        translate("explain", "{why} What was generated is kept in memory; all that was saved before is safe.").format(
            why=why
        ),
        translate("explain", "It is saved by itself as soon as that is possible. Keep Nextword open until then."),
    )


def _not_saved(error: errors.NotSaved) -> Explanation:
    why, advice = _why_not_saved(error.reason)
    detail = f" ({short(error.detail)})" if error.detail else ""
    return Explanation(
        translate("explain", "Not saved"),
        translate("explain", "{why}{detail} Nothing that was saved before is lost.").format(why=why, detail=detail),
        advice,
    )


def _why_not_saved(reason: str) -> tuple[str, str]:
    return {
        "disk_full": (
            translate("explain", "The disk is full."),
            translate("explain", "Make some room, then try again."),
        ),
        "read_only": (
            translate("explain", "The profile folder may not be written to."),
            translate("explain", "Make the folder writable, then try again. About shows where it is."),
        ),
        "locked": (
            translate("explain", "Another program holds the history file."),
            translate("explain", "Close the other program, then try again."),
        ),
        "io": (
            translate("explain", "The disk reported an error."),
            translate("explain", "Copy the profile folder to another disk; this one may be failing."),
        ),
    }.get(
        reason,
        (
            translate("explain", "The database refused it."),
            translate("explain", "Try again. If it fails again, the details are in the log folder, see About."),
        ),
    )


def _date(seconds: float) -> str:
    """Return a moment as the system writes it, in local time."""
    moment = QDateTime.fromSecsSinceEpoch(int(min(max(seconds, 0.0), _YEAR_9999)))
    return QLocale().toString(moment, QLocale.FormatType.ShortFormat)


def _number(value: int) -> str:
    return QLocale().toString(max(-_LARGEST, min(value, _LARGEST)))


def _size(size_bytes: int) -> str:
    return QLocale().formattedDataSize(max(0, min(size_bytes, _LARGEST)), 1)
